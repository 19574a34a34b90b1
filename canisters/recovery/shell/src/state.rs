//! The one store of this instance, and what the suite's host side asks of this canister.

use std::thread::LocalKey;

use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::{Ctx, Report};
use granary_metrics::Exposition;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;
use recovery_core::errors::RecoveryError;
use recovery_core::invariants;
use recovery_core::records::{Event, Role};
use recovery_core::store::Store;

use crate::{access, observe, tasks};

/// The store over the platform's stable memory.
pub type Healer = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<Healer> = const { Place::new(None) };
}

/// This canister.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = Healer;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<Healer>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &Healer, now: Timestamp) -> Vec<Check> {
        observe::checks(store, now)
    }

    fn invariants(
        store: &Healer,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, RecoveryError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &Healer, text: &mut Exposition) {
        observe::families::write(store, text);
    }

    fn figures(store: &Healer) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }

    fn ensure_jobs(store: &mut Healer, ctx: &Ctx) {
        store.ensure_watch(ctx);
    }

    fn run_job(store: &mut Healer, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
        tasks::run(store, ctx, job)
    }
}
