//! The representation-independent hash that identifies requests and is signed, computed from the
//! CBOR as it came, so that fields this code does not know are covered too.

use ciborium::Value;
use sha2::{Digest, Sha256};

use crate::certification::cbor::leb128;

/// The hash of `value`; an error names a kind of value that has no hash.
pub(super) fn hash_of_value(value: &Value) -> Result<[u8; 32], String> {
    match value {
        Value::Bytes(bytes) => Ok(sha256(bytes)),
        Value::Text(text) => Ok(sha256(text.as_bytes())),
        Value::Integer(number) => {
            let number = u64::try_from(*number)
                .map_err(|_| "integers outside 0..2^64 are not allowed in requests".to_owned())?;
            Ok(sha256(&leb128(number)))
        }
        Value::Array(items) => {
            let mut hasher = Sha256::new();
            for item in items {
                hasher.update(hash_of_value(item)?);
            }
            Ok(hasher.finalize().into())
        }
        Value::Map(entries) => hash_of_map(entries),
        Value::Tag(_, inner) => hash_of_value(inner),
        _ => Err("only bytes, texts, integers, arrays and maps are allowed in requests".to_owned()),
    }
}

/// The hash of a map; entries that are null count as absent.
pub(super) fn hash_of_map(entries: &[(Value, Value)]) -> Result<[u8; 32], String> {
    let mut pairs = Vec::new();
    for (key, value) in entries {
        if !value.is_null() {
            pairs.push((hash_of_value(key)?, hash_of_value(value)?));
        }
    }
    pairs.sort_unstable();
    let mut hasher = Sha256::new();
    for (key, value) in pairs {
        hasher.update(key);
        hasher.update(value);
    }
    Ok(hasher.finalize().into())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certification::cbor::{bytes, map, text};

    #[test]
    fn the_example_of_the_interface_specification_hashes_as_stated_there() {
        let request = map([
            ("request_type", text("call")),
            ("sender", bytes([4])),
            ("ingress_expiry", Value::Integer(1_685_570_400_000_000_000_u64.into())),
            ("canister_id", bytes([0, 0, 0, 0, 0, 0, 4, 0xd2])),
            ("method_name", text("hello")),
            ("arg", bytes(*b"DIDL\x00\xFD*")),
        ]);
        let hash = hash_of_value(&request).expect("hashable");
        assert_eq!(
            hex::encode(hash),
            "1d1091364d6bb8a6c16b203ee75467d59ead468f523eb058880ae8ec80e2b101"
        );
    }

    #[test]
    fn order_does_not_matter_and_null_counts_as_absent() {
        let one = map([("a", bytes([1])), ("b", bytes([2]))]);
        let other = map([("b", bytes([2])), ("nonce", Value::Null), ("a", bytes([1]))]);
        assert_eq!(hash_of_value(&one), hash_of_value(&other));
        assert_ne!(hash_of_value(&one), hash_of_value(&map([("a", bytes([1]))])));
        assert!(hash_of_value(&Value::Bool(true)).is_err());
    }
}
