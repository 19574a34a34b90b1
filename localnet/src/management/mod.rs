//! The management canister: one function per method, and who may call it.

mod chain_keys;
mod chunks;
mod code;
mod create;
mod http;
mod lifecycle;
mod reports;
mod settings;
mod snapshot_data;
mod snapshots;
mod subnets;

use candid::{CandidType, Principal, utils::ArgumentEncoder};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use serde::de::DeserializeOwned;

use crate::network::{
    EffectivePrincipal, IngressMessage, Network, QueryCall, context::Origin, deliver::Call,
    history::Author, pool::Payload, rejects,
};

/// Who may call a method by ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Users and canisters; the method itself checks more.
    Anyone,
    /// Canisters only.
    Canisters,
    /// Users, as a non-replicated query.
    Query,
    /// A method of the interface that localnet does not have.
    Missing,
}

/// Methods of the management canister by name; None for names it never had.
fn access(method: &str) -> Option<Access> {
    Some(match method {
        "provisional_create_canister_with_cycles"
        | "provisional_top_up_canister"
        | "update_settings"
        | "install_code"
        | "install_chunked_code"
        | "uninstall_code"
        | "upload_chunk"
        | "clear_chunk_store"
        | "stored_chunks"
        | "start_canister"
        | "stop_canister"
        | "delete_canister"
        | "canister_status"
        | "take_canister_snapshot"
        | "load_canister_snapshot"
        | "list_canister_snapshots"
        | "delete_canister_snapshot"
        | "read_canister_snapshot_metadata"
        | "read_canister_snapshot_data"
        | "upload_canister_snapshot_metadata"
        | "upload_canister_snapshot_data"
        | "canister_metrics" => Access::Anyone,
        "create_canister"
        | "deposit_cycles"
        | "raw_rand"
        | "canister_info"
        | "canister_metadata"
        | "http_request"
        | "ecdsa_public_key"
        | "sign_with_ecdsa"
        | "schnorr_public_key"
        | "sign_with_schnorr"
        | "vetkd_public_key"
        | "vetkd_derive_key"
        | "subnet_info"
        | "node_metrics_history"
        | "subnet_metrics" => Access::Canisters,
        "fetch_canister_logs" => Access::Query,
        "flexible_http_request"
        | "list_canisters"
        | "rename_canister"
        | "bitcoin_get_balance"
        | "bitcoin_get_balance_query"
        | "bitcoin_get_utxos"
        | "bitcoin_get_utxos_query"
        | "bitcoin_get_block_headers"
        | "bitcoin_send_transaction"
        | "bitcoin_get_current_fee_percentiles" => Access::Missing,
        _ => return None,
    })
}

/// A call to the management canister while it is served.
#[derive(Debug)]
pub(crate) struct Request {
    origin: Origin,
    sender: Principal,
    /// The management canister, or the subnet whose management canister is meant.
    to: Principal,
    method: String,
    arg: Vec<u8>,
    /// Attached cycles not yet accepted; they go back with the answer.
    cycles: u128,
}

impl Request {
    fn is_from_canister(&self) -> bool {
        matches!(self.origin, Origin::Call(_))
    }

    fn author(&self, version: Option<u64>) -> Author {
        Author { sender: self.sender, canister: self.is_from_canister(), version }
    }

    fn decode<T: CandidType + DeserializeOwned>(&self) -> Result<T, RejectResponse> {
        decode(&self.arg)
    }
}

/// The one argument of a method.
fn decode<T: CandidType + DeserializeOwned>(arg: &[u8]) -> Result<T, RejectResponse> {
    crate::untrusted::decode_one(arg).map_err(rejects::invalid_payload)
}

/// The reply of a method.
#[expect(clippy::unnecessary_wraps, reason = "methods end with it where refusals return")]
fn reply(values: impl ArgumentEncoder) -> Payload {
    Ok(candid::encode_args(values).expect("management types always encode"))
}

impl Network {
    /// Serves a replicated call to the management canister.
    pub(crate) fn management_call(&mut self, call: Call) {
        let Call { origin, sender, to, method, arg, cycles, .. } = call;
        let mut request = Request { origin, sender, to, method, arg, cycles };
        let allowed = match access(&request.method) {
            None => Err(rejects::no_management_method(&request.method)),
            Some(Access::Missing) => Err(rejects::not_on_localnet(&request.method)),
            Some(Access::Query) => Err(rejects::query_only(&request.method)),
            Some(Access::Canisters) if !request.is_from_canister() => {
                Err(rejects::only_canisters(&request.method))
            }
            Some(Access::Canisters | Access::Anyone) => {
                self.check_sender_subnet(request.sender, request.to, &request.method)
            }
        };
        // None: the answer follows later and takes origin and cycles with it.
        let payload = match allowed {
            Err(refusal) => Some(Err(refusal)),
            Ok(()) => match request.method.as_str() {
                "stop_canister" => self
                    .stop_canister(&mut request)
                    .map_or_else(|refusal| Some(Err(refusal)), |()| None),
                "http_request" => self
                    .http_request(&mut request)
                    .map_or_else(|refusal| Some(Err(refusal)), |()| None),
                _ => Some(self.management_method(&mut request)),
            },
        };
        match payload {
            // The nodes make these together, in the round after the one that asks for them.
            Some(payload)
                if matches!(
                    request.method.as_str(),
                    "raw_rand" | "sign_with_ecdsa" | "sign_with_schnorr" | "vetkd_derive_key"
                ) =>
            {
                self.respond_later(request.origin, payload, request.cycles);
            }
            Some(payload) => self.respond(request.origin, payload, request.cycles),
            None => {}
        }
    }

    /// Does at once what the first controller of a canister could ask for. A canister that has to
    /// wait for open calls before it stops is left stopping.
    pub(crate) fn manage_as_controller(
        &mut self,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Payload {
        let nobody = Principal::anonymous();
        let sender = self.controllers(canister).and_then(|ids| ids.first().copied());
        let mut request = Request {
            origin: Origin::System,
            sender: sender.unwrap_or(nobody),
            to: Principal::management_canister(),
            method: method.to_owned(),
            arg,
            cycles: 0,
        };
        match method {
            "stop_canister" => self.stop_canister(&mut request).map(|()| Vec::new()),
            _ => self.management_method(&mut request),
        }
    }

    fn management_method(&mut self, request: &mut Request) -> Payload {
        match request.method.as_str() {
            "provisional_create_canister_with_cycles" => self.provisional_create(request),
            "create_canister" => self.create_canister(request),
            "provisional_top_up_canister" => self.provisional_top_up(request),
            "deposit_cycles" => self.deposit_cycles(request),
            "update_settings" => self.update_settings(request),
            "install_code" => self.install_code(request),
            "install_chunked_code" => self.install_chunked_code(request),
            "uninstall_code" => self.uninstall_code(request),
            "upload_chunk" => self.upload_chunk(request),
            "clear_chunk_store" => self.clear_chunk_store(request),
            "stored_chunks" => self.stored_chunks(request),
            "start_canister" => self.start_canister(request),
            "delete_canister" => self.delete_canister(request),
            "canister_status" => self.canister_status(request.sender, &request.arg),
            "canister_metrics" => self.canister_metrics(request.sender, &request.arg),
            "subnet_info" => self.subnet_info(request),
            "node_metrics_history" => self.node_metrics_history(request),
            "subnet_metrics" => self.subnet_metrics(request),
            "canister_info" => self.canister_info(request),
            "canister_metadata" => self.canister_metadata(request),
            "raw_rand" => {
                crate::untrusted::decode_nothing(&request.arg).map_err(rejects::invalid_payload)?;
                reply((self.rng.draw("raw_rand").to_vec(),))
            }
            "ecdsa_public_key" => self.ecdsa_public_key(request),
            "sign_with_ecdsa" => self.sign_with_ecdsa(request),
            "schnorr_public_key" => self.schnorr_public_key(request),
            "sign_with_schnorr" => self.sign_with_schnorr(request),
            "vetkd_public_key" => self.vetkd_public_key(request),
            "vetkd_derive_key" => self.vetkd_derive_key(request),
            "take_canister_snapshot" => self.take_snapshot(request),
            "load_canister_snapshot" => self.load_snapshot(request),
            "list_canister_snapshots" => self.list_snapshots(request.sender, &request.arg),
            "delete_canister_snapshot" => self.delete_snapshot(request),
            "read_canister_snapshot_metadata" => self.read_snapshot_metadata(request),
            "read_canister_snapshot_data" => self.read_snapshot_data(request),
            "upload_canister_snapshot_metadata" => self.upload_snapshot_metadata(request),
            "upload_canister_snapshot_data" => self.upload_snapshot_data(request),
            other => Err(rejects::no_management_method(other)),
        }
    }

    /// Answers a non-replicated query to the management canister.
    pub(crate) fn management_query(&mut self, call: &QueryCall) -> Payload {
        match (call.method.as_str(), access(&call.method)) {
            ("fetch_canister_logs", _) => self.fetch_canister_logs(call.sender, &call.arg),
            ("canister_status", _) => self.canister_status(call.sender, &call.arg),
            ("canister_metrics", _) => self.canister_metrics(call.sender, &call.arg),
            ("list_canister_snapshots", _) => self.list_snapshots(call.sender, &call.arg),
            (method, Some(Access::Missing)) => Err(rejects::not_on_localnet(method)),
            (method, Some(_)) => Err(rejects::reject(
                pocket_ic::ErrorCode::CanisterMethodNotFound,
                format!("Management method '{method}' is not a query method"),
            )),
            (method, None) => Err(rejects::no_management_method(method)),
        }
    }

    /// The subnet whose management canister serves a call that comes from `home`: the one that was
    /// called, the one the canister is on that the call is about, the one that holds the key, or
    /// the caller's.
    pub(crate) fn management_destination(
        &self,
        home: Principal,
        to: Principal,
        method: &str,
        arg: &[u8],
    ) -> Principal {
        if let Some(called) = self.topology.subnet(to) {
            return called.id;
        }
        let found = match method {
            "create_canister"
            | "http_request"
            | "provisional_create_canister_with_cycles"
            | "raw_rand" => None,
            "ecdsa_public_key" | "schnorr_public_key" | "sign_with_ecdsa" | "sign_with_schnorr"
            | "vetkd_derive_key" | "vetkd_public_key" => self.key_holder(method, arg),
            _ => target_of(method, arg).ok().and_then(|target| self.topology.route(target)),
        };
        found.map_or(home, |subnet| subnet.id)
    }

    /// Refuses ingress to the management canister that could only fail, so that nobody pays for
    /// it. Answers the canister it is about.
    pub(crate) fn check_management_ingress(
        &self,
        message: &IngressMessage,
    ) -> Result<Option<Principal>, RejectResponse> {
        let method = message.method.as_str();
        match access(method) {
            None => return Err(rejects::no_management_method(method)),
            Some(Access::Missing) => return Err(rejects::not_on_localnet(method)),
            Some(Access::Query) => return Err(rejects::query_only(method)),
            Some(Access::Canisters) => return Err(rejects::only_canisters(method)),
            Some(Access::Anyone) => {}
        }
        let routed = match message.effective {
            EffectivePrincipal::Canister(id) if id != Principal::management_canister() => Some(id),
            EffectivePrincipal::Canister(_)
            | EffectivePrincipal::Subnet(_)
            | EffectivePrincipal::None => None,
        };
        if method == "provisional_create_canister_with_cycles" {
            return Ok(routed);
        }
        let target = target_of(method, &message.arg)?;
        let canister =
            self.canisters.get(&target).ok_or_else(|| rejects::canister_not_found(target))?;
        let open = matches!(
            method,
            "provisional_top_up_canister"
                | "canister_status"
                | "list_canister_snapshots"
                | "read_canister_snapshot_metadata"
                | "read_canister_snapshot_data"
        );
        if !open && !canister.settings.is_controller(message.sender) {
            return Err(self.controllers_only(target, message.sender));
        }
        Ok(Some(target))
    }

    fn controllers_only(&self, canister: Principal, sender: Principal) -> RejectResponse {
        rejects::not_a_controller(canister, self.controllers(canister).unwrap_or_default(), sender)
    }

    /// The canister, when it exists and `sender` controls it.
    fn controlled(
        &mut self,
        id: Principal,
        sender: Principal,
    ) -> Result<&mut crate::network::canister::Canister, RejectResponse> {
        let refusal = self.controllers_only(id, sender);
        let canister =
            self.canisters.get_mut(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        if canister.settings.is_controller(sender) { Ok(canister) } else { Err(refusal) }
    }
}

/// The canister a management call is about, from its argument.
pub(crate) fn target_of(method: &str, arg: &[u8]) -> Result<Principal, RejectResponse> {
    #[derive(CandidType, serde::Deserialize)]
    struct Target {
        target_canister: Principal,
    }
    if method == "install_chunked_code" {
        return decode::<Target>(arg).map(|target| target.target_canister);
    }
    decode::<mg::CanisterIdRecord>(arg).map(|record| record.canister_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_interface_has_a_decision() {
        assert_eq!(access("install_code"), Some(Access::Anyone));
        assert_eq!(access("raw_rand"), Some(Access::Canisters));
        assert_eq!(access("fetch_canister_logs"), Some(Access::Query));
        assert_eq!(access("sign_with_ecdsa"), Some(Access::Canisters));
        assert_eq!(access("vetkd_derive_key"), Some(Access::Canisters));
        assert_eq!(access("list_canisters"), Some(Access::Missing));
        assert_eq!(access("no_such_method"), None);
    }
}
