//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! Schema 1: rules, assets with their windows, reservations found by intent, destinations, changes
//! of the policy, announcements, seals, seats, services, alerts, the treasury, totals.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 1;
/// What the header calls this canister.
pub const KIND: &str = "risk_guard";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 21] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "canister-wide roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::live(13, "RULES", "what holds for all assets"),
    Region::live(14, "ASSETS", "rows of assets, under the numbers portfolio gives"),
    Region::live(15, "FLOWS", "rolling windows, four for each asset"),
    Region::live(16, "RESERVATIONS", "rows of reservations"),
    Region::live(17, "PAGES", "the newest reservation of each intent, by pages of 256 intents"),
    Region::live(18, "INTENTS", "the page of each group of intents"),
    Region::live(19, "DESTINATIONS", "the row of each destination"),
    Region::live(20, "CHANGES", "changes of the policy by number"),
    Region::live(21, "ANNOUNCEMENTS", "rows of announcements"),
    Region::live(22, "SEALS", "rows of seals"),
    Region::live(23, "SEATS", "rows of guardians' seats"),
    Region::live(24, "SERVICES", "rows of services"),
    Region::live(25, "ALERTS", "rows of alerts"),
    Region::live(26, "OPEN_ALERTS", "the alert of each kind and subject that is not resolved"),
    Region::live(27, "TREASURY", "what is known of the whole treasury"),
    Region::live(28, "REFRESH", "where the question about the treasury stands"),
    Region::live(29, "TOTALS", "the running figures"),
    Region::live(30, "DESTINATION_ROWS", "rows of destinations"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
pub(crate) const RULES: MemoryId = MemoryId::new(13);
pub(crate) const ASSETS: MemoryId = MemoryId::new(14);
pub(crate) const FLOWS: MemoryId = MemoryId::new(15);
pub(crate) const RESERVATIONS: MemoryId = MemoryId::new(16);
pub(crate) const PAGES: MemoryId = MemoryId::new(17);
pub(crate) const INTENTS: MemoryId = MemoryId::new(18);
pub(crate) const DESTINATIONS: MemoryId = MemoryId::new(19);
pub(crate) const CHANGES: MemoryId = MemoryId::new(20);
pub(crate) const ANNOUNCEMENTS: MemoryId = MemoryId::new(21);
pub(crate) const SEALS: MemoryId = MemoryId::new(22);
pub(crate) const SEATS: MemoryId = MemoryId::new(23);
pub(crate) const SERVICES: MemoryId = MemoryId::new(24);
pub(crate) const ALERTS: MemoryId = MemoryId::new(25);
pub(crate) const OPEN_ALERTS: MemoryId = MemoryId::new(26);
pub(crate) const TREASURY: MemoryId = MemoryId::new(27);
pub(crate) const REFRESH: MemoryId = MemoryId::new(28);
pub(crate) const TOTALS: MemoryId = MemoryId::new(29);
pub(crate) const DESTINATION_ROWS: MemoryId = MemoryId::new(30);

/// Requests one generation of the table of recent requests takes: people's requests only, since
/// outflows are known by their intent.
pub(crate) const DEDUP_CAPACITY: u32 = 10_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
