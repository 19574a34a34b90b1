//! Export and import: the whole state as pages of records, domain by domain.
//!
//! A record is `family:1 ‖ key length:2 ‖ key ‖ value length:4 ‖ value`, big-endian. Links,
//! lists and jobs are not part of it: an import makes them anew. Recent requests, log lines and the
//! upgrade history stay behind.

pub mod digest;
mod held;
pub mod tools;

use candid::Principal;
use granary_stable::bytes::Reader;
use granary_stable::record::Record;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

pub use digest::StateDigest;
pub use tools::Found;

use crate::base::{Base, Phase, Settings};
use crate::canister::{Canister, CanisterStore, KernelEvent};
use crate::ctx::{Ctx, is_nobody};
use crate::fault::Fault;
use crate::limits;
use crate::roles::Role;
use held::Chain;

/// One family of records: the kernel's own, or one of the canister's.
///
/// The numbers are part of the format and never used again; 1, 3 and 14 are the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held<F> {
    /// 1: the configuration.
    Config,
    /// 3: canister-wide roles.
    Roles,
    /// 14: the journal; the last family of the last domain.
    Events,
    /// Any other number: the canister's own.
    Own(F),
}

/// Families that are exported and imported together.
#[derive(Clone, Copy, Debug)]
pub struct Domain<F: 'static> {
    /// Its name.
    pub name: &'static str,
    /// Its families, in the order an import needs them.
    pub families: &'static [Held<F>],
}

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
pub struct ImportPlaceV1 {
    /// Position of the domain.
    #[n(0)]
    domain: u32,
    /// The cursor the next page must carry; empty for the first of a domain.
    #[cbor(n(1), with = "granary_stable::cbor::blob")]
    cursor: Vec<u8>,
    /// Records taken.
    #[n(2)]
    records: u64,
}

/// The place in its newest shape.
pub type ImportPlace = ImportPlaceV1;

impl Record for ImportPlaceV1 {
    const NAME: &'static str = "import place";
    const VERSION: u8 = 1;
}

/// A record of a page, taken apart.
type Parsed<F> = (Held<F>, Vec<u8>, Vec<u8>);

/// The canister's own families: how each is read in key order for an export, checked, and put back
/// by an import.
pub trait Families: CanisterStore {
    /// One kind of record of the canister's own.
    type Family: Copy + PartialEq + core::fmt::Debug + 'static;
    /// The domains, in the order an import takes them; [`Held::Events`] comes last.
    const DOMAINS: &'static [Domain<Self::Family>];

    /// The family's number in the format.
    fn number(family: Self::Family) -> u8;
    /// The first record of `family` whose key is not before `from`.
    fn record_from(&self, family: Self::Family, from: &[u8]) -> Found;
    /// For a family of rows that are numbered from 1 without a gap: how many there are.
    fn rows(&self, family: Self::Family) -> Option<u64>;
    /// True when key and value can be read as a record of `family`.
    fn fits(family: Self::Family, key: &[u8], value: &[u8]) -> bool;
    /// Puts a record that fits back and makes its links anew. A refusal takes the page back.
    fn put_record(&mut self, family: Self::Family, key: &[u8], value: &[u8]) -> Result<(), Fault>;

    /// A page of `domain` with about `max_bytes` of records. The shell checks the role.
    fn export_state(
        &self,
        domain: &str,
        cursor: Option<Vec<u8>>,
        max_bytes: u32,
    ) -> Result<StatePage, Fault> {
        let families = families_of::<Self>(domain)?;
        let budget = max_bytes.clamp(limits::MIN_EXPORT_BYTES, limits::MAX_EXPORT_BYTES);
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        let (mut family, mut key) = place_of::<Self>(families, cursor.as_deref())?;
        let mut records = vec![];
        let mut bytes = 0_usize;
        let mut next = None;
        while let Some(current) = families.get(family) {
            let Some((found, value)) = read_from(self, *current, &key) else {
                family = family.saturating_add(1);
                key.clear();
                continue;
            };
            let record = tools::frame(number_of::<Self>(*current), &found, &value);
            let after = bytes.saturating_add(record.len());
            if after > budget && !records.is_empty() {
                let mut cursor = vec![number_of::<Self>(*current)];
                cursor.extend_from_slice(&found);
                next = Some(cursor);
                break;
            }
            bytes = after;
            records.push(record);
            key = tools::successor(found);
        }
        let digest = digest_of(&records);
        let schema = self.header().schema;
        Ok(StatePage { domain: domain.to_owned(), schema, cursor, records, digest, next })
    }

    /// Digest of a whole domain: SHA-256 over the digests of its largest pages.
    fn state_digest(&self, domain: &str) -> Result<[u8; 32], Fault> {
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

    /// Goes on with the hash over every record an export shows, but for the journal's; see
    /// [`digest`]. Adds at least one record, and stops behind `max_bytes` of them or when `budget`
    /// answers false. `owner` is the canister itself: another one's cursors are refused. The shell
    /// checks the role.
    fn digest_state(
        &self,
        owner: &Principal,
        cursor: Option<&[u8]>,
        max_bytes: u32,
        budget: &mut dyn FnMut() -> bool,
    ) -> Result<StateDigest, Fault> {
        digest::digest_state(self, owner, cursor, max_bytes, budget)
    }

    /// Takes the next page of an import. After the last page of the last domain the canister runs
    /// and the answer is true.
    ///
    /// # Panics
    /// When a record that was checked is refused, which takes the whole page back.
    fn import_state(&mut self, ctx: &Ctx, page: &StatePage) -> Result<bool, Fault> {
        self.need_no_rehearsal()?;
        if self.base().phase != Phase::Importing {
            return Err(Fault::NotImporting);
        }
        if is_nobody(&ctx.actor) || !self.is_governor(ctx) {
            return Err(Fault::needs(&[crate::open::RoleOf::<Self>::GOVERNOR]));
        }
        let place = self.import.get().cloned().unwrap_or_default();
        let at = usize::try_from(place.domain).unwrap_or(usize::MAX);
        let expected = Self::DOMAINS.get(at).map_or("", |domain| domain.name);
        if page.domain != expected || page.cursor.clone().unwrap_or_default() != place.cursor {
            return Err(Fault::ImportOrder { expected: expected.to_owned() });
        }
        if page.schema != self.header().schema {
            return Err(Fault::import("the page has another schema"));
        }
        if digest_of(&page.records) != page.digest {
            return Err(Fault::import("the digest does not match the records"));
        }
        // Everything is read before anything is written: a refused page changes nothing.
        let parsed = parse::<Self>(expected, &page.records)?;
        check(self, &parsed)?;
        for (family, key, value) in &parsed {
            let put = match family {
                Held::Own(own) => self.put_record(*own, key, value),
                held @ (Held::Config | Held::Roles | Held::Events) => {
                    self.put_held(held, key, value)
                }
            };
            // What was checked can be refused only by damage; the trap takes the page back.
            put.unwrap_or_else(|fault| panic!("the page is taken back: {fault:?}"));
        }
        let count = u64::try_from(parsed.len()).unwrap_or(u64::MAX);
        turn_page(self, page.next.clone(), &place, count, ctx)
    }
}

/// The digest of a page's records.
pub fn digest_of(records: &[Vec<u8>]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for record in records {
        hasher.update(u32::try_from(record.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(record);
    }
    hasher.finalize().into()
}

/// Names of the domains, in the order an import takes them.
pub fn domain_names<S: Families>() -> Vec<&'static str> {
    S::DOMAINS.iter().map(|domain| domain.name).collect()
}

fn number_of<S: Families>(family: Held<S::Family>) -> u8 {
    match family {
        Held::Config => 1,
        Held::Roles => 3,
        Held::Events => 14,
        Held::Own(own) => S::number(own),
    }
}

fn families_of<S: Families>(domain: &str) -> Result<&'static [Held<S::Family>], Fault> {
    S::DOMAINS
        .iter()
        .find(|known| known.name == domain)
        .map(|known| known.families)
        .ok_or_else(|| Fault::Domain { name: domain.to_owned() })
}

fn read_from<S: Families>(store: &S, family: Held<S::Family>, from: &[u8]) -> Found {
    match family {
        Held::Own(own) => store.record_from(own, from),
        held @ (Held::Config | Held::Roles | Held::Events) => store.held_from(&held, from),
    }
}

fn parse<S: Families>(domain: &str, records: &[Vec<u8>]) -> Result<Vec<Parsed<S::Family>>, Fault> {
    let families = families_of::<S>(domain)?;
    let mut parsed = Vec::with_capacity(records.len());
    for record in records {
        let (number, key, value) =
            unframe(record).ok_or_else(|| Fault::import("a damaged record"))?;
        let family = families
            .iter()
            .find(|known| number_of::<S>(**known) == number)
            .ok_or_else(|| Fault::import("a record of another domain"))?;
        parsed.push((*family, key, value));
    }
    Ok(parsed)
}

/// Refuses records that cannot be read, or that would not follow what is stored.
fn check<S: Families>(store: &S, records: &[Parsed<S::Family>]) -> Result<(), Fault> {
    let mut chain = Chain::<S::Canister>::from(store.journal_head().1);
    let mut next: Vec<(S::Family, u64)> = vec![];
    for (family, key, value) in records {
        let fits = match family {
            Held::Own(own) => {
                if let Some(stored) = store.rows(*own) {
                    follows(&mut next, *own, stored, key)?;
                }
                S::fits(*own, key, value)
            }
            held @ (Held::Config | Held::Roles | Held::Events) => chain.fits(held, key, value),
        };
        if !fits {
            let number = number_of::<S>(*family);
            return Err(Fault::import(format!("a record of family {number} does not fit")));
        }
    }
    Ok(())
}

/// Refuses a numbered row that has not the next number of its table.
fn follows<F: Copy + PartialEq>(
    next: &mut Vec<(F, u64)>,
    family: F,
    stored: u64,
    key: &[u8],
) -> Result<(), Fault> {
    let at = next.iter().position(|(known, _)| *known == family).unwrap_or_else(|| {
        next.push((family, stored));
        next.len().saturating_sub(1)
    });
    let Some((_, count)) = next.get_mut(at) else { return Err(tools::gap("record")) };
    *count = count.saturating_add(1);
    if tools::number(key) == Some(*count) { Ok(()) } else { Err(tools::gap("record")) }
}

fn turn_page<S: Families>(
    store: &mut S,
    next: Option<Vec<u8>>,
    place: &ImportPlace,
    count: u64,
    ctx: &Ctx,
) -> Result<bool, Fault> {
    let records = place.records.saturating_add(count);
    let domain = place.domain.saturating_add(u32::from(next.is_none()));
    let cursor = next.unwrap_or_default();
    let finished = usize::try_from(domain).is_ok_and(|at| at >= S::DOMAINS.len());
    if !finished {
        store.import.set(Some(ImportPlace { domain, cursor, records }))?;
        return Ok(false);
    }
    store.import.set(None)?;
    let base = Base { phase: Phase::Running, ..store.base().clone() };
    let config = store.config().with_base(base);
    store.config.set(Some(config))?;
    let event = S::Canister::event(KernelEvent::ImportFinished { records });
    store.record(&[event], ctx);
    Ok(true)
}

/// The family and key a cursor names; the beginning without one.
fn place_of<S: Families>(
    families: &[Held<S::Family>],
    cursor: Option<&[u8]>,
) -> Result<(usize, Vec<u8>), Fault> {
    let Some(cursor) = cursor else { return Ok((0, vec![])) };
    let (number, key) = cursor.split_first().ok_or(Fault::Cursor)?;
    let at = families.iter().position(|family| number_of::<S>(*family) == *number);
    Ok((at.ok_or(Fault::Cursor)?, key.to_vec()))
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
