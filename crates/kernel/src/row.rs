//! Fixed-size rows: a version byte, then fields of fixed width, then zeroes.
//!
//! A row grows into its zero tail: a new field goes behind the last one and reads as zero from old
//! rows, which must be its neutral value. A change of meaning takes the next version byte and an
//! upcast in `read`.

use granary_stable::bytes::{Reader, Writer};

use candid::Principal;
use granary_units::{Amount, Timestamp};

use crate::Id;

/// Longest principal; a row keeps its length and so many bytes.
const PRINCIPAL_BYTES: u8 = 29;

/// Fills a row from the front.
#[derive(Debug)]
pub struct RowWriter<'a> {
    out: Writer<'a>,
}

impl<'a> RowWriter<'a> {
    /// A row that starts with `version`.
    pub fn new(out: &'a mut [u8], version: u8) -> Self {
        let mut out = Writer::new(out);
        out.u8(version);
        Self { out }
    }

    /// A part of a row, without a version of its own.
    pub const fn part(out: &'a mut [u8]) -> Self {
        Self { out: Writer::new(out) }
    }

    /// The cursor below.
    pub const fn raw(&mut self) -> &mut Writer<'a> {
        &mut self.out
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.out.u8(value);
        self
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.out.u16(value);
        self
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.out.u32(value);
        self
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.out.u64(value);
        self
    }

    /// Sixteen bytes.
    pub fn u128(&mut self, value: u128) -> &mut Self {
        self.out.u128(value);
        self
    }

    /// An amount, sixteen bytes.
    pub fn units<U>(&mut self, value: Amount<U>) -> &mut Self {
        self.u128(value.get())
    }

    /// A time, eight bytes.
    pub fn time(&mut self, value: Timestamp) -> &mut Self {
        self.u64(value.as_nanos())
    }

    /// A time that may be absent; absent is 0, which no message ever sees as its time.
    pub fn opt_time(&mut self, value: Option<Timestamp>) -> &mut Self {
        self.u64(value.map_or(0, Timestamp::as_nanos))
    }

    /// A number, four bytes.
    pub fn id<K>(&mut self, value: Id<K>) -> &mut Self {
        self.u32(value.get())
    }

    /// A number that may be absent; absent is 0.
    pub fn opt_id<K>(&mut self, value: Option<Id<K>>) -> &mut Self {
        self.u32(value.map_or(0, Id::get))
    }

    /// A principal, thirty bytes.
    pub fn principal(&mut self, value: &Principal) -> &mut Self {
        self.out.short(value.as_slice(), PRINCIPAL_BYTES);
        self
    }

    /// Bytes of a fixed length.
    pub fn array(&mut self, value: &[u8]) -> &mut Self {
        self.out.put(value);
        self
    }
}

/// Reads a row from the front. A row that contradicts its layout is damaged state, hence a bug.
#[derive(Debug)]
pub struct RowReader<'a> {
    from: Reader<'a>,
}

impl<'a> RowReader<'a> {
    /// Reads behind the version byte; traps on a version newer than `known`.
    pub fn new(bytes: &'a [u8], known: u8, what: &str) -> Self {
        let mut from = Reader::new(bytes);
        let version = from.u8();
        assert!(
            version >= 1 && version <= known,
            "BUG: version {version} of {what} is not one this code knows ({known})"
        );
        Self { from }
    }

    /// The cursor below.
    pub const fn raw(&mut self) -> &mut Reader<'a> {
        &mut self.from
    }

    /// One byte.
    pub fn u8(&mut self) -> u8 {
        self.from.u8()
    }

    /// Two bytes.
    pub fn u16(&mut self) -> u16 {
        self.from.u16()
    }

    /// Four bytes.
    pub fn u32(&mut self) -> u32 {
        self.from.u32()
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> u64 {
        self.from.u64()
    }

    /// Sixteen bytes.
    pub fn u128(&mut self) -> u128 {
        self.from.u128()
    }

    /// An amount, sixteen bytes.
    pub fn units<U>(&mut self) -> Amount<U> {
        Amount::new(self.u128())
    }

    /// A time, eight bytes.
    pub fn time(&mut self) -> Timestamp {
        Timestamp::from_nanos(self.u64())
    }

    /// A time that may be absent; absent is 0.
    pub fn opt_time(&mut self) -> Option<Timestamp> {
        match self.u64() {
            0 => None,
            nanos => Some(Timestamp::from_nanos(nanos)),
        }
    }

    /// A number, four bytes.
    pub fn id<K>(&mut self) -> Id<K> {
        Id::new(self.u32()).unwrap_or_else(damaged)
    }

    /// A number that may be absent; absent is 0.
    pub fn opt_id<K>(&mut self) -> Option<Id<K>> {
        Id::new(self.u32())
    }

    /// A principal, thirty bytes.
    pub fn principal(&mut self) -> Principal {
        Principal::from_slice(self.from.short(PRINCIPAL_BYTES))
    }

    /// A digest, thirty-two bytes.
    pub fn hash(&mut self) -> [u8; 32] {
        self.from.array()
    }

    /// The enum case with this stored number.
    pub fn case<T: Copy>(&mut self, all: &[T]) -> T {
        all.get(usize::from(self.u8())).copied().unwrap_or_else(damaged)
    }
}

/// The stored number of an enum case: its position in `all`.
pub fn number<T: PartialEq>(all: &[T], case: &T) -> u8 {
    all.iter()
        .position(|other| other == case)
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or_else(damaged)
}

/// Stored bytes contradict the code that wrote them.
pub fn damaged<T>() -> T {
    panic!("BUG: a stored row is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back_what_was_written() {
        let who = Principal::from_slice(&[7; 29]);
        let mut bytes = [0; 128];
        let mut row = RowWriter::new(&mut bytes, 1);
        row.u8(3).u16(4).u32(5).u64(6).u128(7).principal(&who).opt_time(None);
        let mut back = RowReader::new(&bytes, 1, "test row");
        assert_eq!((back.u8(), back.u16(), back.u32(), back.u64(), back.u128()), (3, 4, 5, 6, 7));
        assert_eq!(back.principal(), who);
        assert_eq!(back.opt_time(), None);
        assert_eq!(back.u64(), 0, "the tail is zero");
    }

    #[test]
    #[should_panic(expected = "version 2 of test row")]
    fn a_newer_row_is_refused() {
        let mut bytes = [0; 8];
        RowWriter::new(&mut bytes, 2).u8(1);
        let _ = RowReader::new(&bytes, 1, "test row");
    }
}
