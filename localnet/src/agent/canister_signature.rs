//! Signatures that canisters make by certifying them.

use candid::Principal;
use ic_certification::LookupResult;
use sha2::{Digest, Sha256};

use crate::certification::{cbor, parse, verify};

/// Checks that the canister that `key` names, with the seed in it, signed `message`: that it
/// certified, under the root key, a tree that holds the hashes of both. `key` is the content of the
/// DER structure.
pub(super) fn verify(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
    root_key_der: &[u8],
) -> Result<(), String> {
    let (canister, seed) = signer(key)?;
    let mut fields = parse::Fields::of(cbor::decode(signature)?, "canister signature")?;
    let certificate = parse::bytes_of(fields.take("certificate")?, "certificate")?;
    let certificate = parse::certificate(&certificate)?;
    let tree = parse::hash_tree(fields.take("tree")?)?;
    let certified = [&b"canister"[..], canister.as_slice(), b"certified_data"];
    match certificate.tree.lookup_path(certified) {
        LookupResult::Found(data) if *data == tree.digest() => {}
        _ => return Err(format!("canister {canister} did not certify the tree of the signature")),
    }
    let signed = [&b"sig"[..], &Sha256::digest(seed), &Sha256::digest(message)];
    match tree.lookup_path(signed) {
        LookupResult::Found([]) => {}
        _ => return Err(format!("canister {canister} did not sign this message")),
    }
    verify::certificate_for(canister, &certificate, root_key_der)
}

/// The canister and the seed in a key.
pub(super) fn signer(key: &[u8]) -> Result<(Principal, &[u8]), String> {
    let malformed = || "Malformed public key of a canister signature".to_owned();
    let (length, rest) = key.split_first().ok_or_else(malformed)?;
    let (canister, seed) = rest.split_at_checked(usize::from(*length)).ok_or_else(malformed)?;
    Ok((Principal::try_from_slice(canister).map_err(|_| malformed())?, seed))
}
