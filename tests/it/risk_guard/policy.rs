//! Tightening holds at once, loosening waits, and every way out is explained.

use granary_api::{common::PageArgs, risk_guard as r};
use granary_tests::{
    clock::{DAY, MINUTE},
    fixtures,
    people::Who,
    reply::Expect,
    subject::{RISK_GUARD, risk_guard_args},
    world::World,
};

use super::{denied, held, tokens};
use crate::{
    access::risk_guard::{MAX_PER_TX, change},
    world_of,
};

fn policy(world: &World) -> r::Policy {
    world.caller(Who::Stranger).plain("get_policy").value("a policy")
}

fn max_per_tx(world: &World) -> u128 {
    let limits = policy(world).assets[0].limits.clone().expect("limits");
    u128::try_from(&limits.max_per_tx_units.0).expect("a bound")
}

fn propose(world: &World, change: &r::PolicyChange) -> r::PolicyChangeView {
    let governor = world.caller(Who::Governor);
    let id = governor.receipt("propose_policy", change).value("a change").id;
    let args = r::PolicyChangeArgs { change: id };
    governor.query("get_policy_change", &args).value("a change")
}

fn apply(world: &World, change: u64) -> granary_tests::reply::Answer<granary_api::common::Receipt> {
    world.caller(Who::Operator).receipt("apply_policy", &r::PolicyChangeArgs { change })
}

#[test]
fn a_tighter_policy_holds_at_once_and_a_looser_one_after_its_delay() {
    let world = world_of(&RISK_GUARD);
    let first = risk_guard_args().policy.expect("a policy");
    let installed = policy(&world);
    assert_eq!(Some(installed.rules), first.rules);
    assert_eq!(installed.assets, first.assets);
    let tighter = propose(&world, &change(MAX_PER_TX / 2));
    assert_eq!((tighter.state, tighter.loosens), (r::PolicyChangeState::Applied, vec![]));
    assert_eq!(max_per_tx(&world), MAX_PER_TX / 2);
    assert_eq!(denied(&world, &tokens(1, 501)).rule, "max_per_tx");
    let looser = propose(&world, &change(MAX_PER_TX));
    assert_eq!(looser.state, r::PolicyChangeState::Proposed);
    assert_eq!(looser.loosens, ["assets[1].max_per_tx"]);
    assert_eq!(looser.eta_ns, looser.proposed_at_ns + MINUTE);
    assert_eq!(apply(&world, looser.id).code("too soon"), "risk_guard.policy.waits");
    assert_eq!(denied(&world, &tokens(1, 501)).rule, "max_per_tx");
    let rival = propose(&world, &change(MAX_PER_TX - 1));
    world.advance(MINUTE);
    apply(&world, looser.id).value("its time has come");
    held(&world, &tokens(1, 501));
    assert_eq!(policy(&world).version, 3);
    assert_eq!(apply(&world, rival.id).code("another policy"), "risk_guard.policy.state");
    let page: r::PolicyChangePage = world
        .caller(Who::Stranger)
        .query("list_policy_changes", &PageArgs { after: None, limit: 10 })
        .value("changes");
    let states: Vec<_> = page.items.iter().map(|change| change.state).collect();
    let (applied, void) = (r::PolicyChangeState::Applied, r::PolicyChangeState::Superseded);
    assert_eq!(states, [applied, applied, void]);
    fixtures::assert_valid(&world);
}

#[test]
fn a_steward_moves_a_limit_a_little_down_at_once_and_up_after_a_wait() {
    let world = world_of(&RISK_GUARD);
    let steward = world.caller(Who::Steward);
    let adjust = |value: u128| {
        let (parameter, value_units) = (r::Parameter::MaxPerTx, value.into());
        let args = r::StewardAdjustArgs { asset: 1, parameter, value_units };
        steward.receipt("steward_adjust", &args)
    };
    assert_eq!(adjust(MAX_PER_TX).code("too soon"), "risk_guard.steward.too_soon");
    world.advance(MINUTE);
    let far = adjust(MAX_PER_TX - MAX_PER_TX / 10 - 1);
    assert_eq!(far.code("too far"), "risk_guard.steward.bound");
    adjust(MAX_PER_TX - MAX_PER_TX / 10).value("a tenth down");
    assert_eq!(max_per_tx(&world), MAX_PER_TX - MAX_PER_TX / 10);
    let soon = adjust(MAX_PER_TX - MAX_PER_TX / 20);
    assert_eq!(soon.code("too soon"), "risk_guard.steward.too_soon");
    world.advance(MINUTE);
    let up = adjust(MAX_PER_TX - MAX_PER_TX / 20).value("half a tenth up").id;
    assert_eq!(max_per_tx(&world), MAX_PER_TX - MAX_PER_TX / 10, "R3: not yet");
    world.advance(MINUTE);
    apply(&world, up).value("its time has come");
    assert_eq!(max_per_tx(&world), MAX_PER_TX - MAX_PER_TX / 20);
    fixtures::assert_valid(&world);
}

#[test]
fn nonsense_is_no_policy() {
    let world = world_of(&RISK_GUARD);
    let governor = world.caller(Who::Governor);
    let edited = |edit: fn(&mut r::AssetLimits)| {
        let mut change = change(MAX_PER_TX);
        edit(change.assets[0].limits.as_mut().expect("limits"));
        governor.receipt("propose_policy", &change)
    };
    assert_eq!(edited(|_| {}).code("the same"), "risk_guard.policy.empty");
    assert_eq!(edited(|it| it.windows[0].seconds = 61).code("a span"), "risk_guard.window.span");
    assert_eq!(edited(|it| it.windows.clear()).code("no window"), "risk_guard.policy.field");
    assert_eq!(
        edited(|it| it.max_per_tx_units = 0_u8.into()).code("zero"),
        "risk_guard.policy.field"
    );
    let mut far = change(MAX_PER_TX);
    far.assets[0].asset = 257;
    let answer = governor.receipt("propose_policy", &far);
    assert_eq!(answer.code("no asset"), "risk_guard.asset.number");
    assert_eq!(policy(&world).version, 1);
}

#[test]
fn every_way_out_is_explained_with_who_and_how_long() {
    let world = world_of(&RISK_GUARD);
    let explain = |amount: u128| -> Vec<r::OutflowPath> {
        let (destination, purpose) = (None, Some(r::Purpose::Grant));
        let amount_units = amount.into();
        let args = r::ExplainPolicyArgs { asset: 1, amount_units, destination, purpose };
        world.caller(Who::Stranger).query("explain_policy", &args).value("ways")
    };
    let way = |paths: &[r::OutflowPath], way: &str| {
        let known = |path: &&r::OutflowPath| path.way == way && path.destination == "known";
        paths.iter().find(known).cloned().unwrap_or_else(|| panic!("no way {way}: {paths:?}"))
    };
    let small = explain(tokens(0, 5).amount_units);
    let direct = way(&small, "direct").requirements.expect("open");
    assert_eq!((direct.approvals, direct.delay_ns), (0, 0));
    // Three thousand tokens: in three parts of a thousand, two of which fit an hour.
    let large = explain(tokens(0, 3_000).amount_units);
    assert_eq!(way(&large, "direct").denial.expect("closed").rule, "max_per_tx");
    let parts = way(&large, "in_parts");
    assert_eq!((parts.parts, parts.wait_ns), (Some(3), 3_600_000_000_000));
    assert_eq!(parts.requirements.expect("open").approvals, 2);
    let changed = way(&large, "after_policy_change");
    assert_eq!((changed.wait_ns, changed.who), (MINUTE, vec!["Governor".to_owned()]));
    assert!(changed.requirements.is_some());
}

#[test]
fn an_announced_payment_does_not_use_up_the_everyday_limit() {
    let world = world_of(&RISK_GUARD);
    let steward = world.caller(Who::Steward);
    let from = world.now_ns() + 3 * MINUTE;
    let args = r::AnnounceOutflowArgs {
        asset: 1,
        amount_units: tokens(0, 1_000).amount_units.into(),
        destination: tokens(0, 1).destination,
        earliest_at_ns: from,
        latest_at_ns: from + DAY,
        idempotency_key: Some("march".to_owned()),
    };
    let first = steward.receipt("announce_outflow", &args).value("early enough");
    assert_eq!(steward.receipt("announce_outflow", &args).value("the same"), first);
    let planned = |intent| r::OutflowArgs { announcement: Some(first.id), ..tokens(intent, 1_000) };
    let early = denied(&world, &planned(1));
    assert_eq!((early.rule.as_str(), early.retry_at_ns), ("announcement", Some(from)));
    world.advance(4 * MINUTE);
    held(&world, &planned(1));
    for intent in 2..=3 {
        held(&world, &tokens(intent, 1_000));
    }
    assert_eq!(denied(&world, &tokens(4, 1)).rule, "window", "the everyday limit is its own");
    assert_eq!(denied(&world, &planned(5)).rule, "announcement", "it is used once");
    let page: r::AnnouncementPage = world
        .caller(Who::Stranger)
        .query("list_announcements", &PageArgs { after: None, limit: 10 })
        .value("announcements");
    assert_eq!((page.items[0].state, page.items[0].intent), (r::AnnouncementState::Used, Some(1)));
    fixtures::assert_valid(&world);
}
