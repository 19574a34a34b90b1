//! Pages by cursor, and statements. Every list follows links or numbers; nothing scans.
//!
//! | list | order |
//! |---|---|
//! | assets, accounts, entries | by number, oldest first |
//! | entries of an account, a statement | newest first |

use granary_kernel::lists::{by_number, walk};
use granary_kernel::{Fault, Page, checks};
use ic_stable_structures::Memory;

use crate::errors::{InputFault, PortfolioError};
use crate::limits;
use crate::records::row::damaged;
use crate::records::{AccountRow, AssetRow, EntryRow, PostingRow};
use crate::store::Store;
use crate::types::{AccountId, AssetId, EntryId, Owner, PostingId, Signed, Timestamp};

/// At most one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Only entries that change this account.
    pub account: Option<u64>,
    /// The entry that booked this block of the asset.
    pub block: Option<(u64, u64)>,
}

/// A posting with what its account says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineView {
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: Owner,
    /// Of which asset.
    pub asset: AssetId,
    /// What changed.
    pub delta: Signed,
    /// What was there afterwards.
    pub after: Signed,
}

/// An entry with its postings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryView {
    /// Its number.
    pub id: EntryId,
    /// Its row.
    pub row: EntryRow,
    /// Its postings.
    pub lines: Vec<LineView>,
}

/// A statement that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementArgs {
    /// Of which account.
    pub account: u64,
    /// From when on; entries of this moment included.
    pub from: Timestamp,
    /// Until when; entries of this moment left out.
    pub to: Timestamp,
    /// The posting the page before ended with.
    pub after: Option<u64>,
    /// Lines wanted.
    pub limit: u32,
}

/// Some lines of an account in a period, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account.
    pub account: (AccountId, AccountRow),
    /// Its lines with their entries.
    pub lines: Vec<(PostingId, PostingRow, EntryRow)>,
    /// What was there before the oldest line of the page.
    pub opening: Signed,
    /// What was there after the newest line of the page.
    pub closing: Signed,
    /// The cursor of the next page; none when the period is told to its beginning.
    pub next: Option<u64>,
}

/// An asset with what somebody has of it.
pub type Position = ((AssetId, AssetRow), Signed);

fn page_size(limit: u32) -> Result<usize, Fault> {
    checks::page(limit, granary_kernel::limits::MAX_PAGE)
}

impl<M: Memory> Store<M> {
    /// Assets by number.
    pub fn list_assets(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(AssetId, AssetRow)>, PortfolioError> {
        let page = by_number(after, page_size(limit)?, self.asset_count());
        let row = |id| self.asset(id).unwrap_or_else(|_| damaged());
        Ok(page.map(row))
    }

    /// Accounts by number.
    pub fn list_accounts(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(AccountId, AccountRow)>, PortfolioError> {
        let page = by_number(after, page_size(limit)?, self.account_count());
        Ok(page.map(|id| self.account(id).unwrap_or_else(|_| damaged())))
    }

    /// What an owner has, newest account first; or, of the assets named, those it has.
    pub fn balances(
        &self,
        owner: Owner,
        assets: Option<&[u64]>,
    ) -> Result<Vec<(AccountId, AccountRow)>, PortfolioError> {
        let Some(assets) = assets else { return self.accounts_of(owner) };
        let (count, max) = (assets.len(), limits::MAX_BALANCES);
        if count > max {
            return Err(Fault::ListSize { field: "assets".to_owned(), count, max }.into());
        }
        // One walk over the owner's chain serves all of them.
        let all = self.accounts_of(owner)?;
        let of = |asset: &u64| all.iter().find(|(_, row)| row.asset.wire() == *asset).copied();
        Ok(assets.iter().filter_map(of).collect())
    }

    /// What a user has of each asset, or what is booked of each in all.
    pub fn positions(&self, user: Option<u64>) -> Result<Vec<Position>, PortfolioError> {
        let Some(user) = user else {
            return Ok(self.all_assets().map(|asset| (asset, asset.1.booked)).collect());
        };
        let asset = |id: AssetId| (id, self.asset_row(id));
        let accounts = self.accounts_of(Owner::User(user))?;
        Ok(accounts.into_iter().map(|(_, row)| (asset(row.asset), row.balance)).collect())
    }

    /// An entry with its postings.
    pub fn entry(&self, id: u64) -> Result<EntryView, PortfolioError> {
        let (id, row) = self.entry_row(id)?;
        let line = |id: PostingId| {
            let posting = self.posting(id);
            let account = self.accounts.get(posting.account.slot()).unwrap_or_else(damaged);
            LineView {
                account: posting.account,
                owner: account.owner,
                asset: account.asset,
                delta: posting.delta,
                after: posting.after,
            }
        };
        Ok(EntryView { id, row, lines: row.postings().map(line).collect() })
    }

    /// Entries by filter. The cursor of an account's list is the posting the page ended with.
    pub fn list_entries(
        &self,
        filter: &EntryFilter,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<EntryView>, PortfolioError> {
        let limit = page_size(limit)?;
        match *filter {
            EntryFilter { account: None, block: None } => {
                let page = by_number(after, limit, self.entry_count());
                Ok(page.map(|id| self.entry(id).unwrap_or_else(|_| damaged())))
            }
            EntryFilter { account: Some(account), block: None } => {
                let (id, row) = self.account(account)?;
                let first = match after {
                    None => row.newest,
                    Some(cursor) => self.own_posting(id, cursor)?.prev,
                };
                let page = walk(first, limit, |id| self.posting(id).prev);
                let entry = |id| self.posting(id).entry.wire();
                Ok(page.map(|id| self.entry(entry(id)).unwrap_or_else(|_| damaged())))
            }
            EntryFilter { account: None, block: Some((asset, block)) } => {
                let (asset, _) = self.asset(asset)?;
                let reference = crate::records::ExternalRef::Icrc { asset, block };
                let found = self.entry_of(&reference).map(|id| self.entry(id.wire()));
                Ok(Page { items: found.into_iter().collect::<Result<_, _>>()?, next: None })
            }
            EntryFilter { account: Some(_), block: Some(_) } => Err(InputFault::Filter.into()),
        }
    }

    /// What happened on an account in a period, newest first. A page walks over at most
    /// [`limits::MAX_STATEMENT_STEPS`] postings, so one that begins far before the account's end
    /// may have fewer lines than asked for, or none, and a cursor.
    pub fn statement(&self, args: &StatementArgs) -> Result<Statement, PortfolioError> {
        let limit = page_size(args.limit)?;
        if args.to < args.from {
            return Err(InputFault::Period.into());
        }
        let (id, row) = self.account(args.account)?;
        let (mut at, start) = match args.after {
            None => (row.newest, row.balance),
            Some(cursor) => {
                let posting = self.own_posting(id, cursor)?;
                let before = posting.after.checked_sub(posting.delta)?;
                (posting.prev, before)
            }
        };
        let (mut lines, mut opening, mut closing, mut last) = (vec![], start, start, None);
        for _ in 0..limits::MAX_STATEMENT_STEPS {
            let Some(here) = at.filter(|_| lines.len() < limit) else { break };
            let posting = self.posting(here);
            let (_, entry) = self.entry_row(posting.entry.wire())?;
            if entry.at < args.from {
                at = None;
                break;
            }
            opening = posting.after.checked_sub(posting.delta)?;
            if entry.at < args.to {
                lines.push((here, posting, entry));
            } else {
                closing = opening;
            }
            last = Some(here.wire());
            at = posting.prev;
        }
        let next = at.and(last);
        Ok(Statement { account: (id, row), lines, opening, closing, next })
    }

    /// The posting a cursor names, if it is one of the account.
    fn own_posting(&self, account: AccountId, cursor: u64) -> Result<PostingRow, PortfolioError> {
        PostingId::from_wire(cursor)
            .and_then(|id| self.postings.get(id.slot()))
            .filter(|posting| posting.account == account)
            .ok_or_else(|| Fault::Cursor.into())
    }
}
