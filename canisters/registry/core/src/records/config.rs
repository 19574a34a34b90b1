//! What the canister holds people to, and who may do what with it.

use granary_kernel::{Base, Settings};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::limits;
use crate::types::Duration;

/// What the registry holds people to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Policies {
    /// Least time between the grant of a powerful role and its effect (U4).
    #[n(0)]
    pub grant_delay: Duration,
    /// A role that must show signs of life lapses so long after the last one.
    #[n(1)]
    pub heartbeat: Duration,
    /// Longest age of a delegation with which a person may act; held by front ends.
    #[n(2)]
    pub max_delegation_age: Duration,
    /// Users that may wait for admission at one time.
    #[n(3)]
    pub max_pending: u64,
    /// Users that may register themselves in one hour.
    #[n(4)]
    pub max_registrations_per_hour: u64,
    /// Users in total.
    #[n(5)]
    pub max_users: u64,
}

impl Policies {
    /// What holds unless the installation says otherwise.
    pub const DEFAULT: Self = Self {
        grant_delay: limits::DEFAULT_GRANT_DELAY,
        heartbeat: limits::DEFAULT_HEARTBEAT,
        max_delegation_age: limits::MAX_DELEGATION_AGE,
        max_pending: limits::DEFAULT_PENDING,
        max_registrations_per_hour: limits::DEFAULT_REGISTRATIONS_PER_HOUR,
        max_users: limits::DEFAULT_USERS,
    };
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
    /// What people are held to.
    #[n(1)]
    pub policies: Policies,
}

/// The configuration in its newest shape.
pub type Config = ConfigV1;

impl Record for ConfigV1 {
    const NAME: &'static str = "configuration";
    const VERSION: u8 = 1;
}

impl Settings for ConfigV1 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

/// What a principal may do with the registry itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Admits people, attests wallets, gives the ordinary roles.
    Registrar,
    /// Suspends and reactivates people, sets risk profiles.
    Compliance,
    /// A canister of the suite that reads standings and reports the use of wallets.
    Service,
    /// Reads what is not public.
    Auditor,
    /// Watches the canister.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Roles, modes, drain, migrations, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[
        Self::Registrar,
        Self::Compliance,
        Self::Service,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
    ];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::Registrar => "Registrar",
            Self::Compliance => "Compliance",
            Self::Service => "Service",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}
