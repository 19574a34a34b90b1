//! Arguments whose type header is known in advance, read without interpreting it.
//!
//! Candid sends a type table with every message and a decoder walks table and values side by side;
//! for an argument with thirty fields that costs far more than what the method does with them. But
//! a client built from this canister's own interface sends one certain header, byte for byte. When
//! it does, the layout of the values behind it is fixed, and [`Reader`] reads them in order.
//!
//! Every reader answers `None` on anything unusual, and the caller then decodes in full: nothing
//! is refused here and nothing is accepted that the full decoder would refuse.

use candid::{Int, Nat, Principal};
use serde_bytes::ByteBuf;

/// Reads values in the order of their type. `None` means "decode in full".
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The values behind `header`; none when the message has another header.
    pub fn behind(header: &[u8], message: &'a [u8]) -> Option<Self> {
        message.strip_prefix(header).map(|rest| Self { rest })
    }

    /// Nothing is left: every byte was a value.
    pub const fn is_finished(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(len)?;
        self.rest = tail;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, tail) = self.rest.split_first()?;
        self.rest = tail;
        Some(*first)
    }

    /// A number of at most 63 bits in its shortest form.
    fn leb128(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn len(&mut self) -> Option<usize> {
        // A length beyond the bytes that are left is a lie, whatever the items are.
        let len = usize::try_from(self.leb128()?).ok()?;
        (len <= self.rest.len()).then_some(len)
    }

    /// `nat64`.
    pub fn u64(&mut self) -> Option<u64> {
        let (head, tail) = self.rest.split_first_chunk()?;
        self.rest = tail;
        Some(u64::from_le_bytes(*head))
    }

    /// `nat`, up to 63 bits; larger ones are rare enough to be decoded in full.
    pub fn nat(&mut self) -> Option<Nat> {
        self.leb128().map(Nat::from)
    }

    /// `nat32`.
    pub fn u32(&mut self) -> Option<u32> {
        let (head, tail) = self.rest.split_first_chunk()?;
        self.rest = tail;
        Some(u32::from_le_bytes(*head))
    }

    /// `int`, up to 126 bits beside its sign; larger ones are rare enough to be decoded in full.
    pub fn int(&mut self) -> Option<Int> {
        let mut value = 0_i128;
        for shift in (0..126).step_by(7) {
            let byte = self.byte()?;
            value |= i128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // The highest bit that was sent is the sign of all above it.
                let unsent = 121_u32.saturating_sub(shift);
                return Some(Int::from(value << unsent >> unsent));
            }
        }
        None
    }

    /// The number of a `variant`'s case, in the order of the hashes of the cases' names.
    pub fn case(&mut self) -> Option<u64> {
        self.leb128()
    }

    /// `nat`, up to 128 bits, in its shortest form.
    pub fn u128(&mut self) -> Option<u128> {
        let mut value = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let part = u128::from(byte & 0x7f);
            // The last of nineteen bytes has room for two bits.
            if shift == 126 && part > 3 {
                return None;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return (byte != 0 || shift == 0).then_some(value);
            }
        }
        None
    }

    /// `text`.
    pub fn text(&mut self) -> Option<String> {
        let len = self.len()?;
        String::from_utf8(self.take(len)?.to_vec()).ok()
    }

    /// `blob`.
    pub fn blob(&mut self) -> Option<ByteBuf> {
        let len = self.len()?;
        self.take(len).map(ByteBuf::from)
    }

    /// `principal`.
    pub fn principal(&mut self) -> Option<Principal> {
        if self.byte()? != 1 {
            return None;
        }
        let len = self.len()?;
        Principal::try_from_slice(self.take(len)?).ok()
    }

    /// `opt`.
    pub fn opt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    /// `vec` of things of at least one byte.
    pub fn vec<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let len = self.len()?;
        (0..len).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use candid::{CandidType, Decode, Encode};
    use serde::Deserialize;

    use super::*;
    use crate::wire::header_of;

    /// Fields in the order of their hashes, which is the order on the wire.
    #[derive(CandidType, Deserialize, Debug, PartialEq)]
    struct Sample {
        a: u64,
        b: Nat,
        c: String,
        d: ByteBuf,
        e: Principal,
        f: Option<u64>,
        g: Vec<String>,
        h: Int,
        i: u32,
        j: Case,
    }

    /// Cases in the order of their hashes too.
    #[derive(CandidType, Deserialize, Debug, PartialEq)]
    enum Case {
        A,
        B(u64),
    }

    fn case(reader: &mut Reader<'_>) -> Option<Case> {
        match reader.case()? {
            0 => Some(Case::A),
            1 => reader.u64().map(Case::B),
            _ => None,
        }
    }

    fn read(message: &[u8]) -> Option<Sample> {
        let mut reader = Reader::behind(&header_of::<Sample>(), message)?;
        let sample = Sample {
            a: reader.u64()?,
            b: reader.nat()?,
            c: reader.text()?,
            d: reader.blob()?,
            e: reader.principal()?,
            f: reader.opt(Reader::u64)?,
            g: reader.vec(Reader::text)?,
            h: reader.int()?,
            i: reader.u32()?,
            j: case(&mut reader)?,
        };
        reader.is_finished().then_some(sample)
    }

    fn sample() -> Sample {
        Sample {
            a: u64::MAX,
            b: Nat::from(u64::MAX >> 1),
            c: "grüße".into(),
            d: ByteBuf::from(vec![0, 255]),
            e: Principal::anonymous(),
            f: Some(7),
            g: vec![String::new(), "x".repeat(300)],
            h: Int::from(-1_000_000_i64),
            i: u32::MAX,
            j: Case::B(3),
        }
    }

    #[test]
    fn integers_are_read_up_to_126_bits() {
        let most = (1_i128 << 125) - 1;
        let small = [0, 1, 63, 64, 127, 128, 8_191, 8_192, most];
        let numbers = small.into_iter().flat_map(|number| [number, -number, -number - 1]);
        for number in numbers {
            let args = Sample { h: Int::from(number), j: Case::A, ..sample() };
            assert_eq!(read(&Encode!(&args).expect("encodes")), Some(args), "{number}");
        }
        for number in [most + 1, -most - 2, i128::MIN] {
            let args = Sample { h: Int::from(number), ..sample() };
            assert_eq!(read(&Encode!(&args).expect("encodes")), None, "{number}");
        }
    }

    #[test]
    fn known_headers_are_read_and_others_left_alone() {
        let message = Encode!(&sample()).expect("encodes");
        assert_eq!(read(&message), Some(sample()));
        let other = Encode!(&sample(), &1_u8).expect("encodes");
        assert_eq!(read(&other), None);
        let long = Encode!(&Sample { b: Nat::from(u64::MAX), ..sample() }).expect("encodes");
        assert_eq!(read(&long), None, "a large number is decoded in full");
        assert_eq!(read(&[message, vec![0]].concat()), None, "a byte too many");
    }

    #[test]
    fn large_numbers_are_read_to_the_last_bit() {
        for value in [0, 1, 127, 128, u128::from(u64::MAX), u128::MAX - 1, u128::MAX] {
            let message = Encode!(&value).expect("encodes");
            let mut reader = Reader::behind(&header_of::<u128>(), &message).expect("its header");
            assert_eq!((reader.u128(), reader.is_finished()), (Some(value), true));
        }
        let read = |bytes: &[u8]| Reader { rest: bytes }.u128();
        let beyond = [&[0xff; 18][..], &[4]].concat();
        assert_eq!(read(&beyond), None, "2^128");
        assert_eq!(read(&[0x80; 30]), None);
        assert_eq!(read(&[0x80, 0]), None, "not the shortest form");
    }

    #[test]
    fn whatever_is_read_is_what_the_full_decoder_reads() {
        let good = Encode!(&sample()).expect("encodes");
        let start = header_of::<Sample>().len();
        for at in start..good.len().min(start + 60) {
            for flip in 1..=255_u8 {
                let mut bad = good.clone();
                bad[at] ^= flip;
                if let Some(read) = read(&bad) {
                    assert_eq!(Decode!(&bad, Sample).ok(), Some(read), "{at} {flip}");
                }
            }
        }
        for len in 0..good.len() {
            assert_eq!(read(&good[..len]), None);
        }
    }
}
