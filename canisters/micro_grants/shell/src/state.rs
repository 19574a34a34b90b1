//! The one store of this instance, and what the suite's host side asks of this canister.

use std::thread::LocalKey;

use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::Ctx;
use granary_metrics::Exposition;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;
use micro_grants_core::errors::GrantError;
use micro_grants_core::invariants::{self, Report};
use micro_grants_core::records::{Event, Role};
use micro_grants_core::store::Store;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Grants = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<Grants> = const { Place::new(None) };
}

/// This canister.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Grants;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Grants>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Grants, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Grants,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, GrantError> {
        invariants::check(store, cursor, max_items)
    }

    fn families(store: &Grants, text: &mut Exposition) {
        observe::families::write(store, text);
    }

    fn figures(store: &Grants) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Grants, ctx: &Ctx) {
        tasks::ensure(store, ctx);
    }

    fn run_job(store: &mut Grants, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
