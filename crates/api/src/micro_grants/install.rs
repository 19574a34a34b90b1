//! Installation, roles and the canister's own figures.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::{Mode, Profile};

/// The asset every programme of one canister spends.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// 1–12 characters, such as `ckUSDC`.
    pub symbol: String,
    /// Decimal places of the smallest unit, at most 18.
    pub decimals: u8,
    /// Ledger that holds it; none until payments are wired.
    pub ledger: Option<Principal>,
}

/// What a principal may do beyond its own applications.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Creates and runs programmes; cannot decide an application alone.
    ProgramManager,
    /// Releases payouts above a programme's threshold.
    Treasurer,
    Auditor,
    Operator,
    /// Reads and restores logical backups.
    Backup,
    /// The code's constitution: roles, modes, drain, migrations.
    Governor,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    pub role: Role,
    pub holder: Principal,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum InstallArgs {
    Init(InitArgs),
    Upgrade(UpgradeArgs),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    pub governor: Principal,
    pub roles: Vec<RoleGrant>,
    pub profile: Profile,
    pub asset: Asset,
    /// Applications the canister accepts in total; none means the code's bound.
    pub max_applications: Option<u64>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub max_applications: Option<u64>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// Number of the asset in `portfolio`.
    pub portfolio_asset: Option<u64>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPortfolioAssetArgs {
    /// Number of the asset in `portfolio`; none forgets it, and nothing is handed over any more.
    pub asset: Option<u64>,
}

/// The eight figures of the canister; each equals a recomputation from the applications.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CanisterMetrics {
    /// Applications ever submitted; drafts do not count.
    pub total_applications: u64,
    pub approved_applications: u64,
    pub rejected_applications: u64,
    pub total_requested_units: u128,
    pub total_approved_units: u128,
    /// Mean time from submission to decision, over decided applications.
    pub average_processing_ns: u64,
    pub last_updated_ns: u64,
    pub version: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
}
