//! The one store of this instance, and what it shows to the suite's host.

use std::thread::LocalKey;

use governor_core::errors::GovernorError;
use governor_core::invariants;
use governor_core::records::{Event, Role};
use governor_core::store::Store;
use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::{Ctx, Report};
use granary_metrics::Exposition;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Constitution = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<Constitution> = const { Place::new(None) };
}

/// This canister, for everything every canister does alike.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Constitution;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Constitution>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Constitution, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Constitution,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, GovernorError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &Constitution, text: &mut Exposition) {
        observe::families::own(store, granary_env::message::now(), text);
    }

    fn figures(store: &Constitution) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Constitution, ctx: &Ctx) {
        tasks::ensure(store, ctx);
    }

    fn run_job(
        store: &mut Constitution,
        ctx: &Ctx,
        job: &Job,
    ) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
