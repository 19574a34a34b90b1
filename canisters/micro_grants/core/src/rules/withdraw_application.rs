//! The applicant takes an application or a draft back.

use crate::errors::{AccessFault, GrantError};
use crate::records::{ApplicationHead, Event, EventKind};
use crate::rules::{ApplicationView, Change, Ctx, application_in, content};
use crate::types::ApplicationState;

/// Decides.
pub fn withdraw_application(view: &ApplicationView, ctx: &Ctx) -> Result<Change, GrantError> {
    let ApplicationView { id, head, account } = view;
    if head.applicant != ctx.actor {
        return Err(AccessFault::Applicant.into());
    }
    application_in(
        head,
        &[ApplicationState::Draft, ApplicationState::Submitted, ApplicationState::UnderReview],
    )?;
    let account = if head.state == ApplicationState::Draft {
        *account
    } else {
        content::uncount(account, head.requested)?
    };
    let state = ApplicationState::Withdrawn;
    Ok(Change {
        application: Some((*id, ApplicationHead { state, ..*head })),
        account: Some((head.applicant, head.program, account)),
        ..Change::with(Event::new(EventKind::ApplicationWithdrawn, id.wire()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Account;
    use crate::rules::fixtures;
    use crate::types::{ApplicationId, Units};

    #[test]
    fn g4_withdrawing_frees_the_cap() {
        for state in ApplicationState::ALL {
            let view = ApplicationView {
                id: ApplicationId::new(1).expect("not zero"),
                head: fixtures::application(state, 500),
                account: Account { counted: Units::new(700), saves: 1, newest: None },
            };
            let ctx = fixtures::ctx(fixtures::alice());
            let account = withdraw_application(&view, &ctx).map(|c| c.account.expect("some").2);
            match state {
                ApplicationState::Submitted | ApplicationState::UnderReview => {
                    assert_eq!(account.expect("open").counted.get(), 200);
                }
                ApplicationState::Draft => assert_eq!(account.expect("a draft").counted.get(), 700),
                _ => assert!(account.is_err(), "{state:?}"),
            }
            assert!(withdraw_application(&view, &fixtures::ctx(fixtures::bob())).is_err());
        }
    }
}
