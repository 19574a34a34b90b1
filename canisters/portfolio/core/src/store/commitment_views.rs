//! Commitments and proofs, as readers ask for them.

use granary_proof::Hash;
use granary_proof::commitment::Commitment;
use granary_proof::leaves::{BalanceLeaf, UtxoLeaf};
use granary_proof::tree::{consistency, inclusion};
use ic_stable_structures::Memory;

use super::commitment_fold::utxo_leaf;
use crate::errors::{CommitmentFault, PortfolioError};
use crate::records::row::damaged;
use crate::store::Store;
use crate::types::{AssetId, Owner, UtxoId};

/// A leaf of the newest commitment, with its path to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved<L> {
    /// The commitment.
    pub commitment: Commitment,
    /// What is proved.
    pub leaf: L,
    /// From the leaf to the root of its tree.
    pub path: Vec<Hash>,
}

/// That a later log of entries begins with an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// The earlier epoch.
    pub from: Commitment,
    /// The later one.
    pub to: Commitment,
    /// What shows it.
    pub path: Vec<Hash>,
}

impl<M: Memory> Store<M> {
    /// The commitment of an epoch; the newest without one.
    pub fn commitment(&self, epoch: Option<u64>) -> Result<Commitment, PortfolioError> {
        let wanted = epoch.unwrap_or(self.proofs.commitments.len());
        let row = wanted.checked_sub(1).and_then(|slot| self.proofs.commitments.get(slot));
        let missing = CommitmentFault::EpochMissing { epoch: wanted };
        row.map(|row| row.commitment).ok_or_else(|| missing.into())
    }

    /// Epochs there are.
    pub const fn epochs(&self) -> u64 {
        self.proofs.commitments.len()
    }

    /// What an owner has of an asset, as the newest commitment has it.
    pub fn balance_proof(
        &self,
        owner: Owner,
        asset: AssetId,
    ) -> Result<Proved<BalanceLeaf>, PortfolioError> {
        let missing = crate::errors::Missing::Account { id: 0 };
        let (id, _) = self.account_of(owner, asset)?.ok_or(missing)?;
        let commitment = self.settled_commitment("the balance")?;
        let path = inclusion(&self.proofs.balance_nodes, id.slot(), commitment.balances.size);
        let path = path.ok_or(CommitmentFault::Uncommitted { what: "the account" })?;
        let leaf = self.balance_leaf(id, &self.folded_of(id));
        Ok(Proved { commitment, leaf, path })
    }

    /// An entry's path under the newest commitment, and its leaf's hash.
    pub fn entry_proof(&self, entry: u64) -> Result<Proved<Hash>, PortfolioError> {
        let (id, row) = self.entry_row(entry)?;
        let commitment = self.commitment(None)?;
        let path = inclusion(&self.proofs.entry_nodes, id.slot(), commitment.entries.size);
        let pending = CommitmentFault::Uncommitted { what: "the entry" };
        let path = path.filter(|_| self.is_built(&commitment)).ok_or(pending)?;
        let postings: Vec<_> = row.postings().map(|posting| self.posting(posting)).collect();
        Ok(Proved { commitment, leaf: self.entry_hash(id, &row, &postings), path })
    }

    /// An output's path under the newest commitment.
    pub fn utxo_proof(&self, utxo: u64) -> Result<Proved<UtxoLeaf>, PortfolioError> {
        let found = UtxoId::from_wire(utxo)
            .and_then(|id| self.proofs.utxos.get(id.slot()).map(|row| (id, row)));
        let missing = crate::errors::UtxoFault::Missing { index: 0 };
        let (id, row) = found.ok_or(missing)?;
        let commitment = self.settled_commitment("the output")?;
        if row.dirty {
            return Err(CommitmentFault::Uncommitted { what: "the output's newest state" }.into());
        }
        let path = inclusion(&self.proofs.utxo_nodes, id.slot(), commitment.utxos.size);
        let path = path.ok_or(CommitmentFault::Uncommitted { what: "the output" })?;
        Ok(Proved { commitment, leaf: utxo_leaf(id, &row), path })
    }

    /// Shows that the log of a later epoch begins with that of an earlier one (P12).
    pub fn entries_consistency(&self, from: u64, to: u64) -> Result<Consistency, PortfolioError> {
        let (first, second) = (self.commitment(Some(from))?, self.commitment(Some(to))?);
        let sizes = (first.entries.size, second.entries.size);
        if from > to {
            return Err(CommitmentFault::EpochOrder { from, to }.into());
        }
        if !self.is_built(&second) {
            return Err(CommitmentFault::Uncommitted { what: "the log" }.into());
        }
        let path = consistency(&self.proofs.entry_nodes, sizes.0, sizes.1);
        let path = path.unwrap_or_else(damaged);
        Ok(Consistency { from: first, to: second, path })
    }

    /// The newest commitment, when the trees are those it is over: always, but while they are
    /// built again after an import.
    fn settled_commitment(&self, what: &'static str) -> Result<Commitment, PortfolioError> {
        let commitment = self.commitment(None)?;
        let place = self.proofs.place();
        let sizes = (place.entries, self.proofs.folded.len(), place.utxos);
        let Commitment { entries, balances, utxos, .. } = &commitment;
        if sizes != (entries.size, balances.size, utxos.size) {
            return Err(CommitmentFault::Uncommitted { what }.into());
        }
        Ok(commitment)
    }

    /// True when the log holds everything a commitment is over: after an import it is built again.
    fn is_built(&self, commitment: &Commitment) -> bool {
        self.proofs.place().entries >= commitment.entries.size
    }
}
