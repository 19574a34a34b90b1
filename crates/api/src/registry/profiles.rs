//! How much risk a user's plans may take.

use candid::CandidType;
use serde::{Deserialize, Serialize};

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskClass {
    Conservative,
    Moderate,
    Aggressive,
    Custom,
}

/// The limits of one version; a version never changes.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskLimits {
    pub max_position_bps: u32,
    pub max_drawdown_bps: u32,
    pub max_asset_concentration_bps: u32,
}

/// A profile in one version. Plans keep the version they were approved under.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskProfile {
    pub id: u64,
    pub class: RiskClass,
    pub limits: RiskLimits,
    /// From 1.
    pub version: u32,
    pub defined_at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DefineRiskProfileArgs {
    /// The profile that gets a new version; none makes a new profile.
    pub profile: Option<u64>,
    pub class: RiskClass,
    pub limits: RiskLimits,
    pub idempotency_key: Option<String>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRiskProfileArgs {
    pub user: u64,
    pub profile: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetRiskProfileArgs {
    pub profile: u64,
    /// None is the newest.
    pub version: Option<u32>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RiskProfilePage {
    pub items: Vec<RiskProfile>,
    pub next: Option<u64>,
}
