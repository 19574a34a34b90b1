//! Verbs of the books: assets, accounts, entries.

use std::collections::BTreeMap;

use granary_kernel::{Class, Ctx, Fault, Receipt, Request, run};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::PortfolioError;
use crate::limits;
use crate::records::{AssetRow, ExternalRef, Role};
use crate::rules::open_accounts::{self, open_account};
use crate::rules::post_entry::{self, EntryInput, Leg};
use crate::rules::register_asset::{self, AssetInput};
use crate::rules::{Change, set_asset_status};
use crate::store::Store;
use crate::types::{AssetId, AssetStatus, EntryKind, Hash, Owner, Principal, Signed};

/// One leg, with the number of its asset as a caller wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingInput {
    /// Whose account.
    pub owner: Owner,
    /// Of which asset.
    pub asset: u64,
    /// What it changes.
    pub delta: Signed,
}

/// What outside an entry stands for, as a caller wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceInput {
    /// A block of a ledger.
    Icrc {
        /// The ledger.
        ledger: Principal,
        /// Index of the block.
        block: u64,
    },
    /// An output of a Bitcoin transaction.
    Btc {
        /// The transaction.
        txid: Hash,
        /// Which of its outputs.
        vout: u32,
    },
}

/// An entry, as a caller wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostInput {
    /// What it is about.
    pub kind: EntryKind,
    /// The transfer intent it settles.
    pub intent: Option<u64>,
    /// What outside it stands for.
    pub external_ref: Option<ReferenceInput>,
    /// Its legs.
    pub postings: Vec<PostingInput>,
}

impl PostInput {
    /// True for what belongs to an intent and moves between the treasury and Suspense alone.
    fn clears_suspense(&self) -> bool {
        let mut owners = self.postings.iter().map(|posting| posting.owner);
        self.intent.is_some()
            && owners.all(|owner| matches!(owner, Owner::Treasury | Owner::Suspense))
    }
}

/// An account that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenInput {
    /// Whose.
    pub owner: Owner,
    /// Of which asset.
    pub asset: u64,
}

impl<M: Memory + 'static> Store<M> {
    /// Opens books for an asset.
    pub fn register_asset(
        &mut self,
        ctx: &Ctx,
        input: &AssetInput,
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::New, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let taken = match input.kind {
                crate::records::AssetKind::Icrc { ledger, .. } => store.asset_of_ledger(&ledger),
                crate::records::AssetKind::Btc { .. } => None,
            };
            let view = register_asset::View { assets: store.asset_count(), taken };
            register_asset::register_asset(&view, input, ctx)
        })
    }

    /// Suspends an asset, takes it up again, or retires it.
    pub fn set_asset_status(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        status: AssetStatus,
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let (id, row) = store.asset(asset)?;
            set_asset_status::set_asset_status(id, &row, status)
        })
    }

    /// Opens the accounts that are not open yet; the receipt is of the last one opened, or of
    /// nothing when all were.
    pub fn open_accounts(
        &mut self,
        ctx: &Ctx,
        wanted: &[OpenInput],
    ) -> Result<Receipt, PortfolioError> {
        self.gate(ctx, Class::New)?;
        self.need_role(ctx, &[Role::Execution, Role::Operator])?;
        let (count, max) = (wanted.len(), limits::MAX_OPENINGS);
        if count == 0 || count > max {
            return Err(Fault::ListSize { field: "accounts".to_owned(), count, max }.into());
        }
        // Everything is looked at before anything is opened.
        for input in wanted {
            self.asset(input.asset)?;
        }
        let room = limits::MAX_ACCOUNTS.saturating_sub(self.account_count());
        if u64::try_from(count).unwrap_or(u64::MAX) > room {
            let max = limits::MAX_ACCOUNTS;
            return Err(Fault::Full { what: "the table of accounts", max }.into());
        }
        let (event, _) = self.journal_head();
        let mut receipt = Receipt { id: 0, event, at: ctx.now };
        for input in wanted {
            let (asset, row) = self.asset(input.asset)?;
            if self.account_in(input.owner, asset, &row)?.is_some() {
                continue;
            }
            let (owner, accounts) = (input.owner, self.account_count());
            let view = open_accounts::View { owner, asset, row, accounts };
            let change = open_account(&view, ctx)?;
            receipt = Receipt { event: receipt.event, ..self.commit(change, ctx) };
        }
        Ok(receipt)
    }

    /// Refuses everybody who may post nothing, before what is to be posted is read.
    pub fn may_post(&self, ctx: &Ctx) -> Result<(), PortfolioError> {
        self.gate(ctx, Class::New)?;
        Ok(self.need_role(ctx, &[Role::Execution, Role::Operator])?)
    }

    /// Posts an entry. Adjustments are an operator's, everything else is of whoever moves money;
    /// they may also take out of Suspense what reconciliation put there before they booked it.
    pub fn post_entry(
        &mut self,
        ctx: &Ctx,
        input: &PostInput,
        key: Option<&str>,
    ) -> Result<Receipt, PortfolioError> {
        let request = key.map(|key| Request { key, print: print_of(input) });
        self.verb(ctx, Class::New, request, |store| {
            let roles: &[Role] = match input.kind {
                EntryKind::Adjustment if input.clears_suspense() => {
                    &[Role::Operator, Role::Execution]
                }
                EntryKind::Adjustment => &[Role::Operator],
                EntryKind::Deposit
                | EntryKind::Withdrawal
                | EntryKind::Transfer
                | EntryKind::GrantCommitted
                | EntryKind::GrantReleased
                | EntryKind::GrantPaid
                | EntryKind::Fee
                | EntryKind::Explained
                | EntryKind::Unexplained => &[Role::Execution],
            };
            store.need_role(ctx, roles)?;
            if input.kind.is_reconciliation() {
                return Err(crate::errors::InputFault::KindReserved { kind: input.kind }.into());
            }
            let (input, assets) = store.resolve(input)?;
            // A balance of Bitcoin is the sum of outputs (P5): it is booked with them, never alone.
            if assets.values().any(|asset| asset.ledger().is_none()) {
                return Err(crate::errors::UtxoFault::OutputsOnly.into());
            }
            post_entry::check_shape(&input)?;
            store.decide_known(&input, assets, ctx)
        })
    }

    /// The decision about an entry over what is stored now.
    pub(crate) fn decide_entry(
        &self,
        input: &EntryInput,
        ctx: &Ctx,
    ) -> Result<Change, PortfolioError> {
        post_entry::check_shape(input)?;
        let mut assets = BTreeMap::new();
        for leg in &input.legs {
            assets.entry(leg.asset).or_insert_with(|| self.asset_row(leg.asset));
        }
        self.decide_known(input, assets, ctx)
    }

    /// As [`Self::decide_entry`], with the assets of the legs at hand.
    fn decide_known(
        &self,
        input: &EntryInput,
        assets: BTreeMap<AssetId, AssetRow>,
        ctx: &Ctx,
    ) -> Result<Change, PortfolioError> {
        let mut accounts = Vec::with_capacity(input.legs.len());
        for leg in &input.legs {
            let found = match assets.get(&leg.asset) {
                Some(row) => self.account_in(leg.owner, leg.asset, row)?,
                None => None,
            };
            accounts.push(found);
        }
        let view = post_entry::View {
            assets,
            accounts,
            taken: input.external_ref.and_then(|reference| self.entry_of(&reference)),
            account_count: self.account_count(),
            entry_count: self.entry_count(),
            posting_count: self.posting_count(),
            migrating: self.is_migrating(),
        };
        post_entry::post_entry(&view, input, ctx)
    }

    /// The entry with its assets found, each of them read once.
    fn resolve(
        &self,
        input: &PostInput,
    ) -> Result<(EntryInput, BTreeMap<AssetId, AssetRow>), PortfolioError> {
        let count = input.postings.len();
        if count > limits::MAX_POSTINGS {
            return Err(crate::errors::InputFault::PostingCount { count }.into());
        }
        let mut assets = BTreeMap::new();
        let mut legs = Vec::with_capacity(count);
        for posting in &input.postings {
            let PostingInput { owner, asset, delta } = *posting;
            let known = AssetId::from_wire(asset).filter(|id| assets.contains_key(id));
            let asset = if let Some(id) = known {
                id
            } else {
                let (id, row) = self.asset(asset)?;
                assets.insert(id, row);
                id
            };
            legs.push(Leg { owner, asset, delta });
        }
        let external_ref = match input.external_ref {
            None => None,
            Some(ReferenceInput::Btc { txid, vout }) => Some(ExternalRef::Btc { txid, vout }),
            Some(ReferenceInput::Icrc { ledger, block }) => {
                let of = |leg: &&Leg| {
                    assets.get(&leg.asset).is_some_and(|row| row.ledger() == Some(ledger))
                };
                let asset = legs.iter().find(of).map(|leg| leg.asset);
                let asset = asset.ok_or(crate::errors::InputFault::ReferenceForeign)?;
                Some(ExternalRef::Icrc { asset, block })
            }
        };
        let (kind, intent) = (input.kind, input.intent);
        Ok((EntryInput { kind, intent, external_ref, legs }, assets))
    }

    /// Gate, request, decision, commit: the course of every verb.
    pub(crate) fn verb(
        &mut self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
        decide: impl FnOnce(&Self) -> Result<Change, PortfolioError>,
    ) -> Result<Receipt, PortfolioError> {
        run(self, ctx, class, request, decide, Self::commit)
    }
}

/// What is asked for, so that the same key with something else is noticed (C11).
fn print_of(input: &PostInput) -> granary_stable::dedup::Fingerprint {
    let mut print = Fingerprinter::new("post_entry");
    print.write(input.kind.name().as_bytes());
    print.write_u64(input.intent.unwrap_or(u64::MAX)).write_u64(input.intent.is_some().into());
    match input.external_ref {
        None => print.write(&[0]),
        Some(ReferenceInput::Icrc { ledger, block }) => {
            print.write(&[1]).write(ledger.as_slice()).write_u64(block)
        }
        Some(ReferenceInput::Btc { txid, vout }) => {
            print.write(&[2]).write(&txid).write_u64(vout.into())
        }
    };
    for posting in &input.postings {
        print
            .write(&posting.owner.key())
            .write_u64(posting.asset)
            .write(&[posting.delta.is_negative().into()])
            .write(&posting.delta.magnitude().to_be_bytes());
    }
    print.finish()
}
