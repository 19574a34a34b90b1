//! Signs what the network certifies: state certificates for agents, data certificates for
//! queries, query responses of nodes, and the delegations from the root key to the subnets.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use candid::Principal;
use ic_certification::{Certificate, Delegation, HashTree};

use super::{
    cbor,
    keys::{BlsKey, Keyring, root_subnet_id},
    requests::{Request, RequestId, RequestStatus, RequestTree},
    state::{self, MetadataCache},
    tree::{Path, StateTree, Subtree},
    verify::STATE_ROOT_DOMAIN,
};
use crate::{
    lazy_certificate::LazyCertificate,
    network::{Certifier, Network, Subnet},
};

/// Age up to which a delegation is handed out again, in nanoseconds.
const DELEGATION_AGE_MAX_NS: u64 = 60_000_000_000;

/// How delegations state the canister ids of a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delegations {
    /// `/subnet/<id>/canister_ranges`, as version 2 of the HTTP interface has it.
    Flat,
    /// `/canister_ranges/<id>/<first canister id>`, as versions 3 and 4 have it.
    Sharded,
}

/// Keys of one network, and the state that is certified but not part of it.
#[derive(Debug)]
pub struct Authority(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Keyring,
    metadata: MetadataCache,
    requests: BTreeMap<Principal, Arc<RequestTree>>,
    open: BTreeSet<(Principal, RequestId)>,
    /// All requests by the time at which they may be forgotten.
    expiring: BTreeSet<(u64, Principal, RequestId)>,
    delegations: BTreeMap<(Principal, Delegations), IssuedDelegation>,
    /// The latest data certificate of each canister and the epoch it belongs to.
    data: BTreeMap<Principal, (u64, LazyCertificate)>,
}

#[derive(Debug)]
struct IssuedDelegation {
    time_ns: u64,
    subnets: usize,
    certificate: LazyCertificate,
}

impl Authority {
    /// The authority of the network with `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Inner {
            keys: Keyring::new(seed),
            metadata: BTreeMap::new(),
            requests: BTreeMap::new(),
            open: BTreeSet::new(),
            expiring: BTreeSet::new(),
            delegations: BTreeMap::new(),
            data: BTreeMap::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every change is complete before the guard is released, also when a panic releases it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A certificate of `subnet` that reveals `paths` and the time, or proves paths absent.
    pub fn certificate(
        &self,
        network: &Network,
        subnet: &Subnet,
        mut paths: Vec<Path>,
        delegations: Delegations,
    ) -> Vec<u8> {
        paths.push(vec![b"time".to_vec()]);
        let mut inner = self.inner();
        let requests = inner.requests.entry(subnet.id).or_default();
        let requests = StateTree::other(Arc::clone(requests) as Arc<dyn Subtree>);
        let certificate = inner.certificate(network, subnet, requests, paths, delegations);
        certificate.bytes().to_vec()
    }

    /// The signature of `message` by the first node of `subnet`, and that node's id.
    pub fn node_signature(&self, subnet: &Subnet, message: &[u8]) -> Option<(Principal, Vec<u8>)> {
        let mut inner = self.inner();
        let node = inner.keys.subnet(subnet).nodes.first()?;
        Some((node.id(), node.sign(message)))
    }

    /// The request with `id` on `subnet`.
    pub fn request(&self, subnet: Principal, id: &RequestId) -> Option<Request> {
        self.inner().requests.get(&subnet)?.get(id).cloned()
    }

    /// Records a request received by `subnet`.
    pub fn add_request(
        &self,
        id: RequestId,
        sender: Principal,
        canister: Principal,
        subnet: Principal,
        expiry_ns: u64,
    ) {
        let mut inner = self.inner();
        Arc::make_mut(inner.requests.entry(subnet).or_default()).insert(id, sender, canister);
        inner.open.insert((subnet, id));
        inner.expiring.insert((expiry_ns, subnet, id));
    }

    /// Brings the certified status of all open requests up to date and forgets those that
    /// expired before `forget_before_ns`. Returns the requests that now have a final answer.
    pub fn refresh(
        &self,
        status: impl Fn(&RequestId) -> Option<RequestStatus>,
        forget_before_ns: u64,
    ) -> Vec<RequestId> {
        let mut inner = self.inner();
        let mut finished = Vec::new();
        for (subnet, id) in inner.open.clone() {
            let Some(status) = status(&id) else { continue };
            let is_final = status.is_final();
            let tree = Arc::make_mut(inner.requests.entry(subnet).or_default());
            if tree.get(&id).is_some_and(|request| request.status != status) {
                tree.set_status(&id, status);
            }
            if is_final {
                inner.open.remove(&(subnet, id));
                finished.push(id);
            }
        }
        inner.forget_before(forget_before_ns);
        finished
    }
}

impl Certifier for Authority {
    fn data_certificate(&self, network: &Network, canister: Principal) -> Option<LazyCertificate> {
        let mut inner = self.inner();
        let epoch = network.epoch();
        if let Some((issued, certificate)) = inner.data.get(&canister)
            && *issued == epoch
        {
            return Some(certificate.clone());
        }
        let subnet = network.topology().route(canister).cloned()?;
        let data =
            vec![b"canister".to_vec(), canister.as_slice().to_vec(), b"certified_data".to_vec()];
        let paths = vec![data, vec![b"time".to_vec()]];
        // Only the digest: what waits to be signed must not make the next request copy them all.
        let requests = StateTree::hidden(inner.requests.entry(subnet.id).or_default().digest());
        let certificate = inner.certificate(network, &subnet, requests, paths, Delegations::Flat);
        inner.data.insert(canister, (epoch, certificate.clone()));
        Some(certificate)
    }
}

impl Inner {
    /// Forgets answered requests that expired before `time_ns`.
    fn forget_before(&mut self, time_ns: u64) {
        let lowest = (Principal::management_canister(), [0; 32]);
        let expired = self.expiring.range(..(time_ns, lowest.0, lowest.1));
        let answered: Vec<_> = expired
            .filter(|(_, subnet, id)| !self.open.contains(&(*subnet, *id)))
            .copied()
            .collect();
        for (expiry_ns, subnet, id) in answered {
            self.expiring.remove(&(expiry_ns, subnet, id));
            if let Some(tree) = self.requests.get_mut(&subnet) {
                Arc::make_mut(tree).remove(&id);
            }
        }
    }

    fn certificate(
        &mut self,
        network: &Network,
        subnet: &Subnet,
        requests: StateTree,
        paths: Vec<Path>,
        delegations: Delegations,
    ) -> LazyCertificate {
        let delegation =
            (subnet.id != root_subnet_id()).then(|| self.delegation(network, subnet, delegations));
        let keys = self.keys.subnet(subnet);
        let state = state::subnet_state(network, subnet, keys, requests, &mut self.metadata);
        sign(&keys.subnet, state, paths, delegation)
    }

    fn delegation(&mut self, network: &Network, subnet: &Subnet, kind: Delegations) -> Delegated {
        let subnets = network.topology().subnets().len();
        let time_ns = network.certified_time_ns();
        let fresh = self.delegations.get(&(subnet.id, kind)).is_some_and(|issued| {
            issued.subnets == subnets && time_ns.abs_diff(issued.time_ns) < DELEGATION_AGE_MAX_NS
        });
        if !fresh {
            let id = subnet.id.as_slice().to_vec();
            let ranges = match kind {
                Delegations::Flat => {
                    vec![b"subnet".to_vec(), id.clone(), b"canister_ranges".to_vec()]
                }
                Delegations::Sharded => vec![b"canister_ranges".to_vec(), id.clone()],
            };
            let of_subnet = |name: &[u8]| vec![b"subnet".to_vec(), id.clone(), name.to_vec()];
            // The kind decides whether canisters of the subnet may sign for others.
            let (key, type_name) = (of_subnet(b"public_key"), of_subnet(b"type"));
            let paths = vec![key, type_name, ranges, vec![b"time".to_vec()]];
            let state = state::delegation_state(network);
            let certificate = sign(self.keys.root(), state, paths, None);
            let issued = IssuedDelegation { time_ns, subnets, certificate };
            self.delegations.insert((subnet.id, kind), issued);
        }
        let issued = self.delegations.get(&(subnet.id, kind)).expect("issued above when missing");
        Delegated { subnet: subnet.id, certificate: issued.certificate.clone() }
    }
}

/// The right of a subnet to sign, not encoded yet.
struct Delegated {
    subnet: Principal,
    certificate: LazyCertificate,
}

impl Delegated {
    fn encoded(&self) -> Delegation {
        let certificate = self.certificate.bytes().to_vec();
        Delegation { subnet_id: self.subnet.as_slice().to_vec(), certificate }
    }
}

fn sign(
    key: &Arc<BlsKey>,
    state: StateTree,
    paths: Vec<Path>,
    delegation: Option<Delegated>,
) -> LazyCertificate {
    let key = Arc::clone(key);
    LazyCertificate::new(move || {
        let paths: Vec<&[Vec<u8>]> = paths.iter().map(Vec::as_slice).collect();
        let tree: HashTree = state.witness(&paths);
        let message = [STATE_ROOT_DOMAIN, &state.digest()[..]].concat();
        let delegation = delegation.as_ref().map(Delegated::encoded);
        cbor::encode(&Certificate { tree, signature: key.sign(&message), delegation })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_requests_are_forgotten_after_they_expire_and_open_ones_are_not() {
        let authority = Authority::new(0);
        let subnet = Principal::anonymous();
        for id in 1..=3 {
            authority.add_request([id; 32], subnet, subnet, subnet, 1_000 * u64::from(id));
        }
        let answered = |id: &RequestId| (id[0] != 2).then(|| RequestStatus::Replied(vec![]));
        assert_eq!(authority.refresh(answered, 0), [[1; 32], [3; 32]]);
        let known = |id| authority.request(subnet, &[id; 32]).is_some();
        authority.refresh(answered, 2_500);
        assert!(!known(1), "answered and expired");
        assert!(known(2), "expired but open");
        assert!(known(3), "answered and not expired");
        authority.refresh(|_| Some(RequestStatus::Replied(vec![])), 2_500);
        assert!(!known(2), "answered late");
    }
}
