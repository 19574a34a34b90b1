//! What happened since the code last changed: refusals by code, calls by peer.
//!
//! These figures live on the heap, because a refusal must stay cheap; monitors take a counter that
//! begins again at an upgrade for what it is. Queries are not counted: they leave no trace.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use granary_errors::{Category, Error};
use granary_resilience::latency::LatencyTracker;

/// Codes counted one by one; a catalogue has fewer, so the rest is never more than a safeguard.
pub const MAX_CODES: usize = 256;
/// Under which name refusals beyond [`MAX_CODES`] are counted.
pub const OTHER_CODES: &str = "other";

/// The newest calls to each peer whose waits are remembered one by one.
pub const WAITS: usize = 128;

/// How the calls to one peer went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Answered.
    pub done: u64,
    /// Not taken: nothing happened.
    pub not_applied: u64,
    /// No answer, or none that could be read.
    pub unknown: u64,
    /// Time from sending to knowing, over all calls, nanoseconds.
    pub latency_ns: u64,
    /// The longest of them, nanoseconds.
    pub latency_max_ns: u64,
    /// The newest [`WAITS`] of them, nanoseconds.
    pub waits: LatencyTracker,
}

impl Default for Calls {
    fn default() -> Self {
        let waits = LatencyTracker::new(WAITS);
        Self { done: 0, not_applied: 0, unknown: 0, latency_ns: 0, latency_max_ns: 0, waits }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// See [`Calls::done`].
    Done,
    /// See [`Calls::not_applied`].
    NotApplied,
    /// See [`Calls::unknown`].
    Unknown,
}

thread_local! {
    static REFUSALS: RefCell<BTreeMap<(Category, String), u64>> =
        const { RefCell::new(BTreeMap::new()) };
    static CALLS: RefCell<BTreeMap<&'static str, Calls>> = const { RefCell::new(BTreeMap::new()) };
    static IN_FLIGHT: Cell<u64> = const { Cell::new(0) };
}

/// Counts a refusal and hands it back.
pub fn refused(error: Error) -> Error {
    REFUSALS.with_borrow_mut(|refusals| count(refusals, error.category(), error.code()));
    error
}

fn count(refusals: &mut BTreeMap<(Category, String), u64>, category: Category, code: &str) {
    let key = (category, code.to_owned());
    let known = refusals.contains_key(&key);
    let key =
        if known || refusals.len() < MAX_CODES { key } else { (category, OTHER_CODES.into()) };
    let count = refusals.entry(key).or_default();
    *count = count.saturating_add(1);
}

/// Refusals by category and code, in that order.
pub fn refusals() -> Vec<(Category, String, u64)> {
    REFUSALS.with_borrow(|refusals| {
        let row = |(key, count): (&(Category, String), &u64)| (key.0, key.1.clone(), *count);
        refusals.iter().map(row).collect()
    })
}

/// Counts a call to `peer` that took `latency_ns`.
pub fn called(peer: &'static str, ended: Ended, latency_ns: u64) {
    CALLS.with_borrow_mut(|calls| {
        let calls = calls.entry(peer).or_default();
        let outcome = match ended {
            Ended::Done => &mut calls.done,
            Ended::NotApplied => &mut calls.not_applied,
            Ended::Unknown => &mut calls.unknown,
        };
        *outcome = outcome.saturating_add(1);
        calls.latency_ns = calls.latency_ns.saturating_add(latency_ns);
        calls.latency_max_ns = calls.latency_max_ns.max(latency_ns);
        calls.waits.record(latency_ns);
    });
}

/// Calls by peer.
pub fn calls() -> Vec<(&'static str, Calls)> {
    let row = |(peer, calls): (&&'static str, &Calls)| (*peer, calls.clone());
    CALLS.with_borrow(|calls| calls.iter().map(row).collect())
}

/// Calls that were sent and not answered yet.
pub fn in_flight() -> u64 {
    IN_FLIGHT.get()
}

/// A call on its way; dropped when it is answered, or when its message is taken back.
#[derive(Debug)]
pub struct Flight(());

impl Flight {
    /// A call is sent.
    pub fn start() -> Self {
        IN_FLIGHT.set(IN_FLIGHT.get().saturating_add(1));
        Self(())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        IN_FLIGHT.set(IN_FLIGHT.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use granary_errors::common;

    use super::*;

    #[test]
    fn refusals_are_counted_by_code() {
        for _ in 0..2 {
            refused(Error::not_applied(common::RATE_LIMITED, None, "slow down"));
        }
        refused(Error::invalid_input(common::PAGE_LIMIT, "limit", "too many"));
        let rows = refusals();
        let of = |code: &str| rows.iter().find(|row| row.1 == code).map(|row| (row.0, row.2));
        assert_eq!(of("common.rate_limited"), Some((Category::SystemError, 2)));
        assert_eq!(of("common.page.limit"), Some((Category::InvalidInput, 1)));
    }

    #[test]
    fn the_table_of_codes_is_bounded() {
        let mut refusals = BTreeMap::new();
        for number in 0..MAX_CODES + 50 {
            count(&mut refusals, Category::NotFound, &format!("made.up.{number}"));
        }
        assert_eq!(refusals.len(), MAX_CODES + 1);
        assert_eq!(refusals.get(&(Category::NotFound, OTHER_CODES.to_owned())), Some(&50));
        count(&mut refusals, Category::NotFound, "made.up.0");
        assert_eq!(refusals.get(&(Category::NotFound, "made.up.0".to_owned())), Some(&2));
    }

    #[test]
    fn calls_are_counted_by_peer_and_outcome() {
        called("books", Ended::Done, 5);
        called("books", Ended::Unknown, 7);
        let mut waits = LatencyTracker::new(WAITS);
        for wait in [5, 7] {
            waits.record(wait);
        }
        let expected =
            Calls { done: 1, not_applied: 0, unknown: 1, latency_ns: 12, latency_max_ns: 7, waits };
        assert_eq!(calls(), [("books", expected)]);
        let flight = Flight::start();
        assert_eq!(in_flight(), 1);
        drop(flight);
        assert_eq!(in_flight(), 0);
    }
}
