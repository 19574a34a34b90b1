//! The clock: what is due happens, what is not does not.

use super::*;
use crate::records::Account;
use crate::rules::{Wake, fixtures};
use crate::types::{ApplicationId, Units};

fn on_day(n: u64) -> Timestamp {
    fixtures::later(&fixtures::ctx(fixtures::manager()), n).now
}

fn due(tick: Result<Tick, GrantError>) -> Change {
    match tick {
        Ok(Tick::Due(change)) => *change,
        other => panic!("nothing was due: {other:?}"),
    }
}

#[test]
fn a_requested_change_expires() {
    let mut head = fixtures::application(ApplicationState::ChangesRequested, 500);
    head.decided_at = Some(fixtures::start());
    let id = ApplicationId::new(1).expect("not zero");
    let account = Account { counted: Units::new(500), ..Account::default() };
    let view = ApplicationView { id, head, account };
    let program = fixtures::program().head;
    assert!(matches!(application_tick(&view, &program, on_day(14)), Ok(Tick::Later(_))));
    let change = due(application_tick(&view, &program, on_day(15)));
    assert_eq!(change.application.expect("a row").1.state, ApplicationState::Expired);
    assert_eq!(change.account.expect("freed").2.counted, Units::ZERO);
}

#[test]
fn g1_a_lapsed_offer_goes_back_to_the_budget() {
    let view = fixtures::grant(GrantState::Offered, 500);
    assert!(matches!(grant_tick(&view, &[], on_day(30)), Ok(Tick::Later(_))));
    let change = due(grant_tick(&view, &[], on_day(31)));
    let program = change.program.expect("a row").1;
    assert_eq!(program.ledger.available, program.ledger.budget);
    assert_eq!((program.ledger.committed, program.live_grants), (Units::ZERO, 0));
}

#[test]
fn a_silent_grant_is_at_risk() {
    let view = fixtures::grant(GrantState::Active, 500);
    assert!(matches!(grant_tick(&view, &[], on_day(59)), Ok(Tick::Later(_))));
    let change = due(grant_tick(&view, &[], on_day(60)));
    assert_eq!(change.grant.expect("a row").1.state, GrantState::AtRisk);
    let kinds: Vec<_> = change.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::InactivityDetected]);
}

#[test]
fn milestones_become_overdue_and_the_next_is_awaited() {
    let mut view = fixtures::grant(GrantState::Active, 500);
    view.head.next_due = Some(on_day(7));
    let step = |n, state| Milestone {
        amount: Units::new(100),
        due_at: on_day(n),
        state,
        evidence: vec![],
    };
    let milestones = [
        (0, step(7, MilestoneState::Planned)),
        (1, step(7, MilestoneState::Submitted)),
        (2, step(14, MilestoneState::Planned)),
    ];
    let change = due(grant_tick(&view, &milestones, on_day(7)));
    assert_eq!(change.milestones.len(), 1);
    assert_eq!(change.milestones[0].1, 0);
    assert_eq!(change.grant.expect("a row").1.next_due, Some(on_day(14)));
    assert_eq!(change.wake, Some(Wake::Grant(view.id, on_day(14))));
}
