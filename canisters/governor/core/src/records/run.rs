//! Steps of an execution or of a rehearsal, and where it stands: a job that goes on from what is
//! stored, whatever happened to the governor meanwhile.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::records::audit::RehearsedV1;
pub use crate::records::step::{Op, Question, StepRow, StepState};
use crate::types::{Hash, Principal, Timestamp, Trigger};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum RunKind {
    /// It does what a proposal says.
    #[n(0)]
    Execution,
    /// It tries a release on copies.
    #[n(1)]
    Rehearsal,
}

/// Which way a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Direction {
    /// Towards what was approved.
    #[n(0)]
    Forward,
    /// Towards what was before.
    #[n(1)]
    Back,
}

/// A copy of a target that a rehearsal made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Copy {
    /// Of which canister.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// The scratch canister.
    #[cbor(n(1), with = "granary_kernel::cbor::principal")]
    pub scratch: Principal,
    /// True once the network confirmed that it is gone.
    #[n(2)]
    pub gone: bool,
}

/// The network's name for a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SnapshotName {
    /// Of which canister.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// The name.
    #[cbor(n(1), with = "granary_stable::cbor::blob")]
    pub name: Vec<u8>,
}

/// What a run found of a canister before it changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Seen {
    /// Which.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// The code that ran.
    #[cbor(n(1), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub module: Option<Hash>,
    /// The schema of its state; 0 when it does not say.
    #[n(2)]
    pub schema: u32,
}

/// A journal's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JournalHead {
    /// How long the journal is.
    #[n(0)]
    pub length: u64,
    /// Hash of its newest event.
    #[cbor(n(1), with = "granary_kernel::cbor::hash")]
    pub hash: Hash,
}

/// Where the step whose turn it is stands. Begun anew with each step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Place {
    /// What is asked next; none for the step's first question.
    #[n(0)]
    pub question: Option<Question>,
    /// Where something in pieces stands, in the words of the canister asked.
    #[cbor(n(1), with = "granary_stable::cbor::blob")]
    pub cursor: Vec<u8>,
    /// Something in pieces: done and total.
    #[n(2)]
    pub progress: (u64, u64),
    /// When it last moved.
    #[n(3)]
    pub moved_at: Option<Timestamp>,
    /// Snapshots there were before one was taken: a new name among them is the one that was.
    #[n(4)]
    pub known: Option<Vec<SnapshotName>>,
    /// The snapshot that makes room.
    #[n(5)]
    pub replace: Option<SnapshotName>,
    /// True once what cannot be looked up was asked for.
    #[n(6)]
    pub asked: bool,
    /// True when it will not get better: whoever was asked refused for good.
    #[n(7)]
    pub refused: bool,
    /// Controllers to set.
    #[cbor(n(8), with = "granary_kernel::cbor::principals")]
    pub controllers: Vec<Principal>,
    /// True while something was asked for of which only a look can say that nothing remains.
    #[n(9)]
    pub attempted: bool,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RunV1 {
    /// For which proposal.
    #[n(0)]
    pub proposal: u64,
    /// What it is for.
    #[n(1)]
    pub kind: RunKind,
    /// Names the drain and the fleet snapshot; grows from run to run. The drain of the way back
    /// has the next number.
    #[n(2)]
    pub epoch: u64,
    /// Which way it goes.
    #[n(3)]
    pub direction: Direction,
    /// The steps, those of the way back behind those of the way forward.
    #[n(4)]
    pub steps: Vec<StepRow>,
    /// Place of the step whose turn it is; the number of steps when all are over.
    #[n(5)]
    pub at: u32,
    /// Counts the calls: an answer to an older one is not heard.
    #[n(6)]
    pub turn: u64,
    /// Until when the newest call counts as under way.
    #[n(7)]
    pub busy_until: Option<Timestamp>,
    /// Not before then.
    #[n(8)]
    pub next_at: Option<Timestamp>,
    /// Why it goes back.
    #[n(9)]
    pub trigger: Option<Trigger>,
    /// The same in a sentence; empty when it does not.
    #[n(10)]
    pub reason: String,
    /// Where the step whose turn it is stands.
    #[n(11)]
    pub place: Place,
    /// What was found of each canister.
    #[n(12)]
    pub seen: Vec<Seen>,
    /// Copies a rehearsal made.
    #[n(13)]
    pub copies: Vec<Copy>,
    /// When it began.
    #[n(14)]
    pub begun_at: Timestamp,
    /// When it ended.
    #[n(15)]
    pub ended_at: Option<Timestamp>,
    /// Until when the release is observed; none before the observation.
    #[n(16)]
    pub observe_until: Option<Timestamp>,
    /// When the first drain ends by itself; none while nothing is drained.
    #[n(17)]
    pub drained_until: Option<Timestamp>,
    /// True when the way back failed: what is left is to start what stands still (K9).
    #[n(18)]
    pub broken: bool,
    /// Members who want it taken back.
    #[cbor(n(19), with = "granary_kernel::cbor::principals")]
    pub back_votes: Vec<Principal>,
    /// A rehearsal's snapshots of targets.
    #[n(20)]
    pub loaned: Vec<SnapshotName>,
    /// A rehearsal's look at the journal before its snapshot.
    #[n(21)]
    pub head: Option<JournalHead>,
    /// What a rehearsal found so far.
    #[n(22)]
    pub rehearsed: Vec<RehearsedV1>,
    /// True once a rehearsal's report was made: what follows only cleans up.
    #[n(23)]
    pub reported: bool,
}

/// The run in its newest shape.
pub type Run = RunV1;

impl Record for RunV1 {
    const NAME: &'static str = "run";
    const VERSION: u8 = 1;
}

impl RunV1 {
    /// A run that begins.
    pub const fn new(
        kind: RunKind,
        proposal: u64,
        epoch: u64,
        steps: Vec<StepRow>,
        now: Timestamp,
    ) -> Self {
        Self {
            proposal,
            kind,
            epoch,
            direction: Direction::Forward,
            steps,
            at: 0,
            turn: 0,
            busy_until: None,
            next_at: None,
            trigger: None,
            reason: String::new(),
            place: Place {
                question: None,
                cursor: vec![],
                progress: (0, 0),
                moved_at: None,
                known: None,
                replace: None,
                asked: false,
                refused: false,
                controllers: vec![],
                attempted: false,
            },
            seen: vec![],
            copies: vec![],
            begun_at: now,
            ended_at: None,
            observe_until: None,
            drained_until: None,
            broken: false,
            back_votes: vec![],
            loaned: vec![],
            head: None,
            rehearsed: vec![],
            reported: false,
        }
    }

    /// The step whose turn it is.
    pub fn step(&self) -> Option<&StepRow> {
        self.steps.get(usize::try_from(self.at).unwrap_or(usize::MAX))
    }

    /// The same, to be changed.
    pub fn step_mut(&mut self) -> Option<&mut StepRow> {
        self.steps.get_mut(usize::try_from(self.at).unwrap_or(usize::MAX))
    }

    /// True when this was begun on the canister.
    pub fn began(&self, op: Op, target: &Principal) -> bool {
        let of = |step: &&StepRow| step.op == op && step.target == *target;
        self.steps.iter().filter(of).any(|step| step.begun_at.is_some())
    }

    /// True when this was done on the canister.
    pub fn did(&self, op: Op, target: &Principal) -> bool {
        let of = |step: &&StepRow| step.op == op && step.target == *target;
        self.steps.iter().filter(of).any(|step| step.state == StepState::Done)
    }

    /// What was found of the canister.
    pub fn seen_of(&self, target: &Principal) -> Option<&Seen> {
        self.seen.iter().find(|seen| seen.target == *target)
    }

    /// The copy of the canister, while there is one.
    pub fn copy_of(&self, target: &Principal) -> Option<&Copy> {
        self.copies.iter().find(|copy| copy.target == *target && !copy.gone)
    }
}
