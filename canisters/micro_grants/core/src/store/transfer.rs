//! Export and import: the whole state as pages of records, domain by domain.
//!
//! A record is `family:1 ‖ key length:2 ‖ key ‖ value length:4 ‖ value`, big-endian. Links,
//! lists and jobs are not part of it: an import makes them anew. Recent requests, log lines and the
//! upgrade history stay behind.

use granary_stable::StorageFault;
use granary_stable::bytes::Reader;
use granary_stable::keys::PrincipalBytes;
use granary_stable::record::Record;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::errors::{GrantError, InputFault, StateFault};
use crate::limits;
use crate::records::config::Phase;
use crate::records::slot::damaged;
use crate::records::{Config, Event, EventKind, Role};
use crate::rules::{Change, Ctx};
use crate::store::Store;
use crate::types::Principal;

mod families;

use families::{Family, families_of};

/// The domains, in the order an import takes them.
pub const DOMAINS: [&str; 8] =
    ["config", "roles", "programs", "applications", "reviews", "grants", "payouts", "journal"];

/// Some records of one domain, in key order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePage {
    /// The domain.
    pub domain: String,
    /// The schema the records have.
    pub schema: u32,
    /// The cursor the page was asked with.
    pub cursor: Option<Vec<u8>>,
    /// The records.
    pub records: Vec<Vec<u8>>,
    /// SHA-256 over the records, each preceded by its length as four bytes.
    pub digest: [u8; 32],
    /// The cursor of the next page; none at the end of the domain.
    pub next: Option<Vec<u8>>,
}

/// Where a running import stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ImportPlace {
    /// Position of the domain in [`DOMAINS`].
    #[n(0)]
    domain: u32,
    /// The cursor the next page must carry; empty for the first of a domain.
    #[cbor(n(1), with = "granary_stable::cbor::blob")]
    cursor: Vec<u8>,
    /// Records taken.
    #[n(2)]
    records: u64,
}

impl Record for ImportPlace {
    const NAME: &'static str = "import place";
    const VERSION: u8 = 1;
}

/// The digest of a page's records.
pub(crate) fn digest_of(records: &[Vec<u8>]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for record in records {
        hasher.update(u32::try_from(record.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(record);
    }
    hasher.finalize().into()
}

/// The principal in its stored form.
pub(crate) fn principal_of(array: [u8; 30]) -> Principal {
    let bytes = PrincipalBytes::from_array(&array).unwrap_or_else(damaged);
    Principal::from_slice(bytes.as_slice())
}

impl<M: Memory> Store<M> {
    /// A page of `domain` with about `max_bytes` of records. The shell checks the role.
    pub fn export_state(
        &self,
        domain: &str,
        cursor: Option<Vec<u8>>,
        max_bytes: u32,
    ) -> Result<StatePage, GrantError> {
        let families = families_of(domain)?;
        let budget = max_bytes.clamp(limits::MIN_EXPORT_BYTES, limits::MAX_EXPORT_BYTES);
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        let (mut family, mut key) = place_of(families, cursor.as_deref())?;
        let mut records = vec![];
        let mut bytes = 0_usize;
        let mut next = None;
        while let Some(current) = families.get(family) {
            let Some((found, value)) = self.record_from(*current, &key) else {
                family = family.saturating_add(1);
                key.clear();
                continue;
            };
            let record = frame(*current, &found, &value);
            let after = bytes.saturating_add(record.len());
            if after > budget && !records.is_empty() {
                let mut cursor = vec![current.number()];
                cursor.extend_from_slice(&found);
                next = Some(cursor);
                break;
            }
            bytes = after;
            records.push(record);
            key = successor(found);
        }
        let digest = digest_of(&records);
        let schema = self.header.get().schema;
        Ok(StatePage { domain: domain.to_owned(), schema, cursor, records, digest, next })
    }

    /// Digests of the whole state, one per domain: SHA-256 over the digests of its largest pages.
    pub fn state_digest(&self, domain: &str) -> Result<[u8; 32], GrantError> {
        let mut hasher = Sha256::new();
        let mut cursor = None;
        loop {
            let page = self.export_state(domain, cursor, limits::MAX_EXPORT_BYTES)?;
            hasher.update(page.digest);
            match page.next {
                None => return Ok(hasher.finalize().into()),
                next => cursor = next,
            }
        }
    }

    /// Takes the next page of an import. After the last page of the last domain the canister runs.
    pub fn import_state(&mut self, ctx: &Ctx, page: &StatePage) -> Result<bool, GrantError> {
        if self.config().phase != Phase::Importing {
            return Err(StateFault::NotImporting.into());
        }
        if crate::rules::is_nobody(&ctx.actor) || !self.is_governor(ctx) {
            return Err(crate::errors::AccessFault::Role { any_of: &[Role::Governor] }.into());
        }
        let place = self.import.get().cloned().unwrap_or_default();
        let at = usize::try_from(place.domain).unwrap_or(usize::MAX);
        let expected = DOMAINS.get(at).copied().unwrap_or_default();
        if page.domain != expected || page.cursor.clone().unwrap_or_default() != place.cursor {
            return Err(StateFault::ImportOrder { expected: expected.to_owned() }.into());
        }
        let refuse = |problem: &str| {
            GrantError::from(InputFault::ImportFormat { problem: problem.to_owned() })
        };
        if page.schema != self.header.get().schema {
            return Err(refuse("the page has another schema"));
        }
        if digest_of(&page.records) != page.digest {
            return Err(refuse("the digest does not match the records"));
        }
        let families = families_of(expected)?;
        // Everything is read before anything is written: a refused page changes nothing.
        let mut parsed = vec![];
        for record in &page.records {
            let (family, key, value) = unframe(record).ok_or_else(|| refuse("a damaged record"))?;
            let family = families
                .iter()
                .find(|known| known.number() == family)
                .ok_or_else(|| refuse("a record of another domain"))?;
            parsed.push((*family, key, value));
        }
        self.check_import(&parsed)?;
        for (family, key, value) in &parsed {
            // What was checked can be refused only by damage; the trap takes the page back.
            self.put_record(*family, key, value, ctx)
                .unwrap_or_else(|error| panic!("the page is taken back: {error:?}"));
        }
        let count = u64::try_from(parsed.len()).unwrap_or(u64::MAX);
        self.turn_page(page.next.clone(), &place, count, ctx)
    }

    fn turn_page(
        &mut self,
        next: Option<Vec<u8>>,
        place: &ImportPlace,
        count: u64,
        ctx: &Ctx,
    ) -> Result<bool, GrantError> {
        let ImportPlace { domain, records, .. } = *place;
        let records = records.saturating_add(count);
        let domain = domain.saturating_add(u32::from(next.is_none()));
        let cursor = next.unwrap_or_default();
        let finished = usize::try_from(domain).is_ok_and(|at| at >= DOMAINS.len());
        if !finished {
            self.import.set(Some(ImportPlace { domain, cursor, records }))?;
            return Ok(false);
        }
        self.import.set(None)?;
        let config = Config { phase: Phase::Running, ..self.config().clone() };
        let event = Event::new(EventKind::ImportFinished, 0).number(records);
        self.commit(Change { config: Some(config), ..Change::with(event) }, ctx);
        Ok(true)
    }
}

/// The family and key a cursor names; the beginning without one.
fn place_of(families: &[Family], cursor: Option<&[u8]>) -> Result<(usize, Vec<u8>), GrantError> {
    let Some(cursor) = cursor else { return Ok((0, vec![])) };
    let (number, key) = cursor.split_first().ok_or(InputFault::Cursor)?;
    let at =
        families.iter().position(|family| family.number() == *number).ok_or(InputFault::Cursor)?;
    Ok((at, key.to_vec()))
}

/// The smallest key behind `key` among keys of its length; longer by a zero when there is none.
fn successor(mut key: Vec<u8>) -> Vec<u8> {
    for byte in key.iter_mut().rev() {
        if let Some(next) = byte.checked_add(1) {
            *byte = next;
            return key;
        }
        *byte = 0;
    }
    // The largest key: nothing comes after it.
    key.fill(u8::MAX);
    key.push(0);
    key
}

fn frame(family: Family, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len().saturating_add(value.len()).saturating_add(7));
    out.push(family.number());
    out.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(key);
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(value);
    out
}

fn unframe(record: &[u8]) -> Option<(u8, Vec<u8>, Vec<u8>)> {
    let (head, rest) = record.split_first_chunk::<3>()?;
    let mut head = Reader::new(head);
    let (family, key_len) = (head.u8(), usize::from(head.u16()));
    let (key, rest) = rest.split_at_checked(key_len)?;
    let (length, value) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (value.len() == length).then(|| (family, key.to_vec(), value.to_vec()))
}

/// A region had no room; the shell's message is taken back with the trap.
pub(crate) fn no_room(fault: StorageFault) -> GrantError {
    fault.into()
}
