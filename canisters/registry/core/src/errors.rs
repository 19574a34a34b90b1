//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod wire;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_stable::StorageFault;

pub use catalogue::CATALOGUE;

use crate::types::{GrantState, PersonRole, Principal, Timestamp, UserStatus, WalletStatus};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryError {
    /// What every canister refuses in the same words.
    Kernel(Fault),
    /// The request itself is wrong.
    Input(InputFault),
    /// The actor may not do this.
    Access(AccessFault),
    /// There is no such thing.
    Missing(Missing),
    /// Not now, or not in this order.
    State(StateFault),
    /// Not now for reasons of the canister's own.
    System(SystemFault),
}

/// The request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// A text that is no Bitcoin address, or not the one it is said to be.
    Address { problem: &'static str },
    /// A scope with characters no scope has.
    Scope,
    /// A share above the whole, or of nothing.
    BpsRange { field: &'static str, given: u32 },
    /// A grant's times are not in order or too far.
    GrantTimes { problem: &'static str },
    /// A policy outside its range.
    PolicyRange { field: &'static str, given: u64, min: u64, max: u64 },
    /// An attestation without its evidence.
    Evidence,
}

/// The actor may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFault {
    /// The actor is nobody's identity.
    NotUser,
    /// Only the user itself, or one of these roles of the canister.
    NotSelf { or: &'static str },
    /// An identity unlinks itself and those that were linked after it.
    Seniority,
    /// The identity was not asked to join.
    NotProposed,
    /// The role is given by somebody else.
    NotGrantable { role: PersonRole, needs: &'static str },
    /// Nobody gives a role to itself (U5).
    SelfGrant,
    /// Only the holder of the grant.
    NotHolder,
    /// A user lowers its limits; raising them takes compliance.
    RaisesLimits,
    /// Nobody attests its own wallet.
    SelfAttest,
}

/// There is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No such user.
    User { id: u64 },
    /// The identity is nobody's.
    Identity { who: Principal },
    /// No such wallet.
    Wallet { id: u64 },
    /// No such risk profile.
    Profile { id: u64 },
    /// The profile has no such version.
    Version { id: u64, version: u32 },
    /// No such role grant.
    Grant { id: u64 },
}

/// Not now, or not in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The user is elsewhere.
    User { actual: UserStatus, allowed: &'static [UserStatus] },
    /// The wallet is elsewhere.
    Wallet { actual: WalletStatus, allowed: &'static [&'static str] },
    /// The grant is elsewhere.
    Grant { actual: GrantState, allowed: &'static [GrantState] },
    /// The identity is somebody's already (U1).
    IdentityTaken,
    /// The identity was asked already and can still answer.
    ProposalOpen { until: Timestamp },
    /// The identity answered too late.
    ProposalExpired { until: Timestamp },
    /// A user keeps its last identity (U2).
    LastIdentity,
    /// The invited identity has not accepted: an active user has at least one (U2).
    NoIdentity,
    /// Another user has verified the address (U3).
    AddressTaken,
    /// The user has the address already.
    AddressRepeated { wallet: u64 },
    /// Money went to the wallet before.
    AlreadyUsed { at: Timestamp },
    /// The user has the profile already.
    ProfileUnchanged,
    /// The two roles are never on the same user (U5).
    Excluded { role: PersonRole, held: PersonRole },
    /// The holder has the role there already.
    GrantRepeated { grant: u64 },
    /// The role needs no signs of life.
    NoHeartbeat { role: PersonRole },
}

/// Not now for reasons of the canister's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemFault {
    /// Too many people registered in the running hour.
    RateLimited { retry_after_ns: u64 },
    /// An index this needs is still being built.
    Migrating { what: &'static str },
}

impl From<Fault> for RegistryError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for RegistryError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<AccessFault> for RegistryError {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
impl From<Missing> for RegistryError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}
impl From<StateFault> for RegistryError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<SystemFault> for RegistryError {
    fn from(fault: SystemFault) -> Self {
        Self::System(fault)
    }
}
impl From<StorageFault> for RegistryError {
    fn from(fault: StorageFault) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Kernel(fault) => fault.into(),
            RegistryError::Input(fault) => wire::input(&fault),
            RegistryError::Access(fault) => wire::access(&fault),
            RegistryError::Missing(missing) => wire::missing(&missing),
            RegistryError::State(fault) => wire::state(&fault),
            RegistryError::System(fault) => wire::system(&fault),
        }
    }
}
