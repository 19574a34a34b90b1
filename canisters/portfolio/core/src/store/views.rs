//! Records for rules and for readers.

use ic_stable_structures::Memory;

use crate::errors::{Missing, PortfolioError};
use crate::records::row::damaged;
use crate::records::{
    AccountRow, AssetRow, EntryRow, ExternalRef, PostingRow, ReconciliationRow, Totals,
};
use crate::store::Store;
use crate::types::{AccountId, AssetId, EntryId, Id, Owner, PostingId, Principal};

/// The schema from which on accounts hang in the chain of their owner.
const CHAINED_SINCE: u32 = 2;
/// The schema from which on every reference is in the index.
const INDEXED_SINCE: u32 = 3;

impl<M: Memory> Store<M> {
    /// The asset with this number.
    pub fn asset(&self, id: u64) -> Result<(AssetId, AssetRow), PortfolioError> {
        AssetId::from_wire(id)
            .and_then(|id| self.assets.get(id.slot()).map(|row| (id, row)))
            .ok_or_else(|| Missing::Asset { id }.into())
    }

    /// The row of an asset that is known to exist.
    pub(crate) fn asset_row(&self, id: AssetId) -> AssetRow {
        self.assets.get(id.slot()).unwrap_or_else(damaged)
    }

    /// Where the reconciliation of the asset stands.
    pub fn reconciliation(&self, id: AssetId) -> ReconciliationRow {
        self.reconciliations.get(id.slot()).unwrap_or_else(damaged)
    }

    /// The asset of a ledger; a walk over at most all assets.
    pub fn asset_of_ledger(&self, ledger: &Principal) -> Option<AssetId> {
        self.assets
            .iter_from(0)
            .find(|(_, row)| row.ledger().as_ref() == Some(ledger))
            .and_then(|(slot, _)| AssetId::from_slot(slot))
    }

    /// Every asset; at most [`crate::limits::MAX_ASSETS`].
    pub fn all_assets(&self) -> impl Iterator<Item = (AssetId, AssetRow)> + '_ {
        self.assets.iter_from(0).filter_map(|(slot, row)| Some((AssetId::from_slot(slot)?, row)))
    }

    /// Assets there are.
    pub const fn asset_count(&self) -> u64 {
        self.assets.len()
    }

    /// Accounts there are.
    pub const fn account_count(&self) -> u64 {
        self.accounts.len()
    }

    /// Entries there are.
    pub const fn entry_count(&self) -> u64 {
        self.entries.len()
    }

    /// Postings there are.
    pub const fn posting_count(&self) -> u64 {
        self.postings.len()
    }

    /// The running figures.
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// The account with this number.
    pub fn account(&self, id: u64) -> Result<(AccountId, AccountRow), PortfolioError> {
        AccountId::from_wire(id)
            .and_then(|id| self.accounts.get(id.slot()).map(|row| (id, row)))
            .ok_or_else(|| Missing::Account { id }.into())
    }

    /// What an owner has of an asset, if an account was opened.
    pub fn account_of(
        &self,
        owner: Owner,
        asset: AssetId,
    ) -> Result<Option<(AccountId, AccountRow)>, PortfolioError> {
        let row = self.asset_row(asset);
        self.account_in(owner, asset, &row)
    }

    /// As [`Self::account_of`], with the asset's row at hand: it names accounts there is one of.
    pub(crate) fn account_in(
        &self,
        owner: Owner,
        asset: AssetId,
        row: &AssetRow,
    ) -> Result<Option<(AccountId, AccountRow)>, PortfolioError> {
        self.need_schema(CHAINED_SINCE)?;
        let id = match owner {
            Owner::Treasury => row.treasury_account,
            Owner::Fees => row.fees_account,
            Owner::Suspense => row.suspense_account,
            Owner::User(_) | Owner::GrantCommitment(_) | Owner::External(_) => {
                self.chain(owner).find(|(_, of)| *of == asset).map(|(id, _)| id)
            }
        };
        Ok(id.map(|id| (id, self.accounts.get(id.slot()).unwrap_or_else(damaged))))
    }

    /// The accounts of an owner, newest first, each with its asset.
    pub(crate) fn chain(&self, owner: Owner) -> impl Iterator<Item = (AccountId, AssetId)> + '_ {
        let newest = self.newest_of(owner);
        let link = |id: AccountId| {
            // Behind the version byte: the asset, then the account before.
            let part = self.accounts.read_part::<8>(id.slot(), 1).unwrap_or_else(|_| damaged());
            let mut part = granary_stable::bytes::Reader::new(&part);
            (id, Id::new(part.u32()).unwrap_or_else(damaged), Id::new(part.u32()))
        };
        let mut next = newest;
        core::iter::from_fn(move || {
            let (id, asset, before) = link(next?);
            next = before;
            Some((id, asset))
        })
    }

    pub(crate) fn newest_of(&self, owner: Owner) -> Option<AccountId> {
        let key = granary_stable::keys::FixedKey(owner.key());
        self.owners.get(&key).and_then(AccountId::new)
    }

    /// Every account of an owner, newest first.
    pub fn accounts_of(
        &self,
        owner: Owner,
    ) -> Result<Vec<(AccountId, AccountRow)>, PortfolioError> {
        self.need_schema(CHAINED_SINCE)?;
        // The row is wanted anyway, so the link to the next one is taken from it.
        let (mut next, mut found) = (self.newest_of(owner), Vec::new());
        while let Some(id) = next {
            let row = self.accounts.get(id.slot()).unwrap_or_else(damaged);
            next = row.owner_prev;
            found.push((id, row));
        }
        Ok(found)
    }

    /// The entry with this number.
    pub fn entry_row(&self, id: u64) -> Result<(EntryId, EntryRow), PortfolioError> {
        let row = EntryId::from_wire(id)
            .and_then(|id| self.entries.get(id.slot()).map(|row| (id, row)))
            .ok_or(Missing::Entry { id })?;
        let (id, mut row) = row;
        if let Some(block) = row.old_block {
            let asset = self.account_asset(self.posting(row.first).account);
            row.external_ref = Some(ExternalRef::Icrc { asset, block });
        }
        Ok((id, row))
    }

    pub(crate) fn posting(&self, id: PostingId) -> PostingRow {
        self.postings.get(id.slot()).unwrap_or_else(damaged)
    }

    pub(crate) fn account_asset(&self, id: AccountId) -> AssetId {
        self.accounts.get(id.slot()).map_or_else(damaged, |row| row.asset)
    }

    /// The entry that booked a reference.
    pub fn entry_of(&self, reference: &ExternalRef) -> Option<EntryId> {
        self.references.get(&reference.key()).and_then(EntryId::new)
    }

    /// True while a migration changes how entries are kept: nothing is posted meanwhile.
    pub fn is_migrating(&self) -> bool {
        self.header().schema < INDEXED_SINCE
    }

    fn need_schema(&self, schema: u32) -> Result<(), PortfolioError> {
        if self.header().schema >= schema {
            return Ok(());
        }
        Err(granary_kernel::Fault::Migrating { what: "the books" }.into())
    }
}
