//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: the first that was released.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
#[cfg(not(feature = "rehearsal"))]
pub const SCHEMA: u32 = 1;
/// The schema of the drill: see `migrations/s0002_rehearsal.rs`.
#[cfg(feature = "rehearsal")]
pub const SCHEMA: u32 = 2;
/// What the header calls this canister.
pub const KIND: &str = "micro_grants";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 15] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "canister-wide roles by role and holder"),
    Region::live(12, "PROGRAMS", "rows of programmes"),
    Region::live(13, "PROGRAM_BODIES", "texts and people of programmes"),
    Region::live(14, "APPLICATIONS", "rows of applications"),
    Region::live(15, "BODIES", "bodies of applications, one per version, never changed"),
    Region::live(16, "ACCOUNTS", "what an applicant has in a programme"),
    Region::live(17, "DECLARATIONS", "declarations by application and seat"),
    Region::live(18, "REVIEWS", "reviews by application, version, panel and seat"),
    Region::live(19, "GRANTS", "rows of grants"),
    Region::live(20, "MILESTONES", "milestones by grant and index"),
    Region::live(21, "REPORTS", "progress reports by grant and number"),
    Region::live(22, "PAYOUTS", "rows of payouts"),
    Region::live(23, "TOTALS", "the running figures"),
    Region::live(24, "IMPORT", "where a running import stands"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const PROGRAMS: MemoryId = MemoryId::new(12);
pub(crate) const PROGRAM_BODIES: MemoryId = MemoryId::new(13);
pub(crate) const APPLICATIONS: MemoryId = MemoryId::new(14);
pub(crate) const BODIES: MemoryId = MemoryId::new(15);
pub(crate) const ACCOUNTS: MemoryId = MemoryId::new(16);
pub(crate) const DECLARATIONS: MemoryId = MemoryId::new(17);
pub(crate) const REVIEWS: MemoryId = MemoryId::new(18);
pub(crate) const GRANTS: MemoryId = MemoryId::new(19);
pub(crate) const MILESTONES: MemoryId = MemoryId::new(20);
pub(crate) const REPORTS: MemoryId = MemoryId::new(21);
pub(crate) const PAYOUTS: MemoryId = MemoryId::new(22);
pub(crate) const TOTALS: MemoryId = MemoryId::new(23);
pub(crate) const IMPORT: MemoryId = MemoryId::new(24);

/// Requests one generation of the table of recent requests takes.
pub(crate) const DEDUP_CAPACITY: u32 = 1_000_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
