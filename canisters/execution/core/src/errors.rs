//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod wire;
#[cfg(test)]
mod wire_tests;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_stable::StorageFault;

pub use catalogue::CATALOGUE;

use crate::records::OrphanState;
use crate::types::{IntentState, Timestamp};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionError {
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
    /// Another canister did not do its part.
    Peer(PeerFault),
}

/// The request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// Nothing is to be paid.
    AmountZero,
    /// The fee is as large as the amount.
    AmountDust {
        /// What was to be paid.
        amount: u128,
        /// What the ledger takes.
        fee: u128,
    },
    /// No account anybody can hold.
    Destination {
        /// What is wrong.
        problem: &'static str,
    },
    /// The treasury pays itself.
    DestinationSelf,
    /// A Bitcoin network is not served yet.
    BitcoinUnserved,
    /// Cycles cannot be sent yet.
    CyclesUnserved,
    /// The origin is not one the submitter may name.
    Origin {
        /// What was named.
        origin: &'static str,
        /// Whose it is.
        needs: &'static str,
    },
    /// An end that is in the past or too far.
    Expiry {
        /// How far it may be, nanoseconds.
        max_ns: u64,
    },
    /// What was approved is not what the intent is.
    Digest,
    /// A field of a standing authorisation is outside its range.
    Authorisation {
        /// Which.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// A key reference that no key can have.
    KeyReference {
        /// What is wrong.
        problem: &'static str,
    },
}

/// The actor may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFault {
    /// Nobody approves what they want paid.
    SelfApproval,
    /// Only who submitted it, or one of these roles.
    NotInitiator {
        /// The roles.
        or: &'static str,
    },
}

/// There is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No such intent.
    Intent {
        /// The number.
        id: u64,
    },
    /// The asset is not adopted.
    Asset {
        /// The number.
        id: u64,
    },
    /// No such standing authorisation.
    Authorisation {
        /// The number.
        id: u64,
    },
    /// No such payment without an intent.
    Orphan {
        /// The number.
        id: u64,
    },
}

/// Not now, or not in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The intent is elsewhere.
    Intent {
        /// Which.
        id: u64,
        /// Where it is.
        actual: IntentState,
        /// Where it would have to be.
        allowed: &'static [IntentState],
    },
    /// The approver approved it already.
    Approved,
    /// There is no approval to take back.
    NotApproved,
    /// The asset was adopted with another ledger, account or decimals.
    AssetChanged {
        /// What is different.
        what: &'static str,
    },
    /// The treasury's account on the ledger is not this canister's.
    Custody,
    /// The standing authorisation ended.
    AuthorisationOver,
    /// The path is used already.
    KeyTaken {
        /// By which reference.
        key: u64,
    },
    /// The ledger could still execute the transfer.
    TooEarly {
        /// Until when.
        until: Timestamp,
    },
    /// The block is not the payment it is said to be.
    Evidence {
        /// What is different.
        what: &'static str,
    },
    /// A restore or a drain may hide what was paid.
    Looking,
    /// The payment was explained already.
    Orphan {
        /// How.
        actual: OrphanState,
    },
}

/// Another canister did not do its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerFault {
    /// The books did not answer, or not as they should.
    Books {
        /// Why.
        reason: String,
    },
    /// The ledger did not answer, or not as it should.
    Ledger {
        /// Why.
        reason: String,
    },
}

impl From<Fault> for ExecutionError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for ExecutionError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<AccessFault> for ExecutionError {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
impl From<Missing> for ExecutionError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}
impl From<StateFault> for ExecutionError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<PeerFault> for ExecutionError {
    fn from(fault: PeerFault) -> Self {
        Self::Peer(fault)
    }
}
impl From<StorageFault> for ExecutionError {
    fn from(fault: StorageFault) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<ExecutionError> for Error {
    fn from(error: ExecutionError) -> Self {
        match error {
            ExecutionError::Kernel(fault) => fault.into(),
            ExecutionError::Input(fault) => wire::input(&fault),
            ExecutionError::Access(fault) => wire::access(&fault),
            ExecutionError::Missing(missing) => wire::missing(missing),
            ExecutionError::State(fault) => wire::state(&fault),
            ExecutionError::Peer(fault) => wire::peer(&fault),
        }
    }
}
