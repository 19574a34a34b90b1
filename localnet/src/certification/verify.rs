//! Verifying certificates, as whoever receives one from outside must.

use candid::Principal;
use ciborium::Value;
use ic_certification::{Certificate, Delegation, LookupResult, SubtreeLookupResult};
use ic_verify_bls_signature::verify_bls_signature;

use super::{cbor, keys::BLS_DER_PREFIX, parse};

/// Separates signatures of state roots from other uses of the keys.
pub(super) const STATE_ROOT_DOMAIN: &[u8] = b"\x0dic-state-root";

/// Checks that `certificate` was made under the root key, and may speak for `canister`. Its age is
/// for the caller to judge.
pub(crate) fn certificate_for(
    canister: Principal,
    certificate: &Certificate,
    root_key_der: &[u8],
) -> Result<(), String> {
    match &certificate.delegation {
        None => check_signature(certificate, root_key_der),
        Some(delegation) => {
            check_signature(certificate, &delegated_key(canister, delegation, root_key_der)?)
        }
    }
}

/// The key of the subnet that the root delegates to, when the canister is one of the subnet's.
fn delegated_key(
    canister: Principal,
    delegation: &Delegation,
    root_key_der: &[u8],
) -> Result<Vec<u8>, String> {
    let inner = parse::certificate(&delegation.certificate)?;
    if inner.delegation.is_some() {
        return Err("a delegation rests on another delegation".to_owned());
    }
    check_signature(&inner, root_key_der)?;
    let subnet = delegation.subnet_id.as_slice();
    let found = |name: &str| match inner.tree.lookup_path([&b"subnet"[..], subnet, name.as_bytes()])
    {
        LookupResult::Found(value) => Ok(value.to_vec()),
        _ => Err(format!("the delegation does not tell the {name} of the subnet")),
    };
    if !holds(&inner, subnet, canister)? {
        return Err(format!("canister {canister} is not in the ranges of the delegation"));
    }
    if found("type")? == b"cloud_engine" {
        return Err("canisters of cloud engines do not speak for the network".to_owned());
    }
    found("public_key")
}

/// Whether the ranges of the subnet, in the old or in the new place, hold the canister.
fn holds(certificate: &Certificate, subnet: &[u8], canister: Principal) -> Result<bool, String> {
    let tree = &certificate.tree;
    let mut lists = Vec::new();
    if let SubtreeLookupResult::Found(shards) =
        tree.lookup_subtree(&[&b"canister_ranges"[..], subnet])
    {
        for path in shards.list_paths() {
            let path = path.iter().map(ic_certification::Label::as_bytes);
            if let LookupResult::Found(list) = shards.lookup_path(path) {
                lists.push(list.to_vec());
            }
        }
    }
    let flat = [&b"subnet"[..], subnet, b"canister_ranges"];
    if let LookupResult::Found(list) = tree.lookup_path(flat) {
        lists.push(list.to_vec());
    }
    if lists.is_empty() {
        return Err("the delegation does not tell the canister ranges of the subnet".to_owned());
    }
    for list in lists {
        for (start, end) in ranges(&list)? {
            if start <= canister && canister <= end {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn ranges(list: &[u8]) -> Result<Vec<(Principal, Principal)>, String> {
    let malformed = || "malformed canister ranges".to_owned();
    let id = |value: Value| {
        let bytes = value.into_bytes().map_err(|_| malformed())?;
        Principal::try_from_slice(&bytes).map_err(|_| malformed())
    };
    let ranges: Value = cbor::decode(list)?;
    let pairs = ranges.into_array().map_err(|_| malformed())?.into_iter();
    pairs
        .map(|pair| {
            let pair = pair.into_array().map_err(|_| malformed())?;
            let [start, end] = <[Value; 2]>::try_from(pair).map_err(|_| malformed())?;
            Ok((id(start)?, id(end)?))
        })
        .collect()
}

fn check_signature(certificate: &Certificate, key_der: &[u8]) -> Result<(), String> {
    let key = key_der
        .strip_prefix(&BLS_DER_PREFIX[..])
        .ok_or("the key is not a DER-encoded BLS12-381 key")?;
    let message = [STATE_ROOT_DOMAIN, &certificate.tree.digest()[..]].concat();
    verify_bls_signature(&certificate.signature, &message, key)
        .map_err(|()| "the signature of a certificate could not be verified".to_owned())
}
