//! Installation and roles.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::{Mode, Peer, Profile};

/// What a principal may do.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Posts entries: the canister that moves the money.
    Execution,
    /// Reads balances and valuations: canisters that decide.
    Reader,
    /// Reads everything, and validates.
    Auditor,
    /// Registers assets, reconciles, corrects.
    Operator,
    /// Reads logical backups.
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

/// The canister's own times. Absent fields stay as they are, at first as the code has them.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// How long a ledger's block waits for the entry that books it.
    pub reconcile_grace_ns: Option<u64>,
    /// How often each asset is reconciled when all is well.
    pub reconcile_every_ns: Option<u64>,
    /// How often a commitment is made when something changed.
    pub commit_every_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    pub governor: Principal,
    pub roles: Vec<RoleGrant>,
    pub profile: Profile,
    pub tuning: Option<Tuning>,
    /// Canisters this one may call, by name: `price_oracle`.
    pub peers: Option<Vec<Peer>>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub tuning: Option<Tuning>,
    pub peers: Option<Vec<Peer>>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
}
