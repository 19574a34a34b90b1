//! Pages by cursor. Every list follows links or numbers from the cursor on; nothing scans.

use crate::id::Id;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
