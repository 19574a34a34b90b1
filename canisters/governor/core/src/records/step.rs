//! Steps of a run: what is done on one canister, and which question about it is asked next.

use minicbor::{Decode, Encode};

use crate::types::{Principal, Timestamp};

/// One step on one canister.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Op {
    /// Looks at status, code, controllers, cycles, snapshots, schema (V6, V14).
    #[n(0)]
    Inspect,
    /// Puts the chunks of its new module into its chunk store.
    #[n(1)]
    Stage,
    /// Asks it to take no new work, and waits until it has finished what it has.
    #[n(2)]
    Drain,
    /// Stops it.
    #[n(3)]
    Stop,
    /// Takes its snapshot while it is stopped (K15).
    #[n(4)]
    Snapshot,
    /// Installs its new module, and compares the hash of what runs (V5).
    #[n(5)]
    Install,
    /// Starts it (K9).
    #[n(6)]
    Start,
    /// Asks it how it is.
    #[n(7)]
    Health,
    /// Waits until its migration is complete.
    #[n(8)]
    Migrate,
    /// Has it check its state.
    #[n(9)]
    Validate,
    /// Lets it take work again.
    #[n(10)]
    Resume,
    /// Wakes its jobs.
    #[n(11)]
    WakeJobs,
    /// Has it try those it depends on.
    #[n(12)]
    Connect,
    /// Looks at it once more while the release is observed.
    #[n(13)]
    Observe,
    /// Empties its chunk store.
    #[n(14)]
    Unstage,
    /// Loads its snapshot back while it is stopped.
    #[n(15)]
    Load,
    /// Lets it take work again after a restore: what was in flight is reconciled first (E7).
    #[n(16)]
    ResumeRestored,
    /// Deletes a snapshot of it.
    #[n(17)]
    Prune,
    /// Changes its settings.
    #[n(18)]
    Settings,
    /// Calls the approved method.
    #[n(19)]
    Call,
    /// Takes the other controllers away (V16).
    #[n(20)]
    TakeControl,
    /// Adds the new controller, sees it there, and goes (V16).
    #[n(21)]
    GiveControl,
    /// Rehearsal: creates the scratch canister of it.
    #[n(22)]
    CreateCopy,
    /// Rehearsal: snapshots it and loads the snapshot into the copy.
    #[n(23)]
    LoadCopy,
    /// Rehearsal: its digest, while nothing happened to it since the snapshot.
    #[n(24)]
    DigestBefore,
    /// Rehearsal: puts the chunks into the copy's store.
    #[n(25)]
    StageCopy,
    /// Rehearsal: installs the new module in the copy, timers and calls off.
    #[n(26)]
    InstallCopy,
    /// Rehearsal: drives the copy's migration.
    #[n(27)]
    MigrateCopy,
    /// Rehearsal: has the copy check its state.
    #[n(28)]
    ValidateCopy,
    /// Rehearsal: the copy's digest.
    #[n(29)]
    DigestAfter,
    /// Rehearsal: deletes the copy and the snapshot.
    #[n(30)]
    DeleteCopy,
}

impl Op {
    /// All steps in the order of their stored numbers.
    pub const ALL: [Self; 31] = [
        Self::Inspect,
        Self::Stage,
        Self::Drain,
        Self::Stop,
        Self::Snapshot,
        Self::Install,
        Self::Start,
        Self::Health,
        Self::Migrate,
        Self::Validate,
        Self::Resume,
        Self::WakeJobs,
        Self::Connect,
        Self::Observe,
        Self::Unstage,
        Self::Load,
        Self::ResumeRestored,
        Self::Prune,
        Self::Settings,
        Self::Call,
        Self::TakeControl,
        Self::GiveControl,
        Self::CreateCopy,
        Self::LoadCopy,
        Self::DigestBefore,
        Self::StageCopy,
        Self::InstallCopy,
        Self::MigrateCopy,
        Self::ValidateCopy,
        Self::DigestAfter,
        Self::DeleteCopy,
    ];

    /// The name on the wire: the case's own.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StepState {
    /// Its turn has not come.
    #[n(0)]
    Waiting,
    /// It was begun.
    #[n(1)]
    Begun,
    /// It succeeded.
    #[n(2)]
    Done,
    /// It did not.
    #[n(3)]
    Failed,
    /// It is not needed any more.
    #[n(4)]
    Skipped,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StepRow {
    /// On which canister; for a rehearsal the target whose copy it is.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// What.
    #[n(1)]
    pub op: Op,
    /// How far it is.
    #[n(2)]
    pub state: StepState,
    /// When it was begun.
    #[n(3)]
    pub begun_at: Option<Timestamp>,
    /// When it ended.
    #[n(4)]
    pub ended_at: Option<Timestamp>,
    /// How often it was tried.
    #[n(5)]
    pub tries: u32,
    /// Why it failed last; empty when it did not.
    #[n(6)]
    pub error: String,
    /// The fleet snapshot it is about; 0 for none.
    #[n(7)]
    pub epoch: u64,
}

impl StepRow {
    /// A step whose turn has not come.
    pub const fn new(op: Op, target: Principal, epoch: u64) -> Self {
        Self {
            target,
            op,
            state: StepState::Waiting,
            begun_at: None,
            ended_at: None,
            tries: 0,
            error: String::new(),
            epoch,
        }
    }
}

/// Which question of a step is asked next. Stored numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Question {
    /// How it is: the network's word.
    #[n(0)]
    Status,
    /// Which version runs.
    #[n(1)]
    Version,
    /// Its snapshots.
    #[n(2)]
    Snapshots,
    /// Its chunk store emptied.
    #[n(3)]
    Clear,
    /// A chunk put there.
    #[n(4)]
    Upload,
    /// No new work.
    #[n(5)]
    Prepare,
    /// What is left of its work.
    #[n(6)]
    Drain,
    /// Stopped.
    #[n(7)]
    Stop,
    /// Started.
    #[n(8)]
    Start,
    /// A snapshot taken.
    #[n(9)]
    Take,
    /// A snapshot deleted.
    #[n(10)]
    Delete,
    /// A snapshot loaded.
    #[n(11)]
    Load,
    /// Code installed.
    #[n(12)]
    Install,
    /// How it is: its own word.
    #[n(13)]
    Health,
    /// Its state checked.
    #[n(14)]
    Validate,
    /// How far its migration is.
    #[n(15)]
    Migration,
    /// Its state's digest.
    #[n(16)]
    Digest,
    /// Its journal's head.
    #[n(17)]
    Head,
    /// Work again.
    #[n(18)]
    Resume,
    /// Its jobs woken.
    #[n(19)]
    Wake,
    /// Those it depends on tried.
    #[n(20)]
    Connect,
    /// A canister created.
    #[n(21)]
    Create,
    /// A canister deleted.
    #[n(22)]
    Remove,
    /// Other controllers.
    #[n(23)]
    Controllers,
    /// Other settings.
    #[n(24)]
    Settings,
    /// The approved call.
    #[n(25)]
    Call,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_listed_once() {
        for (at, op) in Op::ALL.into_iter().enumerate() {
            let bytes = minicbor::to_vec(op).expect("writes");
            assert_eq!(minicbor::decode::<u8>(&bytes).ok().map(usize::from), Some(at), "{op:?}");
        }
    }
}
