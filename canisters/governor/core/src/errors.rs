//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod wire;
#[cfg(test)]
mod wire_tests;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_stable::StorageFault;

pub use catalogue::CATALOGUE;

use crate::types::{Hash, Principal, ProposalState, Timestamp};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GovernorError {
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
    /// A list of members that lets too few decide, or nobody.
    Members {
        /// What is wrong.
        problem: &'static str,
    },
    /// A recovery committee that is too small, or not independent.
    Committee {
        /// What is wrong.
        problem: &'static str,
    },
    /// A payload that makes no sense.
    Payload {
        /// Which field.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The member saw something else.
    NotSeen {
        /// Which part.
        what: &'static str,
    },
    /// A chunk that does not fit.
    Chunk {
        /// What is wrong.
        problem: &'static str,
    },
    /// Bytes that are no module.
    Module {
        /// What is wrong.
        problem: String,
    },
    /// The bytes have another hash.
    ModuleHash {
        /// What was announced.
        expected: Hash,
        /// What it is.
        found: Hash,
    },
    /// An incident that would go backwards.
    Incident {
        /// What is wrong.
        problem: &'static str,
    },
}

/// The actor may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFault {
    /// No member, or one without the permission.
    NotMember {
        /// The permission.
        needs: &'static str,
    },
    /// Somebody else proposed it.
    NotProposer,
    /// The governor itself (V15).
    SelfTarget,
    /// A method that is not on the list.
    Unregistered {
        /// Which.
        method: String,
    },
    /// Somebody else than recovery.
    NotRecovery,
}

/// Not now, or not in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The proposal is elsewhere.
    Proposal {
        /// The number.
        id: u64,
        /// Where it is.
        actual: ProposalState,
        /// Where it would have to be.
        allowed: &'static [ProposalState],
    },
    /// The member said this already.
    Voted,
    /// There is nothing to take back.
    NotVoted,
    /// Too few approvals count.
    TooFew {
        /// What counts.
        have: u64,
        /// What is needed.
        need: u64,
    },
    /// The timelock is not over.
    TooEarly {
        /// Until when.
        until: Timestamp,
    },
    /// Another one is executed (V7).
    Running {
        /// Which proposal.
        proposal: u64,
    },
    /// The governor's code was replaced lately (Y4).
    Apart {
        /// Until when.
        until: Timestamp,
    },
    /// A module is not here.
    NotStaged {
        /// Which.
        module: Hash,
    },
    /// No audit.
    NotAudited,
    /// An audit that failed.
    AuditFailed {
        /// The first that failed.
        check: String,
    },
    /// No rehearsal.
    NotRehearsed,
    /// A rehearsal that is too old.
    RehearsalOld,
    /// A denied module.
    Denied {
        /// Which.
        module: Hash,
    },
    /// Other code runs (V6).
    FromModule {
        /// Which.
        canister: Principal,
    },
    /// A snapshot that cannot be used.
    SnapshotState {
        /// Which.
        epoch: u64,
    },
    /// The last good snapshot (V14).
    SnapshotPinned {
        /// Which.
        epoch: u64,
    },
    /// It is a target already.
    Adopted {
        /// Which.
        canister: Principal,
    },
    /// No recovery canister.
    NoRecovery,
    /// The module is complete.
    ModuleDone {
        /// Which.
        module: Hash,
    },
    /// It installs no code.
    NotRelease {
        /// The number.
        id: u64,
    },
    /// The incident is closed.
    IncidentClosed {
        /// The number.
        id: u64,
    },
}

/// There is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No such proposal.
    Proposal {
        /// The number.
        id: u64,
    },
    /// No such target.
    Target {
        /// Which.
        canister: Principal,
    },
    /// No such module.
    Module {
        /// Which.
        module: Hash,
    },
    /// No such fleet snapshot.
    Snapshot {
        /// Which.
        epoch: u64,
    },
    /// No rehearsal of it.
    Rehearsal {
        /// Which proposal.
        proposal: u64,
    },
    /// No audit of it.
    Audit {
        /// Which proposal.
        proposal: u64,
    },
    /// No execution of it.
    Run {
        /// Which proposal.
        proposal: u64,
    },
    /// No such incident.
    Incident {
        /// The number.
        id: u64,
    },
}

/// Another canister did not do its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerFault {
    /// A canister did not do its part.
    Canister {
        /// Which.
        canister: Principal,
        /// Why.
        reason: String,
    },
}

impl From<Fault> for GovernorError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<InputFault> for GovernorError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<AccessFault> for GovernorError {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
impl From<Missing> for GovernorError {
    fn from(fault: Missing) -> Self {
        Self::Missing(fault)
    }
}
impl From<StateFault> for GovernorError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<PeerFault> for GovernorError {
    fn from(fault: PeerFault) -> Self {
        Self::Peer(fault)
    }
}
impl From<StorageFault> for GovernorError {
    fn from(fault: StorageFault) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<GovernorError> for Error {
    fn from(error: GovernorError) -> Self {
        match error {
            GovernorError::Kernel(fault) => fault.into(),
            GovernorError::Input(fault) => wire::input(&fault),
            GovernorError::Access(fault) => wire::access(&fault),
            GovernorError::Missing(missing) => wire::missing(&missing),
            GovernorError::State(fault) => wire::state(&fault),
            GovernorError::Peer(fault) => wire::peer(&fault),
        }
    }
}
