//! The steps from schema to schema, in order. Schema 1 is the first, so there is none yet; the
//! next one comes as `s0002_<what>.rs` with its row here, and stays for ever.

use granary_stable::StorageFault;
use granary_stable::migrate::{Migratable, Migrator, Place, Step};
use ic_stable_structures::Memory;

use crate::store::Store;
use crate::store::layout::SCHEMA;

#[cfg(feature = "rehearsal")]
mod s0002_rehearsal;

impl<M: Memory + 'static> Store<M> {
    /// The steps this code knows.
    #[cfg(not(feature = "rehearsal"))]
    pub const STEPS: &'static [Step<Self>] = &[];
    /// The steps of the drill.
    #[cfg(feature = "rehearsal")]
    pub const STEPS: &'static [Step<Self>] = &[s0002_rehearsal::step()];

    /// The migrator towards this code's schema.
    pub const fn migrator() -> Migrator<Self> {
        Migrator::new(Self::STEPS, SCHEMA)
    }
}

impl<M: Memory> Migratable for Store<M> {
    fn schema(&self) -> u32 {
        self.header.get().schema
    }

    fn set_schema(&mut self, schema: u32) -> Result<(), StorageFault> {
        self.header.update(|header| header.schema = schema)
    }

    fn place(&self) -> Option<Place> {
        self.place.get().cloned()
    }

    fn set_place(&mut self, place: Option<Place>) -> Result<(), StorageFault> {
        self.place.set(place)
    }
}
