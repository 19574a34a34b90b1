//! The job that folds what happened into the trees, and the commitment it ends with.
//!
//! Posting an entry pays nothing for proofs. The fold goes over the entries in order, adds each to
//! the log, and keeps its own balance of every account: the balances of a commitment are exactly
//! those its entries leave, whatever is posted meanwhile, and they are computed a second time.

use std::collections::BTreeMap;

use granary_kernel::{Ctx, Done, NO_ROOM};
use granary_proof::Hash;
use granary_proof::commitment::Commitment;
use granary_proof::leaves::{self, BalanceLeaf, EntryLeaf, PostingLeaf, UtxoLeaf};
use granary_proof::path::Rooted;
use granary_proof::tree::{append, replace, root};
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::limits;
use crate::records::row::{damaged, number};
use crate::records::{
    CommitmentRow, EntryRow, Event, EventKind, Folded, PostingRow, UtxoRow, UtxoState,
};
use crate::store::Store;
use crate::store::proof_state::COMMIT;
use crate::types::{AccountId, Duration, EntryId, EntryKind, Signed, UtxoId};

/// How soon the fold goes on when it is behind.
const SOON: Duration = Duration::seconds(1);

impl<M: Memory> Store<M> {
    /// Runs a due job of the core.
    pub(crate) fn run_proof_job(&mut self, ctx: &Ctx, job: &Job) -> Done {
        if job.name.kind != COMMIT {
            return Done { applied: false, next: None };
        }
        let every = self.config().commit_every;
        let importing = self.base().phase == crate::records::Phase::Importing;
        if self.is_migrating() || importing {
            return Done { applied: false, next: Some(ctx.now.saturating_add(every)) };
        }
        let folded = self.fold();
        let applied = self.commit_epoch(ctx);
        let wait = if folded { SOON } else { every.max(SOON) };
        Done { applied, next: Some(ctx.now.saturating_add(wait)) }
    }

    /// Folds one tick's worth; true when more is left.
    fn fold(&mut self) -> bool {
        let mut left = self.fold_accounts(limits::FOLD_ITEMS);
        left = self.fold_entries(left);
        left = self.fold_utxos(left);
        left == 0
    }

    /// Accounts get their leaves in the order of their numbers.
    fn fold_accounts(&mut self, mut left: u64) -> u64 {
        let mut size = self.proofs.folded.len();
        while left > 0 && size < self.accounts.len() {
            let Some(id) = AccountId::from_slot(size) else { break };
            self.proofs.folded.push(&Folded::default()).expect(NO_ROOM);
            let leaf = self.balance_leaf(id, &Folded::default()).hash();
            append(&mut self.proofs.balance_nodes, size, &leaf).expect(NO_ROOM);
            size = size.saturating_add(1);
            left = left.saturating_sub(1);
            self.uncommit();
        }
        left
    }

    fn fold_entries(&mut self, mut left: u64) -> u64 {
        let mut place = self.proofs.place();
        let mut touched = BTreeMap::<AccountId, Folded>::new();
        while left > 0 {
            let Some(id) = EntryId::from_slot(place.entries) else { break };
            let Ok((_, row)) = self.entry_row(id.wire()) else { break };
            let postings: Vec<PostingRow> =
                row.postings().map(|posting| self.posting(posting)).collect();
            // An account without its leaf waits for the next tick.
            let known = self.proofs.folded.len();
            if postings.iter().any(|posting| posting.account.slot() >= known) {
                break;
            }
            for posting in &postings {
                let at = posting.account;
                let before = touched.get(&at).copied();
                let before = before.unwrap_or_else(|| self.folded_of(at));
                // What the account's own row could hold fits here as well.
                let balance = before.balance.checked_add(posting.delta).unwrap_or(before.balance);
                let postings = before.postings.saturating_add(1);
                touched.insert(at, Folded { balance, postings });
            }
            let leaf = self.entry_hash(id, &row, &postings);
            append(&mut self.proofs.entry_nodes, place.entries, &leaf).expect(NO_ROOM);
            place.entries = place.entries.saturating_add(1);
            left = left.saturating_sub(1);
        }
        if touched.is_empty() {
            return left;
        }
        place.committed = false;
        self.proofs.set_place(&place);
        let mut changed = Vec::with_capacity(touched.len());
        for (id, folded) in &touched {
            self.proofs.folded.set(id.slot(), folded).expect(NO_ROOM);
            changed.push((id.slot(), self.balance_leaf(*id, folded).hash()));
        }
        let size = self.proofs.folded.len();
        replace(&mut self.proofs.balance_nodes, size, &changed).expect(NO_ROOM);
        left
    }

    fn fold_utxos(&mut self, mut left: u64) -> u64 {
        let mut place = self.proofs.place();
        let mut changed = vec![];
        // New outputs first, in the order of their numbers.
        while left > 0 && place.utxos < self.proofs.utxos.len() {
            let leaf = self.utxo_hash(place.utxos);
            append(&mut self.proofs.utxo_nodes, place.utxos, &leaf).expect(NO_ROOM);
            place.utxos = place.utxos.saturating_add(1);
            place.committed = false;
            left = left.saturating_sub(1);
        }
        while left > 0
            && place.utxos == self.proofs.utxos.len()
            && let Some(id) = place.dirty
        {
            let row = self.proofs.utxos.get(id.slot()).unwrap_or_else(damaged);
            changed.push((id.slot(), self.utxo_hash(id.slot())));
            self.proofs.utxos.set(id.slot(), &row.unlinked()).expect(NO_ROOM);
            place.dirty = row.dirty_next;
            place.committed = false;
            left = left.saturating_sub(1);
        }
        replace(&mut self.proofs.utxo_nodes, place.utxos, &changed).expect(NO_ROOM);
        self.proofs.set_place(&place);
        left
    }

    /// Commits to the trees as they are, when they changed and are not behind what was committed
    /// to before: after an import they are built again from the beginning.
    fn commit_epoch(&mut self, ctx: &Ctx) -> bool {
        let mut place = self.proofs.place();
        if place.committed {
            return false;
        }
        let last = self.newest_commitment();
        let sizes = [place.entries, self.proofs.folded.len(), place.utxos];
        let known = last.map_or([0; 3], |last| {
            let Commitment { entries, balances, utxos, .. } = last.commitment;
            [entries.size, balances.size, utxos.size]
        });
        if sizes.iter().zip(known).any(|(size, known)| *size < known) {
            return false;
        }
        let [entries, balances, utxos] = sizes;
        let rooted = |size, root| Rooted { size, root };
        let commitment = Commitment {
            epoch: self.proofs.commitments.len().saturating_add(1),
            at_ns: ctx.now.as_nanos(),
            entries: rooted(entries, root(&self.proofs.entry_nodes, entries)),
            balances: rooted(balances, root(&self.proofs.balance_nodes, balances)),
            utxos: rooted(utxos, root(&self.proofs.utxo_nodes, utxos)),
            previous: last.map(|last| last.hash).unwrap_or_default(),
        };
        place.committed = true;
        self.proofs.set_place(&place);
        // Nothing at all is nothing to commit to.
        let idle = last.map_or(sizes == [0; 3], |last| same_roots(&last.commitment, &commitment));
        if idle {
            return false;
        }
        let hash = commitment.hash();
        self.proofs.commitments.push(&CommitmentRow { commitment, hash }).expect(NO_ROOM);
        let event = Event::new(EventKind::CommitmentMade, commitment.epoch).number(entries);
        self.record(&[event.digest(hash)], ctx);
        true
    }

    fn uncommit(&mut self) {
        let mut place = self.proofs.place();
        if place.committed {
            place.committed = false;
            self.proofs.set_place(&place);
        }
    }

    /// What the account had after the folded entries.
    pub(crate) fn folded_of(&self, id: AccountId) -> Folded {
        self.proofs.folded.get(id.slot()).unwrap_or_else(damaged)
    }

    /// The newest commitment.
    pub fn newest_commitment(&self) -> Option<CommitmentRow> {
        let last = self.proofs.commitments.len().checked_sub(1)?;
        self.proofs.commitments.get(last)
    }

    /// Hash of the newest commitment; zeros before the first. What the subnet certifies.
    pub fn commitment_hash(&self) -> Hash {
        self.newest_commitment().map(|row| row.hash).unwrap_or_default()
    }

    pub(crate) fn balance_leaf(&self, id: AccountId, folded: &Folded) -> BalanceLeaf {
        let row = self.accounts.get(id.slot()).unwrap_or_else(damaged);
        BalanceLeaf {
            account: id.wire(),
            asset: row.asset.get(),
            owner: row.owner.key(),
            balance: proved(folded.balance),
            postings: folded.postings,
        }
    }

    /// The hash of an entry's leaf.
    pub(crate) fn entry_hash(&self, id: EntryId, row: &EntryRow, postings: &[PostingRow]) -> Hash {
        let external = row.external_ref.map(|reference| reference.key());
        let postings: Vec<_> = postings
            .iter()
            .map(|posting| PostingLeaf {
                account: posting.account.wire(),
                asset: self.account_asset(posting.account).get(),
                delta: proved(posting.delta),
            })
            .collect();
        let leaf = EntryLeaf {
            entry: id.wire(),
            at_ns: row.at.as_nanos(),
            kind: number(&EntryKind::ALL, &row.kind),
            intent: row.intent,
            external: external.as_ref().map_or(&[], |key| &key.0),
            postings: &postings,
        };
        leaf.hash()
    }

    pub(crate) fn utxo_hash(&self, slot: u64) -> Hash {
        let row = self.proofs.utxos.get(slot).unwrap_or_else(damaged);
        let id = UtxoId::from_slot(slot).unwrap_or_else(damaged);
        utxo_leaf(id, &row).hash()
    }
}

/// The leaf of an output.
pub(crate) fn utxo_leaf(id: UtxoId, row: &UtxoRow) -> UtxoLeaf {
    UtxoLeaf {
        utxo: id.wire(),
        txid: row.txid,
        vout: row.vout,
        value_sat: row.value,
        account: row.account.wire(),
        height: row.height,
        state: number(&UtxoState::ALL, &row.state),
    }
}

fn proved(amount: Signed) -> leaves::Signed {
    leaves::Signed { negative: amount.is_negative(), units: amount.magnitude() }
}

fn same_roots(one: &Commitment, other: &Commitment) -> bool {
    (one.entries, one.balances, one.utxos) == (other.entries, other.balances, other.utxos)
}
