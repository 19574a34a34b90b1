//! Who may judge an application, and what the judgements come to (G5, G6).

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{
    ApplicationHead, Conflict, Content, Declaration, ProgramBody, Recommendation, Review,
};
use crate::types::Principal;

/// What reviewers have said about one application.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Declarations by seat.
    pub declarations: Vec<(u16, Declaration)>,
    /// Reviews of the current version before the current panel, by seat.
    pub reviews: Vec<(u16, Review)>,
    /// Seats that reviewed any version before the first panel.
    pub first_panel: Vec<u16>,
}

impl Panel {
    /// What the seat declared.
    pub fn declared(&self, seat: u16) -> Option<Conflict> {
        self.declarations.iter().find(|(of, _)| *of == seat).map(|(_, said)| said.conflict)
    }
}

/// An application with what its independence depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The programme's people.
    pub body: &'a ProgramBody,
    /// The application.
    pub head: &'a ApplicationHead,
    /// Its current version, for the team.
    pub content: &'a Content,
    /// What reviewers have said.
    pub panel: &'a Panel,
}

impl Case<'_> {
    /// True for somebody who cannot judge it whatever they declare (G6).
    pub fn is_party(&self, who: &Principal) -> bool {
        self.head.applicant == *who || self.content.team.contains(who)
    }

    /// Everybody whom the decision concerns: the applicant and the team.
    pub fn parties(&self) -> Vec<Principal> {
        [self.head.applicant].iter().chain(&self.content.team).copied().collect()
    }

    /// Why the reviewer on this seat may not judge; none when it may, once it has declared.
    fn hindrance(&self, seat: u16, who: &Principal) -> Option<GrantError> {
        if self.is_party(who) {
            return Some(AccessFault::Independence.into());
        }
        if self.panel.declared(seat).is_some_and(|conflict| conflict != Conflict::None) {
            return Some(StateFault::Recused.into());
        }
        if self.head.panel > 0 && self.panel.first_panel.contains(&seat) {
            return Some(StateFault::FirstPanel.into());
        }
        None
    }

    /// The seat of a reviewer who may judge and has declared; the refusal otherwise.
    pub fn need_judge(&self, who: &Principal) -> Result<u16, GrantError> {
        let seat = self.body.seat_of(who).ok_or(AccessFault::Reviewer)?;
        if let Some(refusal) = self.hindrance(seat, who) {
            return Err(refusal);
        }
        if self.panel.declared(seat).is_none() {
            return Err(StateFault::Undeclared.into());
        }
        Ok(seat)
    }

    /// Counts eligible reviewers and the reviews that count.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (seat, place) in (0_u16..).zip(&self.body.seats) {
            if !place.active || self.hindrance(seat, &place.reviewer).is_some() {
                continue;
            }
            tally.eligible = tally.eligible.saturating_add(1);
            let declared = self.panel.declared(seat).is_some();
            let review = self.panel.reviews.iter().find(|(of, _)| *of == seat);
            if let (true, Some((_, review))) = (declared, review) {
                tally.add(review);
            }
        }
        tally
    }
}

/// What the judgements come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Reviewers who could still judge the current version, or have.
    pub eligible: u32,
    /// Reviews that count.
    pub counted: u32,
    /// Of these, for approval.
    pub approvals: u32,
    /// Of these, for changes.
    pub changes: u32,
    /// Sum of the scores of the counted reviews, basis points.
    pub score_sum_bps: u64,
}

impl Tally {
    fn add(&mut self, review: &Review) {
        self.counted = self.counted.saturating_add(1);
        match review.recommendation {
            Recommendation::Approve => self.approvals = self.approvals.saturating_add(1),
            Recommendation::Changes => self.changes = self.changes.saturating_add(1),
            Recommendation::Reject => {}
        }
        self.score_sum_bps = self.score_sum_bps.saturating_add(review.score_bps.into());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::ApplicationState;

    pub(crate) fn declaration(conflict: Conflict) -> Declaration {
        Declaration { conflict, note_hash: None, at: fixtures::start() }
    }

    pub(crate) fn review(recommendation: Recommendation, score_bps: u32) -> Review {
        let at = fixtures::start();
        Review { scores: vec![], score_bps, recommendation, rationale_hash: None, at }
    }

    fn with_case(panel: &Panel, on_panel: u8, test: impl FnOnce(Case<'_>)) {
        let body = fixtures::program().body;
        let mut head = fixtures::application(ApplicationState::UnderReview, 500);
        head.panel = on_panel;
        let content = fixtures::content(500);
        test(Case { body: &body, head: &head, content: &content, panel });
    }

    #[test]
    fn g5_a_recused_reviewer_never_counts() {
        let mut panel = Panel::default();
        for seat in 0..3 {
            panel.declarations.push((seat, declaration(Conflict::None)));
            panel.reviews.push((seat, review(Recommendation::Approve, 9_000)));
        }
        with_case(&panel, 0, |case| assert_eq!(case.tally().counted, 3));
        panel.declarations[1].1.conflict = Conflict::Personal;
        with_case(&panel, 0, |case| {
            let tally = case.tally();
            assert_eq!((tally.eligible, tally.counted, tally.approvals), (2, 2, 2));
            assert_eq!(case.need_judge(&fixtures::reviewer(1)), Err(StateFault::Recused.into()));
        });
    }

    #[test]
    fn g6_parties_and_the_undeclared_do_not_judge() {
        let panel = Panel::default();
        with_case(&panel, 0, |case| {
            assert_eq!(case.need_judge(&fixtures::alice()), Err(AccessFault::Reviewer.into()));
            let undeclared = case.need_judge(&fixtures::reviewer(0));
            assert_eq!(undeclared, Err(StateFault::Undeclared.into()));
        });
        let mut body = fixtures::program().body;
        body.seats[0].reviewer = fixtures::alice();
        let head = fixtures::application(ApplicationState::UnderReview, 500);
        let mut content = fixtures::content(500);
        content.team.push(fixtures::reviewer(1));
        let case = Case { body: &body, head: &head, content: &content, panel: &panel };
        assert_eq!(case.need_judge(&fixtures::alice()), Err(AccessFault::Independence.into()));
        let on_team = case.need_judge(&fixtures::reviewer(1));
        assert_eq!(on_team, Err(AccessFault::Independence.into()));
        assert_eq!(case.tally().eligible, 1);
    }

    #[test]
    fn g5_the_appeal_panel_is_disjoint_from_the_first() {
        let panel = Panel { first_panel: vec![0, 1], ..Panel::default() };
        with_case(&panel, 1, |case| {
            assert_eq!(case.tally().eligible, 1);
            let refused = case.need_judge(&fixtures::reviewer(0));
            assert_eq!(refused, Err(StateFault::FirstPanel.into()));
        });
        with_case(&panel, 0, |case| assert_eq!(case.tally().eligible, 3));
    }
}
