//! Fixed-width keys: big-endian, so that byte order is number order.
//!
//! The integers and tuples of integers that come with the stable structures are such keys already
//! (`u64`, `(u64, u64)`); here are the others. A key has no version: another key is another region.

use core::fmt;
use std::borrow::Cow;

use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;

/// An identity of at most 29 bytes.
///
/// As a key it is 30 bytes: the identity padded with zeros, then its length, so that identities
/// sort by their bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalBytes {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl PrincipalBytes {
    /// The longest identity.
    pub const MAX: usize = 29;
    /// The stored width.
    pub const WIDTH: usize = 30;
    /// The anonymous identity.
    pub const ANONYMOUS: Self = {
        let mut bytes = [0; Self::MAX];
        bytes[0] = 4;
        Self { bytes, len: 1 }
    };

    /// The identity with these bytes; none when there are more than 29.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let len = u8::try_from(bytes.len()).ok()?;
        let mut padded = [0; Self::MAX];
        padded.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: padded, len })
    }

    /// The identity's own bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len.into()).unwrap_or(&self.bytes)
    }

    /// True for the anonymous identity.
    pub fn is_anonymous(&self) -> bool {
        *self == Self::ANONYMOUS
    }

    /// The stored form.
    pub fn to_array(self) -> [u8; Self::WIDTH] {
        let mut out = [0; Self::WIDTH];
        if let Some((last, head)) = out.split_last_mut() {
            head.copy_from_slice(&self.bytes);
            *last = self.len;
        }
        out
    }

    /// The identity in its stored form; none when [`Self::to_array`] makes no such form.
    pub fn from_array(array: &[u8; Self::WIDTH]) -> Option<Self> {
        let (len, bytes) = array.split_last()?;
        let identity = Self::from_slice(bytes.get(..usize::from(*len))?)?;
        (identity.bytes == *bytes).then_some(identity)
    }
}

impl fmt::Debug for PrincipalBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_slice() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl Storable for PrincipalBytes {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.to_array().to_vec())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_array().to_vec()
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        let identity = bytes.as_ref().try_into().ok().and_then(Self::from_array);
        match identity {
            Some(identity) => identity,
            None => panic!("BUG: a stored identity is malformed"),
        }
    }

    const BOUND: Bound = Bound::Bounded { max_size: 30, is_fixed_size: true };
}

impl<C> minicbor::Encode<C> for PrincipalBytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.as_slice())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for PrincipalBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_slice(d.bytes()?)
            .ok_or_else(|| minicbor::decode::Error::message("an identity has at most 29 bytes"))
    }
}

/// A key of `N` bytes put together from fixed-width parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixedKey<const N: usize>(pub [u8; N]);

impl<const N: usize> FixedKey<N> {
    /// The smallest key.
    pub const MIN: Self = Self([0; N]);
    /// The largest key.
    pub const MAX: Self = Self([0xff; N]);

    /// The key whose parts `write` puts down in order.
    ///
    /// # Panics
    /// When the parts are not exactly `N` bytes.
    pub fn of(write: impl FnOnce(&mut crate::bytes::Writer<'_>)) -> Self {
        let mut bytes = [0; N];
        let mut writer = crate::bytes::Writer::new(&mut bytes);
        write(&mut writer);
        assert!(writer.remaining() == 0, "BUG: a fixed key is shorter than its width");
        Self(bytes)
    }

    /// Reads the parts back.
    pub const fn reader(&self) -> crate::bytes::Reader<'_> {
        crate::bytes::Reader::new(&self.0)
    }
}

impl<const N: usize> Storable for FixedKey<N> {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        let Ok(array) = bytes.as_ref().try_into() else {
            panic!("BUG: a stored key has another width");
        };
        Self(array)
    }

    #[expect(clippy::cast_possible_truncation, reason = "keys are a few dozen bytes")]
    const BOUND: Bound = Bound::Bounded { max_size: N as u32, is_fixed_size: true };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_numbers(a in any::<(u64, u32)>(), b in any::<(u64, u32)>()) {
            let key = |(x, y): (u64, u32)| FixedKey::<12>::of(|w| { w.u64(x).u32(y); });
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert_eq!(key(a).0.cmp(&key(b).0), a.cmp(&b));
        }

        #[test]
        fn identities_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..=29)) {
            let identity = PrincipalBytes::from_slice(&bytes).expect("short enough");
            prop_assert_eq!(identity.as_slice(), &bytes[..]);
            prop_assert_eq!(PrincipalBytes::from_bytes(identity.to_bytes()), identity);
            let cbor = minicbor::to_vec(identity).expect("writing to a vector");
            let back: PrincipalBytes = minicbor::decode(&cbor).expect("own bytes");
            prop_assert_eq!(back, identity);
        }

        #[test]
        fn stored_identities_sort_as_keys(a in proptest::collection::vec(any::<u8>(), 0..=29),
                                          b in proptest::collection::vec(any::<u8>(), 0..=29)) {
            let [a, b] = [a, b].map(|x| PrincipalBytes::from_slice(&x).expect("short enough"));
            prop_assert_eq!(a.cmp(&b), a.to_array().cmp(&b.to_array()));
        }
    }

    #[test]
    fn thirty_bytes_are_no_identity() {
        assert_eq!(PrincipalBytes::from_slice(&[0; 30]), None);
        assert!(PrincipalBytes::from_slice(&[4]).expect("one byte").is_anonymous());
    }
}
