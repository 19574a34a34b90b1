//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `commit` | one change in one go: rows, counts, jobs, journal |
//! | `verbs_…` | one method per verb: gate, request, view, rule, commit |
//! | `clock` | what is due |
//! | `open_list` | the proposals that are not over |
//! | `steps` | what the clock asks for a run, and what it hears |
//! | `lists`, `pages` | pages by cursor |
//! | `transfer` | export and import |
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod clock;
mod commit;
mod keys;
mod lists;
mod open;
mod open_list;
mod pages;
#[cfg(test)]
mod run_tests;
mod steps;
mod transfer;
mod verbs_incidents;
mod verbs_members;
mod verbs_modules;
mod verbs_proposals;
mod verbs_runs;
mod views;

pub use crate::rules::run::ask::{Ask, Outcome};
pub use clock::{PROPOSAL_CLOCK, RULES_CLOCK};
pub(crate) use keys::chunk as chunk_key;
#[cfg(test)]
pub(crate) use keys::principal as principal_key;
pub use lists::ProposalFilter;
pub use open::{Install, Upgrade};
pub use pages::ModulePage;
pub use steps::{Step, Ticket};
pub use transfer::Family;
pub use views::ProposalView;

use core::fmt;
use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Class, Ctx, Done, Kernel, KernelEvent, OpenFault, Places, Receipt,
    Request, SHELL_JOBS, Vm,
};
use granary_stable::blobs::Blobs;
use granary_stable::jobs::Job;
use granary_stable::keys::FixedKey;
use granary_stable::migrate::Step as MigrationStep;
use granary_stable::record::Stored;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::GovernorError;
use crate::records::{
    Attestation, Audit, Config, Event, FleetSnapshot, Incident, Module, Open, ProposalRow,
    Rehearsal, Role, Run, Target, Totals, VoteRow,
};
use crate::rules::Change;
use crate::types::Timestamp;

/// Job of the shell: goes on with the execution of a proposal; its key is the proposal.
pub const EXECUTE: u16 = SHELL_JOBS + 100;
/// Job of the shell: goes on with the rehearsal of a proposal; its key is the proposal.
pub const REHEARSE: u16 = SHELL_JOBS + 101;
/// Job of the shell: looks whether code and controllers are what was approved.
pub const WATCH: u16 = SHELL_JOBS + 102;

/// What kind of canister this is.
#[derive(Debug)]
pub enum Governor {}

impl Canister for Governor {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    /// Whom it calls are its targets, which proposals adopt; no name is told.
    const PEERS: &'static [&'static str] = &[];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        Event::of_kernel(&event)
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, Governor>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
    pub(crate) proposals: Slots<ProposalRow, Vm<M>>,
    pub(crate) bodies: Blobs<Vm<M>>,
    pub(crate) votes: Slots<VoteRow, Vm<M>>,
    pub(crate) open: Slots<Open, Vm<M>>,
    pub(crate) modules: StableBTreeMap<FixedKey<32>, Stored<Module>, Vm<M>>,
    pub(crate) chunks: StableBTreeMap<FixedKey<36>, Vec<u8>, Vm<M>>,
    pub(crate) attestations: StableBTreeMap<FixedKey<62>, Stored<Attestation>, Vm<M>>,
    pub(crate) targets: StableBTreeMap<FixedKey<30>, Stored<Target>, Vm<M>>,
    pub(crate) audits: StableBTreeMap<u32, Stored<Audit>, Vm<M>>,
    pub(crate) rehearsals: StableBTreeMap<u32, Stored<Rehearsal>, Vm<M>>,
    pub(crate) runs: StableBTreeMap<FixedKey<5>, Stored<Run>, Vm<M>>,
    pub(crate) snapshots: StableBTreeMap<FixedKey<8>, Stored<FleetSnapshot>, Vm<M>>,
    pub(crate) incidents: StableBTreeMap<u32, Stored<Incident>, Vm<M>>,
    pub(crate) denied: StableBTreeMap<FixedKey<32>, u8, Vm<M>>,
}

impl<M: Memory> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("proposals", &self.proposals.len())
            .field("targets", &self.targets.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, Governor>;

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
    type Canister = Governor;
    type Error = GovernorError;
    const STEPS: &'static [MigrationStep<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, Governor>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            totals: Slots::open(at(layout::TOTALS))?,
            proposals: Slots::open(at(layout::PROPOSALS))?,
            bodies: Blobs::open(at(layout::BODIES))?,
            votes: Slots::open(at(layout::VOTES))?,
            open: Slots::open(at(layout::OPEN))?,
            modules: StableBTreeMap::init(at(layout::MODULES)),
            chunks: StableBTreeMap::init(at(layout::CHUNKS)),
            attestations: StableBTreeMap::init(at(layout::ATTESTATIONS)),
            targets: StableBTreeMap::init(at(layout::TARGETS)),
            audits: StableBTreeMap::init(at(layout::AUDITS)),
            rehearsals: StableBTreeMap::init(at(layout::REHEARSALS)),
            runs: StableBTreeMap::init(at(layout::RUNS)),
            snapshots: StableBTreeMap::init(at(layout::SNAPSHOTS)),
            incidents: StableBTreeMap::init(at(layout::INCIDENTS)),
            denied: StableBTreeMap::init(at(layout::DENIED)),
        })
    }

    fn records(&self) -> u64 {
        self.proposals
            .len()
            .saturating_add(self.modules.len())
            .saturating_add(self.targets.len())
            .saturating_add(self.snapshots.len())
            .saturating_add(self.incidents.len())
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GovernorError> {
        self.run_clock(ctx, job)
    }

    fn take_in(&mut self, ctx: &Ctx, budget: &mut dyn FnMut() -> bool) {
        self.take_due(ctx.now, budget);
    }

    fn next_due(&self) -> Option<Timestamp> {
        let looks = [self.next_job_due(), self.next_look()];
        looks.into_iter().flatten().min()
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Gate, request, decision, commit: the course of every verb.
    pub(crate) fn verb(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, GovernorError>,
    ) -> Result<Receipt, GovernorError> {
        granary_kernel::run(self, ctx, class, request, decide, Self::commit)
    }
}
