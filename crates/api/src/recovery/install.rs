//! Installation, roles, the committee.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::{Mode, Profile};

/// What a principal may do besides the committee.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    Auditor,
    Operator,
    /// Reads logical backups.
    Backup,
    /// Names the committee; roles, modes, drain, import. The governor itself after the hand-over.
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

/// Who decides: 3 to 20 members, and more than half of them as quorum.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Committee {
    pub members: Vec<Principal>,
    pub quorum: u32,
}

/// How long things take.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// How long a request may wait: 7 days.
    pub request_ttl_ns: u64,
    /// From the quorum to the execution: 24 h.
    pub delay_ns: u64,
    /// The delay falls away when the governor failed for longer than 6 h.
    pub outage_ns: u64,
    /// How long an execution may take: 1 h.
    pub lease_ns: u64,
    /// From new code of this canister to an installation: 24 h.
    pub apart_ns: u64,
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
    /// The canister this one repairs.
    pub target: Principal,
    pub committee: Committee,
    /// Shorter delays, with the profile Testing only.
    pub delays: Option<Delays>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    /// The canister this one repairs from now on. Open requests were made for the old one and are
    /// never executed.
    pub target: Option<Principal>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}
