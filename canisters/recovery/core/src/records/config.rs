//! What the canister is, whom it repairs, and who decides about it.

use granary_kernel::{Base, Settings};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::limits;
use crate::types::{Duration, Principal};

/// Who decides, and how many of them must.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Committee {
    /// The members, each once.
    #[cbor(n(0), with = "granary_kernel::cbor::principals")]
    pub members: Vec<Principal>,
    /// How many distinct members must approve (Y2).
    #[n(1)]
    pub quorum: u32,
}

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Delays {
    /// How long a request may wait.
    #[n(0)]
    pub request_ttl: Duration,
    /// From the quorum to the execution.
    #[n(1)]
    pub delay: Duration,
    /// The delay falls away when the governor failed for so long.
    #[n(2)]
    pub outage: Duration,
    /// How long an execution may take.
    #[n(3)]
    pub lease: Duration,
    /// From new code of this canister to an installation (Y4).
    #[n(4)]
    pub apart: Duration,
}

impl Delays {
    /// What holds outside of tests.
    pub const DEFAULT: Self = Self {
        request_ttl: limits::REQUEST_TTL,
        delay: limits::DELAY,
        outage: limits::OUTAGE,
        lease: limits::LEASE,
        apart: limits::APART,
    };

    /// Each of them, in the order of the fields.
    pub const fn each(&self) -> [Duration; 5] {
        [self.request_ttl, self.delay, self.outage, self.lease, self.apart]
    }
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
    /// The governor: the only canister that is ever acted on (Y1).
    #[cbor(n(1), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// Who decides.
    #[n(2)]
    pub committee: Committee,
    /// How long things take.
    #[n(3)]
    pub delays: Delays,
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

/// What a principal may do besides the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything, and validates.
    Auditor,
    /// Watches the canister.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Names the committee; roles, modes, drain, import. The governor itself after the hand-over.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[Self::Auditor, Self::Operator, Self::Backup, Self::Governor];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}
