//! Installation and roles.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::{Mode, Peer, Profile};

/// What a principal may do.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// The canister of the grants: has payouts made.
    MicroGrants,
    /// The canister of the plans: has legs of plans made.
    Strategy,
    /// A person who has payments made, and gives standing authorisations.
    Treasurer,
    /// A person who approves what others want paid.
    Approver,
    /// Adopts assets, wakes what waits.
    Operator,
    /// Reads everything, and validates.
    Auditor,
    /// Reads logical backups.
    Backup,
    /// The code's constitution: roles, modes, drain, the quarantine.
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
    /// Canisters this one may call, by name: `portfolio`, `risk_guard`.
    pub peers: Option<Vec<Peer>>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
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

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
}
