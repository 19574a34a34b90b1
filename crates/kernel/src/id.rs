//! Numbers of entities, typed by what they number.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash as StdHash, Hasher};
use core::marker::PhantomData;
use core::num::NonZeroU32;

/// The number of an entity: dense, from 1, never reused. The slot of number `n` is `n - 1`.
pub struct Id<K> {
    number: NonZeroU32,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// The id with this number; none for 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self { number, kind: PhantomData }),
            None => None,
        }
    }

    /// The id a caller wrote as 64 bits; none when no entity can have it.
    pub fn from_wire(number: u64) -> Option<Self> {
        u32::try_from(number).ok().and_then(Self::new)
    }

    /// The id of a slot; none when the number space is exhausted.
    pub fn from_slot(slot: u64) -> Option<Self> {
        slot.checked_add(1).and_then(Self::from_wire)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.number.get()
    }

    /// The number as callers see it.
    pub fn wire(self) -> u64 {
        u64::from(self.get())
    }

    /// Where the entity's head is stored.
    pub fn slot(self) -> u64 {
        self.wire().saturating_sub(1)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}
impl<K> StdHash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)
    }
}
