//! Installation and roles.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use super::{Escalation, MemberSpec, Method, Placement, RecoverySpec, Rules};
use crate::common::{Mode, Profile};

/// What a principal may do besides the members. None of these decides anything: members do.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Opens and leads incidents, has canisters asked.
    Operator,
    /// Reads everything, and validates.
    Auditor,
    /// Reads logical backups.
    Backup,
    /// The recovery canister: roles, modes, drain, import.
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
#[expect(clippy::large_enum_variant, reason = "it is read once in the life of a canister")]
pub enum InstallArgs {
    Init(InitArgs),
    Upgrade(UpgradeArgs),
}

/// A canister that is under control from the first moment.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TargetSpec {
    pub canister: Principal,
    pub placement: Placement,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    /// Who holds the role Governor: the recovery canister.
    pub governor: Principal,
    pub roles: Vec<RoleGrant>,
    pub profile: Profile,
    /// Who governs: 3 to 64.
    pub members: Vec<MemberSpec>,
    /// None gives a strict majority and the standard times.
    pub rules: Option<Rules>,
    /// Who repairs this canister; none on networks without a recovery canister.
    pub recovery: Option<RecoverySpec>,
    /// What `CallRegisteredMethod` may call.
    pub methods: Vec<Method>,
    pub escalation: Option<Escalation>,
    pub targets: Vec<TargetSpec>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}
