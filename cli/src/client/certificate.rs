//! Certificates as bytes: a hash tree, a signature, and the delegation that vouches for the signer.
//!
//! What they prove is checked by ic-agent; here they only get their shape.

use ciborium::Value;
use ic_certification::{Certificate, Delegation, HashTree, hash_tree};

/// Nesting at which reading stops: the tree of a network is far flatter, and hostile bytes must not
/// exhaust the stack.
const NESTING: usize = 256;

/// Reads a certificate; `None` when the bytes are none.
pub(crate) fn parse(bytes: &[u8]) -> Option<Certificate> {
    let value = ciborium::de::from_reader_with_recursion_limit(bytes, NESTING).ok()?;
    let Value::Map(entries) = untagged(value) else { return None };
    let (mut tree_value, mut signature, mut delegation) = (None, None, None);
    for (key, value) in entries {
        match key.as_text()? {
            "tree" => tree_value = Some(tree(value)?),
            "signature" => signature = Some(value.into_bytes().ok()?),
            "delegation" => delegation = Some(parse_delegation(value)?),
            _ => return None,
        }
    }
    Some(Certificate { tree: tree_value?, signature: signature?, delegation })
}

fn parse_delegation(value: Value) -> Option<Delegation> {
    let (mut subnet_id, mut certificate) = (None, None);
    for (key, value) in value.into_map().ok()? {
        match key.as_text()? {
            "subnet_id" => subnet_id = value.into_bytes().ok(),
            "certificate" => certificate = value.into_bytes().ok(),
            _ => return None,
        }
    }
    Some(Delegation { subnet_id: subnet_id?, certificate: certificate? })
}

/// Nodes are arrays that begin with their kind: empty, fork, labelled, leaf, pruned.
fn tree(value: Value) -> Option<HashTree> {
    let mut parts = value.into_array().ok()?.into_iter();
    let kind = parts.next()?.into_integer().ok().and_then(|kind| u8::try_from(kind).ok())?;
    let node = match kind {
        0 => hash_tree::empty(),
        1 => hash_tree::fork(tree(parts.next()?)?, tree(parts.next()?)?),
        2 => {
            let label = parts.next()?.into_bytes().ok()?;
            hash_tree::label(hash_tree::Label::from_bytes(&label), tree(parts.next()?)?)
        }
        3 => hash_tree::leaf(parts.next()?.into_bytes().ok()?),
        4 => {
            let hash: [u8; 32] = parts.next()?.into_bytes().ok()?.try_into().ok()?;
            hash_tree::pruned(hash)
        }
        _ => return None,
    };
    parts.next().is_none().then_some(node)
}

/// The value behind the mark that says "this is CBOR".
fn untagged(value: Value) -> Value {
    match value {
        Value::Tag(55_799, inner) => *inner,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(delegation: bool) -> Certificate {
        let leaf = hash_tree::leaf(vec![1_u8, 2]);
        let labelled = hash_tree::label(hash_tree::Label::from_bytes(b"time"), leaf);
        let fork = hash_tree::fork(
            labelled,
            hash_tree::fork(hash_tree::pruned([7; 32]), hash_tree::empty()),
        );
        let delegation =
            delegation.then(|| Delegation { subnet_id: vec![3; 29], certificate: vec![4; 8] });
        Certificate { tree: fork, signature: vec![5; 48], delegation }
    }

    #[test]
    fn what_is_written_reads_back() {
        for delegation in [false, true] {
            let certificate = certificate(delegation);
            let mut bytes = Vec::new();
            ciborium::into_writer(&certificate, &mut bytes).expect("writes");
            assert_eq!(parse(&bytes), Some(certificate.clone()));
            let marked = [&[0xd9, 0xd9, 0xf7][..], &bytes].concat();
            assert_eq!(parse(&marked), Some(certificate));
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let bytes =
            [vec![0xa1, 0x64, b't', b'r', b'e', b'e'], [0x83, 0x01].repeat(100_000)].concat();
        assert_eq!(parse(&bytes), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, cut in 0..200_usize, flip: u8) {
            proptest::prop_assert_eq!(parse(&bytes).filter(|_| bytes.len() < 4), None);
            let mut written = Vec::new();
            ciborium::into_writer(&certificate(true), &mut written).expect("writes");
            let at = cut.min(written.len() - 1);
            written[at] ^= flip;
            let _ = parse(&written);
            let _ = parse(&written[..at]);
        }
    }
}
