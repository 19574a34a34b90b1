//! Messages between subnets.
//!
//! Every subnet has rounds of its own. What one sends to another is certified in one round and
//! taken in in the next, so a call to another subnet arrives a round later, and its response a
//! round after it was given. Within a subnet messages arrive in the same round.

use candid::Principal;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{
    Network, SubnetKind,
    context::Origin,
    pool::{Lane, Message, Payload, Pool, Request},
    rejects::{self, reject},
};
use crate::runtime::limits::MAX_MESSAGE_BYTES;

impl Network {
    /// The subnet on which a call is executed. What no subnet has is refused by the caller's own.
    pub(crate) fn destination(
        &self,
        from: Principal,
        to: Principal,
        method: &str,
        arg: &[u8],
    ) -> Principal {
        let home = self.home(from);
        if self.topology.subnets().len() == 1 {
            return home;
        }
        if self.is_management(to) {
            return self.management_destination(home, to, method, arg);
        }
        self.topology.route(to).map_or(home, |subnet| subnet.id)
    }

    /// The subnet a canister is on.
    pub(crate) fn home(&self, canister: Principal) -> Principal {
        let subnet = self.topology.route(canister);
        subnet.unwrap_or_else(|| self.topology.default_subnet()).id
    }

    /// Whether `sender` is on the root subnet.
    pub(crate) fn is_on_root(&self, sender: Principal) -> bool {
        self.topology.route(sender).is_some_and(|subnet| subnet.kind == SubnetKind::NNS)
    }

    /// Puts a call on its way: it arrives in this round, or in the next one when another subnet
    /// executes it. What is too large for another subnet is answered at once.
    pub(crate) fn dispatch(&mut self, remote: bool, request: Request) {
        let bytes = request.method.len() + request.arg.len();
        if remote && bytes > MAX_MESSAGE_BYTES {
            let why = too_large(request.from, bytes);
            self.respond_at_home(Origin::Call(request.call), Err(why), request.cycles);
            return;
        }
        let push = if remote { Pool::push_later } else { Pool::push };
        let (from, to) = (request.from, request.to);
        push(&mut self.pool, Lane::Request, from, to, Message::Request(request));
    }

    /// Sends an answer to whoever waits for it. One that comes from another subnet arrives in the
    /// next round.
    pub(crate) fn respond(&mut self, origin: Origin, payload: Payload, refund: u128) {
        let remote = match origin {
            Origin::Call(call) => self.pending_call(call).is_some_and(|pending| pending.remote),
            Origin::Ingress(_) | Origin::System => false,
        };
        let push = if remote { Pool::push_later } else { Pool::push };
        self.respond_by(push, origin, payload, refund);
    }

    /// As [`Network::respond`], but a canister gets the answer in the next round.
    pub(crate) fn respond_later(&mut self, origin: Origin, payload: Payload, refund: u128) {
        self.respond_by(Pool::push_later, origin, payload, refund);
    }

    /// As [`Network::respond`], for what the caller's own subnet answers.
    pub(crate) fn respond_at_home(&mut self, origin: Origin, payload: Payload, refund: u128) {
        self.respond_by(Pool::push, origin, payload, refund);
    }

    /// Refuses what a canister may ask of its own subnet only, unless it is on the root subnet.
    pub(crate) fn check_sender_subnet(
        &self,
        sender: Principal,
        called: Principal,
        method: &str,
    ) -> Result<(), RejectResponse> {
        let home = self.home(sender);
        let abroad = self.topology.subnet(called).is_some_and(|subnet| subnet.id != home);
        if !abroad || self.is_on_root(sender) {
            return Ok(());
        }
        match method {
            "create_canister" => Err(rejects::contract_violation(
                "Cannot create canister. Sender should be on the same subnet or on the NNS subnet.",
            )),
            "http_request" | "raw_rand" => Err(rejects::contract_violation(format!(
                "Incorrect sender subnet id: {home}. Sender should be on the same subnet or on \
                 the NNS subnet."
            ))),
            _ => Ok(()),
        }
    }
}

fn too_large(sender: Principal, bytes: usize) -> RejectResponse {
    reject(
        ErrorCode::CanisterContractViolation,
        format!(
            "Canister {sender} violated contract: attempted to send a message of size {bytes} \
             exceeding the limit {MAX_MESSAGE_BYTES}"
        ),
    )
}
