//! Identities, states and roles: the words the rules are written in.

pub use candid::Principal;
use granary_kernel::Id;
pub use granary_units::{Duration, Timestamp};

/// SHA-256 of a document kept elsewhere, or of an address.
pub type Hash = [u8; 32];

/// Marks [`UserId`].
#[derive(Debug)]
pub enum UserKind {}
/// Marks [`WalletId`].
#[derive(Debug)]
pub enum WalletKindMark {}
/// Marks [`ProfileId`].
#[derive(Debug)]
pub enum ProfileKind {}
/// Marks [`GrantId`].
#[derive(Debug)]
pub enum GrantKind {}
/// Marks [`RevisionId`].
#[derive(Debug)]
pub enum RevisionKind {}

/// Number of a user.
pub type UserId = Id<UserKind>;
/// Number of a wallet.
pub type WalletId = Id<WalletKindMark>;
/// Number of a risk profile.
pub type ProfileId = Id<ProfileKind>;
/// Number of a role grant.
pub type GrantId = Id<GrantKind>;
/// Number of a stored version of a risk profile, over all profiles.
pub type RevisionId = Id<RevisionKind>;

/// `Pending → Active ⇄ Suspended → Closed`; Pending and Active close too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserStatus {
    /// Waits for admission, or for the invited identity to accept.
    Pending,
    /// Takes part.
    Active,
    /// May do nothing until reactivated.
    Suspended,
    /// For ever; its identities are free again.
    Closed,
}

impl UserStatus {
    /// All statuses in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Suspended, Self::Closed];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Closed => "Closed",
        }
    }

    /// Its place in [`Self::ALL`].
    pub const fn at(self) -> usize {
        match self {
            Self::Pending => 0,
            Self::Active => 1,
            Self::Suspended => 2,
            Self::Closed => 3,
        }
    }
}

/// How risky a profile is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskClass {
    /// Little.
    Conservative,
    /// Some.
    Moderate,
    /// Much.
    Aggressive,
    /// As its limits say.
    Custom,
}

impl RiskClass {
    /// All classes in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Conservative, Self::Moderate, Self::Aggressive, Self::Custom];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conservative => "Conservative",
            Self::Moderate => "Moderate",
            Self::Aggressive => "Aggressive",
            Self::Custom => "Custom",
        }
    }
}

/// The Bitcoin network of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BitcoinNetwork {
    /// Money.
    Mainnet,
    /// Play money.
    Testnet,
    /// A network on one machine.
    Regtest,
}

impl BitcoinNetwork {
    /// All networks in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Mainnet, Self::Testnet, Self::Regtest];
}

/// The kind of script a Bitcoin address pays to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScriptType {
    /// Public key hash.
    P2pkh,
    /// Script hash.
    P2sh,
    /// Witness public key hash.
    P2wpkh,
    /// Witness script hash.
    P2wsh,
    /// Taproot.
    P2tr,
}

impl ScriptType {
    /// All kinds in the order of their stored numbers.
    pub const ALL: [Self; 5] = [Self::P2pkh, Self::P2sh, Self::P2wpkh, Self::P2wsh, Self::P2tr];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P2pkh => "P2pkh",
            Self::P2sh => "P2sh",
            Self::P2wpkh => "P2wpkh",
            Self::P2wsh => "P2wsh",
            Self::P2tr => "P2tr",
        }
    }
}

/// How it was found out that a user controls an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The owner of the account made the call itself.
    Ownership,
    /// A registrar or compliance saw a proof elsewhere and answers for it.
    Attestation,
}

impl Method {
    /// All methods in the order of their stored numbers.
    pub const ALL: [Self; 2] = [Self::Ownership, Self::Attestation];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ownership => "Ownership",
            Self::Attestation => "Attestation",
        }
    }
}

/// Where a wallet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletStatus {
    /// Added; nobody knows whether the user controls it.
    Unverified,
    /// The user controls it.
    Verified {
        /// How that was found out.
        method: Method,
        /// When.
        at: Timestamp,
    },
    /// Not used any more; for ever.
    Revoked,
}

impl WalletStatus {
    /// The names on the wire in the order of the stored numbers.
    pub const NAMES: [&'static str; 3] = ["Unverified", "Verified", "Revoked"];

    /// Its place in [`Self::NAMES`].
    pub const fn at(self) -> usize {
        match self {
            Self::Unverified => 0,
            Self::Verified { .. } => 1,
            Self::Revoked => 2,
        }
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unverified => "Unverified",
            Self::Verified { .. } => "Verified",
            Self::Revoked => "Revoked",
        }
    }

    /// True for a wallet whose address is spoken for (U3).
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Verified { .. })
    }
}

/// What people may do in the suite. Each canister gives its own meaning to the names it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonRole {
    /// Votes.
    Member,
    /// Judges applications and milestones.
    Reviewer,
    /// Creates and runs programmes.
    ProgramManager,
    /// Writes plans.
    Strategist,
    /// Approves transfers by tier.
    Approver,
    /// Sets risk limits.
    RiskSteward,
    /// Releases money above a threshold.
    Treasurer,
    /// Stops outflows and changes.
    Guardian,
    /// Reads what is not public.
    Auditor,
    /// Watches and repairs.
    Operator,
}

impl PersonRole {
    /// All roles in the order of their stored numbers.
    pub const ALL: [Self; 10] = [
        Self::Member,
        Self::Reviewer,
        Self::ProgramManager,
        Self::Strategist,
        Self::Approver,
        Self::RiskSteward,
        Self::Treasurer,
        Self::Guardian,
        Self::Auditor,
        Self::Operator,
    ];

    /// The name standings carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Reviewer => "reviewer",
            Self::ProgramManager => "program_manager",
            Self::Strategist => "strategist",
            Self::Approver => "approver",
            Self::RiskSteward => "risk_steward",
            Self::Treasurer => "treasurer",
            Self::Guardian => "guardian",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    /// True for roles that move or stop money or decide who does: only a governor gives them, and
    /// never at once.
    pub const fn is_powerful(self) -> bool {
        match self {
            Self::ProgramManager
            | Self::Approver
            | Self::RiskSteward
            | Self::Treasurer
            | Self::Guardian
            | Self::Operator => true,
            Self::Member | Self::Reviewer | Self::Strategist | Self::Auditor => false,
        }
    }

    /// True for roles somebody must be there to exercise: they lapse without a sign of life.
    pub const fn needs_heartbeat(self) -> bool {
        match self {
            Self::Treasurer | Self::Guardian | Self::Approver => true,
            Self::Member
            | Self::Reviewer
            | Self::ProgramManager
            | Self::Strategist
            | Self::RiskSteward
            | Self::Auditor
            | Self::Operator => false,
        }
    }

    /// The role that must never be with this one on the same user (U5).
    pub const fn excludes(self) -> Option<Self> {
        match self {
            Self::Treasurer => Some(Self::Guardian),
            Self::Guardian => Some(Self::Treasurer),
            Self::Member
            | Self::Reviewer
            | Self::ProgramManager
            | Self::Strategist
            | Self::Approver
            | Self::RiskSteward
            | Self::Auditor
            | Self::Operator => None,
        }
    }
}

/// Who holds a role grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A user, with every identity it has at the time.
    User(UserId),
    /// One identity, whether or not it is somebody's.
    Principal(Principal),
}

/// Where a role grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantState {
    /// Waits for its time.
    Granted,
    /// Authorises.
    Effective,
    /// Over its time, or without a sign of life for too long.
    Expired,
    /// Taken back.
    Revoked,
}

impl GrantState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Granted, Self::Effective, Self::Expired, Self::Revoked];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "Granted",
            Self::Effective => "Effective",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// True while it authorises or may come to.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Granted | Self::Effective)
    }
}
