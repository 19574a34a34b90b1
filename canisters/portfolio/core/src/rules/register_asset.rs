//! Books are opened for an asset.

use granary_kernel::{Fault, checks};

use crate::errors::{PortfolioError, StateFault};
use crate::limits;
use crate::records::{
    AssetKind, AssetRow, Event, EventKind, LedgerAccount, ReconciliationRow, Symbol,
};
use crate::rules::{Change, Ctx};
use crate::types::{AssetId, AssetStatus, Signed};

/// An asset, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetInput {
    /// For people.
    pub symbol: String,
    /// Decimal places of the smallest unit.
    pub decimals: u8,
    /// What is counted.
    pub kind: AssetKind,
    /// Where the treasury's part is held.
    pub treasury: LedgerAccount,
    /// The first block reconciliation looks at.
    pub first_block: u64,
}

/// What the rule reads.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Assets there are.
    pub assets: u64,
    /// The asset that has the ledger already.
    pub taken: Option<AssetId>,
}

/// Decides.
pub fn register_asset(
    view: &View,
    input: &AssetInput,
    ctx: &Ctx,
) -> Result<Change, PortfolioError> {
    checks::text("symbol", &input.symbol, limits::MAX_SYMBOL_BYTES)?;
    let max = limits::MAX_SYMBOL_BYTES;
    let bytes = input.symbol.len();
    let symbol = Symbol::new(&input.symbol).ok_or_else(|| Fault::TextSize {
        field: "symbol".to_owned(),
        bytes,
        max,
    })?;
    checks::at_most("decimals", input.decimals.into(), limits::MAX_DECIMALS.into())?;
    if let AssetKind::Icrc { ledger, .. } = &input.kind {
        checks::person("kind.ledger", ledger)?;
        checks::person("treasury.owner", &input.treasury.owner)?;
    }
    if let Some(asset) = view.taken {
        return Err(StateFault::LedgerTaken { asset: asset.wire() }.into());
    }
    let max = limits::MAX_ASSETS;
    let full = || Fault::Full { what: "the table of assets", max };
    let id = AssetId::from_slot(view.assets).filter(|_| view.assets < max).ok_or_else(full)?;
    let row = AssetRow {
        kind: input.kind,
        symbol,
        decimals: input.decimals,
        status: AssetStatus::Active,
        treasury: input.treasury,
        opened_at: ctx.now,
        booked: Signed::ZERO,
        suspense: Signed::ZERO,
        suspense_since: None,
        treasury_account: None,
        fees_account: None,
        suspense_account: None,
    };
    let mut event = Event::new(EventKind::AssetRegistered, id.wire()).name(symbol.as_str());
    event.party = row.ledger();
    Ok(Change {
        assets: vec![(id, row)],
        reconciliation: Some((id, ReconciliationRow::new(input.first_block))),
        reconcile_at: row.ledger().map(|_| (id, ctx.now)),
        ..Change::with(event)
    })
}
