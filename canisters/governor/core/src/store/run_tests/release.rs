//! Releases: the happy way, each trigger, what members may do, what is kept.

use super::fleet::Code;
use super::world::{CREW, Fate, Play, new, old, release};
use crate::errors::{GovernorError, InputFault, StateFault};
use crate::limits;
use crate::records::run::{Direction, Op, RunKind, StepRow, StepState};
use crate::records::{Profile, Run, SnapshotState};
use crate::rules::fixtures::{DAY, START, person, target};
use crate::rules::run::ask::Life;
use crate::store::{Ask, Ticket};
use crate::types::{Duration, ProposalId, ProposalState, Trigger};

fn run_of(play: &Play, id: u64) -> Run {
    let id = ProposalId::from_wire(id).expect("a number");
    play.store.run(RunKind::Execution, id).expect("a run")
}

/// Events of the run by name of kind and step.
fn journal(play: &Play) -> Vec<(&'static str, Option<String>)> {
    (0..play.store.journal_head().0)
        .map(|at| {
            let (_, event) = play.store.event(at).expect("an event");
            (event.kind.name(), event.name)
        })
        .collect()
}

#[test]
fn a_release_of_three_in_two_phases_is_installed_watched_and_kept() {
    let (mut play, id) = Play::releasing();
    play.watch(id);
    assert_eq!(play.modules(), CREW.map(new));
    assert!(play.all_run());
    let epoch = run_of(&play, id).epoch;
    let taken = play.store.snapshot(epoch).expect("a fleet snapshot");
    assert_eq!((taken.state, taken.shots.len()), (SnapshotState::Complete, 3));
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::Completed);
    assert_eq!(play.store.snapshot(epoch).map(|one| one.state), Some(SnapshotState::Good));
    for n in CREW {
        let canister = play.fleet.at(target(n));
        assert_eq!((canister.memory.drain, canister.memory.state), (None, 7));
        assert!(canister.chunks.is_empty(), "the store is empty again");
        assert!(canister.woken > 0 && canister.reconciled == 0);
        assert_eq!(play.store.target(&target(n)).and_then(|row| row.module), Some(new(n)));
    }
    assert!(play.now >= START + DAY, "it was watched a day");
    play.sound();
}

#[test]
fn a_phase_begins_when_the_one_before_is_proven() {
    let (mut play, id) = Play::releasing();
    play.finish(id);
    let place = |needle: &str, n: u8| {
        let peer = format!("{:?}", target(n));
        let fits = |call: &String| call.starts_with(&peer) && call.contains(needle);
        play.fleet.called.iter().position(fits).unwrap_or_else(|| panic!("{needle} of {n}"))
    };
    assert!(place("Upload", 13) < place("PrepareUpgrade", 13), "staged before it is drained");
    assert!(place("PrepareUpgrade", 13) < place("PrepareUpgrade", 11), "callers first");
    assert!(place("Stop", 13) < place("Stop", 11), "callers first");
    assert!(place("TakeSnapshot", 13) < place("Install", 11), "V8: all before the first");
    assert!(place("Validate", 12) < place("Install", 13), "the first phase is proven");
    assert!(place("Validate", 13) < place("Resume {", 11), "all before any works again");
}

#[test]
fn every_step_begins_and_ends_in_the_journal() {
    let (mut play, id) = Play::releasing();
    play.finish(id);
    let journal = journal(&play);
    let count = |kind: &str, op: &str| {
        journal.iter().filter(|(one, name)| *one == kind && name.as_deref() == Some(op)).count()
    };
    for op in ["Inspect", "Stage", "Drain", "Stop", "Snapshot", "Install", "Start", "Health"] {
        assert_eq!((count("StepStarted", op), count("StepSucceeded", op)), (3, 3), "{op}");
    }
    assert_eq!(count("StepStarted", "Observe"), 3 * 11, "ten times and at the end");
    assert_eq!(journal.iter().filter(|(kind, _)| *kind == "SnapshotTaken").count(), 3);
    assert!(run_of(&play, id).steps.iter().all(|step| step.state == StepState::Done));
}

#[test]
fn v5_only_the_approved_hash_counts_whatever_the_reply_says() {
    let (mut play, id) = Play::releasing();
    // Its upgrade traps: the reply does not come, and what runs is the old code.
    play.fleet.codes.insert(new(12), Code { traps: true, ..Code::good(1) });
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert_eq!(run_of(&play, id).trigger, Some(Trigger::CriticalFunction));
    assert!(play.reason(id).contains("post_upgrade trapped"), "{}", play.reason(id));
    assert!(play.is_as_before());
    play.sound();
}

#[test]
fn v6_other_code_than_expected_makes_it_stale_before_anything_is_done() {
    let (mut play, id) = Play::releasing();
    play.fleet.at_mut(target(13)).memory.module = Some([250; 32]);
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::Stale);
    assert!(
        !play.fleet.called.iter().any(|call| call.contains("Prepare") || call.contains("Upload"))
    );
    play.sound();
}

#[test]
fn v7_a_second_one_is_refused_while_one_runs() {
    let (mut play, id) = Play::releasing();
    let second = play.propose(release(), ProposalState::Ready);
    let refused = Err(GovernorError::from(StateFault::Running { proposal: id }));
    assert_eq!(play.execute(second), refused);
    play.watch(id);
    assert_eq!(play.execute(second), refused, "an observed one runs still");
    assert!(matches!(play.execute(id), Err(GovernorError::State(StateFault::Proposal { .. }))));
}

#[test]
fn v8_a_failure_behind_the_first_install_restores_all_that_was_touched() {
    let (mut play, id) = Play::releasing();
    play.fleet.codes.insert(new(13), Code { violates: true, ..Code::good(1) });
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert_eq!(run_of(&play, id).trigger, Some(Trigger::DataInconsistent));
    assert!(play.is_as_before());
    let reconciled = CREW.map(|n| play.fleet.at(target(n)).reconciled);
    assert_eq!(reconciled, [1, 1, 1], "E7: what was in flight is reconciled");
    assert_eq!(play.store.totals().rollbacks, 1);
    play.sound();
}

#[test]
fn v9_a_canister_that_does_not_stop_is_started_again_and_keeps_its_code() {
    let (mut play, id) = Play::releasing();
    play.fleet.at_mut(target(12)).hangs = true;
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(
        !play.fleet.called.iter().any(|call| call.contains("Install") || call.contains("Load"))
    );
    assert!(play.is_as_before());
    let left = CREW.map(|n| play.fleet.at(target(n)).snapshots.len());
    assert_eq!(left, [0, 0, 0], "snapshots that lead nowhere are gone");
    play.sound();
}

#[test]
fn each_trigger_leads_back() {
    let sick = Code { sick: true, ..Code::good(1) };
    let cut_off = Code { cut_off: true, ..Code::good(1) };
    let violates = Code { violates: true, ..Code::good(1) };
    let traps = Code { traps: true, ..Code::good(1) };
    for (code, trigger) in [
        (sick, Trigger::HealthCheckFailed),
        (cut_off, Trigger::ConnectionFailed),
        (violates, Trigger::DataInconsistent),
        (traps, Trigger::CriticalFunction),
    ] {
        for n in CREW {
            let (mut play, id) = Play::releasing();
            play.fleet.codes.insert(new(n), code.clone());
            play.finish(id);
            assert_eq!(run_of(&play, id).trigger, Some(trigger), "{n}");
            assert_eq!(play.state(id), ProposalState::RolledBack, "{trigger:?} of {n}");
            assert!(play.is_as_before(), "{trigger:?} of {n}");
            if trigger == Trigger::ConnectionFailed {
                // All of them run the new code by then, and none of it took work that is lost now.
                let mut steps = run_of(&play, id).steps.into_iter();
                assert!(!steps.any(|step| step.op == Op::Resume && step.state == StepState::Done));
            }
            play.sound();
        }
    }
}

#[test]
fn a_sick_canister_is_waited_for_a_while_and_briefly_on_a_test_network() {
    for (profile, patience) in
        [(Profile::Production, limits::SETTLE), (Profile::Testing, limits::TEST_SETTLE)]
    {
        let (mut play, id) = Play::releasing();
        let mut config = play.store.config().clone();
        config.base.profile = profile;
        play.store.set_config(config);
        play.fleet.codes.insert(new(12), Code { sick: true, ..Code::good(1) });
        play.finish(id);
        assert_eq!(run_of(&play, id).trigger, Some(Trigger::HealthCheckFailed));
        let steps = run_of(&play, id).steps;
        let looked = |step: &&StepRow| step.op == Op::Health && step.state == StepState::Failed;
        let step = steps.iter().find(looked).expect("a look that failed");
        let waited = step.ended_at.expect("over").saturating_since(step.begun_at.expect("begun"));
        let most = patience.as_nanos() + 2 * limits::LOOK_AGAIN.as_nanos();
        assert!((patience.as_nanos()..=most).contains(&waited.as_nanos()), "{waited:?}");
    }
}

#[test]
fn what_nobody_answers_is_asked_again_more_and_more_slowly_and_quickly_on_a_test_network() {
    for (profile, seconds) in [(Profile::Production, 2 + 4 + 8 + 16), (Profile::Testing, 4 * 2)] {
        let (mut play, id) = Play::releasing();
        let mut config = play.store.config().clone();
        config.base.profile = profile;
        play.store.set_config(config);
        let busy = |_: u32, ticket: &Ticket| {
            if matches!(ticket.ask, Ask::Validate { .. }) { Fate::Busy } else { Fate::Fine }
        };
        play.run(RunKind::Execution, id, &busy, &|_| false);
        let steps = run_of(&play, id).steps;
        let asked = |step: &&StepRow| step.op == Op::Validate && step.state == StepState::Failed;
        let step = steps.iter().find(asked).expect("a check without an answer");
        assert_eq!(step.tries, limits::STEP_TRIES);
        let waited = step.ended_at.expect("over").saturating_since(step.begun_at.expect("begun"));
        let least = Duration::seconds(seconds).as_nanos();
        let most = Duration::seconds(seconds + limits::STEP_TRIES).as_nanos();
        assert!((least..=most).contains(&waited.as_nanos()), "{profile:?}: {waited:?}");
    }
}

#[test]
fn a_canister_that_never_finishes_its_work_is_left_alone() {
    let (mut play, id) = Play::releasing();
    play.fleet.at_mut(target(11)).busy = true;
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(play.reason(id).contains("registry did not finish its work in time"));
    assert!(!play.fleet.called.iter().any(|call| call.contains("Stop")));
    assert!(CREW.iter().all(|n| play.fleet.at(target(*n)).memory.drain.is_none()));
}

#[test]
fn a_migration_is_followed_and_one_that_stands_still_leads_back() {
    let migrating = |stalls_at| {
        let (mut play, id) = Play::with_schema(2);
        play.fleet.codes.insert(new(12), Code { slices: 5, stalls_at, ..Code::good(2) });
        let far = |play: &Play| play.store.totals().migrating == (2, 5);
        play.run(RunKind::Execution, id, &|_, _| Fate::Fine, &far);
        assert_eq!(play.store.totals().migrating, (2, 5));
        play.finish(id);
        assert_eq!(play.store.totals().migrating, (0, 0));
        (play.state(id), play)
    };
    let (state, play) = migrating(None);
    assert_eq!((state, play.store.totals().migrations), (ProposalState::Completed, 3));
    let row = play.store.target(&target(12)).expect("a target");
    assert_eq!((row.schema, row.module), (2, Some(new(12))));
    let (state, play) = migrating(Some(2));
    assert_eq!((state, play.store.totals().migrations), (ProposalState::RolledBack, 1));
    assert!(play.is_as_before());
}

#[test]
fn an_observed_release_goes_back_when_a_canister_falls_ill_or_runs_other_code() {
    for harm in 0..4 {
        let (mut play, id) = Play::releasing();
        play.watch(id);
        let canister = play.fleet.at_mut(target(12));
        // What was done under the new code is lost with it: that is what the rule says.
        canister.memory.state = 50;
        match harm {
            0 => canister.life = Life::Stopped,
            1 => canister.memory.module = Some(old(12)),
            2 => canister.controllers.push(person(66)),
            _ => play.fleet.codes.get_mut(&new(12)).expect("code").sick = true,
        }
        play.finish(id);
        let back = [ProposalState::RolledBack, ProposalState::Completed][usize::from(harm == 2)];
        assert_eq!(play.state(id), back, "{harm}: another controller is the watch's business");
        assert!(play.all_run());
        assert!(harm == 2 || play.is_as_before(), "{harm}");
        play.sound();
    }
}

#[test]
fn members_take_an_observed_release_back() {
    let (mut play, id) = Play::releasing();
    let digest = play.store.stored(id).expect("a proposal").proposal.digest;
    let early = play.store.rollback_release(&play.ctx(1), id, digest);
    assert!(matches!(early, Err(GovernorError::State(StateFault::Proposal { .. }))));
    play.watch(id);
    let other = play.store.rollback_release(&play.ctx(1), id, [0; 32]);
    assert_eq!(other, Err(InputFault::NotSeen { what: "digest" }.into()));
    for n in 1..=2 {
        play.store.rollback_release(&play.ctx(n), id, digest).expect("a member");
    }
    assert_eq!(
        play.store.rollback_release(&play.ctx(2), id, digest),
        Err(StateFault::Voted.into())
    );
    assert!(matches!(
        play.store.rollback_release(&play.ctx(77), id, digest),
        Err(GovernorError::Access(_))
    ));
    assert_eq!(play.state(id), ProposalState::Observing, "two of three");
    play.store.rollback_release(&play.ctx(3), id, digest).expect("a member");
    assert_eq!(play.state(id), ProposalState::RollingBack);
    play.finish(id);
    let run = run_of(&play, id);
    assert_eq!((run.trigger, run.direction), (Some(Trigger::Members), Direction::Back));
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(play.is_as_before());
    play.sound();
}

#[test]
fn v14_the_newest_three_good_snapshots_are_kept_and_the_last_good_of_each_canister() {
    let (mut play, id) = Play::releasing();
    // A good snapshot of each of the last releases; only the oldest has the third canister.
    for (epoch, crew) in
        [(1_u64, vec![13]), (2, vec![11]), (3, vec![11]), (4, vec![11]), (5, vec![12])]
    {
        play.keep_good(epoch, &crew, false);
    }
    play.keep_good(6, &[12], true);
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::Completed);
    let epoch = run_of(&play, id).epoch;
    let kept = |epoch| play.store.snapshot(epoch).map(|one| one.state);
    assert_eq!(kept(1), Some(SnapshotState::Pruned), "there is a newer good one of it");
    assert_eq!(kept(2), Some(SnapshotState::Pruned));
    assert_eq!(kept(3), Some(SnapshotState::Pruned));
    assert_eq!((kept(4), kept(5)), (Some(SnapshotState::Good), Some(SnapshotState::Good)));
    assert_eq!(kept(6), Some(SnapshotState::Good), "pinned");
    assert_eq!(kept(epoch), Some(SnapshotState::Good));
    assert_eq!(CREW.map(|n| play.fleet.at(target(n)).snapshots.len()), [2, 3, 1]);
    play.sound();
}

#[test]
fn v14_without_room_the_oldest_unpinned_one_goes_or_the_release_does_not_begin() {
    let fill = |pinned: bool| {
        let (mut play, id) = Play::releasing();
        for epoch in 1..=10 {
            play.keep_good(epoch, &[11], pinned);
        }
        play.finish(id);
        (play.state(id), play)
    };
    let (state, play) = fill(true);
    assert_eq!(state, ProposalState::RolledBack);
    assert!(!play.fleet.called.iter().any(|call| call.contains("Prepare")), "nothing was done");
    let (state, play) = fill(false);
    assert_eq!(state, ProposalState::Completed);
    assert_eq!(play.store.snapshot(1).map(|one| one.state), Some(SnapshotState::Pruned));
    assert!(play.fleet.at(target(11)).snapshots.len() <= 10);
    play.sound();
}

#[test]
fn a_drain_that_would_end_by_itself_takes_an_unproven_release_back_before() {
    let (mut play, id) = Play::with_schema(2);
    // It moves, so it does not stand still; but it takes longer than canisters stay drained.
    play.fleet.codes.insert(new(12), Code { slices: 1_000_000, ..Code::good(2) });
    let begun = play.now;
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(play.now - begun < limits::DRAIN_DEADLINE.as_nanos());
    assert!(play.is_as_before());
}

#[test]
fn what_needs_no_canister_is_inspected_in_vain_without_cycles_or_control() {
    for harm in 0..2 {
        let (mut play, id) = Play::releasing();
        let canister = play.fleet.at_mut(target(12));
        if harm == 0 {
            canister.cycles = 1_000;
        } else {
            canister.controllers.clear();
        }
        play.finish(id);
        assert_eq!(play.state(id), ProposalState::RolledBack);
        assert!(!play.fleet.called.iter().any(|call| call.contains("Prepare")));
        assert_eq!(play.store.totals().rollbacks, 0, "nothing was taken back");
    }
}

#[test]
fn the_governors_own_drain_lets_no_call_begin() {
    let (mut play, id) = Play::releasing();
    let mut governor = play.ctx(1);
    governor.actor = super::world::recovery();
    let deadline = governor.now.saturating_add(limits::DRAIN);
    play.store.prepare_upgrade(&governor, 5, deadline).expect("recovery governs it");
    let clock = play.ctx(99);
    let step = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    assert!(matches!(step, crate::store::Step::Wait(_)));
    play.store.resume(&governor, 5, false).expect("it ends");
    let step = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    assert!(matches!(step, crate::store::Step::Call(_)));
}

#[test]
fn a_canister_that_does_not_speak_is_replaced_by_the_networks_word_alone() {
    let mut play = Play::new();
    play.with_assets();
    let id = play.propose(release(), ProposalState::Ready);
    play.execute(id).expect("it is ready");
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::Completed);
    assert_eq!(play.modules(), CREW.map(new));
    let mut play = Play::new();
    play.with_assets();
    play.fleet.codes.insert(new(13), Code { traps: true, ..Code::good(1) });
    let id = play.propose(release(), ProposalState::Ready);
    play.execute(id).expect("it is ready");
    play.finish(id);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(play.is_as_before());
    play.sound();
}
