//! The grantee shows work for a milestone.

use granary_kernel::Fault;
use sha2::{Digest, Sha256};

use crate::errors::{GrantError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, Evidence, Milestone};
use crate::rules::life::{Course, need_grantee};
use crate::rules::{Change, Ctx, GrantView, content, grant_in};
use crate::types::{GrantState, MilestoneState};

/// Pieces of evidence one milestone can gather over all its submissions.
const MAX_GATHERED: usize = limits::MAX_EVIDENCE * 4;

/// Decides. What was submitted before stays, byte for byte (G12); a resubmission adds to it.
pub fn submit_milestone(
    view: &GrantView,
    index: u16,
    milestone: &Milestone,
    evidence: Vec<Evidence>,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    need_grantee(view, ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
    grant_in(
        &course.head,
        &[GrantState::Accepted, GrantState::Active, GrantState::AtRisk, GrantState::NoticeGiven],
    )?;
    let allowed = &[MilestoneState::Planned, MilestoneState::Overdue, MilestoneState::Returned];
    if !allowed.contains(&milestone.state) {
        return Err(StateFault::Milestone { actual: milestone.state, allowed }.into());
    }
    content::check_evidence(&evidence, 1)?;
    let digest = digest(&evidence);
    let mut next = Milestone { state: MilestoneState::Submitted, ..milestone.clone() };
    next.evidence.extend(evidence);
    let count = next.evidence.len();
    if count > MAX_GATHERED {
        let field = "evidence".to_owned();
        return Err(Fault::ListSize { field, count, max: MAX_GATHERED }.into());
    }
    course.sign_of_life(ctx.now);
    let event = Event::new(EventKind::MilestoneSubmitted, view.id.wire())
        .number(index.into())
        .digest(digest);
    Ok(Change {
        milestones: vec![(view.id, index, next)],
        ..course.end(event, &view.program.head.bounds)
    })
}

fn digest(evidence: &[Evidence]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for piece in evidence {
        hasher.update(piece.sha256);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::Units;

    #[test]
    fn g12_evidence_is_only_added() {
        let view = fixtures::grant(GrantState::Active, 500);
        let piece = |n| Evidence { uri: "https://example.org".to_owned(), sha256: [n; 32] };
        let milestone = Milestone {
            amount: Units::new(500),
            due_at: fixtures::start(),
            state: MilestoneState::Returned,
            evidence: vec![piece(1)],
        };
        let ctx = fixtures::ctx(fixtures::alice());
        let change =
            submit_milestone(&view, 0, &milestone, vec![piece(2)], &ctx).expect("returned");
        let (_, _, next) = &change.milestones[0];
        assert_eq!(next.state, MilestoneState::Submitted);
        assert_eq!(next.evidence, [piece(1), piece(2)]);
        let paid = Milestone { state: MilestoneState::Paid, ..milestone.clone() };
        assert!(submit_milestone(&view, 0, &paid, vec![piece(2)], &ctx).is_err());
        assert!(submit_milestone(&view, 0, &milestone, vec![], &ctx).is_err());
    }
}
