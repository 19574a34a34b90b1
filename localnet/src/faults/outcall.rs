//! What can become of an HTTP outcall on purpose, without anybody who mocks its response.

use pocket_ic::common::rest::{CanisterHttpReject, CanisterHttpReply, CanisterHttpResponse};
use serde::{Deserialize, Serialize};

use super::{Action, bytes, director::Scene, plan::Point};
use crate::network::{Network, outcalls::Outcall};

/// The end of an HTTP outcall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OutcallFault {
    /// No response comes in time.
    Timeout,
    /// The nodes got responses that differ, and no transform made them equal.
    Disagree,
    /// The nodes could not make the request, with a reject code from 1 to 5.
    Reject { code: u8, message: String },
    /// The server answers this, without headers.
    Respond {
        status: u16,
        /// In JSON as hexadecimal digits.
        #[serde(default, with = "bytes::plain")]
        body: Vec<u8>,
    },
}

impl OutcallFault {
    /// Says what cannot be meant.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Reject { code, .. } if !(1..=5).contains(code) => {
                Err(format!("{code} is not a reject code from 1 to 5"))
            }
            Self::Respond { status, .. } if !(100..=599).contains(status) => {
                Err(format!("{status} is not a status of HTTP"))
            }
            _ => Ok(()),
        }
    }

    /// What the nodes report.
    fn responses(&self) -> Vec<CanisterHttpResponse> {
        let reject = |reject_code, message: &str| {
            let message = message.to_owned();
            CanisterHttpResponse::CanisterHttpReject(CanisterHttpReject { reject_code, message })
        };
        match self {
            Self::Timeout => Vec::new(),
            // Two reports that nothing can make equal stand for all of them.
            Self::Disagree => vec![reject(2, "one node"), reject(2, "another node")],
            Self::Reject { code, message } => vec![reject(u64::from(*code), message)],
            Self::Respond { status, body } => {
                let reply =
                    CanisterHttpReply { status: *status, headers: Vec::new(), body: body.clone() };
                vec![CanisterHttpResponse::CanisterHttpReply(reply)]
            }
        }
    }
}

impl Network {
    /// Does to a new outcall what the plan says; nothing, for one that waits to be mocked.
    pub(crate) fn sabotage_outcall(&mut self, id: u64, outcall: &mut Outcall) {
        let round = self.faults.round;
        let Some(director) = &mut self.faults.director else { return };
        let scene = Scene {
            canister: outcall.caller,
            sender: candid::Principal::management_canister(),
            name: outcall.args.url.clone(),
        };
        let fired = director.first(Point::Outcall, &scene, round, |_| true);
        let Some(Action::Outcall(fault)) = fired.map(|fired| fired.action) else { return };
        outcall.responses = fault.responses();
        if outcall.responses.is_empty() {
            // As if it had waited for longer than any request may.
            outcall.since_ns = 0;
        } else {
            self.deliver_outcall(id, outcall);
        }
    }
}
