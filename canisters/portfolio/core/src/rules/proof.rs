//! What verbs about outputs, headers and prices write.

use crate::records::{ChainPlace, HeaderRow, PriceRow, UtxoRow};
use crate::types::{AssetId, Timestamp, UtxoId};

/// Everything one of these verbs writes.
#[derive(Clone, Debug, Default)]
pub struct ProofChange {
    /// Outputs' rows; the next number makes a new one.
    pub utxos: Vec<(UtxoId, UtxoRow)>,
    /// Headers, by the slot of the first.
    pub headers: Option<NewHeaders>,
    /// Deposits are frozen since then (some), or open again (none).
    pub frozen: Option<Option<Timestamp>>,
    /// What an asset is worth.
    pub price: Option<(AssetId, PriceRow)>,
    /// When the oracle is to be asked about an asset next.
    pub price_at: Option<(AssetId, Timestamp)>,
}

/// Headers that are about to be written.
#[derive(Clone, Debug)]
pub struct NewHeaders {
    /// The chain as it becomes.
    pub chain: ChainPlace,
    /// Slot of the first.
    pub from: u64,
    /// The headers.
    pub headers: Vec<HeaderRow>,
}
