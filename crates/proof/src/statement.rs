//! From certified data down to one balance, in three steps, each of which can fail alone:
//! witness → commitment → tree of balances → leaf.

use crate::ProofFault;
use crate::certified::{self, Shown};
use crate::commitment::Commitment;
use crate::hash::Hash;
use crate::leaves::{BalanceLeaf, EntryLeaf, UtxoLeaf};
use crate::path::verify_inclusion;

/// A balance, with everything between it and the certified data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceProof {
    /// Hash tree from the certified data to the commitment.
    pub witness: Vec<u8>,
    /// The commitment.
    pub commitment: Commitment,
    /// The balance.
    pub leaf: BalanceLeaf,
    /// From the leaf to the root of the balances.
    pub path: Vec<Hash>,
}

impl BalanceProof {
    /// Checks the proof against data the subnet certified, for the account and asset asked about.
    ///
    /// Whether the certificate is genuine and recent is the caller's part.
    ///
    /// # Errors
    /// See [`ProofFault`].
    pub fn verify(
        &self,
        certified_data: &[u8],
        account: u64,
        asset: u32,
    ) -> Result<(), ProofFault> {
        if (self.leaf.account, self.leaf.asset) != (account, asset) {
            return Err(ProofFault::Subject);
        }
        verify_commitment(certified_data, &self.witness, &self.commitment)?;
        verify_balance(&self.commitment, &self.leaf, &self.path)
    }
}

/// Checks that a commitment is the one certified.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_commitment(
    certified_data: &[u8],
    witness: &[u8],
    commitment: &Commitment,
) -> Result<(), ProofFault> {
    let shown = certified::verify(certified_data, witness, Shown::Commitment)?;
    if shown == commitment.hash() { Ok(()) } else { Err(ProofFault::Commitment) }
}

/// Checks a balance against a commitment that is trusted.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_balance(
    commitment: &Commitment,
    leaf: &BalanceLeaf,
    path: &[Hash],
) -> Result<(), ProofFault> {
    let tree = &commitment.balances;
    // Accounts are numbered from 1, leaves from 0.
    let index = leaf.account.checked_sub(1).ok_or(ProofFault::Subject)?;
    verify_inclusion(&leaf.hash(), index, tree.size, path, &tree.root)
}

/// Checks an entry against a commitment that is trusted.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_entry(
    commitment: &Commitment,
    leaf: &EntryLeaf<'_>,
    path: &[Hash],
) -> Result<(), ProofFault> {
    let tree = &commitment.entries;
    let index = leaf.entry.checked_sub(1).ok_or(ProofFault::Subject)?;
    verify_inclusion(&leaf.hash(), index, tree.size, path, &tree.root)
}

/// Checks an output against a commitment that is trusted.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_utxo(
    commitment: &Commitment,
    leaf: &UtxoLeaf,
    path: &[Hash],
) -> Result<(), ProofFault> {
    let tree = &commitment.utxos;
    let index = leaf.utxo.checked_sub(1).ok_or(ProofFault::Subject)?;
    verify_inclusion(&leaf.hash(), index, tree.size, path, &tree.root)
}

/// Checks that commitments follow one another without a gap, oldest first.
///
/// # Errors
/// [`ProofFault::Commitment`] where one does not name the one before it.
pub fn verify_chain(commitments: &[Commitment]) -> Result<(), ProofFault> {
    for pair in commitments.windows(2) {
        if let [before, after] = pair {
            let follows = after.previous == before.hash()
                && Some(after.epoch) == before.epoch.checked_add(1)
                && after.entries.size >= before.entries.size
                && after.balances.size >= before.balances.size
                && after.utxos.size >= before.utxos.size;
            if !follows {
                return Err(ProofFault::Commitment);
            }
        }
    }
    Ok(())
}
