//! The roots of one epoch. Each commitment names the one before it, so that the newest vouches
//! for all of them.

use crate::hash::{self, Domain, Hash};
use crate::path::Rooted;

/// What the books were at the end of one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Its number; the first is 1.
    pub epoch: u64,
    /// When it was made, nanoseconds since 1970.
    pub at_ns: u64,
    /// The log of entries.
    pub entries: Rooted,
    /// The balances by account number, as these entries leave them.
    pub balances: Rooted,
    /// The outputs by number.
    pub utxos: Rooted,
    /// Hash of the commitment before; zeros for the first.
    pub previous: Hash,
}

impl Commitment {
    /// The bytes that are hashed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(168);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.at_ns.to_be_bytes());
        for tree in [&self.entries, &self.balances, &self.utxos] {
            out.extend_from_slice(&tree.size.to_be_bytes());
            out.extend_from_slice(&tree.root);
        }
        out.extend_from_slice(&self.previous);
        out
    }

    /// Its hash: what the subnet certifies, and what the next commitment names.
    pub fn hash(&self) -> Hash {
        hash::leaf(Domain::Commitments, &self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_hash() {
        let tree = |size| Rooted { size, root: [9; 32] };
        let first = Commitment {
            epoch: 1,
            at_ns: 2,
            entries: tree(3),
            balances: tree(4),
            utxos: tree(5),
            previous: [0; 32],
        };
        let others = [
            Commitment { epoch: 2, ..first },
            Commitment { at_ns: 3, ..first },
            Commitment { entries: tree(4), balances: tree(3), ..first },
            Commitment { utxos: Rooted { root: [8; 32], ..first.utxos }, ..first },
            Commitment { previous: first.hash(), ..first },
        ];
        for other in others {
            assert_ne!(other.hash(), first.hash(), "{other:?}");
        }
        assert_eq!(first.bytes().len(), 168);
    }
}
