//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install and upgrade |
//! | `views` | records for rules and readers |
//! | `commit` | one change in one go: rows, links, trees, totals, jobs, journal |
//! | `verbs_…` | one method per verb: gate, request, view, rule, commit |
//! | `lists` | pages by cursor, statements |
//! | `alarms` | what health asks of every asset, kept on the heap |
//! | `transfer` | export and import |
//! | `proof_…` | outputs, prices, commitments |
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod alarms;
mod commit;
mod commitment_fold;
mod commitment_views;
mod headers;
mod lists;
mod open;
mod prices;
mod proof_commit;
mod proof_state;
mod transfer;
mod utxo_lists;
mod utxos;
mod verbs_books;
mod verbs_reconcile;
mod views;

pub use alarms::Alarms;
pub use commitment_views::{Consistency, Proved};
pub use headers::{ChainView, Included};
pub use lists::{EntryFilter, EntryView, LineView, Position, Statement, StatementArgs};
pub use open::{Settings, Tuning};
pub use prices::{PRICE, PriceTicket, PriceView, Valuation, ValuationLine};
pub use proof_state::{COMMIT, ProofFamily};
pub use transfer::Family;
pub use utxo_lists::UtxoView;
pub use utxos::{SyncInput, Synced};
pub use verbs_books::{OpenInput, PostInput, PostingInput, ReferenceInput};
pub use verbs_reconcile::{Progress, RECONCILE, Ticket};

use core::ops::{Deref, DerefMut};

use granary_kernel::{
    Canister, CanisterStore, Ctx, Done, Kernel, KernelEvent, OpenFault, Places, Vm,
};
use granary_stable::index::Index;
use granary_stable::jobs::Job;
use granary_stable::migrate::Step;
use granary_stable::regions::Regions;
use granary_stable::slots::Slots;
use ic_stable_structures::Memory;

use crate::errors::PortfolioError;
use crate::records::{
    AccountRow, AssetRow, Config, EntryRow, Event, ExternalRef, PostingRow, ReconciliationRow,
    Role, Totals,
};
use crate::types::Owner;
use alarms::VolatileAlarms;
use proof_state::ProofState;

/// The kind of canister the books are.
#[derive(Debug)]
pub enum Portfolio {}

impl Canister for Portfolio {
    type Settings = Config;
    type Role = Role;
    type Event = Event;
    const KIND: &'static str = layout::KIND;
    const SCHEMA: u32 = layout::SCHEMA;
    const PLACES: Places =
        Places { config: layout::CONFIG, roles: layout::ROLES, import: layout::IMPORT };
    const DEDUP_CAPACITY: u32 = layout::DEDUP_CAPACITY;
    const LOG_LINES: u64 = layout::LOG_LINES;
    const PEERS: &'static [&'static str] = &["price_oracle"];

    fn event(event: KernelEvent<'_, Config>) -> Event {
        Event::of_kernel(&event)
    }

    fn subject(event: &Event) -> u64 {
        event.subject
    }
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    kernel: Kernel<M, Portfolio>,
    pub(crate) assets: Slots<AssetRow, Vm<M>>,
    pub(crate) accounts: Slots<AccountRow, Vm<M>>,
    pub(crate) owners: Index<{ Owner::KEY_BYTES }, Vm<M>>,
    pub(crate) entries: Slots<EntryRow, Vm<M>>,
    pub(crate) postings: Slots<PostingRow, Vm<M>>,
    pub(crate) references: Index<{ ExternalRef::KEY_BYTES }, Vm<M>>,
    pub(crate) reconciliations: Slots<ReconciliationRow, Vm<M>>,
    pub(crate) totals: Slots<Totals, Vm<M>>,
    pub(crate) proofs: ProofState<M>,
    pub(crate) alarms: VolatileAlarms,
}

impl<M: Memory> core::fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store")
            .field("kernel", &self.kernel)
            .field("accounts", &self.accounts.len())
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl<M: Memory> Deref for Store<M> {
    type Target = Kernel<M, Portfolio>;
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
    type Canister = Portfolio;
    type Error = PortfolioError;
    const STEPS: &'static [Step<Self>] = migrations::Steps::<M>::ALL;

    fn assemble(kernel: Kernel<M, Portfolio>, regions: &Regions<M>) -> Result<Self, OpenFault> {
        let at = |id| regions.get(id);
        Ok(Self {
            kernel,
            assets: Slots::open(at(layout::ASSETS))?,
            accounts: Slots::open(at(layout::ACCOUNTS))?,
            owners: Index::open(at(layout::OWNERS))?,
            entries: Slots::open(at(layout::ENTRIES))?,
            postings: Slots::open(at(layout::POSTINGS))?,
            references: Index::open(at(layout::REFERENCES))?,
            reconciliations: Slots::open(at(layout::RECONCILIATIONS))?,
            totals: Slots::open(at(layout::TOTALS))?,
            proofs: ProofState::open(regions)?,
            alarms: VolatileAlarms::default(),
        })
    }

    fn records(&self) -> u64 {
        self.entries.len().saturating_add(self.accounts.len())
    }

    fn run_job(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, PortfolioError> {
        Ok(self.run_proof_job(ctx, job))
    }
}
