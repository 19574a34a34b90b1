//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: intents with attempts and evidence, assets, approvals, standing authorisations,
//! payments without an intent, key references.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 1;
/// What the header calls this canister.
pub const KIND: &str = "execution";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 15] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "canister-wide roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::live(13, "INTENTS", "rows of intents"),
    Region::live(14, "INTENT_INDEX", "intents by what their memo begins with"),
    Region::live(15, "TOTALS", "the running figures"),
    Region::live(16, "ASSETS", "rows of assets by their number in portfolio"),
    Region::live(17, "TROUBLES", "the newest errors of intents that had any"),
    Region::live(18, "APPROVALS", "rows of approvals"),
    Region::live(19, "AUTHORISATIONS", "rows of standing authorisations"),
    Region::live(20, "USES", "uses of standing authorisations"),
    Region::live(21, "LIVE", "numbers of the standing authorisations that may be in force"),
    Region::live(22, "ORPHANS", "payments without an intent"),
    Region::live(23, "ORPHAN_INDEX", "payments without an intent by memo or block"),
    Region::live(24, "KEYS", "signing key references"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
pub(crate) const INTENTS: MemoryId = MemoryId::new(13);
pub(crate) const INTENT_INDEX: MemoryId = MemoryId::new(14);
pub(crate) const TOTALS: MemoryId = MemoryId::new(15);
pub(crate) const ASSETS: MemoryId = MemoryId::new(16);
pub(crate) const TROUBLES: MemoryId = MemoryId::new(17);
pub(crate) const APPROVALS: MemoryId = MemoryId::new(18);
pub(crate) const AUTHORISATIONS: MemoryId = MemoryId::new(19);
pub(crate) const USES: MemoryId = MemoryId::new(20);
pub(crate) const LIVE: MemoryId = MemoryId::new(21);
pub(crate) const ORPHANS: MemoryId = MemoryId::new(22);
pub(crate) const ORPHAN_INDEX: MemoryId = MemoryId::new(23);
pub(crate) const KEYS: MemoryId = MemoryId::new(24);

/// Requests one generation of the table of recent requests takes: people's verbs only, since
/// submissions are known for ever by their own index.
pub(crate) const DEDUP_CAPACITY: u32 = 10_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
