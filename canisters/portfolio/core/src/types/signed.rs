//! Signed amounts: a sign and 128 bits, so that a whole supply fits on either side of zero.

use core::cmp::Ordering;
use core::fmt;

use granary_stable::bytes::{Reader, Writer};
use granary_units::OutOfRange;

/// A signed number of smallest units. Zero has no sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    negative: bool,
    magnitude: u128,
}

impl Signed {
    /// Nothing.
    pub const ZERO: Self = Self { negative: false, magnitude: 0 };
    /// Bytes of the stored form.
    pub const BYTES: u32 = 17;

    /// `magnitude`, below zero when `negative`.
    pub const fn new(negative: bool, magnitude: u128) -> Self {
        Self { negative: negative && magnitude != 0, magnitude }
    }

    /// `magnitude` above zero.
    pub const fn plus(magnitude: u128) -> Self {
        Self::new(false, magnitude)
    }

    /// `magnitude` below zero.
    pub const fn minus(magnitude: u128) -> Self {
        Self::new(true, magnitude)
    }

    /// Below zero.
    pub const fn is_negative(self) -> bool {
        self.negative
    }

    /// Zero.
    pub const fn is_zero(self) -> bool {
        self.magnitude == 0
    }

    /// Its distance from zero.
    pub const fn magnitude(self) -> u128 {
        self.magnitude
    }

    /// The same distance on the other side of zero.
    pub const fn negated(self) -> Self {
        Self::new(!self.negative, self.magnitude)
    }

    /// The amount, when it is not below zero.
    pub const fn as_units(self) -> Option<u128> {
        if self.negative { None } else { Some(self.magnitude) }
    }

    /// `self + other`.
    pub fn checked_add(self, other: Self) -> Result<Self, OutOfRange> {
        if self.negative == other.negative {
            let sum = self.magnitude.checked_add(other.magnitude).ok_or(OutOfRange::Overflow)?;
            return Ok(Self::new(self.negative, sum));
        }
        let (large, small) =
            if self.magnitude >= other.magnitude { (self, other) } else { (other, self) };
        Ok(Self::new(large.negative, large.magnitude.saturating_sub(small.magnitude)))
    }

    /// `self - other`.
    pub fn checked_sub(self, other: Self) -> Result<Self, OutOfRange> {
        self.checked_add(other.negated())
    }

    /// Writes the stored form.
    pub fn write(self, out: &mut Writer<'_>) {
        out.bool(self.negative).u128(self.magnitude);
    }

    /// Reads the stored form.
    pub fn read(from: &mut Reader<'_>) -> Self {
        Self::new(from.bool(), from.u128())
    }
}

impl PartialOrd for Signed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Signed {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude.cmp(&other.magnitude),
            (true, true) => other.magnitude.cmp(&self.magnitude),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl<C> minicbor::Encode<C> for Signed {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let mut bytes = [0; 17];
        self.write(&mut Writer::new(&mut bytes));
        e.bytes(&bytes)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Signed {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = <[u8; 17]>::try_from(d.bytes()?)
            .map_err(|_| minicbor::decode::Error::message("a signed amount has 17 bytes"))?;
        Ok(Self::read(&mut Reader::new(&bytes)))
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        write!(f, "{}", self.magnitude)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    fn small(value: i128) -> Signed {
        Signed::new(value < 0, value.unsigned_abs())
    }

    #[test]
    fn zero_has_no_sign_and_the_ends_are_held() {
        assert_eq!(Signed::minus(0), Signed::ZERO);
        let most = Signed::plus(u128::MAX);
        assert_eq!(most.checked_add(Signed::plus(1)), Err(OutOfRange::Overflow));
        assert_eq!(most.checked_add(most.negated()), Ok(Signed::ZERO));
        assert_eq!(most.negated().checked_sub(Signed::plus(1)), Err(OutOfRange::Overflow));
        assert_eq!(Signed::minus(5).to_string(), "-5");
        assert_eq!(Signed::minus(5).as_units(), None);
    }

    proptest! {
        #[test]
        fn it_counts_as_the_integers_do(a in any::<i64>(), b in any::<i64>()) {
            let (x, y) = (i128::from(a), i128::from(b));
            prop_assert_eq!(small(x).checked_add(small(y)), Ok(small(x + y)));
            prop_assert_eq!(small(x).checked_sub(small(y)), Ok(small(x - y)));
            prop_assert_eq!(small(x).cmp(&small(y)), x.cmp(&y));
            let mut bytes = [0; 17];
            small(x).write(&mut Writer::new(&mut bytes));
            prop_assert_eq!(Signed::read(&mut Reader::new(&bytes)), small(x));
        }
    }
}
