//! Questions, answers, and what they say of the treasury.

use super::*;
use crate::rules::fixtures::{after, asset, ctx, governor, row, rules};

const UNIT: u128 = 100_000_000;

fn figure(number: u32, balance: u128, price: u128) -> Figure {
    Figure {
        asset: AssetId::new(number).expect("a number"),
        balance,
        assets: balance,
        owed: 0,
        decimals: 0,
        price,
        is_fresh: price > 0,
        priced_at: after(0),
        deviation_bps: 10,
    }
}

fn asked() -> (Ticket, Refresh, ServiceRow) {
    let (refresh, service) = (Refresh::default(), ServiceRow::default());
    begin(&refresh, service, Profile::Testing, Because::Person, after(0)).expect("nothing is open")
}

fn settled(
    rules: &Rules,
    was_insolvent: bool,
    rows: Vec<(AssetId, AssetRow, Option<u128>)>,
    answer: Result<Vec<Figure>, Failure>,
) -> Change {
    let (ticket, refresh, service) = asked();
    let view = SettleView {
        ticket,
        refresh: &refresh,
        rules,
        profile: Profile::Testing,
        treasury: TreasuryRow::default(),
        is_insolvent: was_insolvent,
        rows,
        service,
    };
    settle(&view, answer, &Ctx { now: after(5), ..ctx(governor()) }).expect("the newest question")
}

fn kinds(change: &Change) -> Vec<EventKind> {
    change.events.iter().map(|event| event.kind).collect()
}

fn raised(change: &Change) -> Vec<(AlertKind, Level)> {
    let of = |call: &AlertCall| match call {
        AlertCall::Raise { kind, level, .. } => Some((*kind, *level)),
        AlertCall::Clear { .. } => None,
    };
    change.alerts.iter().filter_map(of).collect()
}

#[test]
fn one_question_is_open_at_a_time_and_not_for_ever() {
    let (ticket, refresh, service) = asked();
    assert_eq!((ticket.run, refresh.open_until), (1, Some(after(120))));
    let again = |seconds| {
        begin(&refresh, service, Profile::Testing, Because::Person, after(seconds))
            .map(|it| it.0.run)
    };
    assert_eq!(again(119), Err(StateFault::Asking { until: after(120) }.into()));
    assert_eq!(again(120), Ok(2));
    let back = Timestamp::from_nanos(1);
    let early = begin(&refresh, service, Profile::Testing, Because::Person, back);
    let until = back.saturating_add(limits::REFRESH_LEASE);
    assert_eq!(early.err(), Some(StateFault::Asking { until }.into()), "however the clock went");
}

#[test]
fn outflows_cause_a_bounded_number_of_questions() {
    let mut refresh = Refresh::default();
    let mut asked = 0;
    for _ in 0..10 {
        let begun =
            begin(&refresh, ServiceRow::default(), Profile::Testing, Because::Outflow, after(0));
        if let Ok((_, next, _)) = begun {
            refresh = Refresh { open_until: None, ..next };
            asked += 1;
        }
    }
    assert_eq!(asked, limits::REFRESH_BURST);
}

#[test]
fn a_late_answer_changes_nothing() {
    let rules = rules();
    let (ticket, refresh, service) = asked();
    let newer = Refresh { run: 2, ..refresh.clone() };
    let closed = Refresh { open_until: None, ..refresh };
    for late in [newer, closed] {
        let view = SettleView {
            ticket,
            refresh: &late,
            rules: &rules,
            profile: Profile::Testing,
            treasury: TreasuryRow::default(),
            is_insolvent: false,
            rows: vec![],
            service,
        };
        assert!(settle(&view, Ok(vec![]), &ctx(governor())).is_none());
    }
}

#[test]
fn r8_what_is_held_counts_as_if_the_balance_had_it_still() {
    let rules = rules();
    let held = AssetRow { held: 30, held_count: 1, since: 999, left_run: 1, left: 7, ..row() };
    let change = settled(&rules, false, vec![(asset(), held, None)], Ok(vec![figure(1, 100, 0)]));
    let (_, row) = change.assets[0];
    assert_eq!((row.known.balance, row.known.at), (100, after(0)), "as old as the question");
    assert_eq!(row.since, 37, "held, and what left while the books were asked");
    let earlier = AssetRow { left_run: 0, ..held };
    let change =
        settled(&rules, false, vec![(asset(), earlier, None)], Ok(vec![figure(1, 100, 0)]));
    assert_eq!(change.assets[0].1.since, 30, "what left before is in the balance no more");
}

#[test]
fn r8_a_price_that_is_gone_stays_known_and_is_not_fresh() {
    let rules = rules();
    let mut old = row();
    (old.known.value, old.known.is_fresh) = (5 * UNIT, true);
    let change = settled(&rules, false, vec![(asset(), old, None)], Ok(vec![figure(1, 100, 0)]));
    let known = change.assets[0].1.known;
    assert_eq!((known.value, known.is_fresh), (5 * UNIT, false));
    assert!(!change.treasury.expect("a row").is_valued);
}

#[test]
fn r12_less_than_is_owed_freezes_grants_and_plans_until_it_is_there_again() {
    let mut rules = rules();
    rules.solvency_buffer_bps = 1_000;
    let owes = |assets, owed| Figure { assets, owed, ..figure(1, assets, 0) };
    let short = settled(&rules, false, vec![], Ok(vec![owes(1_099, 1_000)]));
    assert_eq!(short.is_insolvent, Some(true));
    assert!(raised(&short).contains(&(AlertKind::SolvencyLow, Level::Critical)));
    for kind in [EventKind::SolvencyChanged, EventKind::ProtectiveActionTaken] {
        assert!(kinds(&short).contains(&kind));
    }
    assert_eq!(short.treasury.expect("a row").worst, Some((1, 1_099, 1_100)));
    let still = settled(&rules, true, vec![], Ok(vec![owes(1_099, 1_000)]));
    assert_eq!(still.is_insolvent, None);
    let back = settled(&rules, true, vec![], Ok(vec![owes(1_100, 1_000)]));
    assert_eq!(back.is_insolvent, Some(false));
    let clear = AlertCall::Clear { kind: AlertKind::SolvencyLow, subject: 0 };
    assert!(back.alerts.contains(&clear));
}

#[test]
fn the_asset_that_is_short_of_most_is_told() {
    let owes = |number, assets, owed| Figure { assets, owed, ..figure(number, 0, 0) };
    let change =
        settled(&rules(), false, vec![], Ok(vec![owes(1, 9, 10), owes(2, 1, 10), owes(3, 9, 9)]));
    assert_eq!(change.treasury.expect("a row").worst, Some((2, 1, 10)));
}

#[test]
fn the_treasury_is_valued_when_every_balance_is() {
    let rules = rules();
    let change =
        settled(&rules, false, vec![], Ok(vec![figure(1, 10, 2 * UNIT), figure(2, 30, UNIT)]));
    let treasury = change.treasury.expect("a row");
    assert_eq!((treasury.total, treasury.is_valued), (50 * UNIT, true));
    assert_eq!(treasury.largest, [(2, 30 * UNIT), (1, 20 * UNIT)]);
    assert_eq!(treasury.peak(), 50 * UNIT);
    let wild = Figure { deviation_bps: 201, ..figure(1, 10, UNIT) };
    let change = settled(&rules, false, vec![], Ok(vec![wild]));
    assert!(!change.treasury.as_ref().expect("a row").is_valued);
    assert!(raised(&change).contains(&(AlertKind::PriceStale, Level::Warning)));
    let empty = settled(&rules, false, vec![], Ok(vec![figure(1, 0, 0)]));
    assert!(empty.treasury.expect("a row").is_valued, "nothing of it needs no price");
}

#[test]
fn a_fall_and_a_heavy_part_are_told() {
    let mut rules = rules();
    (rules.drawdown_bps, rules.concentration_bps) = (1_000, 6_000);
    let (ticket, refresh, service) = asked();
    let view = SettleView {
        ticket,
        refresh: &refresh,
        rules: &rules,
        profile: Profile::Testing,
        treasury: TreasuryRow::default().peaked(100 * UNIT, after(0)),
        is_insolvent: false,
        rows: vec![],
        service,
    };
    let figures = vec![figure(1, 60, UNIT), figure(2, 29, UNIT)];
    let change = settle(&view, Ok(figures), &ctx(governor())).expect("the newest");
    assert!(raised(&change).contains(&(AlertKind::Drawdown, Level::Critical)));
    assert!(raised(&change).contains(&(AlertKind::Concentration, Level::Warning)));
}

#[test]
fn silence_waits_longer_each_time_and_keeps_what_is_known() {
    let rules = rules();
    let failure = || Failure::new(FailureKind::Timeout, "no answer");
    let change = settled(&rules, false, vec![(asset(), row(), None)], Err(failure()));
    assert!(change.assets.is_empty() && change.treasury.is_none());
    assert!(raised(&change).iter().any(|(kind, _)| *kind == AlertKind::TreasuryUnknown));
    let refresh = change.refresh.expect("where it stands");
    assert_eq!((refresh.recovery.attempts, refresh.open_until), (1, None));
    let due = refresh.recovery.next_at.expect("it is asked again");
    let early = begin(&refresh, ServiceRow::default(), Profile::Testing, Because::Time, after(5));
    assert_eq!(early.err(), Some(StateFault::Asking { until: due }.into()));
    let person =
        begin(&refresh, ServiceRow::default(), Profile::Testing, Because::Person, after(5));
    assert!(person.is_ok(), "a person may ask at once");
}

#[test]
fn a_window_that_emptied_is_not_nearly_used_any_more() {
    let full = AssetRow { is_nearly_used: true, ..row() };
    let settle = |used| {
        let change =
            settled(&rules(), false, vec![(asset(), full, Some(used))], Ok(vec![figure(1, 9, 0)]));
        change.assets[0].1.is_nearly_used
    };
    assert!(settle(8_000));
    assert!(!settle(7_999));
}
