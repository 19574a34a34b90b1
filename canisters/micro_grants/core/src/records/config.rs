//! What the canister is and whom it obeys: configuration, roles, mode, drain.

use minicbor::{Decode, Encode};

use crate::types::{Principal, Timestamp};

/// The asset every programme of the canister spends.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Asset {
    /// 1–12 characters, such as `ckUSDC`.
    #[n(0)]
    pub symbol: String,
    /// Decimal places of the smallest unit.
    #[n(1)]
    pub decimals: u8,
    /// Ledger that holds it; none until payments are wired.
    #[cbor(n(2), with = "crate::records::cbor::opt_principal", has_nil)]
    pub ledger: Option<Principal>,
}

/// Which set of floors the canister holds itself to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Profile {
    /// The floors of limits.rs.
    #[n(0)]
    Production,
    /// As production, on a development network.
    #[n(1)]
    Development,
    /// Short windows are allowed; refused on mainnet (C13).
    #[n(2)]
    Testing,
}

/// What the canister still does when something is wrong (C12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Mode {
    /// Everything.
    #[n(0)]
    Full,
    /// No user method changes state.
    #[n(1)]
    ReadOnly,
    /// No payout is queued; everything else works.
    #[n(2)]
    OutflowsFrozen,
    /// Only these principals may change state.
    #[n(3)]
    Restricted(#[cbor(n(0), with = "crate::records::cbor::principals")] Vec<Principal>),
}

impl Mode {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::ReadOnly => "ReadOnly",
            Self::OutflowsFrozen => "OutflowsFrozen",
            Self::Restricted(_) => "Restricted",
        }
    }
}

/// A drain that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Drain {
    /// Names the drain; resuming must carry the same number.
    #[n(0)]
    pub epoch: u64,
    /// After this time the canister resumes by itself.
    #[n(1)]
    pub deadline: Timestamp,
}

/// Whether the canister takes work or is being filled from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// Normal.
    #[n(0)]
    Running,
    /// Opened for an import; user methods are refused.
    #[n(1)]
    Importing,
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// The asset of every programme.
    #[n(0)]
    pub asset: Asset,
    /// Floors.
    #[n(1)]
    pub profile: Profile,
    /// Applications the canister accepts in total (G11).
    #[n(2)]
    pub max_applications: u64,
    /// Degradation.
    #[n(3)]
    pub mode: Mode,
    /// Importing or not.
    #[n(4)]
    pub phase: Phase,
    /// The drain in progress.
    #[n(5)]
    pub drain: Option<Drain>,
    /// The newest epoch a drain ever had; a new one must be larger.
    #[n(6)]
    pub last_epoch: u64,
}

/// The configuration in its newest shape.
pub type Config = ConfigV1;

/// What a principal may do beyond its own applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Creates and runs programmes; cannot decide an application alone.
    ProgramManager,
    /// Releases payouts above a programme's threshold.
    Treasurer,
    /// Reads what is not public.
    Auditor,
    /// Watches the canister.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Roles, modes, drain, migrations, import.
    Governor,
}

impl Role {
    /// All roles in the order of their stored numbers.
    pub const ALL: [Self; 6] = [
        Self::ProgramManager,
        Self::Treasurer,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProgramManager => "ProgramManager",
            Self::Treasurer => "Treasurer",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}

/// One role of one principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RoleGrantV1 {
    /// When it was given.
    #[n(0)]
    pub since: Timestamp,
    /// Who gave it.
    #[cbor(n(1), with = "crate::records::cbor::principal")]
    pub granted_by: Principal,
}

/// A role grant in its newest shape.
pub type RoleGrant = RoleGrantV1;
