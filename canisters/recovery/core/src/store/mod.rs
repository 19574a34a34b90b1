//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `commit` | requests, figures and jobs in one go |
//! | `verbs` | one method per verb: gate, rule, commit |
//! | `steps` | what the clock does: the next step of an execution, its answer, the watch |
//! | `views` | requests for readers, pages by number |
//! | `transfer` | export and import |
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod commit;
mod open;
mod steps;
mod transfer;
mod verbs;
mod views;

pub use open::{Install, Upgrade};
pub use steps::{Begun, Ticket};
pub use transfer::Family;
pub use views::{RequestView, Words};

use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Ctx, Done, Kernel, KernelEvent, OpenFault, Places, SHELL_JOBS, Vm,
};
use granary_stable::cell::RecordCell;
use granary_stable::jobs::Job;
use granary_stable::migrate::Step as MigrationStep;
use granary_stable::record::Stored;
use granary_stable::regions::Regions;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::RecoveryError;
use crate::records::{Config, Event, Outlook, Request, Role, Totals};

/// Job kind of the core: the end of a request's time. Key: the request.
pub const EXPIRE: u16 = 1;
/// Job kind of the shell: the execution of a request. Key: the request.
pub const EXECUTE: u16 = SHELL_JOBS + 100;
/// Job kind of the shell: the governor is asked how it is. Key: 0.
pub const WATCH: u16 = SHELL_JOBS + 101;

/// Whom this canister calls. It knows one, and nobody can tell it another by `set_peer` (Y1).
pub const CALLS: &[&str] = &["governor"];

/// The kind of canister this is.
#[derive(Debug)]
pub enum Recovery {}

impl Canister for Recovery {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
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
    kernel: Kernel<M, Recovery>,
    pub(crate) requests: StableBTreeMap<u32, Stored<Request>, Vm<M>>,
    pub(crate) totals: RecordCell<Totals, Vm<M>>,
    pub(crate) outlook: RecordCell<Outlook, Vm<M>>,
}

impl<M: Memory> core::fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, Recovery>;
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
    type Canister = Recovery;
    type Error = RecoveryError;
    const STEPS: &'static [MigrationStep<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, Recovery>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            requests: StableBTreeMap::init(at(layout::REQUESTS)),
            totals: RecordCell::open(at(layout::TOTALS))?,
            outlook: RecordCell::open(at(layout::OUTLOOK))?,
        })
    }

    fn records(&self) -> u64 {
        self.requests.len()
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, RecoveryError> {
        Ok(self.expire(ctx, job.name.key))
    }
}
