//! The books behind the guard: balances, prices, solvency, and what silence does.

use granary_api::{portfolio as p, risk_guard as r};
use granary_tests::{
    clock::{HOUR, MINUTE},
    digest,
    engine::Engine,
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::{PORTFOLIO, RISK_GUARD, SetRole},
    world::World,
};

use super::{denied, held, open_alerts, reserve, status, tokens};
use crate::localnet;

/// Books with a token in the treasury, and a guard that may read them.
struct Pair {
    books: World,
    guard: World,
}

impl Pair {
    fn new() -> Self {
        let network = std::sync::Arc::new(Engine::shared(localnet()).instance());
        let [books, guard] = [&PORTFOLIO, &RISK_GUARD].map(|subject| {
            let world = World::on(&network, subject);
            world.install_encoded((subject.init)());
            world
        });
        let (role, holder) = (p::Role::Reader, guard.canister);
        let reader = SetRole { role, holder, granted: true };
        books.caller(Who::Governor).receipt("set_role", &reader).value("the guard reads");
        let asset = p::RegisterAssetArgs {
            symbol: "TKN".to_owned(),
            decimals: 8,
            kind: p::AssetKind::Icrc { ledger: person("ledger"), fee_units: 10_u8.into() },
            treasury: person("treasury").into(),
            first_block: None,
        };
        books.caller(Who::Operator).receipt("register_asset", &asset).value("an asset");
        Self { books, guard }
    }

    fn post(&self, owner: p::AccountOwner, tokens: i64) {
        let outside = p::AccountOwner::External(fixtures::hash("outside"));
        let leg = |owner, units: i64| p::Posting { owner, asset: 1, delta_units: units.into() };
        let units = tokens * 100_000_000;
        let args = p::PostEntryArgs {
            kind: p::EntryKind::Deposit,
            intent: None,
            external_ref: None,
            postings: vec![leg(owner, units), leg(outside, -units)],
            idempotency_key: None,
        };
        self.books.caller(Who::Execution).receipt("post_entry", &args).value("posted");
    }

    /// Tells the guard where the books are.
    fn introduce(&self) {
        let governor = self.guard.caller(Who::Governor);
        governor.set_peer("portfolio", Some(self.books.canister)).value("where the books are");
    }

    fn solvency(&self) -> r::Solvency {
        let answer = self.guard.caller(Who::Auditor).query("get_solvency", &());
        answer.value("what is known")
    }
}

#[test]
fn shares_are_taken_of_what_the_books_say_when_the_outflow_asks() {
    let pair = Pair::new();
    pair.post(p::AccountOwner::Treasury, 400);
    held(&pair.guard, &tokens(1, 10));
    assert_eq!(status(&pair.guard, 1).balance_units, None, "nobody was asked");
    pair.introduce();
    // A quarter of 400 tokens a day, of which 10 are taken.
    let denial = denied(&pair.guard, &tokens(2, 91));
    assert_eq!((denial.rule.as_str(), denial.remaining_units), ("window", 9_000_000_000));
    let known = status(&pair.guard, 1);
    assert_eq!(known.balance_units, Some(40_000_000_000));
    assert_eq!(known.windows[1].capacity_units, Some(10_000_000_000));
    held(&pair.guard, &tokens(2, 90));
    // The job asks again, and more came in.
    pair.post(p::AccountOwner::Treasury, 400);
    for _ in 0..4 {
        pair.guard.advance(5 * MINUTE);
    }
    held(&pair.guard, &tokens(3, 100));
    fixtures::assert_valid(&pair.guard);
}

#[test]
fn books_that_are_silent_change_no_limit() {
    let pair = Pair::new();
    pair.post(p::AccountOwner::Treasury, 400);
    pair.introduce();
    held(&pair.guard, &tokens(1, 10));
    let controller = Some(Who::Controller.principal());
    pair.guard.network().stop_canister(pair.books.canister, controller).expect("stops");
    pair.guard.advance(HOUR);
    // What is known is old: it still tightens, and nothing else is decided by silence.
    let denial = denied(&pair.guard, &tokens(2, 91));
    assert_eq!((denial.rule.as_str(), denial.remaining_units), ("window", 9_000_000_000));
    held(&pair.guard, &tokens(3, 5));
    held(&pair.guard, &r::OutflowArgs { asset: 2, ..tokens(4, 1_000) });
    let alerts = open_alerts(&pair.guard);
    assert!(alerts.iter().any(|alert| alert.kind == "TreasuryUnknown"), "{alerts:?}");
    assert!(pair.solvency().failures > 0);
    pair.guard.network().start_canister(pair.books.canister, controller).expect("starts");
    for _ in 0..30 {
        pair.guard.advance(5 * MINUTE);
    }
    let alerts = open_alerts(&pair.guard);
    assert!(alerts.iter().all(|alert| alert.kind != "TreasuryUnknown"), "{alerts:?}");
    assert_eq!(pair.solvency().failures, 0);
    fixtures::assert_valid(&pair.guard);
}

#[test]
fn less_than_is_owed_stops_grants_and_not_people() {
    let pair = Pair::new();
    pair.post(p::AccountOwner::Treasury, 100);
    pair.post(p::AccountOwner::User(7), 300);
    pair.introduce();
    let operator = pair.guard.caller(Who::Operator);
    operator.update_plain::<granary_api::common::Receipt>("refresh_treasury").value("an answer");
    let sound = pair.solvency();
    let row = sound.assets[0];
    assert_eq!((sound.solvent, row.assets_units), (true, 40_000_000_000));
    assert_eq!((row.liabilities_units, row.ratio_bps), (30_000_000_000, Some(13_333)));
    // The ledger is said to hold 150 less than is booked: Suspense is below zero.
    let leg = |owner, tokens: i64| p::Posting {
        owner,
        asset: 1,
        delta_units: (tokens * 100_000_000).into(),
    };
    let outside = p::AccountOwner::External(fixtures::hash("outside"));
    let args = p::PostEntryArgs {
        kind: p::EntryKind::Adjustment,
        intent: None,
        external_ref: None,
        postings: vec![leg(p::AccountOwner::Suspense, -150), leg(outside, 150)],
        idempotency_key: None,
    };
    pair.books.caller(Who::Operator).receipt("post_entry", &args).value("an adjustment");
    pair.guard.advance(MINUTE);
    operator.update_plain::<granary_api::common::Receipt>("refresh_treasury").value("an answer");
    assert!(!pair.solvency().solvent);
    assert_eq!(denied(&pair.guard, &tokens(1, 1)).rule, "solvency");
    let person = r::OutflowArgs { purpose: r::Purpose::Manual, ..tokens(2, 1) };
    assert!(matches!(reserve(&pair.guard, &person), r::Verdict::Held(_)), "people may leave");
    let alerts = open_alerts(&pair.guard);
    assert!(
        alerts
            .iter()
            .any(|alert| { alert.kind == "SolvencyLow" && alert.level == r::AlertLevel::Critical })
    );
    fixtures::assert_valid(&pair.guard);
}

#[test]
fn c10_nothing_that_lasts_changes_amid_a_drain() {
    let pair = Pair::new();
    pair.introduce();
    let governor = pair.guard.caller(Who::Governor);
    let until = pair.guard.now_ns() + HOUR;
    governor.prepare_upgrade(1, until).value("drained");
    let before = digest::state(&pair.guard);
    for _ in 0..4 {
        pair.guard.advance(5 * MINUTE);
    }
    assert_eq!(digest::state(&pair.guard), before, "it asked or told something");
    governor.resume(1, false).value("it works again");
    pair.guard.advance(MINUTE);
    assert!(pair.solvency().judged_at_ns.is_some(), "it asks at once, not with the next look");
}
