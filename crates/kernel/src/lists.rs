//! Pages by cursor. Every list follows links or numbers from the cursor on; nothing scans.

use granary_stable::list::{Anchor, Direction, ListFault, ListField};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::Memory;

use crate::fault::Fault;
use crate::id::Id;
use crate::row::damaged;

/// Some items, and the cursor of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Hand it in as `after`; none at the end.
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }

    /// The same page of other items, or the first refusal.
    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(change).collect::<Result<_, _>>()?;
        Ok(Page { items, next: self.next })
    }
}

/// Numbers `after + 1 ..` as far as `len` entities exist.
pub fn by_number(after: Option<u64>, limit: usize, len: u64) -> Page<u64> {
    let start = after.unwrap_or(0).saturating_add(1);
    let items: Vec<u64> = (start..=len).take(limit).collect();
    let next = items.last().copied().filter(|last| *last < len);
    Page { items, next }
}

/// At most `limit` ids from `first` along `step`, and the cursor when there are more.
pub fn walk<K>(
    first: Option<Id<K>>,
    limit: usize,
    step: impl Fn(Id<K>) -> Option<Id<K>>,
) -> Page<Id<K>> {
    let mut items = Vec::with_capacity(limit.min(128));
    let mut at = first;
    while let Some(id) = at
        && items.len() < limit
    {
        items.push(id);
        at = step(id);
    }
    let next = at.and(items.last()).map(|id| id.wire());
    Page { items, next }
}

/// At most `limit` numbers of rows threaded into `list`, in the order they came into it, from
/// behind the row `after`. A row that left the list since is no cursor any more.
pub fn threaded<S: Slot, M: Memory>(
    field: ListField,
    slots: &Slots<S, M>,
    list: u32,
    anchor: &Anchor,
    after: Option<u64>,
    limit: usize,
) -> Result<Page<u64>, Fault> {
    let after = match after {
        None => None,
        Some(number) => {
            let slot = number.checked_sub(1).filter(|slot| *slot < slots.len());
            Some(slot.ok_or(Fault::Cursor)?)
        }
    };
    let more = limit.saturating_add(1);
    let mut rows =
        field.page(slots, list, anchor, after, more, Direction::Forward).map_err(|fault| {
            match fault {
                ListFault::NotListed { .. } => Fault::CursorMoved,
                ListFault::AlreadyListed { .. } | ListFault::ListZero | ListFault::Storage(_) => {
                    damaged()
                }
            }
        })?;
    let goes_on = rows.len() == more;
    rows.truncate(limit);
    let items: Vec<u64> = rows.into_iter().map(|slot| slot.saturating_add(1)).collect();
    let next = items.last().copied().filter(|_| goes_on);
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use granary_stable::list::LINK_BYTES;
    use ic_stable_structures::VectorMemory;

    use super::*;

    const SIZE: usize = 12;

    #[test]
    fn pages_by_number_meet_without_gap_or_overlap() {
        let first = by_number(None, 2, 5);
        assert_eq!((first.items, first.next), (vec![1, 2], Some(2)));
        let last = by_number(Some(3), 2, 5);
        assert_eq!((last.items, last.next), (vec![4, 5], None));
        assert_eq!(by_number(Some(9), 2, 5), Page { items: vec![], next: None });
        assert_eq!(by_number(Some(u64::MAX), 2, 5).items, Vec::<u64>::new());
    }

    #[test]
    fn a_walk_stops_at_its_limit_and_says_where() {
        enum Kind {}
        let down = |id: Id<Kind>| Id::new(id.get() - 1);
        let page = walk(Id::new(5), 2, down).map(Id::wire);
        assert_eq!(page, Page { items: vec![5, 4], next: Some(4) });
        let page = walk(Id::new(2), 2, down).map(Id::wire);
        assert_eq!(page, Page { items: vec![2, 1], next: None });
    }

    /// A row that is nothing but its place in a list.
    struct Link([u8; SIZE]);
    impl Slot for Link {
        const SIZE: u32 = LINK_BYTES;
        fn write(&self, out: &mut [u8]) {
            out.copy_from_slice(&self.0);
        }
        fn read(bytes: &[u8]) -> Self {
            Self(bytes.try_into().expect("the size of a link"))
        }
    }

    #[test]
    fn a_threaded_page_follows_the_list_and_knows_who_left() {
        let field = ListField::at(0);
        let mut slots = Slots::open(VectorMemory::default()).expect("fresh");
        let mut anchor = Anchor::default();
        for _ in 0..4 {
            slots.push(&Link([0; SIZE])).expect("room");
        }
        for slot in [2, 0, 3] {
            field.push_back(&mut slots, 7, &mut anchor, slot).expect("not listed yet");
        }
        let page = |anchor: &Anchor, slots: &Slots<Link, VectorMemory>, after, limit| {
            threaded(field, slots, 7, anchor, after, limit)
        };
        let first = page(&anchor, &slots, None, 2).expect("the beginning");
        assert_eq!(first, Page { items: vec![3, 1], next: Some(1) });
        let rest = page(&anchor, &slots, first.next, 2).expect("a cursor");
        assert_eq!(rest, Page { items: vec![4], next: None });
        assert_eq!(page(&anchor, &slots, Some(2), 2), Err(Fault::CursorMoved));
        for wrong in [0, 5, u64::MAX] {
            assert_eq!(page(&anchor, &slots, Some(wrong), 2), Err(Fault::Cursor), "{wrong}");
        }
        field.unlink(&mut slots, 7, &mut anchor, 0).expect("listed");
        assert_eq!(page(&anchor, &slots, first.next, 2), Err(Fault::CursorMoved));
    }
}
