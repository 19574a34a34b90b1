//! Multiply, then divide, without losing the middle.

use crate::OutOfRange;

/// What happens to the remainder of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards zero: the payer keeps the rest.
    Down,
    /// Away from zero: the payee gets the rest.
    Up,
    /// To the nearest, halves away from zero: for figures shown to people.
    HalfUp,
}

/// `value * numerator / denominator` with a 256-bit product and one rounding.
///
/// Refuses a zero denominator and a quotient above `u128::MAX`.
pub fn mul_div(
    value: u128,
    numerator: u128,
    denominator: u128,
    rounding: Rounding,
) -> Result<u128, OutOfRange> {
    if denominator == 0 {
        return Err(OutOfRange::DivisionByZero);
    }
    let (quotient, remainder) = match value.checked_mul(numerator) {
        Some(product) => (
            product.checked_div(denominator).ok_or(OutOfRange::DivisionByZero)?,
            product.checked_rem(denominator).ok_or(OutOfRange::DivisionByZero)?,
        ),
        None => divide_wide(wide_product(value, numerator), denominator)?,
    };
    let up = match rounding {
        Rounding::Down => false,
        Rounding::Up => remainder != 0,
        // remainder >= denominator - remainder says 2 * remainder >= denominator without overflow.
        Rounding::HalfUp => remainder != 0 && remainder >= denominator.saturating_sub(remainder),
    };
    if up { quotient.checked_add(1).ok_or(OutOfRange::Overflow) } else { Ok(quotient) }
}

/// A 256-bit number.
#[derive(Clone, Copy)]
struct Wide {
    high: u128,
    low: u128,
}

const HALF_BITS: u32 = 64;
const HALF_MASK: u128 = u128::MAX >> HALF_BITS;

/// The full product of two 128-bit numbers, by school multiplication on 64-bit halves.
///
/// No partial sum can overflow: each is at most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
fn wide_product(a: u128, b: u128) -> Wide {
    let (a_high, a_low) = (a >> HALF_BITS, a & HALF_MASK);
    let (b_high, b_low) = (b >> HALF_BITS, b & HALF_MASK);
    let low = a_low.wrapping_mul(b_low);
    let middle = a_high.wrapping_mul(b_low).wrapping_add(low >> HALF_BITS);
    let cross = a_low.wrapping_mul(b_high).wrapping_add(middle & HALF_MASK);
    Wide {
        high: a_high
            .wrapping_mul(b_high)
            .wrapping_add(middle >> HALF_BITS)
            .wrapping_add(cross >> HALF_BITS),
        low: (cross << HALF_BITS) | (low & HALF_MASK),
    }
}

/// Quotient and remainder by shift and subtract; refuses a quotient of more than 128 bits.
fn divide_wide(dividend: Wide, divisor: u128) -> Result<(u128, u128), OutOfRange> {
    if dividend.high >= divisor {
        return Err(OutOfRange::Overflow);
    }
    let mut remainder = dividend.high;
    let mut quotient: u128 = 0;
    for bit in (0..u128::BITS).rev() {
        let carry = remainder >> (HALF_BITS + 63) == 1;
        remainder = (remainder << 1) | ((dividend.low >> bit) & 1);
        quotient <<= 1;
        // With the carry the true remainder is 2^128 + remainder, so wrapping is right.
        if carry || remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    Ok((quotient, remainder))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, prop_oneof, proptest};
    use proptest::strategy::Strategy;

    use super::*;

    /// Long arithmetic on decimal digits of base 2^32, as slow and as plain as possible.
    fn oracle(value: u128, numerator: u128, denominator: u128) -> Option<(u128, u128)> {
        let digits = |n: u128| (0..4).map(|i| (n >> (32 * i)) & 0xffff_ffff).collect::<Vec<_>>();
        let (a, b) = (digits(value), digits(numerator));
        let mut product = [0_u128; 9];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0;
            for (j, y) in b.iter().enumerate() {
                let sum = product[i + j] + x * y + carry;
                product[i + j] = sum & 0xffff_ffff;
                carry = sum >> 32;
            }
            product[i + 4] += carry;
        }
        // Bit by bit with a remainder that is kept as (carry, low).
        let (mut remainder, mut quotient) = (0_u128, [0_u8; 288]);
        for position in (0..288_usize).rev() {
            let bit = (product[position / 32] >> (position % 32)) & 1;
            let overflow = remainder.leading_zeros() == 0;
            remainder = remainder.wrapping_mul(2).wrapping_add(bit);
            if overflow || remainder >= denominator {
                remainder = remainder.wrapping_sub(denominator);
                quotient[position] = 1;
            }
        }
        if quotient[128..].contains(&1) {
            return None;
        }
        let low = (0..128).fold(0_u128, |n, i| n | (u128::from(quotient[i]) << i));
        Some((low, remainder))
    }

    fn number() -> impl Strategy<Value = u128> {
        prop_oneof![
            any::<u128>(),
            any::<u64>().prop_map(u128::from),
            (0_u128..5).prop_map(|d| u128::MAX - d),
            0_u128..5,
            (0_u32..128).prop_map(|s| 1_u128 << s),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_long_arithmetic(a in number(), b in number(), c in number()) {
            let down = mul_div(a, b, c, Rounding::Down);
            if c == 0 {
                prop_assert_eq!(down, Err(OutOfRange::DivisionByZero));
                return Ok(());
            }
            match oracle(a, b, c) {
                None => prop_assert_eq!(down, Err(OutOfRange::Overflow)),
                Some((quotient, remainder)) => {
                    prop_assert_eq!(down, Ok(quotient));
                    let plus = quotient.checked_add(1).ok_or(OutOfRange::Overflow);
                    let up = if remainder == 0 { Ok(quotient) } else { plus };
                    prop_assert_eq!(mul_div(a, b, c, Rounding::Up), up);
                    let half = remainder > 0 && remainder >= c - remainder;
                    let nearest = if half { plus } else { Ok(quotient) };
                    prop_assert_eq!(mul_div(a, b, c, Rounding::HalfUp), nearest);
                }
            }
        }
    }

    #[test]
    fn the_edges() {
        assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX, Rounding::Down), Ok(u128::MAX));
        assert_eq!(mul_div(u128::MAX, 2, 1, Rounding::Down), Err(OutOfRange::Overflow));
        assert_eq!(mul_div(5, 1, 2, Rounding::HalfUp), Ok(3));
        assert_eq!(mul_div(4, 1, 3, Rounding::HalfUp), Ok(1));
    }
}
