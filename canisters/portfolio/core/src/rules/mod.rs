//! The decisions: values in, values out. A rule gets a view (records already loaded), an input and
//! a [`Ctx`], and answers the [`Change`] to make or the refusal. It never touches the store.

pub mod headers;
pub mod open_accounts;
pub mod post_entry;
pub mod price;
pub mod proof;
pub mod reconcile;
pub mod register_asset;
pub mod set_asset_status;
pub mod utxo_observe;
pub mod utxo_spend;
pub mod valuation;

pub use granary_kernel::Ctx;

use crate::records::{AccountRow, AssetRow, EntryRow, Event, PostingRow, ReconciliationRow};
use crate::types::{AccountId, AssetId, EntryId, Timestamp};

/// Everything one verb writes. The store applies it in one go and keeps links, totals and trees.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Assets' rows; the next number makes a new one.
    pub assets: Vec<(AssetId, AssetRow)>,
    /// Accounts' rows; the next numbers make new ones.
    pub accounts: Vec<(AccountId, AccountRow)>,
    /// A new entry with its postings.
    pub entry: Option<NewEntry>,
    /// A reconciliation's row.
    pub reconciliation: Option<(AssetId, ReconciliationRow)>,
    /// When an asset is to be reconciled next.
    pub reconcile_at: Option<(AssetId, Timestamp)>,
    /// Outputs, prices, commitments.
    pub proofs: proof::ProofChange,
    /// What happened; the first one's subject is the receipt's id.
    pub events: Vec<Event>,
}

/// An entry that is about to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its number: the next one.
    pub id: EntryId,
    /// Its row; the store fills in its first posting and its event.
    pub row: EntryRow,
    /// Its legs.
    pub postings: Vec<PostingRow>,
}

#[cfg(test)]
pub(crate) mod fixtures;

impl Change {
    /// A change that begins with one event.
    pub(crate) fn with(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }
}
