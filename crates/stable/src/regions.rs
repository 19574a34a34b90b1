//! Many memories in one: regions that grow independently, bucket by bucket.
//!
//! The layout is that of the memory manager of `ic-stable-structures`, byte for byte, so either
//! opens what the other wrote. The difference is the cost of opening: the table of buckets has room
//! for 32,768 rows, and only those in use are read here. Opening is part of every upgrade.
//!
//! ```text
//! 0      "MGR", layout version 1       4 bytes
//! 4      buckets in use                2 bytes, little endian as everything here
//! 6      pages of a bucket             2 bytes
//! 8      unused                        32 bytes
//! 40     pages of region 0 … 254       8 bytes each
//! 2080   owner of bucket 0 … 32767     1 byte each, 255 when free
//! 65536  bucket 0, bucket 1, …
//! ```

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::Rc;

use ic_stable_structures::Memory;
use ic_stable_structures::memory_manager::MemoryId;

use crate::StorageFault;

const MARK: [u8; 4] = [b'M', b'G', b'R', 1];
const IN_USE_AT: u64 = 4;
const PAGES_AT: u64 = 40;
const OWNERS_AT: u64 = 2_080;
const HEAD_BYTES: usize = 2_080;
const BUCKETS_AT: u64 = PAGE;
const PAGE: u64 = 65_536;
const MAX_BUCKETS: u16 = 32_768;
const MAX_REGIONS: usize = 255;
const FREE: u8 = 255;

/// All regions of one memory.
pub struct Regions<M> {
    shared: Rc<Shared<M>>,
}

/// One region: a memory of its own.
pub struct RegionMemory<M> {
    region: usize,
    shared: Rc<Shared<M>>,
    /// The part of the region that was used last and where it really is.
    near: Cell<Span>,
}

struct Shared<M> {
    memory: M,
    bucket_bytes: u64,
    table: RefCell<Table>,
}

struct Table {
    in_use: u16,
    /// Pages of each region.
    pages: Vec<u64>,
    /// Buckets of each region, in order.
    buckets: Vec<Vec<u16>>,
}

/// Consecutive bytes of a region that are consecutive in the memory below, too.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u64,
    end: u64,
    real: u64,
}

impl<M: Memory> Regions<M> {
    /// Opens the regions of `memory`, or makes an empty table in an empty memory, whose buckets
    /// have `bucket_pages` pages for ever.
    pub fn open(memory: M, bucket_pages: u16) -> Result<Self, StorageFault> {
        let (table, bucket_pages) =
            if memory.size() == 0 { create(&memory, bucket_pages)? } else { load(&memory)? };
        let bucket_bytes = u64::from(bucket_pages).saturating_mul(PAGE);
        Ok(Self { shared: Rc::new(Shared { memory, bucket_bytes, table: RefCell::new(table) }) })
    }

    /// The region with this number.
    pub fn get(&self, id: MemoryId) -> RegionMemory<M> {
        // The number is private to its type; the few there are are found by comparison.
        let region = (0..FREE).position(|number| MemoryId::new(number) == id).unwrap_or_default();
        RegionMemory { region, shared: Rc::clone(&self.shared), near: Cell::default() }
    }
}

fn create<M: Memory>(memory: &M, bucket_pages: u16) -> Result<(Table, u16), StorageFault> {
    if memory.grow(1) < 0 {
        return Err(StorageFault::OutOfMemory);
    }
    let [m, g, r, version] = MARK;
    let [low, high] = bucket_pages.to_le_bytes();
    memory.write(0, &[m, g, r, version, 0, 0, low, high]);
    memory.write(OWNERS_AT, &vec![FREE; usize::from(MAX_BUCKETS)]);
    let table =
        Table { in_use: 0, pages: vec![0; MAX_REGIONS], buckets: vec![Vec::new(); MAX_REGIONS] };
    Ok((table, bucket_pages))
}

fn load<M: Memory>(memory: &M) -> Result<(Table, u16), StorageFault> {
    let mut head = vec![0; HEAD_BYTES];
    memory.read(0, &mut head);
    let (first, sizes) = head.split_at(40);
    let &[a, b, c, d, in_use_low, in_use_high, pages_low, pages_high, ..] = first else {
        return Err(StorageFault::Foreign { expected: MARK, found: [0; 4] });
    };
    let found = [a, b, c, d];
    let bucket_pages = u16::from_le_bytes([pages_low, pages_high]);
    if found != MARK || bucket_pages == 0 {
        return Err(StorageFault::Foreign { expected: MARK, found });
    }
    let in_use = u16::from_le_bytes([in_use_low, in_use_high]);
    let mut owners = vec![FREE; usize::from(in_use)];
    memory.read(OWNERS_AT, &mut owners);
    let mut buckets = vec![Vec::new(); MAX_REGIONS];
    for (bucket, owner) in (0_u16..).zip(owners) {
        if let Some(list) = buckets.get_mut(usize::from(owner)) {
            list.push(bucket);
        }
    }
    let (sizes, _) = sizes.as_chunks();
    let pages = sizes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    Ok((Table { in_use, pages, buckets }, bucket_pages))
}

impl<M: Memory> RegionMemory<M> {
    /// The longest span that begins at `offset`.
    fn span(&self, offset: u64) -> Span {
        let near = self.near.get();
        if near.start <= offset && offset < near.end {
            let skipped = offset.saturating_sub(near.start);
            return Span { start: offset, real: near.real.saturating_add(skipped), ..near };
        }
        let table = self.shared.table.borrow();
        let bytes = table.pages.get(self.region).map_or(0, |pages| pages.saturating_mul(PAGE));
        let bucket_bytes = self.shared.bucket_bytes;
        let position = offset.checked_div(bucket_bytes).unwrap_or_default();
        let bucket = usize::try_from(position)
            .ok()
            .and_then(|position| table.buckets.get(self.region)?.get(position).copied());
        let Some(bucket) = bucket.filter(|_| offset < bytes) else {
            panic!("BUG: byte {offset} of region {} of {bytes} bytes", self.region);
        };
        let start = position.saturating_mul(bucket_bytes);
        let end = start.saturating_add(bucket_bytes).min(bytes);
        let real = u64::from(bucket).saturating_mul(bucket_bytes).saturating_add(BUCKETS_AT);
        self.near.set(Span { start, end, real });
        let skipped = offset.saturating_sub(start);
        Span { start: offset, end, real: real.saturating_add(skipped) }
    }

    /// How many of the next `count` bytes lie in the span.
    fn share(span: Span, count: usize) -> usize {
        usize::try_from(span.end.saturating_sub(span.start)).map_or(count, |room| room.min(count))
    }
}

impl<M: Memory> Memory for RegionMemory<M> {
    fn size(&self) -> u64 {
        self.shared.table.borrow().pages.get(self.region).copied().unwrap_or_default()
    }

    fn grow(&self, pages: u64) -> i64 {
        let Shared { memory, bucket_bytes, table } = &*self.shared;
        let table = &mut *table.borrow_mut();
        let Table { in_use, pages: sizes, buckets } = table;
        let (Some(size), Some(buckets)) =
            (sizes.get_mut(self.region), buckets.get_mut(self.region))
        else {
            return -1;
        };
        let old = *size;
        let Some(new) = old.checked_add(pages) else { return -1 };
        let have = u64::try_from(buckets.len()).unwrap_or(u64::MAX);
        let need = new.saturating_mul(PAGE).div_ceil(*bucket_bytes);
        let Ok(missing) = u16::try_from(need.saturating_sub(have)) else { return -1 };
        let Some(total) = in_use.checked_add(missing).filter(|total| *total <= MAX_BUCKETS) else {
            return -1;
        };
        let end = u64::from(total).saturating_mul(*bucket_bytes).saturating_add(BUCKETS_AT);
        let lacking = end.div_ceil(PAGE).saturating_sub(memory.size());
        if lacking > 0 && memory.grow(lacking) < 0 {
            return -1;
        }
        if missing > 0 {
            let owner = u8::try_from(self.region).unwrap_or(FREE);
            let owners = vec![owner; usize::from(missing)];
            memory.write(OWNERS_AT.saturating_add(u64::from(*in_use)), &owners);
            buckets.extend(*in_use..total);
            *in_use = total;
            memory.write(IN_USE_AT, &total.to_le_bytes());
        }
        *size = new;
        let row = u64::try_from(self.region).unwrap_or_default().saturating_mul(8);
        memory.write(PAGES_AT.saturating_add(row), &new.to_le_bytes());
        i64::try_from(old).unwrap_or(-1)
    }

    fn read(&self, offset: u64, dst: &mut [u8]) {
        let mut rest = dst;
        let mut at = offset;
        while !rest.is_empty() {
            let span = self.span(at);
            let (part, behind) = rest.split_at_mut(Self::share(span, rest.len()));
            self.shared.memory.read(span.real, part);
            at = span.end;
            rest = behind;
        }
    }

    fn write(&self, offset: u64, src: &[u8]) {
        let mut rest = src;
        let mut at = offset;
        while !rest.is_empty() {
            let span = self.span(at);
            let (part, behind) = rest.split_at(Self::share(span, rest.len()));
            self.shared.memory.write(span.real, part);
            at = span.end;
            rest = behind;
        }
    }
}

impl<M> Clone for RegionMemory<M> {
    fn clone(&self) -> Self {
        let near = Cell::new(self.near.get());
        Self { region: self.region, shared: Rc::clone(&self.shared), near }
    }
}

impl<M> fmt::Debug for Regions<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_use = self.shared.table.borrow().in_use;
        f.debug_struct("Regions").field("buckets", &in_use).finish_non_exhaustive()
    }
}

impl<M> fmt::Debug for RegionMemory<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegionMemory").field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
