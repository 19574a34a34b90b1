//! The first bytes of every structure of this crate, and growing without surprises.
//!
//! ```text
//! 0   mark            4 bytes
//! 4   layout version  1 byte
//! 5   unused          3 bytes
//! 8   own fields      up to 56 bytes
//! 64  contents
//! ```

use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::bytes::Writer;

/// Where contents begin.
pub(crate) const CONTENTS: u64 = 64;

const PAGE: u64 = 65_536;

/// Regions grow by a megabyte at a time, so that the table of regions is rewritten that often and
/// not once per page.
const GROWTH_PAGES: u64 = 16;

/// Makes `end` bytes addressable.
pub(crate) fn reserve<M: Memory>(memory: &M, end: u64) -> Result<(), StorageFault> {
    let have = memory.size();
    let need = end.div_ceil(PAGE);
    if need <= have {
        return Ok(());
    }
    let missing = need.saturating_sub(have).next_multiple_of(GROWTH_PAGES);
    if memory.grow(missing) < 0 { Err(StorageFault::OutOfMemory) } else { Ok(()) }
}

/// Marks a fresh region, or checks the mark of an old one. Answers whether it was fresh.
pub(crate) fn open<M: Memory>(
    memory: &M,
    mark: [u8; 4],
    version: u8,
) -> Result<bool, StorageFault> {
    if memory.size() == 0 {
        reserve(memory, CONTENTS)?;
        // Fresh does not mean zero: the memory below may have held something else.
        let mut head = [0; 64];
        Writer::new(&mut head).put(&mark).u8(version);
        memory.write(0, &head);
        return Ok(true);
    }
    let mut head = [0; 8];
    memory.read(0, &mut head);
    let [a, b, c, d, stored, ..] = head;
    let found = [a, b, c, d];
    if found != mark {
        return Err(StorageFault::Foreign { expected: mark, found });
    }
    if stored != version {
        return Err(StorageFault::Shape {
            what: "layout version",
            expected: version.into(),
            found: stored.into(),
        });
    }
    Ok(false)
}

pub(crate) fn read_u64<M: Memory>(memory: &M, offset: u64) -> u64 {
    let mut bytes = [0; 8];
    memory.read(offset, &mut bytes);
    u64::from_be_bytes(bytes)
}

pub(crate) fn write_u64<M: Memory>(memory: &M, offset: u64, value: u64) {
    memory.write(offset, &value.to_be_bytes());
}

pub(crate) fn read_u32<M: Memory>(memory: &M, offset: u64) -> u32 {
    let mut bytes = [0; 4];
    memory.read(offset, &mut bytes);
    u32::from_be_bytes(bytes)
}

pub(crate) fn write_u32<M: Memory>(memory: &M, offset: u64, value: u32) {
    memory.write(offset, &value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::memory_manager::{MemoryId, MemoryManager};
    use ic_stable_structures::{Memory, VectorMemory};

    use crate::slots::Slots;
    use crate::watch::Watch;

    #[test]
    fn a_fresh_region_over_used_memory_is_empty() {
        let memory = VectorMemory::default();
        assert_ne!(memory.grow(64), -1);
        memory.write(0, &vec![0x5a; 64 * 65_536]);
        let manager = MemoryManager::init_with_bucket_size(memory, 16);
        let slots = Slots::<Watch, _>::open(manager.get(MemoryId::new(7))).expect("fresh");
        assert_eq!(slots.len(), 0);
        let header = crate::header::HeaderCell::open(manager.get(MemoryId::new(0)), "x", 1);
        assert!(matches!(header, Err(crate::header::HeaderFault::Missing)));
    }
}
