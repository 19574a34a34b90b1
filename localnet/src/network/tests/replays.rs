//! Orders: what a seed may change and what not, and that a record repeats a run.

use std::collections::BTreeSet;

use candid::Principal;
use proptest::prelude::*;

use super::{
    puppet::{call, program, wasm},
    world::{World, user},
};
use crate::{
    faults::{Action, Choice, Cut, FaultPlan, FaultRecord, Intervention, MemoryKind, Rule, Span},
    network::MessageId,
};

const SECOND: u64 = 1_000_000_000;

/// Ten users count at the same time; where each came, in the order of submission.
fn race(world: &mut World) -> Vec<u32> {
    let canister = world.puppet();
    let work = || program().count(1).append_count().reply().0;
    let ids: Vec<MessageId> =
        (0..10).map(|_| world.submit(user(), canister, "run", work()).expect("taken")).collect();
    ids.iter()
        .map(|id| world.wait(id).expect("reply"))
        .map(|reply| u32::from_le_bytes(reply.try_into().expect("four bytes")))
        .collect()
}

fn any_order() -> FaultPlan {
    FaultPlan::default().in_any_order()
}

#[test]
fn a_seed_chooses_the_order_and_a_record_repeats_it() {
    let ordered: Vec<u32> = (1..=10).collect();
    assert_eq!(race(&mut World::new()), ordered, "without a plan the oldest comes first");
    let mut seen = BTreeSet::new();
    for seed in 0..20 {
        let mut world = World::new();
        world.net.set_faults(any_order(), seed).expect("a plan");
        let places = race(&mut world);
        let record = world.net.end_faults().expect("a plan was in force");
        assert_eq!((record.seed, record.diverged), (seed, None));
        assert_eq!(record.choices.iter().filter(|choice| choice.of == 10).count(), 1);

        let mut again = World::new();
        again.net.set_faults(any_order(), seed).expect("a plan");
        assert_eq!(race(&mut again), places, "the seed decides");

        // The record alone decides as well, whatever its seed says.
        let told = FaultRecord { seed: 99, hits: Vec::new(), ..record.clone() };
        let mut replayed = World::new();
        replayed.net.replay_faults(any_order(), &told).expect("a plan");
        assert_eq!(race(&mut replayed), places);
        let second = replayed.net.end_faults().expect("a plan was in force");
        assert_eq!((second.choices, second.diverged), (record.choices, None));
        seen.insert(places);
    }
    assert!(seen.len() > 15, "seeds give different orders: {}", seen.len());
}

#[test]
fn a_shorter_record_is_a_calmer_story_and_a_wrong_one_is_noticed() {
    let mut world = World::new();
    world.net.set_faults(any_order(), 3).expect("a plan");
    race(&mut world);
    let record = world.net.end_faults().expect("a plan was in force");
    let replay = |choices: Vec<Choice>| {
        let mut world = World::new();
        let record = FaultRecord { choices, ..FaultRecord::default() };
        world.net.replay_faults(any_order(), &record).expect("a plan");
        (race(&mut world), world.net.end_faults().expect("a plan was in force").diverged)
    };
    assert_eq!(replay(Vec::new()), ((1..=10).collect(), None), "nothing chosen: oldest first");
    let mut wrong = record.choices;
    wrong[4].of += 1;
    assert_eq!(replay(wrong).1, Some(4), "the fifth choice was about something else");
}

#[test]
fn calls_between_two_canisters_keep_their_order_whatever_the_seed() {
    let mut mixed = false;
    for seed in 0..30 {
        let mut world = World::new();
        let (a, b, c) = (world.puppet(), world.puppet(), world.puppet());
        world.net.set_faults(any_order(), seed).expect("a plan");
        let burst = |name: &str| {
            (0..6).fold(program(), |so_far, n| {
                so_far.call(call(c, program().print(&format!("{name}{n}")).reply()))
            })
        };
        let open = [(a, "a"), (b, "b")]
            .map(|(from, name)| world.submit(user(), from, "run", burst(name).reply().0));
        for id in open {
            world.wait(&id.expect("taken")).expect("reply");
        }
        assert!(world.net.run_until_idle(10));
        let logs = world.net.canisters[&c].logs.records();
        let lines: Vec<String> =
            logs.map(|line| String::from_utf8_lossy(&line.content).into_owned()).collect();
        let of = |name: &str| -> Vec<&String> {
            lines.iter().filter(|line| line.starts_with(name)).collect()
        };
        assert_eq!(of("a"), ["a0", "a1", "a2", "a3", "a4", "a5"], "seed {seed}");
        assert_eq!(of("b"), ["b0", "b1", "b2", "b3", "b4", "b5"], "seed {seed}");
        let turns = lines.windows(2).filter(|two| two[0][..1] != two[1][..1]).count();
        mixed |= turns > 3;
    }
    assert!(mixed, "calls of different pairs are interleaved");
}

#[test]
fn chances_come_true_as_often_as_they_say() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let reject = Action::Reject { code: 2, message: "not now".to_owned() };
    world.net.set_faults(FaultPlan::of([Rule::new(reject).to(b).chance(250)]), 5).expect("a plan");
    for _ in 0..400 {
        world.run(a, program().call(call(b, program().reply())).reply()).expect("reply");
    }
    let record = world.net.end_faults().expect("a plan was in force");
    assert_eq!(record.choices.len(), 400);
    assert!((70..130).contains(&record.hits.len()), "{} of 400", record.hits.len());
}

/// A plan in which everything may happen to anybody.
fn chaos(canisters: &[Principal]) -> FaultPlan {
    let cut = |cut: fn(Span) -> Cut, last| Action::Trap(cut(Span { first: 1, last }));
    let mut rules = vec![
        Rule::new(Action::Reject { code: 2, message: "transient".to_owned() }).chance(80),
        Rule::new(Action::Unknown { executed: true }).chance(200),
        Rule::new(Action::Unknown { executed: false }).chance(200),
        Rule::new(Action::Delay { rounds: Some(2) }).chance(150),
        Rule::new(cut(Cut::SystemCall, 12)).chance(60),
        Rule::new(cut(Cut::Instruction, 20_000)).chance(60),
        Rule::new(Action::RefuseGrowth { memory: MemoryKind::Stable, nth: 1 }).chance(100),
    ];
    for &canister in canisters {
        let module = std::sync::Arc::new(wasm());
        let whats = [
            Intervention::Stop { canister },
            Intervention::Start { canister },
            Intervention::Upgrade { canister, module, arg: Vec::new() },
            Intervention::Snapshot { canister },
            Intervention::Restore { canister },
            Intervention::Skew { canister, by_ns: 1_000 },
        ];
        rules.extend(whats.map(|what| Rule::new(Action::Before(what)).chance(15)));
    }
    FaultPlan::of(rules).in_any_order()
}

/// What can be seen of a world after some rounds of calls in which anything may go wrong.
fn play(
    calls: &[(usize, usize, u32)],
    choose: impl FnOnce(&mut World, FaultPlan),
) -> (String, FaultRecord) {
    let mut world = World::new();
    let canisters = [(); 3].map(|()| world.puppet());
    choose(&mut world, chaos(&canisters));
    let mut ids = Vec::new();
    for (from, to, timeout) in calls {
        let counted = program().count(1).stable_write(0, b"eightby!").accept(10).reply();
        let answered = program().count(1).append_count().reply();
        let outgoing = call(canisters[*to], counted)
            .cycles(100)
            .timeout(*timeout)
            .on_reply(answered.clone())
            .on_reject(answered)
            .on_cleanup(program().count(1));
        let work = program().count(1).call(outgoing);
        ids.extend(world.submit(user(), canisters[*from], "run", work.0));
        if ids.len() % 3 == 0 {
            let later = world.net.time_ns() + SECOND;
            world.net.set_time(later).expect("future");
            world.net.tick();
            world.check();
        }
    }
    for canister in canisters {
        // A stop the plan asked for is over when nothing is open any more.
        world.net.run_until_idle(50);
        world.manage("start_canister", (id_of(canister),)).expect("a controller may");
    }
    assert!(world.net.run_until_idle(500), "everything ends");
    world.check();
    assert!(ids.iter().all(|id| world.net.ingress_status(id).is_final()), "all are answered");
    let account = world.net.cycles_account();
    assert_eq!(account.in_flight, 0);
    let answers: Vec<_> = ids.iter().map(|id| world.net.ingress_status(id)).collect();
    let states: Vec<_> = canisters
        .iter()
        .map(|id| (world.net.canisters[id].version, world.net.state_digest(*id)))
        .collect();
    let record = world.net.end_faults().expect("a plan was in force");
    assert_eq!(record.diverged, None);
    (format!("{answers:?} {states:?} {account:?}"), record)
}

fn id_of(canister: Principal) -> ic_management_canister_types::CanisterIdRecord {
    ic_management_canister_types::CanisterIdRecord { canister_id: canister }
}

/// Half of the calls wait without bound.
fn timeout() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0_u32), Just(30_u32)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_goes_wrong_cycles_add_up_and_the_record_repeats_the_run(
        seed in 0..1_000_000_u64,
        calls in prop::collection::vec((0..3_usize, 0..3_usize, timeout()), 1..25),
    ) {
        let seeded = |world: &mut World, plan| world.net.set_faults(plan, seed).expect("a plan");
        let (seen, record) = play(&calls, seeded);
        let second = play(&calls, seeded);
        prop_assert_eq!((&seen, &record), (&second.0, &second.1), "the seed decides");
        let unseeded = FaultRecord { seed: 0, hits: Vec::new(), ..record.clone() };
        let replay = |world: &mut World, plan| {
            world.net.replay_faults(plan, &unseeded).expect("a plan");
        };
        let (replayed, told) = play(&calls, replay);
        prop_assert_eq!(replayed, seen, "the record decides as well");
        prop_assert_eq!((told.choices, told.hits), (record.choices, record.hits));
    }
}
