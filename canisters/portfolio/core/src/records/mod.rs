//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration, roles | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | asset | fixed row | [`asset`] |
//! | account | fixed row | [`account`] |
//! | entry, posting | fixed rows, never changed | [`entry`] |
//! | reconciliation | fixed row | [`reconciliation`] |
//! | totals | fixed row | [`totals`] |
//! | output | fixed row | [`utxo`] |
//! | price | fixed row | [`price`] |
//! | commitment, folded balance, node, header, place | fixed rows | [`commitment`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod account;
pub mod asset;
pub mod commitment;
pub mod config;
pub mod entry;
pub mod event;
pub mod price;
pub mod reconciliation;
pub(crate) mod row;
pub mod totals;
pub mod utxo;

pub use account::AccountRow;
pub use asset::{AssetKind, AssetRow, LedgerAccount, Symbol};
pub use commitment::{ChainPlace, CommitmentRow, Folded, HeaderRow, NodeRow, ProofPlace};
pub use config::{Config, Role};
pub use entry::{EntryRow, ExternalRef, PostingRow};
pub use event::{Event, EventKind};
pub use granary_kernel::{Base, Mode, Phase, Profile, RoleGrant};
pub use price::{AssetClass, PriceRow, PriceSource, Quote, Refusal};
pub use reconciliation::{ReconciliationRow, Run};
pub use totals::Totals;
pub use utxo::{SuspendReason, UtxoRow, UtxoState};

use granary_stable::record::Record;

impl Record for Config {
    const NAME: &'static str = "configuration";
    const VERSION: u8 = 1;
}
impl Record for Event {
    const NAME: &'static str = "event";
    const VERSION: u8 = 1;
}
