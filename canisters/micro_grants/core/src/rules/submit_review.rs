//! A reviewer judges the current version, once (G7).

use crate::errors::{GrantError, InputFault, StateFault};
use crate::limits::WHOLE_BPS;
use crate::records::{Dimension, Event, EventKind, Recommendation, Review};
use crate::rules::declare_conflict::begin_review;
use crate::rules::quorum::Case;
use crate::rules::standing::People;
use crate::rules::{Change, Ctx, ReviewKey, application_in};
use crate::types::{ApplicationId, ApplicationState, Hash};

/// A judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// One score for each dimension of the rubric, in its order.
    pub scores: Vec<u32>,
    /// What should happen.
    pub recommendation: Recommendation,
    /// SHA-256 of the rationale.
    pub rationale_hash: Option<Hash>,
}

/// Decides.
pub fn submit_review(
    id: ApplicationId,
    case: &Case<'_>,
    input: &Input,
    people: &People,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let seat = case.need_judge(&ctx.actor)?;
    application_in(
        case.head,
        &[ApplicationState::Submitted, ApplicationState::UnderReview, ApplicationState::Appealed],
    )?;
    if case.panel.reviews.iter().any(|(of, _)| *of == seat) {
        return Err(StateFault::AlreadyReviewed.into());
    }
    let score_bps = score(&case.body.rubric, &input.scores)?;
    people.need_independent(case.head.program, ctx.actor, &case.parties())?;
    let Input { scores, recommendation, rationale_hash } = input.clone();
    let review = Review { scores, score_bps, recommendation, rationale_hash, at: ctx.now };
    let key = ReviewKey { version: case.head.version, panel: case.head.panel, seat };
    let event = Event::new(EventKind::ReviewSubmitted, id.wire())
        .number(seat.into())
        .name(recommendation.name())
        .opt_digest(rationale_hash);
    let mut change = Change { review: Some((id, key, review)), ..Change::with(event) };
    begin_review(id, case.head, &mut change);
    Ok(change)
}

/// The weighted mean of the scores, 0 at every minimum and 10,000 at every maximum, rounded down.
fn score(rubric: &[Dimension], scores: &[u32]) -> Result<u32, GrantError> {
    let (given, wanted) = (scores.len(), rubric.len());
    if given != wanted {
        return Err(InputFault::ScoreCount { given, wanted }.into());
    }
    // Each axis is kept as weight × 10,000 × part / range; weights sum to 10,000.
    let mut sum: u64 = 0;
    for (dimension, (axis, given)) in rubric.iter().zip(scores).enumerate() {
        let (Dimension { min, max, weight_bps, .. }, given) = (axis, *given);
        if given < *min || given > *max {
            let (min, max) = (*min, *max);
            return Err(InputFault::ScoreRange { dimension, given, min, max }.into());
        }
        let part = u64::from(given.saturating_sub(*min))
            .saturating_mul(WHOLE_BPS.into())
            .saturating_mul(u64::from(*weight_bps));
        let range = u64::from(max.saturating_sub(*min));
        sum = sum.saturating_add(part.checked_div(range).unwrap_or_default());
    }
    let mean = sum.checked_div(WHOLE_BPS.into()).unwrap_or_default();
    Ok(u32::try_from(mean).unwrap_or(WHOLE_BPS).min(WHOLE_BPS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Conflict;
    use crate::rules::fixtures;
    use crate::rules::quorum::{Panel, tests::declaration, tests::review};

    #[test]
    fn scores_span_the_whole() {
        let rubric = fixtures::terms().rubric;
        assert_eq!(score(&rubric, &[0, 0]), Ok(0));
        assert_eq!(score(&rubric, &[10, 5]), Ok(10_000));
        assert_eq!(score(&rubric, &[5, 5]), Ok(7_000));
        assert!(matches!(score(&rubric, &[11, 5]), Err(GrantError::Input(_))));
        assert!(matches!(score(&rubric, &[1]), Err(GrantError::Input(_))));
    }

    #[test]
    fn g7_one_review_per_reviewer_version_and_panel() {
        let body = fixtures::program().body;
        let head = fixtures::application(ApplicationState::UnderReview, 500);
        let content = fixtures::content(500);
        let mut panel = Panel::default();
        panel.declarations.push((0, declaration(Conflict::None)));
        let input = Input {
            scores: vec![5, 5],
            recommendation: Recommendation::Approve,
            rationale_hash: None,
        };
        let ctx = fixtures::ctx(fixtures::reviewer(0));
        let id = ApplicationId::new(1).expect("not zero");
        let submit = |panel: &Panel| {
            let case = Case { body: &body, head: &head, content: &content, panel };
            submit_review(id, &case, &input, &People::NoRegistry, &ctx)
        };
        assert!(submit(&panel).is_ok());
        panel.reviews.push((0, review(Recommendation::Approve, 7_000)));
        assert_eq!(submit(&panel).err(), Some(StateFault::AlreadyReviewed.into()));
    }
}
