//! Stable memory, opened on the table: what only another release could have written.

use std::{cell::RefCell, rc::Rc};

use granary_stable::{
    header::{Header, HeaderCell},
    layout,
};
use ic_stable_structures::{VectorMemory, memory_manager::MemoryManager};
use pocket_ic::common::rest::BlobCompression;

use crate::world::World;

/// Changes the header of the stopped canister's state.
///
/// # Panics
/// When the state has no header.
pub fn change_header(world: &World, change: impl FnOnce(&mut Header)) {
    change_header_of(world, world.subject().name, change);
}

/// Changes the header of the stopped canister's state, which says it is a `kind`.
///
/// # Panics
/// When the state has no such header.
pub fn change_header_of(world: &World, kind: &str, change: impl FnOnce(&mut Header)) {
    let bytes = world.network().get_stable_memory(world.canister);
    let memory: VectorMemory = Rc::new(RefCell::new(bytes));
    {
        let manager =
            MemoryManager::init_with_bucket_size(Rc::clone(&memory), layout::BUCKET_PAGES);
        let mut header = HeaderCell::open(manager.get(layout::HEADER), kind, u32::MAX)
            .expect("the state has a header");
        header.update(change).expect("the header has room");
    }
    let bytes = memory.borrow().clone();
    world.network().set_stable_memory(world.canister, bytes, BlobCompression::NoCompression);
}
