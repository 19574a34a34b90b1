//! The labelled tree whose root is the canister's certified data.
//!
//! The journal's head stands under `journal` and the newest commitment under `commitment`. A
//! witness shows one of them and the hash of the other. What does not change between two messages
//! is not hashed again: [`Labelled`] keeps the hash of each label's part, and of the whole.

use ic_certification::hash_tree::{
    HashTree, HashTreeNode, Label, LookupResult, empty, fork, fork_hash, label, labeled_hash, leaf,
    leaf_hash, pruned,
};
use minicbor::data::Tag;
use minicbor::{Decoder, Encoder};

use crate::{Hash, ProofFault};

/// Label of the journal's head.
pub const JOURNAL: &str = "journal";
/// Label of the newest commitment.
pub const COMMITMENT: &str = "commitment";

/// Nesting at which reading stops: ours are two deep, a network's some dozens, and hostile bytes
/// must not exhaust the stack.
pub(crate) const NESTING: u32 = 128;
/// "This is CBOR", as the platform marks its own.
pub(crate) const SELF_DESCRIBED: u64 = 55_799;

/// What is certified, with the hashes of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    journal: Part,
    commitment: Part,
    root: Hash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    value: Hash,
    digest: Hash,
}

impl Part {
    fn new(name: &str, value: Hash) -> Self {
        Self { value, digest: labeled_hash(name.as_bytes(), &leaf_hash(&value)) }
    }
}

/// Which of the two a witness shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The journal's head.
    Journal,
    /// The newest commitment.
    Commitment,
}

impl Labelled {
    /// The tree over a journal's head and a commitment.
    pub fn new(journal: Hash, commitment: Hash) -> Self {
        let journal = Part::new(JOURNAL, journal);
        let commitment = Part::new(COMMITMENT, commitment);
        Self { journal, commitment, root: root_of(&journal, &commitment) }
    }

    /// The journal grew.
    pub fn set_journal(&mut self, head: Hash) {
        if head != self.journal.value {
            self.journal = Part::new(JOURNAL, head);
            self.root = root_of(&self.journal, &self.commitment);
        }
    }

    /// A commitment was made.
    pub fn set_commitment(&mut self, hash: Hash) {
        if hash != self.commitment.value {
            self.commitment = Part::new(COMMITMENT, hash);
            self.root = root_of(&self.journal, &self.commitment);
        }
    }

    /// The certified data.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// A hash tree of the same root that shows one of the two, as CBOR.
    pub fn witness(&self, shown: Shown) -> Vec<u8> {
        let part = |name: &str, part: &Part, shown: bool| -> HashTree<Vec<u8>> {
            if shown { label(name, leaf(part.value.to_vec())) } else { pruned(part.digest) }
        };
        let left = part(COMMITMENT, &self.commitment, shown == Shown::Commitment);
        write(&fork(left, part(JOURNAL, &self.journal, shown == Shown::Journal)))
    }
}

fn root_of(journal: &Part, commitment: &Part) -> Hash {
    fork_hash(&commitment.digest, &journal.digest)
}

/// The CBOR of a hash tree, marked as such.
fn write(tree: &HashTree<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    let mut out = Encoder::new(&mut bytes);
    // Writing into a vector does not fail.
    let _ = out.tag(Tag::new(SELF_DESCRIBED));
    put(&mut out, tree.as_ref());
    bytes
}

/// Nodes are arrays that begin with their kind: empty, fork, labelled, leaf, pruned.
fn put(out: &mut Encoder<&mut Vec<u8>>, node: &HashTreeNode<Vec<u8>>) {
    let _ = match node {
        HashTreeNode::Empty() => out.array(1).and_then(|out| out.u8(0)),
        HashTreeNode::Fork(halves) => {
            let _ = out.array(3).and_then(|out| out.u8(1));
            put(out, &halves.0);
            put(out, &halves.1);
            Ok(out)
        }
        HashTreeNode::Labeled(name, below) => {
            let _ =
                out.array(3).and_then(|out| out.u8(2)).and_then(|out| out.bytes(name.as_bytes()));
            put(out, below);
            Ok(out)
        }
        HashTreeNode::Leaf(value) => {
            out.array(2).and_then(|out| out.u8(3)).and_then(|out| out.bytes(value))
        }
        HashTreeNode::Pruned(digest) => {
            out.array(2).and_then(|out| out.u8(4)).and_then(|out| out.bytes(digest))
        }
    };
}

/// Reads a hash tree, with or without the mark.
///
/// # Errors
/// [`ProofFault::WitnessMalformed`] for anything else, and for a tree deeper than ours ever are.
pub fn read(bytes: &[u8]) -> Result<HashTree<Vec<u8>>, ProofFault> {
    let mut from = Decoder::new(bytes);
    if let Ok(tag) = from.probe().tag() {
        if tag != Tag::new(SELF_DESCRIBED) {
            return Err(ProofFault::WitnessMalformed);
        }
        from.tag().map_err(|_| ProofFault::WitnessMalformed)?;
    }
    let tree = take(&mut from, NESTING).ok_or(ProofFault::WitnessMalformed)?;
    if from.position() == bytes.len() { Ok(tree) } else { Err(ProofFault::WitnessMalformed) }
}

pub(crate) fn take(from: &mut Decoder<'_>, depth: u32) -> Option<HashTree<Vec<u8>>> {
    let depth = depth.checked_sub(1)?;
    let len = from.array().ok()??;
    match (from.u8().ok()?, len) {
        (0, 1) => Some(empty()),
        (1, 3) => Some(fork(take(from, depth)?, take(from, depth)?)),
        (2, 3) => {
            let name = Label::from_bytes(from.bytes().ok()?);
            Some(label::<Vec<u8>, Label<Vec<u8>>, _>(name, take(from, depth)?))
        }
        (3, 2) => Some(leaf(from.bytes().ok()?.to_vec())),
        (4, 2) => {
            let digest: Hash = from.bytes().ok()?.try_into().ok()?;
            Some(pruned(digest))
        }
        _ => None,
    }
}

/// What a witness shows under a label, once its root is the certified data.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify(certified_data: &[u8], witness: &[u8], shown: Shown) -> Result<Hash, ProofFault> {
    let tree = read(witness)?;
    if tree.digest() != certified_data {
        return Err(ProofFault::WitnessRoot);
    }
    let name = match shown {
        Shown::Journal => JOURNAL,
        Shown::Commitment => COMMITMENT,
    };
    match tree.lookup_path([name.as_bytes()]) {
        LookupResult::Found(value) => value.try_into().map_err(|_| ProofFault::WitnessSilent),
        LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => {
            Err(ProofFault::WitnessSilent)
        }
    }
}

/// Checks a journal's head as every canister of the suite answers it: with a witness when more
/// than the head is certified, and without one when the certified data is the head itself.
///
/// # Errors
/// See [`ProofFault`].
pub fn verify_head(
    certified_data: &[u8],
    head: &[u8],
    witness: Option<&[u8]>,
) -> Result<(), ProofFault> {
    let shown = match witness {
        None => certified_data,
        Some(witness) => &verify(certified_data, witness, Shown::Journal)?,
    };
    if shown == head { Ok(()) } else { Err(ProofFault::WitnessSilent) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labelled() -> Labelled {
        Labelled::new([1; 32], [2; 32])
    }

    #[test]
    fn a_witness_shows_one_label_under_the_same_root() {
        let tree = labelled();
        for (shown, value) in [(Shown::Journal, [1; 32]), (Shown::Commitment, [2; 32])] {
            let witness = tree.witness(shown);
            assert_eq!(verify(&tree.root(), &witness, shown), Ok(value));
            let other = if shown == Shown::Journal { Shown::Commitment } else { Shown::Journal };
            assert_eq!(verify(&tree.root(), &witness, other), Err(ProofFault::WitnessSilent));
            assert_eq!(verify(&[7; 32], &witness, shown), Err(ProofFault::WitnessRoot));
        }
    }

    #[test]
    fn a_changed_part_is_hashed_anew() {
        let mut tree = labelled();
        tree.set_journal([3; 32]);
        tree.set_commitment([4; 32]);
        assert_eq!(tree, Labelled::new([3; 32], [4; 32]));
        assert_ne!(tree.root(), labelled().root());
    }

    #[test]
    fn a_head_is_shown_with_and_without_a_witness() {
        let tree = labelled();
        let witness = tree.witness(Shown::Journal);
        assert_eq!(verify_head(&tree.root(), &[1; 32], Some(&witness)), Ok(()));
        assert!(verify_head(&tree.root(), &[2; 32], Some(&witness)).is_err());
        assert_eq!(verify_head(&[5; 32], &[5; 32], None), Ok(()));
        assert!(verify_head(&[5; 32], &[6; 32], None).is_err());
        let wrong = tree.witness(Shown::Commitment);
        assert!(verify_head(&tree.root(), &[2; 32], Some(&wrong)).is_err());
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let witness = labelled().witness(Shown::Journal);
        assert!(read(&witness).is_ok() && read(&witness[3..]).is_ok());
        let longer = [&witness[..], &[0]].concat();
        let deep = [0x83, 0x01].repeat(100_000);
        let other_tag = [&[0xc1][..], &witness[3..]].concat();
        for bytes in [&longer[..], &deep, &other_tag, &[], &witness[..witness.len() - 1]] {
            assert_eq!(read(bytes).err(), Some(ProofFault::WitnessMalformed));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, at in 0..200_usize, flip in 1..=u8::MAX) {
            let _ = read(&bytes);
            let mut witness = labelled().witness(Shown::Journal);
            let at = at % witness.len();
            witness[at] ^= flip;
            let root = labelled().root();
            // The mark may vanish; everything behind it is under the root.
            prop_assert!(at < 3 || verify(&root, &witness, Shown::Journal).is_err());
        }
    }
}
