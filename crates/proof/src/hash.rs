//! Leaves and nodes, kept apart by their first byte.
//!
//! A leaf is `SHA-256(0x00 ‖ domain ‖ contents)`, a node `SHA-256(0x01 ‖ left ‖ right)`: no
//! contents, 64 bytes of them included, can pass for a node, and a leaf of one tree cannot pass
//! for a leaf of another.

use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

const LEAF: u8 = 0;
const NODE: u8 = 1;

/// Which tree a leaf belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// The log of entries.
    Entries,
    /// The balances by account number.
    Balances,
    /// The unspent outputs by number.
    Utxos,
    /// The commitments themselves, which are chained and never leaves of a tree.
    Commitments,
}

impl Domain {
    const fn byte(self) -> u8 {
        match self {
            Self::Entries => 1,
            Self::Balances => 2,
            Self::Utxos => 3,
            Self::Commitments => 4,
        }
    }
}

/// Hash of a leaf with these contents.
pub fn leaf(domain: Domain, contents: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([LEAF, domain.byte()]);
    hasher.update(contents);
    hasher.finalize().into()
}

/// Hash of the node over two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    let (_, rest) = bytes.split_at_mut(1);
    let (first, second) = rest.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// Root of a tree without leaves.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_of_two_hashes_are_not_a_node() {
        let (left, right) = (leaf(Domain::Entries, b"l"), leaf(Domain::Entries, b"r"));
        let both = [left, right].concat();
        for domain in [Domain::Entries, Domain::Balances, Domain::Utxos, Domain::Commitments] {
            assert_ne!(leaf(domain, &both), node(&left, &right));
        }
    }

    #[test]
    fn the_same_contents_are_another_leaf_in_another_tree() {
        assert_ne!(leaf(Domain::Entries, b"x"), leaf(Domain::Balances, b"x"));
    }

    /// Written down from `printf '\0\1x' | sha256sum` and the like.
    #[test]
    fn the_bytes_hashed_are_fixed() {
        let text = |hash: Hash| hex::encode(hash);
        assert_eq!(text(leaf(Domain::Entries, b"x")), LEAF_X);
        assert_eq!(text(node(&[0; 32], &[0xff; 32])), NODE_0F);
        assert_eq!(text(empty()), EMPTY);
    }

    const LEAF_X: &str = "e349c20f83fba4886beec50647eb6d8e921a0cc49280057a7fc3b396de82a9d3";
    const NODE_0F: &str = "bc6b943b820c449acf880d293c216a24a8066b153f87f2361fae2beda3a72641";
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
}
