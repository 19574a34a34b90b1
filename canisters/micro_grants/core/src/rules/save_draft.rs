//! An applicant, or a manager on somebody's behalf, keeps a draft.

use crate::errors::{AccessFault, GrantError};
use crate::limits;
use crate::records::{Account, ApplicationHead, Event, EventKind, ProgramHead};
use crate::rules::standing::People;
use crate::rules::{Change, Ctx, SealedContent, application_in, content, program_in};
use crate::types::{ApplicationId, ApplicationState, Principal, ProgramId, ProgramState};
use granary_kernel::{Fault, is_nobody};

/// What saving and submitting read; the applicant's account, which costs most, they read last.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The programme asked.
    pub program: (ProgramId, ProgramHead),
    /// True when the actor manages the programme; looked up only when it acts for somebody.
    pub is_manager: bool,
    /// The draft to overwrite or submit.
    pub draft: Option<(ApplicationId, ApplicationHead)>,
    /// The number a new application gets; none when the canister holds no more.
    pub next: Option<ApplicationId>,
    /// What is known about people.
    pub people: &'a People,
}

/// Decides. `account` tells what the applicant has in the programme.
pub fn save_draft(
    view: &View<'_>,
    account: impl FnOnce() -> Account,
    applicant: Principal,
    sealed: SealedContent,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let (program, head) = &view.program;
    program_in(head, &[ProgramState::Open, ProgramState::Paused])?;
    let recorded = may_write(view, applicant, ctx)?;
    content::check_shape(&sealed.content, &applicant)?;
    let requested = sealed.content.requested;
    let mut account = account();
    if account.saves >= limits::MAX_DRAFT_SAVES {
        let max = u64::from(limits::MAX_DRAFT_SAVES);
        return Err(Fault::Full { what: "the applicant's record of drafts", max }.into());
    }
    account.saves = account.saves.saturating_add(1);
    let (id, draft) = if let Some((id, head)) = view.draft {
        (id, ApplicationHead { requested, ..head })
    } else {
        let head = ApplicationHead {
            program: *program,
            applicant,
            state: ApplicationState::Draft,
            version: 0,
            panel: 0,
            recorded,
            requested,
            submitted_at: ctx.now,
            decided_at: None,
            grant: None,
        };
        (next_slot(view)?, head)
    };
    view.people.need_applicant(applicant)?;
    let event = Event::new(EventKind::DraftSaved, id.wire())
        .units(requested)
        .digest(sealed.digest())
        .party(applicant);
    Ok(Change {
        application: Some((id, draft)),
        content: Some(sealed.into_bytes()),
        account: Some((applicant, *program, account)),
        ..Change::with(event)
    })
}

/// Refuses whoever may not write this application; answers whether a manager records it.
///
/// A draft belongs to its applicant, and to the programme's managers when one of them recorded it.
pub(crate) fn may_write(
    view: &View<'_>,
    applicant: Principal,
    ctx: &Ctx,
) -> Result<bool, GrantError> {
    if is_nobody(&applicant) {
        return Err(Fault::PersonInvalid { field: "applicant".to_owned() }.into());
    }
    if applicant != ctx.actor && !view.is_manager {
        return Err(AccessFault::Manager.into());
    }
    if let Some((_, draft)) = &view.draft {
        application_in(draft, &[ApplicationState::Draft])?;
        let own = draft.applicant == ctx.actor;
        let recorded = draft.recorded && view.is_manager;
        if draft.applicant != applicant || !(own || recorded) {
            return Err(AccessFault::Applicant.into());
        }
    }
    Ok(applicant != ctx.actor)
}

/// The number of a new application, unless the canister holds as many rows as it can.
pub(crate) fn next_slot(view: &View<'_>) -> Result<ApplicationId, GrantError> {
    let max = limits::MAX_APPLICATION_SLOTS;
    let full = Fault::Full { what: "the canister's table of applications", max };
    view.next.filter(|id| id.wire() <= max).ok_or_else(|| full.into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::rules::fixtures;

    pub(crate) fn view() -> View<'static> {
        let program = fixtures::program();
        View {
            program: (program.id, program.head),
            is_manager: false,
            draft: None,
            next: ApplicationId::new(1),
            people: &People::NoRegistry,
        }
    }

    #[test]
    fn a_draft_may_ask_for_nothing_yet() {
        let sealed = SealedContent::new(fixtures::content(0));
        let ctx = fixtures::ctx(fixtures::alice());
        let change = save_draft(&view(), Account::default, fixtures::alice(), sealed, &ctx)
            .expect("a draft");
        let (_, head) = change.application.expect("a row");
        assert_eq!((head.state, head.version), (ApplicationState::Draft, 0));
        let (_, _, account) = change.account.expect("an account");
        assert_eq!((account.counted.get(), account.saves), (0, 1));
    }

    #[test]
    fn only_a_manager_records_for_others() {
        let ctx = fixtures::ctx(fixtures::manager());
        let sealed = || SealedContent::new(fixtures::content(0));
        let refused = save_draft(&view(), Account::default, fixtures::alice(), sealed(), &ctx);
        assert_eq!(refused.err(), Some(AccessFault::Manager.into()));
        let view = View { is_manager: true, ..view() };
        let change = save_draft(&view, Account::default, fixtures::alice(), sealed(), &ctx)
            .expect("a manager");
        assert!(change.application.expect("a row").1.recorded);
    }

    #[test]
    fn a_manager_does_not_touch_an_applicants_own_draft() {
        let head = fixtures::application(ApplicationState::Draft, 0);
        let id = ApplicationId::new(1).expect("not zero");
        let view = View { is_manager: true, draft: Some((id, head)), ..view() };
        let ctx = fixtures::ctx(fixtures::manager());
        let sealed = SealedContent::new(fixtures::content(0));
        let refused = save_draft(&view, Account::default, fixtures::alice(), sealed, &ctx);
        assert_eq!(refused.err(), Some(AccessFault::Applicant.into()));
    }
}
