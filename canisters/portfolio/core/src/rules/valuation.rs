//! What a balance is worth: rounded towards zero, exact to [`limits::VALUE_DECIMALS`] places.

use granary_proof::bitcoin::number::U256;

use crate::limits;
use crate::records::Quote;
use crate::types::Signed;

/// The value of `balance` smallest units of an asset with `decimals` places, in smallest units of
/// the quote with [`limits::VALUE_DECIMALS`] places; none when 128 bits do not hold it.
pub fn value(balance: Signed, decimals: u8, quote: &Quote) -> Option<Signed> {
    let places = u32::from(decimals).checked_add(quote.decimals)?;
    let mut product = wide(balance.magnitude()).checked_mul(quote.rate)?;
    if places >= limits::VALUE_DECIMALS {
        for _ in limits::VALUE_DECIMALS..places {
            product = product.checked_div(10)?;
        }
    } else {
        for _ in places..limits::VALUE_DECIMALS {
            product = product.checked_mul(10)?;
        }
    }
    Some(Signed::new(balance.is_negative(), narrow(product)?))
}

fn wide(value: u128) -> U256 {
    let mut bytes = [0; 32];
    let (_, low) = bytes.split_at_mut(16);
    low.copy_from_slice(&value.to_be_bytes());
    U256::from_be_bytes(&bytes)
}

fn narrow(value: U256) -> Option<u128> {
    let bytes = value.to_be_bytes();
    let (high, low) = bytes.split_at(16);
    let fits = high.iter().all(|byte| *byte == 0);
    let low = low.first_chunk().copied()?;
    fits.then_some(u128::from_be_bytes(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Timestamp;

    fn quote(rate: u64, decimals: u32) -> Quote {
        let fetched_at = Timestamp::from_nanos(0);
        Quote { rate, decimals, sources: 5, deviation_bps: 1, fetched_at }
    }

    #[test]
    fn values_are_exact_and_rounded_towards_zero() {
        // 2.5 ICP at 12.345678901 USD: 30.8641972525, cut to eight places.
        let value_of = |balance| value(balance, 8, &quote(12_345_678_901, 9));
        assert_eq!(value_of(Signed::plus(250_000_000)), Some(Signed::plus(3_086_419_725)));
        assert_eq!(value_of(Signed::minus(250_000_000)), Some(Signed::minus(3_086_419_725)));
        assert_eq!(value_of(Signed::minus(0)), Some(Signed::ZERO));
        // Few places on both sides are filled up.
        assert_eq!(value(Signed::plus(3), 0, &quote(2, 0)), Some(Signed::plus(600_000_000)));
    }

    #[test]
    fn what_does_not_fit_is_none() {
        let all = Signed::plus(u128::MAX);
        assert_eq!(value(all, 8, &quote(1_000_000_000, 9)), Some(all));
        assert_eq!(value(all, 8, &quote(1_000_000_001, 9)), None);
        assert_eq!(value(all, 36, &quote(u64::MAX, 18)).map(Signed::is_zero), Some(false));
        assert_eq!(value(all, 0, &quote(u64::MAX, 0)), None);
    }
}
