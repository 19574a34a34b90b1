//! Starting, stopping and deleting canisters.

use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, reply};
use crate::network::{
    Network,
    canister::{Status, StopWaiter},
    pool::Payload,
    rejects::{self, reject},
};

impl Network {
    pub(super) fn start_canister(&mut self, request: &mut Request) -> Payload {
        let args: mg::StartCanisterArgs = request.decode()?;
        let id = args.canister_id;
        let canister = self.controlled(id, request.sender)?;
        if !canister.is_running() {
            canister.version += 1;
        }
        let before = std::mem::replace(&mut canister.status, Status::Running);
        if let Status::Stopping { waiters } = before {
            for waiter in waiters {
                self.respond(waiter.origin, Err(rejects::stop_cancelled(id)), waiter.refund);
            }
        }
        reply(())
    }

    /// Stops a canister. The answer comes when its last open call ended, or after five minutes
    /// as a reject.
    pub(super) fn stop_canister(&mut self, request: &mut Request) -> Result<(), RejectResponse> {
        let args: mg::StopCanisterArgs = request.decode()?;
        let since_ns = self.time_ns;
        let canister = self.controlled(args.canister_id, request.sender)?;
        let waiter = StopWaiter {
            origin: request.origin,
            refund: std::mem::take(&mut request.cycles),
            since_ns,
        };
        match &mut canister.status {
            Status::Running => {
                canister.version += 1;
                canister.status = Status::Stopping { waiters: vec![waiter] };
                self.finish_stopping(args.canister_id);
            }
            Status::Stopping { waiters } => waiters.push(waiter),
            Status::Stopped => {
                let done = candid::encode_args(()).expect("no values always encode");
                self.respond(waiter.origin, Ok(done), waiter.refund);
            }
        }
        Ok(())
    }

    pub(super) fn delete_canister(&mut self, request: &mut Request) -> Payload {
        let args: mg::DeleteCanisterArgs = request.decode()?;
        let id = args.canister_id;
        let canister = self.controlled(id, request.sender)?;
        if id == request.sender {
            return Err(reject(
                ErrorCode::CanisterInvalidController,
                format!("Canister {id} cannot delete itself"),
            ));
        }
        if !matches!(canister.status, Status::Stopped) {
            return Err(rejects::not_stopped(id, "deleted"));
        }
        if let Some(canister) = self.canisters.remove(&id) {
            self.count_deleted(&canister);
            self.burn(canister.balance.saturating_add(canister.reserved));
        }
        reply(())
    }
}
