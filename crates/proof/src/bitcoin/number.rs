//! 256-bit numbers, as far as targets and work need them.

use core::cmp::Ordering;

/// A number below 2^256: four limbs of 64 bits, the lowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct U256([u64; 4]);

impl U256 {
    /// Nothing.
    pub const ZERO: Self = Self([0; 4]);
    /// One.
    pub const ONE: Self = Self([1, 0, 0, 0]);
    /// 2^256 − 1.
    pub const MAX: Self = Self([u64::MAX; 4]);

    /// A small number.
    pub const fn from_u64(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }

    /// The number whose lowest byte comes first, which is how Bitcoin reads a hash.
    pub fn from_le_bytes(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0; 4];
        let (parts, _) = bytes.as_chunks::<8>();
        for (limb, part) in limbs.iter_mut().zip(parts) {
            *limb = u64::from_le_bytes(*part);
        }
        Self(limbs)
    }

    /// The highest byte first.
    pub fn to_be_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        let (parts, _) = out.as_chunks_mut::<8>();
        for (part, limb) in parts.iter_mut().zip(self.0.iter().rev()) {
            *part = limb.to_be_bytes();
        }
        out
    }

    /// Reads [`Self::to_be_bytes`].
    pub fn from_be_bytes(bytes: &[u8; 32]) -> Self {
        let mut turned = *bytes;
        turned.reverse();
        Self::from_le_bytes(&turned)
    }

    /// The sum; none at 2^256.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let mut carry = false;
        let limbs = pairwise(self, other, |left, right| {
            let (sum, first) = left.overflowing_add(right);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            sum
        });
        (!carry).then_some(limbs)
    }

    /// The difference; none below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let mut borrow = false;
        let limbs = pairwise(self, other, |left, right| {
            let (rest, first) = left.overflowing_sub(right);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            rest
        });
        (!borrow).then_some(limbs)
    }

    /// The product with a small number; none at 2^256.
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        let mut carry = 0_u128;
        let limbs = self.0.map(|limb| {
            // (2^64 − 1)² + 2^64 − 1 fits 128 bits.
            let product = u128::from(limb).saturating_mul(factor.into()).saturating_add(carry);
            carry = product >> 64;
            low(product)
        });
        (carry == 0).then_some(Self(limbs))
    }

    /// The quotient by a small number; none by zero.
    pub fn checked_div(self, divisor: u64) -> Option<Self> {
        let (mut rest, mut limbs) = (0_u128, [0; 4]);
        for (out, limb) in limbs.iter_mut().zip(self.0).rev() {
            let part = (rest << 64) | u128::from(limb);
            *out = low(part.checked_div(divisor.into())?);
            rest = part.checked_rem(divisor.into())?;
        }
        Some(Self(limbs))
    }

    /// All bits turned.
    const fn not(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([!a, !b, !c, !d])
    }

    const fn bit(self, index: u32) -> bool {
        let [a, b, c, d] = self.0;
        let limb = match index >> 6 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        (limb >> (index & 63)) & 1 == 1
    }

    /// Number of bits up to the highest that is set.
    pub fn bits(self) -> u32 {
        let mut above = 256_u32;
        for limb in self.0.iter().rev() {
            above = above.saturating_sub(limb.leading_zeros());
            if *limb != 0 {
                return above;
            }
        }
        0
    }

    /// Twice the number and a bit; what leaves at the top is lost.
    fn doubled(self, bit: bool) -> Self {
        let mut carry = u64::from(bit);
        Self(self.0.map(|limb| {
            let out = (limb << 1) | carry;
            carry = limb >> 63;
            out
        }))
    }

    /// The quotient, bit by bit; none by zero.
    pub fn checked_div_long(self, divisor: Self) -> Option<Self> {
        if divisor == Self::ZERO {
            return None;
        }
        let (mut quotient, mut rest) = (Self::ZERO, Self::ZERO);
        for index in (0..self.bits()).rev() {
            let overflows = rest.bit(255);
            rest = rest.doubled(self.bit(index));
            let fits = overflows || rest >= divisor;
            if fits {
                rest = rest.wrapping_sub(divisor);
            }
            quotient = quotient.doubled(fits);
        }
        Some(quotient)
    }

    fn wrapping_sub(self, other: Self) -> Self {
        let mut borrow = false;
        pairwise(self, other, |left, right| {
            let (rest, first) = left.overflowing_sub(right);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            rest
        })
    }

    /// Expected number of hashes to find one at or below this target: `2^256 / (target + 1)`.
    pub fn work_of_target(self) -> Self {
        // 2^256 does not fit, so: (2^256 − target − 1) / (target + 1) + 1.
        let Some(above) = self.checked_add(Self::ONE) else { return Self::ONE };
        let quotient = self.not().checked_div_long(above).unwrap_or(Self::MAX);
        quotient.checked_add(Self::ONE).unwrap_or(Self::MAX)
    }
}

fn pairwise(left: U256, right: U256, mut limb: impl FnMut(u64, u64) -> u64) -> U256 {
    let mut out = left.0;
    for (out, right) in out.iter_mut().zip(right.0) {
        *out = limb(*out, right);
    }
    U256(out)
}

/// The lowest 64 bits.
fn low(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(value: u128) -> U256 {
        let mut bytes = [0; 32];
        bytes[16..].copy_from_slice(&value.to_be_bytes());
        U256::from_be_bytes(&bytes)
    }

    #[test]
    fn the_edges_hold() {
        assert_eq!(U256::MAX.checked_add(U256::ONE), None);
        assert_eq!(U256::ZERO.checked_sub(U256::ONE), None);
        assert_eq!(U256::MAX.checked_mul(2), None);
        assert_eq!(U256::MAX.checked_div(0), None);
        assert_eq!(U256::ONE.checked_div_long(U256::ZERO), None);
        assert_eq!(U256::MAX.checked_div_long(U256::MAX), Some(U256::ONE));
        assert_eq!(U256::MAX.bits(), 256);
        assert_eq!(U256::ZERO.bits(), 0);
        assert_eq!(U256::MAX.work_of_target(), U256::ONE);
        assert_eq!(U256::ZERO.work_of_target(), U256::MAX);
    }

    /// 2^256 / (2^255 + 1) is 1 and something; of 2^255 − 1 it is exactly 2.
    #[test]
    fn work_rounds_down() {
        let mut half = [0xff; 32];
        half[0] = 0x7f;
        assert_eq!(U256::from_be_bytes(&half).work_of_target(), U256::from_u64(2));
        let mut more = [0; 32];
        more[0] = 0x80;
        assert_eq!(U256::from_be_bytes(&more).work_of_target(), U256::ONE);
    }

    proptest! {
        #[test]
        fn small_numbers_agree_with_the_machine(left: u128, right: u128, factor: u64) {
            let sum = left.checked_add(right).map(wide);
            prop_assert!(sum.is_none() || wide(left).checked_add(wide(right)) == sum);
            prop_assert_eq!(wide(left).checked_sub(wide(right)), left.checked_sub(right).map(wide));
            let product = left.checked_mul(factor.into()).map(wide);
            prop_assert!(product.is_none() || wide(left).checked_mul(factor) == product);
            prop_assert_eq!(wide(left).checked_div(factor),
                left.checked_div(factor.into()).map(wide));
            prop_assert_eq!(wide(left).checked_div_long(wide(right)),
                left.checked_div(right).map(wide));
            prop_assert_eq!(wide(left).cmp(&wide(right)), left.cmp(&right));
        }

        #[test]
        fn the_two_divisions_agree(bytes: [u8; 32], divisor in 1..=u64::MAX) {
            let number = U256::from_be_bytes(&bytes);
            prop_assert_eq!(number.checked_div(divisor),
                number.checked_div_long(U256::from_u64(divisor)));
            prop_assert_eq!(number.to_be_bytes(), bytes);
        }
    }
}
