//! Cycles: what computation and storage cost.

use core::fmt;

use crate::OutOfRange;

/// A number of cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycles(u128);

impl Cycles {
    /// None.
    pub const ZERO: Self = Self(0);

    /// `value` cycles.
    pub const fn new(value: u128) -> Self {
        Self(value)
    }

    /// `value` trillion cycles; the usual unit of people.
    pub const fn trillions(value: u64) -> Result<Self, OutOfRange> {
        match widen(value).checked_mul(1_000_000_000_000) {
            Some(cycles) => Ok(Self(cycles)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// The number of cycles.
    pub const fn get(self) -> u128 {
        self.0
    }

    /// `self + other`.
    pub const fn checked_add(self, other: Self) -> Result<Self, OutOfRange> {
        match self.0.checked_add(other.0) {
            Some(sum) => Ok(Self(sum)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// `self - other`.
    pub const fn checked_sub(self, other: Self) -> Result<Self, OutOfRange> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Ok(Self(rest)),
            None => Err(OutOfRange::Underflow),
        }
    }
}

#[expect(clippy::as_conversions, reason = "u64 always fits u128; From is not const")]
const fn widen(value: u64) -> u128 {
    value as u128
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cycles", self.0)
    }
}

impl<C> minicbor::Encode<C> for Cycles {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        crate::cbor::u128::encode(&self.0, e, ctx)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Cycles {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        crate::cbor::u128::decode(d, ctx).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trillions_count_twelve_zeros() {
        assert_eq!(Cycles::trillions(2), Ok(Cycles::new(2_000_000_000_000)));
        assert_eq!(Cycles::new(7).to_string(), "7 cycles");
    }

    #[test]
    fn a_stored_balance_comes_back() {
        for value in [0, u128::from(u64::MAX), u128::MAX] {
            let bytes = minicbor::to_vec(Cycles::new(value)).expect("writing to a vector");
            assert_eq!(minicbor::decode::<Cycles>(&bytes).expect("own bytes").get(), value);
        }
    }

    #[test]
    fn a_debt_is_not_a_balance() {
        let (two, five) = (Cycles::new(2), Cycles::new(5));
        assert_eq!(two.checked_add(five), Ok(Cycles::new(7)));
        assert_eq!(five.checked_sub(two), Ok(Cycles::new(3)));
        assert_eq!(Cycles::ZERO.checked_sub(Cycles::new(1)), Err(OutOfRange::Underflow));
        assert_eq!(Cycles::new(u128::MAX).checked_add(Cycles::new(1)), Err(OutOfRange::Overflow));
    }
}
