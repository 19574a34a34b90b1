//! An entry is posted when it balances, fits, and was not posted before (P1, P3, P7).

use std::collections::BTreeMap;

use granary_kernel::Fault;
use granary_units::OutOfRange;

use crate::errors::{FundsFault, InputFault, PortfolioError, StateFault};
use crate::limits;
use crate::records::{
    AccountRow, AssetKind, AssetRow, EntryRow, Event, EventKind, ExternalRef, PostingRow,
};
use crate::rules::{Change, Ctx, NewEntry};
use crate::types::{AccountId, AssetId, AssetStatus, EntryId, EntryKind, Owner, PostingId, Signed};

/// One leg, as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whose account.
    pub owner: Owner,
    /// Of which asset.
    pub asset: AssetId,
    /// What it changes.
    pub delta: Signed,
}

/// An entry, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryInput {
    /// What it is about.
    pub kind: EntryKind,
    /// The transfer intent it settles.
    pub intent: Option<u64>,
    /// What outside it stands for.
    pub external_ref: Option<ExternalRef>,
    /// Its legs.
    pub legs: Vec<Leg>,
}

/// What the rule reads.
#[derive(Clone, Debug)]
pub struct View {
    /// The assets of the legs.
    pub assets: BTreeMap<AssetId, AssetRow>,
    /// The account of each leg, if there is one.
    pub accounts: Vec<Option<(AccountId, AccountRow)>>,
    /// The entry that booked the reference.
    pub taken: Option<EntryId>,
    /// Accounts there are.
    pub account_count: u64,
    /// Entries there are.
    pub entry_count: u64,
    /// Postings there are.
    pub posting_count: u64,
    /// True while a migration changes how entries are kept.
    pub migrating: bool,
}

/// Refuses an entry that is wrong whatever the books hold.
pub fn check_shape(input: &EntryInput) -> Result<(), PortfolioError> {
    let count = input.legs.len();
    if !(limits::MIN_POSTINGS..=limits::MAX_POSTINGS).contains(&count) {
        return Err(InputFault::PostingCount { count }.into());
    }
    let mut sums = BTreeMap::<AssetId, Signed>::new();
    for (index, leg) in input.legs.iter().enumerate() {
        if leg.delta.is_zero() {
            return Err(InputFault::DeltaZero { index }.into());
        }
        let mut before = input.legs.iter().take(index);
        if before.any(|other| (other.owner, other.asset) == (leg.owner, leg.asset)) {
            return Err(InputFault::SameAccount { index }.into());
        }
        let adjusts = input.kind == EntryKind::Adjustment || input.kind.is_reconciliation();
        if leg.owner == Owner::Suspense && !adjusts {
            return Err(InputFault::SuspenseReserved { index }.into());
        }
        let sum = sums.entry(leg.asset).or_default();
        *sum = sum.checked_add(leg.delta).map_err(|_| range(index))?;
    }
    if let Some((asset, sum)) = sums.into_iter().find(|(_, sum)| !sum.is_zero()) {
        return Err(InputFault::Unbalanced { asset: asset.wire(), sum }.into());
    }
    Ok(())
}

/// Decides.
pub fn post_entry(view: &View, input: &EntryInput, ctx: &Ctx) -> Result<Change, PortfolioError> {
    if view.migrating {
        return Err(Fault::Migrating { what: "the books" }.into());
    }
    check_shape(input)?;
    check_assets(view, input)?;
    if let Some(entry) = view.taken {
        return Err(StateFault::ReferenceTaken { entry }.into());
    }
    if view.entry_count >= limits::MAX_ENTRIES {
        return Err(Fault::Full { what: "the books", max: limits::MAX_ENTRIES }.into());
    }
    let full = || Fault::Full { what: "the books", max: u32::MAX.into() };
    let id = EntryId::from_slot(view.entry_count).ok_or_else(full)?;
    let first = PostingId::from_slot(view.posting_count).ok_or_else(full)?;
    let assets = view.assets.clone();
    let mut work = Work { view, first, assets, accounts: vec![], postings: vec![] };
    for (index, leg) in input.legs.iter().enumerate() {
        work.leg(id, index, leg, ctx)?;
    }
    let row = EntryRow {
        kind: input.kind,
        at: ctx.now,
        intent: input.intent,
        external_ref: input.external_ref,
        event: 0,
        first,
        count: u8::try_from(input.legs.len()).unwrap_or(u8::MAX),
        old_block: None,
    };
    let mut event = Event::new(EventKind::EntryPosted, id.wire()).name(input.kind.name());
    event.number = input.intent;
    Ok(Change {
        assets: work.assets.into_iter().collect(),
        accounts: work.accounts,
        entry: Some(NewEntry { id, row, postings: work.postings }),
        ..Change::with(event)
    })
}

fn range(index: usize) -> PortfolioError {
    Fault::AmountRange { field: format!("postings[{index}].delta_units") }.into()
}

fn check_assets(view: &View, input: &EntryInput) -> Result<(), PortfolioError> {
    let allowed: &'static [AssetStatus] = if input.kind.is_reconciliation() {
        &[AssetStatus::Active, AssetStatus::Suspended]
    } else {
        &[AssetStatus::Active]
    };
    for (id, row) in &view.assets {
        if !allowed.contains(&row.status) {
            return Err(StateFault::Asset { id: id.wire(), actual: row.status, allowed }.into());
        }
    }
    let known = match input.external_ref {
        None => true,
        Some(ExternalRef::Icrc { asset, .. }) => {
            view.assets.get(&asset).is_some_and(|row| row.ledger().is_some())
        }
        Some(ExternalRef::Btc { .. }) => {
            view.assets.values().any(|row| matches!(row.kind, AssetKind::Btc { .. }))
        }
    };
    if known { Ok(()) } else { Err(InputFault::ReferenceForeign.into()) }
}

/// The rows as they become, leg by leg.
struct Work<'a> {
    view: &'a View,
    first: PostingId,
    assets: BTreeMap<AssetId, AssetRow>,
    accounts: Vec<(AccountId, AccountRow)>,
    postings: Vec<PostingRow>,
}

impl Work<'_> {
    fn leg(
        &mut self,
        entry: EntryId,
        index: usize,
        leg: &Leg,
        ctx: &Ctx,
    ) -> Result<(), PortfolioError> {
        let Leg { owner, asset, delta } = *leg;
        let offset = u64::try_from(index).unwrap_or(u64::MAX);
        let (id, account) = match self.view.accounts.get(index).copied().flatten() {
            Some(found) => found,
            None => (self.next_account()?, AccountRow::new(owner, asset, ctx.now)),
        };
        let Some(row) = self.assets.get_mut(&asset) else {
            return Err(crate::errors::Missing::Asset { id: asset.wire() }.into());
        };
        let after = account.balance.checked_add(delta).map_err(|_| range(index))?;
        if after.is_negative() && !owner.may_be_negative() {
            return Err(FundsFault::Balance {
                owner,
                required: delta.magnitude(),
                available: account.balance.magnitude(),
                symbol: row.symbol,
            }
            .into());
        }
        add_to_asset(row, owner, id, delta, after, ctx).map_err(|_| range(index))?;
        let at = PostingId::from_slot(self.first.slot().saturating_add(offset));
        let full = Fault::Full { what: "the books", max: u32::MAX.into() };
        let newest = Some(at.ok_or(full)?);
        let postings = account.postings.saturating_add(1);
        let next = AccountRow { balance: after, newest, postings, ..account };
        self.accounts.push((id, next));
        self.postings.push(PostingRow { entry, account: id, delta, after, prev: account.newest });
        Ok(())
    }

    fn next_account(&self) -> Result<AccountId, PortfolioError> {
        let fresh = self.accounts.iter().filter(|(id, _)| id.slot() >= self.view.account_count);
        let fresh = u64::try_from(fresh.count()).unwrap_or(u64::MAX);
        let slot = self.view.account_count.saturating_add(fresh);
        let max = limits::MAX_ACCOUNTS;
        AccountId::from_slot(slot)
            .filter(|_| slot < max)
            .ok_or_else(|| Fault::Full { what: "the table of accounts", max }.into())
    }
}

/// The sums of an asset after one leg.
fn add_to_asset(
    row: &mut AssetRow,
    owner: Owner,
    id: AccountId,
    delta: Signed,
    after: Signed,
    ctx: &Ctx,
) -> Result<(), OutOfRange> {
    if owner.is_booked() {
        // Legs of one entry may pass below zero on their way to a sum that does not.
        let sum = row.booked.checked_add(delta)?;
        row.booked = sum;
    }
    match owner {
        Owner::Treasury => row.treasury_account = Some(id),
        Owner::Fees => row.fees_account = Some(id),
        Owner::Suspense => {
            row.suspense_account = Some(id);
            row.suspense = after;
            let since = row.suspense_since.unwrap_or(ctx.now);
            row.suspense_since = (!after.is_zero()).then_some(since);
        }
        Owner::User(_) | Owner::GrantCommitment(_) | Owner::External(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    fn view(asset: AssetId, row: AssetRow) -> View {
        View {
            assets: BTreeMap::from([(asset, row)]),
            accounts: vec![None; 3],
            taken: None,
            account_count: 0,
            entry_count: 0,
            posting_count: 0,
            migrating: false,
        }
    }

    fn transfer(asset: AssetId, legs: &[(Owner, Signed)]) -> EntryInput {
        let leg = |(owner, delta): &(Owner, Signed)| Leg { owner: *owner, asset, delta: *delta };
        EntryInput {
            kind: EntryKind::Transfer,
            intent: None,
            external_ref: None,
            legs: legs.iter().map(leg).collect(),
        }
    }

    #[test]
    fn p3_only_suspense_and_external_go_below_zero() {
        let (asset, row) = fixtures::asset(1);
        let (plus, minus) = (Signed::plus(5), Signed::minus(5));
        let owners = [Owner::Treasury, Owner::User(1), Owner::GrantCommitment(1), Owner::Fees];
        for owner in owners {
            let input = transfer(asset, &[(Owner::External([1; 32]), plus), (owner, minus)]);
            let refused = post_entry(&view(asset, row), &input, &fixtures::ctx());
            assert!(matches!(refused, Err(PortfolioError::Funds(_))), "{owner:?}: {refused:?}");
        }
        let input = transfer(asset, &[(Owner::External([1; 32]), minus), (Owner::Treasury, plus)]);
        let change = post_entry(&view(asset, row), &input, &fixtures::ctx()).expect("it balances");
        let (_, after) = change.assets[0];
        assert_eq!((after.booked, after.suspense), (plus, Signed::ZERO));
        assert_eq!(after.treasury_account, AccountId::new(2));
    }

    #[test]
    fn a_sum_beyond_128_bits_is_refused_by_its_posting() {
        let (asset, row) = fixtures::asset(1);
        let most = Signed::plus(u128::MAX);
        let legs = [
            (Owner::Treasury, most),
            (Owner::Fees, Signed::plus(1)),
            (Owner::External([1; 32]), most.negated()),
        ];
        let refused = post_entry(&view(asset, row), &transfer(asset, &legs), &fixtures::ctx());
        let field = "postings[1].delta_units".to_owned();
        assert_eq!(refused.err(), Some(Fault::AmountRange { field }.into()));
    }

    #[test]
    fn nothing_is_posted_between_two_formats() {
        let (asset, row) = fixtures::asset(1);
        let view = View { migrating: true, ..view(asset, row) };
        let refused = post_entry(&view, &transfer(asset, &[]), &fixtures::ctx());
        assert_eq!(refused.err(), Some(Fault::Migrating { what: "the books" }.into()));
    }
}
