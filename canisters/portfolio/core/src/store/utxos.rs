//! Verbs of outputs: a look at an address, holding, giving back, spending.

use std::collections::BTreeMap;

use granary_kernel::{Class, Ctx, Fault, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{PortfolioError, UtxoFault};
use crate::limits;
use crate::records::utxo::outpoint;
use crate::records::{
    AssetKind, AssetRow, Event, ExternalRef, Role, SuspendReason, UtxoRow, UtxoState,
};
use crate::rules::Change;
use crate::rules::open_accounts::{self, open_account};
use crate::rules::post_entry::{EntryInput, Leg};
use crate::rules::proof::ProofChange;
use crate::rules::reconcile::outside;
use crate::rules::utxo_observe::{self, Booking, Observed, Sight, Step};
use crate::rules::utxo_spend::{self, Found, Outcome};
use crate::store::Store;
use crate::types::{AccountId, AssetId, EntryKind, Hash, Owner, Signed, UtxoId};

/// One look at the address of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncInput {
    /// Whose outputs these are.
    pub owner: Owner,
    /// Of which asset.
    pub asset: u64,
    /// Height of the newest block.
    pub tip: u32,
    /// All unspent outputs there are.
    pub observed: Vec<Observed>,
}

/// What a look changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Outputs nobody knew.
    pub seen: u32,
    /// Outputs that were booked.
    pub confirmed: u32,
    /// Outputs that may be spent now.
    pub available: u32,
    /// Outputs that were taken out or left the chain.
    pub lost: u32,
    /// Outputs that should be there and are not: a person must look.
    pub missing: u32,
}

impl Synced {
    fn count(&mut self, to: UtxoState) {
        let figure = match to {
            UtxoState::Seen => &mut self.seen,
            UtxoState::Confirmed => &mut self.confirmed,
            UtxoState::Available => &mut self.available,
            UtxoState::Suspended | UtxoState::Dropped => &mut self.lost,
            UtxoState::Reserved | UtxoState::Spent => return,
        };
        *figure = figure.saturating_add(1);
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Takes one look at an address in. Everything about the look is checked first; then each
    /// output is a decision of its own, and doing it again changes nothing.
    pub fn sync_utxos(&mut self, ctx: &Ctx, input: &SyncInput) -> Result<Synced, PortfolioError> {
        self.gate(ctx, Class::Finish)?;
        self.need_role(ctx, &[Role::Execution, Role::Operator])?;
        let (count, max) = (input.observed.len(), limits::MAX_LIVE_UTXOS);
        if count > max {
            return Err(Fault::ListSize { field: "utxos".to_owned(), count, max }.into());
        }
        utxo_observe::check(&input.observed, input.tip)?;
        let (asset, row) = self.asset(input.asset)?;
        let sight = self.sight(asset, &row, input.tip)?;
        self.need_postable(asset, &row)?;
        let account = self.account_in(input.owner, asset, &row)?.map(|(id, _)| id);
        self.check_known(input, asset, account)?;
        let account = match account {
            Some(account) => account,
            None if input.observed.is_empty() => return Ok(Synced::default()),
            None => self.open_for(ctx, input.owner, asset, row)?,
        };
        let mut synced = Synced::default();
        self.walk_live(ctx, account, input, &sight, &mut synced)?;
        self.walk_observed(ctx, account, asset, input, &sight, &mut synced)?;
        Ok(synced)
    }

    /// Holds available outputs for a payment intent.
    pub fn reserve_utxos(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        outpoints: &[(Hash, u32)],
    ) -> Result<Receipt, PortfolioError> {
        self.utxo_verb(ctx, Class::Outflow, outpoints, |found| {
            utxo_spend::reserve(found, intent, ctx)
        })
    }

    /// Gives back what an intent holds.
    pub fn release_utxos(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        outpoints: &[(Hash, u32)],
    ) -> Result<Receipt, PortfolioError> {
        self.utxo_verb(ctx, Class::Finish, outpoints, |found| {
            utxo_spend::release(found, intent, ctx)
        })
    }

    /// What an intent holds was spent by a transaction: the value leaves its accounts.
    pub fn mark_spent(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        outpoints: &[(Hash, u32)],
        txid: Hash,
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Execution])?;
            let found = store.find_all(outpoints)?;
            let outcome = utxo_spend::spend(&found, intent, txid, ctx)?;
            let Some((_, first)) = outcome.rows.first() else {
                return Ok(change_of(outcome));
            };
            let entry = store.withdrawal(first.asset, intent, &outcome.rows)?;
            let mut change = store.decide_entry(&entry, ctx)?;
            let Outcome { rows, events } = outcome;
            change.proofs = ProofChange { utxos: rows, ..ProofChange::default() };
            // The entry's row names the first event, which is its own.
            change.events.extend(events);
            Ok(change)
        })
    }

    fn utxo_verb(
        &mut self,
        ctx: &Ctx,
        class: Class,
        outpoints: &[(Hash, u32)],
        decide: impl FnOnce(&Found) -> Result<Outcome, PortfolioError>,
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, class, None, |store| {
            store.need_role(ctx, &[Role::Execution])?;
            let found = store.find_all(outpoints)?;
            Ok(change_of(decide(&found)?))
        })
    }

    fn find_all(&self, outpoints: &[(Hash, u32)]) -> Result<Found, PortfolioError> {
        let (count, max) = (outpoints.len(), limits::MAX_INPUTS);
        if count == 0 || count > max {
            return Err(Fault::ListSize { field: "outpoints".to_owned(), count, max }.into());
        }
        let mut found = Vec::with_capacity(count);
        for (index, (txid, vout)) in outpoints.iter().enumerate() {
            let missing = || UtxoFault::Missing { index };
            found.push(self.proofs.find(&outpoint(txid, *vout)).ok_or_else(missing)?);
        }
        Ok(found)
    }

    fn withdrawal(
        &self,
        asset: AssetId,
        intent: u64,
        rows: &Found,
    ) -> Result<EntryInput, PortfolioError> {
        let mut legs = vec![];
        let mut total = 0_u128;
        for (account, sat) in utxo_spend::sums(rows) {
            let (_, row) = self.account(account.wire())?;
            legs.push(Leg { owner: row.owner, asset, delta: Signed::minus(sat) });
            total = total.saturating_add(sat);
        }
        let world = Owner::External(outside(&self.asset_row(asset), b"bitcoin"));
        legs.push(Leg { owner: world, asset, delta: Signed::plus(total) });
        let (kind, intent) = (EntryKind::Withdrawal, Some(intent));
        Ok(EntryInput { kind, intent, external_ref: None, legs })
    }

    /// How a look at this asset is judged.
    fn sight(&self, asset: AssetId, row: &AssetRow, tip: u32) -> Result<Sight, PortfolioError> {
        let AssetKind::Btc { network, min_confirmations } = row.kind else {
            return Err(UtxoFault::NotBitcoin { asset: asset.wire() }.into());
        };
        let place = self.proofs.place();
        let chain = place.chain.filter(|chain| chain.network == network);
        let frozen = chain.is_some() && place.frozen_since.is_some();
        Ok(Sight { tip, min_confirmations, checked_tip: chain.map(|chain| chain.tip), frozen })
    }

    /// Refuses before anything is written what would be refused for every entry.
    fn need_postable(&self, asset: AssetId, row: &AssetRow) -> Result<(), PortfolioError> {
        const ALLOWED: &[crate::types::AssetStatus] = &[crate::types::AssetStatus::Active];
        if self.is_migrating() {
            return Err(Fault::Migrating { what: "the books" }.into());
        }
        if ALLOWED.contains(&row.status) {
            return Ok(());
        }
        let (id, actual) = (asset.wire(), row.status);
        Err(crate::errors::StateFault::Asset { id, actual, allowed: ALLOWED }.into())
    }

    /// An outpoint belongs to one account and has one value, whoever says otherwise (P4).
    fn check_known(
        &self,
        input: &SyncInput,
        asset: AssetId,
        account: Option<AccountId>,
    ) -> Result<(), PortfolioError> {
        let mut fresh = 0_u64;
        for output in &input.observed {
            match self.proofs.find(&outpoint(&output.txid, output.vout)) {
                None => fresh = fresh.saturating_add(1),
                Some((id, row)) => {
                    let given = (Some(row.account), row.asset, row.value);
                    if given != (account, asset, output.value) {
                        return Err(UtxoFault::Foreign { id: id.wire() }.into());
                    }
                }
            }
        }
        let live = account.map_or(0, |account| self.live_utxos(account).len());
        let count = live.saturating_add(usize::try_from(fresh).unwrap_or(usize::MAX));
        // Twice the bound of a look: what is reserved may be spent and unseen.
        let max = limits::MAX_LIVE_UTXOS.saturating_mul(2);
        if count > max {
            return Err(Fault::ListSize { field: "utxos".to_owned(), count, max }.into());
        }
        let max = limits::MAX_UTXOS;
        if self.proofs.utxos.len().saturating_add(fresh) > max {
            return Err(Fault::Full { what: "the table of outputs", max }.into());
        }
        Ok(())
    }

    fn open_for(
        &mut self,
        ctx: &Ctx,
        owner: Owner,
        asset: AssetId,
        row: AssetRow,
    ) -> Result<AccountId, PortfolioError> {
        let view = open_accounts::View { owner, asset, row, accounts: self.account_count() };
        let change = open_account(&view, ctx)?;
        let receipt = self.commit(change, ctx);
        self.account(receipt.id).map(|(id, _)| id)
    }

    /// What was known and is not there any more, or sits elsewhere.
    fn walk_live(
        &mut self,
        ctx: &Ctx,
        account: AccountId,
        input: &SyncInput,
        sight: &Sight,
        synced: &mut Synced,
    ) -> Result<(), PortfolioError> {
        let seen: BTreeMap<(Hash, u32), u32> =
            input.observed.iter().map(|o| ((o.txid, o.vout), o.height)).collect();
        for id in self.live_utxos(account) {
            let Some(row) = self.proofs.utxos.get(id.slot()) else { continue };
            let height = seen.get(&(row.txid, row.vout)).copied();
            if height.is_none() && row.state == UtxoState::Available {
                synced.missing = synced.missing.saturating_add(1);
            }
            self.walk(ctx, id, row, height, sight, synced)?;
        }
        Ok(())
    }

    /// What nobody knew, or was given up and is there again.
    fn walk_observed(
        &mut self,
        ctx: &Ctx,
        account: AccountId,
        asset: AssetId,
        input: &SyncInput,
        sight: &Sight,
        synced: &mut Synced,
    ) -> Result<(), PortfolioError> {
        for output in &input.observed {
            let known = self.proofs.find(&outpoint(&output.txid, output.vout));
            let (id, row) = match known {
                Some((_, row)) if row.state.is_live() => continue,
                Some(found) => found,
                None => self.see(ctx, account, asset, output, synced),
            };
            self.walk(ctx, id, row, Some(output.height), sight, synced)?;
        }
        Ok(())
    }

    fn see(
        &mut self,
        ctx: &Ctx,
        account: AccountId,
        asset: AssetId,
        output: &Observed,
        synced: &mut Synced,
    ) -> (UtxoId, UtxoRow) {
        let step = utxo_observe::first(output.value);
        let slot = self.proofs.utxos.len();
        let id = UtxoId::from_slot(slot).unwrap_or_else(crate::records::row::damaged);
        let row = UtxoRow {
            txid: output.txid,
            vout: output.vout,
            value: output.value,
            height: output.height,
            asset,
            account,
            state: step.to,
            reason: step.reason,
            intent: None,
            spent_by: None,
            at: ctx.now,
            referenced: false,
            dirty: false,
            dirty_next: None,
        };
        let units = Signed::plus(output.value.into());
        let event = Event::new(step.event, id.wire()).digest(output.txid).units(units);
        self.commit(change_of(Outcome { rows: vec![(id, row)], events: vec![event] }), ctx);
        synced.count(step.to);
        (id, row)
    }

    /// Steps one output as far as this look allows: at most three times.
    fn walk(
        &mut self,
        ctx: &Ctx,
        id: UtxoId,
        row: UtxoRow,
        height: Option<u32>,
        sight: &Sight,
        synced: &mut Synced,
    ) -> Result<(), PortfolioError> {
        let mut row = row;
        while let Some(step) = utxo_observe::next(&row, height, sight) {
            row = self.take_step(ctx, id, row, height, step)?;
            synced.count(step.to);
            // What went the wrong way waits for the next look.
            if step.to == UtxoState::Suspended || step.to == UtxoState::Dropped {
                break;
            }
        }
        Ok(())
    }

    fn take_step(
        &mut self,
        ctx: &Ctx,
        id: UtxoId,
        row: UtxoRow,
        height: Option<u32>,
        step: Step,
    ) -> Result<UtxoRow, PortfolioError> {
        let Step { to, reason, booking, event } = step;
        let mut row =
            UtxoRow { state: to, reason, height: height.unwrap_or(row.height), at: ctx.now, ..row };
        let mut event = Event::new(event, id.wire());
        if to == UtxoState::Suspended {
            event = event.name(SuspendReason::name(reason));
        }
        let mut change = match booking {
            Booking::None => Change::default(),
            Booking::In | Booking::Back => {
                let entry = self.booking(&row, booking)?;
                self.decide_entry(&entry, ctx)?
            }
        };
        row.referenced |= booking == Booking::In;
        change.events.push(event);
        change.proofs = ProofChange { utxos: vec![(id, row)], ..ProofChange::default() };
        self.commit(change, ctx);
        Ok(row)
    }

    /// The entry of a deposit, or of one taken back. Only the first names the outpoint: a
    /// reference is booked once (P7), and an output that came back has its history in the journal.
    fn booking(&self, row: &UtxoRow, booking: Booking) -> Result<EntryInput, PortfolioError> {
        let (_, account) = self.account(row.account.wire())?;
        let asset = row.asset;
        let world = Owner::External(outside(&self.asset_row(asset), b"bitcoin"));
        let inward = booking == Booking::In;
        let value = Signed::plus(row.value.into());
        let delta = if inward { value } else { value.negated() };
        let names = inward && !row.referenced;
        Ok(EntryInput {
            kind: if inward { EntryKind::Deposit } else { EntryKind::Adjustment },
            intent: None,
            external_ref: names.then_some(ExternalRef::Btc { txid: row.txid, vout: row.vout }),
            legs: vec![
                Leg { owner: account.owner, asset, delta },
                Leg { owner: world, asset, delta: delta.negated() },
            ],
        })
    }
}

fn change_of(outcome: Outcome) -> Change {
    let Outcome { rows, events } = outcome;
    let proofs = ProofChange { utxos: rows, ..ProofChange::default() };
    Change { proofs, events, ..Change::default() }
}
