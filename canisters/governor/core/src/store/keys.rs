//! Keys of the trees: fixed-width parts, so that their order is that of what they name.

use granary_kernel::row::damaged;
use granary_stable::keys::{FixedKey, PrincipalBytes};

use crate::records::run::RunKind;
use crate::types::{Hash, Principal, ProposalId};

/// A principal.
pub(crate) fn principal(who: &Principal) -> FixedKey<30> {
    FixedKey(bytes_of(who))
}

/// The principal of a key.
pub(crate) fn principal_of(key: &FixedKey<30>) -> Principal {
    let bytes = PrincipalBytes::from_array(&key.0).unwrap_or_else(damaged);
    Principal::from_slice(bytes.as_slice())
}

/// A chunk of a module.
pub(crate) fn chunk(module: &Hash, place: u32) -> FixedKey<36> {
    FixedKey::of(|key| {
        key.put(module).u32(place);
    })
}

/// A member's attestation of a module.
pub(crate) fn attestation(module: &Hash, member: &Principal) -> FixedKey<62> {
    FixedKey::of(|key| {
        key.put(module).put(&bytes_of(member));
    })
}

/// All attestations of a module lie between these.
pub(crate) fn attestations(module: &Hash) -> (FixedKey<62>, FixedKey<62>) {
    let end = |byte: u8| {
        FixedKey::of(|key| {
            key.put(module).put(&[byte; 30]);
        })
    };
    (end(0), end(0xff))
}

/// The member of an attestation's key.
pub(crate) fn attester_of(key: &FixedKey<62>) -> Principal {
    let mut from = key.reader();
    let _: Hash = from.array();
    let bytes = PrincipalBytes::from_array(&from.array()).unwrap_or_else(damaged);
    Principal::from_slice(bytes.as_slice())
}

/// A run of a proposal.
pub(crate) fn run(kind: RunKind, proposal: ProposalId) -> FixedKey<5> {
    let kind = match kind {
        RunKind::Execution => 0,
        RunKind::Rehearsal => 1,
    };
    FixedKey::of(|key| {
        key.u8(kind).u32(proposal.get());
    })
}

/// An epoch.
pub(crate) fn epoch(epoch: u64) -> FixedKey<8> {
    FixedKey(epoch.to_be_bytes())
}

fn bytes_of(who: &Principal) -> [u8; 30] {
    PrincipalBytes::from_slice(who.as_slice()).unwrap_or_else(damaged).to_array()
}
