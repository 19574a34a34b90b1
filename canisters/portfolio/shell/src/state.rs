//! The one store of this instance, and what it shows to the suite's host.

use core::cell::RefCell;
use std::thread::LocalKey;

use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::{Ctx, Hash, Report};
use granary_metrics::Exposition;
use granary_proof::certified::Labelled;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;
use portfolio_core::errors::PortfolioError;
use portfolio_core::invariants;
use portfolio_core::records::{Event, Role};
use portfolio_core::store::Store;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Books = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<Books> = const { Place::new(None) };
    static SHOWN: RefCell<Option<Labelled>> = const { RefCell::new(None) };
}

/// The tree the subnet certifies: the journal's head and the newest commitment, each under its
/// label. Only the part that changed is hashed anew.
pub fn labelled<T>(store: &Books, look: impl FnOnce(&Labelled) -> T) -> T {
    let (head, commitment) = (store.journal_head().1, store.commitment_hash());
    SHOWN.with_borrow_mut(|shown| {
        let tree = shown.get_or_insert_with(|| Labelled::new(head, commitment));
        tree.set_journal(head);
        tree.set_commitment(commitment);
        look(tree)
    })
}

/// This canister, for everything every canister does alike.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Books;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Books>> {
        &STATE
    }

    fn certified(store: &Books) -> Hash {
        labelled(store, Labelled::root)
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Books, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Books,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, PortfolioError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &Books, text: &mut Exposition) {
        observe::families::own(store, text);
    }

    fn figures(store: &Books) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Books, _ctx: &Ctx) {
        // No job: what health asks of the assets is read once, in the first beat.
        store.learn();
    }

    fn run_job(store: &mut Books, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
