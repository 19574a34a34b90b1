//! The table of memory regions: which number holds what, and which numbers are spent.
//!
//! Every canister writes one table, in one file, ascending, with retired numbers kept as rows:
//! a number that was ever used is never used again. The first ten belong to the suite and mean
//! the same everywhere.

use core::fmt::Write;

use ic_stable_structures::memory_manager::MemoryId;

/// Pages of one bucket (2 MiB). Fixed at the first install: few enough buckets that reading their
/// table shows in no upgrade, and small enough that thirty regions begin with little.
pub const BUCKET_PAGES: u16 = 32;

/// What happens to a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionState {
    /// In use.
    Live,
    /// Empty since a schema, and never used again.
    Retired {
        /// The first schema that does not use it.
        since: u32,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The number.
    pub id: u8,
    /// The name of its constant, `SCREAMING_NOUN`.
    pub name: &'static str,
    /// What is in it, in one sentence.
    pub holds: &'static str,
    /// Whether it is in use.
    pub state: RegionState,
}

impl Region {
    /// A region in use.
    pub const fn live(id: u8, name: &'static str, holds: &'static str) -> Self {
        Self { id, name, holds, state: RegionState::Live }
    }

    /// A number that is spent.
    pub const fn retired(id: u8, name: &'static str, holds: &'static str, since: u32) -> Self {
        Self { id, name, holds, state: RegionState::Retired { since } }
    }
}

/// What the canister is, its schema, its upgrades.
pub const HEADER: MemoryId = MemoryId::new(0);
/// Ends of the journal's events.
pub const JOURNAL_INDEX: MemoryId = MemoryId::new(1);
/// The journal's events.
pub const JOURNAL_DATA: MemoryId = MemoryId::new(2);
/// Answers to recent requests.
pub const DEDUP: MemoryId = MemoryId::new(3);
/// Calls that must be made.
pub const OUTBOX: MemoryId = MemoryId::new(4);
/// Where the running migration stands.
pub const MIGRATION: MemoryId = MemoryId::new(5);
/// Work that must happen.
pub const JOBS: MemoryId = MemoryId::new(6);
/// The newest log lines.
pub const LOG_RING: MemoryId = MemoryId::new(7);
/// One row per upgrade.
pub const HISTORY: MemoryId = MemoryId::new(8);
/// What the health job has seen.
pub const WATCH: MemoryId = MemoryId::new(9);
/// The first number that belongs to the canister.
pub const FIRST_OWN: u8 = 10;

/// The rows all canisters share.
pub const SUITE: [Region; 10] = [
    Region::live(0, "HEADER", "what the canister is, its schema, its upgrades"),
    Region::live(1, "JOURNAL_INDEX", "ends of the journal's events"),
    Region::live(2, "JOURNAL_DATA", "the journal's events"),
    Region::live(3, "DEDUP", "answers to recent requests"),
    Region::live(4, "OUTBOX", "calls that must be made"),
    Region::live(5, "MIGRATION", "where the running migration stands"),
    Region::live(6, "JOBS", "work that must happen"),
    Region::live(7, "LOG_RING", "the newest log lines"),
    Region::live(8, "HISTORY", "one row per upgrade"),
    Region::live(9, "WATCH", "what the health job has seen"),
];

/// True when the numbers ascend without repetition, begin at [`FIRST_OWN`] or above, leave no
/// silent hole, and stay below the manager's last number.
///
/// To be asserted in a `const`, so that a bad table does not compile.
pub const fn is_well_formed(own: &[Region]) -> bool {
    let mut rest = own;
    let mut expected = FIRST_OWN;
    while let [row, tail @ ..] = rest {
        if row.id != expected || expected == u8::MAX || row.name.is_empty() {
            return false;
        }
        expected = expected.saturating_add(1);
        rest = tail;
    }
    true
}

/// The canister's section of `docs/MEMORY.md`.
pub fn markdown(canister: &str, own: &[Region]) -> String {
    let mut text = format!("## {canister}\n\n| id | name | holds | state |\n|---|---|---|---|\n");
    for Region { id, name, holds, state } in SUITE.iter().chain(own) {
        let state = match state {
            RegionState::Live => "live".to_owned(),
            RegionState::Retired { since } => format!("retired in schema {since}"),
        };
        let written = writeln!(text, "| {id} | `{name}` | {holds} | {state} |");
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Region = Region::live(10, "A", "a");
    const B: Region = Region::retired(11, "B", "b", 4);
    const _: () = assert!(is_well_formed(&[A, B]));

    #[test]
    fn numbers_ascend_without_holes() {
        assert!(is_well_formed(&[]));
        assert!(!is_well_formed(&[B]));
        assert!(!is_well_formed(&[A, A]));
        assert!(!is_well_formed(&[B, A]));
        assert!(!is_well_formed(&[Region::live(9, "A", "a")]));
        assert!(!is_well_formed(&[Region::live(10, "", "a")]));
    }

    #[test]
    fn the_suite_rows_match_their_constants() {
        let ids = [
            HEADER,
            JOURNAL_INDEX,
            JOURNAL_DATA,
            DEDUP,
            OUTBOX,
            MIGRATION,
            JOBS,
            LOG_RING,
            HISTORY,
            WATCH,
        ];
        for (row, id) in SUITE.iter().zip(ids) {
            assert_eq!(MemoryId::new(row.id), id, "{}", row.name);
        }
    }

    #[test]
    fn tombstones_are_shown() {
        let text = markdown("example", &[A, B]);
        assert!(text.starts_with("## example\n"));
        assert!(text.ends_with("| 11 | `B` | b | retired in schema 4 |\n"), "{text}");
        assert_eq!(text.lines().count(), 4 + SUITE.len() + 2);
    }
}
