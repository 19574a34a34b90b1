//! From schema to schema, in order, in steps that can be interrupted anywhere between two records.
//!
//! | kind | when it runs | for |
//! |---|---|---|
//! | lazy | never: readers upcast | a new shape of a record |
//! | eager | inside the upgrade, whole | new or moved regions of a proven small size |
//! | chunked | in jobs after the upgrade, under a budget | everything that grows with the state |
//!
//! A step keeps its place in the same message as its data, so a trap takes both back. Steps run
//! again from their place and must be idempotent; none is ever skipped, and none runs backwards.
//! The schema number changes when a step is complete, not when it begins.

use core::fmt;
use core::ops::DerefMut;

use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::StorageFault;
use crate::cell::{CellFault, RecordCell};
use crate::record::Record;

/// How a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Only the schema number changes; readers bring records up.
    Lazy,
    /// Whole, inside the upgrade.
    Eager,
    /// In pieces, in later messages.
    Chunked,
}

/// Where a chunked step stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct PlaceV1 {
    /// The schema the step leads to.
    #[n(0)]
    pub target: u32,
    /// The next record, in the step's own encoding; empty at the beginning.
    #[cbor(n(1), with = "crate::cbor::blob")]
    pub cursor: Vec<u8>,
    /// Records done.
    #[n(2)]
    pub done: u64,
    /// Records there were when the step began.
    #[n(3)]
    pub total: u64,
}

/// The current shape.
pub type Place = PlaceV1;

impl Record for PlaceV1 {
    const NAME: &'static str = "migration place";
    const VERSION: u8 = 1;
}

/// Why a migration cannot go on. The state is as the last committed message left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationFault {
    /// No step leads from this schema towards the code's.
    NoPath {
        /// The schema of the state.
        from: u32,
        /// The schema of the code.
        to: u32,
    },
    /// A record could not be carried over.
    Step {
        /// Name of the step.
        name: &'static str,
        /// What is wrong, in one sentence.
        message: String,
    },
    /// Stable memory.
    Storage(StorageFault),
}

impl From<StorageFault> for MigrationFault {
    fn from(fault: StorageFault) -> Self {
        Self::Storage(fault)
    }
}

impl fmt::Display for MigrationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPath { from, to } => {
                write!(f, "no migration leads from schema {from} to schema {to}")
            }
            Self::Step { name, message } => write!(f, "migration step {name}: {message}"),
            Self::Storage(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for MigrationFault {}

/// What a piece of a step answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// More is to be done, beginning at `cursor`.
    More {
        /// The next record.
        cursor: Vec<u8>,
        /// Records done by this piece.
        done: u64,
    },
    /// The step is complete.
    Complete {
        /// Records done by this piece.
        done: u64,
    },
}

/// Asked before each record: true while the message may go on.
pub type Budget<'a> = &'a mut dyn FnMut() -> bool;

/// One step over a store `S`.
pub struct Step<S> {
    /// The schema it begins from.
    pub from: u32,
    /// The schema it leads to.
    pub to: u32,
    /// Its name, as in its file.
    pub name: &'static str,
    /// How it runs.
    pub kind: StepKind,
    /// Records the step will go through; asked once, when it begins.
    pub total: fn(&S) -> u64,
    /// Does records from the cursor on, one per true answer of the budget. An eager step gets a
    /// budget that never ends and answers [`Piece::Complete`].
    pub run: fn(&mut S, &[u8], Budget<'_>) -> Result<Piece, MigrationFault>,
}

impl<S> fmt::Debug for Step<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} to {}, {:?})", self.name, self.from, self.to, self.kind)
    }
}

/// What the migrator needs of a store: the schema number and the place, each written at once.
pub trait Migratable {
    /// The schema of the state.
    fn schema(&self) -> u32;
    /// Writes the schema of the state.
    fn set_schema(&mut self, schema: u32) -> Result<(), StorageFault>;
    /// The place of the running chunked step.
    fn place(&self) -> Option<Place>;
    /// Writes the place.
    fn set_place(&mut self, place: Option<Place>) -> Result<(), StorageFault>;
}

/// A store that stands on something migratable migrates with it.
impl<S: DerefMut<Target: Migratable>> Migratable for S {
    fn schema(&self) -> u32 {
        self.deref().schema()
    }

    fn set_schema(&mut self, schema: u32) -> Result<(), StorageFault> {
        self.deref_mut().set_schema(schema)
    }

    fn place(&self) -> Option<Place> {
        self.deref().place()
    }

    fn set_place(&mut self, place: Option<Place>) -> Result<(), StorageFault> {
        self.deref_mut().set_place(place)
    }
}

/// How far a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The schema of the state.
    pub schema: u32,
    /// The schema of the code; equal to `schema` when nothing is left.
    pub target: u32,
    /// Name of the step that runs or comes next; empty when nothing is left.
    pub phase: &'static str,
    /// Records of that step done.
    pub done: u64,
    /// Records of that step.
    pub total: u64,
}

impl Progress {
    /// True when the state has the schema of the code.
    pub const fn is_complete(&self) -> bool {
        self.schema == self.target
    }
}

/// The ordered steps of a canister.
pub struct Migrator<S: 'static> {
    steps: &'static [Step<S>],
    target: u32,
}

impl<S> fmt::Debug for Migrator<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator").field("target", &self.target).finish_non_exhaustive()
    }
}

impl<S: Migratable> Migrator<S> {
    /// The migrator towards schema `target`.
    pub const fn new(steps: &'static [Step<S>], target: u32) -> Self {
        Self { steps, target }
    }

    /// True when the steps ascend without a gap and end at the target. For a test.
    pub fn is_well_formed(&self) -> bool {
        let chained = self.steps.windows(2).all(|pair| match pair {
            [before, after] => before.to == after.from,
            _ => true,
        });
        let ascending = self.steps.iter().all(|step| step.from.checked_add(1) == Some(step.to));
        chained && ascending && self.steps.last().is_none_or(|last| last.to == self.target)
    }

    /// Runs inside the upgrade: every lazy and eager step up to the first chunked one.
    ///
    /// Refuses a schema that no step leads away from; the caller traps, and so keeps the old code.
    pub fn on_upgrade(&self, store: &mut S) -> Result<Progress, MigrationFault> {
        self.path_from(store.schema())?;
        // A step that this code does not know was begun by newer code that was taken back: what it
        // did is void, because records have been written without it since.
        let known = |place: &Place| self.next(store.schema()).is_some_and(|s| s.to == place.target);
        if store.place().is_some_and(|place| !known(&place)) {
            store.set_place(None)?;
        }
        while let Some(step) = self.next(store.schema()) {
            match step.kind {
                StepKind::Chunked => break,
                StepKind::Lazy => {}
                StepKind::Eager => {
                    let mut endless = || true;
                    if let Piece::More { .. } = (step.run)(store, &[], &mut endless)? {
                        let message = "an eager step must complete".to_owned();
                        return Err(MigrationFault::Step { name: step.name, message });
                    }
                }
            }
            store.set_schema(step.to)?;
        }
        Ok(self.progress(store))
    }

    /// Runs in a job: goes on with the chunked step until `budget` answers false, and through the
    /// steps after it while it does not.
    pub fn advance(&self, store: &mut S, budget: Budget<'_>) -> Result<Progress, MigrationFault> {
        while let Some(step) = self.next(store.schema()) {
            if step.kind != StepKind::Chunked {
                self.on_upgrade(store)?;
                continue;
            }
            let mut place = place_of(store, step);
            match (step.run)(store, &place.cursor, &mut *budget)? {
                Piece::More { cursor, done } => {
                    place.cursor = cursor;
                    place.done = place.done.saturating_add(done);
                    store.set_place(Some(place))?;
                    return Ok(self.progress(store));
                }
                Piece::Complete { .. } => {
                    store.set_schema(step.to)?;
                    store.set_place(None)?;
                }
            }
        }
        Ok(self.progress(store))
    }

    /// How far the migration is; O(1).
    pub fn progress(&self, store: &S) -> Progress {
        let schema = store.schema();
        let Some(step) = self.next(schema) else {
            return Progress { schema, target: schema, phase: "", done: 0, total: 0 };
        };
        let place = place_of(store, step);
        Progress {
            schema,
            target: self.target,
            phase: step.name,
            done: place.done,
            total: place.total,
        }
    }

    fn next(&self, schema: u32) -> Option<&'static Step<S>> {
        self.steps.iter().find(|step| step.from == schema)
    }

    fn path_from(&self, from: u32) -> Result<(), MigrationFault> {
        let mut at = from;
        while at != self.target {
            at = self.next(at).ok_or(MigrationFault::NoPath { from, to: self.target })?.to;
        }
        Ok(())
    }
}

fn place_of<S: Migratable>(store: &S, step: &Step<S>) -> Place {
    store.place().filter(|place| place.target == step.to).unwrap_or_else(|| Place {
        target: step.to,
        cursor: Vec::new(),
        done: 0,
        total: (step.total)(store),
    })
}

/// The place of the running step in its region.
pub type PlaceCell<M> = RecordCell<Place, M>;

/// Opens the region [`crate::layout::MIGRATION`].
pub fn open_place<M: Memory>(memory: M) -> Result<PlaceCell<M>, CellFault> {
    RecordCell::open(memory)
}
