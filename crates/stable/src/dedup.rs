//! The answers to recent requests.
//!
//! A caller that names its request with an idempotency key gets the first answer again when it
//! repeats the request, and a refusal when it reuses the key for another one. Answers are
//! remembered for at least one window and at most two: two generations take turns, and when the
//! older one expires its place is used again without being cleared.
//!
//! Memory is bounded: a generation takes at most `capacity` requests, and a full one refuses
//! rather than forget an answer it has promised to remember.
//!
//! ```text
//! 0     mark, layout version
//! 8     capacity 4 bytes, buckets 4 bytes
//! 16    current generation 0 or 1, 8 bytes
//! 24    per generation: turn 4 bytes, entries 4 bytes, started 8 bytes
//! 64    heads: generation × bucket, each turn 4 bytes and first entry 4 bytes
//! then  entries of 64 bytes, those of the generations alternating
//! ```

use core::fmt;

use granary_units::{Duration, Timestamp};
use ic_stable_structures::Memory;
use sha2::{Digest, Sha256};

use crate::StorageFault;
use crate::bytes::{Reader, Writer};
use crate::region::{self, CONTENTS};

const MARK: [u8; 4] = *b"GDUP";
const LAYOUT: u8 = 1;
const SIZES_AT: u64 = 8;
const STATE_AT: u64 = 16;
const STATE_BYTES: usize = 40;
const HEAD_BYTES: u64 = 8;
const ENTRY_BYTES: u64 = 64;
/// Chains stay around 16 entries at the largest capacity.
const BUCKETS: u32 = 65_536;

/// The longest idempotency key in bytes.
pub const MAX_KEY_BYTES: usize = 64;

/// Who asked, and under which name: SHA-256 of both, cut to 16 bytes.
///
/// A collision would hand one caller the receipt of another, so the hash is a cryptographic one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey([u8; 16]);

impl RequestKey {
    /// The key of `caller` and its idempotency key; none unless that has 1 to 64 bytes.
    pub fn new(caller: &[u8], idempotency_key: &[u8]) -> Option<Self> {
        if idempotency_key.is_empty() || idempotency_key.len() > MAX_KEY_BYTES {
            return None;
        }
        let mut hasher = Sha256::new();
        // The length keeps caller and key apart.
        hasher.update([u8::try_from(caller.len()).ok()?]);
        hasher.update(caller);
        hasher.update(idempotency_key);
        let digest: [u8; 32] = hasher.finalize().into();
        digest.first_chunk().copied().map(Self)
    }

    fn bucket(self) -> u32 {
        let [a, b, ..] = self.0;
        u32::from(u16::from_be_bytes([a, b]))
    }
}

/// What was asked: 128 bits over the arguments.
///
/// Not cryptographic: a caller who finds a collision only deceives itself, because keys are its
/// own. Two 64-bit lanes of multiply and rotate, eight bytes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of the method `method` called with `arguments`.
    pub fn of(method: &str, arguments: &[u8]) -> Self {
        let mut printer = Fingerprinter::new(method);
        printer.write(arguments);
        printer.finish()
    }
}

/// Takes a fingerprint piece by piece; the pieces' borders count.
#[derive(Clone, Debug)]
pub struct Fingerprinter {
    lanes: [u64; 2],
}

impl Fingerprinter {
    const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

    /// Begins with the name of the method.
    pub fn new(method: &str) -> Self {
        let mut printer = Self { lanes: [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344] };
        printer.write(method.as_bytes());
        printer
    }

    /// Adds a piece.
    pub fn write(&mut self, piece: &[u8]) -> &mut Self {
        let mut chunks = piece.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        let mut tail = [0; 8];
        for (to, from) in tail.iter_mut().zip(chunks.remainder()) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(tail));
        self.write_u64(u64::try_from(piece.len()).unwrap_or(u64::MAX))
    }

    /// Adds a number.
    pub fn write_u64(&mut self, number: u64) -> &mut Self {
        self.mix(number);
        self
    }

    /// The fingerprint of all pieces.
    pub fn finish(&self) -> Fingerprint {
        let [a, b] = self.lanes.map(|lane| {
            let lane = (lane ^ (lane >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            lane ^ (lane >> 29)
        });
        Fingerprint((u128::from(a) << 64 | u128::from(b)).to_be_bytes())
    }

    fn mix(&mut self, word: u64) {
        let [a, b] = self.lanes;
        let [x, y] = Self::FACTORS;
        // Each lane takes from the other, so that a word moves both halves.
        self.lanes = [
            (a ^ word).wrapping_mul(x).rotate_left(29) ^ b,
            (b.wrapping_add(word)).wrapping_mul(y).rotate_left(41) ^ a,
        ];
    }
}

/// The answer that was given the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The entity the request created or changed.
    pub id: u64,
    /// Index of the first event it appended.
    pub event: u64,
    /// When it was applied.
    pub at: Timestamp,
}

/// What the table knows about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing: do it.
    Fresh,
    /// It was done: give this answer.
    Repeat(Remembered),
    /// The key was used for something else: refuse.
    Conflict,
}

#[derive(Clone, Copy, Default)]
struct Generation {
    turn: u32,
    entries: u32,
    started: u64,
}

struct Entry {
    next: u32,
    key: [u8; 16],
    fingerprint: [u8; 16],
    answer: Remembered,
}

/// The table in its region.
pub struct Dedup<M> {
    memory: M,
    capacity: u32,
    window: Duration,
    current: u8,
    generations: [Generation; 2],
}

impl<M: Memory> Dedup<M> {
    /// Opens the table, or makes an empty one.
    ///
    /// `capacity` requests fit one generation; it is fixed when the region is made. An answer is
    /// remembered for at least `window`.
    pub fn open(memory: M, capacity: u32, window: Duration) -> Result<Self, StorageFault> {
        if region::open(&memory, MARK, LAYOUT)? {
            region::reserve(&memory, heads_end())?;
            region::write_u32(&memory, SIZES_AT, capacity);
            region::write_u32(&memory, SIZES_AT.saturating_add(4), BUCKETS);
        }
        let found = region::read_u32(&memory, SIZES_AT);
        let buckets = region::read_u32(&memory, SIZES_AT.saturating_add(4));
        if buckets != BUCKETS {
            return Err(StorageFault::Shape {
                what: "buckets",
                expected: BUCKETS.into(),
                found: buckets.into(),
            });
        }
        let mut state = [0; STATE_BYTES];
        memory.read(STATE_AT, &mut state);
        let mut reader = Reader::new(&state);
        let current = u8::from(reader.u64() != 0);
        let generations = [(); 2].map(|()| Generation {
            turn: reader.u32(),
            entries: reader.u32(),
            started: reader.u64(),
        });
        Ok(Self { memory, capacity: found, window, current, generations })
    }

    /// Requests a generation takes.
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Requests the current generation has taken.
    pub fn used(&self) -> u32 {
        self.generation(self.current).entries
    }

    /// When a full table takes requests again.
    pub fn frees_at(&self) -> Timestamp {
        Timestamp::from_nanos(self.generation(self.current).started).saturating_add(self.window)
    }

    /// What is known about the request `key` with the arguments `fingerprint` at time `now`.
    pub fn lookup(&self, key: RequestKey, fingerprint: Fingerprint, now: Timestamp) -> Lookup {
        for generation in [self.current, 1 ^ self.current] {
            if self.expired(generation, now) {
                continue;
            }
            if let Some(entry) = self.find(generation, key) {
                return if entry.fingerprint == fingerprint.0 {
                    Lookup::Repeat(entry.answer)
                } else {
                    Lookup::Conflict
                };
            }
        }
        Lookup::Fresh
    }

    /// Remembers the answer to a request that [`Self::lookup`] called fresh in this message.
    pub fn remember(
        &mut self,
        key: RequestKey,
        fingerprint: Fingerprint,
        answer: Remembered,
        now: Timestamp,
    ) -> Result<(), StorageFault> {
        self.take_turns(now);
        let generation = self.generation(self.current);
        if generation.entries >= self.capacity {
            return Err(StorageFault::Full { limit: self.capacity.into() });
        }
        let head_at = head_offset(self.current, key.bucket());
        let first = self.head(self.current, key.bucket());
        let entry = Entry { next: first, key: key.0, fingerprint: fingerprint.0, answer };
        let at = entry_offset(self.current, generation.entries);
        region::reserve(&self.memory, at.saturating_add(ENTRY_BYTES))?;
        self.memory.write(at, &entry.encode());
        let number = generation.entries.saturating_add(1);
        let mut head = [0; 8];
        Writer::new(&mut head).u32(generation.turn).u32(number);
        self.memory.write(head_at, &head);
        self.put_generation(self.current, Generation { entries: number, ..generation });
        Ok(())
    }

    /// True when no remembered answer of `generation` is younger than its promise.
    fn expired(&self, generation: u8, now: Timestamp) -> bool {
        let Generation { turn, started, .. } = self.generation(generation);
        // Answers are added for one window and each is kept for one more.
        let age = now.as_nanos().saturating_sub(started);
        turn == 0 || age >= self.window.as_nanos().saturating_mul(2)
    }

    /// Starts a new generation when the current one has taken answers for a window.
    fn take_turns(&mut self, now: Timestamp) {
        let Generation { turn, started, .. } = self.generation(self.current);
        let age = now.as_nanos().saturating_sub(started);
        if turn != 0 && age < self.window.as_nanos() {
            return;
        }
        let next = if turn == 0 { self.current } else { 1 ^ self.current };
        let fresh = Generation {
            // Zero marks heads that were never written.
            turn: self.generation(next).turn.checked_add(1).unwrap_or(1),
            entries: 0,
            started: now.as_nanos(),
        };
        self.current = next;
        self.put_generation(next, fresh);
    }

    fn find(&self, generation: u8, key: RequestKey) -> Option<Entry> {
        let mut number = self.head(generation, key.bucket());
        while let Some(index) = number.checked_sub(1) {
            let mut bytes = [0; 64];
            self.memory.read(entry_offset(generation, index), &mut bytes);
            let entry = Entry::decode(&bytes);
            if entry.key == key.0 {
                return Some(entry);
            }
            number = entry.next;
        }
        None
    }

    /// Number of the first entry of a bucket, counted from one; zero when it is empty.
    fn head(&self, generation: u8, bucket: u32) -> u32 {
        let mut bytes = [0; 8];
        self.memory.read(head_offset(generation, bucket), &mut bytes);
        let mut reader = Reader::new(&bytes);
        let (turn, number) = (reader.u32(), reader.u32());
        if turn == self.generation(generation).turn { number } else { 0 }
    }

    const fn generation(&self, which: u8) -> Generation {
        let [first, second] = self.generations;
        if which == 0 { first } else { second }
    }

    fn put_generation(&mut self, which: u8, generation: Generation) {
        let [first, second] = &mut self.generations;
        *(if which == 0 { first } else { second }) = generation;
        let mut state = [0; STATE_BYTES];
        let mut writer = Writer::new(&mut state);
        writer.u64(self.current.into());
        for Generation { turn, entries, started } in self.generations {
            writer.u32(turn).u32(entries).u64(started);
        }
        self.memory.write(STATE_AT, &state);
    }
}

impl Entry {
    fn encode(&self) -> [u8; 64] {
        let mut out = [0; 64];
        Writer::new(&mut out)
            .u32(self.next)
            .put(&self.key)
            .put(&self.fingerprint)
            .u64(self.answer.id)
            .u64(self.answer.event)
            .u64(self.answer.at.as_nanos());
        out
    }

    fn decode(bytes: &[u8; 64]) -> Self {
        let mut reader = Reader::new(bytes);
        Self {
            next: reader.u32(),
            key: reader.array(),
            fingerprint: reader.array(),
            answer: Remembered {
                id: reader.u64(),
                event: reader.u64(),
                at: Timestamp::from_nanos(reader.u64()),
            },
        }
    }
}

impl<M> fmt::Debug for Dedup<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedup").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

fn head_offset(generation: u8, bucket: u32) -> u64 {
    let number = u64::from(generation).saturating_mul(BUCKETS.into()).saturating_add(bucket.into());
    number.saturating_mul(HEAD_BYTES).saturating_add(CONTENTS)
}

fn heads_end() -> u64 {
    head_offset(2, 0)
}

fn entry_offset(generation: u8, index: u32) -> u64 {
    let number = u64::from(index).saturating_mul(2).saturating_add(generation.into());
    number.saturating_mul(ENTRY_BYTES).saturating_add(heads_end())
}
