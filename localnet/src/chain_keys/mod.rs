//! Chain keys: the master keys behind threshold signatures and vetKeys, and the keys canisters
//! derive from them.
//!
//! The Internet Computer shares each master key among the nodes of a subnet; here one process
//! holds them whole. They are the fixed keys of `PocketIC`, whose secret halves are published, so
//! that what tools compute offline for `PocketIC` holds here too. They protect nothing.
//!
//! - [`secp256k1`]: ECDSA and BIP340, derived as BIP32 is, with indices of any length
//! - [`ed25519`]: Ed25519, derived by the scheme of the interface specification
//! - [`vetkd`]: keys that are handed out encrypted

mod ed25519;
mod secp256k1;
pub(crate) mod vetkd;

use candid::Principal;
use pocket_ic::common::rest::SubnetKind;

/// What all master keys derive from, by the name of the key.
const SEED: [u8; 32] = [42; 32];

/// Indices a derivation path may have.
pub(crate) const PATH_MAX: usize = 255;

/// What a key is for. An algorithm of the interface for which no network has keys is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    EcdsaSecp256k1,
    EcdsaSecp256r1,
    Bip340,
    Ed25519,
    VetKd,
}

impl Algorithm {
    /// Those there are keys for.
    const HELD: [Self; 4] = [Self::EcdsaSecp256k1, Self::Bip340, Self::Ed25519, Self::VetKd];

    fn name(self) -> &'static str {
        match self {
            Self::EcdsaSecp256k1 => "ecdsa:Secp256k1",
            Self::EcdsaSecp256r1 => "ecdsa:Secp256r1",
            Self::Bip340 => "schnorr:Bip340Secp256k1",
            Self::Ed25519 => "schnorr:Ed25519",
            Self::VetKd => "vetkd:Bls12_381_G2",
        }
    }
}

/// Names a master key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId {
    pub(crate) algorithm: Algorithm,
    pub(crate) name: String,
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.name)
    }
}

/// The master keys a subnet of this kind holds, in ascending order.
pub(crate) fn held_by(kind: SubnetKind) -> Vec<KeyId> {
    let names: &[&str] = match kind {
        SubnetKind::Fiduciary | SubnetKind::II => &["key_1"],
        SubnetKind::TestThresholdKeys => &["dfx_test_key", "test_key_1"],
        _ => &[],
    };
    let keys = Algorithm::HELD.iter().flat_map(|algorithm| {
        names.iter().map(|name| KeyId { algorithm: *algorithm, name: (*name).to_owned() })
    });
    keys.collect()
}

/// What a public key is derived to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// SEC1, compressed, or the 32 bytes of an Ed25519 key.
    pub(crate) bytes: Vec<u8>,
    /// With which more keys are derived from this one.
    pub(crate) chain_code: [u8; 32],
}

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'a> {
    /// With ECDSA: a hash.
    Hash(&'a [u8; 32]),
    /// With a Schnorr algorithm: anything.
    Bytes(&'a [u8]),
    /// With BIP340, under the key that BIP341 makes of the derived key and this Merkle root, which
    /// is empty or has 32 bytes.
    Taproot { message: &'a [u8], merkle_root: &'a [u8] },
}

/// A master key that signs, ready to derive.
pub(crate) enum MasterKey {
    Secp256k1(secp256k1::Key),
    Ed25519(ed25519::Key),
}

impl MasterKey {
    /// The key with this id; None when nothing signs with this algorithm.
    pub(crate) fn of(id: &KeyId) -> Option<Self> {
        match id.algorithm {
            Algorithm::EcdsaSecp256k1 | Algorithm::Bip340 => {
                Some(Self::Secp256k1(secp256k1::Key::master(&SEED, &id.name)))
            }
            Algorithm::Ed25519 => Some(Self::Ed25519(ed25519::Key::master(&SEED, &id.name))),
            Algorithm::EcdsaSecp256r1 | Algorithm::VetKd => None,
        }
    }

    /// The public key of a canister at a path.
    pub(crate) fn public_key(&self, canister: Principal, path: &[Vec<u8>]) -> PublicKey {
        match self {
            Self::Secp256k1(key) => key.derive(indices(canister, path)).public_key(),
            Self::Ed25519(key) => key.derive(canister, path).public_key(),
        }
    }

    /// The 64-byte signature with the key of a canister at a path; None when this key does not sign
    /// such a message, or a Merkle root makes no key of it.
    pub(crate) fn sign(
        &self,
        canister: Principal,
        path: &[Vec<u8>],
        message: Message<'_>,
    ) -> Option<[u8; 64]> {
        match (self, message) {
            (Self::Secp256k1(key), Message::Hash(hash)) => {
                Some(key.derive(indices(canister, path)).sign_hash(hash))
            }
            (Self::Secp256k1(key), Message::Bytes(bytes)) => {
                key.derive(indices(canister, path)).sign_schnorr(bytes)
            }
            (Self::Secp256k1(key), Message::Taproot { message, merkle_root }) => {
                key.derive(indices(canister, path)).tweaked(merkle_root)?.sign_schnorr(message)
            }
            (Self::Ed25519(key), Message::Bytes(bytes)) => {
                Some(key.derive(canister, path).sign(bytes))
            }
            (Self::Ed25519(_), Message::Hash(_) | Message::Taproot { .. }) => None,
        }
    }
}

/// The path from a master key: the canister's id comes first, so that no canister can reach the
/// keys of another one.
fn indices(canister: Principal, path: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> {
    std::iter::once(canister.as_slice().to_vec()).chain(path.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(algorithm: Algorithm, name: &str) -> MasterKey {
        MasterKey::of(&KeyId { algorithm, name: name.to_owned() }).expect("there is such a key")
    }

    #[test]
    fn each_kind_of_subnet_holds_the_keys_it_holds_on_pocketic() {
        let names = |kind| held_by(kind).iter().map(KeyId::to_string).collect::<Vec<_>>();
        let fiduciary = ["ecdsa:Secp256k1:key_1", "schnorr:Bip340Secp256k1:key_1"];
        assert_eq!(names(SubnetKind::Fiduciary)[..2], fiduciary);
        assert_eq!(names(SubnetKind::II), names(SubnetKind::Fiduciary));
        assert_eq!(names(SubnetKind::TestThresholdKeys).len(), 8);
        assert!(names(SubnetKind::TestThresholdKeys).is_sorted());
        assert!(names(SubnetKind::Application).is_empty());
        assert!(names(SubnetKind::NNS).is_empty());
    }

    #[test]
    fn canisters_and_paths_have_keys_of_their_own() {
        let (one, two) = (Principal::from_slice(&[1]), Principal::from_slice(&[2]));
        for algorithm in [Algorithm::EcdsaSecp256k1, Algorithm::Bip340, Algorithm::Ed25519] {
            let master = key(algorithm, "key_1");
            let path = vec![b"a".to_vec(), Vec::new()];
            let own = master.public_key(one, &path);
            assert_eq!(own, master.public_key(one, &path));
            assert_ne!(own, master.public_key(two, &path));
            assert_ne!(own, master.public_key(one, &path[..1]), "an empty index counts");
            assert_ne!(own, key(algorithm, "test_key_1").public_key(one, &path));
        }
    }

    #[test]
    fn a_key_signs_the_messages_of_its_algorithm_only() {
        let canister = Principal::from_slice(&[1]);
        let tree = Message::Taproot { message: b"m", merkle_root: &[] };
        let ed25519 = key(Algorithm::Ed25519, "key_1");
        assert!(ed25519.sign(canister, &[], Message::Hash(&[0; 32])).is_none());
        assert!(ed25519.sign(canister, &[], tree).is_none());
        assert!(key(Algorithm::Bip340, "key_1").sign(canister, &[], tree).is_some());
        let id = KeyId { algorithm: Algorithm::EcdsaSecp256r1, name: "key_1".to_owned() };
        assert!(MasterKey::of(&id).is_none());
    }
}
