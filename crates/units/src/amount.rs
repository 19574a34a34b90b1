//! Money: a count of the smallest units of one asset, with the asset in the type.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::ratio::{Rounding, mul_div};
use crate::{Bps, OutOfRange};

/// An asset, or any other thing that comes in indivisible units.
pub trait Unit {
    /// What one unit is called, for people (`e8s`, `micro-USD`).
    const SYMBOL: &'static str;
}

/// A number of indivisible units of `U`.
///
/// Two amounts of different units do not compare, add or convert:
///
/// ```compile_fail
/// use granary_units::{Amount, Unit};
/// struct E8s;
/// impl Unit for E8s { const SYMBOL: &'static str = "e8s"; }
/// struct Cents;
/// impl Unit for Cents { const SYMBOL: &'static str = "cents"; }
/// let _ = Amount::<E8s>::new(1).checked_add(Amount::<Cents>::new(1));
/// ```
pub struct Amount<U> {
    value: u128,
    unit: PhantomData<fn() -> U>,
}

impl<U> Amount<U> {
    /// No units at all.
    pub const ZERO: Self = Self::new(0);
    /// The largest amount the type can hold.
    pub const MAX: Self = Self::new(u128::MAX);

    /// `value` smallest units.
    pub const fn new(value: u128) -> Self {
        Self { value, unit: PhantomData }
    }

    /// The number of smallest units.
    pub const fn get(self) -> u128 {
        self.value
    }

    /// True for an amount of nothing.
    pub const fn is_zero(self) -> bool {
        self.value == 0
    }

    /// `self + other`.
    pub const fn checked_add(self, other: Self) -> Result<Self, OutOfRange> {
        match self.value.checked_add(other.value) {
            Some(sum) => Ok(Self::new(sum)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// `self - other`.
    pub const fn checked_sub(self, other: Self) -> Result<Self, OutOfRange> {
        match self.value.checked_sub(other.value) {
            Some(rest) => Ok(Self::new(rest)),
            None => Err(OutOfRange::Underflow),
        }
    }

    /// `self * factor`.
    pub const fn checked_mul(self, factor: u128) -> Result<Self, OutOfRange> {
        match self.value.checked_mul(factor) {
            Some(product) => Ok(Self::new(product)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// The sum of all amounts of `items`.
    pub fn checked_sum(items: impl IntoIterator<Item = Self>) -> Result<Self, OutOfRange> {
        items.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// `self * numerator / denominator`, computed without loss and rounded once.
    pub fn mul_div(
        self,
        numerator: u128,
        denominator: u128,
        rounding: Rounding,
    ) -> Result<Self, OutOfRange> {
        mul_div(self.value, numerator, denominator, rounding).map(Self::new)
    }

    /// The share `bps` of this amount.
    pub fn share(self, bps: Bps, rounding: Rounding) -> Result<Self, OutOfRange> {
        self.mul_div(u128::from(bps.get()), u128::from(Bps::WHOLE.get()), rounding)
    }
}

impl<U> Clone for Amount<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Amount<U> {}

impl<U> Default for Amount<U> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<U> PartialEq for Amount<U> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<U> Eq for Amount<U> {}

impl<U> PartialOrd for Amount<U> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<U> Ord for Amount<U> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<U> Hash for Amount<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<U: Unit> fmt::Debug for Amount<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<U: Unit> fmt::Display for Amount<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, U::SYMBOL)
    }
}

impl<U, C> minicbor::Encode<C> for Amount<U> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        crate::cbor::u128::encode(&self.value, e, ctx)
    }
}

impl<'b, U, C> minicbor::Decode<'b, C> for Amount<U> {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        crate::cbor::u128::decode(d, ctx).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Cents;
    impl Unit for Cents {
        const SYMBOL: &'static str = "cents";
    }

    #[test]
    fn arithmetic_names_the_way_out_of_range() {
        let one = Amount::<Cents>::new(1);
        assert_eq!(Amount::MAX.checked_add(one), Err(OutOfRange::Overflow));
        assert_eq!(Amount::ZERO.checked_sub(one), Err(OutOfRange::Underflow));
        assert_eq!(Amount::<Cents>::MAX.checked_mul(2), Err(OutOfRange::Overflow));
        assert_eq!(Amount::checked_sum([Amount::MAX, one]), Err(OutOfRange::Overflow));
        assert_eq!(Amount::checked_sum([one, one, one]), Ok(Amount::new(3)));
    }

    #[test]
    fn a_share_rounds_as_it_is_told() {
        let amount = Amount::<Cents>::new(10_001);
        let bps = Bps::new(5_000).expect("half of a whole");
        assert_eq!(amount.share(bps, Rounding::Down), Ok(Amount::new(5_000)));
        assert_eq!(amount.share(bps, Rounding::Up), Ok(Amount::new(5_001)));
    }

    #[test]
    fn amounts_add_up_and_compare() {
        let (two, five) = (Amount::<Cents>::new(2), Amount::<Cents>::new(5));
        assert_eq!(two.checked_add(five), Ok(Amount::new(7)));
        assert_eq!(five.checked_sub(two), Ok(Amount::new(3)));
        assert_eq!(five.checked_mul(4), Ok(Amount::new(20)));
        assert_eq!(two.cmp(&five), Ordering::Less);
        assert_eq!(two.cmp(&Amount::new(2)), Ordering::Equal);
        assert_eq!(Amount::<Cents>::default(), Amount::ZERO);
        assert!(Amount::<Cents>::ZERO.is_zero() && !two.is_zero());
    }

    #[test]
    fn a_stored_amount_comes_back() {
        for value in [0, 7, u128::from(u64::MAX), u128::MAX] {
            let amount = Amount::<Cents>::new(value);
            let bytes = minicbor::to_vec(amount).expect("writing to a vector");
            assert_eq!(minicbor::decode::<Amount<Cents>>(&bytes).expect("own bytes"), amount);
        }
    }

    #[test]
    fn people_see_the_unit() {
        assert_eq!(Amount::<Cents>::new(42).to_string(), "42 cents");
    }
}
