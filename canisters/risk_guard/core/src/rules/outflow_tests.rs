//! Each rule denies what it says, with what is left, and nothing else.

use super::*;
use crate::records::FlowRow;
use crate::records::asset::Known;
use crate::rules::fixtures::{after, asset, breaker_rule, known, limits, outflow, rules, view};
use crate::types::{AnnouncementId, AnnouncementState, AssetId, Duration, Principal};

const DAY: u32 = 86_400;

fn decided(change: impl FnOnce(&mut OutflowView<'_>), outflow: &Outflow) -> Result<Pass, Denial> {
    let (rules, rule) = (rules(), breaker_rule());
    let mut view = view(&rules, &rule);
    change(&mut view);
    decide(&view, outflow, after(0))
}

fn with_rules(
    change: impl FnOnce(&mut Rules),
    more: impl FnOnce(&mut OutflowView<'_>),
    outflow: &Outflow,
) -> Result<Pass, Denial> {
    let (mut rules, rule) = (rules(), breaker_rule());
    change(&mut rules);
    let mut view = view(&rules, &rule);
    more(&mut view);
    decide(&view, outflow, after(0))
}

fn left(view: &mut OutflowView<'_>, amount: u128) {
    view.flows.iter_mut().for_each(|flow| flow.add(amount));
}

#[test]
fn r1_a_window_lets_through_what_is_left_of_it_and_no_unit_more() {
    let used = |view: &mut OutflowView<'_>| left(view, 4_400);
    assert!(decided(used, &outflow(600)).is_ok());
    let denial = decided(used, &outflow(601)).expect_err("full");
    let retry_at = Some(after(DAY + DAY / 24));
    assert_eq!(denial, Denial { rule: Rule::Window, remaining: 600, retry_at });
}

#[test]
fn r1_the_tightest_of_several_windows_binds() {
    let two = |view: &mut OutflowView<'_>| {
        let limits = view.row.limits.as_mut().expect("limits");
        limits.windows[0] = Some(WindowLimit { max_amount: 700, max_bps: None });
        left(view, 500);
    };
    assert!(decided(two, &outflow(200)).is_ok());
    let denial = decided(two, &outflow(201)).expect_err("the hour is full");
    assert_eq!((denial.rule, denial.remaining), (Rule::Window, 200));
    assert_eq!(denial.retry_at, Some(after(3_600 + 150)));
    let never = decided(two, &outflow(701)).expect_err("never fits");
    assert_eq!(never.retry_at, None);
}

#[test]
fn r1_a_window_holds_its_number_of_outflows() {
    let many = |view: &mut OutflowView<'_>| (0..20).for_each(|_| left(view, 1));
    let denial = decided(many, &outflow(1)).expect_err("twenty are in it");
    assert_eq!((denial.rule, denial.remaining), (Rule::TxPerWindow, 0));
    assert_eq!(denial.retry_at, Some(after(DAY + DAY / 24)));
}

#[test]
fn r1_shares_of_the_treasury_bind_below_the_absolute_limit() {
    let has = |balance| move |view: &mut OutflowView<'_>| view.row.known = known(balance);
    assert!(decided(has(6_000), &outflow(600)).is_ok());
    let denial = decided(has(6_000), &outflow(601)).expect_err("more than a tenth");
    assert_eq!((denial.rule, denial.remaining), (Rule::Window, 600));
    assert!(decided(has(u128::MAX), &outflow(1_000)).is_ok());
    let small = |view: &mut OutflowView<'_>| {
        has(6_000)(view);
        view.row.limits.as_mut().expect("limits").min_amount_to_limit = 6_001;
    };
    assert!(decided(small, &outflow(1_000)).is_ok(), "a small treasury has no shares");
}

#[test]
fn r8_without_a_balance_the_absolute_limits_bind_and_an_old_one_still_tightens() {
    let unknown = decided(|view| left(view, 4_500), &outflow(501)).expect_err("absolute");
    assert_eq!((unknown.rule, unknown.remaining), (Rule::Window, 500));
    let old = |view: &mut OutflowView<'_>| {
        view.row.known = Known { at: Timestamp::from_nanos(1), ..known(100) };
    };
    assert_eq!(decided(old, &outflow(11)).expect_err("a tenth of 100").remaining, 10);
}

#[test]
fn r7_what_the_policy_does_not_name_does_not_leave() {
    let denial = decided(|view| view.row.limits = None, &outflow(1)).expect_err("not named");
    assert_eq!(denial, Denial::flat(Rule::Asset));
}

#[test]
fn r4_a_seal_comes_before_everything() {
    let sealed = |view: &mut OutflowView<'_>| {
        view.sealed = Some(after(9));
        view.row.limits = None;
    };
    let denial = decided(sealed, &outflow(1)).expect_err("sealed");
    assert_eq!((denial.rule, denial.retry_at), (Rule::Seal, Some(after(9))));
}

#[test]
fn r6_an_open_breaker_denies_and_says_until_when() {
    let open = |view: &mut OutflowView<'_>| {
        for _ in 0..view.breaker_rule.failure_threshold {
            let permit = view.breaker.admit(view.breaker_rule, after(0)).expect("closed");
            let failure = Some(granary_resilience::failure::FailureKind::Temporary);
            view.breaker.record(view.breaker_rule, permit, failure, after(0));
        }
    };
    let denial = decided(open, &outflow(1)).expect_err("open");
    assert_eq!(denial.rule, Rule::Breaker);
    assert_eq!(denial.retry_at, Some(after(0).saturating_add(breaker_rule().open_for)));
}

#[test]
fn r12_insolvency_stops_grants_and_plans_only() {
    for purpose in Purpose::ALL {
        let outflow = Outflow { purpose, ..outflow(1) };
        let decided = decided(|view| view.is_insolvent = true, &outflow);
        let stops = matches!(purpose, Purpose::Grant | Purpose::Plan);
        assert_eq!(decided.err(), stops.then_some(Denial::flat(Rule::Solvency)), "{purpose:?}");
    }
}

#[test]
fn destinations_are_listed_or_blocked() {
    let standing =
        |standing| move |view: &mut OutflowView<'_>| view.destination.standing = standing;
    let listed = |rules: &mut Rules| rules.allow_list_only = true;
    let denied = Some(Denial::flat(Rule::Destination));
    for (at, only_listed, fits) in [
        (Standing::Blocked, false, false),
        (Standing::Unlisted, false, true),
        (Standing::Unlisted, true, false),
        (Standing::Allowed, true, true),
        (Standing::Blocked, true, false),
    ] {
        let only = |rules: &mut Rules| {
            if only_listed {
                listed(rules);
            }
        };
        let decided = with_rules(only, standing(at), &outflow(1));
        assert_eq!(decided.err(), if fits { None } else { denied }, "{at:?} {only_listed}");
    }
}

#[test]
fn the_first_outflow_to_a_destination_waits_longer() {
    let new = |view: &mut OutflowView<'_>| view.destination.first_used_at = None;
    let delay = |pass: Result<Pass, Denial>| pass.expect("allowed").needs.delay;
    assert_eq!(delay(decided(|_| {}, &outflow(1))), Duration::ZERO);
    assert_eq!(delay(decided(new, &outflow(1))), Duration::seconds(3_600));
    assert_eq!(delay(decided(new, &outflow(501))), Duration::seconds(DAY), "the longer of both");
}

#[test]
fn one_outflow_is_bounded() {
    assert!(decided(|_| {}, &outflow(1_000)).is_ok());
    let denial = decided(|_| {}, &outflow(1_001)).expect_err("too much");
    assert_eq!(denial, Denial { rule: Rule::MaxPerTx, remaining: 1_000, retry_at: None });
    assert_eq!(decided(|_| {}, &outflow(u128::MAX)).expect_err("too much").remaining, 1_000);
}

fn announcement(amount: u128) -> AnnouncementRow {
    AnnouncementRow {
        asset: asset(),
        amount,
        destination: [9; 32],
        by: Principal::anonymous(),
        announced_at: after(0),
        earliest_at: after(0),
        latest_at: after(10),
        state: AnnouncementState::Announced,
        intent: None,
    }
}

fn planned(amount: u128) -> Outflow {
    Outflow { announcement: AnnouncementId::new(1), ..outflow(amount) }
}

#[test]
fn r11_an_announcement_passes_the_windows_and_nothing_else() {
    let full = |view: &mut OutflowView<'_>| {
        left(view, 5_000);
        view.announcement = Some(announcement(1_000));
    };
    let pass = decided(full, &planned(900)).expect("past the windows");
    assert!(pass.is_announced);
    assert_eq!((pass.needs.approvals, pass.needs.delay), (2, Duration::seconds(DAY)), "tiers");
    let rule = |more: fn(&mut OutflowView<'_>)| {
        let both = |view: &mut OutflowView<'_>| {
            full(view);
            more(view);
        };
        decided(both, &planned(900)).expect_err("denied").rule
    };
    assert_eq!(rule(|view| view.sealed = Some(after(1))), Rule::Seal);
    assert_eq!(rule(|view| view.destination.standing = Standing::Blocked), Rule::Destination);
    assert_eq!(rule(|view| view.is_insolvent = true), Rule::Solvency);
    let retains = |view: &mut OutflowView<'_>| {
        view.row.limits.as_mut().expect("limits").min_retained_bps = 10_000;
        view.row.known = known(10_000);
    };
    assert_eq!(rule(retains), Rule::MinRetained);
    let large = |view: &mut OutflowView<'_>| view.announcement = Some(announcement(9_999));
    assert_eq!(decided(large, &planned(1_001)).expect_err("one outflow").rule, Rule::MaxPerTx);
}

#[test]
fn r11_an_announcement_is_for_its_asset_destination_amount_and_time() {
    let deny =
        |row: Option<AnnouncementRow>| decided(|view| view.announcement = row, &planned(500)).err();
    assert_eq!(deny(Some(announcement(500))), None);
    let none = Denial::flat(Rule::Announcement);
    let other = AssetId::new(2).expect("a number");
    let (asset, row) = (other, announcement(500));
    for wrong in [
        AnnouncementRow { asset, ..row },
        AnnouncementRow { destination: [8; 32], ..row },
        AnnouncementRow { state: AnnouncementState::Used, ..row },
        AnnouncementRow { state: AnnouncementState::Cancelled, ..row },
        AnnouncementRow { latest_at: Timestamp::from_nanos(1), ..row },
    ] {
        assert_eq!(deny(Some(wrong)), Some(none), "{wrong:?}");
    }
    assert_eq!(deny(None), Some(none));
    assert_eq!(deny(Some(announcement(499))), Some(Denial { remaining: 499, ..none }));
    let early = AnnouncementRow { earliest_at: after(5), ..row };
    assert_eq!(deny(Some(early)), Some(Denial { retry_at: Some(after(5)), ..none }));
}

#[test]
fn enough_of_what_was_there_a_day_ago_remains() {
    let keeps = |since: u128, today: u128| {
        move |view: &mut OutflowView<'_>| {
            let limits = view.row.limits.as_mut().expect("limits");
            (limits.min_retained_bps, limits.windows[1]) = (9_000, None);
            limits.windows[3] = Some(WindowLimit { max_amount: u128::MAX, max_bps: None });
            (view.row.known, view.row.since) = (known(9_500), since);
            left(view, today);
        }
    };
    // 10,000 a day ago, 500 left since, a tenth may go: 500 more.
    assert!(decided(keeps(0, 500), &outflow(500)).is_ok());
    let denial = decided(keeps(0, 500), &outflow(501)).expect_err("too little remains");
    assert_eq!(denial, Denial { rule: Rule::MinRetained, remaining: 500, retry_at: None });
    // What is still in the balance counts once: 9,500 a day ago, 500 taken.
    let denial = decided(keeps(500, 500), &outflow(451)).expect_err("too little remains");
    assert_eq!(denial.remaining, 450);
}

fn treasury(total: u128, beside: u128, peak: u128) -> Box<TreasuryRow> {
    let row = TreasuryRow {
        total,
        is_valued: true,
        valued_at: after(0),
        largest: [(2, beside), (1, total - beside)],
        ..TreasuryRow::default().peaked(peak, after(0))
    };
    Box::new(row)
}

/// One token is worth 1.00.
fn valued(total: u128, beside: u128, peak: u128) -> impl Fn(&mut OutflowView<'_>) {
    move |view| {
        view.row.known.value = 100_000_000;
        view.treasury =
            Some(treasury(total * 100_000_000, beside * 100_000_000, peak * 100_000_000));
    }
}

#[test]
fn a_treasury_that_fell_pays_what_people_ask_for_only() {
    let tenth = |rules: &mut Rules| rules.drawdown_bps = 1_000;
    assert!(with_rules(tenth, valued(9_100, 0, 10_000), &outflow(100)).is_ok());
    let denial = with_rules(tenth, valued(9_100, 0, 10_000), &outflow(101)).expect_err("fell");
    assert_eq!(denial, Denial { rule: Rule::Drawdown, remaining: 100, retry_at: None });
    let manual = Outflow { purpose: Purpose::Manual, ..outflow(101) };
    assert!(with_rules(tenth, valued(9_100, 0, 10_000), &manual).is_ok());
}

#[test]
fn no_other_asset_becomes_too_large_a_part() {
    let half = |rules: &mut Rules| rules.concentration_bps = 5_000;
    assert!(with_rules(half, valued(10_000, 4_900, 0), &outflow(200)).is_ok());
    let denial = with_rules(half, valued(10_000, 4_900, 0), &outflow(201)).expect_err("too large");
    assert_eq!(denial, Denial { rule: Rule::Concentration, remaining: 200, retry_at: None });
}

#[test]
fn r8_a_stale_value_denies_nothing_and_raises_nothing() {
    let both = |rules: &mut Rules| (rules.concentration_bps, rules.drawdown_bps) = (5_000, 1_000);
    let stale = |is_valued: bool, valued_at: Timestamp| {
        move |view: &mut OutflowView<'_>| {
            valued(100, 99, 10_000)(view);
            let row = view.treasury.as_mut().expect("valued");
            (row.is_valued, row.valued_at) = (is_valued, valued_at);
        }
    };
    assert!(with_rules(both, stale(true, after(0)), &outflow(9)).is_err());
    assert!(with_rules(both, stale(false, after(0)), &outflow(9)).is_ok());
    assert!(with_rules(both, stale(true, Timestamp::from_nanos(1)), &outflow(9)).is_ok());
    // A price below the reference lowers no tier; one above raises it, however old it is.
    let priced = |value: u128, is_fresh: bool| {
        move |view: &mut OutflowView<'_>| {
            (view.row.known.value, view.row.known.is_fresh) = (value, is_fresh);
        }
    };
    let approvals = |value, is_fresh, amount| {
        decided(priced(value, is_fresh), &outflow(amount)).expect("allowed").needs.approvals
    };
    assert_eq!(approvals(1, true, 501), 2, "worth 5.01 of a price, 501.00 of the reference");
    assert_eq!(approvals(0, false, 500), 1);
    assert_eq!(approvals(200_000_000, true, 251), 2);
    assert_eq!(approvals(200_000_000, false, 251), 2);
}

#[test]
fn r9_every_denial_names_its_rule_and_what_is_left() {
    for (at, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule.at(), at);
        assert!(!rule.name().is_empty() && !rule.reason().is_empty());
    }
}

#[test]
fn the_edges_of_amounts_do_not_overflow() {
    let open = |view: &mut OutflowView<'_>| {
        let limits = view.row.limits.as_mut().expect("limits");
        limits.max_per_tx = u128::MAX;
        limits.windows =
            [None, Some(WindowLimit { max_amount: u128::MAX, max_bps: None }), None, None];
        limits.reference_value = u128::MAX;
    };
    let pass = decided(open, &outflow(u128::MAX)).expect("allowed");
    assert_eq!(pass.needs.tier, 1, "the last tier takes whatever the others do not");
    let used = |view: &mut OutflowView<'_>| {
        open(view);
        left(view, u128::MAX);
    };
    assert_eq!(decided(used, &outflow(1)).expect_err("full").remaining, 0);
    assert_eq!(limits().limited().count(), 1);
    let _ = FlowRow::default();
}
