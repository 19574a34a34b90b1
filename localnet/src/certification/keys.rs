//! The network's keys. All of them derive from one public constant: they let clients check
//! certificates exactly as on a production network, and protect nothing.

use std::{collections::BTreeMap, sync::Arc};

use candid::Principal;
use ed25519_dalek::{Signer, SigningKey};
use ic_verify_bls_signature::PrivateKey;
use pocket_ic::common::rest::SubnetKind;
use sha2::{Digest, Sha256};

use crate::network::Subnet;

/// What every key derives from. Changing it changes the root key pinned in clients.
const SEED: &[u8] = b"localnet public development key, protects nothing";

/// DER header of a BLS12-381 public key in G2.
pub(super) const BLS_DER_PREFIX: [u8; 37] =
    *b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\
    \x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";

/// DER header of an Ed25519 public key.
pub const ED25519_DER_PREFIX: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// The id of the subnet that certifies with the root key itself: the NNS subnet, when there is
/// one.
pub fn root_subnet_id() -> Principal {
    Principal::self_authenticating(super::DEV_ROOT_KEY_DER)
}

/// A BLS key pair of a subnet.
#[derive(Debug)]
pub struct BlsKey {
    secret: PrivateKey,
    der: Vec<u8>,
}

impl BlsKey {
    fn derive(label: &[u8]) -> Self {
        let mut scalar = seed(&[b"bls", label]);
        // The group order begins with 0x73, so clearing the top two bits stays below it.
        scalar[0] &= 0x3f;
        let secret = PrivateKey::deserialize(&scalar).expect("scalar is below the group order");
        let mut der = BLS_DER_PREFIX.to_vec();
        der.extend(secret.public_key().serialize());
        Self { secret, der }
    }

    /// The key that signs for the whole network.
    pub fn root() -> Self {
        Self::derive(b"root")
    }

    /// The key of the `index`-th subnet of the network with `seed`.
    pub fn subnet(seed: u64, index: u32) -> Self {
        Self::derive(&[&seed.to_be_bytes()[..], &index.to_be_bytes()[..]].concat())
    }

    /// The DER-encoded public key.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The 48-byte signature of `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.secret.sign(message).serialize().to_vec()
    }
}

/// The Ed25519 key a node signs query responses with.
#[derive(Debug)]
pub struct NodeKey {
    secret: SigningKey,
    id: Principal,
    der: Vec<u8>,
}

impl NodeKey {
    fn derive(subnet: Principal, index: u32) -> Self {
        let secret =
            SigningKey::from_bytes(&seed(&[b"node", subnet.as_slice(), &index.to_be_bytes()]));
        let mut der = ED25519_DER_PREFIX.to_vec();
        der.extend(secret.verifying_key().to_bytes());
        Self { id: Principal::self_authenticating(&der), secret, der }
    }

    /// The node's id, which is the hash of its key.
    pub fn id(&self) -> Principal {
        self.id
    }

    /// The DER-encoded public key.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The 64-byte signature of `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.secret.sign(message).to_bytes().to_vec()
    }
}

/// The id of the `index`-th node of a subnet.
pub fn node_id(subnet: Principal, index: u32) -> Principal {
    NodeKey::derive(subnet, index).id
}

/// The keys of one subnet and its nodes.
#[derive(Debug)]
pub struct SubnetKeys {
    /// The key certificates of this subnet are signed with.
    pub subnet: Arc<BlsKey>,
    /// The nodes, in order of their index.
    pub nodes: Vec<NodeKey>,
}

/// The DER-encoded public key of the `index`-th subnet of a network with `seed`: the root key for
/// an NNS subnet, a key of its own for any other.
pub fn subnet_public_key(seed: u64, index: u32, kind: SubnetKind) -> Vec<u8> {
    if kind == SubnetKind::NNS {
        super::DEV_ROOT_KEY_DER.to_vec()
    } else {
        BlsKey::subnet(seed, index).der
    }
}

/// Keys derived so far; deriving one costs about a millisecond, so each is derived once and only
/// when something is certified.
#[derive(Debug)]
pub struct Keyring {
    seed: u64,
    root: Option<Arc<BlsKey>>,
    subnets: BTreeMap<Principal, SubnetKeys>,
}

impl Keyring {
    /// The keys of the network with `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, root: None, subnets: BTreeMap::new() }
    }

    /// The root key.
    pub fn root(&mut self) -> &Arc<BlsKey> {
        self.root.get_or_insert_with(|| Arc::new(BlsKey::root()))
    }

    /// The keys of `subnet` and its nodes.
    pub fn subnet(&mut self, subnet: &Subnet) -> &SubnetKeys {
        let seed = self.seed;
        self.subnets.entry(subnet.id).or_insert_with(|| SubnetKeys {
            subnet: Arc::new(if subnet.id == root_subnet_id() {
                BlsKey::root()
            } else {
                BlsKey::subnet(seed, subnet.index)
            }),
            nodes: (0..subnet.nodes).map(|index| NodeKey::derive(subnet.id, index)).collect(),
        })
    }
}

fn seed(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(SEED);
    for part in parts {
        hasher.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_root_key_is_the_derived_one() {
        assert_eq!(hex::encode(super::super::DEV_ROOT_KEY_DER), hex::encode(BlsKey::root().der()));
    }

    #[test]
    fn keys_differ_by_subnet_and_node_and_never_change() {
        assert_ne!(BlsKey::subnet(0, 1).der(), BlsKey::subnet(0, 2).der());
        assert_ne!(BlsKey::subnet(0, 1).der(), BlsKey::subnet(1, 1).der());
        assert_eq!(BlsKey::subnet(0, 1).der(), BlsKey::subnet(0, 1).der());
        assert_eq!(subnet_public_key(0, 1, SubnetKind::NNS), BlsKey::root().der());
    }

    #[test]
    fn nodes_of_a_subnet_have_keys_of_their_own() {
        let subnet = Principal::from_slice(&[1]);
        let ids: std::collections::BTreeSet<_> =
            (0..13).map(|index| NodeKey::derive(subnet, index).id()).collect();
        assert_eq!(ids.len(), 13);
        assert!(!ids.contains(&NodeKey::derive(Principal::from_slice(&[2]), 0).id()));
    }

    #[test]
    fn a_subnet_signature_verifies_under_its_key_only() {
        let (a, b) = (BlsKey::subnet(0, 0), BlsKey::subnet(0, 1));
        let signature = a.sign(b"message");
        let check = |key: &BlsKey, message: &[u8]| {
            ic_verify_bls_signature::verify_bls_signature(&signature, message, &key.der()[37..])
        };
        assert!(check(&a, b"message").is_ok());
        assert!(check(&a, b"other").is_err());
        assert!(check(&b, b"message").is_err());
    }
}
