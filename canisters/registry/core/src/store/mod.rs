//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `standing` | what other canisters ask about people |
//! | `commit` | one change in one go: rows, indexes, chains, lists, totals, journal |
//! | `verbs_…` | one method per verb: gate, request, view, rule, commit |
//! | `lists` | pages by cursor |
//! | `clock` | what is due |
//! | `transfer` | export and import |

pub mod layout;
pub mod migrations;

mod clock;
pub(crate) mod commit;
mod lists;
mod open;
mod standing;
mod transfer;
mod verbs_profiles;
mod verbs_roles;
mod verbs_users;
mod verbs_wallets;
mod views;

pub use clock::{EXPIRE_PENDING, ROLE_CLOCK};
pub use open::{Install, Upgrade};
pub use standing::Standing;
pub use transfer::Family;
pub use verbs_users::Registration;
pub use views::Consistency;

use core::fmt;
use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Class, Done, EventParts, Kernel, KernelEvent, OpenFault, Places,
    Receipt, Request, Vm,
};
use granary_stable::jobs::Job;
use granary_stable::keys::FixedKey;
use granary_stable::migrate::Step;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::RegistryError;
use crate::records::{
    Chain, Config, Event, EventKind, GrantRow, ProfileHead, RevisionRow, Role, Totals, UserRow,
    WalletRow,
};
use crate::rules::{Change, Ctx};

/// What kind of canister this is.
#[derive(Debug)]
pub enum Registry {}

impl Canister for Registry {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    /// It calls nobody.
    const PEERS: &'static [&'static str] = &[];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        let kind = match event {
            KernelEvent::Installed => EventKind::Installed,
            KernelEvent::RoleGranted { .. } => EventKind::OfficeGranted,
            KernelEvent::RoleRevoked { .. } => EventKind::OfficeRevoked,
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
        Event { kind, subject, digest, number, party, name }
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, Registry>,
    pub(crate) users: Slots<UserRow, Vm<M>>,
    pub(crate) identities: StableBTreeMap<FixedKey<30>, u32, Vm<M>>,
    pub(crate) wallets: Slots<WalletRow, Vm<M>>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
    pub(crate) profiles: Slots<ProfileHead, Vm<M>>,
    pub(crate) revisions: Slots<RevisionRow, Vm<M>>,
    pub(crate) grants: Slots<GrantRow, Vm<M>>,
    pub(crate) chains: StableBTreeMap<FixedKey<30>, Chain, Vm<M>>,
    pub(crate) addresses: StableBTreeMap<FixedKey<32>, u32, Vm<M>>,
}

impl<M: Memory> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("users", &self.users.len())
            .field("wallets", &self.wallets.len())
            .field("grants", &self.grants.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, Registry>;

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
    type Canister = Registry;
    type Error = RegistryError;
    const STEPS: &'static [Step<Self>] = migrations::steps();

    fn assemble(kernel: Kernel<M, Registry>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            users: Slots::open(at(layout::USERS))?,
            identities: StableBTreeMap::init(at(layout::IDENTITIES)),
            wallets: Slots::open(at(layout::WALLETS))?,
            totals: Slots::open(at(layout::TOTALS))?,
            profiles: Slots::open(at(layout::PROFILES))?,
            revisions: Slots::open(at(layout::REVISIONS))?,
            grants: Slots::open(at(layout::GRANTS))?,
            chains: StableBTreeMap::init(at(layout::CHAINS)),
            addresses: StableBTreeMap::init(at(layout::ADDRESSES)),
        })
    }

    fn records(&self) -> u64 {
        self.users
            .len()
            .saturating_add(self.wallets.len())
            .saturating_add(self.profiles.len())
            .saturating_add(self.grants.len())
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, RegistryError> {
        self.run_clock(ctx, job)
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Gate, request, decision, commit: the course of every verb.
    pub(crate) fn verb(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, RegistryError>,
    ) -> Result<Receipt, RegistryError> {
        granary_kernel::run(self, ctx, class, request, decide, Self::commit)
    }
}
