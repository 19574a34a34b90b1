//! Fixed-size records by number.
//!
//! A slot costs one read or one write of its size and no search; parts of a slot can be read and
//! written alone, which is what [`crate::list`] does with its links. Slots are never removed: what
//! is no longer wanted is marked so in the slot.
//!
//! ```text
//! 0   mark, layout version   (see the head of every region)
//! 8   slot size              4 bytes
//! 16  number of slots        8 bytes
//! 64  slot 0, slot 1, …
//! ```

use core::fmt;
use core::marker::PhantomData;

use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::region::{self, CONTENTS};

const MARK: [u8; 4] = *b"GSLT";
const LAYOUT: u8 = 1;
const SIZE_AT: u64 = 8;
const LEN_AT: u64 = 16;

/// A record of fixed size. The size is part of the stored state and never changes.
pub trait Slot: Sized {
    /// Bytes of one slot.
    const SIZE: u32;

    /// Fills `out`, which has exactly [`Self::SIZE`] bytes, all zero.
    fn write(&self, out: &mut [u8]);

    /// The record in `bytes`, which [`Self::write`] filled.
    fn read(bytes: &[u8]) -> Self;
}

/// Numbered slots in one region.
pub struct Slots<S, M> {
    memory: M,
    len: u64,
    slot: PhantomData<fn() -> S>,
}

impl<S: Slot, M: Memory> Slots<S, M> {
    /// Opens the region, or makes an empty one in a fresh region.
    pub fn open(memory: M) -> Result<Self, StorageFault> {
        if region::open(&memory, MARK, LAYOUT)? {
            region::write_u32(&memory, SIZE_AT, S::SIZE);
        }
        let found = region::read_u32(&memory, SIZE_AT);
        if found != S::SIZE {
            return Err(StorageFault::Shape {
                what: "slot size",
                expected: S::SIZE.into(),
                found: found.into(),
            });
        }
        let len = region::read_u64(&memory, LEN_AT);
        Ok(Self { memory, len, slot: PhantomData })
    }

    /// How many slots there are.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// True when there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot `index`; none beyond the end.
    pub fn get(&self, index: u64) -> Option<S> {
        if index >= self.len {
            return None;
        }
        let mut bytes = zeros(S::SIZE);
        self.memory.read(offset::<S>(index), &mut bytes);
        Some(S::read(&bytes))
    }

    /// Replaces the slot `index`.
    pub fn set(&mut self, index: u64, slot: &S) -> Result<(), StorageFault> {
        self.check(index)?;
        let mut bytes = zeros(S::SIZE);
        slot.write(&mut bytes);
        self.memory.write(offset::<S>(index), &bytes);
        Ok(())
    }

    /// Adds a slot and answers its number.
    pub fn push(&mut self, slot: &S) -> Result<u64, StorageFault> {
        let index = self.len;
        let at = offset::<S>(index);
        region::reserve(&self.memory, at.saturating_add(S::SIZE.into()))?;
        let mut bytes = zeros(S::SIZE);
        slot.write(&mut bytes);
        self.memory.write(at, &bytes);
        self.len = index.saturating_add(1);
        region::write_u64(&self.memory, LEN_AT, self.len);
        Ok(index)
    }

    /// Adds copies of `slot` until there are `len` slots.
    pub fn extend_to(&mut self, len: u64, slot: &S) -> Result<(), StorageFault> {
        while self.len < len {
            self.push(slot)?;
        }
        Ok(())
    }

    /// Reads the part of slot `index` that begins `at` bytes into it.
    ///
    /// # Panics
    /// When the part is not inside a slot.
    pub fn read_part<const N: usize>(&self, index: u64, at: u32) -> Result<[u8; N], StorageFault> {
        self.check(index)?;
        let mut part = [0; N];
        self.memory.read(part_offset::<S>(index, at, N), &mut part);
        Ok(part)
    }

    /// Writes the part of slot `index` that begins `at` bytes into it.
    ///
    /// # Panics
    /// When the part is not inside a slot.
    pub fn write_part(&mut self, index: u64, at: u32, part: &[u8]) -> Result<(), StorageFault> {
        self.check(index)?;
        self.memory.write(part_offset::<S>(index, at, part.len()), part);
        Ok(())
    }

    /// The slots from `start` on, in order.
    pub fn iter_from(&self, start: u64) -> impl Iterator<Item = (u64, S)> + '_ {
        (start..self.len).filter_map(|index| self.get(index).map(|slot| (index, slot)))
    }

    fn check(&self, index: u64) -> Result<(), StorageFault> {
        if index < self.len {
            Ok(())
        } else {
            Err(StorageFault::OutOfBounds { index, len: self.len })
        }
    }
}

impl<S, M> fmt::Debug for Slots<S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("len", &self.len).finish_non_exhaustive()
    }
}

fn offset<S: Slot>(index: u64) -> u64 {
    // Saturation ends in a refused growth, never in a wrong place: no index that was handed out
    // comes near it.
    index.saturating_mul(S::SIZE.into()).saturating_add(CONTENTS)
}

fn part_offset<S: Slot>(index: u64, at: u32, len: usize) -> u64 {
    let inside = u32::try_from(len)
        .ok()
        .and_then(|len| at.checked_add(len))
        .is_some_and(|end| end <= S::SIZE);
    assert!(inside, "BUG: a part reaches beyond its slot");
    offset::<S>(index).saturating_add(at.into())
}

fn zeros(size: u32) -> Vec<u8> {
    vec![0; usize::try_from(size).unwrap_or(usize::MAX)]
}
