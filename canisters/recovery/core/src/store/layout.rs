//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: requests with approvals and executions, figures, what was seen of the governor.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 1;
/// What the header calls this canister.
pub const KIND: &str = "recovery";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 6] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "canister-wide roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::live(13, "REQUESTS", "requests by number"),
    Region::live(14, "TOTALS", "the running figures"),
    Region::live(15, "OUTLOOK", "what was seen of the governor"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
pub(crate) const REQUESTS: MemoryId = MemoryId::new(13);
pub(crate) const TOTALS: MemoryId = MemoryId::new(14);
pub(crate) const OUTLOOK: MemoryId = MemoryId::new(15);

/// Requests one generation of the table of recent requests takes: a committee makes few.
pub(crate) const DEDUP_CAPACITY: u32 = 1_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
