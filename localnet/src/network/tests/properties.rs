//! Random programs of calls: cycles are conserved, and a seed decides everything.

use candid::Principal;
use proptest::prelude::*;

use super::{
    puppet::{Program, call, program},
    world::{World, user},
};
use crate::network::{CyclesAccount, MessageId};

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

/// Runs some programs and describes everything that can be seen afterwards.
fn play(seed: u64, programs: &[Vec<Step>]) -> (CyclesAccount, Vec<String>) {
    let mut world = World::seeded(seed);
    let canisters: Vec<_> = (0..CANISTERS).map(|_| world.puppet()).collect();
    let mut ids: Vec<MessageId> = Vec::new();
    for (position, steps) in programs.iter().enumerate() {
        let target = canisters[position % CANISTERS];
        let arg = compile(steps, &canisters).0;
        ids.push(world.submit(user(), target, "run", arg).expect("taken"));
        if position % 2 == 1 {
            world.net.tick();
            world.check();
            let later = world.net.time_ns() + 20_000_000_000;
            world.net.set_time(later).expect("future");
        }
    }
    for _ in 0..50 {
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
        report.push(format!("{:?}", world.count(canister)));
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
        programs in prop::collection::vec(steps(3), 1..6),
    ) {
        let first = play(seed, &programs);
        prop_assert_eq!(&first, &play(seed, &programs));
    }
}
