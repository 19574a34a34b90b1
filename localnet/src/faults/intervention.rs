//! What can happen between two messages: what a controller could ask for, done at once, and what
//! only a test network can do.

use std::sync::Arc;

use candid::{Encode, Principal};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use serde::{Deserialize, Serialize};

use super::bytes;
use crate::network::{Network, journal::Asked, rejects};

/// Something that happens between two messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Intervention {
    /// The canister is asked to stop; it has stopped when its open calls are answered.
    Stop { canister: Principal },
    /// The canister is started, or its stopping is called off.
    Start { canister: Principal },
    /// The canister is upgraded as it is, with open calls if there are some.
    Upgrade {
        canister: Principal,
        /// Wasm or gzip; in JSON as hexadecimal digits.
        #[serde(with = "bytes::shared")]
        module: Arc<Vec<u8>>,
        /// Candid; in JSON as hexadecimal digits.
        #[serde(default, with = "bytes::plain")]
        arg: Vec<u8>,
    },
    /// A snapshot of the canister is taken.
    Snapshot { canister: Principal },
    /// The canister goes back to its last snapshot.
    Restore { canister: Principal },
    /// All cycles of the canister above `leave` are burned.
    Drain { canister: Principal, leave: u128 },
    /// The canister's clock is so far ahead of the network's from now on, or behind when negative.
    /// A canister that is set back sees time run backwards, which the platform never does.
    Skew { canister: Principal, by_ns: i64 },
    /// Whoever waits for the canister to stop is told that it took too long.
    TimeOutStop { canister: Principal },
    /// Certificates claim to be so old from now on, those that canisters are shown included.
    AgeCertificates { by_ns: u64 },
    /// Responses that are held are let go.
    Release,
}

impl Network {
    /// Does it now. What a controller asks for costs and fails as it would for them.
    pub fn intervene(&mut self, what: &Intervention) -> Result<(), RejectResponse> {
        self.note(|_| Asked::Intervene(what.clone()));
        self.carry_out(what)
    }

    /// The same when a plan asks for it, in a round that is written down already.
    pub(super) fn carry_out(&mut self, what: &Intervention) -> Result<(), RejectResponse> {
        self.touch();
        match what {
            Intervention::Stop { canister } => self.manage(*canister, "stop_canister", |id| {
                Encode!(&mg::StopCanisterArgs { canister_id: id })
            }),
            Intervention::Start { canister } => self.manage(*canister, "start_canister", |id| {
                Encode!(&mg::StartCanisterArgs { canister_id: id })
            }),
            Intervention::Upgrade { canister, module, arg } => {
                self.manage(*canister, "install_code", |id| {
                    Encode!(&mg::InstallCodeArgs {
                        mode: mg::CanisterInstallMode::Upgrade(None),
                        canister_id: id,
                        wasm_module: module.to_vec(),
                        arg: arg.clone(),
                        sender_canister_version: None,
                    })
                })
            }
            Intervention::Snapshot { canister } => {
                self.manage(*canister, "take_canister_snapshot", |id| {
                    Encode!(&mg::TakeCanisterSnapshotArgs {
                        canister_id: id,
                        replace_snapshot: None,
                        uninstall_code: None,
                        sender_canister_version: None,
                    })
                })
            }
            Intervention::Restore { canister } => self.restore_last(*canister),
            Intervention::Drain { canister, leave } => self.drain(*canister, *leave),
            Intervention::Skew { canister, by_ns } => {
                self.existing(*canister)?;
                self.faults.skews.insert(*canister, *by_ns);
                Ok(())
            }
            Intervention::TimeOutStop { canister } => {
                self.existing(*canister)?;
                self.give_up_stops(|id, _| id == *canister);
                Ok(())
            }
            Intervention::AgeCertificates { by_ns } => {
                self.faults.certificate_age_ns = *by_ns;
                Ok(())
            }
            Intervention::Release => {
                self.pool.release();
                Ok(())
            }
        }
    }

    /// Asks the management canister in the name of the first controller.
    fn manage(
        &mut self,
        canister: Principal,
        method: &str,
        encode: impl FnOnce(Principal) -> Result<Vec<u8>, candid::Error>,
    ) -> Result<(), RejectResponse> {
        self.existing(canister)?;
        let arg = encode(canister).expect("management arguments always encode");
        self.manage_as_controller(canister, method, arg).map(|_| ())
    }

    fn restore_last(&mut self, canister: Principal) -> Result<(), RejectResponse> {
        self.existing(canister)?;
        let newest = self
            .canisters
            .get(&canister)
            .and_then(|known| known.snapshots.last_key_value().map(|(id, _)| id.clone()));
        let snapshot_id = newest.ok_or_else(|| rejects::snapshot_not_found(&[], canister))?;
        self.manage(canister, "load_canister_snapshot", |canister_id| {
            Encode!(&mg::LoadCanisterSnapshotArgs {
                canister_id,
                snapshot_id,
                sender_canister_version: None,
            })
        })
    }

    fn drain(&mut self, canister: Principal, leave: u128) -> Result<(), RejectResponse> {
        let known = self
            .canisters
            .get_mut(&canister)
            .ok_or_else(|| rejects::canister_not_found(canister))?;
        let lost = known.balance.saturating_sub(leave);
        known.balance -= lost;
        self.burn(lost);
        Ok(())
    }

    fn existing(&self, canister: Principal) -> Result<(), RejectResponse> {
        if self.canister_exists(canister) {
            Ok(())
        } else {
            Err(rejects::canister_not_found(canister))
        }
    }
}
