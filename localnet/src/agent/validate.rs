//! Who sent a request, and whether it may be served: signatures, delegations, expiry.

use candid::Principal;

use super::{
    ApiError,
    envelope::{Content, Envelope, Request, SignedDelegation},
    signature,
};

const REQUEST_DOMAIN: &[u8] = b"\x0aic-request";
const DELEGATION_DOMAIN: &[u8] = b"\x1aic-request-auth-delegation";

/// How far ahead a request may expire: five minutes, and thirty seconds for clocks that differ.
const EXPIRY_MAX_NS: u64 = 330_000_000_000;

/// A request whose sender is established.
#[derive(Debug)]
pub(super) struct Authenticated {
    pub(super) request: Request,
    /// The delegations it rests on.
    delegations: Vec<SignedDelegation>,
}

impl Envelope {
    /// Establishes that the sender signed the request. `trusting` skips the signatures.
    pub(super) fn authenticate(self, trusting: bool) -> Result<Authenticated, ApiError> {
        if !trusting {
            self.check_signatures().map_err(|reason| {
                ApiError::bad_request(format!(
                    "Failed to authenticate request 0x{} due to: {reason}",
                    hex::encode(self.request.id)
                ))
            })?;
        }
        Ok(Authenticated { request: self.request, delegations: self.delegations })
    }

    fn check_signatures(&self) -> Result<(), String> {
        let sender = self.request.sender;
        let (public_key, signature) = match (&self.public_key, &self.signature) {
            (None, None) if sender == Principal::anonymous() => return Ok(()),
            (None, None) => return Err(format!("Missing signature from user: {sender}")),
            (Some(_), Some(_)) if sender == Principal::anonymous() => {
                return Err("Signature is not allowed for the anonymous user".to_owned());
            }
            (Some(public_key), Some(signature)) => (public_key, signature),
            _ => return Err("sender_pubkey and sender_sig go together".to_owned()),
        };
        if sender != Principal::self_authenticating(public_key) {
            return Err(format!(
                "The user id {sender} does not match the public key {}",
                hex::encode(public_key)
            ));
        }
        let mut key = public_key;
        let mut seen = vec![public_key];
        for delegation in &self.delegations {
            let message = [DELEGATION_DOMAIN, &delegation.hash].concat();
            signature::verify(key, &message, &delegation.signature)
                .map_err(|reason| format!("Invalid delegation: {reason}"))?;
            key = &delegation.public_key;
            if seen.contains(&key) {
                return Err("Invalid delegation: the chain contains a cycle".to_owned());
            }
            seen.push(key);
        }
        let message = [REQUEST_DOMAIN, &self.request.id].concat();
        signature::verify(key, &message, signature)
            .map_err(|reason| format!("Invalid signature: {reason}"))
    }
}

impl Authenticated {
    /// Checks expiry of request and delegations at `now_ns`, and that the delegations cover the
    /// request.
    pub(super) fn check_validity(&self, now_ns: u64) -> Result<(), ApiError> {
        let expiry = self.request.expiry_ns;
        let latest = now_ns.saturating_add(EXPIRY_MAX_NS);
        if !(now_ns..=latest).contains(&expiry) {
            return Err(ApiError::bad_request(format!(
                "Invalid request expiry: Specified ingress_expiry not within expected range: \
                 Minimum allowed expiry: {now_ns}, Maximum allowed expiry: {latest}, \
                 Provided expiry: {expiry}"
            )));
        }
        for delegation in &self.delegations {
            if delegation.expiry_ns < now_ns {
                return Err(ApiError::bad_request(format!(
                    "Invalid delegation expiry: Specified sender delegation has expired: \
                     Provided expiry: {}, Local replica time: {now_ns}",
                    delegation.expiry_ns
                )));
            }
        }
        match &self.request.content {
            Content::Call(call) => {
                if self.delegations.iter().any(|delegation| delegation.queries_only) {
                    return Err(ApiError::bad_request(
                        "Invalid delegation: it permits queries only, not update calls",
                    ));
                }
                self.check_target(call.canister)
            }
            Content::Query(query) => self.check_target(query.canister),
            // Which canister a status belongs to is known once the request is found.
            Content::ReadState(_) => Ok(()),
        }
    }

    /// Checks that every delegation with targets names `canister`.
    pub(super) fn check_target(&self, canister: Principal) -> Result<(), ApiError> {
        let excluded = |delegation: &SignedDelegation| {
            delegation.targets.as_ref().is_some_and(|targets| !targets.contains(&canister))
        };
        if self.delegations.iter().any(excluded) {
            return Err(ApiError::bad_request(format!(
                "Invalid delegation: Canister {canister} is not one of the delegation targets"
            )));
        }
        Ok(())
    }
}
