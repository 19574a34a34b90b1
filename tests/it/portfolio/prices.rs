//! Prices from an exchange-rate canister, its refusals, and what they do to a valuation.

use granary_api::{exchange_rate as x, portfolio as p, price_feed};
use granary_errors::Category;
use granary_tests::{
    clock::SECOND,
    people::Who,
    price_feed::{PriceFeed, crypto, fiat, quote},
    reply::{Answer, Expect},
    subject::PORTFOLIO,
    world::World,
};

use super::{fund, token};

const MINUTE: u64 = 60 * SECOND;

struct Stage<'w> {
    world: &'w World,
    feed: PriceFeed<'w>,
    asset: u64,
}

impl<'w> Stage<'w> {
    fn set(world: &'w World) -> Self {
        let rate = quote(&crypto("ICP"), &fiat("USD"), 12_000_000_000);
        let controller = Who::Controller.principal();
        let feed = PriceFeed::install(world.network(), controller, &[rate]);
        let governor = world.caller(Who::Governor);
        governor.set_peer("price_oracle", Some(feed.canister)).value("where the oracle is");
        let asset = token(world, "ICP");
        let source = p::PriceSource {
            base: crypto("ICP"),
            quote: fiat("USD"),
            max_age_ns: 10 * MINUTE,
            min_sources: 3,
            max_deviation_bps: 100,
            every_ns: 0,
        };
        let args = p::SetPriceSourceArgs { asset, source };
        world.caller(Who::Operator).receipt("set_price_source", &args).value("a source");
        Self { world, feed, asset }
    }

    fn refresh(&self) -> Answer<granary_api::common::Receipt> {
        let args = p::PriceArgs { asset: self.asset };
        self.world.caller(Who::Operator).receipt("refresh_price", &args)
    }

    fn price(&self) -> p::Price {
        let args = p::PriceArgs { asset: self.asset };
        self.world.caller(Who::Stranger).query("get_price", &args).value("a price")
    }

    /// The oracle refuses; the reason is in the details and in the price.
    fn refused(&self, error: Option<x::ExchangeRateError>, reason: &str) {
        let faults = price_feed::Faults {
            failing_calls: u32::from(error.is_some()),
            error,
            ..price_feed::Faults::default()
        };
        self.feed.set_faults(&faults);
        self.world.advance(70 * MINUTE);
        let error = self.refresh().refused(Category::SystemError, reason);
        assert_eq!(error.code(), "portfolio.price.refused");
        assert_eq!(self.price().refusal.as_deref(), Some(reason));
    }
}

#[test]
fn a_price_is_taken_ages_and_values() {
    let world = crate::world_of(&PORTFOLIO);
    let stage = Stage::set(&world);
    let owner = p::AccountOwner::User(7);
    fund(&world, owner.clone(), stage.asset, 250_000_000);
    let valued = || -> p::Valuation {
        let args = p::ValuationArgs { owner: owner.clone() };
        world.caller(Who::Reader).query("get_valuation", &args).value("a valuation")
    };
    assert!(!valued().may_raise && valued().lines[0].value.is_none());
    let cycles = world.network().cycle_balance(world.canister);
    stage.refresh().value("a rate");
    let spent = cycles - world.network().cycle_balance(world.canister);
    assert!(spent < 1_500_000_000, "what was not charged came back, but {spent} is gone");
    let price = stage.price();
    let taken = price.quote.expect("a quote");
    assert_eq!((taken.rate, taken.sources, taken.deviation_bps), (12_000_000_000, 7, 10));
    assert_eq!((taken.status, price.may_raise), (p::PriceStatus::Fresh, true));
    // 2.5 at 12 each, with eight places.
    assert_eq!(valued().lines[0].value, Some(3_000_000_000_i64.into()));
    assert!(valued().may_raise);
    assert_eq!(stage.refresh().code("a moment ago"), "portfolio.price.too_soon");
    world.advance(11 * MINUTE);
    let aged = stage.price();
    assert_eq!(aged.quote.expect("it stays").status, p::PriceStatus::Stale);
    assert!(!aged.may_raise && !valued().may_raise);
    assert!(valued().oldest_ns.expect("an age") > 10 * MINUTE);
}

#[test]
fn every_refusal_of_the_oracle_is_told_apart() {
    let world = crate::world_of(&PORTFOLIO);
    let stage = Stage::set(&world);
    stage.refresh().value("a rate");
    let known = stage.price().quote.map(|quote| (quote.rate, quote.fetched_at_ns));
    let cases = [
        (x::ExchangeRateError::Pending, "Pending"),
        (x::ExchangeRateError::RateLimited, "RateLimited"),
        (x::ExchangeRateError::InconsistentRatesReceived, "Inconsistent"),
        (x::ExchangeRateError::CryptoBaseAssetNotFound, "UnknownBase"),
        (x::ExchangeRateError::ForexQuoteAssetNotFound, "UnknownQuote"),
        (x::ExchangeRateError::StablecoinRateTooFewRates, "NoRate"),
        (x::ExchangeRateError::NotEnoughCycles, "Cycles"),
        (x::ExchangeRateError::AnonymousPrincipalNotAllowed, "NotAllowed"),
        (
            x::ExchangeRateError::Other(x::OtherError { code: 7, description: "?".to_owned() }),
            "Other",
        ),
    ];
    for (error, reason) in cases {
        stage.refused(Some(error), reason);
    }
    let after = stage.price().quote.map(|quote| (quote.rate, quote.fetched_at_ns));
    assert_eq!(after, known, "the old quote stays");
    // Sources that disagree too much for us are inconsistent, though the feed found a rate.
    let mut wild = quote(&crypto("ICP"), &fiat("USD"), 13_000_000_000);
    wild.metadata.standard_deviation = 130_000_001;
    stage.feed.set_rate(&wild);
    stage.refused(None, "Inconsistent");
    wild.metadata.standard_deviation = 0;
    wild.metadata.base_asset_num_received_rates = 2;
    stage.feed.set_rate(&wild);
    stage.refused(None, "Inconsistent");
    wild.metadata.base_asset_num_received_rates = 3;
    stage.feed.set_rate(&wild);
    world.advance(70 * MINUTE);
    stage.refresh().value("they agree");
    assert_eq!(stage.price().failures, 0);
}

#[test]
fn a_frozen_price_and_a_stopped_oracle() {
    let world = crate::world_of(&PORTFOLIO);
    let stage = Stage::set(&world);
    stage.refresh().value("a rate");
    let args = p::PriceArgs { asset: stage.asset };
    let operator = world.caller(Who::Operator);
    operator.receipt("freeze_price", &args).value("not frozen");
    world.advance(2 * MINUTE);
    assert_eq!(stage.refresh().code("frozen"), "portfolio.price.state");
    let frozen = stage.price();
    assert_eq!(frozen.quote.expect("it stays").status, p::PriceStatus::Frozen);
    assert!(!frozen.may_raise);
    assert_eq!(operator.receipt("thaw_price", &args).code("no right"), "common.not_allowed");
    world.caller(Who::Governor).receipt("thaw_price", &args).value("frozen");
    let controller = Some(Who::Controller.principal());
    world.network().stop_canister(stage.feed.canister, controller).unwrap();
    let error = stage.refresh().refused(Category::SystemError, "the oracle is stopped");
    assert_eq!(error.code(), "portfolio.price.refused");
    assert!(matches!(stage.price().refusal.as_deref(), Some("Unreachable" | "Unknown")));
    world.network().start_canister(stage.feed.canister, controller).unwrap();
    world.advance(5 * MINUTE);
    stage.refresh().value("it is there again");
}
