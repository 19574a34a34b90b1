//! What a policy may say, what loosens, and what waits.

use super::*;
use crate::records::policy::{DestinationChange, Floor};
use crate::records::{Tier, WindowLimit};
use crate::rules::fixtures::{after, asset, ctx, governor, limits, policy_view, row, rules};
use crate::types::Standing;

const DAY: u32 = 86_400;

type Edit = Box<dyn Fn(&mut AssetLimits)>;
type RulesEdit = fn(&mut Rules);

fn proposed(change: PolicyChange) -> Result<Change, GuardError> {
    let rules = rules();
    let mut view = policy_view(&rules);
    view.assets =
        change.assets.iter().map(|it| (AssetId::new(it.asset).expect("a number"), row())).collect();
    view.destinations =
        change.destinations.iter().map(|it| (it.destination, DestinationRow::default())).collect();
    propose(&view, change, &ctx(governor()))
}

fn with_limits(change: impl FnOnce(&mut AssetLimits)) -> PolicyChange {
    let mut limits = limits();
    change(&mut limits);
    let assets = vec![AssetChange { asset: asset().get(), limits: Some(limits) }];
    PolicyChange { assets, ..PolicyChange::default() }
}

fn with_rules(change: impl FnOnce(&mut Rules)) -> PolicyChange {
    let mut rules = rules();
    change(&mut rules);
    PolicyChange { rules: Some(rules), ..PolicyChange::default() }
}

/// What is loosened, and how long the change waits, in seconds; nothing when it holds at once.
fn waits(change: PolicyChange) -> (Vec<String>, u64) {
    let decided = proposed(change).expect("a change");
    let (_, row) = decided.policy.expect("a row");
    let wait = row.eta.saturating_since(row.at).as_secs();
    assert_eq!(row.state == ChangeState::Applied, row.loosens.is_empty());
    assert_eq!(decided.rules.is_some(), row.loosens.is_empty(), "the policy, or not yet");
    (row.loosens, wait)
}

#[test]
fn r3_each_limit_tightens_at_once_and_loosens_after_its_delay() {
    let day = |limits: &mut AssetLimits, change: fn(&mut WindowLimit)| {
        limits.windows[1].as_mut().map(change);
    };
    let edits: Vec<(&str, Edit, Edit)> = vec![
        ("max_per_tx", Box::new(|it| it.max_per_tx -= 1), Box::new(|it| it.max_per_tx += 1)),
        (
            "max_tx_per_window",
            Box::new(|it| it.max_tx_per_window -= 1),
            Box::new(|it| it.max_tx_per_window += 1),
        ),
        ("decimals", Box::new(|_| {}), Box::new(|it| it.decimals += 1)),
        ("min_amount_to_limit", Box::new(|_| {}), Box::new(|it| it.min_amount_to_limit += 1)),
        (
            "reference_value",
            Box::new(|it| it.reference_value += 1),
            Box::new(|it| it.reference_value -= 1),
        ),
        (
            "windows[86400].max_amount",
            Box::new(move |it| day(it, |window| window.max_amount -= 1)),
            Box::new(move |it| day(it, |window| window.max_amount += 1)),
        ),
        (
            "windows[86400].max_bps",
            Box::new(move |it| day(it, |window| window.max_bps = Some(999))),
            Box::new(move |it| day(it, |window| window.max_bps = None)),
        ),
    ];
    for (field, tighter, looser) in edits {
        let name = vec![format!("assets[1].{field}")];
        assert_eq!(waits(with_limits(&looser)), (name.clone(), u64::from(2 * DAY)), "{field}");
        let both = with_limits(|it| {
            looser(it);
            it.min_retained_bps += 1;
        });
        assert_eq!(waits(both), (name, u64::from(2 * DAY)), "{field}: mixed counts as loosening");
        if with_limits(&tighter) != with_limits(|_| {}) {
            assert_eq!(waits(with_limits(&tighter)), (vec![], 0), "{field}");
        }
    }
}

#[test]
fn r3_windows_come_at_once_and_go_after_their_delay() {
    let hour = Some(WindowLimit { max_amount: 9, max_bps: None });
    assert_eq!(waits(with_limits(|it| it.windows[0] = hour)), (vec![], 0));
    let moved = with_limits(|it| (it.windows[0], it.windows[1]) = (hour, None));
    let gone = vec!["assets[1].windows[86400].gone".to_owned()];
    assert_eq!(waits(moved), (gone, u64::from(2 * DAY)));
}

#[test]
fn r7_naming_an_asset_loosens_and_forgetting_it_tightens() {
    let rules = rules();
    let change = with_limits(|_| {});
    let mut view = policy_view(&rules);
    view.assets = vec![(asset(), AssetRow::default())];
    let named = propose(&view, change, &ctx(governor())).expect("a change");
    assert_eq!(named.policy.expect("a row").1.loosens, ["assets[1]"]);
    let forget = vec![AssetChange { asset: 1, limits: None }];
    let forget = PolicyChange { assets: forget, ..PolicyChange::default() };
    assert_eq!(waits(forget), (vec![], 0));
}

#[test]
fn r3_a_shorter_delay_waits_the_difference() {
    let first = |days: u32| with_rules(|it| it.first_use_delay = Duration::seconds(days * DAY));
    assert_eq!(waits(first(1)), (vec![], 0), "longer");
    let named = vec!["first_use_delay".to_owned()];
    let short = with_rules(|it| it.first_use_delay = Duration::ZERO);
    assert_eq!(waits(short), (named, u64::from(2 * DAY)), "an hour less waits as any loosening");
    let mut long = rules();
    long.loosen_delay = Duration::seconds(9 * DAY);
    long.announce_delay = Duration::seconds(30 * DAY);
    let mut view = policy_view(&long);
    view.assets = vec![];
    let mut new = long.clone();
    new.announce_delay = Duration::seconds(10 * DAY);
    let change = PolicyChange { rules: Some(new), ..PolicyChange::default() };
    let waiting = propose(&view, change, &ctx(governor())).expect("a change").policy;
    let row = waiting.expect("a row").1;
    assert_eq!(row.eta, after(20 * DAY), "no detour over a shorter delay is faster");
}

#[test]
fn r3_tiers_are_compared_value_by_value() {
    let tier = |up_to_value, approvals, days: u32| Tier {
        up_to_value,
        approvals,
        delay: Duration::seconds(days * DAY),
    };
    let tiers = |tiers: Vec<Tier>| with_rules(|it| it.tiers = tiers);
    // The fixture: up to 500.00 one approval, beyond two and a day.
    let same =
        tiers(vec![tier(40_000_000_000, 1, 0), tier(50_000_000_000, 1, 0), tier(u128::MAX, 2, 1)]);
    assert_eq!(proposed(same).err(), Some(InputFault::Empty.into()));
    assert_eq!(waits(tiers(vec![tier(u128::MAX, 2, 1)])), (vec![], 0));
    let lower = tiers(vec![tier(50_000_000_001, 1, 0), tier(u128::MAX, 2, 1)]);
    let both = vec!["tiers.approvals".to_owned(), "tiers.delay".to_owned()];
    assert_eq!(waits(lower).0, both);
    let fewer = tiers(vec![tier(50_000_000_000, 1, 0), tier(u128::MAX, 1, 9)]);
    assert_eq!(waits(fewer).0, ["tiers.approvals"]);
    let sooner = tiers(vec![tier(50_000_000_000, 5, 0), tier(u128::MAX, 5, 0)]);
    assert_eq!(waits(sooner), (vec!["tiers.delay".to_owned()], u64::from(2 * DAY)));
}

#[test]
fn r3_every_rule_has_its_direction() {
    let edits: [(&str, RulesEdit); 8] = [
        ("max_price_age", |it| it.max_price_age = Duration::seconds(7_200)),
        ("max_price_deviation_bps", |it| it.max_price_deviation_bps += 1),
        ("solvency_buffer_bps", |it| it.solvency_buffer_bps = 0),
        ("steward.max_change_bps", |it| it.steward.max_change_bps += 1),
        ("steward.min_delay", |it| it.steward.min_delay = Duration::seconds(DAY - 1)),
        ("announce_delay", |it| it.announce_delay = Duration::seconds(3 * DAY - 1)),
        ("drawdown_bps", |it| it.drawdown_bps = 5_001),
        ("concentration_bps", |it| it.concentration_bps = 5_001),
    ];
    let mut base = rules();
    (base.solvency_buffer_bps, base.drawdown_bps, base.concentration_bps) = (100, 5_000, 5_000);
    for (field, edit) in edits {
        let compared = |old: &Rules, new: &Rules| {
            let view = PolicyView { assets: vec![], ..policy_view(old) };
            let change = PolicyChange { rules: Some(new.clone()), ..PolicyChange::default() };
            compare(&view, &change)
        };
        let mut new = base.clone();
        edit(&mut new);
        assert_eq!(compared(&base, &new).loosens, [field]);
        let back = compared(&new, &base);
        assert!(back.loosens.is_empty() && back.tightens, "{field}: {back:?}");
    }
    assert_eq!(waits(with_rules(|it| it.allow_list_only = true)), (vec![], 0));
}

#[test]
fn r3_destinations_are_blocked_at_once_and_listed_later() {
    let change = |standing| {
        let destinations = vec![DestinationChange::new([7; 32], standing)];
        PolicyChange { destinations, ..PolicyChange::default() }
    };
    assert_eq!(waits(change(Standing::Blocked)), (vec![], 0));
    let listed = vec!["destinations[0]".to_owned()];
    assert_eq!(waits(change(Standing::Allowed)), (listed, u64::from(2 * DAY)));
    assert_eq!(proposed(change(Standing::Unlisted)).err(), Some(InputFault::Empty.into()));
}

#[test]
fn r3_nothing_that_loosens_is_applied_early_late_or_over_another_policy() {
    let rules = rules();
    let change = with_limits(|it| it.max_per_tx += 1);
    let waiting = proposed(change).expect("a change").policy.expect("a row");
    let (id, row) = waiting;
    let view = policy_view(&rules);
    let at = |seconds| Ctx { now: after(seconds), ..ctx(governor()) };
    let refused = apply(&view, id, row.clone(), &at(2 * DAY - 1)).err();
    assert_eq!(refused, Some(StateFault::ChangeWaits { until: after(2 * DAY) }.into()));
    let applied = apply(&view, id, row.clone(), &at(2 * DAY)).expect("its time has come");
    assert_eq!(applied.rules.expect("a new version").version, 2);
    assert_eq!(applied.assets[0].1.limits.expect("limits").max_per_tx, 1_001);
    let state = |actual| Some(GuardError::from(StateFault::Change { actual }));
    let late = apply(&view, id, row.clone(), &at(16 * DAY + 1)).err();
    assert_eq!(late, state(ChangeState::Lapsed));
    let newer = Rules { version: 2, ..rules.clone() };
    let moved = apply(&policy_view(&newer), id, row.clone(), &at(2 * DAY)).err();
    assert_eq!(moved, state(ChangeState::Superseded));
    let gone = withdraw(id, row.clone(), 1, &at(1)).expect("it waits").policy.expect("a row").1;
    let again = apply(&view, id, gone, &at(2 * DAY)).err();
    assert_eq!(again, state(ChangeState::Withdrawn));
}

#[test]
fn waiting_changes_are_bounded_and_tightening_is_not() {
    let rules = rules();
    let view = PolicyView { waiting: limits::MAX_WAITING, ..policy_view(&rules) };
    let looser = propose(&view, with_limits(|it| it.max_per_tx += 1), &ctx(governor()));
    assert!(matches!(looser, Err(GuardError::Kernel(Fault::Full { .. }))));
    assert!(propose(&view, with_limits(|it| it.max_per_tx -= 1), &ctx(governor())).is_ok());
}

#[test]
fn no_tier_goes_below_the_declared_floor() {
    let delay = Duration::seconds(DAY);
    let floor = |approvals| Some(Floor { above_value: 50_000_000_000, approvals, delay });
    assert_eq!(waits(with_rules(|it| it.floor = floor(2))), (vec![], 0));
    let above = proposed(with_rules(|it| it.floor = floor(3))).err();
    assert_eq!(above, Some(InputFault::Floor { tier: 1 }.into()));
    let everything = Some(Floor { above_value: 0, approvals: 1, delay });
    let first = proposed(with_rules(|it| it.floor = everything)).err();
    assert_eq!(first, Some(InputFault::Floor { tier: 0 }.into()));
}

#[test]
fn nonsense_is_refused_by_its_field() {
    let field = |change: PolicyChange| match proposed(change).expect_err("nonsense") {
        GuardError::Input(
            InputFault::Policy { field, .. } | InputFault::AssetNumber { field, .. },
        ) => field,
        GuardError::Input(InputFault::Delay { field, .. }) => field.to_owned(),
        other => panic!("{other:?}"),
    };
    let limited = |edit: fn(&mut AssetLimits)| field(with_limits(edit));
    assert_eq!(limited(|it| it.max_per_tx = 0), "assets[0].max_per_tx_units");
    assert_eq!(limited(|it| it.reference_value = 0), "assets[0].reference_value");
    assert_eq!(limited(|it| it.decimals = 37), "assets[0].decimals");
    assert_eq!(limited(|it| it.min_retained_bps = 10_001), "assets[0].min_retained_bps");
    assert_eq!(limited(|it| it.max_tx_per_window = 0), "assets[0].max_tx_per_window");
    assert_eq!(limited(|it| it.windows = [None; 4]), "assets[0].windows");
    let none = WindowLimit { max_amount: 0, max_bps: None };
    let with = move |window: WindowLimit| with_limits(move |it| it.windows[0] = Some(window));
    assert_eq!(field(with(none)), "assets[0].windows.max_amount_units");
    let whole = WindowLimit { max_amount: 1, max_bps: Some(10_001) };
    assert_eq!(field(with(whole)), "assets[0].windows.max_bps_of_treasury");
    let ruled = |edit: fn(&mut Rules)| field(with_rules(edit));
    assert_eq!(ruled(|it| it.tiers.clear()), "tiers");
    assert_eq!(ruled(|it| it.tiers[0].up_to_value = u128::MAX), "tiers.up_to_value");
    assert_eq!(ruled(|it| it.tiers[1].up_to_value = u128::MAX - 1), "tiers.up_to_value");
    assert_eq!(ruled(|it| it.tiers[0].approvals = 21), "tiers.approvals");
    assert_eq!(ruled(|it| it.concentration_bps = 0), "concentration_bps");
    assert_eq!(ruled(|it| it.drawdown_bps = 10_001), "drawdown_bps");
    assert_eq!(ruled(|it| it.loosen_delay = Duration::seconds(2 * DAY - 1)), "loosen_delay_ns");
    assert_eq!(ruled(|it| it.announce_delay = Duration::seconds(2 * DAY)), "announce_delay_ns");
    assert_eq!(ruled(|it| it.max_price_age = Duration::seconds(59)), "max_price_age_ns");
    for number in [0, 257, u32::MAX] {
        let assets = vec![AssetChange { asset: number, limits: None }];
        let change = PolicyChange { assets, ..PolicyChange::default() };
        let checked = check(&change, &rules(), Profile::Production).expect_err("no asset");
        assert!(matches!(checked, GuardError::Input(InputFault::AssetNumber { .. })), "{number}");
    }
    let twice = PolicyChange {
        assets: vec![AssetChange { asset: 1, limits: None }; 2],
        ..Default::default()
    };
    assert_eq!(field(twice), "assets");
    let many = vec![AssetChange { asset: 1, limits: None }; 65];
    let many = PolicyChange { assets: many, ..PolicyChange::default() };
    assert!(matches!(proposed(many), Err(GuardError::Kernel(Fault::ListSize { .. }))));
}
