//! Signatures of requests, with DER-encoded keys: Ed25519, ECDSA on secp256k1 and P-256, `WebAuthn`
//! and canister signatures.

use ed25519_dalek::{Verifier as _, VerifyingKey};
use k256::pkcs8::DecodePublicKey as _;

use super::{canister_signature, spki, webauthn};
use crate::certification::{DEV_ROOT_KEY_DER, keys::ED25519_DER_PREFIX};

/// DER object identifier 1.3.6.1.4.1.56387.1.1, keys of authenticators.
const COSE_OID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xb8, 0x43, 0x01, 0x01];

/// DER object identifier 1.3.6.1.4.1.56387.1.2, canisters that sign.
const CANISTER_OID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xb8, 0x43, 0x01, 0x02];

/// DER object identifier of RSA keys, which sign `WebAuthn` assertions only.
const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

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
    match spki::parts(key_der) {
        Some((COSE_OID, key)) => webauthn::verify(key, message, signature),
        Some((CANISTER_OID, key)) => {
            canister_signature::verify(key, message, signature, DEV_ROOT_KEY_DER)
        }
        Some((RSA_OID, _)) => Err("RSA keys do not sign requests".to_owned()),
        _ => Err("the public key is not a DER-encoded key of a known algorithm".to_owned()),
    }
}

/// Checks a canister signature under any root key. The key of the canister is encoded in DER, or
/// the content of such a structure.
pub(crate) fn verify_canister_signature(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
    root_key_der: &[u8],
) -> Result<(), String> {
    let key = match spki::parts(key) {
        Some((CANISTER_OID, content)) => content,
        Some(_) => return Err("the public key is not that of a canister signature".to_owned()),
        None => key,
    };
    canister_signature::verify(key, message, signature, root_key_der)
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
