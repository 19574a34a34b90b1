//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: users with a risk class, wallets with addresses as text, identities, totals.
//! Schema 2: risk profiles with versions take the place of the class; the standard three exist.
//! Schema 3: every user's row has its new shape and stands in the list of its status.
//! Schema 4: every wallet's row has its new shape; verified addresses are indexed, so that none is
//! verified for two users.
//! Schema 5: the same; counts and indexes were compared row by row on the way.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 5;
/// From this schema on every user stands in the list of its status.
pub(crate) const USERS_LISTED: u32 = 3;
/// From this schema on every verified address is indexed.
pub(crate) const ADDRESSES_INDEXED: u32 = 4;
/// What the header calls this canister.
pub const KIND: &str = "registry";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 12] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "the canister's own roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::live(13, "USERS", "rows of users"),
    Region::live(14, "IDENTITIES", "the user of each linked identity"),
    Region::live(15, "WALLETS", "rows of wallets"),
    Region::live(16, "TOTALS", "the running figures"),
    Region::live(17, "PROFILES", "rows of risk profiles"),
    Region::live(18, "REVISIONS", "every version of every risk profile, never changed"),
    Region::live(19, "GRANTS", "rows of role grants"),
    Region::live(20, "CHAINS", "where the roles of a principal begin"),
    Region::live(21, "ADDRESSES", "the wallet of each verified address"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
pub(crate) const USERS: MemoryId = MemoryId::new(13);
pub(crate) const IDENTITIES: MemoryId = MemoryId::new(14);
pub(crate) const WALLETS: MemoryId = MemoryId::new(15);
pub(crate) const TOTALS: MemoryId = MemoryId::new(16);
pub(crate) const PROFILES: MemoryId = MemoryId::new(17);
pub(crate) const REVISIONS: MemoryId = MemoryId::new(18);
pub(crate) const GRANTS: MemoryId = MemoryId::new(19);
pub(crate) const CHAINS: MemoryId = MemoryId::new(20);
pub(crate) const ADDRESSES: MemoryId = MemoryId::new(21);

/// Requests one generation of the table of recent requests takes.
pub(crate) const DEDUP_CAPACITY: u32 = 100_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
