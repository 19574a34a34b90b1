//! Courses over the store that the model does not draw: what is told by alerts, breakers and their
//! probes, the books, upgrades, and the edges of input.

use crate::support::{
    DAY, HOUR, START, World, announcement, asset, at, change_of, commit, execution, figure,
    governor, guardian, install_args, operator, person, refresh, release, reserve, rich, sealing,
    tick, wanted, world,
};
use granary_kernel::{CanisterStore, Fault, Profile, limits as kernel};
use granary_resilience::failure::{Failure, FailureKind};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;
use risk_guard_core::errors::{GuardError, InputFault, Missing, StateFault};
use risk_guard_core::invariants;
use risk_guard_core::records::policy::PolicyChange;
use risk_guard_core::records::{AlertRow, Mode};
use risk_guard_core::rules::alert::Vitals;
use risk_guard_core::rules::reserve::Verdict;
use risk_guard_core::rules::treasury::Because;
use risk_guard_core::store::{Question, Upgrade, Wanted};
use risk_guard_core::types::{
    AlertKind, AlertState, AnnouncementState, Level, Principal, ReservationState, Rule, Scope,
    Service,
};

fn open_alerts(store: &World) -> Vec<(AlertKind, Level, u64)> {
    let page = store.list_alerts(true, None, 100).expect("a page");
    page.items.into_iter().map(|(_, row)| (row.kind, row.level, row.subject)).collect()
}

fn state(store: &World, intent: u64) -> ReservationState {
    store.reservation_of(intent).expect("known").1.state
}

#[test]
fn r2_a_reservation_is_consumed_once_and_says_so_again() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 900)));
    let first = store.commit_outflow(&at(START + 1, execution()), 1).expect("held");
    let events = store.journal_head().0;
    let again = store.commit_outflow(&at(START + 9, execution()), 1).expect("known");
    assert_eq!((first, events), (again, store.journal_head().0));
    let refused = store.release_outflow(&at(START + 10, execution()), 1).expect_err("it left");
    let allowed = &[ReservationState::Held, ReservationState::Expired];
    let actual = ReservationState::Committed;
    assert_eq!(refused, StateFault::Reservation { actual, allowed }.into());
    assert!(!reserve(&mut store, START + 11, &wanted(2, 700)), "600 of the hour are left");
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r2_what_expires_gives_back_and_late_money_counts_and_alarms() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 900)));
    tick(&mut store, START + 26 * HOUR - 1);
    assert_eq!(state(&store, 1), ReservationState::Held, "longer than a ledger's window");
    tick(&mut store, START + 26 * HOUR);
    assert_eq!(state(&store, 1), ReservationState::Expired);
    let now = START + 27 * HOUR;
    assert!(reserve(&mut store, now, &wanted(2, 1_000)));
    commit(&mut store, now, 1);
    assert!(open_alerts(&store).contains(&(AlertKind::LateCommit, Level::Warning, 1)));
    let used = store.limits_status(&at(now, operator()), 1).expect("an asset").windows[0].used;
    assert_eq!(used, 1_900, "above the limit of 1,500: it has left");
    assert!(!reserve(&mut store, now, &wanted(3, 1)));
    release(&mut store, now, 2);
    commit(&mut store, now + 1, 2);
    let critical = (AlertKind::CommitAfterRelease, Level::Critical, 1);
    assert!(open_alerts(&store).contains(&critical));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r2_the_late_clock_keeps_nothing_held() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 900)));
    let other = Wanted { destination: [8; 32], ..wanted(1, 900) };
    let now = START + 26 * HOUR;
    assert!(reserve(&mut store, now, &other), "another outflow of the same intent");
    assert_eq!(store.reservation_of(1).expect("known").0.wire(), 2);
    let page = store.list_reservations(false, None, 10).expect("a page").items;
    assert_eq!(page[0].1.state, ReservationState::Expired);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r2_a_late_commit_without_a_beat_is_told() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 100)));
    commit(&mut store, START + 26 * HOUR, 1);
    assert_eq!(open_alerts(&store), [(AlertKind::LateCommit, Level::Warning, 1)]);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r6_a_reservation_is_a_probe_and_its_commitment_closes_the_breaker() {
    let (_, mut store) = world();
    let exec = |now| at(now, execution());
    let ledger = Service::Ledger(asset(1));
    let rule = risk_guard_core::rules::treasury::policy(Profile::Production).breaker;
    for _ in 0..rule.failure_threshold {
        store.record_outcome(&exec(START), ledger, false, None).expect("told");
    }
    let verdict = store.reserve_outflow(&exec(START + 1), &wanted(1, 10)).expect("an answer");
    let Verdict::Denied(denial) = verdict else { panic!("{verdict:?}") };
    let reopens = Timestamp::from_nanos(START).saturating_add(rule.open_for);
    assert_eq!((denial.rule, denial.retry_at), (Rule::Breaker, Some(reopens)));
    assert_eq!(open_alerts(&store), [(AlertKind::CircuitOpen, Level::Warning, ledger.slot())]);
    assert!(reserve(&mut store, START + 1, &Wanted { asset: 2, ..wanted(7, 10) }), "its own only");
    let mut now = START + rule.open_for.as_nanos();
    let probes = u64::from(rule.probe_budget);
    for intent in 1..=probes {
        assert!(reserve(&mut store, now, &wanted(intent, 10)), "{intent}");
    }
    assert!(!reserve(&mut store, now, &wanted(probes + 1, 10)), "the budget is used up");
    assert_eq!(invariants::check_all(&store), []);
    for intent in 1..=u64::from(rule.success_threshold) {
        now += 1;
        if intent > probes {
            assert!(reserve(&mut store, now, &wanted(intent, 10)));
        }
        commit(&mut store, now, intent);
    }
    assert_eq!(store.service(ledger).breaker.state().name(), "closed");
    assert_eq!(open_alerts(&store), []);
    assert_eq!(store.totals().open_breakers, 0);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r6_an_outcome_that_was_told_is_not_told_again_by_the_commitment() {
    let (_, mut store) = world();
    let exec = at(START, execution());
    let ledger = Service::Ledger(asset(1));
    assert!(reserve(&mut store, START, &wanted(1, 10)));
    store.record_outcome(&exec, ledger, false, Some(1)).expect("told");
    let before = store.service(ledger);
    commit(&mut store, START + 1, 1);
    assert_eq!(store.service(ledger), before);
    let elsewhere = store.record_outcome(&exec, Service::Ledger(asset(2)), true, Some(1));
    assert_eq!(elsewhere.expect_err("of asset 1"), Missing::Reservation { intent: 1 }.into());
}

#[test]
fn r11_an_announcement_is_used_once_and_comes_back_with_what_did_not_leave() {
    let (_, mut store) = world();
    let from = START + 3 * DAY;
    let gov = at(START, governor());
    let id = store.announce_outflow(&gov, announcement(900, from, from + DAY), None);
    let id = id.expect("early enough").id;
    let planned = |intent| Wanted { announcement: Some(id), ..wanted(intent, 900) };
    assert!(!reserve(&mut store, from - 1, &planned(1)), "not ripe");
    for intent in 10..15 {
        reserve(&mut store, from, &wanted(intent, 300));
    }
    assert!(!reserve(&mut store, from, &wanted(20, 1)), "the hour is full");
    assert!(reserve(&mut store, from, &planned(1)), "past the windows");
    assert!(!reserve(&mut store, from, &planned(2)), "one intent has it");
    release(&mut store, from + 1, 1);
    let state = |store: &World| store.announcement(id).expect("known").1.state;
    assert_eq!(state(&store), AnnouncementState::Announced);
    assert!(reserve(&mut store, from + 2, &planned(2)));
    commit(&mut store, from + 3, 2);
    assert_eq!(state(&store), AnnouncementState::Used);
    tick(&mut store, from + 2 * DAY);
    assert_eq!(state(&store), AnnouncementState::Used);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r12_insolvency_is_learnt_from_the_books_and_unlearnt() {
    let (_, mut store) = world();
    let mut short = figure(1, 10_000);
    short.owed = 10_001;
    refresh(&mut store, START, vec![short, figure(2, 5)]);
    assert!(store.totals().is_insolvent);
    assert!(!reserve(&mut store, START + 1, &wanted(1, 1)));
    let person = Wanted { purpose: risk_guard_core::types::Purpose::Manual, ..wanted(2, 1) };
    assert!(reserve(&mut store, START + 1, &person), "people may leave");
    let alert = (AlertKind::SolvencyLow, Level::Critical, 0);
    assert!(open_alerts(&store).contains(&alert));
    refresh(&mut store, START + 2, vec![figure(1, 10_000)]);
    assert!(reserve(&mut store, START + 3, &wanted(1, 1)));
    assert!(!open_alerts(&store).contains(&alert));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn r8_old_balances_are_asked_for_anew_and_silence_changes_no_limit() {
    let (_, mut store) = world();
    let ctx = |now| at(now, operator());
    assert!(store.wants_refresh(&ctx(START), 1), "never asked");
    refresh(&mut store, START, vec![figure(1, 1_000)]);
    assert!(!store.wants_refresh(&ctx(START + 600_000_000_000), 1));
    assert!(store.wants_refresh(&ctx(START + 600_000_000_001), 1));
    assert!(!store.wants_refresh(&ctx(START), 3), "not named: nothing to ask for");
    let now = START + HOUR;
    let (_, ticket) = store.begin_refresh(&ctx(now), Because::Outflow).expect("none is open");
    let silence = Failure::new(FailureKind::Timeout, "no answer");
    store.settle_refresh(&ctx(now + 1), ticket, Err(silence)).expect("the newest");
    assert_eq!(store.asset(asset(1)).known.balance, 1_000, "what was known tightens still");
    assert!(!reserve(&mut store, now + 2, &wanted(1, 201)), "a fifth of it");
    assert!(reserve(&mut store, now + 2, &wanted(1, 200)));
    assert!(reserve(&mut store, now + 2, &Wanted { asset: 2, ..wanted(2, 1_000) }), "absolute");
    let unknown = open_alerts(&store);
    assert!(unknown.iter().any(|(kind, ..)| *kind == AlertKind::TreasuryUnknown), "{unknown:?}");
}

#[test]
fn c10_amid_a_drain_only_a_person_asks_for_balances() {
    let (_, mut store) = world();
    let ctx = |now| at(now, operator());
    let deadline = Timestamp::from_nanos(START + HOUR);
    store.prepare_upgrade(&at(START, governor()), 1, deadline).expect("the governor may");
    for because in [Because::Time, Because::Outflow] {
        let refused = store.begin_refresh(&ctx(START + 1), because);
        assert_eq!(refused.map(|_| ()), Err(Fault::Draining.into()), "{because:?}");
    }
    store.begin_refresh(&ctx(START + HOUR + 1), Because::Time).expect("the drain is over");
    let now = START + 2 * HOUR;
    store
        .prepare_upgrade(&at(now, governor()), 2, Timestamp::from_nanos(now + HOUR))
        .expect("again");
    store.begin_refresh(&ctx(now + 1), Because::Person).expect("a person's act");
}

#[test]
fn r9_a_nearly_full_window_is_told_once_and_cleared() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 1_000)));
    assert!(open_alerts(&store).is_empty());
    assert!(reserve(&mut store, START, &wanted(2, 200)), "exactly 80 % of the hour");
    assert!(reserve(&mut store, START, &wanted(3, 10)));
    let alert = (AlertKind::LimitNearlyUsed, Level::Warning, 1);
    assert_eq!(open_alerts(&store), [alert]);
    let row: AlertRow = store.alert(1).expect("told").1;
    assert_eq!((row.value, row.threshold, row.count), (8_000, 8_000, 1));
    let now = START + 2 * HOUR;
    refresh(&mut store, now, vec![figure(1, 100_000)]);
    assert_eq!(open_alerts(&store), []);
    assert_eq!(store.alert(1).expect("kept").1.state, AlertState::Resolved);
}

#[test]
fn the_canister_sees_itself() {
    let (_, mut store) = world();
    let well = Vitals { memory_bps: 100, cycles: u128::MAX, runway_days: None, slowest_ns: 1 };
    store.observe(&at(START, operator()), &well);
    let events = store.journal_head().0;
    store.observe(&at(START, operator()), &well);
    assert_eq!(store.journal_head().0, events, "what is well is not told");
    store.observe(&at(START + 1, operator()), &Vitals { cycles: 1, ..well });
    assert_eq!(open_alerts(&store), [(AlertKind::CyclesLow, Level::Critical, 0)]);
    store.observe(&at(START + 2, operator()), &well);
    assert_eq!(open_alerts(&store), []);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn bad_input_changes_nothing() {
    let (_, mut store) = rich();
    let now = START + 3 * DAY;
    let head = store.journal_head();
    let exec = at(now, execution());
    let refused = |store: &mut World, wanted: Wanted| {
        store.reserve_outflow(&exec, &wanted).expect_err("nonsense")
    };
    let zero = InputFault::AmountZero { field: "amount_units" };
    assert_eq!(refused(&mut store, wanted(50, 0)), zero.into());
    let nobody = Wanted { initiator: Principal::anonymous(), ..wanted(50, 1) };
    let fault = Fault::PersonInvalid { field: "initiator".to_owned() };
    assert_eq!(refused(&mut store, nobody), fault.into());
    assert_eq!(
        store.commit_outflow(&exec, u64::MAX).expect_err("never reserved"),
        Missing::Reservation { intent: u64::MAX }.into()
    );
    for who in [Principal::anonymous(), Principal::management_canister()] {
        let refused = store.reserve_outflow(&at(now, who), &wanted(50, 1));
        assert_eq!(refused.expect_err("nobody"), Fault::NoIdentity.into());
        assert!(store.seal(&at(now, who), sealing(Scope::All, 1)).is_err());
    }
    for who in [governor(), operator(), guardian(), person(77)] {
        let refused = store.reserve_outflow(&at(now, who), &wanted(50, 1)).expect_err("no role");
        assert!(matches!(refused, GuardError::Kernel(Fault::Role { .. })));
    }
    let policy = store.propose_policy(&at(now, operator()), change_of(|it| it.max_per_tx = 1));
    assert!(policy.is_err());
    let question = Question { asset: 257, amount: 1, destination: None, purpose: None };
    assert!(store.explain_policy(&exec, &question).is_err());
    assert!(store.list_alerts(false, None, kernel::MAX_PAGE + 1).is_err());
    assert_eq!(store.journal_head(), head);
}

#[test]
fn far_and_edge_intents_are_found() {
    let (_, mut store) = world();
    for (at, intent) in [0, 1, 255, 256, 257, u64::MAX, u64::MAX - 256].into_iter().enumerate() {
        assert!(reserve(&mut store, START, &wanted(intent, 1)), "{intent}");
        let found = store.reservation_of(intent).expect("found").0.wire();
        assert_eq!(found, u64::try_from(at).expect("small") + 1);
    }
    assert_eq!(invariants::check_all(&store), []);
    assert!(!reserve(&mut store, START, &wanted(9, u128::MAX)));
    assert!(!reserve(&mut store, START, &Wanted { asset: u64::MAX, ..wanted(9, 1) }));
    assert!(!reserve(&mut store, START, &Wanted { asset: 0, ..wanted(9, 1) }));
    assert!(!reserve(&mut store, START, &Wanted { announcement: Some(0), ..wanted(9, 1) }));
    let denied = store.totals().denied;
    assert_eq!(denied[Rule::MaxPerTx.at()], 1);
    assert_eq!([denied[Rule::Asset.at()], denied[Rule::Announcement.at()]], [2, 1]);
}

#[test]
fn c12_frozen_outflows_leave_commitments_and_seals() {
    let (_, mut store) = world();
    assert!(reserve(&mut store, START, &wanted(1, 10)));
    store.set_mode(&at(START, governor()), Mode::OutflowsFrozen, "drill").expect("governs");
    let refused = store.reserve_outflow(&at(START, execution()), &wanted(2, 10));
    assert_eq!(refused.expect_err("frozen"), Fault::OutflowsFrozen.into());
    assert!(store.assess_outflow(&at(START, execution()), &wanted(2, 10)).is_err());
    commit(&mut store, START + 1, 1);
    store.set_mode(&at(START, governor()), Mode::ReadOnly, "drill").expect("governs");
    store.seal(&at(START + 2, governor()), sealing(Scope::All, 1)).expect("it tightens");
}

#[test]
fn an_upgrade_keeps_everything_and_costs_no_scan() {
    let (memory, store) = rich();
    let (totals, version) = (store.totals(), store.rules().version);
    drop(store);
    let upgraded = World::upgrade(memory, Upgrade::default(), &at(START + 3 * DAY, governor()));
    let mut store = upgraded.expect("the same schema");
    assert_eq!((store.totals(), store.rules().version), (totals, version));
    assert!(reserve(&mut store, START + 3 * DAY, &wanted(70, 10)));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn an_install_holds_its_first_policy_to_the_rules() {
    let install = |edit: fn(&mut risk_guard_core::store::Install)| {
        let mut args = install_args(false, Profile::Production);
        edit(&mut args);
        World::install(VectorMemory::default(), args, &at(START, governor())).map(drop)
    };
    assert!(install(|_| {}).is_ok());
    let short = |args: &mut risk_guard_core::store::Install| {
        let rules = args.policy.rules.as_mut().expect("rules");
        rules.loosen_delay = granary_units::Duration::seconds(60);
    };
    assert!(install(short).is_err(), "48 hours in production");
    let testing = |args: &mut risk_guard_core::store::Install| {
        args.common.profile = Profile::Testing;
        let rules = args.policy.rules.as_mut().expect("rules");
        rules.loosen_delay = granary_units::Duration::seconds(60);
    };
    assert!(install(testing).is_ok());
    let args = risk_guard_core::store::Install {
        policy: PolicyChange::default(),
        ..install_args(false, Profile::Production)
    };
    let ctx = at(START, governor());
    let mut bare = World::install(VectorMemory::default(), args, &ctx).expect("no policy");
    assert!(!reserve(&mut bare, START, &wanted(1, 1)), "R7: nothing is named");
    assert_eq!(bare.records(), 0);
}

#[test]
fn alerts_are_looked_after_once() {
    let (_, mut store) = rich();
    let now = START + 3 * DAY;
    let op = at(now, operator());
    let state = |store: &World| store.alert(1).expect("told").1.state;
    assert_eq!(state(&store), AlertState::Acknowledged);
    assert!(store.acknowledge_alert(&op, 1).is_err());
    store.resolve_alert(&op, 1).expect("open");
    assert_eq!(state(&store), AlertState::Resolved);
    assert!(store.resolve_alert(&op, 1).is_err());
    assert_eq!(store.resolve_alert(&op, 999), Err(Missing::Alert { id: 999 }.into()));
    assert!(store.resolve_alert(&at(now, execution()), 2).is_err());
    assert_eq!(invariants::check_all(&store), []);
}
