//! Installing, opening after an upgrade, and the rows both leave behind.

use core::fmt;

use candid::Principal;
use granary_errors::Error;
use granary_stable::StorageFault;
use granary_stable::cell::CellFault;
use granary_stable::header::{Header, HeaderCell, HeaderFault};
use granary_stable::history::UpgradeRow;
use granary_stable::layout as suite;
use granary_stable::migrate::MigrationFault;
use granary_stable::regions::Regions;
use ic_stable_structures::Memory;

use crate::base::{Base, Mode, Peer, Phase, Profile, Settings};
use crate::canister::{Canister, CanisterStore, KernelEvent};
use crate::checks;
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::limits;
use crate::roles::{Role, RoleGrant};
use crate::state::Kernel;

/// The roles of a store's canister.
pub type RoleOf<S> = <<S as CanisterStore>::Canister as Canister>::Role;
/// The configuration of a store's canister.
pub type SettingsOf<S> = <<S as CanisterStore>::Canister as Canister>::Settings;

/// What every first install is given.
#[derive(Clone, Debug)]
pub struct Install<R> {
    /// Who governs from the first moment.
    pub governor: Principal,
    /// Further roles.
    pub roles: Vec<(R, Principal)>,
    /// Floors.
    pub profile: Profile,
    /// True opens the canister for an import instead of for work.
    pub importing: bool,
    /// Canisters known by name.
    pub peers: Vec<Peer>,
    /// Version of the code.
    pub code_version: String,
}

/// What every upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// A new mode.
    pub mode: Option<Mode>,
    /// Canisters to know by name; each replaces the one of its name.
    pub peers: Vec<Peer>,
    /// Refuse unless the stored state has this schema.
    pub expected_schema: Option<u32>,
    /// The canister is a copy on which the upgrade is tried; see [`Kernel::is_rehearsing`].
    pub rehearsal: bool,
    /// Version of the code.
    pub code_version: String,
}

/// Why the state must not be touched; the shell traps with it, so that nothing changes.
#[derive(Debug)]
pub enum OpenFault {
    /// The header does not fit this code.
    Header(HeaderFault),
    /// A record could not be read.
    Cell(CellFault),
    /// A region could not be opened.
    Storage(StorageFault),
    /// No migration leads here (C4).
    Migration(MigrationFault),
    /// The arguments are wrong.
    Arguments(Error),
    /// The upgrade expected another schema.
    Schema {
        /// What was expected.
        expected: u32,
        /// What is there.
        found: u32,
    },
    /// The configuration is missing: the install never finished.
    NoConfig,
}

impl OpenFault {
    /// The arguments are wrong, in the words of a refusal.
    pub fn arguments(refusal: impl Into<Error>) -> Self {
        Self::Arguments(refusal.into())
    }
}

impl From<HeaderFault> for OpenFault {
    fn from(fault: HeaderFault) -> Self {
        Self::Header(fault)
    }
}
impl From<CellFault> for OpenFault {
    fn from(fault: CellFault) -> Self {
        Self::Cell(fault)
    }
}
impl From<StorageFault> for OpenFault {
    fn from(fault: StorageFault) -> Self {
        Self::Storage(fault)
    }
}
impl From<MigrationFault> for OpenFault {
    fn from(fault: MigrationFault) -> Self {
        Self::Migration(fault)
    }
}
impl From<Fault> for OpenFault {
    fn from(fault: Fault) -> Self {
        Self::arguments(fault)
    }
}

impl fmt::Display for OpenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(fault) => fault.fmt(f),
            Self::Cell(fault) => fault.fmt(f),
            Self::Storage(fault) => {
                write!(f, "stable memory holds no state of this canister: {fault}")
            }
            Self::Migration(fault) => fault.fmt(f),
            Self::Arguments(error) => write!(f, "install arguments: {error}"),
            Self::Schema { expected, found } => {
                write!(f, "the upgrade expects schema {expected}, the state has {found}")
            }
            Self::NoConfig => f.write_str("the state holds no configuration"),
        }
    }
}

impl std::error::Error for OpenFault {}

/// Installs on empty memory. `configure` makes the configuration around its common part; `fill`
/// writes what the canister's own regions begin with.
pub fn install<S: CanisterStore>(
    memory: S::Memory,
    install: Install<RoleOf<S>>,
    ctx: &Ctx,
    configure: impl FnOnce(Base) -> Result<SettingsOf<S>, S::Error>,
    fill: impl FnOnce(&mut S) -> Result<(), OpenFault>,
) -> Result<S, OpenFault> {
    let config = configure(first_base::<S::Canister>(&install)?).map_err(OpenFault::arguments)?;
    let regions = regions(memory)?;
    let kind = S::Canister::KIND;
    let header = Header::first(kind, S::Canister::SCHEMA, &install.code_version, ctx.now);
    let header = HeaderCell::create(regions.get(suite::HEADER), header)?;
    let mut store = S::assemble(Kernel::regions(&regions, header)?, &regions)?;
    fill(&mut store)?;
    store.config.set(Some(config))?;
    let governor = (RoleOf::<S>::GOVERNOR, install.governor);
    let mut events = vec![S::Canister::event(KernelEvent::Installed)];
    for (role, holder) in core::iter::once(governor).chain(install.roles) {
        let grant = RoleGrant { since: ctx.now, granted_by: ctx.actor };
        store.put_role(role, &holder, Some(grant));
        let role = role.name();
        events.push(S::Canister::event(KernelEvent::RoleGranted { holder, role }));
    }
    // An import brings its own journal, from the first event on.
    if !install.importing {
        store.record(&events, ctx);
    }
    Ok(store)
}

/// Opens existing state, whatever its size, at constant cost, changing nothing.
pub(crate) fn open<S: CanisterStore>(memory: S::Memory) -> Result<S, OpenFault> {
    let regions = regions(memory)?;
    let (kind, schema) = (S::Canister::KIND, S::Canister::SCHEMA);
    let header = HeaderCell::open(regions.get(suite::HEADER), kind, schema)?;
    let kernel = Kernel::regions(&regions, header)?;
    if kernel.config.get().is_none() {
        return Err(OpenFault::NoConfig);
    }
    S::assemble(kernel, &regions)
}

/// Opens existing state with new code: migrations, the upgrade's row, its events. `reconfigure`
/// applies the canister's own arguments to the configuration.
pub fn upgrade<S: CanisterStore>(
    memory: S::Memory,
    upgrade: Upgrade,
    ctx: &Ctx,
    reconfigure: impl FnOnce(SettingsOf<S>) -> Result<SettingsOf<S>, S::Error>,
) -> Result<S, OpenFault> {
    let mut store: S = open(memory)?;
    store.is_rehearsing = upgrade.rehearsal;
    let before = store.header().clone();
    let expected = upgrade.expected_schema.unwrap_or(before.schema);
    if expected != before.schema {
        return Err(OpenFault::Schema { expected, found: before.schema });
    }
    S::migrator().on_upgrade(&mut store)?;
    let (events, log_head) = store.journal_head();
    let row = UpgradeRow {
        at: ctx.now,
        from_version: before.code_version,
        to_version: upgrade.code_version.clone(),
        schema_from: before.schema,
        schema_to: S::Canister::SCHEMA,
        records: store.records(),
        events,
        log_head,
    };
    let config = rebase::<S>(&store, &upgrade)?;
    let config = reconfigure(config).map_err(OpenFault::arguments)?;
    store.history.push(&row)?;
    let count = before.upgrade_count.saturating_add(1);
    store.header.update(|header| {
        header.upgraded_at = ctx.now;
        header.upgrade_count = count;
        header.code_version = upgrade.code_version;
    })?;
    let restored = KernelEvent::StateRestored { count, records: row.records, log_head };
    let mut events = vec![S::Canister::event(restored)];
    if config != *store.config() {
        events.push(S::Canister::event(KernelEvent::ConfigChanged { config: &config }));
        for Peer { name, canister } in &upgrade.peers {
            let canister = Some(*canister);
            events.push(S::Canister::event(KernelEvent::PeerChanged { name, canister }));
        }
        store.config.set(Some(config))?;
    }
    // While the canister is filled its journal belongs to the import, from the first event on.
    if store.base().phase == Phase::Running {
        store.record(&events, ctx);
    }
    Ok(store)
}

fn regions<M: Memory>(memory: M) -> Result<Regions<M>, StorageFault> {
    Regions::open(memory, suite::BUCKET_PAGES)
}

fn first_base<C: Canister>(install: &Install<C::Role>) -> Result<Base, Fault> {
    checks::people("governor", &[install.governor], 1)?;
    for (_, holder) in &install.roles {
        checks::person("roles", holder)?;
    }
    let count = install.roles.len();
    let max = usize::try_from(limits::MAX_ROLE_GRANTS).unwrap_or(usize::MAX);
    if count >= max {
        return Err(Fault::ListSize { field: "roles".to_owned(), count, max });
    }
    checks::peers(&install.peers, C::PEERS)?;
    let phase = if install.importing { Phase::Importing } else { Phase::Running };
    let base = Base::new(install.profile, phase);
    let with = |base: Base, peer: &Peer| base.with_peer(&peer.name, Some(peer.canister));
    Ok(install.peers.iter().fold(base, with))
}

/// The configuration with what every upgrade may change.
fn rebase<S: CanisterStore>(store: &S, upgrade: &Upgrade) -> Result<SettingsOf<S>, Fault> {
    if upgrade.mode.is_none() && upgrade.peers.is_empty() {
        return Ok(store.config().clone());
    }
    checks::peers(&upgrade.peers, S::Canister::PEERS)?;
    let mut base = store.base().clone();
    if let Some(mode) = &upgrade.mode {
        checks::mode(mode)?;
        base.mode = mode.clone();
    }
    for Peer { name, canister } in &upgrade.peers {
        base = base.with_peer(name, Some(*canister));
    }
    Ok(store.config().with_base(base))
}
