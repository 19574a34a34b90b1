//! The policy and its changes.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What one rolling window lets through.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct WindowLimit {
    /// 3600, 86400, 604800 or 2592000.
    pub seconds: u64,
    pub max_amount_units: Nat,
    /// A share of what the treasury has of the asset; the smaller of the two binds.
    pub max_bps_of_treasury: Option<u16>,
}

/// What one asset may do.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AssetLimits {
    /// Decimal places of the smallest unit.
    pub decimals: u8,
    /// The most of one outflow.
    pub max_per_tx_units: Nat,
    /// At least one; each length once.
    pub windows: Vec<WindowLimit>,
    /// Outflows in each of the windows.
    pub max_tx_per_window: u32,
    /// The share of what was there a day ago that must remain.
    pub min_retained_bps: u16,
    /// Shares bind once the treasury has so much of the asset; absolute limits always do.
    pub min_amount_to_limit_units: Nat,
    /// What one whole token is taken to be worth at least, with eight decimal places: the value
    /// of an outflow is never below it, whatever the price is said to be.
    pub reference_value: Nat,
}

/// Up to which value how many must approve, and how long to wait then.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ApprovalTier {
    /// Eight decimal places; none for the last tier, which has no bound.
    pub up_to_value: Option<Nat>,
    pub approvals: u32,
    pub delay_ns: u64,
}

/// What no tier may go below.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// For every value above it, eight decimal places.
    pub above_value: Nat,
    pub approvals: u32,
    pub delay_ns: u64,
}

/// What a steward may do without a vote.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct StewardBound {
    /// Largest change of a parameter, as a share of its value.
    pub max_change_bps: u16,
    /// Least time since the parameter's last change, in either direction.
    pub min_delay_ns: u64,
}

/// What holds for all assets.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// True when money goes to listed destinations only.
    pub allow_list_only: bool,
    /// Least wait before the first outflow to a destination.
    pub first_use_delay_ns: u64,
    /// Lowest value first.
    pub approval_tiers: Vec<ApprovalTier>,
    /// A price that is older is stale.
    pub max_price_age_ns: u64,
    /// A price whose sources differ by more is inconsistent.
    pub max_price_deviation_bps: u16,
    /// Largest share of another asset after an outflow; 10000 means any.
    pub concentration_bps: u16,
    /// Largest loss of the treasury's value within thirty days; 10000 means any.
    pub drawdown_bps: u16,
    /// What the treasury must have beyond what it owes, a share of that.
    pub solvency_buffer_bps: u16,
    /// Wait of what loosens; at least 48 hours in production.
    pub loosen_delay_ns: u64,
    /// Least time between an announcement and its outflow; at least 72 hours in production.
    pub announce_delay_ns: u64,
    pub steward: StewardBound,
    pub floor: Option<Floor>,
}

/// Limits of one asset from then on; none lets nothing of it leave.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AssetChange {
    /// Number of the asset in `portfolio`.
    pub asset: u64,
    pub limits: Option<AssetLimits>,
}

/// Where a destination stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Blocked,
    Unlisted,
    Allowed,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DestinationChange {
    /// SHA-256 over the network and the address, as `registry` names a wallet.
    pub destination: ByteBuf,
    pub standing: Standing,
}

/// What changes; everything that is not named stays.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    pub rules: Option<Rules>,
    /// At most 64, each once.
    pub assets: Vec<AssetChange>,
    /// At most 64, each once.
    pub destinations: Vec<DestinationChange>,
}

/// Names a change of the policy.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyChangeArgs {
    pub change: u64,
}

/// Where a change stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChangeState {
    /// It waits for its time, or to be applied.
    Proposed,
    Applied,
    /// The policy it was compared with is not the policy any more.
    Superseded,
    Withdrawn,
    /// Nobody applied it within fourteen days of its time.
    Lapsed,
}

/// A change with its course.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyChangeView {
    pub id: u64,
    pub change: PolicyChange,
    pub state: PolicyChangeState,
    pub proposed_by: Principal,
    pub proposed_at_ns: u64,
    /// When it may be applied.
    pub eta_ns: u64,
    /// Names of the fields it loosens; none when it only tightens.
    pub loosens: Vec<String>,
    pub ended_at_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyChangePage {
    pub items: Vec<PolicyChangeView>,
    pub next: Option<u64>,
}

/// The policy there is.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub version: u64,
    pub effective_at_ns: u64,
    pub rules: Rules,
    /// Every asset that may leave.
    pub assets: Vec<AssetChange>,
}

/// What a steward may move.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    MaxPerTx,
    /// `max_amount_units` of the window of this length, seconds.
    Window(u64),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StewardAdjustArgs {
    pub asset: u64,
    pub parameter: Parameter,
    pub value_units: Nat,
}
