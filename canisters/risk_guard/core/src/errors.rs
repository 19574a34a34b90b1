//! Every refusal, by category, with its code; and the one way from here to the wire.
//!
//! A denial of an outflow is no refusal: it is an answer, with its rule and what is left.

mod catalogue;
mod wire;
#[cfg(test)]
mod wire_tests;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_stable::StorageFault;
use granary_units::OutOfRange;

pub use catalogue::CATALOGUE;

use crate::records::ChangeState;
use crate::types::{
    AlertState, AnnouncementState, ReservationId, ReservationState, SealState, SeatState, Timestamp,
};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardError {
    /// What every canister refuses alike.
    Kernel(Fault),
    /// The request itself is wrong.
    Input(InputFault),
    /// Not this caller.
    Access(AccessFault),
    /// There is no such thing.
    Missing(Missing),
    /// Not now, or not in this order.
    State(StateFault),
    /// The books gave no answer that can be used.
    Peer(PeerFault),
}

/// The request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// An outflow of nothing.
    AmountZero {
        /// Which field.
        field: &'static str,
    },
    /// No asset can have this number.
    AssetNumber {
        /// Which field.
        field: String,
        /// What was given.
        given: u64,
    },
    /// No rolling window has this length.
    WindowSpan {
        /// What was given.
        seconds: u64,
    },
    /// A field of the policy cannot be so.
    Policy {
        /// Which.
        field: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A tier asks for less than the floor.
    Floor {
        /// Its place.
        tier: usize,
    },
    /// A change that changes nothing.
    Empty,
    /// A time is too short or too long.
    Delay {
        /// Which.
        field: &'static str,
        /// What was given, nanoseconds.
        given_ns: u64,
        /// The least.
        min_ns: u64,
        /// The most.
        max_ns: u64,
    },
    /// Further than a steward may go.
    StewardBound {
        /// The least value it may set.
        least: u128,
        /// The most.
        most: u128,
    },
}

/// Not this caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessFault {
    /// No armed seat of the caller covers the scope.
    NoSeat,
    /// The seat is somebody else's.
    NotHolder,
}

/// There is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The intent never had a reservation.
    Reservation {
        /// The intent.
        intent: u64,
    },
    /// No such announcement.
    Announcement {
        /// Its number.
        id: u64,
    },
    /// No such seal.
    Seal {
        /// Its number.
        id: u64,
    },
    /// No such seat.
    Seat {
        /// Its number.
        id: u64,
    },
    /// No such alert.
    Alert {
        /// Its number.
        id: u64,
    },
    /// No such change of the policy.
    Change {
        /// Its number.
        id: u64,
    },
}

/// Not now, or not in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The intent holds a reservation with other arguments.
    ReservationConflict {
        /// Which reservation.
        held: ReservationId,
    },
    /// The reservation is elsewhere.
    Reservation {
        /// Where it is.
        actual: ReservationState,
        /// Where it must be.
        allowed: &'static [ReservationState],
    },
    /// The scope is sealed already.
    SealActive {
        /// Until when.
        until: Timestamp,
    },
    /// The seal has ended.
    Seal {
        /// How.
        actual: SealState,
    },
    /// The seat is elsewhere.
    Seat {
        /// Where it is.
        actual: SeatState,
    },
    /// The announcement does not wait.
    Announcement {
        /// Where it is.
        actual: AnnouncementState,
    },
    /// The change does not wait any more.
    Change {
        /// Where it is.
        actual: ChangeState,
    },
    /// The change waits.
    ChangeWaits {
        /// Until when.
        until: Timestamp,
    },
    /// The parameter changed a short time ago.
    StewardTooSoon {
        /// When it may change again.
        until: Timestamp,
    },
    /// The asset has no such parameter.
    StewardUnset,
    /// The alert is elsewhere.
    Alert {
        /// Where it is.
        actual: AlertState,
    },
    /// The treasury is being asked, or was a moment ago.
    Asking {
        /// When asking makes sense.
        until: Timestamp,
    },
}

/// The books gave no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerFault {
    /// They could not be asked, or did not answer in time.
    Unavailable {
        /// What is known of why.
        reason: String,
    },
    /// The answer is not one the books give.
    Reply {
        /// The method.
        method: &'static str,
    },
}

impl From<Fault> for GuardError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for GuardError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<AccessFault> for GuardError {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
impl From<Missing> for GuardError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}
impl From<StateFault> for GuardError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<PeerFault> for GuardError {
    fn from(fault: PeerFault) -> Self {
        Self::Peer(fault)
    }
}
impl From<OutOfRange> for GuardError {
    fn from(fault: OutOfRange) -> Self {
        Self::Kernel(fault.into())
    }
}
impl From<StorageFault> for GuardError {
    fn from(fault: StorageFault) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<GuardError> for Error {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Kernel(fault) => fault.into(),
            GuardError::Input(fault) => wire::input(&fault),
            GuardError::Access(fault) => wire::access(fault),
            GuardError::Missing(missing) => wire::missing(missing),
            GuardError::State(fault) => wire::state(&fault),
            GuardError::Peer(fault) => wire::peer(&fault),
        }
    }
}
