//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `commit` | one change in one go: rows, links, lists, totals, journal |
//! | `verbs_…` | one method per verb: gate, request, view, rule, commit |
//! | `informed` | the verbs that depend on what is known about people |
//! | `payouts` | what is to be done about a payout, and its job |
//! | `lists` | pages by cursor |
//! | `clock` | due transitions |
//! | `transfer` | families of records for export and import |
//!
//! What every canister has (configuration, roles, drain, requests, journal, jobs, log, upgrades)
//! is the [`Kernel`] the store dereferences to.
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod clock;
pub(crate) mod commit;
mod informed;
mod lists;
mod open;
mod payouts;
mod transfer;
mod verbs_applications;
mod verbs_grants;
mod verbs_payouts;
mod verbs_programs;
mod views;

pub use clock::{CLOCK_APPLICATION, CLOCK_GRANT};
pub use granary_kernel::transfer::domain_names;
pub use granary_kernel::{CanisterStore, Families, Page, Receipt, StatePage};
pub use informed::Informed;
pub use lists::{ApplicationFilter, ApplicationItem, ReportItem};
pub use open::{Install, OpenFault, Upgrade};
pub use payouts::{PAYOUT, PAYOUT_WALK};
pub use verbs_applications::{DraftInput, SubmitInput};
pub use views::{GrantFile, MilestoneFile, ReviewEntry, ReviewFile};

use core::fmt;
use core::ops::{Deref, DerefMut};

use granary_kernel::{Canister, Class, Done, EventParts, Kernel, KernelEvent, Places, Request, Vm};
use granary_stable::blobs::Blobs;
use granary_stable::jobs::Job;
use granary_stable::keys::FixedKey;
use granary_stable::migrate::Step;
use granary_stable::record::Stored;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::GrantError;
use crate::records::{
    Account, ApplicationRow, Config, Declaration, Event, EventKind, GrantRow, Milestone, PayoutRow,
    ProgramBody, ProgramRow, Report, Review, Role, Totals,
};
use crate::rules::{Change, Ctx};

/// The kind of canister this is.
#[derive(Debug)]
pub enum MicroGrants {}

impl Canister for MicroGrants {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    const PEERS: &'static [&'static str] = &["execution", "registry"];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        let EventParts { subject, mut number, digest, party, name } = event.parts();
        let kind = match event {
            KernelEvent::Installed => EventKind::Installed,
            KernelEvent::RoleGranted { .. } => EventKind::RoleGranted,
            KernelEvent::RoleRevoked { .. } => EventKind::RoleRevoked,
            KernelEvent::ModeChanged { .. } => EventKind::ModeChanged,
            KernelEvent::DrainStarted { .. } => EventKind::DrainStarted,
            KernelEvent::DrainEnded { .. } => EventKind::DrainEnded,
            KernelEvent::SnapshotRestored { .. } => EventKind::SnapshotRestored,
            KernelEvent::StateRestored { .. } => EventKind::StateRestored,
            KernelEvent::ConfigChanged { config } => {
                number = Some(config.max_applications);
                EventKind::ConfigChanged
            }
            KernelEvent::ImportFinished { .. } => EventKind::ImportFinished,
            KernelEvent::PeerChanged { .. } => EventKind::PeerChanged,
        };
        Event { number, digest, party, name: name.map(str::to_owned), ..Event::new(kind, subject) }
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, MicroGrants>,
    pub(crate) programs: Slots<ProgramRow, Vm<M>>,
    pub(crate) program_bodies: StableBTreeMap<u32, Stored<ProgramBody>, Vm<M>>,
    pub(crate) applications: Slots<ApplicationRow, Vm<M>>,
    pub(crate) bodies: Blobs<Vm<M>>,
    pub(crate) accounts: StableBTreeMap<FixedKey<34>, Account, Vm<M>>,
    pub(crate) declarations: StableBTreeMap<FixedKey<6>, Stored<Declaration>, Vm<M>>,
    pub(crate) reviews: StableBTreeMap<FixedKey<9>, Stored<Review>, Vm<M>>,
    pub(crate) grants: Slots<GrantRow, Vm<M>>,
    pub(crate) milestones: StableBTreeMap<FixedKey<6>, Stored<Milestone>, Vm<M>>,
    pub(crate) reports: StableBTreeMap<FixedKey<8>, Stored<Report>, Vm<M>>,
    pub(crate) payouts: Slots<PayoutRow, Vm<M>>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
}

impl<M: Memory> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("applications", &self.applications.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, MicroGrants>;

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
    type Canister = MicroGrants;
    type Error = GrantError;
    const STEPS: &'static [Step<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, MicroGrants>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            programs: Slots::open(at(layout::PROGRAMS))?,
            program_bodies: StableBTreeMap::init(at(layout::PROGRAM_BODIES)),
            applications: Slots::open(at(layout::APPLICATIONS))?,
            bodies: Blobs::open(at(layout::BODIES))?,
            accounts: StableBTreeMap::init(at(layout::ACCOUNTS)),
            declarations: StableBTreeMap::init(at(layout::DECLARATIONS)),
            reviews: StableBTreeMap::init(at(layout::REVIEWS)),
            grants: Slots::open(at(layout::GRANTS))?,
            milestones: StableBTreeMap::init(at(layout::MILESTONES)),
            reports: StableBTreeMap::init(at(layout::REPORTS)),
            payouts: Slots::open(at(layout::PAYOUTS))?,
            totals: Slots::open(at(layout::TOTALS))?,
        })
    }

    fn records(&self) -> u64 {
        self.counts().into_iter().fold(0, u64::saturating_add)
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GrantError> {
        self.run_clock(ctx, job)
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Gate, request, decision, commit: the course of every verb.
    pub(crate) fn run(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, GrantError>,
    ) -> Result<Receipt, GrantError> {
        granary_kernel::run(self, ctx, class, request, decide, Self::commit)
    }
}
