//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: members and rules in the configuration, proposals with payloads and votes, the list of
//! open ones, modules, targets, audits, rehearsals, runs, fleet snapshots, incidents, totals.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 1;
/// What the header calls this canister.
pub const KIND: &str = "governor";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 18] = [
    Region::live(10, "CONFIG", "the configuration with members and rules"),
    Region::live(11, "ROLES", "the canister's own roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::live(13, "TOTALS", "the running figures"),
    Region::live(14, "PROPOSALS", "rows of proposals"),
    Region::live(15, "BODIES", "payloads of proposals and reasons of their ends, never changed"),
    Region::live(16, "VOTES", "rows of members' newest words about proposals"),
    Region::live(17, "MODULES", "modules by the hash of their bytes"),
    Region::live(18, "CHUNKS", "bytes of modules by hash and place"),
    Region::live(19, "ATTESTATIONS", "build attestations by module and member"),
    Region::live(20, "TARGETS", "canisters under control"),
    Region::live(21, "AUDITS", "the newest audit of a proposal by number"),
    Region::live(22, "REHEARSALS", "the newest rehearsal of a proposal by number"),
    Region::live(23, "RUNS", "steps of an execution or a rehearsal by kind and proposal"),
    Region::live(24, "SNAPSHOTS", "fleet snapshots by epoch"),
    Region::live(25, "INCIDENTS", "incidents by number"),
    Region::live(26, "DENIED", "denied modules by hash"),
    Region::live(27, "OPEN", "proposals that are not over, with when the clock looks at them"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
pub(crate) const TOTALS: MemoryId = MemoryId::new(13);
pub(crate) const PROPOSALS: MemoryId = MemoryId::new(14);
pub(crate) const BODIES: MemoryId = MemoryId::new(15);
pub(crate) const VOTES: MemoryId = MemoryId::new(16);
pub(crate) const MODULES: MemoryId = MemoryId::new(17);
pub(crate) const CHUNKS: MemoryId = MemoryId::new(18);
pub(crate) const ATTESTATIONS: MemoryId = MemoryId::new(19);
pub(crate) const TARGETS: MemoryId = MemoryId::new(20);
pub(crate) const AUDITS: MemoryId = MemoryId::new(21);
pub(crate) const REHEARSALS: MemoryId = MemoryId::new(22);
pub(crate) const RUNS: MemoryId = MemoryId::new(23);
pub(crate) const SNAPSHOTS: MemoryId = MemoryId::new(24);
pub(crate) const INCIDENTS: MemoryId = MemoryId::new(25);
pub(crate) const DENIED: MemoryId = MemoryId::new(26);
pub(crate) const OPEN: MemoryId = MemoryId::new(27);

/// Requests one generation of the table of recent requests takes.
pub(crate) const DEDUP_CAPACITY: u32 = 10_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
