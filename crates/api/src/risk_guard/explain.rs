//! Every way by which an amount could leave.

use candid::{CandidType, Nat};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Denial, Purpose, Requirements};

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ExplainPolicyArgs {
    pub asset: u64,
    pub amount_units: Nat,
    /// Only to this one; none asks about every kind of destination.
    pub destination: Option<ByteBuf>,
    /// Only for this; none asks about every purpose.
    pub purpose: Option<Purpose>,
}

/// One way out, or one that is closed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OutflowPath {
    /// `direct`, `in_parts`, `announced`, `after_policy_change`, `after_lift`.
    pub way: String,
    pub purpose: Purpose,
    /// `asked`, `known` (listed, used before), `new` (listed, not used), `unlisted`.
    pub destination: String,
    /// Who must act before the outflow is asked for.
    pub who: Vec<String>,
    /// So many outflows, for `in_parts`.
    pub parts: Option<u32>,
    /// Time the steps before the outflow take at least.
    pub wait_ns: u64,
    /// What the outflow, or each part of it, needs then; none when it is denied.
    pub requirements: Option<Requirements>,
    pub denial: Option<Denial>,
}
