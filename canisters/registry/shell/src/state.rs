//! The one store of this instance, and what the suite's host side asks of this canister.

use std::thread::LocalKey;

use granary_env::suite::{Host, Place};
use granary_health::Check;
use granary_kernel::Report;
use granary_metrics::Exposition;
use granary_units::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;
use registry_core::errors::RegistryError;
use registry_core::invariants;
use registry_core::records::{Event, Role};
use registry_core::store::Store;

use crate::{access, observe};

/// The store over the platform's stable memory.
pub type People = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: Place<People> = const { Place::new(None) };
}

/// This canister.
#[derive(Debug)]
pub enum Here {}

impl Host for Here {
    type Store = People;
    const TRUSTED: &'static [Role] = access::TRUSTED;
    const VALIDATORS: &'static [Role] = access::VALIDATORS;
    const BACKUP: &'static [Role] = access::BACKUP;

    fn place() -> &'static LocalKey<Place<People>> {
        &STATE
    }

    fn event_kind(event: &Event) -> &'static str {
        event.kind.name()
    }

    fn checks(store: &People, _now: Timestamp) -> Vec<Check> {
        observe::checks(store)
    }

    fn invariants(
        store: &People,
        cursor: Option<&[u8]>,
        max_items: u32,
    ) -> Result<Report, RegistryError> {
        Ok(invariants::check(store, cursor, max_items)?)
    }

    fn families(store: &People, text: &mut Exposition) {
        observe::families::write(store, text);
    }

    fn figures(store: &People) -> Vec<(&'static str, String)> {
        observe::figures(store)
    }
}
