//! Random calls, installs, stops and waits: cycles are conserved, everybody is answered, and a
//! seed decides everything.

use candid::Principal;
use ic_management_canister_types as mg;
use proptest::prelude::*;

use super::{
    puppet::{self, Program, call, program},
    world::{World, record, user},
};
use crate::network::{CyclesAccount, MessageId, NetworkConfig};

const CANISTERS: usize = 3;

/// One step of a random program.
#[derive(Clone, Debug)]
enum Step {
    Count(u32),
    Accept(u64),
    Burn(u64),
    Reply,
    Reject,
    Trap,
    Call { callee: usize, cycles: u64, timeout: u32, inner: Vec<Step>, after: Vec<Step> },
}

fn steps(depth: u32) -> BoxedStrategy<Vec<Step>> {
    let leaf = prop_oneof![
        3 => (1..5u32).prop_map(Step::Count),
        2 => (0..2_000u64).prop_map(Step::Accept),
        1 => (0..2_000u64).prop_map(Step::Burn),
        3 => Just(Step::Reply),
        1 => Just(Step::Reject),
        1 => Just(Step::Trap),
    ];
    if depth == 0 {
        return prop::collection::vec(leaf, 0..4).boxed();
    }
    let timeout = prop_oneof![4 => Just(0u32), 1 => 1..40u32];
    let nested = (0..=CANISTERS, 0..5_000u64, timeout, steps(depth - 1), steps(depth - 1))
        .prop_map(|(callee, cycles, timeout, inner, after)| Step::Call {
            callee,
            cycles,
            timeout,
            inner,
            after,
        });
    prop::collection::vec(prop_oneof![2 => leaf, 2 => nested], 0..4).boxed()
}

fn compile(steps: &[Step], canisters: &[Principal]) -> Program {
    steps.iter().fold(program(), |so_far, step| match step {
        Step::Count(n) => so_far.count(*n),
        Step::Accept(cycles) => so_far.accept(*cycles),
        Step::Burn(cycles) => so_far.burn(*cycles),
        Step::Reply => so_far.reply(),
        Step::Reject => so_far.reject("no"),
        Step::Trap => so_far.trap("trap"),
        Step::Call { callee, cycles, timeout, inner, after } => {
            let callee = canisters.get(*callee).copied().unwrap_or_else(Principal::anonymous);
            let after = compile(after, canisters);
            so_far.call(
                call(callee, compile(inner, canisters))
                    .cycles(*cycles)
                    .timeout(*timeout)
                    .on_reply(after.clone())
                    .on_reject(after)
                    .on_cleanup(program().count(1)),
            )
        }
    })
}

/// What happens from outside.
#[derive(Clone, Debug)]
enum Action {
    Run(usize, Vec<Step>),
    Stop(usize),
    Start(usize),
    Reinstall(usize),
    Uninstall(usize),
    /// Time passes, in seconds, and a round runs.
    Wait(u64),
}

fn action() -> impl Strategy<Value = Action> {
    let canister = 0..CANISTERS;
    prop_oneof![
        6 => (canister.clone(), steps(3)).prop_map(|(to, steps)| Action::Run(to, steps)),
        1 => canister.clone().prop_map(Action::Stop),
        1 => canister.clone().prop_map(Action::Start),
        1 => canister.clone().prop_map(Action::Reinstall),
        1 => canister.prop_map(Action::Uninstall),
        3 => (0..30u64).prop_map(Action::Wait),
    ]
}

/// Submits an action; None when it was refused at the door.
fn submit(world: &mut World, canisters: &[Principal], action: &Action) -> Option<MessageId> {
    let management = Principal::management_canister();
    let (target, method, arg) = match action {
        Action::Run(to, steps) => (canisters[*to], "run", compile(steps, canisters).0),
        Action::Stop(id) => (management, "stop_canister", record(canisters[*id])),
        Action::Start(id) => (management, "start_canister", record(canisters[*id])),
        Action::Uninstall(id) => (management, "uninstall_code", record(canisters[*id])),
        Action::Reinstall(id) => {
            let args = mg::InstallCodeArgs {
                mode: mg::CanisterInstallMode::Reinstall,
                canister_id: canisters[*id],
                wasm_module: puppet::wasm(),
                arg: Vec::new(),
                sender_canister_version: None,
            };
            (management, "install_code", candid::encode_one(args).expect("arguments"))
        }
        Action::Wait(seconds) => {
            let later = world.net.time_ns() + seconds * 1_000_000_000;
            world.net.set_time(later).expect("future");
            world.net.tick();
            world.check();
            return None;
        }
    };
    world.submit(user(), target, method, arg).ok()
}

/// Plays some actions and describes everything that can be seen afterwards.
fn play(seed: u64, busy: bool, actions: &[Action]) -> (CyclesAccount, Vec<String>) {
    // A busy network executes one message per round.
    let round_instruction_limit = if busy { 1 } else { 7_000_000_000 };
    let mut world =
        World::with(NetworkConfig { seed, round_instruction_limit, ..NetworkConfig::default() });
    let canisters: Vec<_> = (0..CANISTERS).map(|_| world.puppet()).collect();
    let ids: Vec<MessageId> =
        actions.iter().filter_map(|action| submit(&mut world, &canisters, action)).collect();
    for _ in 0..5_000 {
        world.net.tick();
        world.check();
        if !world.net.has_pending() {
            break;
        }
    }
    assert!(!world.net.has_pending(), "everything ends");
    let mut report: Vec<_> =
        ids.iter().map(|id| format!("{:?}", world.net.ingress_status(id))).collect();
    assert!(ids.iter().all(|id| world.net.ingress_status(id).is_final()), "all are answered");
    for canister in canisters {
        let known = &world.net.canisters[&canister];
        assert!(known.contexts.is_empty() && known.in_flight.is_empty(), "nothing stays open");
        report.push(format!("{} {} {}", known.id, known.balance, known.version));
        let count = world.query(canister, "read", program().append_count().reply());
        report.push(format!("{count:?}"));
    }
    let account = world.net.cycles_account();
    assert_eq!(account.in_flight, 0);
    (account, report)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn cycles_are_conserved_and_runs_repeat(
        seed in 0..1_000u64,
        busy: bool,
        actions in prop::collection::vec(action(), 1..12),
    ) {
        let first = play(seed, busy, &actions);
        prop_assert_eq!(&first, &play(seed, busy, &actions));
    }
}
