//! A request: what is asked for, who approved it, where it stands.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{ByteArray, ByteVec, Hash, Principal, StateKind, Timestamp};

/// What is done to the governor. No case names a canister: there is one (Y1). Code is upgraded and
/// never reinstalled, which would lose the state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Operation {
    /// New code over the present state; a packed module is installed as it is.
    #[n(0)]
    Install {
        /// SHA-256 of the module's bytes.
        #[n(0)]
        wasm_hash: ByteArray<32>,
        /// SHA-256 of each staged chunk, in their order.
        #[n(1)]
        chunk_hashes: Vec<ByteArray<32>>,
        /// The argument of `post_upgrade`.
        #[n(2)]
        arg: ByteVec,
    },
    /// A point to return to.
    #[n(1)]
    Snapshot,
    /// Back to such a point.
    #[n(2)]
    Restore {
        /// The network's name of the snapshot.
        #[n(0)]
        snapshot_id: ByteVec,
    },
    /// A governor that stands still runs again.
    #[n(3)]
    Start,
    /// Other people decide in the governor.
    #[n(4)]
    RotateGovernorMembers {
        /// Who.
        #[cbor(n(0), with = "granary_kernel::cbor::principals")]
        members: Vec<Principal>,
        /// How many of them must agree.
        #[n(1)]
        threshold: u32,
    },
}

impl Operation {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Install { .. } => "Install",
            Self::Snapshot => "Snapshot",
            Self::Restore { .. } => "Restore",
            Self::Start => "Start",
            Self::RotateGovernorMembers { .. } => "RotateGovernorMembers",
        }
    }

    /// Its steps, in order. Whatever stops the governor starts it again.
    pub const fn steps(&self) -> &'static [Step] {
        match self {
            Self::Install { .. } => {
                &[Step::Stop, Step::Snapshot, Step::Install, Step::Start, Step::Health]
            }
            Self::Snapshot => &[Step::Stop, Step::Snapshot, Step::Start, Step::Health],
            Self::Restore { .. } => {
                &[Step::Stop, Step::Load, Step::Start, Step::Resume, Step::Health]
            }
            Self::Start => &[Step::Start, Step::Health],
            Self::RotateGovernorMembers { .. } => &[Step::Rotate],
        }
    }
}

/// What must be true before the next step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Step {
    /// The governor is stopped.
    #[n(0)]
    Stop,
    /// There is a snapshot, in the place of this canister's previous one.
    #[n(1)]
    Snapshot,
    /// The approved module is installed, as its hash says.
    #[n(2)]
    Install,
    /// The snapshot is loaded.
    #[n(3)]
    Load,
    /// The governor runs.
    #[n(4)]
    Start,
    /// It knows that it was restored.
    #[n(5)]
    Resume,
    /// It does not call itself critical.
    #[n(6)]
    Health,
    /// It took its new members.
    #[n(7)]
    Rotate,
}

impl Step {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Snapshot => "Snapshot",
            Self::Install => "Install",
            Self::Load => "Load",
            Self::Start => "Start",
            Self::Resume => "Resume",
            Self::Health => "Health",
            Self::Rotate => "Rotate",
        }
    }
}

/// One member's approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Approval {
    /// Whose.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub member: Principal,
    /// When.
    #[n(1)]
    pub at: Timestamp,
}

/// An execution under way. Every call is written down before it is made, and what became of it is
/// read from the governor's own status.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Run {
    /// The step that is not done yet.
    #[n(0)]
    pub step: Step,
    /// When the execution began.
    #[n(1)]
    pub started: Timestamp,
    /// Counts the calls: an answer to an older one is not taken.
    #[n(2)]
    pub turn: u32,
    /// The call under way counts as lost after this time.
    #[n(3)]
    pub busy_until: Option<Timestamp>,
    /// True when the step was looked at and is to be done.
    #[n(4)]
    pub acts: bool,
    /// How often the step was tried.
    #[n(5)]
    pub tries: u32,
    /// Looks in a row without an answer.
    #[n(6)]
    pub misses: u32,
    /// No call before this time.
    #[n(7)]
    pub not_before: Timestamp,
    /// True when the last try was answered as done.
    #[n(8)]
    pub is_done: bool,
    /// Hash of the module before the execution.
    #[n(9)]
    pub module_before: Option<ByteArray<32>>,
    /// Snapshots there were before this canister took one.
    #[n(10)]
    pub snapshots_before: Option<Vec<ByteVec>>,
    /// Why the execution fails, once it does.
    #[n(11)]
    pub failure: Option<String>,
    /// Why the newest try of the step was not done.
    #[n(12)]
    pub error: Option<String>,
}

impl Run {
    /// An execution that begins with `step`.
    pub const fn new(step: Step, now: Timestamp) -> Self {
        Self {
            step,
            started: now,
            turn: 0,
            busy_until: None,
            acts: false,
            tries: 0,
            misses: 0,
            not_before: now,
            is_done: false,
            module_before: None,
            snapshots_before: None,
            failure: None,
            error: None,
        }
    }
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum State {
    /// Waits for approvals.
    #[n(0)]
    Open,
    /// Has its quorum.
    #[n(1)]
    Ready {
        /// Since when: the delay counts from here.
        #[n(0)]
        since: Timestamp,
    },
    /// Is being done.
    #[n(2)]
    Executing(#[n(0)] Run),
    /// Was done.
    #[n(3)]
    Completed {
        /// When.
        #[n(0)]
        at: Timestamp,
    },
    /// Was not done, or not to the end.
    #[n(4)]
    Failed {
        /// When.
        #[n(0)]
        at: Timestamp,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Its time ran out.
    #[n(5)]
    Expired {
        /// When.
        #[n(0)]
        at: Timestamp,
    },
}

impl State {
    /// Which state.
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::Open => StateKind::Open,
            Self::Ready { .. } => StateKind::Ready,
            Self::Executing(_) => StateKind::Executing,
            Self::Completed { .. } => StateKind::Completed,
            Self::Failed { .. } => StateKind::Failed,
            Self::Expired { .. } => StateKind::Expired,
        }
    }

    /// When its execution ended, if one did.
    pub const fn executed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Completed { at } | Self::Failed { at, .. } => Some(*at),
            Self::Open | Self::Ready { .. } | Self::Executing(_) | Self::Expired { .. } => None,
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestV1 {
    /// What is asked for.
    #[n(0)]
    pub operation: Operation,
    /// What members approve; see [`crate::rules::operation::digest`].
    #[cbor(n(1), with = "granary_kernel::cbor::hash")]
    pub digest: Hash,
    /// The member who asked first.
    #[cbor(n(2), with = "granary_kernel::cbor::principal")]
    pub created_by: Principal,
    /// When.
    #[n(3)]
    pub created_at: Timestamp,
    /// It is not executed from then on.
    #[n(4)]
    pub expires_at: Timestamp,
    /// Restores of this canister before: what a restored state knows of is not done again.
    #[n(5)]
    pub restore_epoch: u64,
    /// Approvals, each member's once.
    #[n(6)]
    pub approvals: Vec<Approval>,
    /// Where it stands.
    #[n(7)]
    pub state: State,
    /// The snapshot its execution took.
    #[n(8)]
    pub snapshot: Option<ByteVec>,
}

/// A request in its newest shape.
pub type Request = RequestV1;

impl Record for RequestV1 {
    const NAME: &'static str = "request";
    const VERSION: u8 = 1;
}

impl RequestV1 {
    /// True while it may still be executed or is.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Open | State::Ready { .. } | State::Executing(_))
    }

    /// True when `who` approved it.
    pub fn approved_by(&self, who: &Principal) -> bool {
        self.approvals.iter().any(|approval| approval.member == *who)
    }
}
