//! The trees against a naive recomputation from all leaves, as RFC 6962 defines it.

use granary_proof::ProofFault;
use granary_proof::hash::{self, Domain, Hash};
use granary_proof::path::{Rooted, inclusion_len, verify_consistency, verify_inclusion};
use granary_proof::tree::{Frontier, append, consistency, inclusion, replace, root};
use proptest::prelude::*;

fn leaf(number: u64) -> Hash {
    hash::leaf(Domain::Entries, &number.to_be_bytes())
}

/// MTH of RFC 6962, section 2.1, word for word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => hash::empty(),
        [one] => *one,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            hash::node(&naive(&leaves[..half]), &naive(&leaves[half..]))
        }
    }
}

fn grown(size: u64) -> (Vec<Hash>, Vec<Hash>) {
    let (mut nodes, mut leaves) = (vec![], vec![]);
    for number in 0..size {
        append(&mut nodes, number, &leaf(number)).expect("a vector takes it");
        leaves.push(leaf(number));
    }
    (nodes, leaves)
}

fn rooted(nodes: &Vec<Hash>, size: u64) -> Rooted {
    Rooted { size, root: root(nodes, size) }
}

#[test]
fn every_small_tree_every_leaf_every_pair() {
    const MOST: u64 = 40;
    let (nodes, leaves) = grown(MOST);
    for size in 0..=MOST {
        let upto = usize::try_from(size).expect("small");
        let tree = rooted(&nodes, size);
        assert_eq!(tree.root, naive(&leaves[..upto]), "root of {size}");
        for index in 0..size {
            let path = inclusion(&nodes, index, size).expect("a leaf of the tree");
            assert_eq!(path.len(), inclusion_len(index, size).expect("a leaf"));
            let of = |at: u64| verify_inclusion(&leaf(index), at, size, &path, &tree.root);
            assert_eq!(of(index), Ok(()), "leaf {index} of {size}");
            for other in (0..size).filter(|other| *other != index) {
                assert!(of(other).is_err(), "leaf {index} of {size} shown as {other}");
            }
        }
        assert_eq!(inclusion(&nodes, size, size), None);
        for from in 0..=size {
            let path = consistency(&nodes, from, size).expect("it grew");
            let older = rooted(&nodes, from);
            assert_eq!(verify_consistency(&older, &tree, &path), Ok(()), "{from} in {size}");
            if from != size {
                let shrunk = verify_consistency(&tree, &older, &path);
                assert_eq!(shrunk, Err(ProofFault::Shrunk { from: size, to: from }));
            }
        }
        assert_eq!(consistency(&nodes, size + 1, size), None);
    }
}

#[test]
fn an_append_costs_one_node_on_average() {
    struct Counted {
        nodes: Vec<Hash>,
        puts: u64,
    }
    impl granary_proof::tree::Nodes for Counted {
        type Fault = core::convert::Infallible;
        fn get(&self, place: u64) -> Option<Hash> {
            granary_proof::tree::Nodes::get(&self.nodes, place)
        }
        fn put(&mut self, place: u64, node: &Hash) -> Result<(), Self::Fault> {
            self.puts += 1;
            self.nodes.put(place, node)
        }
    }
    let mut counted = Counted { nodes: vec![], puts: 0 };
    for number in 0..4_096 {
        append(&mut counted, number, &leaf(number)).expect("a vector takes it");
    }
    assert_eq!(counted.puts, 2 * 4_096 - 1, "one leaf each, and one node less than leaves");
    assert_eq!(counted.nodes.len(), 2 * 4_096 - 1, "and no place is left empty");
}

/// The tree in which the last leaf stands twice is another tree: CVE-2012-2459 does not apply.
#[test]
fn a_doubled_last_leaf_changes_the_root() {
    for size in 1..=33 {
        let (mut nodes, _) = grown(size);
        let before = root(&nodes, size);
        append(&mut nodes, size, &leaf(size - 1)).expect("a vector takes it");
        assert_ne!(root(&nodes, size + 1), before);
        let path = inclusion(&nodes, size, size + 1).expect("the double");
        let shown = verify_inclusion(&leaf(size - 1), size, size, &path, &before);
        assert_eq!(shown, Err(ProofFault::Outside { index: size, size }));
    }
}

/// An inner node offered as a leaf, with the path from its place up: the 64-byte attack.
#[test]
fn a_node_cannot_be_shown_as_a_leaf() {
    let (nodes, leaves) = grown(8);
    let tree = rooted(&nodes, 8);
    let inner = [leaves[0], leaves[1]].concat();
    let path = inclusion(&nodes, 0, 8).expect("a leaf");
    let offered = hash::leaf(Domain::Entries, &inner);
    for size in [8, 4] {
        for path in [&path[..], &path[1..]] {
            assert!(verify_inclusion(&offered, 0, size, path, &tree.root).is_err());
        }
    }
    // Even with the node's own hash: the committed size fixes the length of the path.
    let node = hash::node(&leaves[0], &leaves[1]);
    let short = verify_inclusion(&node, 0, 8, &path[1..], &tree.root);
    assert_eq!(short, Err(ProofFault::PathLength { expected: 3, found: 2 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_leaves_give_the_naive_root(
        size in 1..300_u64,
        changes in prop::collection::vec((0..320_u64, any::<u64>()), 0..40),
    ) {
        let (mut nodes, mut leaves) = grown(size);
        let changes: Vec<_> = changes.into_iter().map(|(at, seed)| (at, leaf(seed))).collect();
        replace(&mut nodes, size, &changes).expect("a vector takes it");
        for (at, hash) in &changes {
            if let Some(slot) = leaves.get_mut(usize::try_from(*at).expect("small")) {
                *slot = *hash;
            }
        }
        prop_assert_eq!(root(&nodes, size), naive(&leaves));
        // It goes on growing over what was changed.
        append(&mut nodes, size, &leaf(7)).expect("a vector takes it");
        leaves.push(leaf(7));
        prop_assert_eq!(root(&nodes, size + 1), naive(&leaves));
    }

    #[test]
    fn the_frontier_is_the_log_without_its_nodes(size in 0..600_u64, more in 0..70_u64) {
        let (nodes, _) = grown(size + more);
        let mut frontier = Frontier::of(&nodes, size);
        prop_assert_eq!(frontier.root(), root(&nodes, size));
        for number in size..size + more {
            frontier.append(&leaf(number));
        }
        prop_assert_eq!(&frontier, &Frontier::of(&nodes, size + more));
        prop_assert_eq!(frontier.root(), root(&nodes, size + more));
        let peaks = frontier.peaks().to_vec();
        prop_assert_eq!(Frontier::from_parts(size + more, peaks.clone()), Some(frontier));
        prop_assert_eq!(Frontier::from_parts(size + more + 1, [peaks, vec![[0; 32]; 9]].concat()),
            None);
    }

    #[test]
    fn a_tampered_path_leads_elsewhere(
        size in 2..300_u64,
        index: prop::sample::Index,
        at: prop::sample::Index,
        bit in 0..256_usize,
    ) {
        let (nodes, _) = grown(size);
        let index = index.index(usize::try_from(size).expect("small"));
        let index = u64::try_from(index).expect("fits");
        let tree = rooted(&nodes, size);
        let mut path = inclusion(&nodes, index, size).expect("a leaf");
        let at = at.index(path.len());
        path[at][bit / 8] ^= 1 << (bit % 8);
        let shown = verify_inclusion(&leaf(index), index, size, &path, &tree.root);
        prop_assert_eq!(shown, Err(ProofFault::Root));
    }

    #[test]
    fn a_log_that_changed_its_past_is_caught(
        from in 1..400_u64, more in 1..400_u64, changed: prop::sample::Index,
    ) {
        let size = from + more;
        let (mut nodes, _) = grown(size);
        let older = rooted(&nodes, from);
        let changed = u64::try_from(changed.index(usize::try_from(from).expect("small")))
            .expect("fits");
        replace(&mut nodes, size, &[(changed, leaf(u64::MAX))]).expect("a vector takes it");
        let path = consistency(&nodes, from, size).expect("it grew");
        let shown = verify_consistency(&older, &rooted(&nodes, size), &path);
        prop_assert_eq!(shown, Err(ProofFault::Inconsistent));
    }

    #[test]
    fn no_path_panics(
        index: u64, size: u64, from: u64, path in prop::collection::vec(any::<Hash>(), 0..70),
    ) {
        let _ = verify_inclusion(&[1; 32], index, size, &path, &[2; 32]);
        let (from, to) = (Rooted { size: from, root: [1; 32] }, Rooted { size, root: [2; 32] });
        prop_assert!(verify_consistency(&from, &to, &path).is_err());
    }
}
