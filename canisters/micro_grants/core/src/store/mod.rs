//! The only writer of stored state: opens it, loads what rules read, applies what they decide.
//!
//! | room | holds |
//! |---|---|
//! | [`layout`] | the regions and the schema |
//! | [`migrations`] | the steps from schema to schema |
//! | `open` | install, open, upgrade |
//! | `views` | records for rules and readers |
//! | `commit` | one change in one go: rows, links, lists, totals, journal |
//! | `verbs_…` | one method per verb: gate, request, view, rule, commit |
//! | `lists` | pages by cursor |
//! | `clock` | due transitions and the job table |
//! | `transfer` | export and import |
//!
//! A write that finds no room traps: the platform takes the whole message back, and no reply can
//! promise what half a write did. Health warns long before.

pub mod layout;
pub mod migrations;

mod clock;
pub(crate) mod commit;
mod lists;
mod open;
mod transfer;
mod verbs_admin;
mod verbs_applications;
mod verbs_grants;
mod verbs_payouts;
mod verbs_programs;
mod views;

pub use clock::{CLOCK_APPLICATION, CLOCK_GRANT, SHELL_JOBS, TickReport};
pub use lists::{ApplicationFilter, ApplicationItem, Page, ReportItem};
pub use open::{Install, OpenFault, Upgrade};
pub(crate) use transfer::principal_of;
pub use transfer::{DOMAINS, StatePage};
pub use verbs_applications::{DraftInput, SubmitInput};
pub use views::{GrantFile, MilestoneFile, ReviewEntry, ReviewFile};

use core::fmt;

use granary_stable::blobs::Blobs;
use granary_stable::cell::RecordCell;
use granary_stable::dedup::{Dedup, Fingerprint, Lookup, Remembered, RequestKey};
use granary_stable::header::HeaderCell;
use granary_stable::history::UpgradeRow;
use granary_stable::jobs::Jobs;
use granary_stable::journal::Journal;
use granary_stable::keys::FixedKey;
use granary_stable::log_ring::LogRing;
use granary_stable::migrate::PlaceCell;
use granary_stable::record::Stored;
use granary_stable::regions::RegionMemory;
use granary_stable::slots::Slots;
use granary_stable::watch::Watch;
use ic_stable_structures::{Memory, StableBTreeMap};

use crate::errors::{GrantError, InputFault, StateFault, SystemFault};
use crate::records::{
    Account, ApplicationRow, Config, Declaration, GrantRow, Milestone, PayoutRow, ProgramBody,
    ProgramRow, Report, Review, RoleGrant, Totals,
};
use crate::rules::gate::{Class, gate};
use crate::rules::{Change, Ctx};
use crate::types::Timestamp;
use transfer::ImportPlace;

/// A region of the canister's memory.
pub(crate) type Vm<M> = RegionMemory<M>;

/// Proof that a verb was applied; the same again when it is repeated with its idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entity created or changed.
    pub id: u64,
    /// Index of the first event.
    pub event: u64,
    /// When it was applied.
    pub at: Timestamp,
}

/// All state of the canister, over any memory.
pub struct Store<M: Memory> {
    pub(crate) header: HeaderCell<Vm<M>>,
    pub(crate) journal: Journal<Vm<M>>,
    pub(crate) dedup: Dedup<Vm<M>>,
    pub(crate) place: PlaceCell<Vm<M>>,
    pub(crate) jobs: Jobs<Vm<M>>,
    pub(crate) log: LogRing<Vm<M>>,
    pub(crate) history: Slots<UpgradeRow, Vm<M>>,
    pub(crate) watch: Slots<Watch, Vm<M>>,
    pub(crate) config: RecordCell<Config, Vm<M>>,
    pub(crate) roles: StableBTreeMap<FixedKey<31>, Stored<RoleGrant>, Vm<M>>,
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
    pub(crate) import: RecordCell<ImportPlace, Vm<M>>,
}

impl<M: Memory> fmt::Debug for Store<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("schema", &self.header.get().schema)
            .field("applications", &self.applications.len())
            .field("events", &self.journal.len())
            .finish_non_exhaustive()
    }
}

/// A request that names itself, so that repeating it is harmless (C11).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    key: &'a str,
    print: Fingerprint,
}

impl<M: Memory> Store<M> {
    /// Gate, request, decision, commit: the course of every verb.
    pub(crate) fn run(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, GrantError>,
    ) -> Result<Receipt, GrantError> {
        gate(self.config(), ctx, class)?;
        let request = match request {
            None => None,
            Some(request) => match self.look_up(ctx, request)? {
                Known::Answered(receipt) => return Ok(receipt),
                Known::Fresh(key) => Some((key, request.print)),
            },
        };
        let change = decide(self)?;
        let receipt = self.commit(change, ctx);
        if let Some((key, print)) = request {
            let Receipt { id, event, at } = receipt;
            let answer = Remembered { id, event, at };
            self.dedup
                .remember(key, print, answer, ctx.now)
                .expect("stable memory is exhausted: the request is taken back");
        }
        Ok(receipt)
    }

    fn look_up(&self, ctx: &Ctx, request: Request<'_>) -> Result<Known, GrantError> {
        let bytes = request.key.len();
        let key = RequestKey::new(ctx.actor.as_slice(), request.key.as_bytes())
            .ok_or(InputFault::KeySize { bytes })?;
        match self.dedup.lookup(key, request.print, ctx.now) {
            Lookup::Repeat(Remembered { id, event, at }) => {
                Ok(Known::Answered(Receipt { id, event, at }))
            }
            Lookup::Conflict => Err(StateFault::IdempotencyConflict.into()),
            Lookup::Fresh => {
                let frees_at = self.dedup.frees_at();
                if self.dedup.used() >= self.dedup.capacity() && ctx.now < frees_at {
                    let retry_after_ns = frees_at.saturating_since(ctx.now).as_nanos();
                    return Err(GrantError::System(SystemFault::DedupFull { retry_after_ns }));
                }
                Ok(Known::Fresh(key))
            }
        }
    }
}

enum Known {
    Answered(Receipt),
    Fresh(RequestKey),
}
