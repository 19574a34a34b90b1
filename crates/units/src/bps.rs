//! Shares of a whole in basis points.

use core::fmt;

use crate::OutOfRange;
use crate::ratio::{Rounding, mul_div};

/// A share between nothing and the whole, in hundredths of a percent (0 to 10,000).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bps(u16);

impl Bps {
    /// Nothing of it.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// A share of `value` basis points; refused above 10,000.
    pub const fn new(value: u16) -> Result<Self, OutOfRange> {
        if value > Self::WHOLE.0 { Err(OutOfRange::AboveWhole) } else { Ok(Self(value)) }
    }

    /// The number of basis points.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The share `part` is of `whole`; refused when `whole` is zero or smaller than `part`.
    pub fn of(part: u128, whole: u128, rounding: Rounding) -> Result<Self, OutOfRange> {
        let raw = mul_div(part, u128::from(Self::WHOLE.0), whole, rounding)?;
        u16::try_from(raw).map_err(|_| OutOfRange::AboveWhole).and_then(Self::new)
    }

    /// What is left of the whole.
    pub const fn complement(self) -> Self {
        match Self::WHOLE.0.checked_sub(self.0) {
            Some(rest) => Self(rest),
            None => Self::ZERO,
        }
    }
}

impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bps", self.0)
    }
}

impl<C> minicbor::Encode<C> for Bps {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u16(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Bps {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(d.u16()?).map_err(|_| minicbor::decode::Error::message("more than 10000 bps"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_never_exceeds_the_whole() {
        assert_eq!(Bps::new(10_000), Ok(Bps::WHOLE));
        assert_eq!(Bps::new(10_001), Err(OutOfRange::AboveWhole));
        assert_eq!(Bps::of(3, 2, Rounding::Down), Err(OutOfRange::AboveWhole));
        assert_eq!(Bps::of(1, 0, Rounding::Down), Err(OutOfRange::DivisionByZero));
        assert_eq!(Bps::of(1, 3, Rounding::Down), Bps::new(3_333));
        assert_eq!(Bps::of(1, 3, Rounding::Up), Bps::new(3_334));
    }

    #[test]
    fn the_complement_completes() {
        let share = Bps::new(2_500).expect("a quarter");
        assert_eq!(share.complement().get(), 7_500);
        assert_eq!(share.to_string(), "2500 bps");
    }

    #[test]
    fn a_stored_share_above_the_whole_is_refused() {
        let bytes = minicbor::to_vec(10_001_u16).expect("writing to a vector");
        assert!(minicbor::decode::<Bps>(&bytes).is_err());
        let whole = minicbor::to_vec(Bps::WHOLE).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Bps>(&whole).expect("own bytes"), Bps::WHOLE);
    }
}
