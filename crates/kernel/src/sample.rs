//! A small canister over the kernel, for the kernel's own tests: clerks write notes, and a job
//! marks each one read after a while.

use core::ops::{Deref, DerefMut};

use candid::Principal;
use granary_stable::jobs::Job;
use granary_stable::migrate::Step;
use granary_stable::record::Record;
use granary_stable::regions::Regions;
use granary_stable::slots::{Slot, Slots};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;
use ic_stable_structures::memory_manager::MemoryId;
use minicbor::{Decode, Encode};

use crate::base::{Base, Profile, Settings};
use crate::canister::{Canister, CanisterStore, KernelEvent, Places};
use crate::ctx::{Ctx, Receipt};
use crate::fault::Fault;
use crate::gate::Class;
use crate::jobs::Done;
use crate::open::{self, Install, OpenFault, Upgrade};
use crate::requests::{Request, run};
use crate::roles::Role;
use crate::row::{RowReader, RowWriter};
use crate::state::{Kernel, NO_ROOM, Vm};
use crate::transfer::{Domain, Families, Found, Held, tools};

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 9])
}

pub(crate) fn governor() -> Principal {
    person(1)
}

pub(crate) fn clerk() -> Principal {
    person(2)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: 3 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SampleRole {
    Clerk,
    Governor,
}

impl Role for SampleRole {
    const ALL: &'static [Self] = &[Self::Clerk, Self::Governor];
    const GOVERNOR: Self = Self::Governor;
    fn name(self) -> &'static str {
        match self {
            Self::Clerk => "Clerk",
            Self::Governor => "Governor",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SampleConfig {
    #[n(0)]
    base: Base,
    #[n(1)]
    pub(crate) most: u64,
}

impl Record for SampleConfig {
    const NAME: &'static str = "sample configuration";
    const VERSION: u8 = 1;
}

impl Settings for SampleConfig {
    fn base(&self) -> &Base {
        &self.base
    }
    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

/// What the sample's journal keeps: words, so that tests read well.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SampleEvent {
    #[n(0)]
    pub(crate) subject: u64,
    #[n(1)]
    pub(crate) text: String,
}

impl Record for SampleEvent {
    const NAME: &'static str = "sample event";
    const VERSION: u8 = 1;
}

#[derive(Debug)]
pub(crate) enum Sample {}

impl Canister for Sample {
    type Settings = SampleConfig;
    type Role = SampleRole;
    type Event = SampleEvent;
    const KIND: &'static str = "sample";
    const SCHEMA: u32 = 1;
    const PLACES: Places =
        Places { config: MemoryId::new(10), roles: MemoryId::new(11), import: MemoryId::new(12) };
    const DEDUP_CAPACITY: u32 = 4;
    const LOG_LINES: u64 = 8;
    const PEERS: &'static [&'static str] = &["books", "ledger"];

    fn event(event: KernelEvent<'_, SampleConfig>) -> SampleEvent {
        let (kind, parts) = (format!("{event:?}"), event.parts());
        let kind = kind.split([' ', '{']).next().unwrap_or_default().to_owned();
        let text = match parts.name {
            Some(name) => format!("{kind} {name}"),
            None => kind,
        };
        SampleEvent { subject: parts.subject, text }
    }

    fn subject(event: &SampleEvent) -> u64 {
        event.subject
    }
}

/// A note: its length as its content, and whether it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) weight: u64,
    pub(crate) is_read: bool,
}

impl Slot for Note {
    const SIZE: u32 = 16;
    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1).u64(self.weight).u8(self.is_read.into());
    }
    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "note");
        Self { weight: row.u64(), is_read: row.u8() != 0 }
    }
}

#[derive(Debug)]
pub(crate) struct SampleStore {
    kernel: Kernel<VectorMemory, Sample>,
    pub(crate) notes: Slots<Note, Vm<VectorMemory>>,
}

impl Deref for SampleStore {
    type Target = Kernel<VectorMemory, Sample>;
    fn deref(&self) -> &Self::Target {
        &self.kernel
    }
}

impl DerefMut for SampleStore {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.kernel
    }
}

impl CanisterStore for SampleStore {
    type Memory = VectorMemory;
    type Canister = Sample;
    type Error = Fault;
    const STEPS: &'static [Step<Self>] = &[];

    fn assemble(
        kernel: Kernel<VectorMemory, Sample>,
        regions: &Regions<VectorMemory>,
    ) -> Result<Self, OpenFault> {
        Ok(Self { kernel, notes: Slots::open(regions.get(MemoryId::new(13)))? })
    }

    fn records(&self) -> u64 {
        self.notes.len()
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, Fault> {
        let slot = job.name.key;
        let Some(note) = self.notes.get(slot) else {
            return Err(Fault::Busy { what: "a note that is missing" });
        };
        if note.is_read {
            return Ok(Done { applied: false, next: None });
        }
        self.notes.set(slot, &Note { is_read: true, ..note })?;
        self.record(&[SampleEvent { subject: slot + 1, text: "Read".to_owned() }], ctx);
        Ok(Done { applied: true, next: None })
    }
}

impl SampleStore {
    /// Weights of notes live this long unread.
    pub(crate) const READ_AFTER: u64 = 1_000;

    pub(crate) fn install(memory: VectorMemory, importing: bool) -> Result<Self, OpenFault> {
        let ctx = at(5, person(77));
        open::install(memory, install(importing), &ctx, |base| Ok(configure(base)), |_| Ok(()))
    }

    pub(crate) fn upgrade(
        memory: VectorMemory,
        upgrade: Upgrade,
        most: u64,
    ) -> Result<Self, OpenFault> {
        open::upgrade(memory, upgrade, &at(6, governor()), |config| {
            Ok(SampleConfig { most, ..config })
        })
    }

    pub(crate) fn write(
        &mut self,
        ctx: &Ctx,
        weight: u64,
        request: Option<Request<'_>>,
    ) -> Result<Receipt, Fault> {
        let decide = |store: &Self| {
            store.need_role(ctx, &[SampleRole::Clerk])?;
            crate::checks::at_most("weight", weight, store.config().most)?;
            Ok(Note { weight, is_read: false })
        };
        run(self, ctx, Class::New, request, decide, |store, note, ctx| {
            let slot = store.notes.push(&note).expect(NO_ROOM);
            store.ensure_job(1, slot, Timestamp::from_nanos(ctx.now.as_nanos() + Self::READ_AFTER));
            store.record(&[SampleEvent { subject: slot + 1, text: "Written".to_owned() }], ctx)
        })
    }

    /// What the journal says, oldest first.
    pub(crate) fn story(&self) -> Vec<String> {
        (0..self.journal_head().0).filter_map(|at| Some(self.event(at)?.1.text)).collect()
    }
}

pub(crate) fn install(importing: bool) -> Install<SampleRole> {
    Install {
        governor: governor(),
        roles: vec![(SampleRole::Clerk, clerk())],
        profile: Profile::Testing,
        importing,
        peers: vec![],
        code_version: "1.0.0".to_owned(),
    }
}

pub(crate) const fn configure(base: Base) -> SampleConfig {
    SampleConfig { base, most: 100 }
}

/// The one family of the sample's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notes;

impl Families for SampleStore {
    type Family = Notes;
    const DOMAINS: &'static [Domain<Notes>] = &[
        Domain { name: "config", families: &[Held::Config] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain { name: "notes", families: &[Held::Own(Notes)] },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(Notes: Notes) -> u8 {
        2
    }
    fn record_from(&self, Notes: Notes, from: &[u8]) -> Found {
        tools::row(&self.notes, from, |note| tools::bytes_of(&note))
    }
    fn rows(&self, Notes: Notes) -> Option<u64> {
        Some(self.notes.len())
    }
    fn fits(Notes: Notes, _: &[u8], value: &[u8]) -> bool {
        tools::sized::<Note>(value)
    }
    fn put_record(&mut self, Notes: Notes, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let slot = self.notes.push(&Note::read(value))?;
        tools::check_slot(key, slot)
    }
}
