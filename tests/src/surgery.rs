//! Stable memory, opened on the table: what only another release could have written.

use std::{cell::RefCell, rc::Rc};

use granary_stable::{
    header::{Header, HeaderCell},
    layout,
};
use ic_stable_structures::{VectorMemory, memory_manager::MemoryManager};
use pocket_ic::common::rest::BlobCompression;

use crate::world::World;

/// The state of a canister, read once: what is done to it is done to this copy and can be taken
/// back. Reading it takes the better part of a second.
pub struct Opened<'w> {
    world: &'w World,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl<'w> Opened<'w> {
    /// Reads the state as it is now.
    pub fn new(world: &'w World) -> Self {
        Self { world, bytes: world.network().get_stable_memory(world.canister) }
    }

    /// What was read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the canister this memory instead.
    pub fn put(&self, bytes: Vec<u8>) {
        let World { canister, .. } = *self.world;
        self.world.network().set_stable_memory(canister, bytes, BlobCompression::NoCompression);
    }

    /// Gives the canister what was read, with another header.
    ///
    /// # Panics
    /// When the state has no header.
    pub fn put_with_header(&self, change: impl FnOnce(&mut Header)) {
        let memory: VectorMemory = Rc::new(RefCell::new(self.bytes.clone()));
        {
            let manager =
                MemoryManager::init_with_bucket_size(Rc::clone(&memory), layout::BUCKET_PAGES);
            let kind = self.world.subject().name;
            let mut header = HeaderCell::open(manager.get(layout::HEADER), kind, u32::MAX)
                .expect("the state has a header");
            header.update(change).expect("the header has room");
        }
        self.put(memory.take());
    }

    /// Gives the canister back what was read.
    pub fn close(self) {
        let Self { world, bytes } = self;
        let compression = BlobCompression::NoCompression;
        world.network().set_stable_memory(world.canister, bytes, compression);
    }
}
