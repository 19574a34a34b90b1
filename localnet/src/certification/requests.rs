//! The certified status of ingress messages: what `/request_status` of the state tree holds.

use std::sync::Arc;

use candid::Principal;
use ic_certification::{AsHashTree, HashTree, RbTree, hash_tree::Hash};
use pocket_ic::RejectResponse;

use super::{
    cbor::leb128,
    tree::{StateTree, Subtree},
};

/// The hash that identifies a request.
pub type RequestId = [u8; 32];

/// How far a request got, as certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    Received,
    Processing,
    Replied(Vec<u8>),
    Rejected(RejectResponse),
}

impl RequestStatus {
    /// Whether it will not change any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Replied(_) | Self::Rejected(_))
    }

    fn tree(&self) -> StateTree {
        let fields = match self {
            Self::Received => vec![("status", b"received".to_vec())],
            Self::Processing => vec![("status", b"processing".to_vec())],
            Self::Replied(reply) => {
                vec![("status", b"replied".to_vec()), ("reply", reply.clone())]
            }
            Self::Rejected(reject) => vec![
                ("status", b"rejected".to_vec()),
                ("reject_code", leb128(reject.reject_code as u64)),
                ("reject_message", reject.reject_message.clone().into_bytes()),
                ("error_code", reject.error_code.to_string().into_bytes()),
            ],
        };
        StateTree::branch(fields.into_iter().map(|(label, value)| (label, StateTree::leaf(value))))
    }
}

/// One request that came in through the agent interface.
#[derive(Clone, Debug)]
pub struct Request {
    pub sender: Principal,
    /// The canister it was addressed to.
    pub canister: Principal,
    pub status: RequestStatus,
    tree: Arc<StateTree>,
}

impl AsHashTree for Request {
    fn root_hash(&self) -> Hash {
        self.tree.digest()
    }

    fn as_hash_tree(&self) -> HashTree {
        self.tree.witness(&[&[]])
    }
}

/// The requests of one subnet. Reads and changes cost the logarithm of their number.
#[derive(Clone)]
pub(super) struct RequestTree(RbTree<RequestId, Request>);

impl Default for RequestTree {
    fn default() -> Self {
        Self(RbTree::new())
    }
}

impl std::fmt::Debug for RequestTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestTree").finish_non_exhaustive()
    }
}

impl RequestTree {
    /// The request with `id`.
    pub(super) fn get(&self, id: &RequestId) -> Option<&Request> {
        self.0.get(id)
    }

    /// Adds a request that has just been received.
    pub(super) fn insert(&mut self, id: RequestId, sender: Principal, canister: Principal) {
        let status = RequestStatus::Received;
        let tree = Arc::new(status.tree());
        self.0.insert(id, Request { sender, canister, status, tree });
    }

    /// Records how far the request got.
    pub(super) fn set_status(&mut self, id: &RequestId, status: RequestStatus) {
        self.0.modify(id, |request| {
            request.tree = Arc::new(status.tree());
            request.status = status;
        });
    }

    /// Forgets a request.
    pub(super) fn remove(&mut self, id: &RequestId) {
        self.0.delete(id);
    }
}

impl Subtree for RequestTree {
    fn digest(&self) -> Hash {
        self.0.root_hash()
    }

    fn witness(&self, paths: &[&[Vec<u8>]]) -> HashTree {
        match paths {
            [] => ic_certification::pruned(self.digest()),
            [[]] => self.0.as_hash_tree(),
            [path] => self.one(path),
            // The permission check lets at most one request through; several paths may still
            // name fields of it.
            [first, ..] => match first.first() {
                Some(id) if paths.iter().all(|path| path.first() == Some(id)) => {
                    self.one(std::slice::from_ref(id))
                }
                _ => self.0.as_hash_tree(),
            },
        }
    }
}

impl RequestTree {
    fn one(&self, path: &[Vec<u8>]) -> HashTree {
        let Some((id, rest)) = path.split_first() else { return self.0.as_hash_tree() };
        self.0.nested_witness(id, |request| request.tree.witness(&[rest]))
    }
}

#[cfg(test)]
mod tests {
    use ic_certification::LookupResult;

    use super::*;

    fn filled() -> RequestTree {
        let mut tree = RequestTree::default();
        for n in 0..50_u8 {
            let anonymous = Principal::anonymous();
            tree.insert([n * 2; 32], anonymous, anonymous);
        }
        tree.set_status(&[20; 32], RequestStatus::Replied(b"yes".to_vec()));
        tree
    }

    #[test]
    fn the_asked_request_is_shown_and_no_other() {
        let tree = filled();
        let shown = tree.witness(&[&[vec![20; 32]]]);
        assert_eq!(shown.digest(), tree.digest());
        let status = |id: u8| shown.lookup_path([&[id; 32][..], b"status"]);
        assert_eq!(status(20), LookupResult::Found(b"replied"));
        assert_eq!(shown.lookup_path([&[20; 32][..], b"reply"]), LookupResult::Found(b"yes"));
        assert_eq!(status(60), LookupResult::Unknown);
    }

    #[test]
    fn an_unknown_request_is_provably_absent() {
        let tree = filled();
        let shown = tree.witness(&[&[vec![21; 32]]]);
        assert_eq!(shown.digest(), tree.digest());
        assert_eq!(shown.lookup_path([&[21; 32][..], b"status"]), LookupResult::Absent);
    }
}
