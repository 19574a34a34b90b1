//! The subnet's signature over a canister's certified data, checked without any network.
//!
//! A certificate is a hash tree and a signature over its root, by the network's key or by the key
//! of a subnet that the network's key vouches for, for the canisters in its ranges. Nothing of a
//! certificate is believed before its signature was checked.

use core::fmt;

use ic_certification::hash_tree::{HashTree, LookupResult};
use ic_verify_bls_signature::verify_bls_signature;
use minicbor::Decoder;
use minicbor::data::Tag;

use crate::certified::{NESTING, SELF_DESCRIBED, take};

/// What precedes a BLS key in its DER form; the key's 96 bytes follow.
const DER_PREFIX: [u8; 37] = *b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\
\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";
/// What precedes a root hash when it is signed.
const STATE_ROOT: &[u8] = b"\x0dic-state-root";

/// Why a certificate certifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// The bytes are no certificate.
    Malformed,
    /// The key is no BLS key.
    Key,
    /// The signature is not of this tree by this key.
    Signature,
    /// The subnet's key is vouched for by a certificate that has a delegation itself.
    Delegation,
    /// The subnet may not speak for this canister.
    Range,
    /// It says nothing about what was asked.
    Silent,
    /// It is older than was allowed.
    Stale {
        /// When it was made, nanoseconds since 1970.
        at_ns: u64,
    },
    /// It was made later than now.
    Early {
        /// When it was made, nanoseconds since 1970.
        at_ns: u64,
    },
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the bytes are no certificate"),
            Self::Key => f.write_str("the key is no BLS key"),
            Self::Signature => f.write_str("the signature is not of this certificate by this key"),
            Self::Delegation => f.write_str("a delegation inside a delegation is not allowed"),
            Self::Range => f.write_str("the subnet may not speak for this canister"),
            Self::Silent => f.write_str("the certificate does not say what it must"),
            Self::Stale { at_ns } => write!(f, "the certificate of {at_ns} ns is too old"),
            Self::Early { at_ns } => write!(f, "the certificate of {at_ns} ns is not of the past"),
        }
    }
}

impl std::error::Error for CertificateFault {}

/// How old a certificate may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The time it is judged at, nanoseconds since 1970.
    pub now_ns: u64,
    /// The largest age; a clock may be as wrong in the other direction.
    pub max_age_ns: u64,
}

/// What a genuine certificate says about a canister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedData {
    /// When it was made, nanoseconds since 1970.
    pub at_ns: u64,
    /// What the canister had certified then.
    pub data: Vec<u8>,
}

/// Checks a certificate against the network's key and answers the canister's certified data.
/// Without `freshness` any age is accepted: a kept statement is checked that way.
///
/// # Errors
/// See [`CertificateFault`].
pub fn certified_data(
    certificate: &[u8],
    root_key_der: &[u8],
    canister: &[u8],
    freshness: Option<Freshness>,
) -> Result<CertifiedData, CertificateFault> {
    let certificate = Parts::read(certificate)?;
    let key = match &certificate.delegation {
        None => root_key_der.to_vec(),
        Some(delegation) => delegation.key_for(root_key_der, canister)?,
    };
    certificate.need_signature(&key)?;
    let at_ns = time_of(&certificate.tree)?;
    if let Some(Freshness { now_ns, max_age_ns }) = freshness {
        if now_ns.saturating_sub(at_ns) > max_age_ns {
            return Err(CertificateFault::Stale { at_ns });
        }
        if at_ns.saturating_sub(now_ns) > max_age_ns {
            return Err(CertificateFault::Early { at_ns });
        }
    }
    let path: [&[u8]; 3] = [b"canister", canister, b"certified_data"];
    let data = value(&certificate.tree, &path)?.to_vec();
    Ok(CertifiedData { at_ns, data })
}

struct Parts {
    tree: HashTree<Vec<u8>>,
    signature: Vec<u8>,
    delegation: Option<Delegation>,
}

struct Delegation {
    subnet: Vec<u8>,
    certificate: Vec<u8>,
}

impl Parts {
    fn read(bytes: &[u8]) -> Result<Self, CertificateFault> {
        Self::parse(bytes).ok_or(CertificateFault::Malformed)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut from = Decoder::new(bytes);
        untag(&mut from)?;
        let entries = from.map().ok()??;
        let (mut tree, mut signature, mut delegation) = (None, None, None);
        for _ in 0..entries {
            match from.str().ok()? {
                "tree" => tree = Some(take(&mut from, NESTING)?),
                "signature" => signature = Some(from.bytes().ok()?.to_vec()),
                "delegation" => delegation = Some(Delegation::parse(&mut from)?),
                _ => return None,
            }
        }
        let whole = from.position() == bytes.len();
        whole.then_some(Self { tree: tree?, signature: signature?, delegation })
    }

    fn need_signature(&self, key_der: &[u8]) -> Result<(), CertificateFault> {
        let key = key_der.strip_prefix(&DER_PREFIX).ok_or(CertificateFault::Key)?;
        let message = [STATE_ROOT, &self.tree.digest()].concat();
        let checked = verify_bls_signature(&self.signature, &message, key);
        checked.map_err(|()| CertificateFault::Signature)
    }
}

impl Delegation {
    fn parse(from: &mut Decoder<'_>) -> Option<Self> {
        let entries = from.map().ok()??;
        let (mut subnet, mut certificate) = (None, None);
        for _ in 0..entries {
            match from.str().ok()? {
                "subnet_id" => subnet = Some(from.bytes().ok()?.to_vec()),
                "certificate" => certificate = Some(from.bytes().ok()?.to_vec()),
                _ => return None,
            }
        }
        Some(Self { subnet: subnet?, certificate: certificate? })
    }

    /// The subnet's key, when the network vouches for it and for this canister being there.
    fn key_for(&self, root_key: &[u8], canister: &[u8]) -> Result<Vec<u8>, CertificateFault> {
        let parts = Parts::read(&self.certificate)?;
        if parts.delegation.is_some() {
            return Err(CertificateFault::Delegation);
        }
        parts.need_signature(root_key)?;
        let path: [&[u8]; 3] = [b"subnet", &self.subnet, b"canister_ranges"];
        let ranges = value(&parts.tree, &path)?;
        if !within(ranges, canister).ok_or(CertificateFault::Malformed)? {
            return Err(CertificateFault::Range);
        }
        let path: [&[u8]; 3] = [b"subnet", &self.subnet, b"public_key"];
        Ok(value(&parts.tree, &path)?.to_vec())
    }
}

/// True when a canister is in one of the ranges; none when they cannot be read.
fn within(ranges: &[u8], canister: &[u8]) -> Option<bool> {
    let mut from = Decoder::new(ranges);
    untag(&mut from)?;
    let count = from.array().ok()??;
    let mut found = false;
    for _ in 0..count {
        if from.array().ok()? != Some(2) {
            return None;
        }
        let (first, last) = (from.bytes().ok()?, from.bytes().ok()?);
        found |= first <= canister && canister <= last;
    }
    Some(found)
}

/// Skips the mark that says "this is CBOR".
fn untag(from: &mut Decoder<'_>) -> Option<()> {
    if let Ok(tag) = from.probe().tag() {
        if tag != Tag::new(SELF_DESCRIBED) {
            return None;
        }
        from.tag().ok()?;
    }
    Some(())
}

fn value<'a>(tree: &'a HashTree<Vec<u8>>, path: &[&[u8]]) -> Result<&'a [u8], CertificateFault> {
    match tree.lookup_path(path.iter().copied()) {
        LookupResult::Found(value) => Ok(value),
        LookupResult::Absent | LookupResult::Unknown | LookupResult::Error => {
            Err(CertificateFault::Silent)
        }
    }
}

/// The certificate's time: LEB128, at most ten bytes.
fn time_of(tree: &HashTree<Vec<u8>>) -> Result<u64, CertificateFault> {
    let bytes = value(tree, &[b"time"])?;
    let (mut time, mut shift) = (0_u64, 0_u32);
    for byte in bytes.iter().take(10) {
        let part = u64::from(byte & 0x7f).checked_shl(shift).ok_or(CertificateFault::Malformed)?;
        time |= part;
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            return Ok(time);
        }
    }
    Err(CertificateFault::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_include_their_ends() {
        let ranges = [
            &[0xd9, 0xd9, 0xf7, 0x82][..],
            &[0x82, 0x42, 1, 0, 0x42, 1, 9],
            &[0x82, 0x42, 3, 0, 0x42, 3, 0],
        ]
        .concat();
        for (canister, inside) in
            [([1, 0], true), ([1, 9], true), ([2, 0], false), ([3, 0], true), ([0, 255], false)]
        {
            assert_eq!(within(&ranges, &canister), Some(inside), "{canister:?}");
        }
        assert_eq!(within(&ranges[..10], &[1, 0]), None);
    }

    #[test]
    fn what_is_no_certificate_is_told_so() {
        let refused = |bytes: &[u8]| certified_data(bytes, &[], &[], None);
        assert_eq!(refused(&[]), Err(CertificateFault::Malformed));
        assert_eq!(refused(&[0xa0]), Err(CertificateFault::Malformed));
        // An empty tree and a signature: the key is looked at first.
        let unsigned = b"\xa2\x64tree\x81\x00\x69signature\x40";
        assert_eq!(refused(unsigned), Err(CertificateFault::Key));
        let key = [&DER_PREFIX[..], &[0; 96]].concat();
        let bad = certified_data(unsigned, &key, &[], None);
        assert_eq!(bad, Err(CertificateFault::Signature));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            prop_assert!(certified_data(&bytes, &[], &[1], None).is_err());
            let _ = within(&bytes, &[1]);
        }
    }
}
