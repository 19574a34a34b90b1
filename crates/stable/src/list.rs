//! Doubly linked lists threaded through slots.
//!
//! "The applications of a programme that are under review" is an order that changes with every
//! decision. As a tree it would cost a search and a node rewrite each time; threaded through the
//! slots it costs a few twelve-byte writes: one slot, its two neighbours, the anchor.
//!
//! A slot takes part in a list through a field of [`LINK_BYTES`] bytes: the slot before, the slot
//! after, and the list it is in. A slot is in at most one list of the same field, and the third
//! number makes a cursor that left the list detectable instead of quietly walking another one.

use ic_stable_structures::Memory;

use crate::StorageFault;
use crate::bytes::{Reader, Writer};
use crate::slots::{Slot, Slots};

/// Bytes of a list field inside a slot.
pub const LINK_BYTES: u32 = 12;

/// "No slot" in a link: links count from one.
const NONE: u32 = 0;
/// "In no list".
const NO_LIST: u32 = 0;

/// Slots a list can reach: numbers must fit a link.
pub const MAX_SLOTS: u64 = 0xffff_fffe;

/// Where a list begins and ends, and how long it is. Kept by the owner of the list, as a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    first: u32,
    last: u32,
    len: u64,
}

impl Anchor {
    /// How many slots are in the list.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// True when there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot that has been in the list longest.
    pub fn first(&self) -> Option<u64> {
        slot_of(self.first)
    }

    /// The slot that came last.
    pub fn last(&self) -> Option<u64> {
        slot_of(self.last)
    }
}

impl Slot for Anchor {
    const SIZE: u32 = 16;

    fn write(&self, out: &mut [u8]) {
        Writer::new(out).u32(self.first).u32(self.last).u64(self.len);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        Self { first: reader.u32(), last: reader.u32(), len: reader.u64() }
    }
}

/// Which way a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the slot that came first.
    Forward,
    /// From the slot that came last.
    Backward,
}

/// Why a list could not be changed or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFault {
    /// The slot is in this or another list of the field already.
    AlreadyListed {
        /// The slot.
        slot: u64,
    },
    /// The slot is not in this list: for a cursor, it has left the list since the last page.
    NotListed {
        /// The slot.
        slot: u64,
    },
    /// A list number of zero, which means "no list".
    ListZero,
    /// The slots themselves.
    Storage(StorageFault),
}

impl From<StorageFault> for ListFault {
    fn from(fault: StorageFault) -> Self {
        Self::Storage(fault)
    }
}

impl core::fmt::Display for ListFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::AlreadyListed { slot } => write!(f, "slot {slot} is in a list already"),
            Self::NotListed { slot } => write!(f, "slot {slot} is not in the list"),
            Self::ListZero => f.write_str("list 0 means no list"),
            Self::Storage(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ListFault {}

/// The lists of one field: `at` bytes into every slot is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListField {
    at: u32,
}

#[derive(Clone, Copy)]
struct Link {
    previous: u32,
    next: u32,
    list: u32,
}

impl ListField {
    /// The field that begins `at` bytes into a slot and takes [`LINK_BYTES`].
    pub const fn at(at: u32) -> Self {
        Self { at }
    }

    /// Puts `item` at the end of the list number `list` (not 0), whose anchor is `anchor`.
    ///
    /// The anchor is changed in place; the caller stores it.
    pub fn push_back<S: Slot, M: Memory>(
        self,
        slots: &mut Slots<S, M>,
        list: u32,
        anchor: &mut Anchor,
        item: u64,
    ) -> Result<(), ListFault> {
        if list == NO_LIST {
            return Err(ListFault::ListZero);
        }
        let own = link_to(item)?;
        if self.link(slots, item)?.list != NO_LIST {
            return Err(ListFault::AlreadyListed { slot: item });
        }
        self.put(slots, item, Link { previous: anchor.last, next: NONE, list })?;
        match slot_of(anchor.last) {
            Some(end) => slots.write_part(end, self.next_at(), &own.to_be_bytes())?,
            None => anchor.first = own,
        }
        anchor.last = own;
        anchor.len = anchor.len.saturating_add(1);
        Ok(())
    }

    /// Takes `item` out of the list number `list`, wherever it stands in it.
    pub fn unlink<S: Slot, M: Memory>(
        self,
        slots: &mut Slots<S, M>,
        list: u32,
        anchor: &mut Anchor,
        item: u64,
    ) -> Result<(), ListFault> {
        let Link { previous, next, list: found } = self.link(slots, item)?;
        if found != list || list == NO_LIST {
            return Err(ListFault::NotListed { slot: item });
        }
        match slot_of(previous) {
            Some(before) => slots.write_part(before, self.next_at(), &next.to_be_bytes())?,
            None => anchor.first = next,
        }
        match slot_of(next) {
            Some(after) => slots.write_part(after, self.at, &previous.to_be_bytes())?,
            None => anchor.last = previous,
        }
        self.put(slots, item, Link { previous: NONE, next: NONE, list: NO_LIST })?;
        anchor.len = anchor.len.saturating_sub(1);
        Ok(())
    }

    /// The list `item` is in.
    pub fn list_of<S: Slot, M: Memory>(
        self,
        slots: &Slots<S, M>,
        item: u64,
    ) -> Result<Option<u32>, ListFault> {
        let list = self.link(slots, item)?.list;
        Ok((list != NO_LIST).then_some(list))
    }

    /// At most `limit` slots of the list, from its beginning (or end) or from behind `after`.
    ///
    /// A cursor that has left the list is [`ListFault::NotListed`].
    pub fn page<S: Slot, M: Memory>(
        self,
        slots: &Slots<S, M>,
        list: u32,
        anchor: &Anchor,
        after: Option<u64>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<u64>, ListFault> {
        let mut at = match (after, direction) {
            (None, Direction::Forward) => anchor.first(),
            (None, Direction::Backward) => anchor.last(),
            (Some(item), _) => self.step(slots, list, item, direction)?,
        };
        let mut page = Vec::with_capacity(limit.min(128));
        while let Some(item) = at
            && page.len() < limit
        {
            page.push(item);
            at = self.step(slots, list, item, direction)?;
        }
        Ok(page)
    }

    fn step<S: Slot, M: Memory>(
        self,
        slots: &Slots<S, M>,
        list: u32,
        item: u64,
        direction: Direction,
    ) -> Result<Option<u64>, ListFault> {
        let Link { previous, next, list: found } = match self.link(slots, item) {
            Err(ListFault::Storage(StorageFault::OutOfBounds { .. })) => {
                return Err(ListFault::NotListed { slot: item });
            }
            link => link?,
        };
        if found != list {
            return Err(ListFault::NotListed { slot: item });
        }
        Ok(slot_of(match direction {
            Direction::Forward => next,
            Direction::Backward => previous,
        }))
    }

    fn link<S: Slot, M: Memory>(self, slots: &Slots<S, M>, item: u64) -> Result<Link, ListFault> {
        let bytes: [u8; 12] = slots.read_part(item, self.at)?;
        let mut reader = Reader::new(&bytes);
        Ok(Link { previous: reader.u32(), next: reader.u32(), list: reader.u32() })
    }

    fn put<S: Slot, M: Memory>(
        self,
        slots: &mut Slots<S, M>,
        item: u64,
        link: Link,
    ) -> Result<(), ListFault> {
        let mut bytes = [0; 12];
        Writer::new(&mut bytes).u32(link.previous).u32(link.next).u32(link.list);
        Ok(slots.write_part(item, self.at, &bytes)?)
    }

    const fn next_at(self) -> u32 {
        self.at.saturating_add(4)
    }
}

fn slot_of(link: u32) -> Option<u64> {
    link.checked_sub(1).map(u64::from)
}

fn link_to(slot: u64) -> Result<u32, StorageFault> {
    u32::try_from(slot)
        .ok()
        .and_then(|slot| slot.checked_add(1))
        .ok_or(StorageFault::Full { limit: MAX_SLOTS })
}
