//! Installing, opening after an upgrade, and the rows both leave behind.

use core::fmt;

use granary_stable::StorageFault;
use granary_stable::blobs::Blobs;
use granary_stable::cell::{CellFault, RecordCell};
use granary_stable::dedup::Dedup;
use granary_stable::header::{Header, HeaderCell, HeaderFault};
use granary_stable::history::UpgradeRow;
use granary_stable::jobs::Jobs;
use granary_stable::journal::Journal;
use granary_stable::layout as suite;
use granary_stable::log_ring::LogRing;
use granary_stable::migrate::{self, MigrationFault, Progress};
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::memory_manager::MemoryId;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::{GrantError, InputFault};
use crate::limits;
use crate::records::config::Phase;
use crate::records::{Asset, Config, Event, EventKind, Mode, Profile, Role, RoleGrant, Totals};
use crate::rules::terms::{people, text};
use crate::rules::{Change, Ctx};
use crate::store::layout::{self, KIND, SCHEMA};
use crate::store::{Store, Vm};
use crate::types::Principal;

/// What a first install is given.
#[derive(Clone, Debug)]
pub struct Install {
    /// Who governs from the first moment.
    pub governor: Principal,
    /// Further roles.
    pub roles: Vec<(Role, Principal)>,
    /// Floors.
    pub profile: Profile,
    /// The asset of every programme.
    pub asset: Asset,
    /// Applications accepted in total; none means the code's bound.
    pub max_applications: Option<u64>,
    /// True opens the canister for an import instead of for work.
    pub importing: bool,
    /// Version of the code.
    pub code_version: String,
}

/// What an upgrade is given.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// A new bound on applications.
    pub max_applications: Option<u64>,
    /// A new mode.
    pub mode: Option<Mode>,
    /// Refuse unless the stored state has this schema.
    pub expected_schema: Option<u32>,
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
    Arguments(GrantError),
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
impl From<GrantError> for OpenFault {
    fn from(fault: GrantError) -> Self {
        Self::Arguments(fault)
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
            Self::Arguments(error) => {
                let wire = granary_errors::Error::from(error.clone());
                write!(f, "install arguments: {wire}")
            }
            Self::Schema { expected, found } => {
                write!(f, "the upgrade expects schema {expected}, the state has {found}")
            }
            Self::NoConfig => f.write_str("the state holds no configuration"),
        }
    }
}

impl std::error::Error for OpenFault {}

impl<M: Memory + 'static> Store<M> {
    /// Installs on empty memory.
    pub fn install(memory: M, install: Install, ctx: &Ctx) -> Result<Self, OpenFault> {
        let config = first_config(&install)?;
        let manager = manager(memory)?;
        let header = Header::first(KIND, SCHEMA, &install.code_version, ctx.now);
        let header = HeaderCell::create(manager.get(suite::HEADER), header)?;
        let mut store = Self::regions(&manager, header)?;
        store.totals.push(&Totals::default())?;
        store.config.set(Some(config))?;
        let governor = (Role::Governor, install.governor);
        let importing = install.importing;
        let mut events = vec![Event::new(EventKind::Installed, 0)];
        for (role, holder) in core::iter::once(governor).chain(install.roles) {
            let grant = RoleGrant { since: ctx.now, granted_by: ctx.actor };
            store.put_role(role, &holder, Some(grant));
            let event = Event::new(EventKind::RoleGranted, 0);
            events.push(event.party(holder).name(role.name()));
        }
        // An import brings its own journal, from the first event on.
        if !importing {
            store.commit(Change { events, ..Change::default() }, ctx);
        }
        Ok(store)
    }

    /// Opens existing state, whatever its size, at constant cost, changing nothing.
    pub fn open(memory: M) -> Result<Self, OpenFault> {
        let manager = manager(memory)?;
        let header = HeaderCell::open(manager.get(suite::HEADER), KIND, SCHEMA)?;
        let store = Self::regions(&manager, header)?;
        if store.config.get().is_none() {
            return Err(OpenFault::NoConfig);
        }
        Ok(store)
    }

    /// Opens existing state with new code: migrations, the upgrade's row, its event.
    pub fn upgrade(memory: M, upgrade: Upgrade, ctx: &Ctx) -> Result<Self, OpenFault> {
        let mut store = Self::open(memory)?;
        let before = store.header.get().clone();
        let expected = upgrade.expected_schema.unwrap_or(before.schema);
        if expected != before.schema {
            return Err(OpenFault::Schema { expected, found: before.schema });
        }
        Self::migrator().on_upgrade(&mut store)?;
        let row = UpgradeRow {
            at: ctx.now,
            from_version: before.code_version,
            to_version: upgrade.code_version.clone(),
            schema_from: before.schema,
            schema_to: SCHEMA,
            records: store.records(),
            events: store.journal.len(),
            log_head: store.journal.head(),
        };
        let config = reconfigured(store.config(), &upgrade)?;
        store.history.push(&row)?;
        store.header.update(|header| {
            header.upgraded_at = ctx.now;
            header.upgrade_count = header.upgrade_count.saturating_add(1);
            header.code_version = upgrade.code_version;
        })?;
        let mut change = Change { config, ..Change::default() };
        let count = store.header.get().upgrade_count;
        let event = Event::new(EventKind::StateRestored, count);
        change.events.push(event.number(row.records).digest(row.log_head));
        if let Some(config) = &change.config {
            let event = Event::new(EventKind::ConfigChanged, 0);
            change.events.push(event.number(config.max_applications).name(config.mode.name()));
        }
        // While the canister is filled its journal belongs to the import, from the first event on.
        if store.config().phase == Phase::Importing {
            change.events.clear();
        }
        store.commit(change, ctx);
        Ok(store)
    }

    /// Where the migration towards this code's schema stands; O(1).
    pub fn migration(&self) -> Progress {
        Self::migrator().progress(self)
    }

    /// Goes on with a chunked migration until `budget` answers false.
    pub fn migrate(&mut self, budget: migrate::Budget<'_>) -> Result<Progress, MigrationFault> {
        Self::migrator().advance(self, budget)
    }

    fn regions(manager: &Regions<M>, header: HeaderCell<Vm<M>>) -> Result<Self, OpenFault> {
        let at = |id: MemoryId| manager.get(id);
        Ok(Self {
            header,
            journal: Journal::open(at(suite::JOURNAL_INDEX), at(suite::JOURNAL_DATA)),
            dedup: Dedup::open(at(suite::DEDUP), layout::DEDUP_CAPACITY, limits::DEDUP_WINDOW)?,
            place: migrate::open_place(at(suite::MIGRATION))?,
            jobs: Jobs::open(at(suite::JOBS)),
            log: LogRing::open(at(suite::LOG_RING), layout::LOG_LINES)?,
            history: Slots::open(at(suite::HISTORY))?,
            watch: granary_stable::watch::open(at(suite::WATCH))?,
            config: RecordCell::open(at(layout::CONFIG))?,
            roles: StableBTreeMap::init(at(layout::ROLES)),
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
            import: RecordCell::open(at(layout::IMPORT))?,
        })
    }
}

fn manager<M: Memory>(memory: M) -> Result<Regions<M>, StorageFault> {
    Regions::open(memory, suite::BUCKET_PAGES)
}

fn first_config(install: &Install) -> Result<Config, GrantError> {
    let Install { asset, profile, importing, .. } = install;
    text("asset.symbol", &asset.symbol, limits::MAX_SYMBOL_BYTES)?;
    if asset.decimals > limits::MAX_DECIMALS {
        let (given, max) = (u64::from(asset.decimals), u64::from(limits::MAX_DECIMALS));
        return Err(InputFault::Limit { field: "asset.decimals".to_owned(), given, max }.into());
    }
    people("governor", &[install.governor], 1)?;
    for (_, holder) in &install.roles {
        people("roles", &[*holder], 1)?;
    }
    let count = install.roles.len();
    let max = usize::try_from(limits::MAX_ROLE_GRANTS).unwrap_or(usize::MAX);
    if count >= max {
        return Err(InputFault::ListSize { field: "roles".to_owned(), count, max }.into());
    }
    Ok(Config {
        asset: asset.clone(),
        profile: *profile,
        max_applications: bounded(install.max_applications, limits::MAX_APPLICATIONS)?,
        mode: Mode::Full,
        phase: if *importing { Phase::Importing } else { Phase::Running },
        drain: None,
        last_epoch: 0,
    })
}

fn reconfigured(config: &Config, upgrade: &Upgrade) -> Result<Option<Config>, GrantError> {
    if upgrade.max_applications.is_none() && upgrade.mode.is_none() {
        return Ok(None);
    }
    if let Some(Mode::Restricted(allowed)) = &upgrade.mode {
        people("mode.Restricted", allowed, limits::MAX_RESTRICTED)?;
    }
    Ok(Some(Config {
        max_applications: bounded(upgrade.max_applications, config.max_applications)?,
        mode: upgrade.mode.clone().unwrap_or_else(|| config.mode.clone()),
        ..config.clone()
    }))
}

fn bounded(given: Option<u64>, default: u64) -> Result<u64, GrantError> {
    let (given, max) = (given.unwrap_or(default), limits::MAX_APPLICATIONS);
    if given == 0 || given > max {
        return Err(InputFault::Limit { field: "max_applications".to_owned(), given, max }.into());
    }
    Ok(given)
}
