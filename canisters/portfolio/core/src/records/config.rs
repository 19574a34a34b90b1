//! What the canister is and whom it obeys: configuration and roles.

use granary_kernel::{Base, Settings};
use minicbor::{Decode, Encode};

use crate::types::Duration;

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
    /// How long a block waits for its entry before reconciliation books it.
    #[n(1)]
    pub reconcile_grace: Duration,
    /// How often each asset is reconciled when all is well.
    #[n(2)]
    pub reconcile_every: Duration,
    /// How often a commitment is made.
    #[n(3)]
    pub commit_every: Duration,
}

/// The configuration in its newest shape.
pub type Config = ConfigV1;

impl Settings for ConfigV1 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

/// What a principal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Roles, modes, drain, migrations, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[
        Self::Execution,
        Self::Reader,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
    ];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::Execution => "Execution",
            Self::Reader => "Reader",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}
