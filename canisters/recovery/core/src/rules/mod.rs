//! The decisions: what is stored and what is wanted in, a change or a refusal out.
//!
//! | room | decides |
//! |---|---|
//! | [`operation`] | what may be asked for, its digest, its words |
//! | [`set_committee`] | who may decide |
//! | [`submit_request`], [`approve_request`], [`withdraw_approval`] | what members say |
//! | [`standing`] | quorum, delay, outage |
//! | [`execute_request`] | whether an execution may begin |
//! | [`next`], [`answered`] | its steps, and what their answers mean |
//! | [`watch`] | what was seen of the governor |

pub mod answered;
pub mod approve_request;
pub mod execute_request;
pub mod next;
pub mod operation;
pub mod set_committee;
pub mod standing;
pub mod submit_request;
pub mod watch;
pub mod withdraw_approval;

#[cfg(test)]
pub(crate) mod fixtures;

use crate::records::{Event, EventKind, Request};
use crate::types::RequestId;

/// A request as it is from now on, and what the journal says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub id: RequestId,
    /// All of it.
    pub request: Request,
    /// At least one.
    pub events: Vec<Event>,
}

impl Change {
    /// A change of which the journal says nothing yet.
    pub const fn new(id: RequestId, request: Request) -> Self {
        Self { id, request, events: vec![] }
    }

    /// An event about the request.
    pub fn event(&self, kind: EventKind) -> Event {
        Event::new(kind, self.id.wire())
    }
}
