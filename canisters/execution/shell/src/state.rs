//! The one store of this instance, and what it shows to the suite's host.

use core::cell::RefCell;
use std::thread::LocalKey;

use candid::Principal;
use execution_core::errors::ExecutionError;
use execution_core::records::{Event, Role};
use execution_core::store::Store;
use execution_core::{invariants, limits};
use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::{Ctx, Report};
use granary_metrics::Exposition;
use granary_resilience::cache::TtlCache;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Hands = Store<DefaultMemoryImpl>;

/// Ledgers whose fee is remembered.
const FEES: usize = 32;

thread_local! {
    static STATE: Place<Hands> = const { Place::new(None) };
    /// Never the truth: a ledger says `BadFee` to whoever remembers wrongly, and is believed.
    static VOLATILE_FEES: RefCell<TtlCache<Principal, u128>> =
        const { RefCell::new(TtlCache::new(FEES, limits::FEE_TTL)) };
}

/// The ledger's fee, when it was asked lately.
pub fn known_fee(ledger: Principal, now: Timestamp) -> Option<u128> {
    VOLATILE_FEES.with_borrow_mut(|fees| fees.get(&ledger, now).copied())
}

/// Remembers the ledger's fee for a while.
pub fn keep_fee(ledger: Principal, fee: u128, now: Timestamp) {
    VOLATILE_FEES.with_borrow_mut(|fees| fees.insert(ledger, fee, now));
}

/// Forgets the ledger's fee: it said that it is another one.
pub fn forget_fee(ledger: &Principal) {
    VOLATILE_FEES.with_borrow_mut(|fees| fees.remove(ledger));
}

/// How the memory of fees does: answered, not answered.
pub fn fee_cache() -> (u64, u64) {
    let stats = VOLATILE_FEES.with_borrow(TtlCache::stats);
    (stats.hits, stats.misses)
}

/// This canister, for everything every canister does alike.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Hands;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Hands>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Hands, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Hands,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, ExecutionError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &Hands, text: &mut Exposition) {
        observe::families::own(store, text);
    }

    fn figures(store: &Hands) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Hands, ctx: &Ctx) {
        store.ensure_looks(ctx);
    }

    fn run_job(store: &mut Hands, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
