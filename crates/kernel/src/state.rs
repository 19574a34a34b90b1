//! The kernel's regions, what reads them and what writes them.

use core::fmt;
use core::marker::PhantomData;

use candid::Principal;
use granary_stable::StorageFault;
use granary_stable::cell::RecordCell;
use granary_stable::dedup::Dedup;
use granary_stable::header::{Header, HeaderCell};
use granary_stable::history::UpgradeRow;
use granary_stable::jobs::{Job, JobCounts, JobFault, JobRef, JobState, Jobs};
use granary_stable::journal::{self, Journal, NewEvent};
use granary_stable::keys::PrincipalBytes;
use granary_stable::layout as suite;
use granary_stable::log_ring::{Level, Line, LogRing, NewLine};
use granary_stable::migrate::{self, Migratable, Place, PlaceCell};
use granary_stable::record::{self, Stored};
use granary_stable::regions::{RegionMemory, Regions};
use granary_stable::slots::Slots;
use granary_stable::watch::Watch;
use granary_units::Timestamp;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::base::{Base, Drain, Mode, Peer, Settings};
use crate::canister::{Canister, KernelEvent};
use crate::ctx::{Ctx, Receipt};
use crate::fault::Fault;
use crate::gate::{Class, gate};
use crate::jobs::RETRY;
use crate::open::OpenFault;
use crate::roles::{Role, RoleGrant, RoleKey, role_key, role_of};
use crate::row::damaged;
use crate::transfer::ImportPlace;
use crate::verbs::{self, RoleView};
use crate::{Hash, limits};

/// A region of the canister's memory.
pub type Vm<M> = RegionMemory<M>;

/// Why a write may end the message: the platform takes the whole message back, and no reply can
/// promise what half a write did. Health warns long before.
pub const NO_ROOM: &str = "stable memory is exhausted: the request is taken back";

/// What every canister keeps, over any memory.
pub struct Kernel<M: Memory, C: Canister> {
    pub(crate) header: HeaderCell<Vm<M>>,
    pub(crate) journal: Journal<Vm<M>>,
    pub(crate) dedup: Dedup<Vm<M>>,
    pub(crate) place: PlaceCell<Vm<M>>,
    pub(crate) jobs: Jobs<Vm<M>>,
    pub(crate) log: LogRing<Vm<M>>,
    pub(crate) history: Slots<UpgradeRow, Vm<M>>,
    pub(crate) watch: Slots<Watch, Vm<M>>,
    pub(crate) config: RecordCell<C::Settings, Vm<M>>,
    pub(crate) roles: StableBTreeMap<RoleKey, Stored<RoleGrant>, Vm<M>>,
    pub(crate) import: RecordCell<ImportPlace, Vm<M>>,
    /// Told by the upgrade that opened this instance, and never stored: a rehearsal leaves no trace
    /// in the state, and the next upgrade ends it.
    pub(crate) is_rehearsing: bool,
    kind: PhantomData<fn() -> C>,
}

impl<M: Memory, C: Canister> fmt::Debug for Kernel<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(C::KIND)
            .field("schema", &self.header.get().schema)
            .field("events", &self.journal.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory, C: Canister> Kernel<M, C> {
    pub(crate) fn regions(
        regions: &Regions<M>,
        header: HeaderCell<Vm<M>>,
    ) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            header,
            journal: Journal::open(at(suite::JOURNAL_INDEX), at(suite::JOURNAL_DATA)),
            dedup: Dedup::open(at(suite::DEDUP), C::DEDUP_CAPACITY, limits::DEDUP_WINDOW)?,
            place: migrate::open_place(at(suite::MIGRATION))?,
            jobs: Jobs::open(at(suite::JOBS)),
            log: LogRing::open(at(suite::LOG_RING), C::LOG_LINES)?,
            history: Slots::open(at(suite::HISTORY))?,
            watch: granary_stable::watch::open(at(suite::WATCH))?,
            config: RecordCell::open(at(C::PLACES.config))?,
            roles: StableBTreeMap::init(at(C::PLACES.roles)),
            import: RecordCell::open(at(C::PLACES.import))?,
            is_rehearsing: false,
            kind: PhantomData,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &C::Settings {
        self.config.get().unwrap_or_else(damaged)
    }

    /// The common part of the configuration.
    pub fn base(&self) -> &Base {
        self.config().base()
    }

    /// What the state belongs to.
    pub const fn header(&self) -> &Header {
        self.header.get()
    }

    /// Number of events and hash of the newest.
    pub const fn journal_head(&self) -> (u64, Hash) {
        (self.journal.len(), self.journal.head())
    }

    /// Event `index` as the journal keeps it, with its payload; none beyond the end.
    pub fn event(&self, index: u64) -> Option<(journal::Event, C::Event)> {
        let event = self.journal.get(index)?.unwrap_or_else(|fault| panic!("BUG: {fault}"));
        let payload = record::decode_or_trap(&event.payload);
        Some((event, payload))
    }

    /// Event `index` as it is stored and hashed.
    pub fn event_bytes(&self, index: u64) -> Option<Vec<u8>> {
        self.journal.stored(index)
    }

    /// Upgrades that took effect, from number `start` (the first is 0).
    pub fn upgrades(&self, start: u64, limit: u32) -> Vec<(u64, UpgradeRow)> {
        let limit = usize::try_from(limit.min(limits::MAX_PAGE)).unwrap_or(0);
        self.history.iter_from(start).take(limit).collect()
    }

    /// What the health job has seen.
    pub fn watch(&self) -> Watch {
        self.watch.get(0).unwrap_or_else(damaged)
    }

    /// Keeps what the health job has seen; a full memory traps as every write does.
    pub fn set_watch(&mut self, seen: &Watch) {
        self.watch.set(0, seen).unwrap_or_else(|fault| panic!("BUG: {fault}"));
    }

    /// Writes a log line. A full memory loses the line, never the message.
    pub fn log(&mut self, line: &NewLine<'_>) {
        // Nothing to do about a full memory here, and nothing was promised.
        self.log.push(line).ok();
    }

    /// Log lines from `start` of at least `level`, and where to go on.
    pub fn log_page(&self, start: u64, level: Level, limit: u32) -> (Vec<Line>, Option<u64>) {
        let limit = usize::try_from(limit.clamp(1, limits::MAX_EVENT_PAGE)).unwrap_or(1);
        self.log.page(start, level, limit, 1_000)
    }

    /// True when `holder` has `role`.
    pub fn has_role(&self, role: C::Role, holder: &Principal) -> bool {
        self.roles.contains_key(&role_key(role, holder))
    }

    /// The grant of `role` to `holder`; none when they do not have it. What stands on a role (an
    /// approval, an authorisation) stands on one grant of it: `since` tells it from a later one.
    pub fn role_grant(&self, role: C::Role, holder: &Principal) -> Option<RoleGrant> {
        self.roles.get(&role_key(role, holder)).map(|grant| grant.0)
    }

    /// Refuses everybody without one of the roles.
    pub fn need_role(&self, ctx: &Ctx, any_of: &[C::Role]) -> Result<(), Fault> {
        if any_of.iter().any(|role| self.has_role(*role, &ctx.actor)) {
            return Ok(());
        }
        Err(Fault::needs(any_of))
    }

    /// Refuses what identity, rehearsal, phase, mode or drain do not allow: before every verb.
    pub fn gate(&self, ctx: &Ctx, class: Class) -> Result<(), Fault> {
        gate(self.base(), self.is_rehearsing, ctx, class)
    }

    /// True from an upgrade that said so to the next: the canister is a copy on which an upgrade is
    /// tried. It answers questions and migrates; it takes no work and does none.
    pub const fn is_rehearsing(&self) -> bool {
        self.is_rehearsing
    }

    /// Refuses in a rehearsal what no gate stands before.
    pub const fn need_no_rehearsal(&self) -> Result<(), Fault> {
        if self.is_rehearsing { Err(Fault::Rehearsing) } else { Ok(()) }
    }

    /// True when the actor governs.
    pub fn is_governor(&self, ctx: &Ctx) -> bool {
        self.has_role(C::Role::GOVERNOR, &ctx.actor)
    }

    /// Every role grant; bounded by [`limits::MAX_ROLE_GRANTS`].
    pub fn roles(&self) -> Vec<(C::Role, Principal, RoleGrant)> {
        self.roles
            .iter()
            .filter_map(|entry| {
                let (role, holder) = role_of(entry.key())?;
                Some((role, holder, entry.value().0))
            })
            .collect()
    }

    /// The drain in progress, unless its deadline has passed.
    pub fn drain(&self, now: Timestamp) -> Option<Drain> {
        self.base().drain_at(now)
    }

    /// The canisters known by name.
    pub fn peers(&self) -> &[Peer] {
        &self.base().peers
    }

    /// Where the peer `name` is; refused until the governor has told.
    pub fn peer(&self, name: &'static str) -> Result<Principal, Fault> {
        self.base().peer(name).ok_or(Fault::PeerUnset { name })
    }

    /// How many jobs stand where; O(1) from the first beat after an upgrade on.
    pub fn job_counts(&self) -> JobCounts {
        self.jobs.counts()
    }

    /// The job, if it is known.
    pub fn job(&self, name: JobRef) -> Option<Job> {
        self.jobs.get(name)
    }

    /// At most `limit` jobs by kind and key, from behind `after`.
    pub fn jobs(&self, after: Option<JobRef>, limit: usize) -> Vec<Job> {
        self.jobs.page(after, limit)
    }

    /// Wants a job done at `due_at`, or earlier if it is wanted earlier already.
    pub fn ensure_job(&mut self, kind: u16, key: u64, due_at: Timestamp) -> Job {
        self.jobs.ensure(JobRef { kind, key }, due_at)
    }

    /// A person wants a job that failed for good tried again.
    pub fn requeue_job(&mut self, name: JobRef, due_at: Timestamp) -> Result<Job, JobFault> {
        self.jobs.requeue(name, due_at)
    }

    /// The job is done; with `next` it runs again then.
    pub fn finish_job(
        &mut self,
        ctx: &Ctx,
        job: &Job,
        next: Option<Timestamp>,
    ) -> Result<(), JobFault> {
        match next {
            Some(at) => self.jobs.again(job, at),
            None => self.jobs.finish(job, ctx.now),
        }
    }

    /// The job failed; it is tried again later or becomes a dead letter.
    pub fn fail_job(&mut self, ctx: &Ctx, job: &Job, error: &str) -> Result<JobState, JobFault> {
        self.jobs.fail(job, ctx.now, error, RETRY)
    }

    /// When the job table must be looked at again.
    pub fn next_job_due(&self) -> Option<Timestamp> {
        self.jobs.next_due()
    }

    /// Appends `events` to the journal; the first makes the receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub fn record(&mut self, events: &[C::Event], ctx: &Ctx) -> Receipt {
        let id = events.first().map_or(0, C::subject);
        let receipt = Receipt { id, event: self.journal.len(), at: ctx.now };
        let actor = PrincipalBytes::from_slice(ctx.actor.as_slice()).unwrap_or_else(damaged);
        for event in events {
            let payload = record::encode(event);
            let event = NewEvent { at: ctx.now, actor, trace_id: ctx.trace_id, payload: &payload };
            self.journal.append(&event).expect(NO_ROOM);
        }
        receipt
    }

    /// Replaces the configuration.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub fn set_config(&mut self, config: C::Settings) {
        self.config.set(Some(config)).expect(NO_ROOM);
    }

    pub(crate) fn set_base(&mut self, base: Base) {
        self.set_config(self.config().with_base(base));
    }

    pub(crate) fn put_role(&mut self, role: C::Role, holder: &Principal, grant: Option<RoleGrant>) {
        let key = role_key(role, holder);
        match grant {
            Some(grant) => self.roles.insert(key, Stored(grant)),
            None => self.roles.remove(&key),
        };
    }
}

/// Verbs of the governor.
impl<M: Memory, C: Canister> Kernel<M, C> {
    /// Gives or takes a role.
    pub fn set_role(
        &mut self,
        ctx: &Ctx,
        role: C::Role,
        holder: Principal,
        granted: bool,
    ) -> Result<Receipt, Fault> {
        self.govern(ctx, Class::Governance)?;
        let governors = self.roles().iter().filter(|(r, ..)| *r == C::Role::GOVERNOR).count();
        let view = RoleView {
            held: self.has_role(role, &holder),
            governors: u64::try_from(governors).unwrap_or(u64::MAX),
            grants: self.roles.len(),
        };
        let grant = verbs::set_role(&view, role, &holder, granted, ctx)?;
        self.put_role(role, &holder, grant);
        let role = role.name();
        Ok(self.say(
            if granted {
                KernelEvent::RoleGranted { holder, role }
            } else {
                KernelEvent::RoleRevoked { holder, role }
            },
            ctx,
        ))
    }

    /// Changes what the canister still does.
    pub fn set_mode(&mut self, ctx: &Ctx, mode: Mode, reason: &str) -> Result<Receipt, Fault> {
        self.govern(ctx, Class::Governance)?;
        let (base, reason) = verbs::set_mode(self.base(), mode, reason)?;
        let mode = base.mode.name();
        self.set_base(base);
        Ok(self.say(KernelEvent::ModeChanged { mode, reason }, ctx))
    }

    /// Starts the drain `epoch`, or prolongs it.
    pub fn prepare_upgrade(
        &mut self,
        ctx: &Ctx,
        epoch: u64,
        deadline: Timestamp,
    ) -> Result<Receipt, Fault> {
        self.govern(ctx, Class::Lifecycle)?;
        self.set_base(verbs::prepare_upgrade(self.base(), epoch, deadline, ctx)?);
        Ok(self.say(KernelEvent::DrainStarted { epoch }, ctx))
    }

    /// Ends the drain `epoch`; after a restore it also makes leases of lost messages void.
    pub fn resume(&mut self, ctx: &Ctx, epoch: u64, restored: bool) -> Result<Receipt, Fault> {
        self.govern(ctx, Class::Lifecycle)?;
        self.set_base(verbs::resume(self.base(), epoch, restored)?);
        let receipt = self.say(KernelEvent::DrainEnded { epoch }, ctx);
        if restored {
            self.say(KernelEvent::SnapshotRestored { epoch }, ctx);
            while self.jobs.release_leases(ctx.now, 100) == 100 {}
            let count = |header: &mut Header| {
                header.restore_epoch = header.restore_epoch.saturating_add(1);
            };
            self.header.update(count).expect(NO_ROOM);
        }
        Ok(receipt)
    }

    /// Says where the peer `name` is, or forgets it.
    pub fn set_peer(
        &mut self,
        ctx: &Ctx,
        name: &str,
        canister: Option<Principal>,
    ) -> Result<Receipt, Fault> {
        self.govern(ctx, Class::Governance)?;
        self.set_base(verbs::set_peer(self.base(), name, canister, C::PEERS)?);
        Ok(self.say(KernelEvent::PeerChanged { name, canister }, ctx))
    }

    fn govern(&self, ctx: &Ctx, class: Class) -> Result<(), Fault> {
        self.gate(ctx, class)?;
        self.need_role(ctx, &[C::Role::GOVERNOR])
    }

    pub(crate) fn say(&mut self, event: KernelEvent<'_, C::Settings>, ctx: &Ctx) -> Receipt {
        let event = C::event(event);
        self.record(&[event], ctx)
    }
}

impl<M: Memory, C: Canister> Migratable for Kernel<M, C> {
    fn schema(&self) -> u32 {
        self.header.get().schema
    }

    fn set_schema(&mut self, schema: u32) -> Result<(), StorageFault> {
        self.header.update(|header| header.schema = schema)
    }

    fn place(&self) -> Option<Place> {
        self.place.get().cloned()
    }

    fn set_place(&mut self, place: Option<Place>) -> Result<(), StorageFault> {
        self.place.set(place)
    }
}
