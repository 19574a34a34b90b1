//! What a manager may set in a programme, and whether it makes sense.

use crate::errors::{FundsFault, GrantError, InputFault};
use crate::limits;
use crate::records::{Asset, Bounds, Dimension, Ledger, Profile, Seat};
use crate::types::{Duration, Principal, Units};
use granary_kernel::{Fault, checks};

/// The terms of a programme as a manager gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What people call it.
    pub title: String,
    /// All of its money.
    pub budget: Units,
    /// Numbers and windows.
    pub bounds: Bounds,
    /// Who may review.
    pub reviewers: Vec<Principal>,
    /// What they score.
    pub rubric: Vec<Dimension>,
}

/// Refuses terms that contradict themselves, their limits, or the managers.
pub fn check(terms: &Terms, managers: &[Principal], profile: Profile) -> Result<(), GrantError> {
    checks::text("terms.title", &terms.title, limits::MAX_TITLE_BYTES)?;
    check_bounds(terms)?;
    check_windows(&terms.bounds, profile)?;
    check_rubric(&terms.rubric)?;
    checks::people("terms.reviewers", &terms.reviewers, limits::MAX_REVIEWERS)?;
    let Bounds { min_reviews, .. } = terms.bounds;
    let reviewers = terms.reviewers.len();
    let reachable = usize::try_from(min_reviews).is_ok_and(|least| least <= reviewers);
    if min_reviews == 0 || !reachable {
        return Err(InputFault::QuorumSize { min_reviews, reviewers }.into());
    }
    if min_reviews == 1 && terms.reviewers.iter().any(|who| managers.contains(who)) {
        return Err(InputFault::ManagerAlone.into());
    }
    Ok(())
}

fn check_bounds(terms: &Terms) -> Result<(), GrantError> {
    let Bounds { min_grant, max_grant, per_applicant_cap, max_applications, .. } = terms.bounds;
    let order = |field: &str| GrantError::from(InputFault::BoundsOrder { field: field.to_owned() });
    if terms.budget.is_zero() || terms.budget.get() > limits::MAX_BUDGET_UNITS {
        return Err(order("terms.budget_units"));
    }
    if min_grant.is_zero() || min_grant > max_grant {
        return Err(order("terms.min_grant_units"));
    }
    if max_grant > terms.budget {
        return Err(order("terms.max_grant_units"));
    }
    if per_applicant_cap < min_grant || per_applicant_cap.get() > limits::MAX_BUDGET_UNITS {
        return Err(order("terms.per_applicant_cap_units"));
    }
    if max_applications == 0 || max_applications > limits::MAX_APPLICATIONS {
        let max = limits::MAX_APPLICATIONS;
        let field = "terms.max_applications".to_owned();
        return Err(Fault::Limit { field, given: max_applications, max }.into());
    }
    for (field, given) in [
        ("terms.approval_rule.min_approvals_bps", terms.bounds.min_approvals_bps),
        ("terms.approval_rule.min_score_bps", terms.bounds.min_score_bps),
    ] {
        if given > limits::WHOLE_BPS {
            return Err(InputFault::BpsRange { field: field.to_owned(), given }.into());
        }
    }
    Ok(())
}

fn check_windows(bounds: &Bounds, profile: Profile) -> Result<(), GrantError> {
    let floor = match profile {
        Profile::Production | Profile::Development => limits::MIN_WINDOW,
        Profile::Testing => Duration::from_nanos(1),
    };
    for (field, given, min) in [
        ("terms.review_window_ns", bounds.review_window, floor),
        ("terms.appeal_window_ns", bounds.appeal_window, Duration::ZERO),
        ("terms.challenge_window_ns", bounds.challenge_window, Duration::ZERO),
        ("terms.inactivity_ns", bounds.inactivity, floor),
    ] {
        if given < min || given > limits::MAX_WINDOW {
            return Err(InputFault::WindowRange {
                field: field.to_owned(),
                given_ns: given.as_nanos(),
                min_ns: min.as_nanos(),
                max_ns: limits::MAX_WINDOW.as_nanos(),
            }
            .into());
        }
    }
    Ok(())
}

fn check_rubric(rubric: &[Dimension]) -> Result<(), GrantError> {
    let count = rubric.len();
    if count == 0 || count > limits::MAX_DIMENSIONS {
        let max = limits::MAX_DIMENSIONS;
        return Err(Fault::ListSize { field: "terms.rubric".to_owned(), count, max }.into());
    }
    let mut sum: u64 = 0;
    for (dimension, axis) in rubric.iter().enumerate() {
        checks::text("terms.rubric.name", &axis.name, limits::MAX_NAME_BYTES)?;
        if axis.min >= axis.max || axis.max > limits::MAX_SCORE {
            return Err(InputFault::RubricRange { dimension }.into());
        }
        sum = sum.saturating_add(axis.weight_bps.into());
    }
    if sum == u64::from(limits::WHOLE_BPS) {
        Ok(())
    } else {
        Err(InputFault::RubricWeights { sum }.into())
    }
}

/// The ledger after the budget became `budget` (G1): what is committed and paid stays.
pub(crate) fn rebudget(
    ledger: &Ledger,
    budget: Units,
    asset: &Asset,
) -> Result<Ledger, GrantError> {
    let required = ledger.committed.checked_add(ledger.paid)?;
    let available = budget.checked_sub(required).map_err(|_| {
        GrantError::from(FundsFault::BudgetCut { required, budget, asset: asset.clone() })
    })?;
    Ok(Ledger { budget, available, ..*ledger })
}

/// The seats after the panel became `reviewers`: nobody's seat ever moves.
pub(crate) fn reseat(seats: &[Seat], reviewers: &[Principal]) -> Result<Vec<Seat>, GrantError> {
    let mut next: Vec<Seat> = seats
        .iter()
        .map(|seat| Seat { active: reviewers.contains(&seat.reviewer), ..*seat })
        .collect();
    for reviewer in reviewers {
        if !next.iter().any(|seat| seat.reviewer == *reviewer) {
            next.push(Seat { reviewer: *reviewer, active: true });
        }
    }
    let count = next.len();
    if count > limits::MAX_SEATS {
        let (field, max) = ("terms.reviewers".to_owned(), limits::MAX_SEATS);
        return Err(Fault::ListSize { field, count, max }.into());
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn sensible_terms_pass() {
        let terms = fixtures::terms();
        assert_eq!(check(&terms, &[fixtures::manager()], Profile::Production), Ok(()));
    }

    #[test]
    fn a_manager_cannot_decide_alone() {
        let mut terms = fixtures::terms();
        terms.bounds.min_reviews = 1;
        terms.reviewers.push(fixtures::manager());
        let refused = check(&terms, &[fixtures::manager()], Profile::Production);
        assert_eq!(refused, Err(InputFault::ManagerAlone.into()));
    }

    #[test]
    fn g5_a_quorum_larger_than_the_panel_is_refused() {
        let mut terms = fixtures::terms();
        terms.bounds.min_reviews = 4;
        let refused = check(&terms, &[], Profile::Production);
        let fault = InputFault::QuorumSize { min_reviews: 4, reviewers: 3 };
        assert_eq!(refused, Err(fault.into()));
    }

    #[test]
    fn c13_only_testing_may_use_short_windows() {
        let mut terms = fixtures::terms();
        terms.bounds.inactivity = Duration::seconds(1);
        assert!(check(&terms, &[], Profile::Production).is_err());
        assert_eq!(check(&terms, &[], Profile::Testing), Ok(()));
    }

    #[test]
    fn weights_are_a_whole() {
        let mut terms = fixtures::terms();
        terms.rubric[0].weight_bps -= 1;
        let refused = check(&terms, &[], Profile::Production);
        assert_eq!(refused, Err(InputFault::RubricWeights { sum: 9_999 }.into()));
    }

    #[test]
    fn g1_a_budget_keeps_what_is_committed() {
        let ledger = Ledger {
            budget: Units::new(100),
            available: Units::new(40),
            committed: Units::new(50),
            paid: Units::new(10),
            ..Ledger::default()
        };
        let asset = fixtures::asset();
        let grown = rebudget(&ledger, Units::new(200), &asset).expect("larger");
        assert_eq!(grown.available, Units::new(140));
        assert!(rebudget(&ledger, Units::new(59), &asset).is_err());
        assert_eq!(
            rebudget(&ledger, Units::new(60), &asset).expect("just enough").available,
            Units::ZERO
        );
    }

    #[test]
    fn g7_a_former_reviewer_keeps_the_seat() {
        let [a, b] = [fixtures::alice(), fixtures::bob()];
        let seats = reseat(&[], &[a]).expect("one");
        let seats = reseat(&seats, &[b]).expect("two");
        assert_eq!(seats.len(), 2);
        assert!(!seats[0].active && seats[1].active);
        let seats = reseat(&seats, &[a, b]).expect("two");
        assert!(seats[0].active && seats[0].reviewer == a);
    }
}
