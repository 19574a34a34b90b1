//! Releases tried on copies.

use super::fleet::Code;
use super::world::{CREW, Fate, Play, new, release};
use crate::errors::{GovernorError, StateFault};
use crate::records::run::{Run, RunKind};
use crate::records::{Item, Payload, Rehearsal, Release};
use crate::rules::fixtures::{item, release as one_item, target};
use crate::store::{Ask, Ticket};
use crate::types::{ProposalId, ProposalState};

fn rehearsed(what: Payload, prepare: impl FnOnce(&mut Play)) -> (Play, u64, Rehearsal) {
    let mut play = Play::new();
    prepare(&mut play);
    let id = play.propose(what, ProposalState::Audited);
    play.store.rehearse_release(&play.ctx(1), id).expect("it is audited");
    play.run(RunKind::Rehearsal, id, &|_, _| Fate::Fine, &|_| false);
    let report = report(&play, id);
    (play, id, report)
}

fn report(play: &Play, id: u64) -> Rehearsal {
    play.store.rehearsal(ProposalId::from_wire(id).expect("a number")).expect("a report")
}

fn run_of(play: &Play, id: u64) -> Run {
    let id = ProposalId::from_wire(id).expect("a number");
    play.store.run(RunKind::Rehearsal, id).expect("a run")
}

/// Nothing of it stays: no copy, no snapshot, and the three work as they did.
fn is_clean(play: &Play) -> bool {
    play.fleet.canisters.len() == 4
        && play.is_as_before()
        && CREW.iter().all(|n| play.fleet.at(target(*n)).snapshots.is_empty())
        && play.store.totals().rehearsing == 0
}

#[test]
fn n3_a_release_that_works_on_copies_is_discussed_next() {
    let (play, id, report) = rehearsed(release(), |_| {});
    assert!(report.succeeded());
    assert_eq!(report.canisters.len(), 3);
    let one = &report.canisters[0];
    assert_eq!((one.target, one.module), (target(11), new(11)));
    assert!(one.digest_before.is_some() && one.digest_before == one.digest_after);
    assert_eq!((one.schema_before, one.schema_after, one.records), (1, 1, 2));
    assert!(is_clean(&play));
    let proposal = play.store.stored(id).expect("a proposal").proposal;
    assert_eq!(proposal.state, ProposalState::Rehearsed);
    assert_eq!(proposal.rehearsal, Some(report.hash()));
    assert!(!proposal.rehearsal_failed && proposal.rehearsed_at.is_some());
    let looked = play.store.looked(id, play.ctx(1).now).expect("a proposal");
    assert_eq!(looked.proposal.state, ProposalState::Discussion);
    // Copies neither drain nor resume, and their code is told to keep still.
    assert!(!play.fleet.called.iter().any(|call| call.contains("PrepareUpgrade")));
}

#[test]
fn v11_whatever_goes_wrong_on_a_copy_is_in_the_report_and_leaves_nothing() {
    let cases: [(Code, &str); 4] = [
        (Code { spoils: true, ..Code::good(1) }, "the new code changes the state of risk_guard"),
        (Code { traps: true, ..Code::good(1) }, "risk_guard: post_upgrade trapped"),
        (Code { violates: true, ..Code::good(1) }, "risk_guard: V1: two are three"),
        (Code::good(2), "risk_guard has schema 2 and not 1"),
    ];
    for (code, problem) in cases {
        let (play, id, report) = rehearsed(release(), |play| {
            play.fleet.codes.insert(new(12), code);
        });
        let problems = report.canisters.iter().map(|one| one.problem.as_str());
        assert_eq!(problems.collect::<Vec<_>>(), ["", problem, ""]);
        assert!(!report.succeeded());
        let proposal = play.store.stored(id).expect("a proposal").proposal;
        assert!(proposal.rehearsal_failed);
        assert_eq!(proposal.state, ProposalState::Rehearsed);
        assert!(is_clean(&play), "{problem}");
    }
}

#[test]
fn n3_a_migration_is_driven_on_the_copy_and_one_that_stands_still_is_found() {
    let items = CREW.map(|n| Item { schema_to: 2, ..item(n) }).to_vec();
    let what = Payload::UpgradeRelease(Release { items, ..one_item() });
    for stalls_at in [None, Some(3)] {
        let (play, _, report) = rehearsed(what.clone(), |play| {
            for n in CREW {
                let code = Code { slices: 4, stalls_at, ..Code::good(2) };
                play.fleet.codes.insert(new(n), code);
            }
        });
        assert_eq!(report.succeeded(), stalls_at.is_none());
        let one = &report.canisters[0];
        if stalls_at.is_none() {
            assert_eq!((one.slices, one.schema_after), (4, 2));
        } else {
            assert_eq!(one.problem, "the migration of registry stands still at 3 of 4");
        }
        assert!(is_clean(&play));
        assert_eq!(play.store.totals().migrations, 0, "a copy's does not count");
    }
}

#[test]
fn a_canister_that_works_meanwhile_is_not_compared() {
    let mut play = Play::new();
    let id = play.propose(release(), ProposalState::Audited);
    play.store.rehearse_release(&play.ctx(1), id).expect("it is audited");
    let taken = |play: &Play| play.fleet.called.iter().any(|call| call.contains("LoadSnapshot"));
    play.run(RunKind::Rehearsal, id, &|_, _| Fate::Fine, &taken);
    let canister = play.fleet.at_mut(target(11));
    (canister.events, canister.memory.state) = (5, 9);
    play.run(RunKind::Rehearsal, id, &|_, _| Fate::Fine, &|_| false);
    let report = report(&play, id);
    assert!(report.succeeded());
    assert_eq!(report.canisters[0].digest_before, None);
    assert!(report.canisters[1].digest_before.is_some());
}

#[test]
fn a_canister_that_does_not_speak_is_installed_on_its_copy_and_not_compared() {
    let (play, _, report) = rehearsed(release(), Play::with_assets);
    assert!(report.succeeded(), "{report:?}");
    assert_eq!(report.canisters[2].digest_after, None);
    assert!(is_clean(&play));
}

#[test]
fn n3_one_bad_moment_anywhere_leaves_no_copy_behind() {
    let (play, _, _) = rehearsed(release(), |_| {});
    for at in 1..=play.calls {
        let one = usize::try_from(at).expect("few") % Fate::BAD.len();
        let all = Fate::BAD.to_vec();
        let fates = if super::all_faults() { all } else { vec![Fate::BAD[one]] };
        for fate in fates {
            let mut play = Play::new();
            let id = play.propose(release(), ProposalState::Audited);
            play.store.rehearse_release(&play.ctx(1), id).expect("it is audited");
            let lost = core::cell::Cell::new(false);
            let unlucky = |call: u32, ticket: &Ticket| {
                if call != at {
                    return Fate::Fine;
                }
                // A creation nobody heard of is a copy nobody knows.
                let is_creation = matches!(ticket.ask, Ask::CreateCanister { .. });
                lost.set(is_creation && fate == Fate::DoneUnsaid);
                fate
            };
            play.run(RunKind::Rehearsal, id, &unlucky, &|_| false);
            let report = report(&play, id);
            let what = format!("{fate:?} at call {at}");
            if lost.get() {
                assert!(!report.succeeded(), "{what}");
                continue;
            }
            let gone = is_clean(&play) || {
                let run = run_of(&play, id);
                let deletes = crate::records::run::Op::DeleteCopy;
                run.steps.iter().any(|step| step.op == deletes && !step.error.is_empty())
            };
            assert!(gone, "{what}: {:?}", play.fleet.canisters.keys().collect::<Vec<_>>());
            if matches!(fate, Fate::Busy | Fate::Upgraded) {
                assert!(report.succeeded(), "{what}: {report:?}");
                assert!(is_clean(&play), "{what}");
            }
        }
    }
}

#[test]
fn v7_a_rehearsal_lets_an_execution_go_first_and_one_runs_at_a_time() {
    let mut play = Play::new();
    let tried = play.propose(release(), ProposalState::Audited);
    play.store.rehearse_release(&play.ctx(1), tried).expect("it is audited");
    let again = play.store.rehearse_release(&play.ctx(1), tried);
    assert_eq!(again, Err(GovernorError::from(StateFault::Running { proposal: tried })));
    let clock = play.ctx(99);
    let step = play.store.begin_step(&clock, RunKind::Rehearsal, tried).expect("the clock may");
    let crate::store::Step::Call(ticket) = step else { panic!("a question") };
    let id = play.propose(release(), ProposalState::Ready);
    play.execute(id).expect("it is ready");
    let clock = play.ctx(99);
    let step = play.store.begin_step(&clock, RunKind::Execution, id).expect("the clock may");
    assert!(matches!(step, crate::store::Step::Wait(_)), "a call of the other is under way");
    let outcome = play.fleet.ask(&ticket);
    play.store.settle(&clock, &ticket, outcome).expect("heard");
    let step = play.store.begin_step(&clock, RunKind::Rehearsal, tried).expect("the clock may");
    assert!(matches!(step, crate::store::Step::Wait(_)), "an execution goes first");
    play.watch(id);
    assert_eq!(play.state(id), ProposalState::Observing);
    let step = play.store.begin_step(&play.ctx(99), RunKind::Rehearsal, tried);
    assert!(
        matches!(step, Ok(crate::store::Step::Call(_))),
        "one that is observed is no hindrance"
    );
}

#[test]
fn v11_a_rehearsal_that_ends_behind_the_vote_changes_nothing_that_was_approved() {
    let mut play = Play::new();
    let id = play.propose(release(), ProposalState::Audited);
    play.store.rehearse_release(&play.ctx(1), id).expect("it is audited");
    play.store.cancel(&play.ctx(1), id, "it was a mistake").expect("its proposer may");
    play.run(RunKind::Rehearsal, id, &|_, _| Fate::Fine, &|_| false);
    let proposal = play.store.stored(id).expect("a proposal").proposal;
    assert_eq!((proposal.state, proposal.rehearsal), (ProposalState::Cancelled, None));
    assert!(is_clean(&play), "and the copies are gone all the same");
}

#[test]
fn who_may_rehearse_and_when() {
    let mut play = Play::new();
    let draft = play.propose(release(), ProposalState::Staged);
    let early = play.store.rehearse_release(&play.ctx(1), draft);
    assert!(matches!(early, Err(GovernorError::State(StateFault::Proposal { .. }))));
    let id = play.propose(release(), ProposalState::Audited);
    let stranger = play.store.rehearse_release(&play.ctx(77), id);
    assert!(matches!(stranger, Err(GovernorError::Access(_))));
    let late = play.store.advance_execution(&play.ctx(77), id);
    assert!(late.is_err(), "there is nothing to go on with");
}
