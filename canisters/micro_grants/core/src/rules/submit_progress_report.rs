//! The grantee tells how it goes; a sign of life.

use granary_kernel::{Fault, checks};
use granary_stable::record;
use sha2::{Digest, Sha256};

use crate::errors::GrantError;
use crate::limits;
use crate::records::{Event, EventKind, Evidence, Report};
use crate::rules::life::{Course, need_grantee};
use crate::rules::{Change, Ctx, GrantView, content, grant_in};
use crate::types::GrantState;

/// Decides.
pub fn submit_progress_report(
    view: &GrantView,
    summary: String,
    evidence: Vec<Evidence>,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    need_grantee(view, ctx)?;
    let mut course = Course::begin(view.id, view.head, ctx.now);
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
    checks::text("summary", &summary, limits::MAX_SUMMARY_BYTES)?;
    content::check_evidence(&evidence, 0)?;
    let number = view.head.reports;
    if number >= limits::MAX_REPORTS {
        let max = u64::from(limits::MAX_REPORTS);
        return Err(Fault::Full { what: "the grant's list of reports", max }.into());
    }
    let report = Report { summary, evidence, at: ctx.now };
    let digest = Sha256::digest(record::encode(&report)).into();
    course.head.reports = number.saturating_add(1);
    course.sign_of_life(ctx.now);
    let event = Event::new(EventKind::ProgressReported, view.id.wire())
        .number(number.into())
        .digest(digest);
    Ok(Change {
        report: Some((view.id, number, report)),
        ..course.end(event, &view.program.head.bounds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn a_report_ends_the_risk() {
        let view = fixtures::grant(GrantState::AtRisk, 500);
        let ctx = fixtures::later(&fixtures::ctx(fixtures::alice()), 90);
        let change = submit_progress_report(&view, "Half done.".to_owned(), vec![], &ctx)
            .expect("the grantee");
        let (_, head) = change.grant.expect("a row");
        assert_eq!(
            (head.state, head.last_activity, head.reports),
            (GrantState::Active, ctx.now, 1)
        );
        let kinds: Vec<_> = change.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::ProgressReported, EventKind::ActivityResumed]);
    }
}
