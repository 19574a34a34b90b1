//! vetKeys: keys on BLS12-381 that are derived for a canister and an input, and encrypted for
//! whoever asks.
//!
//! The key for an input is the BLS signature of the input; it goes out encrypted under a transport
//! key, and both can be checked against the public key of the canister and its context.

use candid::Principal;
use ic_bls12_381::{
    G1Affine, G1Projective, G2Affine, Scalar,
    hash_to_curve::{ExpandMsgXmd, HashToCurve, HashToField},
};
use sha2::Sha256;

/// Separate the uses of hashes to scalars; the first makes the test keys of `PocketIC`.
const MASTER_DOMAIN: &[u8] = b"ic-crypto-vetkd-test-utils-generate-test-key";
const CANISTER_DOMAIN: &[u8] = b"ic-vetkd-bls12-381-g2-canister-id";
const CONTEXT_DOMAIN: &[u8] = b"ic-vetkd-bls12-381-g2-context";
const NONCE_DOMAIN: &[u8] = b"localnet-vetkd-nonce";

/// BLS signatures of messages with the public key in front.
const SIGNATURE_DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_AUG_";

/// Bytes of a public key, a compressed point in G2.
const PUBLIC_BYTES: usize = 96;
/// Bytes of a transport key, a compressed point in G1.
const TRANSPORT_BYTES: usize = 48;

/// A secret key, and what derives from it.
pub(crate) struct Key(Scalar);

impl Key {
    /// The master key of this name.
    pub(crate) fn master(name: &str) -> Self {
        Self(hash_to_scalar(MASTER_DOMAIN, name.as_bytes()))
    }

    /// The key of a canister in a context. In an empty one it is the canister's own.
    pub(crate) fn derive(&self, canister: Principal, context: &[u8]) -> Self {
        let own = self.child(CANISTER_DOMAIN, canister.as_slice());
        if context.is_empty() { own } else { own.child(CONTEXT_DOMAIN, context) }
    }

    fn child(&self, domain: &[u8], index: &[u8]) -> Self {
        let mut input = Vec::new();
        for part in [&self.public_key()[..], index] {
            input.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            input.extend(part);
        }
        Self(self.0 + hash_to_scalar(domain, &input))
    }

    fn point(&self) -> G2Affine {
        G2Affine::from(G2Affine::generator() * self.0)
    }

    /// The public half.
    pub(crate) fn public_key(&self) -> [u8; PUBLIC_BYTES] {
        self.point().to_compressed()
    }

    /// The key for `input`, encrypted under a transport key; None when that is no point of its
    /// group. What blinds it depends on all of these alone, so that runs repeat.
    pub(crate) fn encrypted_for(&self, input: &[u8], transport: &[u8]) -> Option<Vec<u8>> {
        let bytes: [u8; TRANSPORT_BYTES] = transport.try_into().ok()?;
        let transport = Option::<G1Affine>::from(G1Affine::from_compressed(&bytes))?;
        let public = self.public_key();
        let seed = [&self.0.to_bytes()[..], &bytes, input].concat();
        let nonce = hash_to_scalar(NONCE_DOMAIN, &seed);
        let vetkey = hash_to_point(&public, input) * self.0;
        let blinded = G1Affine::from(transport * nonce + vetkey);
        let first = G1Affine::from(G1Affine::generator() * nonce).to_compressed();
        let second = G2Affine::from(G2Affine::generator() * nonce).to_compressed();
        Some([&first[..], &second, &blinded.to_compressed()].concat())
    }
}

fn hash_to_scalar(domain: &[u8], input: &[u8]) -> Scalar {
    let mut scalars = [Scalar::zero()];
    Scalar::hash_to_field::<ExpandMsgXmd<Sha256>>(input, domain, &mut scalars);
    scalars[0]
}

/// The point that stands for `input` under a public key.
fn hash_to_point(public: &[u8], input: &[u8]) -> G1Projective {
    let message = [public, input].concat();
    <G1Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve(message, SIGNATURE_DOMAIN)
}

#[cfg(test)]
mod tests {
    use ic_bls12_381::pairing;

    use super::*;

    /// Vectors of the `ic-vetkeys` package, made with the keys of `PocketIC`.
    #[test]
    fn public_keys_are_those_that_clients_derive_offline() {
        let canister = Principal::from_text("uzt4z-lp777-77774-qaabq-cai").expect("an id");
        let check = |name: &str, expected: &str| {
            let context = format!("Test Derivation For PocketIC VetKD {name}");
            let key = Key::master(name).derive(canister, context.as_bytes());
            assert_eq!(hex::encode(key.public_key()), expected, "{name}");
        };
        check(
            "key_1",
            "899a951f6ec2f9a96759c554a6cb01fb1cb20b2f2f96a2d2c869221c04d3349c3be8d49c3257312aed031f\
             430f15f7ef0f4d43adf11251015d70dd91ac07df50fb70818ece721a1d6a314204acddde55542902f5d0d9\
             5e2406a5ab1fad18349d",
        );
        check(
            "dfx_test_key",
            "800424bea66b95b715f86a9bed06b1f60df98206a57235c3e0f2da4d485dc1c93c56eef54155d559ef45c7\
             57fb0444920620b932652f1d683fdbc57db98b5aeb8ba664a5e040cbdf4d685e4e236a7193d1bd5b092720\
             4fab05fff4f61f26b358",
        );
    }

    /// The equations of the interface specification, method `vetkd_derive_key`.
    #[test]
    fn an_encrypted_key_is_checked_decrypted_and_checked_again() {
        let canister = Principal::from_slice(&[1]);
        let key = Key::master("any").derive(canister, b"context");
        let secret = Scalar::from(12_345);
        let transport = G1Affine::from(G1Affine::generator() * secret);
        let encrypted = key.encrypted_for(b"input", &transport.to_compressed()).expect("a key");
        let g1 = |bytes: &[u8]| {
            G1Affine::from_compressed(bytes.try_into().expect("48 bytes")).expect("a point")
        };
        let (e1, e3) = (g1(&encrypted[..48]), g1(&encrypted[144..]));
        let e2 = G2Affine::from_compressed(encrypted[48..144].try_into().expect("96 bytes"));
        let e2 = e2.expect("a point");
        let generator = G2Affine::generator();
        assert_eq!(pairing(&e1, &generator), pairing(&G1Affine::generator(), &e2));
        let public = key.public_key();
        let input =
            |input: &[u8]| pairing(&G1Affine::from(hash_to_point(&public, input)), &key.point());
        let right = pairing(&transport, &e2) + input(b"input");
        assert_eq!(pairing(&e3, &generator), right);
        let decrypted = G1Affine::from(G1Projective::from(e3) - e1 * secret);
        assert_eq!(pairing(&decrypted, &generator), input(b"input"));
        assert_ne!(pairing(&decrypted, &generator), input(b"another input"));
        for wrong in [&[0; 48][..], &[], &transport.to_compressed()[..47]] {
            assert!(key.encrypted_for(b"input", wrong).is_none());
        }
    }
}
