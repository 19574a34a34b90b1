//! The hash-chained event journal: who did what, in which order, with nothing taken out.
//!
//! Each stored event begins with the SHA-256 of the stored event before it, so the hash of the
//! newest one vouches for all of them. Appending costs one hash over the event's own bytes.
//!
//! ```text
//! 0   layout version   1 byte
//! 1   hash of the event before (zeros for the first)   32 bytes
//! 33  index            8 bytes
//! 41  time             8 bytes, nanoseconds since 1970
//! 49  trace id         8 bytes
//! 57  actor            1 byte of length, then 0 to 29 bytes
//! …   payload          the rest; its shape belongs to the canister
//! ```

use core::fmt;
use std::borrow::Cow;

use granary_units::Timestamp;
use ic_stable_structures::storable::Bound;
use ic_stable_structures::{Log, Memory, Storable};
use sha2::{Digest, Sha256};

use crate::StorageFault;
use crate::bytes::Reader;
use crate::keys::PrincipalBytes;

const LAYOUT: u8 = 1;
const FIXED_BYTES: usize = 58;

/// SHA-256 of a stored event.
pub type Hash = [u8; 32];

/// What happened, as it is handed to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEvent<'a> {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: PrincipalBytes,
    /// Ties the events and log lines of one call together.
    pub trace_id: u64,
    /// What, in the canister's own encoding.
    pub payload: &'a [u8],
}

/// What happened, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the journal; the first is 0.
    pub index: u64,
    /// Hash of the event before; zeros for the first.
    pub prev_hash: Hash,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: PrincipalBytes,
    /// Ties the events and log lines of one call together.
    pub trace_id: u64,
    /// What, in the canister's own encoding.
    pub payload: Vec<u8>,
}

/// Bytes that are no event, or an event in the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalFault {
    /// There is no event with this index.
    Missing {
        /// The index.
        index: u64,
    },
    /// The bytes are not an event.
    Malformed {
        /// The index.
        index: u64,
    },
    /// The event says it stands elsewhere.
    Misplaced {
        /// The index.
        index: u64,
        /// What the event says.
        says: u64,
    },
    /// The event does not carry the hash of the one before it.
    BrokenChain {
        /// The index.
        index: u64,
    },
}

impl fmt::Display for JournalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { index } => write!(f, "there is no event {index}"),
            Self::Malformed { index } => write!(f, "event {index} is malformed"),
            Self::Misplaced { index, says } => write!(f, "event {index} says it is {says}"),
            Self::BrokenChain { index } => {
                write!(f, "event {index} does not carry the hash of the event before it")
            }
        }
    }
}

impl std::error::Error for JournalFault {}

impl Event {
    /// Reads the stored bytes of the event `index`.
    pub fn decode(index: u64, bytes: &[u8]) -> Result<Self, JournalFault> {
        let malformed = JournalFault::Malformed { index };
        if bytes.len() < FIXED_BYTES || bytes.first() != Some(&LAYOUT) {
            return Err(malformed);
        }
        let mut reader = Reader::new(bytes);
        reader.u8();
        let prev_hash = reader.array();
        let says = reader.u64();
        let (at, trace_id) = (Timestamp::from_nanos(reader.u64()), reader.u64());
        let actor_len = usize::from(reader.u8());
        if actor_len > reader.remaining() {
            return Err(malformed);
        }
        let actor = PrincipalBytes::from_slice(reader.take(actor_len)).ok_or(malformed)?;
        if says != index {
            return Err(JournalFault::Misplaced { index, says });
        }
        let payload = reader.take(reader.remaining()).to_vec();
        Ok(Self { index, prev_hash, at, actor, trace_id, payload })
    }

    /// The bytes that are stored and hashed.
    pub fn encode(&self) -> Vec<u8> {
        let Self { index, prev_hash, at, actor, trace_id, payload } = self;
        let event =
            NewEvent { at: *at, actor: *actor, trace_id: *trace_id, payload: payload.as_slice() };
        encode(*index, prev_hash, &event)
    }
}

fn encode(index: u64, prev_hash: &Hash, event: &NewEvent<'_>) -> Vec<u8> {
    let actor = event.actor.as_slice();
    let mut out = Vec::with_capacity(
        FIXED_BYTES.saturating_add(actor.len()).saturating_add(event.payload.len()),
    );
    out.push(LAYOUT);
    out.extend_from_slice(prev_hash);
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&event.at.as_nanos().to_be_bytes());
    out.extend_from_slice(&event.trace_id.to_be_bytes());
    out.push(u8::try_from(actor.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(actor);
    out.extend_from_slice(event.payload);
    out
}

/// The hash that the next event carries.
pub fn hash(stored: &[u8]) -> Hash {
    Sha256::digest(stored).into()
}

struct Bytes(Vec<u8>);

impl Storable for Bytes {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        Self(bytes.into_owned())
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// The journal in its two regions.
pub struct Journal<M: Memory> {
    log: Log<Bytes, M, M>,
    head: Hash,
    len: u64,
}

/// What appending answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Index of the event.
    pub index: u64,
    /// The new head.
    pub head: Hash,
}

impl<M: Memory> Journal<M> {
    /// Opens the journal, or makes an empty one. Costs one hash, whatever its length.
    ///
    /// # Panics
    /// When the regions hold something else.
    pub fn open(index: M, data: M) -> Self {
        let log = Log::init(index, data);
        let len = log.len();
        let mut journal = Self { log, head: [0; 32], len };
        if let Some(last) = len.checked_sub(1).and_then(|last| journal.stored(last)) {
            journal.head = hash(&last);
        }
        journal
    }

    /// Number of events.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// True before the first event.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Hash of the newest event; zeros before the first.
    pub const fn head(&self) -> Hash {
        self.head
    }

    /// Adds an event.
    pub fn append(&mut self, event: &NewEvent<'_>) -> Result<Appended, StorageFault> {
        let bytes = Bytes(encode(self.len, &self.head, event));
        let index = self.log.append(&bytes).map_err(|_| StorageFault::OutOfMemory)?;
        self.head = hash(&bytes.0);
        self.len = index.saturating_add(1);
        Ok(Appended { index, head: self.head })
    }

    /// The event `index`; none beyond the end.
    pub fn get(&self, index: u64) -> Option<Result<Event, JournalFault>> {
        self.stored(index).map(|bytes| Event::decode(index, &bytes))
    }

    /// The stored bytes of event `index`.
    pub fn stored(&self, index: u64) -> Option<Vec<u8>> {
        self.log.get(index).map(|bytes| bytes.0)
    }

    /// Checks the events `start..end`: each well formed, in its place, and carrying the hash of
    /// the one before. When the range reaches the end, the head is checked as well.
    pub fn verify(&self, start: u64, end: u64) -> Result<u64, JournalFault> {
        let end = end.min(self.len);
        let mut before = match start.checked_sub(1) {
            None => [0; 32],
            Some(previous) => {
                hash(&self.stored(previous).ok_or(JournalFault::Missing { index: previous })?)
            }
        };
        for index in start..end {
            let bytes = self.stored(index).ok_or(JournalFault::Missing { index })?;
            if Event::decode(index, &bytes)?.prev_hash != before {
                return Err(JournalFault::BrokenChain { index });
            }
            before = hash(&bytes);
        }
        if end == self.len && start <= end && before != self.head {
            return Err(JournalFault::BrokenChain { index: end });
        }
        Ok(end.saturating_sub(start))
    }
}

impl<M: Memory> fmt::Debug for Journal<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("len", &self.len).finish_non_exhaustive()
    }
}
