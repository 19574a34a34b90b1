//! Prices: what is believed, for how long, and what can never raise a limit (P11).

use crate::support::{SECOND, START, World, at, fund, governor, operator, person, world};
use portfolio_core::errors::{PortfolioError, PriceFault, ProofFault};
use portfolio_core::records::{AssetClass, PriceSource, Refusal, Symbol};
use portfolio_core::rules::price::{Answer, PriceStatus};
use portfolio_core::store::PriceTicket;
use portfolio_core::types::{Duration, Owner, Signed, Timestamp};

const MINUTE: u64 = 60 * SECOND;
const BEGIN: u64 = START + 10 * MINUTE;

fn source() -> PriceSource {
    PriceSource {
        base: Symbol::new("ICP").expect("a symbol"),
        base_class: AssetClass::Cryptocurrency,
        quote: Symbol::new("USD").expect("a symbol"),
        quote_class: AssetClass::FiatCurrency,
        max_age: Duration::seconds(600),
        min_sources: 3,
        max_deviation_bps: 100,
        every: Duration::ZERO,
    }
}

fn priced() -> World {
    let (_, mut store) = world();
    let ctx = at(START, governor());
    store.set_peer(&ctx, "price_oracle", Some(person(50))).expect("a peer");
    store.set_price_source(&at(START, operator()), 1, source()).expect("a source");
    store
}

fn rate(now: u64) -> Answer {
    let timestamp = now / SECOND / 60 * 60;
    Answer { rate: 12_000_000_000, decimals: 9, deviation: 0, sources: 5, timestamp }
}

fn ask(store: &mut World, now: u64) -> PriceTicket {
    store.begin_price(&at(now, operator()), 1).expect("it may be asked")
}

fn told(
    store: &mut World,
    now: u64,
    answer: Result<Answer, Refusal>,
) -> Result<(), PortfolioError> {
    let ticket = ask(store, now);
    store.settle_price(&at(now + SECOND, operator()), &ticket, answer).map(|_| ())
}

fn status(store: &World, now: u64) -> (Option<PriceStatus>, bool) {
    let view = store.price(1, Timestamp::from_nanos(now)).expect("an asset");
    (view.status, view.may_raise)
}

fn refusal(result: Result<(), PortfolioError>) -> Refusal {
    match result {
        Err(PortfolioError::Proof(ProofFault::Price(PriceFault::Refused { refusal, .. }))) => {
            refusal
        }
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn a_quote_is_fresh_then_stale_and_only_fresh_raises() {
    let mut store = priced();
    assert_eq!(status(&store, BEGIN), (None, false));
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    assert_eq!(status(&store, BEGIN + SECOND), (Some(PriceStatus::Fresh), true));
    let minute = BEGIN / MINUTE * MINUTE;
    assert_eq!(status(&store, minute + 600 * SECOND), (Some(PriceStatus::Fresh), true));
    assert_eq!(status(&store, minute + 600 * SECOND + 1), (Some(PriceStatus::Stale), false));
    // A failure when it is stale is told once.
    let (before, _) = store.journal_head();
    assert_eq!(
        refusal(told(&mut store, BEGIN + 20 * MINUTE, Err(Refusal::Pending))),
        Refusal::Pending
    );
    assert_eq!(store.journal_head().0, before + 3, "asked, failed, stale");
    assert!(told(&mut store, BEGIN + 30 * MINUTE, Err(Refusal::Pending)).is_err());
    assert_eq!(store.journal_head().0, before + 5, "asked, failed");
}

#[test]
fn answers_that_cannot_be_believed_leave_the_old_quote() {
    let mut store = priced();
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    let good = store.price(1, Timestamp::from_nanos(BEGIN)).expect("there").row.quote;
    let mut now = BEGIN;
    let mut bad = |change: fn(&mut Answer), expected: Refusal| {
        now += 120 * MINUTE;
        let mut answer = rate(now);
        change(&mut answer);
        assert_eq!(refusal(told(&mut store, now, Ok(answer))), expected);
        let view = store.price(1, Timestamp::from_nanos(now)).expect("there");
        assert_eq!(view.row.quote, good);
    };
    bad(|answer| answer.sources = 2, Refusal::Inconsistent);
    // One unit above 1 % of the rate.
    bad(|answer| answer.deviation = 120_000_001, Refusal::Inconsistent);
    bad(|answer| answer.rate = 0, Refusal::Reply);
    bad(|answer| answer.decimals = 19, Refusal::Reply);
    bad(|answer| answer.timestamp += 3_600, Refusal::Reply);
    bad(|answer| answer.timestamp = 1, Refusal::Reply);
    bad(|answer| answer.timestamp = u64::MAX, Refusal::Reply);
    now += 120 * MINUTE;
    let mut edge = rate(now);
    edge.deviation = 120_000_000;
    edge.sources = 3;
    told(&mut store, now, Ok(edge)).expect("exactly at both bounds");
}

/// A contradicted quote may still be read while it is young, and raises nothing.
#[test]
fn a_contradiction_takes_the_right_to_raise() {
    let mut store = priced();
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    let later = BEGIN + 2 * MINUTE;
    assert!(told(&mut store, later, Err(Refusal::Inconsistent)).is_err());
    assert_eq!(status(&store, later), (Some(PriceStatus::Fresh), false));
    let after = later + 5 * MINUTE;
    told(&mut store, after, Ok(rate(after))).expect("they agree again");
    assert_eq!(status(&store, after), (Some(PriceStatus::Fresh), true));
}

#[test]
fn the_oracle_is_left_alone() {
    let mut store = priced();
    let ticket = ask(&mut store, BEGIN);
    assert!(store.begin_price(&at(BEGIN + 5 * MINUTE, operator()), 1).is_err(), "one is open");
    // The answer never came: the lease ends, and its late answer counts for nothing.
    let second = ask(&mut store, BEGIN + 11 * MINUTE);
    let late = store.settle_price(&at(BEGIN + 11 * MINUTE, operator()), &ticket, Ok(rate(BEGIN)));
    assert_eq!(late, Err(PriceFault::AttemptOver { attempt: ticket.attempt }.into()));
    let now = BEGIN + 11 * MINUTE + SECOND;
    let limited = store.settle_price(&at(now, operator()), &second, Err(Refusal::RateLimited));
    let retry_after_ns = 60 * SECOND;
    let refused = PriceFault::Refused { refusal: Refusal::RateLimited, retry_after_ns };
    assert_eq!(limited, Err(refused.into()));
    let soon = store.begin_price(&at(now + 20 * SECOND, operator()), 1).map(|_| ());
    let wait = PriceFault::TooSoon { retry_after_ns: 40 * SECOND };
    assert_eq!(soon, Err(wait.into()));
    // Each further refusal doubles the wait, up to an hour and four minutes.
    let mut now = now + 60 * SECOND;
    for waits in [2, 4, 8, 16, 32, 64, 64_u64] {
        let ticket = ask(&mut store, now);
        let over = store.settle_price(&at(now, operator()), &ticket, Err(Refusal::RateLimited));
        let retry_after_ns = waits * MINUTE;
        let refused = PriceFault::Refused { refusal: Refusal::RateLimited, retry_after_ns };
        assert_eq!(over, Err(refused.into()));
        now += retry_after_ns;
    }
}

#[test]
fn a_frozen_price_moves_for_nobody() {
    let mut store = priced();
    let unknown = store.freeze_price(&at(BEGIN, operator()), 2);
    assert_eq!(unknown, Err(PriceFault::NoSource { asset: 2 }.into()));
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    let ticket = ask(&mut store, BEGIN + 2 * MINUTE);
    store.freeze_price(&at(BEGIN + 2 * MINUTE, operator()), 1).expect("not frozen");
    assert_eq!(status(&store, BEGIN + 2 * MINUTE), (Some(PriceStatus::Frozen), false));
    let frozen = PortfolioError::from(PriceFault::State { frozen: true });
    let ctx = at(BEGIN + 3 * MINUTE, operator());
    assert_eq!(store.begin_price(&ctx, 1).map(|_| ()), Err(frozen.clone()));
    assert_eq!(store.freeze_price(&ctx, 1), Err(frozen));
    let late = store.settle_price(&ctx, &ticket, Ok(rate(BEGIN)));
    assert_eq!(late, Err(PriceFault::AttemptOver { attempt: ticket.attempt }.into()));
    assert!(store.thaw_price(&ctx, 1).is_err(), "a governor's right");
    store.thaw_price(&at(BEGIN + 3 * MINUTE, governor()), 1).expect("frozen");
    let again = store.thaw_price(&at(BEGIN + 3 * MINUTE, governor()), 1);
    assert_eq!(again, Err(PriceFault::State { frozen: false }.into()));
    assert_eq!(status(&store, BEGIN + 3 * MINUTE), (Some(PriceStatus::Fresh), true));
}

#[test]
fn a_source_that_cannot_be_is_refused_and_another_source_has_no_price_yet() {
    let mut store = priced();
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    let ctx = at(BEGIN + MINUTE, operator());
    let cases: [(&str, PriceSource); 5] = [
        ("max_age_ns", PriceSource { max_age: Duration::ZERO, ..source() }),
        ("min_sources", PriceSource { min_sources: 0, ..source() }),
        ("max_deviation_bps", PriceSource { max_deviation_bps: 10_001, ..source() }),
        ("every_ns", PriceSource { every: Duration::seconds(59), ..source() }),
        (
            "quote",
            PriceSource {
                quote: source().base,
                quote_class: AssetClass::Cryptocurrency,
                ..source()
            },
        ),
    ];
    for (field, source) in cases {
        let refused = store.set_price_source(&ctx, 1, source);
        assert_eq!(refused, Err(PriceFault::SourceInvalid { field }.into()));
    }
    let stricter = PriceSource { max_age: Duration::seconds(30), ..source() };
    store.set_price_source(&ctx, 1, stricter).expect("a source");
    assert_eq!(status(&store, BEGIN + 5 * MINUTE).0, Some(PriceStatus::Stale), "the same quote");
    let other = PriceSource { base: Symbol::new("BTC").expect("a symbol"), ..source() };
    let ticket = ask(&mut store, BEGIN + 5 * MINUTE);
    store.set_price_source(&ctx, 1, other).expect("a source");
    assert_eq!(status(&store, BEGIN + 5 * MINUTE).0, None);
    // The answer to the old question is not the new asset's price.
    let now = at(BEGIN + 6 * MINUTE, operator());
    let late = store.settle_price(&now, &ticket, Ok(rate(BEGIN)));
    assert_eq!(late, Err(PriceFault::AttemptOver { attempt: ticket.attempt }.into()));
}

#[test]
fn a_valuation_carries_the_age_of_its_oldest_quote() {
    let mut store = priced();
    fund(&mut store, Owner::User(7), 1, 2_500_000);
    let empty = store.valuation(Owner::User(7), Timestamp::from_nanos(BEGIN)).expect("whole");
    assert_eq!((empty.may_raise, empty.oldest), (false, None));
    told(&mut store, BEGIN, Ok(rate(BEGIN))).expect("a good answer");
    let now = BEGIN / MINUTE * MINUTE + 90 * SECOND;
    let valued = store.valuation(Owner::User(7), Timestamp::from_nanos(now)).expect("whole");
    // 2.5 at 12 each, with eight places.
    assert_eq!(valued.lines[0].value, Some(Signed::plus(3_000_000_000)));
    assert_eq!((valued.may_raise, valued.oldest), (true, Some(Duration::seconds(90))));
    // A second asset without a price makes the whole unfit to raise anything.
    fund(&mut store, Owner::User(7), 2, 1);
    let mixed = store.valuation(Owner::User(7), Timestamp::from_nanos(now)).expect("whole");
    assert!(!mixed.may_raise);
    let nobody = store.valuation(Owner::User(1_000), Timestamp::from_nanos(now)).expect("whole");
    assert_eq!((nobody.lines.len(), nobody.may_raise), (0, true));
}
