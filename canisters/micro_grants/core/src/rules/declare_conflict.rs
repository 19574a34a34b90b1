//! A reviewer says how it stands to an application, before scoring it (G6).

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{ApplicationHead, Conflict, Declaration, Event, EventKind};
use crate::rules::quorum::Case;
use crate::rules::standing::People;
use crate::rules::{Change, Ctx, application_in};
use crate::types::{ApplicationId, ApplicationState, Hash};

/// Decides. A clearing can become a recusal later, never the reverse.
pub fn declare_conflict(
    id: ApplicationId,
    case: &Case<'_>,
    conflict: Conflict,
    note_hash: Option<Hash>,
    people: &People,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    let seat = case.body.seat_of(&ctx.actor).ok_or(AccessFault::Reviewer)?;
    application_in(
        case.head,
        &[
            ApplicationState::Submitted,
            ApplicationState::UnderReview,
            ApplicationState::Appealed,
            ApplicationState::Approved,
        ],
    )?;
    if conflict == Conflict::None && case.is_party(&ctx.actor) {
        return Err(AccessFault::Independence.into());
    }
    match case.panel.declared(seat) {
        Some(before) if before == conflict => return Err(StateFault::AlreadyDeclared.into()),
        Some(before) if before != Conflict::None => return Err(StateFault::Recused.into()),
        Some(_) | None => {}
    }
    let (program, reviewer) = (case.head.program, ctx.actor);
    // Whoever has an interest may say so; it may not deny it.
    if conflict == Conflict::None {
        people.need_independent(program, reviewer, &case.parties())?;
    } else {
        people.need_reviewer(program, reviewer)?;
    }
    let declared = Event::new(EventKind::ConflictDeclared, id.wire())
        .number(seat.into())
        .name(conflict.name())
        .opt_digest(note_hash);
    let mut change = Change {
        declaration: Some((id, seat, Declaration { conflict, note_hash, at: ctx.now })),
        ..Change::with(declared)
    };
    begin_review(id, case.head, &mut change);
    Ok(change)
}

/// The first word of a reviewer starts the review.
pub(crate) fn begin_review(id: ApplicationId, head: &ApplicationHead, change: &mut Change) {
    if matches!(head.state, ApplicationState::Submitted | ApplicationState::Appealed) {
        let state = ApplicationState::UnderReview;
        change.application = Some((id, ApplicationHead { state, ..*head }));
        change.events.push(Event::new(EventKind::ReviewStarted, id.wire()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::rules::quorum::{Panel, tests::declaration};

    fn declare(panel: &Panel, conflict: Conflict) -> Result<Change, GrantError> {
        let body = fixtures::program().body;
        let head = fixtures::application(ApplicationState::Submitted, 500);
        let content = fixtures::content(500);
        let case = Case { body: &body, head: &head, content: &content, panel };
        let id = ApplicationId::new(1).expect("not zero");
        let (people, ctx) = (People::NoRegistry, fixtures::ctx(fixtures::reviewer(0)));
        declare_conflict(id, &case, conflict, None, &people, &ctx)
    }

    #[test]
    fn g6_a_recusal_is_final_and_a_clearing_is_not() {
        let mut panel = Panel::default();
        let change = declare(&panel, Conflict::None).expect("the first word");
        let (_, head) = change.application.expect("the review begins");
        assert_eq!(head.state, ApplicationState::UnderReview);
        panel.declarations.push((0, declaration(Conflict::None)));
        assert!(declare(&panel, Conflict::Financial).is_ok());
        let again = declare(&panel, Conflict::None).err();
        assert_eq!(again, Some(StateFault::AlreadyDeclared.into()));
        panel.declarations[0].1.conflict = Conflict::Financial;
        let back = declare(&panel, Conflict::None).err();
        assert_eq!(back, Some(StateFault::Recused.into()));
    }
}
