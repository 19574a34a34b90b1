//! Every call of a release fails in every way, one at a time and in pairs of unlucky rounds.

use super::fleet::Code;
use super::world::{CREW, Fate, Play, new};
use crate::records::run::RunKind;
use crate::types::ProposalState;

/// How many calls the release makes until it is observed, everything being well.
fn calls(start: fn() -> (Play, u64)) -> u32 {
    let (mut play, id) = start();
    play.finish(id);
    play.calls
}

/// V5, V8, V9: all new, or all old with the old state; and all run, or people are called.
fn holds(play: &Play, id: u64, what: &str) {
    let state = play.state(id);
    match state {
        ProposalState::Completed => {
            assert_eq!(play.modules(), CREW.map(new), "{what}");
            assert!(play.all_run(), "{what}");
        }
        ProposalState::RolledBack => assert!(play.is_as_before(), "{what}: {}", play.reason(id)),
        ProposalState::RollbackFailed => {
            assert_eq!(play.store.totals().open_incidents, 1, "{what}");
        }
        other => panic!("{what}: it ended {other:?}"),
    }
    play.sound();
}

/// One after the other; all of them at every call when `GRANARY_FAULTS` is `all`, which takes
/// minutes.
fn fates(at: u32) -> Vec<Fate> {
    if !super::all_faults() {
        let one = usize::try_from(at).expect("few") % Fate::BAD.len();
        return vec![Fate::BAD[one]];
    }
    Fate::BAD.to_vec()
}

fn once(start: fn() -> (Play, u64), label: &str) {
    let count = calls(start);
    assert!(count > 20, "{count} calls");
    for at in 1..=count {
        for fate in fates(at) {
            let (mut play, id) = start();
            let unlucky = |call: u32, _: &crate::store::Ticket| {
                if call == at { fate } else { Fate::Fine }
            };
            play.run(RunKind::Execution, id, &unlucky, &|_| false);
            let what = format!("{label}: {fate:?} at call {at}");
            holds(&play, id, &what);
            assert_ne!(play.state(id), ProposalState::RollbackFailed, "{what}");
            if !matches!(fate, Fate::Refused) {
                let happy = label == "forward";
                let completed = play.state(id) == ProposalState::Completed;
                assert_eq!(completed, happy, "one bad moment decides nothing: {what}");
            }
        }
    }
}

fn failing() -> (Play, u64) {
    let (mut play, id) = Play::releasing_briefly();
    play.fleet.codes.insert(new(13), Code { violates: true, ..Code::good(1) });
    (play, id)
}

#[test]
fn v9_one_bad_moment_anywhere_on_the_way_forward() {
    once(Play::releasing_briefly, "forward");
}

#[test]
fn v9_one_bad_moment_anywhere_on_the_way_back() {
    once(failing, "back");
}

/// From some call on nothing of a kind succeeds any more.
#[test]
fn v8_whatever_stops_working_for_good_it_is_all_or_nothing_or_people_are_called() {
    let count = calls(Play::releasing_briefly);
    let step = if super::all_faults() { 3 } else { 17 };
    for at in (1..=count).step_by(step) {
        for fate in [Fate::Refused, Fate::UndoneUnsaid, Fate::Silent, Fate::DoneUnsaid] {
            let (mut play, id) = Play::releasing_briefly();
            let unlucky = |call: u32, ticket: &crate::store::Ticket| {
                let looks = matches!(ticket.ask, crate::store::Ask::Status);
                if call >= at && call < at + 400 && !looks { fate } else { Fate::Fine }
            };
            play.run(RunKind::Execution, id, &unlucky, &|_| false);
            let what = format!("{fate:?} from call {at} on");
            let state = play.state(id);
            assert!(state.is_over(), "{what}");
            if state == ProposalState::RollbackFailed {
                assert_eq!(play.store.totals().open_incidents, 1, "{what}");
            } else {
                holds(&play, id, &what);
            }
            play.sound();
        }
    }
}

#[test]
fn v9_the_way_back_that_fails_starts_what_stands_still_and_calls_people() {
    let (mut play, id) = failing();
    let unlucky = |_: u32, ticket: &crate::store::Ticket| {
        let loads = matches!(ticket.ask, crate::store::Ask::LoadSnapshot { .. });
        if loads { Fate::Refused } else { Fate::Fine }
    };
    play.run(RunKind::Execution, id, &unlucky, &|_| false);
    assert_eq!(play.state(id), ProposalState::RollbackFailed);
    assert!(play.all_run(), "K9");
    assert_eq!(play.modules(), CREW.map(new), "V8: none of them");
    let (_, incident) = play.store.incident(1).expect("it was opened by itself");
    assert_eq!(incident.proposal, Some(id));
    assert_eq!(incident.title, "Proposal 1: the way back failed");
    assert!(incident.notes[0].text.contains("on the way back"));
    play.sound();
}

#[test]
fn the_governor_may_be_replaced_between_any_two_calls() {
    let (mut play, id) = Play::releasing_briefly();
    play.run(RunKind::Execution, id, &|_, _| Fate::Upgraded, &|_| false);
    assert_eq!(play.state(id), ProposalState::Completed);
    assert_eq!(play.modules(), CREW.map(new));
    play.sound();
    let (mut play, id) = failing();
    play.run(RunKind::Execution, id, &|_, _| Fate::Upgraded, &|_| false);
    assert_eq!(play.state(id), ProposalState::RolledBack);
    assert!(play.is_as_before());
}

#[test]
fn an_answer_to_an_older_question_is_not_heard() {
    let (mut play, id) = Play::releasing_briefly();
    let clock = play.ctx(99);
    let step = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    let crate::store::Step::Call(ticket) = step else { panic!("a question") };
    let again = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    assert!(matches!(again, crate::store::Step::Wait(at) if at == ticket.lease_until));
    let mut older = ticket.clone();
    older.turn -= 1;
    let outcome = play.fleet.ask(&ticket);
    play.store.settle(&clock, &older, outcome.clone()).expect("not heard");
    let again = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    assert!(matches!(again, crate::store::Step::Wait(_)), "it is under way still");
    play.store.settle(&clock, &ticket, outcome.clone()).expect("heard");
    let head = play.store.journal_head();
    play.store.settle(&clock, &ticket, outcome).expect("not heard twice");
    assert_eq!(play.store.journal_head(), head);
}
