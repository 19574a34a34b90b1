//! Answers and charges of the feed.

use granary_api::exchange_rate::{ExchangeRateMetadata, OtherError};

use super::*;

const NOW: u64 = 1_767_225_630;
const MINUTE: u64 = 1_767_225_600;

fn crypto(symbol: &str) -> Asset {
    Asset { symbol: symbol.to_owned(), class: AssetClass::Cryptocurrency }
}

fn fiat(symbol: &str) -> Asset {
    Asset { symbol: symbol.to_owned(), class: AssetClass::FiatCurrency }
}

fn asks(base: Asset, quote: Asset) -> GetExchangeRateRequest {
    GetExchangeRateRequest { base_asset: base, quote_asset: quote, timestamp: None }
}

fn caller() -> Principal {
    Principal::from_slice(&[1])
}

fn feed() -> Feed {
    let mut feed = Feed::new(Principal::from_slice(&[9]));
    let metadata = ExchangeRateMetadata {
        decimals: 9,
        base_asset_num_queried_sources: 8,
        base_asset_num_received_rates: 7,
        quote_asset_num_queried_sources: 1,
        quote_asset_num_received_rates: 1,
        standard_deviation: 12,
        forex_timestamp: None,
    };
    let quote = Quote {
        base_asset: crypto("ICP"),
        quote_asset: fiat("USD"),
        rate: 4_321_000_000,
        metadata,
    };
    feed.set_rate(quote).expect("a rate");
    feed
}

fn ask(feed: &mut Feed, request: &GetExchangeRateRequest) -> (GetExchangeRateResult, u128) {
    feed.decide(NOW, caller(), REQUEST_CYCLES, request)
}

#[test]
fn the_first_request_of_a_minute_pays_for_the_fetching() {
    let mut feed = feed();
    let request = asks(crypto("ICP"), fiat("USD"));
    let (answer, charge) = ask(&mut feed, &request);
    let rate = answer.expect("a rate");
    assert_eq!((rate.rate, rate.timestamp), (4_321_000_000, MINUTE));
    assert_eq!(charge, 260_000_000);
    assert_eq!(ask(&mut feed, &request).1, 20_000_000);
    assert_eq!(feed.usage, Usage { requests: 2, rates: 2, charged_cycles: 280_000_000 });
}

#[test]
fn without_an_identity_or_enough_cycles_nothing_is_charged() {
    let mut feed = feed();
    let request = asks(crypto("ICP"), fiat("USD"));
    let anonymous = feed.decide(NOW, Principal::anonymous(), REQUEST_CYCLES, &request);
    assert_eq!(anonymous, (Err(ExchangeRateError::AnonymousPrincipalNotAllowed), 0));
    let poor = feed.decide(NOW, caller(), REQUEST_CYCLES - 1, &request);
    assert_eq!(poor, (Err(ExchangeRateError::NotEnoughCycles), 0));
}

#[test]
fn what_is_unknown_is_named() {
    let mut feed = feed();
    let cases = [
        (crypto("NONE"), fiat("USD"), ExchangeRateError::CryptoBaseAssetNotFound),
        (crypto("ICP"), crypto("BTC"), ExchangeRateError::CryptoQuoteAssetNotFound),
        (crypto("ICP"), fiat("EUR"), ExchangeRateError::ForexQuoteAssetNotFound),
        (fiat("EUR"), fiat("USD"), ExchangeRateError::ForexBaseAssetNotFound),
        (fiat("EUR"), fiat("CHF"), ExchangeRateError::ForexAssetsNotFound),
    ];
    for (base, quote, error) in cases {
        assert_eq!(ask(&mut feed, &asks(base, quote)), (Err(error), FAILURE_CYCLES));
    }
    let later =
        GetExchangeRateRequest { timestamp: Some(NOW + 1), ..asks(crypto("ICP"), fiat("USD")) };
    assert_eq!(ask(&mut feed, &later).0, Err(ExchangeRateError::ForexInvalidTimestamp));
}

#[test]
fn faults_come_in_their_number_and_go() {
    let mut feed = feed();
    let request = asks(crypto("ICP"), fiat("USD"));
    let error = ExchangeRateError::Other(OtherError { code: 7, description: "x".to_owned() });
    feed.faults = Faults { error: Some(error.clone()), failing_calls: 2, ..Faults::default() };
    assert_eq!(ask(&mut feed, &request), (Err(error.clone()), FAILURE_CYCLES));
    assert_eq!(ask(&mut feed, &request).0, Err(error));
    assert!(ask(&mut feed, &request).0.is_ok());
}

#[test]
fn a_frozen_feed_tells_an_old_time_and_a_slow_one_is_pending_first() {
    let mut feed = feed();
    let request = asks(crypto("ICP"), fiat("USD"));
    feed.faults = Faults { frozen_at: Some(MINUTE - 600), ..Faults::default() };
    assert_eq!(ask(&mut feed, &request).0.map(|rate| rate.timestamp), Ok(MINUTE - 600));
    feed.faults = Faults { pending_first: true, ..Faults::default() };
    assert!(ask(&mut feed, &request).0.is_ok(), "this minute was asked for before");
    let later = |feed: &mut Feed| feed.decide(NOW + 60, caller(), REQUEST_CYCLES, &request);
    assert_eq!(later(&mut feed), (Err(ExchangeRateError::Pending), FAILURE_CYCLES));
    assert!(later(&mut feed).0.is_ok());
}

#[test]
fn the_limit_is_by_the_minute() {
    let mut feed = feed();
    let request = asks(crypto("ICP"), fiat("USD"));
    feed.faults = Faults { requests_per_minute: Some(2), ..Faults::default() };
    let mut at = |seconds| feed.decide(seconds, caller(), REQUEST_CYCLES, &request).0;
    assert!(at(NOW).is_ok() && at(NOW + 29).is_ok());
    assert_eq!(at(NOW + 29), Err(ExchangeRateError::RateLimited));
    assert!(at(NOW + 30).is_ok(), "a new minute");
}
