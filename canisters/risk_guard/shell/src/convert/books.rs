//! What the books say, as the guard judges it.

use candid::Int;
use granary_api::portfolio as p;
use risk_guard_core::rules::treasury::Figure;
use risk_guard_core::types::{Timestamp, asset_id};

/// Decimal places of a value.
const VALUE_DECIMALS: u32 = 8;

/// One figure for each asset; none when the books contradict themselves.
pub fn figures(
    valuation: &p::Valuation,
    fees: &[p::Balance],
    assets: &[p::Asset],
) -> Option<Vec<Figure>> {
    let known = |id: u64| assets.iter().any(|asset| asset.id == id);
    let all_known = valuation.lines.iter().all(|line| known(line.asset));
    if !all_known || !fees.iter().all(|balance| known(balance.asset)) {
        return None;
    }
    assets.iter().map(|asset| figure(valuation, fees, asset)).collect()
}

fn figure(valuation: &p::Valuation, fees: &[p::Balance], asset: &p::Asset) -> Option<Figure> {
    let zero = || Int::from(0);
    let line = valuation.lines.iter().find(|line| line.asset == asset.id);
    let balance = line.map_or_else(zero, |line| line.balance_units.clone());
    let fees = fees.iter().find(|balance| balance.asset == asset.id);
    let fees = fees.map_or_else(zero, |balance| balance.balance_units.clone());
    // Booked and Suspense together are what the ledger holds; what is neither the treasury's nor
    // set aside for fees is somebody's.
    let assets = Int(&asset.booked_units.0 + &asset.suspense_units.0);
    let owed = Int(&asset.booked_units.0 - &balance.0 - &fees.0);
    let quote = line.and_then(|line| line.quote);
    let decimals = asset.decimals;
    Some(Figure {
        asset: asset_id(asset.id)?,
        balance: positive(&balance)?,
        assets: positive(&assets)?,
        owed: positive(&owed)?,
        decimals,
        price: quote.as_ref().map_or(Some(0), price)?,
        is_fresh: quote.as_ref().is_some_and(|quote| quote.status == p::PriceStatus::Fresh),
        priced_at: Timestamp::from_nanos(quote.as_ref().map_or(0, |quote| quote.fetched_at_ns)),
        deviation_bps: quote.as_ref().map_or(0, |quote| quote.deviation_bps),
    })
}

/// The number, 0 for one below; none when 128 bits do not hold it.
fn positive(value: &Int) -> Option<u128> {
    if value.0 < 0.into() {
        return Some(0);
    }
    u128::try_from(&value.0).ok()
}

/// The price of one whole token with eight decimal places, rounded up; none when 128 bits do not
/// hold it.
fn price(quote: &p::PriceQuote) -> Option<u128> {
    let rate = u128::from(quote.rate);
    if quote.decimals <= VALUE_DECIMALS {
        let scale = 10_u128.checked_pow(VALUE_DECIMALS.checked_sub(quote.decimals)?)?;
        return rate.checked_mul(scale);
    }
    // A scale beyond 128 bits leaves nothing of any rate, and nothing is rounded up to one.
    let scale = 10_u128.checked_pow(quote.decimals.checked_sub(VALUE_DECIMALS)?);
    Some(scale.map_or(1, |scale| rate.div_ceil(scale)))
}

#[cfg(test)]
mod tests {
    use candid::Principal;

    use super::*;

    fn asset(id: u64, booked: i64, suspense: i64) -> p::Asset {
        p::Asset {
            id,
            symbol: "X".to_owned(),
            decimals: 8,
            kind: p::AssetKind::Icrc { ledger: Principal::anonymous(), fee_units: 1_u8.into() },
            status: p::AssetStatus::Active,
            treasury: Principal::anonymous().into(),
            opened_at_ns: 0,
            booked_units: booked.into(),
            suspense_units: suspense.into(),
            suspense_since_ns: None,
        }
    }

    fn line(asset: u64, balance: i64, quote: Option<p::PriceQuote>) -> p::ValuationLine {
        let (value, quote_symbol) = (None, None);
        p::ValuationLine { asset, balance_units: balance.into(), value, quote, quote_symbol }
    }

    fn quote(rate: u64, decimals: u32, status: p::PriceStatus) -> p::PriceQuote {
        let (sources, deviation_bps, fetched_at_ns, age_ns) = (5, 12, 7, 1);
        p::PriceQuote { rate, decimals, sources, deviation_bps, fetched_at_ns, age_ns, status }
    }

    fn valuation(lines: Vec<p::ValuationLine>) -> p::Valuation {
        p::Valuation { lines, oldest_ns: None, may_raise: true, at_ns: 0 }
    }

    #[test]
    fn what_is_neither_the_treasury_s_nor_fees_is_owed() {
        let fees = [p::Balance { asset: 1, account: 2, balance_units: 30.into() }];
        let lines = vec![line(1, 600, Some(quote(12_000_000_000, 9, p::PriceStatus::Fresh)))];
        let found = figures(&valuation(lines), &fees, &[asset(1, 1_000, -50), asset(2, 0, 5)]);
        let found = found.expect("sound");
        assert_eq!((found[0].balance, found[0].assets, found[0].owed), (600, 950, 370));
        assert_eq!((found[0].price, found[0].is_fresh), (1_200_000_000, true));
        assert_eq!((found[0].deviation_bps, found[0].priced_at.as_nanos()), (12, 7));
        assert_eq!((found[1].balance, found[1].assets, found[1].owed), (0, 5, 0));
        assert_eq!((found[1].price, found[1].is_fresh), (0, false));
    }

    #[test]
    fn prices_are_rounded_up_to_eight_places() {
        let price_of = |rate, decimals| price(&quote(rate, decimals, p::PriceStatus::Stale));
        assert_eq!(price_of(3, 0), Some(300_000_000));
        assert_eq!(price_of(12_345_678_901, 9), Some(1_234_567_891));
        assert_eq!(price_of(1, 18), Some(1));
        assert_eq!(price_of(u64::MAX, 0), Some(u128::from(u64::MAX) * 100_000_000));
        assert_eq!(price_of(u64::MAX, u32::MAX), Some(1));
    }

    #[test]
    fn books_that_contradict_themselves_say_nothing() {
        let lines = || vec![line(3, 1, None)];
        assert_eq!(figures(&valuation(lines()), &[], &[asset(1, 1, 0)]), None);
        assert!(figures(&valuation(lines()), &[], &[asset(3, 1, 0)]).is_some());
        let below = figures(&valuation(vec![line(1, -5, None)]), &[], &[asset(1, -9, 0)]);
        let below = below.expect("sound");
        assert_eq!((below[0].balance, below[0].assets, below[0].owed), (0, 0, 0));
    }
}
