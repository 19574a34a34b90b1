//! Installation, the canister's own roles, and the policies it holds people to.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::{Mode, Profile};

/// What a principal may do with the registry itself. What people may do elsewhere is
/// [`super::PersonRole`].
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Role {
    /// Admits people, attests wallets, gives the ordinary roles.
    Registrar,
    /// Suspends and reactivates people, sets risk profiles.
    Compliance,
    /// A canister of the suite that reads standings and reports the use of wallets.
    Service,
    Auditor,
    Operator,
    /// Reads logical backups.
    Backup,
    /// Roles, modes, drain, policies, import.
    Governor,
}

/// One of the canister's own roles and who holds it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RoleHolder {
    pub role: Role,
    pub holder: Principal,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SetRoleArgs {
    pub role: Role,
    pub holder: Principal,
    pub granted: bool,
}

/// What the registry holds people to.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Least time between the grant of a powerful role and its effect.
    pub grant_delay_ns: u64,
    /// A role that must show signs of life lapses so long after the last one.
    pub heartbeat_ns: u64,
    /// Longest age of a delegation with which a person may act; held by front ends.
    pub max_delegation_age_ns: u64,
    /// Users that may wait for admission at one time.
    pub max_pending: u64,
    /// Users that may register themselves in one hour.
    pub max_registrations_per_hour: u64,
    /// Users in total.
    pub max_users: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum InstallArgs {
    Init(InitArgs),
    Upgrade(UpgradeArgs),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    pub governor: Principal,
    pub roles: Vec<RoleHolder>,
    pub profile: Profile,
    /// None means the defaults: a day, thirty days, thirty days, 10,000, 1,000, 1,000,000.
    pub policies: Option<Policies>,
    /// True opens the canister to be filled by `import_state` instead of for work.
    pub importing: Option<bool>,
}

/// Absent fields stay as they are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeArgs {
    pub policies: Option<Policies>,
    pub mode: Option<Mode>,
    /// The upgrade traps, and so leaves everything as it was, unless the stored state has this
    /// schema before it.
    pub expected_schema: Option<u32>,
    /// True on a copy of the canister on which the upgrade is tried: until the next upgrade it sets
    /// no alarm, makes no call and takes no work. Never for the canister itself.
    pub rehearsal: Option<bool>,
}

/// The canister's figures beside the sizes of its indexes: each pair must be equal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserConsistency {
    pub users: u64,
    pub user_rows: u64,
    pub identities: u64,
    pub identity_index: u64,
    pub wallets: u64,
    pub wallet_rows: u64,
    pub verified_wallets: u64,
    pub address_index: u64,
    pub profiles: u64,
    pub profile_rows: u64,
    /// True when every pair is equal.
    pub consistent: bool,
}
