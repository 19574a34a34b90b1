//! Certificates and hash trees as others send them.

use ciborium::Value;
use ic_certification::{Certificate, Delegation, HashTree, empty, fork, labeled, leaf, pruned};

use super::cbor;

/// The certificate in `bytes`.
pub(crate) fn certificate(bytes: &[u8]) -> Result<Certificate, String> {
    let mut fields = Fields::of(cbor::decode(bytes)?, "certificate")?;
    let tree = hash_tree(fields.take("tree")?)?;
    let signature = bytes_of(fields.take("signature")?, "signature")?;
    let delegation = match fields.take("delegation") {
        Err(_) => None,
        Ok(value) => {
            let mut fields = Fields::of(value, "delegation")?;
            Some(Delegation {
                subnet_id: bytes_of(fields.take("subnet_id")?, "subnet_id")?,
                certificate: bytes_of(fields.take("certificate")?, "certificate")?,
            })
        }
    };
    Ok(Certificate { tree, signature, delegation })
}

/// The hash tree that `value` encodes. How deep it is the decoder has limited already.
pub(crate) fn hash_tree(value: Value) -> Result<HashTree, String> {
    let malformed = || "malformed hash tree".to_owned();
    let parts = value.into_array().map_err(|_| malformed())?;
    let mut parts = parts.into_iter();
    let kind = parts.next().and_then(|kind| kind.into_integer().ok());
    let kind = kind.and_then(|kind| u8::try_from(kind).ok()).ok_or_else(malformed)?;
    let rest: Vec<Value> = parts.collect();
    match (kind, <[Value; 2]>::try_from(rest)) {
        (1, Ok([left, right])) => Ok(fork(hash_tree(left)?, hash_tree(right)?)),
        (2, Ok([label, tree])) => Ok(labeled(bytes_of(label, "label")?, hash_tree(tree)?)),
        (0, Err(rest)) if rest.is_empty() => Ok(empty()),
        (3 | 4, Err(mut rest)) if rest.len() == 1 => {
            let bytes = bytes_of(rest.remove(0), "leaf")?;
            if kind == 3 {
                return Ok(leaf(bytes));
            }
            Ok(pruned(<[u8; 32]>::try_from(bytes).map_err(|_| malformed())?))
        }
        _ => Err(malformed()),
    }
}

/// The entries of a CBOR map, taken out by name.
#[derive(Debug)]
pub(crate) struct Fields {
    what: &'static str,
    entries: Vec<(Value, Value)>,
}

impl Fields {
    /// The entries of `value`, which must be a map.
    pub(crate) fn of(value: Value, what: &'static str) -> Result<Self, String> {
        let entries = value.into_map().map_err(|_| format!("the {what} is not a map"))?;
        Ok(Self { what, entries })
    }

    /// Takes the entry of this name.
    pub(crate) fn take(&mut self, name: &str) -> Result<Value, String> {
        let place = self.entries.iter().position(|(key, _)| key.as_text() == Some(name));
        let place = place.ok_or_else(|| format!("the {} has no field `{name}`", self.what))?;
        Ok(self.entries.swap_remove(place).1)
    }
}

/// The byte string that `value` must be.
pub(crate) fn bytes_of(value: Value, what: &str) -> Result<Vec<u8>, String> {
    value.into_bytes().map_err(|_| format!("the {what} is not a byte string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> HashTree {
        fork(labeled("a", leaf("value")), fork(pruned([7; 32]), empty()))
    }

    #[test]
    fn what_is_encoded_here_is_read_again() {
        let inner = Certificate { tree: tree(), signature: vec![1; 48], delegation: None };
        let delegation = Delegation { subnet_id: vec![2; 29], certificate: cbor::encode(&inner) };
        let outer =
            Certificate { tree: tree(), signature: vec![3; 48], delegation: Some(delegation) };
        let read = certificate(&cbor::encode(&outer)).expect("a certificate");
        assert_eq!((read.tree.digest(), read.signature), (tree().digest(), vec![3; 48]));
        let delegation = read.delegation.expect("a delegation");
        assert_eq!(delegation.subnet_id, [2; 29]);
        let read = certificate(&delegation.certificate).expect("a certificate");
        assert_eq!(read.tree.lookup_path(["a"]), ic_certification::LookupResult::Found(b"value"));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for bytes in [&b""[..], b"\xd9\xd9\xf7\xa0", b"\xa1\x64tree\x00", b"\x83\x01\x02"] {
            assert!(certificate(bytes).is_err(), "{bytes:?}");
        }
        let list = |numbers: &[u8]| {
            Value::Array(numbers.iter().map(|number| Value::Integer((*number).into())).collect())
        };
        for numbers in [&[][..], &[0, 1], &[1, 1], &[5], &[3], &[4, 1]] {
            assert!(hash_tree(list(numbers)).is_err(), "{numbers:?}");
        }
        assert!(certificate(&vec![0x81; 100_000]).is_err(), "nesting is limited");
    }
}
