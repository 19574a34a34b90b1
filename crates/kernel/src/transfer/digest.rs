//! One hash over what an export shows, in pieces: two canisters with the same state have the same.
//!
//! The hash is a chain. It begins with the SHA-256 of the kind of canister; each domain and each
//! record replaces it by the SHA-256 of itself, four bytes of length, and the domain's name or the
//! record as an export frames it. Every record takes a step of its own, so the pieces may have any
//! size. The journal is left out: it grows with every upgrade, and its own chain vouches for it.
//!
//! A cursor carries the hash and the place. It is good for the canister that gave it and for as
//! long as nothing happens there: a hash over two states would be that of none.

use candid::Principal;
use granary_stable::bytes::Reader;
use sha2::{Digest, Sha256};

use super::{Domain, Families, Held, number_of, read_from, tools};
use crate::canister::Canister;
use crate::fault::Fault;
use crate::{Hash, limits};

/// The first byte of a cursor.
const VERSION: u8 = 1;
/// Bytes of a cursor before the place: version, domain, records, events, digest.
const HEAD_BYTES: usize = 1 + 1 + 8 + 8 + 32;
/// Bytes of a cursor behind the place: they tell a cursor from other bytes, and whose it is.
const CHECK_BYTES: usize = 8;

/// A hash over the records so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDigest {
    /// The chain over all records so far.
    pub digest: Hash,
    /// How many that are.
    pub records: u64,
    /// The cursor to go on with; none when every record is in the hash.
    pub next: Option<Vec<u8>>,
}

/// How far a hash is, and where it goes on.
struct Walk {
    digest: Hash,
    records: u64,
    /// Events there were when the walk began.
    events: u64,
    /// Position among the domains that count.
    domain: u8,
    /// Number of the family and key of the next record; empty at the beginning of a domain.
    place: Vec<u8>,
}

impl Walk {
    fn add(&mut self, parts: &[&[u8]]) {
        let bytes = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let mut hasher = Sha256::new();
        hasher.update(self.digest);
        hasher.update(u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes());
        for part in parts {
            hasher.update(part);
        }
        self.digest = hasher.finalize().into();
    }

    /// Adds the record as [`tools::frame`] would put it together; answers its size.
    fn add_record(&mut self, family: u8, key: &[u8], value: &[u8]) -> usize {
        let key_len = u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes();
        let value_len = u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.add(&[&[family], &key_len, key, &value_len, value]);
        self.records = self.records.saturating_add(1);
        key.len().saturating_add(value.len()).saturating_add(7)
    }

    fn cursor<C: Canister>(&self, owner: &Principal) -> Vec<u8> {
        let mut out = vec![VERSION, self.domain];
        out.extend_from_slice(&self.records.to_be_bytes());
        out.extend_from_slice(&self.events.to_be_bytes());
        out.extend_from_slice(&self.digest);
        out.extend_from_slice(&self.place);
        let check = check::<C>(owner, &out);
        out.extend_from_slice(&check);
        out
    }

    fn read<C: Canister>(owner: &Principal, cursor: &[u8]) -> Result<Self, Fault> {
        let at = cursor.len().checked_sub(CHECK_BYTES).ok_or(Fault::Cursor)?;
        let (body, given) = cursor.split_at_checked(at).ok_or(Fault::Cursor)?;
        if given != check::<C>(owner, body) {
            return Err(Fault::Cursor);
        }
        let (head, place) = body.split_first_chunk::<HEAD_BYTES>().ok_or(Fault::Cursor)?;
        let mut reader = Reader::new(head);
        if reader.u8() != VERSION {
            return Err(Fault::Cursor);
        }
        let (domain, records, events) = (reader.u8(), reader.u64(), reader.u64());
        Ok(Self { digest: reader.array(), records, events, domain, place: place.to_vec() })
    }
}

/// What one call may take.
struct Room<'a> {
    bytes: usize,
    budget: &'a mut dyn FnMut() -> bool,
    is_untouched: bool,
}

impl Room<'_> {
    /// True when the call has done its part; each does one record at least.
    fn is_over(&mut self) -> bool {
        !self.is_untouched && (self.bytes == 0 || !(self.budget)())
    }

    fn take(&mut self, bytes: usize) {
        self.is_untouched = false;
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// What a cursor of `owner` ends with.
fn check<C: Canister>(owner: &Principal, body: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(C::KIND);
    hasher.update([0]);
    hasher.update(owner.as_slice());
    hasher.update([0]);
    hasher.update(body);
    let hash: Hash = hasher.finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// The domains that count, in the order of an export.
fn lasting<S: Families>() -> impl Iterator<Item = &'static Domain<S::Family>> {
    S::DOMAINS.iter().filter(|domain| !domain.families.contains(&Held::Events))
}

/// See [`Families::digest_state`].
pub(super) fn digest_state<S: Families>(
    store: &S,
    owner: &Principal,
    cursor: Option<&[u8]>,
    max_bytes: u32,
    budget: &mut dyn FnMut() -> bool,
) -> Result<StateDigest, Fault> {
    if !store.migration().is_complete() {
        return Err(Fault::Migrating { what: "a digest of the state" });
    }
    let (events, _) = store.journal_head();
    let mut walk = if let Some(cursor) = cursor {
        Walk::read::<S::Canister>(owner, cursor)?
    } else {
        let digest = Sha256::digest(S::Canister::KIND).into();
        Walk { digest, records: 0, events, domain: 0, place: vec![] }
    };
    if walk.events != events {
        return Err(Fault::CursorMoved);
    }
    let bytes = usize::try_from(max_bytes.min(limits::MAX_EXPORT_BYTES)).unwrap_or_default();
    let mut room = Room { bytes, budget, is_untouched: true };
    for domain in lasting::<S>().skip(walk.domain.into()) {
        if !add_domain(store, &mut walk, domain, &mut room)? {
            let next = Some(walk.cursor::<S::Canister>(owner));
            return Ok(StateDigest { digest: walk.digest, records: walk.records, next });
        }
        walk.domain = walk.domain.saturating_add(1);
        walk.place.clear();
    }
    Ok(StateDigest { digest: walk.digest, records: walk.records, next: None })
}

/// Adds what is left of a domain; false when the message has done its part before the end of it.
fn add_domain<S: Families>(
    store: &S,
    walk: &mut Walk,
    domain: &Domain<S::Family>,
    room: &mut Room<'_>,
) -> Result<bool, Fault> {
    let (mut at, mut key) = match walk.place.split_first() {
        None => {
            walk.add(&[domain.name.as_bytes()]);
            (0, vec![])
        }
        Some((number, key)) => {
            let mut families = domain.families.iter();
            let at = families.position(|family| number_of::<S>(*family) == *number);
            (at.ok_or(Fault::Cursor)?, key.to_vec())
        }
    };
    while let Some(family) = domain.families.get(at) {
        let Some((found, value)) = read_from(store, *family, &key) else {
            at = at.saturating_add(1);
            key.clear();
            continue;
        };
        let number = number_of::<S>(*family);
        if room.is_over() {
            walk.place = vec![number];
            walk.place.extend_from_slice(&found);
            return Ok(false);
        }
        room.take(walk.add_record(number, &found, &value));
        key = tools::successor(found);
    }
    Ok(true)
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
