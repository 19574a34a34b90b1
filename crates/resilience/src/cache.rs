//! Caches: answers that may be forgotten at any time.
//!
//! They live in the heap, are never the truth, and an upgrade empties them on purpose. Order comes
//! from trees and counters, so the same calls evict the same items on every replica.

use std::collections::BTreeMap;

use granary_units::{Bps, Duration, Rounding, Timestamp};

/// How a cache did since it was made or last cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Questions it could answer.
    pub hits: u64,
    /// Questions it could not.
    pub misses: u64,
    /// Items that had to make room.
    pub evictions: u64,
    /// Items that were found too old.
    pub expired: u64,
}

impl CacheStats {
    /// The share of questions that were answered; none before the first question.
    pub fn hit_rate(&self) -> Option<Bps> {
        let all = u128::from(self.hits).checked_add(u128::from(self.misses))?;
        Bps::of(u128::from(self.hits), all, Rounding::Down).ok()
    }
}

/// The most recently used items.
#[derive(Clone, Debug)]
pub struct LruCache<K, V> {
    items: BTreeMap<K, (u64, V)>,
    /// Key by the turn in which it was last used; turns are unique.
    by_use: BTreeMap<u64, K>,
    turn: u64,
    capacity: usize,
    stats: CacheStats,
}

impl<K: Ord + Clone, V> LruCache<K, V> {
    /// Room for `capacity` items; at least one.
    pub const fn new(capacity: usize) -> Self {
        let capacity = if capacity == 0 { 1 } else { capacity };
        let stats = CacheStats { hits: 0, misses: 0, evictions: 0, expired: 0 };
        Self { items: BTreeMap::new(), by_use: BTreeMap::new(), turn: 0, capacity, stats }
    }

    /// The item, which thereby was used.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let turn = self.next_turn();
        let Some((used, value)) = self.items.get_mut(key) else {
            self.stats.misses = self.stats.misses.saturating_add(1);
            return None;
        };
        if let Some(key) = self.by_use.remove(used) {
            self.by_use.insert(turn, key);
        }
        *used = turn;
        self.stats.hits = self.stats.hits.saturating_add(1);
        Some(value)
    }

    /// The item, without counting as a use or a question.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.items.get(key).map(|(_, value)| value)
    }

    /// Keeps an item, and answers the one that was unused longest when there was no room for both.
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let turn = self.next_turn();
        if let Some((used, _)) = self.items.insert(key.clone(), (turn, value)) {
            self.by_use.remove(&used);
        }
        self.by_use.insert(turn, key);
        if self.items.len() <= self.capacity {
            return None;
        }
        let (_, oldest) = self.by_use.pop_first()?;
        let (_, value) = self.items.remove(&oldest)?;
        self.stats.evictions = self.stats.evictions.saturating_add(1);
        Some((oldest, value))
    }

    /// Forgets an item and answers it.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (used, value) = self.items.remove(key)?;
        self.by_use.remove(&used);
        Some(value)
    }

    /// Forgets everything, the figures too.
    pub fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// Items that are kept.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How it did.
    pub const fn stats(&self) -> CacheStats {
        self.stats
    }

    const fn next_turn(&mut self) -> u64 {
        self.turn = self.turn.saturating_add(1);
        self.turn
    }
}

/// Items that are good for a while.
#[derive(Clone, Debug)]
pub struct TtlCache<K, V> {
    items: LruCache<K, (Timestamp, V)>,
    ttl: Duration,
    stats: CacheStats,
}

impl<K: Ord + Clone, V> TtlCache<K, V> {
    /// Room for `capacity` items (at least one), each good for `ttl`.
    pub const fn new(capacity: usize, ttl: Duration) -> Self {
        let stats = CacheStats { hits: 0, misses: 0, evictions: 0, expired: 0 };
        Self { items: LruCache::new(capacity), ttl, stats }
    }

    /// Keeps an item learnt at `now`; answers the one that had to go.
    pub fn insert(&mut self, key: K, value: V, now: Timestamp) -> Option<(K, V)> {
        let gone = self.items.insert(key, (now, value)).map(|(key, (_, value))| (key, value));
        if gone.is_some() {
            self.stats.evictions = self.stats.evictions.saturating_add(1);
        }
        gone
    }

    /// The item when it is still good at `now`. One that is not is forgotten.
    pub fn get(&mut self, key: &K, now: Timestamp) -> Option<&V> {
        let good = self.items.peek(key).map(|(learnt, _)| is_good(*learnt, self.ttl, now));
        if good != Some(true) {
            self.stats.misses = self.stats.misses.saturating_add(1);
            if self.items.remove(key).is_some() {
                self.stats.expired = self.stats.expired.saturating_add(1);
            }
            return None;
        }
        self.stats.hits = self.stats.hits.saturating_add(1);
        self.items.get(key).map(|(_, value)| value)
    }

    /// The item with its age, good or not: for a reply that says how old its source is.
    pub fn peek(&self, key: &K, now: Timestamp) -> Option<(&V, Duration)> {
        self.items.peek(key).map(|(learnt, value)| (value, now.saturating_since(*learnt)))
    }

    /// Forgets an item and answers it.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.items.remove(key).map(|(_, value)| value)
    }

    /// Forgets everything that is not good any more and answers how much that was.
    pub fn purge(&mut self, now: Timestamp) -> usize {
        let stale: Vec<K> = self
            .items
            .items
            .iter()
            .filter(|(_, (_, (learnt, _)))| !is_good(*learnt, self.ttl, now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &stale {
            self.items.remove(key);
            self.stats.expired = self.stats.expired.saturating_add(1);
        }
        stale.len()
    }

    /// Forgets everything, the figures too.
    pub fn clear(&mut self) {
        self.items.clear();
        self.stats = CacheStats::default();
    }

    /// Items that are kept, good or not.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How it did.
    pub const fn stats(&self) -> CacheStats {
        self.stats
    }
}

/// Good up to, and not at, the end of its time; a zero time is never good.
fn is_good(learnt: Timestamp, ttl: Duration, now: Timestamp) -> bool {
    now.saturating_since(learnt) < ttl
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn three() -> LruCache<u8, &'static str> {
        let mut cache = LruCache::new(3);
        for (key, value) in [(1, "a"), (2, "b"), (3, "c")] {
            assert_eq!(cache.insert(key, value), None);
        }
        cache
    }

    #[test]
    fn what_was_kept_is_found() {
        let mut cache = three();
        assert_eq!(cache.get(&2), Some(&"b"));
        assert_eq!(cache.get(&9), None);
        assert_eq!(cache.len(), 3);
    }

    #[test]
    fn the_longest_unused_makes_room() {
        let mut cache = three();
        cache.get(&1);
        assert_eq!(cache.insert(4, "d"), Some((2, "b")));
        assert_eq!(cache.peek(&1), Some(&"a"));
        assert_eq!(cache.insert(5, "e"), Some((3, "c")));
        assert_eq!((cache.len(), cache.stats().evictions), (3, 2));
    }

    #[test]
    fn peeking_is_no_use() {
        let mut cache = three();
        cache.peek(&1);
        assert_eq!(cache.insert(4, "d"), Some((1, "a")));
        assert_eq!(cache.stats(), CacheStats { evictions: 1, ..CacheStats::default() });
    }

    #[test]
    fn keeping_again_replaces_and_uses() {
        let mut cache = three();
        assert_eq!(cache.insert(1, "A"), None);
        assert_eq!(cache.insert(4, "d"), Some((2, "b")));
        assert_eq!(cache.get(&1), Some(&"A"));
    }

    #[test]
    fn a_removed_item_leaves_no_trace() {
        let mut cache = three();
        assert_eq!(cache.remove(&2), Some("b"));
        assert_eq!(cache.remove(&2), None);
        assert_eq!(cache.insert(4, "d"), None, "there is room again");
        assert_eq!(cache.insert(5, "e"), Some((1, "a")));
    }

    #[test]
    fn the_hit_rate_counts_questions() {
        let mut cache = three();
        assert_eq!(cache.stats().hit_rate(), None);
        for key in [1, 2, 9] {
            cache.get(&key);
        }
        assert_eq!(cache.stats().hit_rate(), Bps::new(6_666).ok());
        cache.clear();
        assert_eq!((cache.len(), cache.stats().hit_rate()), (0, None));
    }

    #[test]
    fn a_cache_of_nothing_holds_one() {
        let mut cache = LruCache::new(0);
        assert_eq!(cache.insert(1, ()), None);
        assert_eq!(cache.insert(2, ()), Some((1, ())));
    }

    #[test]
    fn items_are_good_for_their_time_only() {
        let mut cache = TtlCache::new(8, Duration::seconds(60));
        cache.insert("price", 42, at(100));
        assert_eq!(cache.get(&"price", at(159)), Some(&42));
        assert_eq!(cache.get(&"price", at(160)), None);
        assert!(cache.is_empty(), "asking for a stale item forgets it");
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses, stats.expired), (1, 1, 1));
    }

    #[test]
    fn a_purge_takes_the_stale_only() {
        let mut cache = TtlCache::new(8, Duration::seconds(60));
        for n in 0..6 {
            assert_eq!(cache.insert(n, n, at(n * 20)), None);
        }
        assert_eq!(cache.purge(at(100)), 3);
        assert_eq!((cache.len(), cache.stats().expired), (3, 3));
        assert_eq!(cache.get(&3, at(100)), Some(&3));
        assert_eq!(cache.purge(at(100)), 0);
    }

    #[test]
    fn a_stale_item_can_be_shown_with_its_age() {
        let mut cache = TtlCache::new(8, Duration::seconds(60));
        cache.insert("price", 42, at(100));
        assert_eq!(cache.peek(&"price", at(300)), Some((&42, Duration::seconds(200))));
        assert_eq!(cache.peek(&"price", at(50)), Some((&42, Duration::ZERO)));
    }

    #[test]
    fn learning_again_makes_it_good_again() {
        let mut cache = TtlCache::new(1, Duration::seconds(60));
        cache.insert("price", 42, at(100));
        cache.insert("price", 43, at(150));
        assert_eq!(cache.get(&"price", at(200)), Some(&43));
        assert_eq!(cache.insert("other", 1, at(200)), Some(("price", 43)));
        assert_eq!(cache.stats().evictions, 1);
    }
}
