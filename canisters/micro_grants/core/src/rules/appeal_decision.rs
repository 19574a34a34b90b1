//! The applicant appeals a rejection, once; other reviewers will judge it.

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{ApplicationHead, Asset, Event, EventKind, ProgramHead};
use crate::rules::{ApplicationView, Change, Ctx, application_in, content, program_in};
use crate::types::{ApplicationState, Hash, ProgramState};

/// Decides.
pub fn appeal_decision(
    view: &ApplicationView,
    program: &ProgramHead,
    asset: &Asset,
    grounds: Hash,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let ApplicationView { id, head, account } = view;
    if head.applicant != ctx.actor {
        return Err(AccessFault::Applicant.into());
    }
    application_in(head, &[ApplicationState::Rejected])?;
    program_in(program, &[ProgramState::Open, ProgramState::Paused, ProgramState::Closing])?;
    if head.panel > 0 {
        return Err(StateFault::AppealUsed.into());
    }
    let decided = head.decided_at.unwrap_or(head.submitted_at);
    let until = decided.saturating_add(program.bounds.appeal_window);
    if ctx.now > until {
        return Err(StateFault::AppealClosed { until }.into());
    }
    let account = content::count(account, head.requested, &program.bounds, asset)?;
    let (state, panel) = (ApplicationState::Appealed, 1);
    Ok(Change {
        application: Some((*id, ApplicationHead { state, panel, ..*head })),
        account: Some((head.applicant, head.program, account)),
        ..Change::with(Event::new(EventKind::DecisionAppealed, id.wire()).digest(grounds))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Account;
    use crate::rules::fixtures;
    use crate::types::ApplicationId;

    #[test]
    fn an_appeal_comes_once_and_in_time() {
        let mut head = fixtures::application(ApplicationState::Rejected, 500);
        head.decided_at = Some(fixtures::start());
        let id = ApplicationId::new(1).expect("not zero");
        let program = fixtures::program().head;
        let ctx = fixtures::ctx(fixtures::alice());
        let appeal = |head: &ApplicationHead, ctx: &Ctx| {
            let view = ApplicationView { id, head: *head, account: Account::default() };
            appeal_decision(&view, &program, &fixtures::asset(), [1; 32], ctx)
        };
        let change = appeal(&head, &fixtures::later(&ctx, 7)).expect("on the last day");
        let (_, appealed) = change.application.expect("a row");
        assert_eq!((appealed.state, appealed.panel), (ApplicationState::Appealed, 1));
        assert_eq!(change.account.expect("counted again").2.counted.get(), 500);
        let late = appeal(&head, &fixtures::later(&ctx, 8));
        assert!(matches!(late, Err(GrantError::State(StateFault::AppealClosed { .. }))));
        head.panel = 1;
        assert_eq!(appeal(&head, &ctx).err(), Some(StateFault::AppealUsed.into()));
    }
}
