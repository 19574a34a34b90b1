//! What a core tells the kernel about itself.

use core::fmt;
use core::ops::DerefMut;

use candid::Principal;
use granary_stable::jobs::Job;
use granary_stable::migrate::{Budget, MigrationFault, Migrator, Progress, Step};
use granary_stable::record::Record;
use granary_stable::regions::Regions;
use granary_units::Timestamp;
use ic_stable_structures::Memory;
use ic_stable_structures::memory_manager::MemoryId;

use crate::base::Settings;
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::jobs::Done;
use crate::open::OpenFault;
use crate::roles::Role;
use crate::state::Kernel;
use crate::{Hash, jobs, open};

/// The regions of the canister that the kernel keeps; their numbers stand in the core's layout.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// The configuration.
    pub config: MemoryId,
    /// Canister-wide roles by role and holder.
    pub roles: MemoryId,
    /// Where a running import stands.
    pub import: MemoryId,
}

/// A kind of canister: its types, its numbers, and what its journal says about the kernel's verbs.
pub trait Canister: Sized + fmt::Debug + 'static {
    /// The configuration.
    type Settings: Settings;
    /// Canister-wide roles.
    type Role: Role;
    /// The payload of a journal entry.
    type Event: Record;
    /// What the header calls this canister.
    const KIND: &'static str;
    /// The schema this code writes.
    const SCHEMA: u32;
    /// Regions behind the suite's own ten that the kernel keeps.
    const PLACES: Places;
    /// Requests one generation of the table of recent requests takes.
    const DEDUP_CAPACITY: u32;
    /// Log lines that are kept.
    const LOG_LINES: u64;
    /// Names of the canisters this one may know.
    const PEERS: &'static [&'static str];

    /// What the journal keeps of one of the kernel's verbs.
    fn event(event: KernelEvent<'_, Self::Settings>) -> Self::Event;
    /// The entity an event happened to; the receipt's id when the event is the first.
    fn subject(event: &Self::Event) -> u64;
}

/// What the kernel's verbs do, for the canister's own journal.
#[derive(Clone, Copy, Debug)]
pub enum KernelEvent<'a, S> {
    /// The canister was installed.
    Installed,
    /// A role was given.
    RoleGranted {
        /// To whom.
        holder: Principal,
        /// Its name.
        role: &'static str,
    },
    /// A role was taken.
    RoleRevoked {
        /// From whom.
        holder: Principal,
        /// Its name.
        role: &'static str,
    },
    /// The mode changed.
    ModeChanged {
        /// Name of the new mode.
        mode: &'static str,
        /// SHA-256 of the reason.
        reason: Hash,
    },
    /// New work is refused.
    DrainStarted {
        /// The drain.
        epoch: u64,
    },
    /// Work is taken again.
    DrainEnded {
        /// The drain.
        epoch: u64,
    },
    /// A snapshot was restored.
    SnapshotRestored {
        /// The drain that ended with it.
        epoch: u64,
    },
    /// New code took the state over.
    StateRestored {
        /// Upgrades since the first install, this one included.
        count: u64,
        /// Records found.
        records: u64,
        /// The journal's head before.
        log_head: Hash,
    },
    /// An upgrade changed the configuration.
    ConfigChanged {
        /// The configuration from now on.
        config: &'a S,
    },
    /// The state was filled from a backup.
    ImportFinished {
        /// Records taken.
        records: u64,
    },
    /// A peer was told, or forgotten.
    PeerChanged {
        /// Its name.
        name: &'a str,
        /// Where it is; none when it is unknown from now on.
        canister: Option<Principal>,
    },
}

/// The parts of a kernel event, named as journals name them.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventParts<'a> {
    /// The entity it happened to; 0 for the canister itself.
    pub subject: u64,
    /// An epoch, or a number of records.
    pub number: Option<u64>,
    /// Of a reason, or the journal's head.
    pub digest: Option<Hash>,
    /// The holder of a role, or a peer.
    pub party: Option<Principal>,
    /// The name of a role, a mode or a peer.
    pub name: Option<&'a str>,
}

impl<'a, S: Settings> KernelEvent<'a, S> {
    /// What happened, in the fields a journal entry has.
    pub fn parts(&self) -> EventParts<'a> {
        let none = EventParts::default();
        match *self {
            Self::Installed => none,
            Self::RoleGranted { holder, role } | Self::RoleRevoked { holder, role } => {
                EventParts { party: Some(holder), name: Some(role), ..none }
            }
            Self::ModeChanged { mode, reason } => {
                EventParts { name: Some(mode), digest: Some(reason), ..none }
            }
            Self::DrainStarted { epoch }
            | Self::DrainEnded { epoch }
            | Self::SnapshotRestored { epoch } => {
                EventParts { subject: epoch, number: Some(epoch), ..none }
            }
            Self::StateRestored { count, records, log_head } => {
                let (number, digest) = (Some(records), Some(log_head));
                EventParts { subject: count, number, digest, ..none }
            }
            Self::ConfigChanged { config } => {
                EventParts { name: Some(config.base().mode.name()), ..none }
            }
            Self::ImportFinished { records } => EventParts { number: Some(records), ..none },
            Self::PeerChanged { name, canister } => {
                EventParts { party: canister, name: Some(name), ..none }
            }
        }
    }
}

/// A canister's store: its kernel, its own regions, and the few things only it knows.
///
/// It dereferences to the kernel, so that what every canister has is called in the same way on each
/// of them, and code that serves them all needs this trait alone.
pub trait CanisterStore:
    Sized + fmt::Debug + DerefMut<Target = Kernel<Self::Memory, Self::Canister>> + 'static
{
    /// The memory below.
    type Memory: Memory + 'static;
    /// The kind of canister.
    type Canister: Canister;
    /// Its refusals.
    type Error: From<Fault> + Into<granary_errors::Error> + Clone + fmt::Debug;
    /// The steps from schema to schema that this code knows, in order.
    const STEPS: &'static [Step<Self>];

    /// Opens the canister's own regions around its kernel.
    fn assemble(
        kernel: Kernel<Self::Memory, Self::Canister>,
        regions: &Regions<Self::Memory>,
    ) -> Result<Self, OpenFault>;

    /// Entities stored, for the upgrade's row; O(1).
    fn records(&self) -> u64;

    /// Runs a due job of the core, of a kind below [`jobs::SHELL_JOBS`]. On an error nothing was
    /// changed, and the job is tried again.
    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, Self::Error>;

    /// Puts work into the job table that verbs left outside of it because a row in the table costs
    /// more than they do; until `budget` answers false. Part of every tick.
    fn take_in(&mut self, _ctx: &Ctx, _budget: &mut dyn FnMut() -> bool) {}

    /// When the clock has something to do; none while nothing waits. Who overrides
    /// [`Self::take_in`] says here that something is to be taken in.
    fn next_due(&self) -> Option<Timestamp> {
        self.next_job_due()
    }

    /// Opens existing state, whatever its size, at constant cost, changing nothing.
    fn open(memory: Self::Memory) -> Result<Self, OpenFault> {
        open::open(memory)
    }

    /// Applies due jobs until `budget` answers false or nothing is due; see [`jobs::tick`].
    fn tick(
        &mut self,
        ctx: &Ctx,
        budget: &mut dyn FnMut() -> bool,
    ) -> Result<jobs::TickReport<Self::Error>, Self::Error> {
        jobs::tick(self, ctx, budget)
    }

    /// The migrator towards this code's schema.
    fn migrator() -> Migrator<Self> {
        Migrator::new(Self::STEPS, Self::Canister::SCHEMA)
    }

    /// Where the migration towards this code's schema stands; O(1).
    fn migration(&self) -> Progress {
        Self::migrator().progress(self)
    }

    /// Goes on with a chunked migration until `budget` answers false.
    fn migrate(&mut self, budget: Budget<'_>) -> Result<Progress, MigrationFault> {
        Self::migrator().advance(self, budget)
    }
}
