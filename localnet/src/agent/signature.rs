//! Signatures of requests: Ed25519 and ECDSA on secp256k1 and P-256, with DER-encoded keys.

use ed25519_dalek::{Verifier as _, VerifyingKey};
use k256::pkcs8::DecodePublicKey as _;

use crate::certification::keys::ED25519_DER_PREFIX;

/// DER object identifiers of key algorithms that are recognised but not verified.
const UNSUPPORTED: [(&[u8], &str); 3] = [
    (&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xb8, 0x43, 0x01, 0x01], "WebAuthn"),
    (&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xb8, 0x43, 0x01, 0x02], "canister signatures"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], "RSA"),
];

/// DER object identifier of the curve secp256k1.
const SECP256K1_OID: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];

/// DER object identifier of the curve P-256, also called secp256r1.
const P256_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Checks that `signature` of `message` was made with the key whose DER encoding is `key_der`.
pub(super) fn verify(key_der: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    if let Some(raw) = key_der.strip_prefix(&ED25519_DER_PREFIX[..]) {
        return verify_ed25519(raw, message, signature);
    }
    if contains(key_der, SECP256K1_OID) {
        return verify_secp256k1(key_der, message, signature);
    }
    if contains(key_der, P256_OID) {
        return verify_p256(key_der, message, signature);
    }
    let name = UNSUPPORTED.iter().find(|(oid, _)| contains(key_der, oid)).map(|(_, name)| *name);
    match name {
        Some(name) => Err(format!(
            "localnet does not verify {name}; it verifies Ed25519 and ECDSA on secp256k1 and P-256"
        )),
        None => Err("the public key is not a DER-encoded key of a known algorithm".to_owned()),
    }
}

fn verify_ed25519(raw: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    let malformed = |what: &str| format!("Malformed Ed25519 {what}");
    let raw: [u8; 32] = raw.try_into().map_err(|_| malformed("public key"))?;
    let key = VerifyingKey::from_bytes(&raw).map_err(|_| malformed("public key"))?;
    let signature =
        ed25519_dalek::Signature::from_slice(signature).map_err(|_| malformed("signature"))?;
    key.verify(message, &signature)
        .map_err(|_| "Ed25519 signature could not be verified".to_owned())
}

fn verify_secp256k1(key_der: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    let malformed = |what: &str| format!("Malformed EcdsaSecp256k1 {what}");
    let key = k256::PublicKey::from_public_key_der(key_der).map_err(|_| malformed("public key"))?;
    let signature =
        k256::ecdsa::Signature::from_slice(signature).map_err(|_| malformed("signature"))?;
    // Both halves of the signature space are valid on the Internet Computer.
    let signature = signature.normalize_s().unwrap_or(signature);
    k256::ecdsa::VerifyingKey::from(key)
        .verify(message, &signature)
        .map_err(|_| "EcdsaSecp256k1 signature could not be verified".to_owned())
}

fn verify_p256(key_der: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    let malformed = |what: &str| format!("Malformed EcdsaP256 {what}");
    let key = p256::PublicKey::from_public_key_der(key_der).map_err(|_| malformed("public key"))?;
    let signature =
        p256::ecdsa::Signature::from_slice(signature).map_err(|_| malformed("signature"))?;
    p256::ecdsa::VerifyingKey::from(key)
        .verify(message, &signature)
        .map_err(|_| "EcdsaP256 signature could not be verified".to_owned())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
