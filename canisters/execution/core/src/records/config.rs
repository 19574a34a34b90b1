//! What the canister is and whom it obeys: configuration and roles.

use granary_kernel::{Base, Settings};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
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
        Self { base }
    }
}

/// What a principal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Roles, modes, drain, the quarantine, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[
        Self::MicroGrants,
        Self::Strategy,
        Self::Treasurer,
        Self::Approver,
        Self::Operator,
        Self::Auditor,
        Self::Backup,
        Self::Governor,
    ];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::MicroGrants => "MicroGrants",
            Self::Strategy => "Strategy",
            Self::Treasurer => "Treasurer",
            Self::Approver => "Approver",
            Self::Operator => "Operator",
            Self::Auditor => "Auditor",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}
