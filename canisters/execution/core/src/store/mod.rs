//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `commit` | one change in one go: rows, lists, indexes, totals, jobs, journal |
//! | `verbs_…` | one method per verb: gate, view, rule, commit |
//! | `steps` | what the clock does: the next step of an intent, and its answer |
//! | `lookback` | the blocks since a restore |
//! | `lists` | pages by cursor |
//! | `transfer` | export and import |
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod commit;
mod lists;
mod lookback;
mod open;
mod steps;
mod transfer;
mod verbs_assets;
mod verbs_intents;
mod verbs_people;
mod views;

pub use lists::IntentFilter;
pub use lookback::{LookStep, LookTicket};
pub use steps::{Outcome, Step, Ticket};
pub use transfer::Family;
pub use verbs_people::Resolution;
pub use views::{IntentView, Needed};

pub(crate) use commit::{counters as figures, list_of as list_number};
pub(crate) use transfer::is_open;

use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Ctx, Done, Kernel, KernelEvent, OpenFault, Places, SHELL_JOBS, Vm,
};
use granary_resilience::quota::Quotas;
use granary_stable::cell::RecordCell;
use granary_stable::index::Index;
use granary_stable::jobs::Job;
use granary_stable::migrate::Step as MigrationStep;
use granary_stable::record::Record;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use granary_units::Timestamp;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::errors::ExecutionError;
use crate::limits;
use crate::records::{
    ApprovalRow, AssetRow, AuthorisationRow, Config, Event, IntentRow, KeyRow, OrphanRow, Role,
    Totals, TroubleRow, UseRow,
};

/// Job kind: the next step of an intent. Key: its position.
pub const PAY: u16 = SHELL_JOBS + 100;
/// Job kind: the blocks of an asset since a restore. Key: the asset.
pub const LOOKBACK: u16 = SHELL_JOBS + 101;
/// Job kind: the guard is told who did not answer. Key: 0.
pub const TELL: u16 = SHELL_JOBS + 102;

/// Name of the canister that holds the rules.
pub const GUARD: &str = "risk_guard";
/// Name of the canister that keeps the books.
pub const BOOKS: &str = "portfolio";

/// The kind of canister the hands are.
#[derive(Debug)]
pub enum Execution {}

impl Canister for Execution {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    const PEERS: &'static [&'static str] = &[BOOKS, GUARD];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        Event::of_kernel(&event)
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// Numbers of the standing authorisations that may be in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LiveV1 {
    #[n(0)]
    pub(crate) numbers: Vec<u32>,
}

impl Record for LiveV1 {
    const NAME: &'static str = "list of standing authorisations";
    const VERSION: u8 = 1;
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, Execution>,
    pub(crate) intents: Slots<IntentRow, Vm<M>>,
    pub(crate) index: Index<16, Vm<M>>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
    pub(crate) assets: Slots<AssetRow, Vm<M>>,
    pub(crate) troubles: Slots<TroubleRow, Vm<M>>,
    pub(crate) approvals: Slots<ApprovalRow, Vm<M>>,
    pub(crate) authorisations: Slots<AuthorisationRow, Vm<M>>,
    pub(crate) uses: Slots<UseRow, Vm<M>>,
    pub(crate) live: RecordCell<LiveV1, Vm<M>>,
    pub(crate) orphans: Slots<OrphanRow, Vm<M>>,
    pub(crate) orphan_index: Index<16, Vm<M>>,
    pub(crate) keys: Slots<KeyRow, Vm<M>>,
    /// What submitters have left. In the heap: an upgrade gives everybody a whole allowance, and
    /// what may be paid is the guard's to limit.
    pub(crate) quotas: Quotas,
}

impl<M: Memory> core::fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("intents", &self.intents.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, Execution>;
    fn deref(&self) -> &Self::Target {
        &self.kernel
    }
}

impl<M: Memory> DerefMut for Store<M> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.kernel
    }
}

impl<M: Memory + 'static> CanisterStore for Store<M> {
    type Memory = M;
    type Canister = Execution;
    type Error = ExecutionError;
    const STEPS: &'static [MigrationStep<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, Execution>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            intents: Slots::open(at(layout::INTENTS))?,
            index: Index::open(at(layout::INTENT_INDEX))?,
            totals: Slots::open(at(layout::TOTALS))?,
            assets: Slots::open(at(layout::ASSETS))?,
            troubles: Slots::open(at(layout::TROUBLES))?,
            approvals: Slots::open(at(layout::APPROVALS))?,
            authorisations: Slots::open(at(layout::AUTHORISATIONS))?,
            uses: Slots::open(at(layout::USES))?,
            live: RecordCell::open(at(layout::LIVE))?,
            orphans: Slots::open(at(layout::ORPHANS))?,
            orphan_index: Index::open(at(layout::ORPHAN_INDEX))?,
            keys: Slots::open(at(layout::KEYS))?,
            quotas: Quotas::new(limits::MAX_QUOTAS),
        })
    }

    fn records(&self) -> u64 {
        self.intents.len()
    }

    /// A row in the job table costs half of what a submission does: the clock makes it.
    fn take_in(&mut self, _ctx: &Ctx, budget: &mut dyn FnMut() -> bool) {
        self.take_intents(budget);
    }

    fn next_due(&self) -> Option<Timestamp> {
        let totals = self.totals();
        let untaken = (totals.untaken > 0).then_some(totals.untaken_since);
        untaken.into_iter().chain(self.next_job_due()).min()
    }

    /// Every job of this canister asks somebody: all of them are the shell's.
    fn run_job(&mut self, _ctx: &Ctx, _job: &Job) -> Result<Done, ExecutionError> {
        Ok(Done { applied: false, next: None })
    }
}

/// What an intent counts as in the figures, in their order.
pub(crate) fn counted(row: &IntentRow) -> [bool; 5] {
    commit::Counted::of(row).each()
}
