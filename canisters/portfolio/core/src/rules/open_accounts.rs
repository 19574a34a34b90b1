//! Accounts are opened before anything is posted to them, so that everybody has books (P6).

use granary_kernel::Fault;

use crate::errors::PortfolioError;
use crate::limits;
use crate::records::{AccountRow, AssetRow, Event, EventKind};
use crate::rules::{Change, Ctx};
use crate::types::{AccountId, AssetId, Owner};

/// What the rule reads of one account that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Whose.
    pub owner: Owner,
    /// Of which asset.
    pub asset: AssetId,
    /// The asset.
    pub row: AssetRow,
    /// Accounts there are.
    pub accounts: u64,
}

/// Decides about an account that is not there yet.
pub fn open_account(view: &View, ctx: &Ctx) -> Result<Change, PortfolioError> {
    let View { owner, asset, mut row, accounts } = *view;
    let max = limits::MAX_ACCOUNTS;
    let full = || Fault::Full { what: "the table of accounts", max };
    let id = AccountId::from_slot(accounts).filter(|_| accounts < max).ok_or_else(full)?;
    match owner {
        Owner::Treasury => row.treasury_account = Some(id),
        Owner::Fees => row.fees_account = Some(id),
        Owner::Suspense => row.suspense_account = Some(id),
        Owner::User(_) | Owner::GrantCommitment(_) | Owner::External(_) => {}
    }
    let event = Event::new(EventKind::AccountOpened, id.wire());
    Ok(Change {
        assets: vec![(asset, row)],
        accounts: vec![(id, AccountRow::new(owner, asset, ctx.now))],
        ..Change::with(event.number(asset.wire()).name(owner.kind()))
    })
}
