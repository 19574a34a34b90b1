//! Who acts and when, and the proof that a verb was applied.

use candid::Principal;
use granary_units::Timestamp;

/// Who acts, and when. Time and caller are arguments of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ctx {
    /// Time of the message.
    pub now: Timestamp,
    /// Who called.
    pub actor: Principal,
    /// Ties the events and log lines of one call together.
    pub trace_id: u64,
}

/// Proof that a verb was applied; the same again when it is repeated with its idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entity created or changed.
    pub id: u64,
    /// Index of the first event.
    pub event: u64,
    /// When it was applied.
    pub at: Timestamp,
}

/// True for the two principals that can hold no right (C5).
pub fn is_nobody(who: &Principal) -> bool {
    *who == Principal::anonymous() || *who == Principal::management_canister()
}
