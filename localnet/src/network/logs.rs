//! Canister logs: a ring of the last records that fit the log memory limit.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::settings::DEFAULT_LOG_LIMIT;

/// One line a canister printed, or the message of a trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogRecord {
    pub(crate) idx: u64,
    pub(crate) timestamp_ns: u64,
    pub(crate) content: Vec<u8>,
}

/// The log of one canister; indexes keep counting when old records fall out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LogRing {
    records: VecDeque<LogRecord>,
    bytes: usize,
    next: u64,
    limit: u64,
}

impl Default for LogRing {
    fn default() -> Self {
        Self { records: VecDeque::new(), bytes: 0, next: 0, limit: DEFAULT_LOG_LIMIT }
    }
}

impl LogRing {
    /// Sets the bytes kept, dropping the oldest records that no longer fit.
    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.shrink(0);
    }

    /// Appends one record; a record longer than the whole ring is cut.
    pub(crate) fn push(&mut self, timestamp_ns: u64, line: &str) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let content = line.as_bytes()[..line.len().min(limit)].to_vec();
        let idx = self.next;
        self.next += 1;
        self.shrink(content.len());
        self.bytes += content.len();
        self.records.push_back(LogRecord { idx, timestamp_ns, content });
    }

    fn shrink(&mut self, room: usize) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        while self.bytes + room > limit {
            let Some(oldest) = self.records.pop_front() else { return };
            self.bytes -= oldest.content.len();
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &LogRecord> {
        self.records.iter()
    }

    /// Bytes of content kept.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets the records but not the count.
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_newest_records_within_its_bytes() {
        let mut ring = LogRing::default();
        for n in 0..10 {
            ring.push(n, &"x".repeat(1_000));
        }
        let kept: Vec<_> = ring.records().map(|record| record.idx).collect();
        assert_eq!(kept, [6, 7, 8, 9]);
        assert_eq!(ring.bytes(), 4_000);
        ring.push(10, &"y".repeat(10_000));
        assert_eq!(ring.records().map(|r| r.content.len()).collect::<Vec<_>>(), [4_096]);
        ring.set_limit(10);
        assert_eq!(ring.records().count(), 0);
        ring.push(11, "0123456789abc");
        assert_eq!(ring.records().next().map(|r| r.idx), Some(11));
        assert_eq!(ring.bytes(), 10);
    }
}
