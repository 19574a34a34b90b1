//! The one store of this instance, and what it shows to the suite's host.

use std::thread::LocalKey;

use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::{Ctx, Report};
use granary_metrics::Exposition;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;
use risk_guard_core::errors::GuardError;
use risk_guard_core::invariants;
use risk_guard_core::records::{Event, Role};
use risk_guard_core::store::Store;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Guard = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<Guard> = const { Place::new(None) };
}

/// This canister, for everything every canister does alike.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Guard;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Guard>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Guard, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Guard,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, GuardError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &Guard, text: &mut Exposition) {
        observe::families::write(store, text);
    }

    fn figures(store: &Guard) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Guard, ctx: &Ctx) {
        tasks::ensure(store, ctx);
    }

    fn run_job(store: &mut Guard, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
