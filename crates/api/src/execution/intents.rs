//! Transfer intents: what is to be paid, and what became of it.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::portfolio::{BtcNetwork, ExternalRef, LedgerAccount};

/// Where money is to go.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An account of the asset's ledger.
    Icrc(LedgerAccount),
    /// An address of a Bitcoin network.
    Btc { network: BtcNetwork, address: String },
}

/// On whose behalf.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A payout of `micro_grants`.
    Grant { grant: u64, payout: u64 },
    /// A leg of a plan of `strategy`.
    Plan { plan: u64, leg: u32 },
    /// A person.
    Manual,
    /// Cycles for a canister of the suite.
    CyclesTopUp { canister: Principal },
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SubmitIntentArgs {
    /// 1–64 bytes. The same key with the same arguments gives the first receipt, for ever; with
    /// other arguments it is refused.
    pub idempotency_key: String,
    pub origin: Origin,
    /// Number of the asset in `portfolio`.
    pub asset: u64,
    pub destination: Destination,
    /// What the destination receives; the ledger's fee comes on top.
    pub amount_units: u128,
    /// The announcement at `risk_guard` this payment was announced with.
    pub announcement: Option<u64>,
    /// After this time it is not sent any more; none means thirty days.
    pub expires_at_ns: Option<u64>,
}

/// Which intent: what `get_intent` takes. `submit_intent` answers the usual receipt, and its id is
/// the intent's number.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntentArgs {
    pub intent: u64,
}

/// Where an intent stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Written down; nobody was asked yet.
    Created,
    /// `risk_guard` said what it needs, or that it must wait.
    Assessed,
    /// People must approve.
    AwaitingApproval,
    /// Approved, and waiting for its delay.
    Timelocked,
    /// It may be sent as soon as capacity is reserved.
    Ready,
    /// The transfer was or is about to be sent.
    Submitting,
    /// It is not known whether the money moved.
    Unknown,
    /// The ledger is being searched for it.
    Reconciling,
    /// The money moved, in the block of `external_ref`.
    Settled,
    /// Taken back before it was sent.
    Cancelled,
    /// Not sent in time.
    Expired,
    /// A rule denies it for good, or an approver rejected it.
    Denied,
    /// A person must find out and decide.
    Quarantined,
}

/// What `micro_grants` and people read of an intent.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: u64,
    pub idempotency_key: String,
    pub origin: Origin,
    pub initiator: Principal,
    pub asset: u64,
    pub destination: Destination,
    pub amount_units: u128,
    pub fee_units: u128,
    pub state: IntentState,
    /// The block or output that moved the money.
    pub external_ref: Option<ExternalRef>,
    /// True once `portfolio` has the entry and `risk_guard` the commitment.
    pub booked: bool,
    pub attempts: u32,
    /// Why it stands where it stands: the newest error or denial.
    pub reason: Option<String>,
    pub approvals_needed: u32,
    pub approvals: Vec<Principal>,
    /// When its delay ends.
    pub eta_ns: Option<u64>,
    pub created_at_ns: u64,
    pub expires_at_ns: u64,
    pub settled_at_ns: Option<u64>,
}
