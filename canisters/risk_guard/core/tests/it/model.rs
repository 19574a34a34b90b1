//! Random courses against the store and a naive model of lists and scans; after each step both
//! agree on every verdict with its rule, on what every window holds, on every state, and every
//! invariant holds.

use granary_units::{Duration, Timestamp};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use risk_guard_core::invariants;
use risk_guard_core::records::policy::{AssetChange, PolicyChange};
use risk_guard_core::rules::reserve::Verdict;
use risk_guard_core::rules::treasury::Because;
use risk_guard_core::store::Wanted;
use risk_guard_core::types::{Parameter, Purpose, Scope, Span};

mod op;
mod oracle;

use crate::support::{
    HOUR, START, World, asset, at, execution, figure, governor, guardian, limits, operator, person,
    sealing, steward, tick, world,
};
use op::Op;
use oracle::Model;

fn amounts() -> impl Strategy<Value = u128> {
    prop_oneof![
        6 => 1_u128..700,
        2 => 700_u128..1_003,
        1 => Just(0),
        1 => Just(u128::MAX),
    ]
}

fn ops() -> impl Strategy<Value = Op> {
    let intent = 1_u64..9;
    let asset = prop_oneof![6 => Just(1_u64), 3 => Just(2), 1 => Just(3), 1 => Just(999)];
    let to = prop_oneof![8 => 1_u8..4, 1 => Just(66)];
    let reserve = (intent.clone(), asset, amounts(), to, 0_usize..4, 0_u64..6).prop_map(
        |(intent, asset, amount, to, purpose, announcement)| Op::Reserve {
            intent,
            asset,
            amount,
            to,
            purpose: Purpose::ALL[purpose],
            announcement: (announcement > 3).then(|| announcement - 3),
        },
    );
    let edit = (1_u32..3, 0_u128..1_800, 0_u128..7_000, any::<bool>());
    prop_oneof![
        12 => reserve,
        5 => intent.clone().prop_map(Op::Commit),
        4 => intent.prop_map(Op::Release),
        5 => (1_u64..200, any::<bool>()).prop_map(|(parts, ticks)| Op::Wait { parts, ticks }),
        1 => (amounts(), 1_u8..3, 0_u64..90).prop_map(|(amount, to, late)| {
            Op::Announce { amount, to, late }
        }),
        1 => (1_u64..3).prop_map(Op::Cancel),
        1 => (any::<bool>(), 0_u8..4, 0_u32..60).prop_map(|(governs, scope, hours)| {
            Op::Seal { governs, scope, hours }
        }),
        1 => (1_u64..4).prop_map(Op::Lift),
        1 => (0_u8..4, 1_u64..200).prop_map(|(scope, hours)| Op::Arm { scope, hours }),
        1 => (1_u64..3).prop_map(Op::Beat),
        2 => edit.prop_map(|(asset, max, day, named)| Op::Propose { asset, max, day, named }),
        2 => (1_u64..8).prop_map(Op::Apply),
        1 => (1_u32..3, 900_u128..1_100).prop_map(|(asset, value)| Op::Adjust { asset, value }),
        2 => (0_u128..40_000, 0_u128..40_000, any::<bool>()).prop_map(|(one, two, short)| {
            Op::Refresh { one, two, short }
        }),
        1 => any::<bool>().prop_map(Op::Clock),
    ]
}

fn scope(n: u8) -> Scope {
    match n {
        0 => Scope::All,
        1 => Scope::Asset(asset(1)),
        2 => Scope::Purpose(Purpose::Grant),
        _ => Scope::Destination([1; 32]),
    }
}

fn change(asset: u32, max: u128, day: u128, named: bool) -> PolicyChange {
    let mut new = limits();
    new.max_per_tx = max;
    new.windows[1].as_mut().expect("a day").max_amount = day;
    let assets = vec![AssetChange { asset, limits: named.then_some(new) }];
    PolicyChange { assets, ..PolicyChange::default() }
}

/// Applies `op` to the store: what came of it, in the model's words.
fn apply(store: &mut World, op: &Op, now: u64) -> String {
    let word = |done: bool| if done { "done" } else { "refused" }.to_owned();
    let exec = at(now, execution());
    let gov = at(now, governor());
    match *op {
        Op::Reserve { intent, asset, amount, to, purpose, announcement } => {
            let (destination, initiator) = ([to; 32], person(20));
            let wanted =
                Wanted { intent, asset, amount, destination, initiator, purpose, announcement };
            reserve(store, &exec, &wanted)
        }
        Op::Commit(intent) => word(store.commit_outflow(&exec, intent).is_ok()),
        Op::Release(intent) => word(store.release_outflow(&exec, intent).is_ok()),
        Op::Wait { ticks, .. } => {
            if ticks {
                tick(store, now);
            }
            word(true)
        }
        Op::Announce { amount, to, late } => {
            let from = now + (72 + late) * HOUR;
            let mut input = crate::support::announcement(amount, from, from + 24 * HOUR);
            input.destination = [to; 32];
            word(store.announce_outflow(&at(now, steward()), input, None).is_ok())
        }
        Op::Cancel(id) => word(store.cancel_announcement(&at(now, operator()), id).is_ok()),
        Op::Seal { governs, scope: of, hours } => {
            let by = if governs { governor() } else { guardian() };
            word(store.seal(&at(now, by), sealing(scope(of), hours)).is_ok())
        }
        Op::Lift(id) => word(store.lift_seal(&gov, id).is_ok()),
        Op::Arm { scope: of, hours } => {
            let heartbeat = Duration::from_nanos(hours * HOUR);
            word(store.arm_seat(&gov, scope(of), guardian(), heartbeat).is_ok())
        }
        Op::Beat(id) => word(store.guardian_heartbeat(&at(now, guardian()), id).is_ok()),
        Op::Propose { asset, max, day, named } => {
            word(store.propose_policy(&gov, change(asset, max, day, named)).is_ok())
        }
        Op::Apply(id) => word(store.apply_policy(&gov, id).is_ok()),
        Op::Adjust { asset, value } => {
            let ctx = at(now, steward());
            let moved = store.steward_adjust(&ctx, asset.into(), Parameter::MaxPerTx, value);
            word(moved.is_ok())
        }
        Op::Refresh { one, two, short } => {
            let ctx = at(now, operator());
            let (_, ticket) = store.begin_refresh(&ctx, Because::Person).expect("none is open");
            let mut figures = vec![figure(1, one), figure(2, two)];
            figures[0].owed = one + u128::from(short);
            store.settle_refresh(&ctx, ticket, Ok(figures)).expect("the newest");
            word(true)
        }
        Op::Clock(_) => word(true),
    }
}

/// Asks, and then reserves: the verdict's words, which must be those of the assessment.
fn reserve(store: &mut World, exec: &granary_kernel::Ctx, wanted: &Wanted) -> String {
    let assessed = store.assess_outflow(exec, wanted);
    let before = store.journal_head();
    let verdict = store.reserve_outflow(exec, wanted);
    if verdict.is_err() {
        assert_eq!(store.journal_head(), before, "a refusal changes nothing");
    }
    let rule = |verdict: &Verdict| match verdict {
        Verdict::Held(..) => "held".to_owned(),
        Verdict::Denied(denial) => format!("{} {}", denial.rule.name(), denial.remaining),
    };
    match (verdict, assessed) {
        (Ok(verdict), Ok(assessed)) => {
            assert_eq!(rule(&verdict), rule(&assessed), "asking is as reserving");
            rule(&verdict)
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            "refused".to_owned()
        }
        // What is overdue expires when it is reserved anew, not when it is asked about.
        (Ok(verdict), Err(_)) => rule(&verdict),
        (Err(refused), Ok(_)) => panic!("{refused:?}"),
    }
}

fn compare(store: &World, model: &Model) {
    for intent in 1..9 {
        let state = store.reservation_of(intent).ok().map(|(_, row)| row.state.name());
        assert_eq!(state, model.state_of(intent), "R2: intent {intent}");
    }
    for number in 1..3_u32 {
        let ctx = at(model.now, operator());
        let status = store.limits_status(&ctx, number.into()).expect("an asset");
        for window in &status.windows {
            let (used, count) = model.used(number, window.span);
            let found = (window.used, u64::from(window.count));
            assert_eq!(found, (used, count), "R1: asset {number}, {:?}", window.span);
        }
        assert_eq!(status.row.held, model.held(number), "R2: asset {number}");
        let limits = status
            .row
            .limits
            .map(|limits| (limits.max_per_tx, limits.window(Span::Day).expect("a day").max_amount));
        assert_eq!(limits, model.limits(number), "R3: asset {number}");
    }
    let seats: Vec<_> = store
        .all_seats()
        .into_iter()
        .map(|(_, row)| row.state_at(Timestamp::from_nanos(model.now)).name())
        .collect();
    assert_eq!(seats, model.seats(), "R4, R10");
    assert_eq!(store.totals().is_insolvent, model.is_insolvent, "R12");
    assert_eq!(invariants::check_all(store), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_the_model_says(course in proptest::collection::vec(ops(), 1..120)) {
        let (_, mut store) = world();
        let mut model = Model::new(START);
        for op in course {
            model.pass(&op);
            let found = apply(&mut store, &op, model.now);
            let expected = model.apply(&op);
            assert_eq!(found, expected, "{op:?}");
            compare(&store, &model);
        }
    }
}
