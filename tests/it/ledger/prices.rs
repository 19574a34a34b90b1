//! The price feed: answers, cycles, faults.

use std::time::Duration;

use granary_api::{
    exchange_rate::{ExchangeRateError, GetExchangeRateRequest},
    price_feed::{ControlError, Faults},
};
use granary_tests::{
    clock::SECOND,
    engine::GENESIS_NS,
    people::Who,
    price_feed::{self, Messenger, PriceFeed, crypto, fiat, quote, request},
};
use pocket_ic::PocketIc;

use super::controller;

const ATTACHED: u128 = 1_000_000_000;

fn network() -> PocketIc {
    let _ = price_feed::wasm();
    super::network()
}

fn icp() -> GetExchangeRateRequest {
    request(&crypto("ICP"), &fiat("USD"))
}

fn install(network: &PocketIc) -> (PriceFeed<'_>, Messenger<'_>) {
    let rate = quote(&crypto("ICP"), &fiat("USD"), 4_200_000_000);
    let feed = PriceFeed::install(network, controller(), &[rate]);
    (feed, Messenger::install(network, controller()))
}

#[test]
fn a_rate_costs_cycles_and_the_rest_comes_back() {
    let network = network();
    let (feed, messenger) = install(&network);
    let (answer, refund) = messenger.ask(feed.canister, &icp()).expect("an answer");
    let rate = answer.expect("a rate");
    assert_eq!((rate.rate, rate.metadata.decimals), (4_200_000_000, 9));
    let minute = GENESIS_NS / SECOND / 60 * 60;
    assert_eq!(rate.timestamp, minute, "a rate is for a whole minute");
    assert_eq!(refund, ATTACHED - 260_000_000, "fetched");
    let (_, refund) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert_eq!(refund, ATTACHED - 20_000_000, "known");
    let usage = feed.usage();
    assert_eq!((usage.requests, usage.rates, usage.charged_cycles), (2, 2, 280_000_000));
}

#[test]
fn users_cannot_pay_and_nobody_must_sign_in() {
    let network = network();
    let (feed, _) = install(&network);
    let user = feed.ask(Who::Stranger.principal(), &icp());
    assert_eq!(user, Err(ExchangeRateError::NotEnoughCycles));
    let anonymous = feed.ask(Who::Anonymous.principal(), &icp());
    assert_eq!(anonymous, Err(ExchangeRateError::AnonymousPrincipalNotAllowed));
    let rate = quote(&crypto("ICP"), &fiat("USD"), 1);
    let set = feed.set_rate_by(Who::Stranger.principal(), &rate);
    assert_eq!(set, Err(ControlError::NotAllowed));
}

#[test]
fn failures_cost_little_and_end() {
    let network = network();
    let (feed, messenger) = install(&network);
    let error = Some(ExchangeRateError::InconsistentRatesReceived);
    feed.set_faults(&Faults { error, failing_calls: 1, ..Faults::default() });
    let (answer, refund) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert_eq!(answer, Err(ExchangeRateError::InconsistentRatesReceived));
    assert_eq!(refund, ATTACHED - 1_000_000);
    let (answer, _) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert!(answer.is_ok());
    let unknown = request(&crypto("DOGE"), &fiat("USD"));
    let (answer, _) = messenger.ask(feed.canister, &unknown).expect("an answer");
    assert_eq!(answer, Err(ExchangeRateError::CryptoBaseAssetNotFound));
}

#[test]
fn a_frozen_feed_stays_frozen_over_an_upgrade() {
    let network = network();
    let (feed, messenger) = install(&network);
    let then = GENESIS_NS / SECOND;
    feed.set_faults(&Faults { frozen_at: Some(then), ..Faults::default() });
    network.advance_time(Duration::from_hours(1));
    let by = Some(controller());
    let nothing = candid::encode_args(()).unwrap();
    network.upgrade_canister(feed.canister, price_feed::wasm(), nothing, by).expect("an upgrade");
    let (answer, _) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert_eq!(answer.map(|rate| rate.timestamp), Ok(then));
    feed.set_faults(&Faults::default());
    let (answer, _) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert_eq!(answer.map(|rate| rate.timestamp / 60), Ok(then / 60 + 60));
}

#[test]
fn a_lost_answer_is_paid_for() {
    let network = network();
    let (feed, messenger) = install(&network);
    feed.set_faults(&Faults { lost_replies: 1, ..Faults::default() });
    let lost = messenger.ask(feed.canister, &icp()).expect_err("the answer is lost");
    assert!(lost.reject_message.contains("the answer is lost"), "{lost}");
    assert_eq!(feed.usage().charged_cycles, 260_000_000);
    let (answer, _) = messenger.ask(feed.canister, &icp()).expect("an answer");
    assert!(answer.is_ok());
}

#[test]
fn more_requests_than_a_minute_takes_are_refused() {
    let network = network();
    let (feed, messenger) = install(&network);
    feed.set_faults(&Faults { requests_per_minute: Some(1), ..Faults::default() });
    let ask = || messenger.ask(feed.canister, &icp()).expect("an answer").0;
    assert!(ask().is_ok());
    assert_eq!(ask(), Err(ExchangeRateError::RateLimited));
    network.advance_time(Duration::from_mins(1));
    assert!(ask().is_ok());
}
