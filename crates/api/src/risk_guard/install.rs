//! Installation and roles.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use super::PolicyChange;
use crate::common::{Mode, Peer, Profile};

/// What a principal may do. Guardians hold seats instead.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Reserves, commits, releases: the canister that moves the money.
    Execution,
    /// Assesses and reads: canisters that decide.
    Reader,
    /// Moves parameters within bounds, announces outflows.
    Steward,
    /// Reads everything, and validates.
    Auditor,
    /// Looks after alerts, applies what is due.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Policy, seats, seals, roles, modes, drain, import.
    Governor,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    pub role: Role,
    pub holder: Principal,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
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
    /// The first policy; it holds at once. None names no asset, so that nothing leaves.
    pub policy: Option<PolicyChange>,
    /// Canisters this one may call, by name: `portfolio`, `price_oracle`.
    pub peers: Option<Vec<Peer>>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are. The policy changes by proposals only, never by an upgrade.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub peers: Option<Vec<Peer>>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}
