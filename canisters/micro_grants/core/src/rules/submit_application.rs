//! An application is made, from nothing or from a draft.

use crate::errors::GrantError;
use crate::records::{Account, ApplicationHead, Asset, Event, EventKind, ProgramHead};
use crate::rules::save_draft::{View, may_write, next_slot};
use crate::rules::{Change, Ctx, SealedContent, content, program_in};
use crate::types::{ApplicationState, Principal, ProgramState};
use granary_kernel::Fault;

/// How full the canister is (G11).
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// Applications ever submitted.
    pub submitted: u64,
    /// The configured bound.
    pub max: u64,
}

/// Decides. `account` tells what the applicant has in the programme; it is asked when the request
/// itself is sound, so that a refused amount costs no search among all applicants.
pub fn submit_application(
    view: &View<'_>,
    account: impl FnOnce() -> Account,
    fill: Fill,
    asset: &Asset,
    applicant: Principal,
    sealed: SealedContent,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let (program, head) = &view.program;
    program_in(head, &[ProgramState::Open])?;
    let recorded = may_write(view, applicant, ctx)?;
    content::check_shape(&sealed.content, &applicant)?;
    content::check_amount(&sealed.content, &head.bounds, asset)?;
    check_fill(head, fill)?;
    let requested = sealed.content.requested;
    let account = content::count(&account(), requested, &head.bounds, asset)?;
    let (id, recorded) = match &view.draft {
        Some((id, draft)) => (*id, draft.recorded),
        None => (next_slot(view)?, recorded),
    };
    view.people.need_applicant(applicant)?;
    let application = ApplicationHead {
        program: *program,
        applicant,
        state: ApplicationState::Submitted,
        version: 1,
        panel: 0,
        recorded,
        requested,
        submitted_at: ctx.now,
        decided_at: None,
        grant: None,
    };
    let mut event = Event::new(EventKind::ApplicationSubmitted, id.wire())
        .units(requested)
        .digest(sealed.digest());
    if applicant != ctx.actor {
        event = event.party(applicant);
    }
    let applications = head.applications.saturating_add(1);
    Ok(Change {
        program: Some((*program, ProgramHead { applications, ..*head })),
        application: Some((id, application)),
        content: Some(sealed.into_bytes()),
        account: Some((applicant, *program, account)),
        ..Change::with(event)
    })
}

fn check_fill(head: &ProgramHead, fill: Fill) -> Result<(), GrantError> {
    if head.applications >= head.bounds.max_applications {
        let max = head.bounds.max_applications;
        return Err(Fault::Full { what: "the programme", max }.into());
    }
    if fill.submitted >= fill.max {
        return Err(Fault::Full { what: "the canister", max: fill.max }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;
    use crate::rules::{fixtures, save_draft};

    fn submit(view: &View<'_>, units: u128, submitted: u64) -> Result<Change, GrantError> {
        let ctx = fixtures::ctx(fixtures::alice());
        let sealed = SealedContent::new(fixtures::content(units));
        let fill = Fill { submitted, max: 10 };
        let (asset, alice) = (fixtures::asset(), fixtures::alice());
        submit_application(view, Account::default, fill, &asset, alice, sealed, &ctx)
    }

    #[test]
    fn g4_an_open_request_counts() {
        let view = save_draft::tests::view();
        let change = submit(&view, 500, 0).expect("within bounds");
        assert_eq!(change.account.expect("an account").2.counted.get(), 500);
        assert_eq!(change.program.expect("a row").1.applications, 1);
    }

    #[test]
    fn a_refused_amount_asks_for_no_account() {
        let ctx = fixtures::ctx(fixtures::alice());
        let ask = |units| {
            let sealed = SealedContent::new(fixtures::content(units));
            let fill = Fill { submitted: 0, max: 10 };
            let (view, asked) = (save_draft::tests::view(), Cell::new(false));
            let account = || {
                asked.set(true);
                Account::default()
            };
            let (asset, alice) = (fixtures::asset(), fixtures::alice());
            let answer = submit_application(&view, account, fill, &asset, alice, sealed, &ctx);
            (answer.is_ok(), asked.get())
        };
        assert_eq!(ask(1), (false, false));
        assert_eq!(ask(500), (true, true));
    }

    #[test]
    fn g11_a_full_canister_or_programme_refuses() {
        let mut view = save_draft::tests::view();
        assert!(submit(&view, 500, 9).is_ok());
        let full = submit(&view, 500, 10);
        assert!(matches!(full, Err(GrantError::Kernel(Fault::Full { max: 10, .. }))));
        view.program.1.applications = 100;
        let full = submit(&view, 500, 0);
        assert!(matches!(full, Err(GrantError::Kernel(Fault::Full { max: 100, .. }))));
    }

    #[test]
    fn only_an_open_programme_takes_applications() {
        let mut view = save_draft::tests::view();
        for state in ProgramState::ALL {
            view.program.1.state = state;
            assert_eq!(submit(&view, 500, 0).is_ok(), state == ProgramState::Open, "{state:?}");
        }
    }
}
