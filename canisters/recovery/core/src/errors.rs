//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod wire;
#[cfg(test)]
mod wire_tests;

use granary_errors::Error;
use granary_kernel::Fault;

pub use catalogue::CATALOGUE;

use crate::types::{StateKind, Timestamp};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryError {
    /// What every canister refuses in the same words.
    Kernel(Fault),
    /// The request itself is wrong.
    Input(InputFault),
    /// The actor is no member of the committee.
    NotMember,
    /// No such request.
    NotFound {
        /// The number.
        id: u64,
    },
    /// Not now, or not in this order.
    State(StateFault),
    /// The network did not do what was asked of it.
    Management {
        /// Why.
        reason: String,
    },
}

/// The request itself is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// No committee that may be.
    Committee {
        /// What is wrong.
        problem: &'static str,
    },
    /// A field of the operation is outside its range.
    Operation {
        /// Which.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Delays that are told where none may be, or that are no shortening.
    Delays {
        /// What is wrong.
        problem: &'static str,
    },
    /// What was approved is not what the request is.
    Digest,
    /// A chunk that is empty or too long.
    Chunk {
        /// What it has.
        bytes: usize,
    },
}

/// Not now, or not in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The request is elsewhere.
    Request {
        /// Which.
        id: u64,
        /// Where it is.
        actual: StateKind,
        /// Where it would have to be.
        allowed: &'static [StateKind],
    },
    /// The member has no approval to take back.
    NotApproved,
    /// The delay is not over.
    TooEarly {
        /// Until when.
        until: Timestamp,
    },
    /// Another request is being executed.
    Running {
        /// Which.
        id: u64,
    },
    /// This canister's own code is too new (Y4).
    Apart {
        /// Until when.
        until: Timestamp,
    },
    /// The governor is another canister, or this one was restored, since the request was made.
    Stale,
}

impl From<Fault> for RecoveryError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for RecoveryError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<StateFault> for RecoveryError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}

impl From<RecoveryError> for Error {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Kernel(fault) => fault.into(),
            RecoveryError::Input(fault) => wire::input(fault),
            RecoveryError::NotMember => wire::not_member(),
            RecoveryError::NotFound { id } => wire::not_found(id),
            RecoveryError::State(fault) => wire::state(fault),
            RecoveryError::Management { reason } => wire::management(&reason),
        }
    }
}
