//! The labelled state tree and its witnesses: hash trees that reveal the paths asked for, prove
//! the absence of those that do not exist, and prune everything else.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use ic_certification::{
    HashTree, empty, fork,
    hash_tree::{Hash, fork_hash, labeled_hash, leaf_hash},
    labeled, leaf, pruned,
};

/// A path from the root of the tree, one label after the other.
pub type Path = Vec<Vec<u8>>;

/// A tree of labelled nodes, sorted by label. Digests are computed once and kept, so parts that
/// do not change may be shared between trees.
#[derive(Debug)]
pub struct StateTree {
    node: Node,
    digest: OnceLock<Hash>,
}

#[derive(Debug)]
enum Node {
    Leaf(Vec<u8>),
    Branch(BTreeMap<Vec<u8>, Arc<StateTree>>),
    /// A part kept in another structure, which can make witnesses itself.
    Other(Arc<dyn Subtree>),
    /// A part that is never shown: its digest is all there is.
    Hidden(Hash),
}

/// A part of the tree that another structure keeps.
pub trait Subtree: std::fmt::Debug + Send + Sync {
    /// The hash of the whole part.
    fn digest(&self) -> Hash;
    /// A hash tree of the same digest that reveals `paths` or proves their absence.
    fn witness(&self, paths: &[&[Vec<u8>]]) -> HashTree;
}

impl StateTree {
    /// A value.
    pub fn leaf(value: impl Into<Vec<u8>>) -> Self {
        Self { node: Node::Leaf(value.into()), digest: OnceLock::new() }
    }

    /// A node with labelled children.
    pub fn branch<L, T>(children: impl IntoIterator<Item = (L, T)>) -> Self
    where
        L: Into<Vec<u8>>,
        T: Into<Arc<StateTree>>,
    {
        let children = children.into_iter().map(|(label, tree)| (label.into(), tree.into()));
        Self { node: Node::Branch(children.collect()), digest: OnceLock::new() }
    }

    /// A node kept elsewhere.
    pub fn other(subtree: Arc<dyn Subtree>) -> Self {
        Self { node: Node::Other(subtree), digest: OnceLock::new() }
    }

    /// A node of which nothing but the digest will be asked for.
    pub fn hidden(digest: Hash) -> Self {
        Self { node: Node::Hidden(digest), digest: OnceLock::new() }
    }

    /// The root hash.
    pub fn digest(&self) -> Hash {
        *self.digest.get_or_init(|| match &self.node {
            Node::Leaf(value) => leaf_hash(value),
            Node::Branch(children) => {
                let children: Vec<_> = children.iter().collect();
                digest_of(&children)
            }
            Node::Other(subtree) => subtree.digest(),
            Node::Hidden(digest) => *digest,
        })
    }

    /// A hash tree with this tree's digest that reveals what lies under `paths`, proves the
    /// absence of those that lead nowhere, and prunes the rest.
    pub fn witness(&self, paths: &[&[Vec<u8>]]) -> HashTree {
        if paths.is_empty() {
            return pruned(self.digest());
        }
        match &self.node {
            // A path that goes on below a value leads nowhere; the value proves it.
            Node::Leaf(value) => leaf(value.clone()),
            Node::Other(subtree) => subtree.witness(paths),
            Node::Hidden(digest) => pruned(*digest),
            Node::Branch(children) if children.is_empty() => empty(),
            Node::Branch(children) => {
                let views = views(children, paths);
                assemble(&views)
            }
        }
    }

    /// The value at `path`.
    #[cfg(test)]
    pub fn get(&self, path: &[&[u8]]) -> Option<&[u8]> {
        match (&self.node, path) {
            (Node::Leaf(value), []) => Some(value),
            (Node::Branch(children), [label, rest @ ..]) => children.get(*label)?.get(rest),
            _ => None,
        }
    }
}

type Child<'a> = (&'a Vec<u8>, &'a Arc<StateTree>);

/// A child as a witness shows it.
struct View<'a> {
    child: Child<'a>,
    /// The paths below it that were asked for.
    paths: Vec<&'a [Vec<u8>]>,
    /// Its label is needed to show that a neighbouring label does not exist.
    neighbour: bool,
}

impl View<'_> {
    fn visible(&self) -> bool {
        self.neighbour || !self.paths.is_empty()
    }
}

fn views<'a>(
    children: &'a BTreeMap<Vec<u8>, Arc<StateTree>>,
    paths: &[&'a [Vec<u8>]],
) -> Vec<View<'a>> {
    let everything: &[Vec<u8>] = &[];
    let mut views: Vec<_> =
        children.iter().map(|child| View { child, paths: Vec::new(), neighbour: false }).collect();
    for path in paths {
        let Some((label, rest)) = path.split_first() else {
            for view in &mut views {
                view.paths = vec![everything];
            }
            return views;
        };
        match views.binary_search_by(|view| view.child.0.cmp(label)) {
            Ok(index) => views[index].paths.push(rest),
            Err(index) => {
                for neighbour in [index.checked_sub(1), Some(index)].into_iter().flatten() {
                    if let Some(view) = views.get_mut(neighbour) {
                        view.neighbour = true;
                    }
                }
            }
        }
    }
    views
}

fn assemble(views: &[View<'_>]) -> HashTree {
    if !views.iter().any(View::visible) {
        let children: Vec<_> = views.iter().map(|view| view.child).collect();
        return pruned(digest_of(&children));
    }
    if let [view] = views {
        return labeled(view.child.0.clone(), view.child.1.witness(&view.paths));
    }
    let (left, right) = views.split_at(views.len() / 2);
    fork(assemble(left), assemble(right))
}

fn digest_of(children: &[Child<'_>]) -> Hash {
    match children {
        [] => empty().digest(),
        [(label, tree)] => labeled_hash(label, &tree.digest()),
        _ => {
            let (left, right) = children.split_at(children.len() / 2);
            fork_hash(&digest_of(left), &digest_of(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use ic_certification::LookupResult;
    use proptest::prelude::*;

    use super::*;

    fn path(labels: &[&[u8]]) -> Path {
        labels.iter().map(|label| label.to_vec()).collect()
    }

    fn witness(tree: &StateTree, paths: &[Path]) -> HashTree {
        let paths: Vec<&[Vec<u8>]> = paths.iter().map(Vec::as_slice).collect();
        tree.witness(&paths)
    }

    fn sample() -> StateTree {
        let numbers = |range: std::ops::Range<u8>| {
            StateTree::branch(range.map(|n| (vec![n * 2], StateTree::leaf(vec![n]))))
        };
        StateTree::branch([
            ("a", numbers(0..9)),
            ("b", StateTree::leaf("value")),
            ("c", numbers(3..4)),
            ("empty", StateTree::branch::<Vec<u8>, StateTree>([])),
        ])
    }

    #[test]
    fn a_witness_has_the_digest_of_the_tree() {
        let tree = sample();
        for paths in [vec![], vec![path(&[])], vec![path(&[b"a", &[4]]), path(&[b"zz"])]] {
            assert_eq!(witness(&tree, &paths).digest(), tree.digest());
        }
    }

    #[test]
    fn present_is_found_absent_is_proved_and_unasked_is_hidden() {
        let tree = sample();
        let shown = witness(&tree, &[path(&[b"a", &[4]]), path(&[b"a", &[5]]), path(&[b"bb"])]);
        assert_eq!(shown.lookup_path([&b"a"[..], &[4]]), LookupResult::Found(&[2]));
        assert_eq!(shown.lookup_path([&b"a"[..], &[5]]), LookupResult::Absent);
        assert_eq!(shown.lookup_path([&b"bb"[..]]), LookupResult::Absent);
        assert_eq!(shown.lookup_path([&b"a"[..], &[16]]), LookupResult::Unknown);
        assert_eq!(shown.lookup_path([&b"c"[..], &[6]]), LookupResult::Unknown);
        let nothing = witness(&tree, &[path(&[b"empty", b"x"])]);
        assert_eq!(nothing.lookup_path([&b"empty"[..], b"x"]), LookupResult::Absent);
    }

    #[test]
    fn a_path_that_ends_early_reveals_everything_below() {
        let shown = witness(&sample(), &[path(&[b"a"])]);
        for n in 0..9_u8 {
            assert_eq!(shown.lookup_path([&b"a"[..], &[n * 2]]), LookupResult::Found(&[n]));
        }
        assert_eq!(shown.lookup_path([&b"b"[..]]), LookupResult::Unknown);
    }

    proptest! {
        #[test]
        fn every_lookup_of_an_asked_path_is_certain(
            labels in prop::collection::btree_set(prop::collection::vec(any::<u8>(), 0..3), 0..40),
            asked in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3), 1..5),
        ) {
            let tree = StateTree::branch(
                labels.iter().map(|label| (label.clone(), StateTree::leaf(label.clone()))),
            );
            let paths: Vec<Path> = asked.iter().map(|label| vec![label.clone()]).collect();
            let shown = witness(&tree, &paths);
            prop_assert_eq!(shown.digest(), tree.digest());
            for label in &asked {
                let expected = if labels.contains(label) {
                    LookupResult::Found(label)
                } else {
                    LookupResult::Absent
                };
                prop_assert_eq!(shown.lookup_path([label.as_slice()]), expected);
            }
        }
    }
}
