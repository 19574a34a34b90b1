//! What people do: approvals, standing authorisations, the quarantine, forgotten payments.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Intent, IntentState};
use crate::portfolio::LedgerAccount;

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApproveIntentArgs {
    pub intent: u64,
    /// The digest of `get_intent_details`: what is approved, and nothing else.
    pub digest: ByteBuf,
}

/// Rejects an intent, or takes it back.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EndIntentArgs {
    pub intent: u64,
    /// 1–200 bytes.
    pub reason: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecuteReadyArgs {
    /// 1 to 20.
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListIntentsArgs {
    /// Only those in this state, in the order they came into it.
    pub state: Option<IntentState>,
    pub after: Option<u64>,
    /// 1 to 50.
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IntentPage {
    pub items: Vec<Intent>,
    pub next: Option<u64>,
}

/// What one attempt at the transfer carries, and how far the search for it is.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1; 0 before the first.
    pub number: u32,
    /// The time the transfer carries in each of its sends.
    pub created_at_ns: u64,
    /// A block from which on the transfer is, if it is anywhere.
    pub from_block: u64,
    pub sends: u32,
    /// The next block to be looked at.
    pub next_block: u64,
}

/// A step that failed, or a denial.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StepError {
    /// Failures in a row.
    pub number: u32,
    pub at_ns: u64,
    /// `temporary`, `permanent`, `timeout`, `breaker_open`, `rate_limited`, `outcome_unknown`.
    pub kind: String,
    pub reason: String,
}

/// An intent with everything that is known about it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct IntentDetails {
    pub intent: Intent,
    /// SHA-256 of what an approver approves.
    pub digest: ByteBuf,
    /// What the transfer carries: SHA-256 over the submitter and its key.
    pub memo: ByteBuf,
    pub attempt: Attempt,
    /// The newest ten, oldest first.
    pub errors: Vec<StepError>,
    /// Not looked at before this time.
    pub next_at_ns: Option<u64>,
    /// The reservation at `risk_guard`.
    pub reservation: Option<u64>,
    /// The entry in `portfolio`.
    pub entry: Option<u64>,
    /// True when it was found paid after a restore.
    pub found: bool,
    /// True when its block stands in Suspense until a person corrects it.
    pub for_people: bool,
}

/// What people found out about an intent in quarantine.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The money moved in this block; the ledger is asked whether it is so.
    Settled { block: u64 },
    /// It did not, and is to be paid.
    PayAgain,
    /// It did not, and is not to be paid any more.
    GiveUp,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ResolveQuarantineArgs {
    pub intent: u64,
    pub finding: Finding,
    /// What people looked at, 1–200 bytes; its digest is kept in the journal.
    pub evidence: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GrantStandingAuthorisationArgs {
    /// Whose intents need no person each time.
    pub initiator: Principal,
    pub asset: u64,
    /// How much, fees included, in any window.
    pub allowance_units: Nat,
    /// An hour to ninety days.
    pub window_ns: u64,
    /// 1 to 16 accounts of the asset's ledger.
    pub destinations: Vec<LedgerAccount>,
    /// In the future and within a year.
    pub expires_at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorisationArgs {
    pub authorisation: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StandingAuthorisation {
    pub id: u64,
    pub initiator: Principal,
    pub asset: u64,
    pub allowance_units: u128,
    pub window_ns: u64,
    /// SHA-256 over network and address, as `registry` names a wallet.
    pub destinations: Vec<ByteBuf>,
    pub granted_by: Principal,
    pub granted_at_ns: u64,
    pub expires_at_ns: u64,
    pub revoked_at_ns: Option<u64>,
    /// True while it authorises; false too when who gave it lost the role.
    pub live: bool,
    /// What is used of it in the window that ends now; none when there were too many uses to add.
    pub used_units: Option<u128>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuthorisationPage {
    pub items: Vec<StandingAuthorisation>,
    pub next: Option<u64>,
}

/// What became of a payment without an intent.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrphanState {
    /// Nobody explained it: nothing is sent of its asset.
    Open,
    /// Its intent was submitted again, and is settled by it.
    Claimed,
    /// A governor looked at it.
    Acknowledged,
}

/// A payment out of the treasury that no intent explains, found after a restore.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    pub id: u64,
    pub state: OrphanState,
    pub asset: u64,
    pub block: u64,
    /// None when the transfer has no memo of 32 bytes.
    pub memo: Option<ByteBuf>,
    /// SHA-256 of the destination, as `portfolio` names it.
    pub to: ByteBuf,
    pub amount_units: u128,
    pub fee_units: u128,
    pub at_ns: u64,
    pub found_at_ns: u64,
    /// The intent that claims it, or the one it contradicts.
    pub intent: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OrphanPage {
    pub items: Vec<Orphan>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanArgs {
    pub orphan: u64,
}
