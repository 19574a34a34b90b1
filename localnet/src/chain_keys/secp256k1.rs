//! Keys on secp256k1: derivation, ECDSA, BIP340 and the key tweak of BIP341.

use hmac::{Hmac, Mac};
use k256::{
    NonZeroScalar, ProjectivePoint, Scalar, SecretKey, U256,
    ecdsa::signature::hazmat::PrehashSigner,
    elliptic_curve::{PrimeField, ops::Reduce, sec1::ToEncodedPoint},
};
use sha2::{Digest, Sha256, Sha512};

use super::PublicKey;

/// Bytes of a point in compressed form.
const POINT_BYTES: usize = 33;
/// The first byte of a compressed point whose y is even.
const EVEN: u8 = 2;

/// A secret key that keys derive from.
#[derive(Clone)]
pub(crate) struct Key {
    secret: NonZeroScalar,
    chain_code: [u8; 32],
}

impl Key {
    /// The master key of this name.
    pub(super) fn master(seed: &[u8], name: &str) -> Self {
        let digest = Sha256::digest(seed);
        let root = <Scalar as Reduce<U256>>::reduce_bytes(&digest);
        let secret = NonZeroScalar::new(root).expect("the hash of the seed is not the group order");
        let root = Self { secret, chain_code: [0; 32] };
        // What is derived from a master key starts with a chain code of zeros.
        Self { chain_code: [0; 32], ..root.child(name.as_bytes()) }
    }

    /// The key at the end of a path.
    pub(super) fn derive(&self, path: impl Iterator<Item = Vec<u8>>) -> Self {
        path.fold(self.clone(), |key, index| key.child(&index))
    }

    /// One step of BIP32 without hardening, generalised to indices of any length. A hash that makes
    /// no key is hashed again, as SLIP-10 has it.
    fn child(&self, index: &[u8]) -> Self {
        let mut input = self.point();
        loop {
            let mut mac = Hmac::<Sha512>::new_from_slice(&self.chain_code)
                .expect("HMAC takes keys of any length");
            mac.update(&input);
            mac.update(index);
            let output: [u8; 64] = mac.finalize().into_bytes().into();
            let (mut offset, mut chain_code) = ([0; 32], [0; 32]);
            offset.copy_from_slice(&output[..32]);
            chain_code.copy_from_slice(&output[32..]);
            let offset = Option::<Scalar>::from(Scalar::from_repr(offset.into()));
            let secret = offset.and_then(|offset| nonzero(*self.secret + offset));
            if let Some(secret) = secret {
                return Self { secret, chain_code };
            }
            input[0] = 1;
            input[1..].copy_from_slice(&chain_code);
        }
    }

    /// The compressed public point.
    fn point(&self) -> [u8; POINT_BYTES] {
        let point = (ProjectivePoint::GENERATOR * *self.secret).to_affine().to_encoded_point(true);
        point.as_bytes().try_into().expect("a compressed point has 33 bytes")
    }

    /// The public half.
    pub(super) fn public_key(&self) -> PublicKey {
        PublicKey { bytes: self.point().to_vec(), chain_code: self.chain_code }
    }

    /// The ECDSA signature of a hash: r and s, with the lower of the two possible s.
    pub(super) fn sign_hash(&self, hash: &[u8; 32]) -> [u8; 64] {
        let key = k256::ecdsa::SigningKey::from(SecretKey::from(self.secret));
        let signature: k256::ecdsa::Signature =
            key.sign_prehash(hash).expect("a hash of 32 bytes is signed");
        signature.to_bytes().into()
    }

    /// The BIP340 signature of a message. Its nonce depends on key and message alone, so that runs
    /// repeat. None for a message that makes a nonce of zero, which nobody can find.
    pub(super) fn sign_schnorr(&self, message: &[u8]) -> Option<[u8; 64]> {
        let key = k256::schnorr::SigningKey::from(SecretKey::from(self.secret));
        Some(key.sign_raw(message, &[0; 32]).ok()?.to_bytes())
    }

    /// The key that BIP341 spends with: this one, made even, and tweaked by a Merkle root that is
    /// empty or has 32 bytes. None for other lengths and for a root that makes no key.
    pub(super) fn tweaked(&self, merkle_root: &[u8]) -> Option<Self> {
        if !matches!(merkle_root.len(), 0 | 32) {
            return None;
        }
        let point = self.point();
        let tag = Sha256::digest(b"TapTweak");
        let mut hash = Sha256::new();
        for part in [&tag[..], &tag[..], &point[1..], merkle_root] {
            hash.update(part);
        }
        let tweak = Option::<Scalar>::from(Scalar::from_repr(hash.finalize()))?;
        let even = if point[0] == EVEN { *self.secret } else { -*self.secret };
        Some(Self { secret: nonzero(even + tweak)?, chain_code: self.chain_code })
    }
}

fn nonzero(scalar: Scalar) -> Option<NonZeroScalar> {
    Option::from(NonZeroScalar::new(scalar))
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::signature::hazmat::PrehashVerifier;

    use super::*;

    fn key(secret: &str, chain_code: &str) -> Key {
        let secret = hex::decode(secret).expect("hexadecimal");
        let mut code = [0; 32];
        hex::decode_to_slice(chain_code, &mut code).expect("32 bytes");
        let secret = NonZeroScalar::try_from(&secret[..]).expect("a valid key");
        Key { secret, chain_code: code }
    }

    fn hex_of(key: &Key) -> (String, String) {
        (hex::encode(key.secret.to_bytes()), hex::encode(key.point()))
    }

    const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    /// The secret and public halves are published with the `ic-secp256k1` package, for `PocketIC`.
    #[test]
    fn master_keys_are_those_of_pocketic() {
        let check = |name: &str, secret: &str, public: &str| {
            let master = Key::master(&super::super::SEED, name);
            assert_eq!(hex_of(&master), (secret.to_owned(), public.to_owned()), "{name}");
        };
        check(
            "key_1",
            "6f65b33c736ceaf3d89e6b913a508e0612a2f43d872128606d59ab855b80d288",
            "036ad6e838b46811ad79c37b2f4b854b7a05f406715b2935edc5d3251e7666977b",
        );
        check(
            "test_key_1",
            "cb1eb3d67ff91be823715ee2f2af9c2b88252dacbf67f8d09c167c10e7deca7a",
            "03cc365e15cb552589c7175717b2ac63d1050b9bb2e5aed35432b1b1be55d3abcf",
        );
        check(
            "dfx_test_key",
            "2aff2be7e3e57007909036d08767bcc5e192717b59eeae19ead8eff9ee874a48",
            "03e6f78b1a90e361c5cc9903f73bb8acbe3bc17ad01e82554d25cf0ecd70c67484",
        );
    }

    /// Test vector 1 of SLIP-10 for secp256k1, from chain m/0H/1/2H on.
    #[test]
    fn derivation_is_that_of_bip32() {
        let parent = key(
            "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca",
            "04466b9cc8e161e966409ca52986c584f07e9dc81f735db683c3ff6ec7b1503f",
        );
        let path = [2_u32, 1_000_000_000].map(|index| index.to_be_bytes().to_vec());
        let child = parent.derive(path.into_iter());
        let secret = "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8";
        let public = "022a471424da5e657499d1ff51cb43c47481a03b1e77f951fe64cec9f5a48f7011";
        assert_eq!(hex_of(&child), (secret.to_owned(), public.to_owned()));
        let chain_code = "c783e67b921d2beb8f6b389cc646d7263b4145701dadd2161548a8b078e65e9e";
        assert_eq!(hex::encode(child.chain_code), chain_code);
    }

    /// The first key path of the wallet test vectors of BIP341.
    #[test]
    fn the_tweak_is_that_of_bip341() {
        let secret = "6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa";
        let tweaked = key(secret, ZEROS).tweaked(&[]).expect("a key");
        let expected = "2405b971772ad26915c8dcdf10f238753a9b837e5f8e6a86fd7c0cce5b7296d9";
        assert_eq!(hex_of(&tweaked).0, expected);
        assert!(key(secret, ZEROS).tweaked(&[0; 31]).is_none());
        assert_ne!(
            hex_of(&key(secret, ZEROS).tweaked(&[0; 32]).expect("a key")),
            hex_of(&tweaked),
            "a root of zeros is not an empty root"
        );
    }

    #[test]
    fn signatures_verify_under_the_public_half_and_repeat() {
        let key = Key::master(&[7], "any").derive([b"x".to_vec()].into_iter());
        let hash = [9; 32];
        let point = key.point();
        let ecdsa = k256::ecdsa::VerifyingKey::from_sec1_bytes(&point).expect("a point");
        let signature = k256::ecdsa::Signature::from_slice(&key.sign_hash(&hash)).expect("r and s");
        assert!(signature.normalize_s().is_none(), "s is low");
        assert!(ecdsa.verify_prehash(&hash, &signature).is_ok());
        assert!(ecdsa.verify_prehash(&[8; 32], &signature).is_err());
        let schnorr = k256::schnorr::VerifyingKey::from_bytes(&point[1..]).expect("a point");
        let bytes = key.sign_schnorr(b"of any length").expect("signed");
        let signature = k256::schnorr::Signature::try_from(&bytes[..]).expect("64 bytes");
        assert!(schnorr.verify_raw(b"of any length", &signature).is_ok());
        assert!(schnorr.verify_raw(b"of another length", &signature).is_err());
        assert_eq!(key.sign_schnorr(b"of any length"), Some(bytes));
    }
}
