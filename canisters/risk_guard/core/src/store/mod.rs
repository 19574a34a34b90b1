//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `intents` | the newest reservation of each intent |
//! | `commit`, `alerts` | one change in one go: rows, indexes, lists, totals, alerts, journal |
//! | `verbs_…` | one method per verb: gate, roles, view, rule, commit |
//! | `lists` | pages by cursor, and figures for readers |
//! | `clock` | what is due |
//! | `transfer` | export and import |

pub mod layout;
pub mod migrations;

mod alerts;
mod clock;
mod commit;
mod intents;
mod lists;
mod open;
mod transfer;
mod verbs_guards;
mod verbs_outflows;
mod verbs_policy;
mod verbs_watch;
mod views;

pub use clock::{ANNOUNCEMENT, EXPIRE, REFRESH_JOB, SEAL, SEAT, WATCH};
pub use lists::{LimitsStatus, WindowStatus};
pub use open::{Install, Upgrade};
pub use transfer::Family;
pub use verbs_outflows::Wanted;
pub use verbs_watch::Question;

use core::cell::Cell;
use core::fmt;
use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Class, Ctx, Done, EventParts, Kernel, KernelEvent, OpenFault, Places,
    Receipt, Request, Vm,
};
use granary_stable::cell::RecordCell;
use granary_stable::index::Index;
use granary_stable::jobs::Job;
use granary_stable::keys::FixedKey;
use granary_stable::migrate::Step;
use granary_stable::record::Stored;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::GuardError;
use crate::records::reservation::PageRow;
use crate::records::{
    AlertRow, AnnouncementRow, AssetRow, ChangeRow, Config, DestinationEntry, Event, EventKind,
    FlowRow, Refresh, ReservationRow, Role, Rules, SealRow, SeatRow, ServiceRow, Totals,
    TreasuryRow,
};
use crate::rules::Change;

/// What kind of canister this is.
#[derive(Debug)]
pub enum RiskGuard {}

impl Canister for RiskGuard {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    const PEERS: &'static [&'static str] = &["portfolio", "price_oracle"];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        let kind = match event {
            KernelEvent::Installed => EventKind::Installed,
            KernelEvent::RoleGranted { .. } => EventKind::RoleGranted,
            KernelEvent::RoleRevoked { .. } => EventKind::RoleRevoked,
            KernelEvent::ModeChanged { .. } => EventKind::ModeChanged,
            KernelEvent::DrainStarted { .. } => EventKind::DrainStarted,
            KernelEvent::DrainEnded { .. } => EventKind::DrainEnded,
            KernelEvent::SnapshotRestored { .. } => EventKind::SnapshotRestored,
            KernelEvent::StateRestored { .. } => EventKind::StateRestored,
            KernelEvent::ConfigChanged { .. } => EventKind::ConfigChanged,
            KernelEvent::ImportFinished { .. } => EventKind::ImportFinished,
            KernelEvent::PeerChanged { .. } => EventKind::PeerChanged,
        };
        let EventParts { subject, number, digest, party, name } = event.parts();
        let name = name.map(str::to_owned);
        Event { number, digest, party, name, ..Event::new(kind, subject) }
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, RiskGuard>,
    pub(crate) rules: RecordCell<Rules, Vm<M>>,
    pub(crate) assets: Slots<AssetRow, Vm<M>>,
    pub(crate) flows: Slots<FlowRow, Vm<M>>,
    pub(crate) reservations: Slots<ReservationRow, Vm<M>>,
    pub(crate) pages: Slots<PageRow, Vm<M>>,
    pub(crate) intents: Index<8, Vm<M>>,
    /// The page that was looked up last: intents that follow one another share it.
    pub(crate) last_page: Cell<Option<(u64, u64)>>,
    pub(crate) destinations: Index<32, Vm<M>>,
    pub(crate) destination_rows: Slots<DestinationEntry, Vm<M>>,
    pub(crate) changes: StableBTreeMap<u32, Stored<ChangeRow>, Vm<M>>,
    pub(crate) announcements: Slots<AnnouncementRow, Vm<M>>,
    pub(crate) seals: Slots<SealRow, Vm<M>>,
    pub(crate) seats: Slots<SeatRow, Vm<M>>,
    pub(crate) services: Slots<ServiceRow, Vm<M>>,
    pub(crate) alerts: Slots<AlertRow, Vm<M>>,
    pub(crate) open_alerts: StableBTreeMap<FixedKey<9>, u32, Vm<M>>,
    pub(crate) treasury: Slots<TreasuryRow, Vm<M>>,
    pub(crate) refresh: RecordCell<Refresh, Vm<M>>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
}

impl<M: Memory> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("reservations", &self.reservations.len())
            .field("alerts", &self.alerts.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, RiskGuard>;

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
    type Canister = RiskGuard;
    type Error = GuardError;
    const STEPS: &'static [Step<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, RiskGuard>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            rules: RecordCell::open(at(layout::RULES))?,
            assets: Slots::open(at(layout::ASSETS))?,
            flows: Slots::open(at(layout::FLOWS))?,
            reservations: Slots::open(at(layout::RESERVATIONS))?,
            pages: Slots::open(at(layout::PAGES))?,
            intents: Index::open(at(layout::INTENTS))?,
            last_page: Cell::new(None),
            destinations: Index::open(at(layout::DESTINATIONS))?,
            destination_rows: Slots::open(at(layout::DESTINATION_ROWS))?,
            changes: StableBTreeMap::init(at(layout::CHANGES)),
            announcements: Slots::open(at(layout::ANNOUNCEMENTS))?,
            seals: Slots::open(at(layout::SEALS))?,
            seats: Slots::open(at(layout::SEATS))?,
            services: Slots::open(at(layout::SERVICES))?,
            alerts: Slots::open(at(layout::ALERTS))?,
            open_alerts: StableBTreeMap::init(at(layout::OPEN_ALERTS)),
            treasury: Slots::open(at(layout::TREASURY))?,
            refresh: RecordCell::open(at(layout::REFRESH))?,
            totals: Slots::open(at(layout::TOTALS))?,
        })
    }

    fn records(&self) -> u64 {
        self.reservations
            .len()
            .saturating_add(self.alerts.len())
            .saturating_add(self.announcements.len())
            .saturating_add(self.seals.len())
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GuardError> {
        self.run_clock(ctx, job)
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Gate, request, decision, commit: the course of every verb of people.
    pub(crate) fn verb(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, GuardError>,
    ) -> Result<Receipt, GuardError> {
        granary_kernel::run(self, ctx, class, request, decide, Self::commit)
    }
}
