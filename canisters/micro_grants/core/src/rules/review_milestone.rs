//! A reviewer without interest accepts or returns what was shown for a milestone.

use crate::errors::{GrantError, StateFault};
use crate::records::{Event, EventKind, Milestone};
use crate::rules::life::Course;
use crate::rules::quorum::Case;
use crate::rules::{Change, Ctx, GrantView, grant_in};
use crate::types::{GrantState, Hash, MilestoneState};

/// A judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Which milestone.
    pub index: u16,
    /// Earned, or not enough.
    pub accept: bool,
    /// SHA-256 of the reviewer's note.
    pub note_hash: Option<Hash>,
}

/// Decides. `case` is the application the grant came from: the grantee, its team and recused
/// reviewers do not judge; reviewers of either panel do.
pub fn review_milestone(
    view: &GrantView,
    case: &Case<'_>,
    milestone: &Milestone,
    input: Input,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    case.need_judge(&ctx.actor)?;
    let course = Course::begin(view.id, view.head, ctx.now);
    grant_in(
        &course.head,
        &[
            GrantState::Accepted,
            GrantState::Active,
            GrantState::Suspended,
            GrantState::AtRisk,
            GrantState::NoticeGiven,
        ],
    )?;
    let allowed = &[MilestoneState::Submitted];
    if !allowed.contains(&milestone.state) {
        return Err(StateFault::Milestone { actual: milestone.state, allowed }.into());
    }
    let (state, kind) = if input.accept {
        (MilestoneState::Accepted, EventKind::MilestoneAccepted)
    } else {
        (MilestoneState::Returned, EventKind::MilestoneReturned)
    };
    let event = Event::new(kind, view.id.wire())
        .number(input.index.into())
        .units(milestone.amount)
        .opt_digest(input.note_hash);
    Ok(Change {
        milestones: vec![(view.id, input.index, Milestone { state, ..milestone.clone() })],
        ..course.end(event, &view.program.head.bounds)
    })
}
