//! What commitments rest on: the roots of each epoch, the balances they cover, the nodes of the
//! trees, the headers of Bitcoin's best chain, and how far all of that is.

use granary_proof::bitcoin::header::HeaderBytes;
use granary_proof::commitment::Commitment;
use granary_proof::path::Rooted;
use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, number};
use crate::types::{Hash, Network, Signed, Timestamp, UtxoId};

/// One epoch, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitmentRow {
    /// What was committed to.
    pub commitment: Commitment,
    /// Its hash.
    pub hash: Hash,
}

impl Slot for CommitmentRow {
    const SIZE: u32 = 208;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        let Commitment { epoch, at_ns, entries, balances, utxos, previous } = &self.commitment;
        row.u64(*epoch).u64(*at_ns);
        for tree in [entries, balances, utxos] {
            row.u64(tree.size).array(&tree.root);
        }
        row.array(previous).array(&self.hash);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a commitment row");
        let (epoch, at_ns) = (row.u64(), row.u64());
        let mut tree = || Rooted { size: row.u64(), root: row.hash() };
        let (entries, balances, utxos) = (tree(), tree(), tree());
        let previous = row.hash();
        let commitment = Commitment { epoch, at_ns, entries, balances, utxos, previous };
        Self { commitment, hash: row.hash() }
    }
}

/// What an account had after the entries that were folded into the trees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Its balance.
    pub balance: Signed,
    /// Its postings.
    pub postings: u64,
}

impl Slot for Folded {
    const SIZE: u32 = 32;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1).signed(self.balance).u64(self.postings);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a folded balance");
        Self { balance: row.signed(), postings: row.u64() }
    }
}

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeRow(pub Hash);

impl Slot for NodeRow {
    const SIZE: u32 = 32;

    fn write(&self, out: &mut [u8]) {
        RowWriter::part(out).array(&self.0);
    }

    fn read(bytes: &[u8]) -> Self {
        Self(bytes.first_chunk().copied().unwrap_or_default())
    }
}

/// A header, in Bitcoin's own bytes: a million of them are 80 MB and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRow(pub HeaderBytes);

impl Slot for HeaderRow {
    const SIZE: u32 = 80;

    fn write(&self, out: &mut [u8]) {
        RowWriter::part(out).array(&self.0);
    }

    fn read(bytes: &[u8]) -> Self {
        Self(bytes.first_chunk().copied().unwrap_or([0; 80]))
    }
}

/// Which headers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPlace {
    /// Of which network.
    pub network: Network,
    /// Height of the first.
    pub base: u32,
    /// Height of the last that counts; slots behind it are left over from a longer chain.
    pub tip: u32,
}

/// How far the trees, the header chain and deposits are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProofPlace {
    /// Entries folded into the trees.
    pub entries: u64,
    /// Outputs in their tree.
    pub utxos: u64,
    /// True when the trees are those of the newest commitment.
    pub committed: bool,
    /// The first output whose leaf waits.
    pub dirty: Option<UtxoId>,
    /// The header chain, once one was begun.
    pub chain: Option<ChainPlace>,
    /// Since when no deposit is confirmed, after a reorganisation that was too deep.
    pub frozen_since: Option<Timestamp>,
}

impl ProofPlace {
    /// As an export keeps it: trees are built again from what they are over.
    pub(crate) const fn unfolded(self) -> Self {
        Self { entries: 0, utxos: 0, committed: false, dirty: None, ..self }
    }
}

impl Slot for ProofPlace {
    const SIZE: u32 = 96;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u64(self.entries)
            .u64(self.utxos)
            .u8(u8::from(self.committed))
            .opt_id(self.dirty)
            .opt_time(self.frozen_since)
            .u8(u8::from(self.chain.is_some()));
        if let Some(ChainPlace { network, base, tip }) = &self.chain {
            row.u8(number(&Network::ALL, network)).u32(*base).u32(*tip);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the place of the proofs");
        let mut place = Self {
            entries: row.u64(),
            utxos: row.u64(),
            committed: row.u8() != 0,
            dirty: row.opt_id(),
            frozen_since: row.opt_time(),
            chain: None,
        };
        if row.u8() != 0 {
            let network = row.case(&Network::ALL);
            place.chain = Some(ChainPlace { network, base: row.u32(), tip: row.u32() });
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept<S: Slot + PartialEq + core::fmt::Debug>(row: &S) {
        let mut bytes = vec![0; usize::try_from(S::SIZE).expect("small")];
        row.write(&mut bytes);
        assert_eq!(&S::read(&bytes), row);
    }

    #[test]
    fn rows_read_back() {
        let tree = |size| Rooted { size, root: [3; 32] };
        let commitment = Commitment {
            epoch: 1,
            at_ns: 2,
            entries: tree(4),
            balances: tree(5),
            utxos: tree(6),
            previous: [7; 32],
        };
        kept(&CommitmentRow { commitment, hash: [8; 32] });
        kept(&Folded { balance: Signed::minus(u128::MAX), postings: 9 });
        kept(&NodeRow([1; 32]));
        kept(&HeaderRow([2; 80]));
        kept(&ProofPlace::default());
        let chain = ChainPlace { network: Network::Testnet, base: 1, tip: 2 };
        let place = ProofPlace {
            entries: 1,
            utxos: 2,
            committed: true,
            dirty: UtxoId::new(3),
            chain: Some(chain),
            frozen_since: Some(Timestamp::from_nanos(4)),
        };
        kept(&place);
        assert_eq!(place.unfolded().chain, Some(chain));
        assert!(!place.unfolded().committed);
    }
}
