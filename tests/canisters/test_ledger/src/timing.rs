//! The window in which a repetition is recognised.

use crate::block::Transaction;
use crate::hashing::{self, Hash};
use crate::ledger::Ledger;
use crate::refusal::Refusal;

/// For how long a repetition is known, unless a test says otherwise: a day.
pub const WINDOW_NS: u64 = 86_400_000_000_000;
/// How far clocks may differ: two minutes.
pub const DRIFT_NS: u64 = 120_000_000_000;

/// Old entries dropped by one call: more than one call adds, so that the index stays as small as
/// the window.
const DROPPED_PER_CALL: usize = 4;

/// A transaction that was not seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct New {
    /// Its place in the index of recent ones, when the caller asked for the search.
    key: Option<(u64, Hash)>,
}

impl Ledger {
    /// Refuses what is too old, from the future, or a repetition.
    pub fn check_new(&self, now_ns: u64, transaction: &Transaction) -> Result<New, Refusal> {
        let Some(at_ns) = transaction.created_at_ns else { return Ok(New { key: None }) };
        if at_ns < self.oldest_ns(now_ns) {
            return Err(Refusal::TooOld);
        }
        if at_ns > now_ns.saturating_add(DRIFT_NS) {
            return Err(Refusal::CreatedInFuture { now_ns });
        }
        let key = (at_ns, hashing::of(&transaction.value()));
        match self.stored.recent.get(&key) {
            Some(of) => Err(Refusal::Duplicate { of }),
            None => Ok(New { key: Some(key) }),
        }
    }

    /// Remembers the block of a transaction, and forgets some that are too old to be repeated.
    pub fn remember(&mut self, now_ns: u64, new: New, block: u64) {
        let oldest_ns = self.oldest_ns(now_ns);
        for _ in 0..DROPPED_PER_CALL {
            match self.stored.recent.first_key_value() {
                Some(((at_ns, _), _)) if at_ns < oldest_ns => self.stored.recent.pop_first(),
                _ => break,
            };
        }
        if let Some(key) = new.key {
            self.stored.recent.insert(key, block);
        }
    }

    fn oldest_ns(&self, now_ns: u64) -> u64 {
        let window_ns = self.faults().dedup_window_ns.unwrap_or(WINDOW_NS);
        now_ns.saturating_sub(window_ns).saturating_sub(DRIFT_NS)
    }
}
