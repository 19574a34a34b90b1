//! The applicant answers requested changes with a new version.

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::limits;
use crate::records::{ApplicationHead, Asset, Event, EventKind, ProgramHead};
use crate::rules::standing::People;
use crate::rules::{
    ApplicationView, Change, Ctx, SealedContent, application_in, content, program_in,
};
use crate::types::{ApplicationState, ProgramState, Timestamp};
use granary_kernel::Fault;

/// Until when a revision is taken.
pub(crate) fn deadline(head: &ApplicationHead, program: &ProgramHead) -> Timestamp {
    let decided = head.decided_at.unwrap_or(head.submitted_at);
    decided.saturating_add(program.bounds.review_window)
}

/// Decides.
pub fn revise_application(
    view: &ApplicationView,
    program: &ProgramHead,
    asset: &Asset,
    sealed: SealedContent,
    people: &People,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let ApplicationView { id, head, account } = view;
    if head.applicant != ctx.actor {
        return Err(AccessFault::Applicant.into());
    }
    application_in(head, &[ApplicationState::ChangesRequested])?;
    program_in(program, &[ProgramState::Open, ProgramState::Paused, ProgramState::Closing])?;
    let until = deadline(head, program);
    if ctx.now > until {
        return Err(StateFault::RevisionClosed { until }.into());
    }
    if head.version >= limits::MAX_VERSIONS {
        let max = u64::from(limits::MAX_VERSIONS);
        return Err(Fault::Full { what: "the application's versions", max }.into());
    }
    content::check_shape(&sealed.content, &head.applicant)?;
    content::check_amount(&sealed.content, &program.bounds, asset)?;
    let requested = sealed.content.requested;
    let freed = content::uncount(account, head.requested)?;
    let account = content::count(&freed, requested, &program.bounds, asset)?;
    people.need_applicant(head.applicant)?;
    let version = head.version.saturating_add(1);
    let state = ApplicationState::Submitted;
    let event = Event::new(EventKind::ApplicationRevised, id.wire())
        .units(requested)
        .digest(sealed.digest())
        .number(version.into());
    Ok(Change {
        application: Some((
            *id,
            ApplicationHead { state, version, requested, decided_at: None, ..*head },
        )),
        content: Some(sealed.into_bytes()),
        account: Some((head.applicant, head.program, account)),
        ..Change::with(event)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Account;
    use crate::rules::fixtures;
    use crate::types::{ApplicationId, Units};

    #[test]
    fn g4_a_revision_replaces_the_old_request() {
        let mut head = fixtures::application(ApplicationState::ChangesRequested, 3_000);
        head.decided_at = Some(fixtures::start());
        let view = ApplicationView {
            id: ApplicationId::new(1).expect("not zero"),
            head,
            account: Account { counted: Units::new(4_000), ..Account::default() },
        };
        let program = fixtures::program().head;
        let ctx = fixtures::ctx(fixtures::alice());
        let revise = |units, ctx: &Ctx| {
            let sealed = SealedContent::new(fixtures::content(units));
            revise_application(
                &view,
                &program,
                &fixtures::asset(),
                sealed,
                &People::NoRegistry,
                ctx,
            )
        };
        let change = revise(2_000, &ctx).expect("less than before");
        assert_eq!(change.account.expect("an account").2.counted.get(), 3_000);
        let (_, head) = change.application.expect("a row");
        assert_eq!((head.version, head.state), (2, ApplicationState::Submitted));
        let late = revise(2_000, &fixtures::later(&ctx, 15));
        assert!(matches!(late, Err(GrantError::State(StateFault::RevisionClosed { .. }))));
        assert!(revise(2_000, &fixtures::later(&ctx, 14)).is_ok());
    }
}
