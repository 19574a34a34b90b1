//! What `execution` asks before money leaves, and what it says afterwards.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What an outflow is for.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A grant's payout.
    Grant,
    /// A leg of an approved plan.
    Plan,
    /// What a person asked for.
    Manual,
    /// Cycles for a canister of the suite.
    Cycles,
}

/// An outflow somebody wants. The same intent with the same fields is the same outflow.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OutflowArgs {
    /// Number of the transfer intent; the caller's key for everything that follows.
    pub intent: u64,
    /// Number of the asset in `portfolio`.
    pub asset: u64,
    /// Everything that leaves: the amount and the ledger's fee.
    pub amount_units: u128,
    /// SHA-256 over the network and the address, as `registry` names a wallet.
    pub destination: ByteBuf,
    /// Who asked for the money to move.
    pub initiator: Principal,
    pub purpose: Purpose,
    /// The announcement this outflow was announced with.
    pub announcement: Option<u64>,
}

/// Why an outflow may not happen, at least not now.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rule that denies, such as `max_per_tx`, `window`, `destination`, `seal`.
    pub rule: String,
    /// What that rule would still let through now.
    pub remaining_units: u128,
    /// When asking again can help; none when waiting alone does not.
    pub retry_at_ns: Option<u64>,
    /// One sentence for people.
    pub reason: String,
}

/// What an outflow needs before it may be sent.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// The policy that says so.
    pub policy_version: u64,
    /// Position of the approval tier in the policy, from 0.
    pub tier: u32,
    /// Different people who must approve.
    pub approvals: u32,
    /// How long to wait after the last approval.
    pub delay_ns: u64,
}

/// The answer to "may this leave?".
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// It may, under these requirements, as things are now.
    Allowed(Requirements),
    Denied(Denial),
}

/// Where a reservation stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationState {
    /// The capacity is taken; the money may be sent.
    Held,
    /// The money left.
    Committed,
    /// The money did not leave and will not: the capacity came back.
    Released,
    /// Nobody said what became of it in time: the capacity came back.
    Expired,
}

/// Capacity that is taken for one intent.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub id: u64,
    pub intent: u64,
    pub asset: u64,
    pub amount_units: u128,
    pub state: ReservationState,
    pub expires_at_ns: u64,
    pub requirements: Requirements,
}

/// The answer to `reserve_outflow`. A denial is recorded and counted, so it is no error.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The capacity is taken. Asking again with the same arguments answers this again.
    Held(Reservation),
    Denied(Denial),
}

/// Names the reservation of an intent.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservationArgs {
    pub intent: u64,
}
