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
    /// Pages of each region.
    pages: Vec<u64>,
    /// Owner of each bucket in use.
    owners: Vec<u8>,
    /// Buckets of each region, in order, as far as they were needed: an upgrade touches the first
    /// bucket of every region and the last one of a few, and does not look at the others.
    found: Vec<Found>,
}

/// The buckets of one region that were looked up so far.
#[derive(Clone, Default)]
struct Found {
    buckets: Vec<u16>,
    /// Rows of the table that were looked at.
    looked: usize,
    /// The last part and its bucket, when it was looked up from the other end.
    last: Option<(usize, u16)>,
}

impl Table {
    /// The bucket that holds the `position`-th part of a region; `last` when no part follows.
    fn bucket(&mut self, region: usize, position: usize, last: bool) -> Option<u16> {
        let Found { buckets, looked, last: known } = self.found.get_mut(region)?;
        let owner = u8::try_from(region).ok()?;
        // What grows by appending has its last bucket near the end of the table.
        if last && position > 0 {
            if let Some((_, bucket)) = known.filter(|(at, _)| *at == position) {
                return Some(bucket);
            }
            let bucket = self.owners.iter().rposition(|other| *other == owner)?;
            *known = Some((position, u16::try_from(bucket).ok()?));
            return u16::try_from(bucket).ok();
        }
        while buckets.len() <= position {
            let ahead = self.owners.get(*looked..)?.iter().position(|other| *other == owner)?;
            let bucket = looked.checked_add(ahead)?;
            buckets.push(u16::try_from(bucket).ok()?);
            *looked = bucket.checked_add(1)?;
        }
        buckets.get(position).copied()
    }
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
    Ok((table(vec![0; MAX_REGIONS], Vec::new()), bucket_pages))
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
    let (sizes, _) = sizes.as_chunks();
    let pages = sizes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    Ok((table(pages, owners), bucket_pages))
}

fn table(pages: Vec<u64>, owners: Vec<u8>) -> Table {
    Table { pages, owners, found: vec![Found::default(); MAX_REGIONS] }
}

impl<M: Memory> RegionMemory<M> {
    /// Where `count` bytes from `offset` really are, when they lie where the last access was.
    #[inline]
    fn near(&self, offset: u64, count: usize) -> Option<u64> {
        let Span { start, end, real } = self.near.get();
        let skipped = offset.checked_sub(start)?;
        let behind = offset.checked_add(u64::try_from(count).ok()?)?;
        (behind <= end).then(|| real.saturating_add(skipped))
    }

    /// The longest span that begins at `offset`; the part of the region around it becomes near.
    fn far(&self, offset: u64) -> Span {
        let mut table = self.shared.table.borrow_mut();
        let bytes = table.pages.get(self.region).map_or(0, |pages| pages.saturating_mul(PAGE));
        let bucket_bytes = self.shared.bucket_bytes;
        let position = offset.checked_div(bucket_bytes).unwrap_or_default();
        let start = position.saturating_mul(bucket_bytes);
        let behind = start.saturating_add(bucket_bytes);
        let bucket = usize::try_from(position)
            .ok()
            .filter(|_| offset < bytes)
            .and_then(|position| table.bucket(self.region, position, bytes <= behind));
        let Some(bucket) = bucket else {
            panic!("BUG: byte {offset} of region {} of {bytes} bytes", self.region);
        };
        let end = behind.min(bytes);
        let real = u64::from(bucket).saturating_mul(bucket_bytes).saturating_add(BUCKETS_AT);
        self.near.set(Span { start, end, real });
        let skipped = offset.saturating_sub(start);
        Span { start: offset, end, real: real.saturating_add(skipped) }
    }

    /// Calls `each` with a real place and a number of bytes for every part of an access.
    fn parts(&self, offset: u64, count: usize, mut each: impl FnMut(u64, usize)) {
        let mut at = offset;
        let mut rest = count;
        while rest > 0 {
            let span = self.far(at);
            let room = usize::try_from(span.end.saturating_sub(at)).unwrap_or(rest).min(rest);
            each(span.real, room);
            at = span.end;
            rest = rest.saturating_sub(room);
        }
    }
}

impl<M: Memory> Memory for RegionMemory<M> {
    fn size(&self) -> u64 {
        self.shared.table.borrow().pages.get(self.region).copied().unwrap_or_default()
    }

    fn grow(&self, pages: u64) -> i64 {
        let Shared { memory, bucket_bytes, table } = &*self.shared;
        let Table { pages: sizes, owners, .. } = &mut *table.borrow_mut();
        let Some(size) = sizes.get_mut(self.region) else { return -1 };
        let old = *size;
        let Some(new) = old.checked_add(pages) else { return -1 };
        let buckets = |pages: u64| pages.saturating_mul(PAGE).div_ceil(*bucket_bytes);
        let missing = buckets(new).saturating_sub(buckets(old));
        let Ok(missing) = usize::try_from(missing) else { return -1 };
        let in_use = owners.len();
        let total = in_use.saturating_add(missing);
        let Some(total) = u16::try_from(total).ok().filter(|total| *total <= MAX_BUCKETS) else {
            return -1;
        };
        let end = u64::from(total).saturating_mul(*bucket_bytes).saturating_add(BUCKETS_AT);
        let lacking = end.div_ceil(PAGE).saturating_sub(memory.size());
        if lacking > 0 && memory.grow(lacking) < 0 {
            return -1;
        }
        if missing > 0 {
            owners.resize(usize::from(total), u8::try_from(self.region).unwrap_or(FREE));
            let place = OWNERS_AT.saturating_add(u64::try_from(in_use).unwrap_or_default());
            memory.write(place, owners.get(in_use..).unwrap_or_default());
            memory.write(IN_USE_AT, &total.to_le_bytes());
        }
        *size = new;
        let row = u64::try_from(self.region).unwrap_or_default().saturating_mul(8);
        memory.write(PAGES_AT.saturating_add(row), &new.to_le_bytes());
        i64::try_from(old).unwrap_or(-1)
    }

    #[inline]
    fn read(&self, offset: u64, dst: &mut [u8]) {
        let memory = &self.shared.memory;
        if let Some(real) = self.near(offset, dst.len()) {
            return memory.read(real, dst);
        }
        let mut rest = dst;
        self.parts(offset, rest.len(), |real, count| {
            let (part, behind) = core::mem::take(&mut rest).split_at_mut(count);
            memory.read(real, part);
            rest = behind;
        });
    }

    // Without this the buffer of every node of a tree would be zeroed before it is read.
    #[expect(unsafe_code, reason = "forwards the caller's promise to the memory below")]
    #[inline]
    unsafe fn read_unsafe(&self, offset: u64, dst: *mut u8, count: usize) {
        let memory = &self.shared.memory;
        if let Some(real) = self.near(offset, count) {
            // SAFETY: the caller promises `count` writable bytes at `dst` outside of `self`, and
            // `self` is a part of `memory`.
            return unsafe { memory.read_unsafe(real, dst, count) };
        }
        let mut rest = dst;
        self.parts(offset, count, |real, count| {
            // SAFETY: as above; the parts follow each other and are `count` bytes together.
            rest = unsafe {
                memory.read_unsafe(real, rest, count);
                rest.add(count)
            };
        });
    }

    #[inline]
    fn write(&self, offset: u64, src: &[u8]) {
        let memory = &self.shared.memory;
        if let Some(real) = self.near(offset, src.len()) {
            return memory.write(real, src);
        }
        let mut rest = src;
        self.parts(offset, src.len(), |real, count| {
            let (part, behind) = rest.split_at(count);
            memory.write(real, part);
            rest = behind;
        });
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
        let in_use = self.shared.table.borrow().owners.len();
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
