//! The canister's regions of stable memory, and the history of its schema in prose.
//!
//! * Schema 1: balances and postings as 128-bit two's complement; an account tree by asset and
//!   owner; entries name a block without its asset, and nothing keeps a block from being booked
//!   twice. Never released; its image is kept, and every step from it is real.
//! * Schema 2, `migrate_portfolio_schema`: accounts carry a sign and 128 bits and hang in one chain
//!   per owner; the tree of schema 1 is given up.
//! * Schema 3, `update_transaction_format`: entries name their asset with the block, postings carry
//!   a sign and 128 bits, and every external reference is in the index (P7).
//! * Schema 4, `validate_utxo_consistency`: the unspent outputs were compared with the balances.

use granary_stable::layout::{FIRST_OWN, Region, is_well_formed};
use ic_stable_structures::memory_manager::MemoryId;

/// The schema this code writes.
pub const SCHEMA: u32 = 4;
/// What the header calls this canister.
pub const KIND: &str = "portfolio";

/// The regions behind the suite's own ten. A number is never used again: a retired region stays as
/// a row.
pub const REGIONS: [Region; 23] = [
    Region::live(10, "CONFIG", "the configuration"),
    Region::live(11, "ROLES", "canister-wide roles by role and holder"),
    Region::live(12, "IMPORT", "where a running import stands"),
    Region::retired(13, "ACCOUNT_TREE", "accounts by asset and owner", 2),
    Region::live(14, "ASSETS", "rows of assets"),
    Region::live(15, "ACCOUNTS", "rows of book accounts"),
    Region::live(16, "OWNERS", "the newest account of every owner"),
    Region::live(17, "ENTRIES", "rows of ledger entries"),
    Region::live(18, "POSTINGS", "rows of postings"),
    Region::live(19, "REFERENCES", "entries by external reference"),
    Region::live(20, "RECONCILIATIONS", "where the reconciliation of each asset stands"),
    Region::live(21, "TOTALS", "the running figures"),
    Region::live(22, "UTXOS", "rows of outputs"),
    Region::live(23, "UTXO_INDEX", "outputs by outpoint"),
    Region::live(24, "PRICES", "the newest quotes"),
    Region::live(25, "COMMITMENTS", "one row per epoch"),
    Region::live(26, "TREE", "nodes of the tree over all balances"),
    Region::live(27, "FOLDED", "balances as the committed entries leave them"),
    Region::live(28, "HEADERS", "Bitcoin headers of the best chain by height"),
    Region::live(29, "ENTRY_TREE", "nodes of the tree over all entries"),
    Region::live(30, "UTXO_TREE", "nodes of the tree over all outputs"),
    Region::live(31, "PROOF_PLACE", "how far the trees, the header chain and deposits are"),
    Region::live(32, "UTXO_OWNERS", "outputs by account, live ones first"),
];

const _: () = assert!(is_well_formed(&REGIONS));
const _: () = assert!(FIRST_OWN == 10);

pub(crate) const CONFIG: MemoryId = MemoryId::new(10);
pub(crate) const ROLES: MemoryId = MemoryId::new(11);
pub(crate) const IMPORT: MemoryId = MemoryId::new(12);
/// Only the image of schema 1 still has it.
#[cfg(test)]
pub(crate) const ACCOUNT_TREE: MemoryId = MemoryId::new(13);
pub(crate) const ASSETS: MemoryId = MemoryId::new(14);
pub(crate) const ACCOUNTS: MemoryId = MemoryId::new(15);
pub(crate) const OWNERS: MemoryId = MemoryId::new(16);
pub(crate) const ENTRIES: MemoryId = MemoryId::new(17);
pub(crate) const POSTINGS: MemoryId = MemoryId::new(18);
pub(crate) const REFERENCES: MemoryId = MemoryId::new(19);
pub(crate) const RECONCILIATIONS: MemoryId = MemoryId::new(20);
pub(crate) const TOTALS: MemoryId = MemoryId::new(21);
pub(crate) const UTXOS: MemoryId = MemoryId::new(22);
pub(crate) const UTXO_INDEX: MemoryId = MemoryId::new(23);
pub(crate) const PRICES: MemoryId = MemoryId::new(24);
pub(crate) const COMMITMENTS: MemoryId = MemoryId::new(25);
pub(crate) const TREE: MemoryId = MemoryId::new(26);
pub(crate) const FOLDED: MemoryId = MemoryId::new(27);
pub(crate) const HEADERS: MemoryId = MemoryId::new(28);
pub(crate) const ENTRY_TREE: MemoryId = MemoryId::new(29);
pub(crate) const UTXO_TREE: MemoryId = MemoryId::new(30);
pub(crate) const PROOF_PLACE: MemoryId = MemoryId::new(31);
pub(crate) const UTXO_OWNERS: MemoryId = MemoryId::new(32);

/// Requests one generation of the table of recent requests takes.
pub(crate) const DEDUP_CAPACITY: u32 = 1_000_000;
/// Log lines that are kept.
pub(crate) const LOG_LINES: u64 = 4_096;
