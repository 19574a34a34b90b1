//! Every fault a plan can ask for, on two or three puppets.

use pocket_ic::ErrorCode;

use super::{
    puppet::{Outgoing, Program, call, program, wasm},
    world::{World, number, stranger, user},
};
use crate::{
    faults::{Action, Cut, FaultPlan, Intervention, MemoryKind, Rule, Span},
    network::{Network, NetworkConfig},
};

const SECOND: u64 = 1_000_000_000;

/// Sets a plan of these rules, oldest message first.
fn plan(world: &mut World, rules: impl IntoIterator<Item = Rule>) {
    world.net.set_faults(FaultPlan::of(rules), 7).expect("the plan can be meant");
}

fn failed(world: &World) -> Vec<Option<String>> {
    let record = world.net.fault_record().expect("a plan is in force");
    record.hits.iter().map(|hit| hit.failed.clone()).collect()
}

/// What a caller of `b` is told: the reject code and message, then the cycles that came back.
fn told(callee: candid::Principal, inner: Program, timeout: u32) -> Program {
    let end = program().append_reject().append_refund().reply();
    let replied = program().append(b"replied ").append_arg().reply();
    let outgoing = call(callee, inner).cycles(1_000).timeout(timeout);
    program().call(outgoing.on_reject(end).on_reply(replied))
}

#[test]
fn a_chosen_call_is_rejected_and_its_cycles_come_back() {
    let mut world = World::new();
    let (a, b, c) = (world.puppet(), world.puppet(), world.puppet());
    for code in 1..=5_u8 {
        let action = Action::Reject { code, message: format!("code {code}") };
        plan(&mut world, [Rule::new(action).to(b).from(a).named("run").skip(1).times(1)]);
        let ask = || told(b, program().count(1).append(b"yes").reply(), 0);
        assert_eq!(world.run(a, ask()).expect("answered"), b"replied yes", "the first passes");
        assert_eq!(world.run(c, ask()).expect("answered"), b"replied yes", "another caller");
        let told = world.run(a, ask()).expect("the reject callback answers");
        assert_eq!(told[0], code);
        assert_eq!(&told[1..7], format!("code {code}").as_bytes());
        assert_eq!(number(&told[7..]), 1_000, "nothing was spent");
        assert_eq!(world.run(a, ask()).expect("answered"), b"replied yes", "once and no more");
        assert_eq!(world.count(b), 3 * u32::from(code), "the rejected call never ran");
        assert_eq!(failed(&world), [None]);
    }
    world.check();
}

#[test]
fn a_bounded_wait_call_ends_unknown_whether_it_ran_or_not() {
    for (executed, count) in [(false, 0), (true, 1)] {
        let mut world = World::new();
        let (a, b) = (world.puppet(), world.puppet());
        plan(&mut world, [Rule::new(Action::Unknown { executed }).to(b)]);
        let inner = || program().count(1).accept(300).append(b"yes").reply();
        let sure = world.run(a, told(b, inner(), 0)).expect("answered");
        assert_eq!(sure, b"replied yes", "calls without a deadline are certain");
        let before = world.balance(a);
        let told = world.run(a, told(b, inner(), 60)).expect("the reject callback answers");
        assert_eq!(told[0], 6);
        assert_eq!(number(&told[told.len() - 8..]), 0, "the cycles are lost");
        assert!(world.balance(a) < before - 1_000);
        assert_eq!(world.count(b), 1 + count);
        world.check();
        assert_eq!(world.net.cycles_account().in_flight, 0);
        assert!(world.net.canisters[&a].in_flight.is_empty(), "nothing stays open");
    }
}

#[test]
fn every_system_call_of_a_message_can_be_its_last() {
    let mut world = World::new();
    let a = world.puppet();
    let work = || program().count(1).stable_write(0, b"eightby!").certify(b"x").timer(5).reply();
    world.net.mark(a).expect("it exists");
    let mut calls = 0;
    loop {
        let cut = Cut::SystemCall(Span::exactly(calls + 1));
        plan(&mut world, [Rule::new(Action::Trap(cut)).to(a).named("update run")]);
        let Err(reject) = world.run(a, work()) else { break };
        calls += 1;
        assert_eq!(reject.error_code, ErrorCode::CanisterTrapped);
        let place = format!("ends the message at system call {calls}, ic0.");
        assert!(reject.reject_message.contains(&place), "{reject}");
        assert_eq!(world.net.changes_since_mark(a).expect("marked"), [""; 0], "call {calls}");
    }
    // arg size and copy, stable size, grow and write, certified data, timer, reply.
    assert_eq!(calls, 8);
    assert_eq!(world.count(a), 1);
    let changes = world.net.changes_since_mark(a).expect("marked");
    assert_eq!(changes, ["stable memory", "heap", "certified data", "global timer"]);
}

#[test]
fn a_message_can_be_cut_at_any_instruction() {
    let mut world = World::new();
    let (a, twin) = (world.puppet(), world.puppet());
    let work = || program().count(1).stable_write(0, b"eightby!").reply();
    world.run(twin, work()).expect("answered");
    let total = world.net.last_instructions(twin, "update run").expect("it ran");
    world.net.mark(a).expect("it exists");
    for at in [1, total / 3, total / 2, total - 1] {
        let cut = Cut::Instruction(Span::exactly(at));
        plan(&mut world, [Rule::new(Action::Trap(cut)).to(a)]);
        let reject = world.run(a, work()).expect_err("cut off");
        assert_eq!(reject.error_code, ErrorCode::CanisterInstructionLimitExceeded);
        assert!(reject.reject_message.contains(&format!("limit of {at} instructions")));
        assert_eq!(world.net.changes_since_mark(a).expect("marked"), [""; 0], "cut at {at}");
    }
    let cut = Cut::Instruction(Span::exactly(total));
    plan(&mut world, [Rule::new(Action::Trap(cut)).to(a)]);
    world.run(a, work()).expect("what it needs is enough");
    let [cut_often, never_cut] =
        [a, twin].map(|id| world.net.stable_memory(id).expect("installed"));
    assert_eq!(cut_often, never_cut);
}

#[test]
fn callbacks_and_their_cleanup_can_be_cut() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let ask = || {
        let outgoing = call(b, program().reply()).on_reply(program().count(100).reply());
        program().count(1).call(Outgoing { on_cleanup: program().count(10), ..outgoing })
    };
    let first = || Action::Trap(Cut::SystemCall(Span::exactly(1)));
    plan(&mut world, [Rule::new(first()).to(a).named("reply callback of run").times(1)]);
    let reject = world.run(a, ask()).expect_err("the callback ends the call");
    assert!(reject.reject_message.contains("fault plan"), "{reject}");
    assert_eq!(world.count(a), 11, "the cleanup ran, the callback did not");
    let cut = Action::Trap(Cut::Instruction(Span::exactly(1)));
    plan(
        &mut world,
        [
            Rule::new(first()).to(a).named("reply callback of run"),
            Rule::new(cut).to(a).named("cleanup of run"),
        ],
    );
    world.run(a, ask()).expect_err("the callback ends the call");
    assert_eq!(world.count(a), 12, "not even the cleanup");
    let record = world.net.end_faults().expect("a plan was in force");
    assert_eq!(record.hits.iter().map(|hit| hit.rule).collect::<Vec<_>>(), [0, 1]);
    world.run(a, ask()).expect("without a plan nothing fails");
    assert_eq!(world.count(a), 113);
}

#[test]
fn an_upgrade_can_be_cut_in_its_hook() {
    let mut world = World::new();
    let a = world.puppet();
    world.run(a, program().count(5).stable_write(0, b"keep me!").reply()).expect("answered");
    world.net.mark(a).expect("it exists");
    let cut = Action::Trap(Cut::SystemCall(Span::exactly(2)));
    plan(&mut world, [Rule::new(cut).to(a).named("post_upgrade")]);
    let upgrade = Intervention::Upgrade { canister: a, module: wasm().into(), arg: vec![] };
    let reject = world.net.intervene(&upgrade).expect_err("the hook traps");
    assert!(reject.reject_message.contains("fault plan"), "{reject}");
    assert_eq!(world.net.changes_since_mark(a).expect("marked"), [""; 0]);
    world.net.end_faults();
    world.net.intervene(&upgrade).expect("upgraded");
    assert_eq!(world.net.changes_since_mark(a).expect("marked"), ["heap"]);
    world.check();
}

#[test]
fn a_delayed_response_is_overtaken_and_comes_in_its_round() {
    let mut world = World::new();
    let (a, b, c) = (world.puppet(), world.puppet(), world.puppet());
    let delay = Action::Delay { rounds: Some(3) };
    plan(&mut world, [Rule::new(delay).to(a).from(b).named("run")]);
    let ask = |callee| {
        let outgoing = call(callee, program().reply());
        program().call(outgoing.on_reply(program().count(1).append_count().reply())).0
    };
    let late = world.submit(user(), a, "run", ask(b)).expect("taken");
    let swift = world.submit(user(), a, "run", ask(c)).expect("taken");
    world.net.tick();
    assert!(world.net.ingress_status(&swift).is_final(), "the other response overtakes it");
    for round in 1..=3 {
        assert!(!world.net.ingress_status(&late).is_final(), "round {round}");
        assert!(world.net.has_pending(), "it comes by itself");
        world.net.tick();
        world.check();
    }
    assert_eq!(world.wait(&late).expect("reply"), 2_u32.to_le_bytes());
    assert_eq!(world.wait(&swift).expect("reply"), 1_u32.to_le_bytes());
}

#[test]
fn a_held_response_waits_to_be_released_and_survives_a_save() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    plan(&mut world, [Rule::new(Action::Delay { rounds: None }).to(a)]);
    let ask = || {
        let outgoing = call(b, program().append(b"!").reply()).cycles(500);
        program().call(outgoing.on_reply(program().append_arg().append_refund().reply())).0
    };
    let open = world.submit(user(), a, "run", ask()).expect("taken");
    for _ in 0..5 {
        world.net.tick();
        world.check();
    }
    assert!(!world.net.has_pending(), "it does not come by itself");
    assert!(world.net.cycles_account().in_flight >= 500, "its cycles are not lost");
    world.net.save(dir.path()).expect("saved");
    let mut back =
        World { net: Network::load(dir.path(), NetworkConfig::default()).expect("loaded") };
    for world in [&mut world, &mut back] {
        world.net.intervene(&Intervention::Release).expect("always possible");
        let reply = world.wait(&open).expect("reply");
        assert_eq!((reply[0], number(&reply[1..])), (b'!', 500));
        world.check();
    }
    let again = world.submit(user(), a, "run", ask()).expect("taken");
    world.net.tick();
    world.net.end_faults();
    world.wait(&again).expect("the end of a plan releases everything");
}

#[test]
fn a_bounded_wait_call_does_not_wait_for_a_response_that_is_held() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    plan(&mut world, [Rule::new(Action::Delay { rounds: None }).to(a)]);
    let open = world
        .submit(user(), a, "run", told(b, program().count(1).append(b"yes").reply(), 10).0)
        .expect("taken");
    world.net.tick();
    let later = world.net.time_ns() + 10 * SECOND;
    world.net.set_time(later).expect("future");
    // The reject is a response too; let it through.
    world.net.set_faults(FaultPlan::default(), 0).expect("an empty plan");
    let told = world.wait(&open).expect("the reject callback answers");
    assert_eq!((told[0], world.count(b)), (6, 1));
    world.net.intervene(&Intervention::Release).expect("always possible");
    world.net.tick();
    world.check();
    assert_eq!(world.net.cycles_account().in_flight, 0, "the late response is dropped");
}

#[test]
fn a_canister_stops_and_starts_between_two_messages() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let stop = Action::Before(Intervention::Stop { canister: b });
    let start = Action::Before(Intervention::Start { canister: b });
    plan(
        &mut world,
        [Rule::new(stop).to(b).from(a).times(1), Rule::new(start).to(a).from(b).times(1)],
    );
    let ask = || told(b, program().count(1).append(b"yes").reply(), 0);
    let told = world.run(a, ask()).expect("the reject callback answers");
    assert_eq!(told[0], 5);
    assert!(String::from_utf8_lossy(&told).contains("is stopped"));
    assert_eq!(world.run(a, ask()).expect("started again"), b"replied yes");
    assert_eq!(world.count(b), 1);
}

#[test]
fn a_canister_with_an_open_call_is_upgraded_stopped_and_taken_back() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let module = std::sync::Arc::new(wasm());
    let upgrade = Intervention::Upgrade { canister: a, module, arg: program().count(40).0 };
    let before_response =
        |what: Intervention| Rule::new(Action::Before(what)).to(a).from(b).times(1);
    let ask = || {
        let outgoing = call(b, program().reply());
        program().count(1).call(outgoing.on_reply(program().append_count().reply()))
    };
    // The program of the callback went with the heap: the response finds other code and data.
    plan(&mut world, [before_response(upgrade)]);
    world.run(a, ask()).expect_err("the new heap knows of no callback");
    assert_eq!(world.count(a), 40, "the heap is that of the new code");
    assert_eq!(failed(&world), [None]);

    plan(&mut world, [before_response(Intervention::Stop { canister: a })]);
    assert_eq!(world.run(a, ask()).expect("a stopping canister gets responses")[0], 41);
    let error = world.run(a, program()).expect_err("stopped");
    assert_eq!(error.error_code, ErrorCode::CanisterStopped);
    world.net.intervene(&Intervention::Start { canister: a }).expect("started");

    world.net.intervene(&Intervention::Snapshot { canister: a }).expect("taken");
    world.run(a, program().count(50).reply()).expect("answered");
    let restore = Rule::new(Action::Before(Intervention::Restore { canister: a }));
    plan(&mut world, [restore.to(a).from(stranger()).named("run")]);
    let reply = world.update(stranger(), a, "run", program().append_count().reply().0);
    assert_eq!(reply.expect("answered"), 41_u32.to_le_bytes(), "back at the snapshot");
    world.check();
}

#[test]
fn what_cannot_be_done_is_told_in_the_record() {
    let mut world = World::new();
    let a = world.puppet();
    let broken = std::sync::Arc::new(b"no module".to_vec());
    let nobody = stranger();
    plan(
        &mut world,
        [
            Rule::new(Action::Before(Intervention::Upgrade {
                canister: a,
                module: broken,
                arg: Vec::new(),
            })),
            Rule::new(Action::Before(Intervention::Restore { canister: a })),
            Rule::new(Action::Before(Intervention::Stop { canister: nobody })),
        ],
    );
    world.run(a, program().count(1).reply()).expect("it goes on all the same");
    let failed = failed(&world).into_iter().map(Option::unwrap).collect::<Vec<_>>();
    assert!(failed[0].contains("not valid"), "{failed:?}");
    assert!(failed[1].contains("snapshot"), "{failed:?}");
    assert!(failed[2].contains("not found"), "{failed:?}");
    let unmeant = FaultPlan::of([Rule::new(Action::Unknown { executed: true }).chance(2_000)]);
    world.net.set_faults(unmeant, 1).expect_err("a chance above one");
    assert!(world.net.fault_record().is_some(), "the plan before stays in force");
    let ghost = Intervention::Skew { canister: nobody, by_ns: 1 };
    let reject = world.net.intervene(&ghost).expect_err("no such canister");
    assert_eq!(reject.error_code, ErrorCode::CanisterNotFound);
}

#[test]
fn clocks_of_canisters_can_differ() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let time = |world: &mut World, canister| {
        let ask = || program().append_time().reply();
        let update = number(&world.run(canister, ask()).expect("answered"));
        let certified = world.net.certified_time_ns();
        let query = number(&world.query(canister, "read", ask()).expect("answered"));
        (update.wrapping_sub(certified), query.wrapping_sub(certified))
    };
    let skew = |by_ns| Intervention::Skew { canister: a, by_ns };
    world.net.intervene(&skew(60_000_000_000)).expect("it exists");
    assert_eq!(time(&mut world, a), (60 * SECOND, 60 * SECOND));
    assert_eq!(time(&mut world, b), (0, 0), "the others keep the network's time");
    // A timer goes by the canister's own clock.
    let due = world.net.time_ns() + 50 * SECOND;
    for canister in [a, b] {
        let set = program().on_timer(&program().count(1)).timer(due).reply();
        world.run(canister, set).expect("answered");
    }
    world.net.tick();
    assert_eq!((world.count(a), world.count(b)), (1, 0));
    world.net.intervene(&skew(-5)).expect("it exists");
    assert_eq!(time(&mut world, a), (5_u64.wrapping_neg(), 5_u64.wrapping_neg()));
}

#[test]
fn cycles_can_be_drained_between_two_messages() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let drain = Intervention::Drain { canister: b, leave: 1_000_000 };
    plan(&mut world, [Rule::new(Action::Before(drain)).to(b).times(1)]);
    let told = world.run(a, told(b, program().count(1).reply(), 0)).expect("answered");
    assert_eq!(told[0], 2, "an empty purse is a passing trouble");
    assert!(String::from_utf8_lossy(&told).contains("out of cycles"));
    world.check();
    assert!(world.balance(b) <= 1_000_000);
    world.net.add_cycles(b, 1_000_000_000_000).expect("it exists");
    assert_eq!(world.count(b), 0);
}

#[test]
fn memories_can_refuse_to_grow() {
    let mut world = World::new();
    let a = world.puppet();
    let refuse = |memory, nth| Action::RefuseGrowth { memory, nth };
    let pages = |world: &mut World, grow: Program| {
        number(&world.run(a, grow.append_heap_pages().reply()).expect("answered"))
    };
    let before = pages(&mut world, program());
    plan(&mut world, [Rule::new(refuse(MemoryKind::Heap, 2)).to(a).times(1)]);
    let thrice = || program().grow_heap(1).grow_heap(10).grow_heap(1);
    assert_eq!(pages(&mut world, thrice()), before + 2, "the second growth is refused");
    assert_eq!(pages(&mut world, thrice()), before + 14);

    plan(&mut world, [Rule::new(refuse(MemoryKind::Stable, 1)).to(a).times(1)]);
    let write = || program().stable_write(0, b"eightby!").reply();
    let reject = world.run(a, write()).expect_err("there is nowhere to write");
    assert!(reject.reject_message.contains("stable memory out of bounds"), "{reject}");
    world.run(a, write()).expect("the next one can");
}

#[test]
fn a_round_can_be_one_message_long() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    let single = FaultPlan { messages_per_round: Some(1), ..FaultPlan::default() };
    world.net.set_faults(single, 0).expect("a plan");
    let ask = told(b, program().count(1).append(b"yes").reply(), 0);
    let open = world.submit(user(), a, "run", ask.0).expect("taken");
    for step in ["the message", "the call"] {
        world.net.tick();
        assert!(!world.net.ingress_status(&open).is_final(), "{step}");
        assert_eq!(world.net.pool.iter().count(), 1, "{step}");
    }
    world.net.tick();
    assert!(world.net.ingress_status(&open).is_final(), "the response");
}
