//! Time through the `PocketIC` client: it stands still unless moved.

use std::time::Duration;

use candid::Principal;
use pocket_ic::Time;

use crate::support::{builder, install, nanoseconds, network, refused, sample};

const ANYONE: Principal = Principal::anonymous();
/// The earliest time a network starts at.
const GENESIS_NS: u64 = 1_620_328_630_000_000_000;

fn at(ns: u64) -> Time {
    Time::from_nanos_since_unix_epoch(ns)
}

#[test]
fn time_starts_where_asked() {
    assert_eq!(network().get_time(), at(GENESIS_NS + 1));
    let later = GENESIS_NS + 123_456_789;
    let network = builder().with_application_subnet().with_initial_time(at(later)).build();
    assert_eq!(network.get_time(), at(later + 1));
    let canister = install(&network, sample());
    let reply = network.query_call(canister, ANYONE, "clock_now", vec![]).unwrap();
    assert!((later..later + 1_000).contains(&nanoseconds(&reply)));
}

#[test]
fn a_network_does_not_start_before_its_genesis() {
    let text = refused(|| {
        let early = GENESIS_NS - 1;
        drop(builder().with_application_subnet().with_initial_time(at(early)).build());
    });
    let expected = "The initial timestamp (unix timestamp in nanoseconds) must be no earlier than \
                    1620328630000000000 (provided 1620328629999999999).";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_new_network_answers_queries() {
    let network = network();
    let canister = install(&network, sample());
    let fresh = crate::support::network();
    let error = fresh.query_call(canister, ANYONE, "value", vec![]).unwrap_err();
    assert!(error.reject_message.contains("not found"), "{error}");
    assert!(network.query_call(canister, ANYONE, "value", vec![]).is_ok());
}

#[test]
fn time_moves_as_set_and_as_advanced() {
    let network = network();
    let canister = install(&network, sample());
    let clock = || nanoseconds(&network.update_call(canister, ANYONE, "clock", vec![]).unwrap());
    let base = GENESIS_NS + 3_600_000_000_000;
    network.set_time(at(base));
    assert_eq!(network.get_time(), at(base));
    assert!((base..base + 100).contains(&clock()));
    network.advance_time(Duration::from_secs(42));
    assert!((base + 42_000_000_000..base + 42_000_000_100).contains(&clock()));
}

#[test]
fn the_certified_time_is_what_queries_see_at_once() {
    let network = network();
    let canister = install(&network, sample());
    let base = GENESIS_NS + 7_200_000_000_000;
    network.set_certified_time(at(base));
    let reply = network.query_call(canister, ANYONE, "clock_now", vec![]).unwrap();
    assert!((base..base + 100).contains(&nanoseconds(&reply)));
}

#[test]
fn time_does_not_go_back() {
    let text = refused(|| {
        let network = network();
        network.set_time(at(GENESIS_NS + 2_000));
        network.set_time(at(GENESIS_NS + 1_000));
    });
    assert!(text.contains("SettingTimeIntoPast"), "{text}");
}
