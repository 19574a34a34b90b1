//! Messages cut off at random instructions: nothing of them stays, and nothing is stuck.
//!
//! `GRANARY_CUTS` sets how many cuts are tried in all; `GRANARY_SEED` where they come from.

use candid::Decode;
use granary_api::{common::JobsStatus, micro_grants::GrantState};
use granary_errors::Error;
use granary_tests::{
    chain,
    clock::{DAY, MINUTE, SECOND},
    did::Interface,
    digest::{self, StateDigest},
    faults::{Action, Cut, FaultPlan, Faults, Rule, Span},
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    world::{World, next_wasm},
};
use pocket_ic::{ErrorCode, RejectResponse};

use super::{FIRST_SEED, number, on_localnet};
use crate::{
    access::{ROWS, Row, Stage},
    world,
};

/// Cuts of one run, shared out among the methods.
const CUTS: u64 = 1_050;
/// Cuts sent in one round.
const BATCH: usize = 20;
/// Upgrades that are cut.
const UPGRADES: usize = 25;
/// Seeds for the cuts of timers.
const TIMER_RUNS: u64 = 6;

/// A method that changes state, with its caller and arguments.
struct Call {
    method: &'static str,
    who: Who,
    bytes: Vec<u8>,
}

impl Call {
    fn send(&self, world: &World) -> Result<Vec<u8>, RejectResponse> {
        world.by(self.who).raw_update(self.method, self.bytes.clone())
    }

    /// Cuts so many of these calls, each somewhere among its first `instructions`.
    fn cut(&self, world: &World, instructions: u64, cuts: u64, seed: u64) {
        let span = Span { first: 1, last: instructions - 1 };
        let rule = Rule::new(Action::Trap(Cut::Instruction(span)))
            .to(world.canister)
            .named(format!("update {}", self.method));
        let faults = Faults::on(world.network());
        faults.plan(&FaultPlan::of([rule]), seed);
        let submit = || {
            let (network, sender) = (world.network(), self.who.principal());
            network.submit_call(world.canister, sender, self.method, self.bytes.clone())
        };
        let sent: Vec<_> = (0..cuts).map(|_| submit().expect("taken")).collect();
        for id in sent {
            let what = format!("{} cut within {instructions}, seed {seed}", self.method);
            let reject = world.network().await_call(id).expect_err(&what);
            assert_eq!(
                reject.error_code,
                ErrorCode::CanisterInstructionLimitExceeded,
                "{what}: {reject}"
            );
        }
        let record = faults.end().expect("a plan was in force");
        assert_eq!(record.hits.len() as u64, cuts, "{}", self.method);
    }
}

/// Every method that changes state, in the order in which all of them succeed.
fn calls(stage: &Stage) -> Vec<Call> {
    let interface = Interface::micro_grants();
    let changes = |row: &&Row| !interface.method(row.method).query && row.answer.is_none();
    let rows = ROWS.iter().filter(changes);
    rows.map(|row| Call { method: row.method, who: row.allowed[0], bytes: (row.args)(stage) })
        .collect()
}

/// What a history comes to.
#[derive(Debug, PartialEq)]
struct End {
    /// For each method what it needed and what it answered.
    answers: Vec<(&'static str, u64, Vec<u8>)>,
    state: StateDigest,
    events: usize,
    jobs: JobsStatus,
}

/// Plays all calls, each at a time of its own; `before` may do what it likes before each.
fn play(mut before: impl FnMut(&World, &Call, usize)) -> End {
    let world = world();
    let stage = Stage::build(&world);
    let faults = Faults::on(world.network());
    let start = world.now_ns();
    let mut answers = Vec::new();
    for (number, call) in calls(&stage).iter().enumerate() {
        before(&world, call, number);
        world.set_time(start + (number as u64 + 1) * SECOND);
        faults.clear_executions();
        let reply = call.send(&world).unwrap_or_else(|reject| panic!("{}: {reject}", call.method));
        let refused = Decode!(&reply, Result<candid::Reserved, Error>);
        assert!(!matches!(refused, Ok(Err(_))), "{}: {refused:?}", call.method);
        let entry = format!("update {}", call.method);
        let ran = faults.executions().into_iter().find(|execution| execution.entry == entry);
        answers.push((call.method, ran.expect("it ran").instructions, reply));
    }
    world.set_time(start + DAY);
    world.settle();
    fixtures::assert_valid(&world);
    let events = chain::checked(&world.by(Who::Auditor)).len();
    let jobs = world.by(Who::Operator).get_jobs_status().value("jobs");
    End { answers, state: digest::state(&world), events, jobs }
}

#[test]
fn a_cut_anywhere_in_any_method_leaves_nothing_behind() {
    if !on_localnet() {
        return;
    }
    let seed = number("GRANARY_SEED").unwrap_or(FIRST_SEED);
    let undisturbed = play(|_, _, _| {});
    let methods = undisturbed.answers.len() as u64;
    assert!(methods > 25, "the methods that change state: {methods}");
    let cuts = number("GRANARY_CUTS").unwrap_or(CUTS).div_ceil(methods);
    let disturbed = play(|world, call, index| {
        let (method, needed, _) = &undisturbed.answers[index];
        assert_eq!(*method, call.method);
        let faults = Faults::on(world.network());
        faults.mark(world.canister);
        for first in (0..cuts).step_by(BATCH) {
            call.cut(world, *needed, (cuts - first).min(BATCH as u64), seed ^ first);
        }
        let changed = faults.changes(world.canister);
        assert!(changed.is_empty(), "{method} changed {changed:?} and was cut off");
    });
    // Nobody can tell afterwards: the same answers for the same price, the same state, journal
    // and jobs.
    assert_eq!(disturbed, undisturbed);
}

#[test]
fn an_upgrade_that_is_cut_in_its_hook_has_not_happened() {
    if !on_localnet() {
        return;
    }
    let world = world();
    let program = fixtures::open_program(&world);
    fixtures::active_grant(&world, program, fixtures::content(5 * DOLLAR));
    let faults = Faults::on(world.network());
    faults.clear_executions();
    world.upgrade();
    let ran = faults.executions().into_iter().find(|ran| ran.entry == "post_upgrade");
    let needed = ran.expect("the hook ran").instructions;
    let span = Span { first: 1, last: needed - needed / 100 };
    let rule = Rule::new(Action::Trap(Cut::Instruction(span))).named("post_upgrade");
    faults.plan(&FaultPlan::of([rule]), number("GRANARY_SEED").unwrap_or(FIRST_SEED));
    faults.mark(world.canister);
    for _ in 0..UPGRADES {
        let reject = world.upgrade_to(next_wasm(1), None).expect_err("the hook is cut off");
        assert_eq!(reject.error_code, ErrorCode::CanisterInstructionLimitExceeded);
        assert_eq!(faults.changes(world.canister), [""; 0], "the old code and the old state");
    }
    faults.end();
    world.upgrade_to(next_wasm(1), None).expect("nothing keeps it from succeeding");
    fixtures::assert_valid(&world);
}

/// A grant in its challenge window and an offer nobody accepts; their numbers.
fn waiting(world: &World) -> (u64, u64) {
    let program = fixtures::open_program(world);
    let offer = || {
        let application = fixtures::submit(world, program, fixtures::content(5 * DOLLAR));
        fixtures::approve(world, application)
    };
    let (accepted, offered) = (offer(), offer());
    world.by(Who::Applicant).accept_grant(accepted).value("accept");
    (accepted, offered)
}

#[test]
fn what_timers_do_is_done_when_they_were_cut_again_and_again() {
    if !on_localnet() {
        return;
    }
    let first = number("GRANARY_SEED").unwrap_or(FIRST_SEED);
    let mut hits = 0;
    for seed in first..first + TIMER_RUNS {
        let world = world();
        let (accepted, offered) = waiting(&world);
        let span = Span { first: 1, last: 200_000 };
        let cut = || Action::Trap(Cut::Instruction(span));
        let lost = Action::Reject { code: 2, message: "no room in the queue".to_owned() };
        let rules = [
            Rule::new(cut()).named("global_timer").chance(300),
            Rule::new(cut()).from(world.canister).chance(400),
            Rule::new(lost).from(world.canister).chance(200),
            Rule::new(Action::Unknown { executed: true }).from(world.canister).chance(200),
        ];
        let faults = Faults::on(world.network());
        faults.plan(&FaultPlan::of(rules), seed);
        for _ in 0..8 {
            world.advance(5 * DAY);
            world.advance(MINUTE);
            // The platform forgets a timer whose execution fails; anybody may wake the canister,
            // and that call may be cut off as well.
            drop(world.by(Who::Stranger).raw_update("resume_jobs", b"DIDL\0\0".to_vec()));
        }
        hits += faults.end().expect("a plan was in force").hits.len() as u64;
        world.by(Who::Stranger).resume_jobs().value("wake the timer");
        world.settle();
        let state = |grant| world.by(Who::Auditor).get_grant(grant).value("the grant").state;
        assert_eq!(state(offered), GrantState::Lapsed, "seed {seed}");
        assert_eq!(state(accepted), GrantState::AtRisk, "seed {seed}");
        let jobs = world.by(Who::Operator).get_jobs_status().value("jobs");
        assert_eq!((jobs.running, jobs.dead_letter), (0, 0), "seed {seed}: {jobs:?}");
        fixtures::assert_valid(&world);
    }
    assert!(hits > 10 * TIMER_RUNS, "only {hits} executions and calls failed");
}
