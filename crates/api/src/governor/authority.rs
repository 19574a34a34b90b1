//! Who can change what, and after how long.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What a way leads to.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Power {
    /// New code in a canister, tried on a copy first.
    Code,
    /// New code after a rehearsal that failed.
    CodeUnproven,
    /// An earlier state of canisters, by their snapshots.
    Rollback,
    /// Settings of a canister.
    Settings,
    /// A call under the governor's roles.
    Call,
    /// Control over a canister.
    Control,
    /// Members and their threshold.
    Members,
    /// Rules of deciding.
    Rules,
    /// The committee that repairs the governor.
    Committee,
    /// The governor's own code and members.
    Repair,
}

/// Who goes a way.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// So many of these members together: approvals, or weight where weights count.
    Members { needed: u64, of: Vec<Principal>, vetoers: Vec<Principal> },
    /// So many of the recovery committee together.
    Committee { needed: u32, of: Vec<Principal> },
    /// This principal alone: a controller beside the governor.
    Alone { principal: Principal },
}

/// One way to change something.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub power: Power,
    /// Over which canister; none for the governor's own rules.
    pub target: Option<Principal>,
    pub who: Who,
    /// The shortest time from the first step to the effect.
    pub shortest_ns: u64,
    /// True when it is weaker than what the rules promise.
    pub is_weak: bool,
}

/// Every way there is. What is not listed nobody can do.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub epoch: u64,
    pub ways: Vec<Way>,
}
