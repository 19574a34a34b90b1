//! Ed25519 keys and their derivation, which is that of the platform's own package.

use candid::Principal;
use ic_ed25519::{DerivationIndex, DerivationPath, DerivedPrivateKey, PrivateKey};

use super::PublicKey;

/// A master key.
pub(crate) struct Key(DerivedPrivateKey);

/// What derives from a master key.
pub(super) struct Derived {
    key: DerivedPrivateKey,
    chain_code: [u8; 32],
}

impl Key {
    /// The master key of this name.
    pub(super) fn master(seed: &[u8], name: &str) -> Self {
        let path = DerivationPath::new(vec![DerivationIndex(name.as_bytes().to_vec())]);
        Self(PrivateKey::generate_from_seed(seed).derive_subkey(&path).0)
    }

    /// The key of a canister at a path.
    pub(super) fn derive(&self, canister: Principal, path: &[Vec<u8>]) -> Derived {
        let path = DerivationPath::from_canister_id_and_path(canister.as_slice(), path);
        let (key, chain_code) = self.0.derive_subkey(&path);
        Derived { key, chain_code }
    }
}

impl Derived {
    /// The public half.
    pub(super) fn public_key(&self) -> PublicKey {
        let bytes = self.key.public_key().serialize_raw().to_vec();
        PublicKey { bytes, chain_code: self.chain_code }
    }

    /// The signature of a message. The platform's differ from call to call; these repeat.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign_message(message)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};

    use super::*;

    /// The public halves are published with the `ic-ed25519` package, for `PocketIC`.
    #[test]
    fn master_keys_are_those_of_pocketic() {
        let check = |name: &str, public: &str| {
            let master = Key::master(&super::super::SEED, name);
            assert_eq!(hex::encode(master.0.public_key().serialize_raw()), public, "{name}");
        };
        check("key_1", "db415b8eb85bd5127b0984723e0448054042cf40e7a9c262ed0cc87ecea98349");
        check("test_key_1", "6ed9121ecf701b9e301fce17d8a65214888984e8211225691b089d6b219ec144");
        check("dfx_test_key", "7124afcb1be5927cac0397a7447b9c3cda2a4099af62d9bc0a2c2fe42d33efe1");
    }

    #[test]
    fn signatures_verify_under_the_public_half_and_repeat() {
        let canister = Principal::from_slice(&[1]);
        let key = Key::master(&[7], "any").derive(canister, &[b"x".to_vec()]);
        let bytes: [u8; 32] = key.public_key().bytes.try_into().expect("32 bytes");
        let public = VerifyingKey::from_bytes(&bytes).expect("a point");
        let signature = Signature::from_bytes(&key.sign(b"message"));
        assert!(public.verify_strict(b"message", &signature).is_ok());
        assert!(public.verify(b"another", &signature).is_err());
        assert_eq!(key.sign(b"message"), key.sign(b"message"));
    }
}
