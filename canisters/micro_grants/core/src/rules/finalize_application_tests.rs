//! The decision: quorum, majority, score, money.

use super::*;
use crate::records::{Conflict, Recommendation};
use crate::rules::fixtures;
use crate::rules::quorum::Panel;
use crate::rules::quorum::tests::{declaration, review};

use Recommendation::{Approve, Changes, Reject};

struct World {
    view: View,
    panel: Panel,
    head: ApplicationHead,
}

fn world(reviews: &[(Recommendation, u32)]) -> World {
    let program = fixtures::program();
    let mut panel = Panel::default();
    for (seat, (recommendation, score)) in (0..).zip(reviews) {
        panel.declarations.push((seat, declaration(Conflict::None)));
        panel.reviews.push((seat, review(*recommendation, *score)));
    }
    World {
        view: View {
            id: ApplicationId::new(1).expect("not zero"),
            program: (program.id, program.head),
            account: Account { counted: Units::new(500), ..Account::default() },
            next: GrantId::new(1),
            asset: fixtures::asset(),
        },
        panel,
        head: fixtures::application(ApplicationState::UnderReview, 500),
    }
}

impl World {
    fn decide(&self) -> Result<Change, GrantError> {
        self.decide_as(fixtures::manager())
    }

    fn decide_as(&self, who: crate::types::Principal) -> Result<Change, GrantError> {
        let body = fixtures::program().body;
        let content = fixtures::content(500);
        let case = Case { body: &body, head: &self.head, content: &content, panel: &self.panel };
        finalize_application(&self.view, &case, &fixtures::ctx(who))
    }

    fn state(&self) -> ApplicationState {
        self.decide().expect("a decision").application.expect("a row").1.state
    }
}

#[test]
fn g5_the_rule_decides() {
    let approved = world(&[(Approve, 8_000), (Approve, 6_000)]);
    assert_eq!(approved.state(), ApplicationState::Approved);
    // One of two is the half the rule asks for.
    let split = world(&[(Approve, 8_000), (Reject, 6_000)]);
    assert_eq!(split.state(), ApplicationState::Approved);
    let low = world(&[(Approve, 4_000), (Approve, 5_999)]);
    assert_eq!(low.state(), ApplicationState::Rejected);
    let few = world(&[(Approve, 9_000), (Reject, 9_000), (Reject, 9_000)]);
    assert_eq!(few.state(), ApplicationState::Rejected);
}

#[test]
fn a_majority_for_changes_wins() {
    let two = world(&[(Changes, 9_000), (Changes, 9_000), (Approve, 9_000)]);
    assert_eq!(two.state(), ApplicationState::ChangesRequested);
    assert!(matches!(two.decide().expect("changes").wake, Some(Wake::Application(..))));
    let half = world(&[(Changes, 9_000), (Approve, 9_000)]);
    assert_eq!(half.state(), ApplicationState::Approved);
}

#[test]
fn g5_the_quorum_is_absolute() {
    let one = world(&[(Approve, 9_000)]);
    let missing = StateFault::ReviewsMissing { counted: 1, min_reviews: 2 };
    assert_eq!(one.decide().err(), Some(missing.into()));
    let mut blocked = world(&[(Approve, 9_000), (Approve, 9_000), (Approve, 9_000)]);
    for seat in [0, 1] {
        blocked.panel.declarations[seat].1.conflict = Conflict::Financial;
    }
    let fault = StateFault::Blocked { eligible: 1, min_reviews: 2 };
    assert_eq!(blocked.decide().err(), Some(fault.into()));
}

#[test]
fn g5_an_undeclared_review_does_not_count() {
    let mut world = world(&[(Approve, 9_000), (Approve, 9_000)]);
    world.panel.declarations.pop();
    let missing = StateFault::ReviewsMissing { counted: 1, min_reviews: 2 };
    assert_eq!(world.decide().err(), Some(missing.into()));
}

#[test]
fn g1_an_approval_commits_what_is_available() {
    let mut world = world(&[(Approve, 9_000), (Approve, 9_000)]);
    let change = world.decide().expect("approved");
    let ledger = change.program.expect("a row").1.ledger;
    assert_eq!((ledger.available.get(), ledger.committed.get()), (9_500, 500));
    let (_, grant) = change.grant.expect("a grant");
    assert_eq!((grant.state, grant.award.get()), (GrantState::Offered, 500));
    world.view.program.1.ledger.available = Units::new(499);
    let refused = world.decide();
    assert!(matches!(refused, Err(GrantError::Funds(FundsFault::Budget { .. }))));
}

#[test]
fn the_finalizer_is_of_the_panel_and_no_party() {
    let mut world = world(&[(Approve, 9_000), (Approve, 9_000)]);
    assert!(world.decide_as(fixtures::reviewer(2)).is_ok());
    assert_eq!(world.decide_as(fixtures::bob()).err(), Some(AccessFault::Panel.into()));
    world.head.applicant = fixtures::manager();
    let own = world.decide_as(fixtures::manager()).err();
    assert_eq!(own, Some(AccessFault::Independence.into()));
}

#[test]
fn nothing_is_decided_while_paused() {
    let mut world = world(&[(Approve, 9_000), (Approve, 9_000)]);
    world.view.program.1.state = ProgramState::Paused;
    assert!(matches!(world.decide(), Err(GrantError::State(StateFault::Program { .. }))));
}
