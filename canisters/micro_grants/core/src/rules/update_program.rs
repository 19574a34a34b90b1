//! A manager changes the terms of a programme that is a draft or paused.

use crate::errors::GrantError;
use crate::records::{Asset, Event, EventKind, Profile, ProgramBody, ProgramHead};
use crate::rules::standing::People;
use crate::rules::terms::{self, Terms};
use crate::rules::{Change, Ctx, ProgramView, program_in};
use crate::types::ProgramState;

/// Decides.
pub fn update_program(
    view: &ProgramView,
    profile: Profile,
    asset: &Asset,
    input: &Terms,
    people: &People,
    ctx: &Ctx,
) -> Result<Change, GrantError> {
    view.need_manager(ctx)?;
    program_in(&view.head, &[ProgramState::Draft, ProgramState::Paused])?;
    terms::check(input, &view.body.managers, profile)?;
    let Terms { title, budget, bounds, reviewers, rubric } = input.clone();
    let ledger = terms::rebudget(&view.head.ledger, budget, asset)?;
    let seats = terms::reseat(&view.body.seats, &reviewers)?;
    people.need_panel(view.id, &input.reviewers)?;
    let body = ProgramBody { title, seats, rubric, managers: view.body.managers.clone() };
    let mut change = Change {
        program: Some((view.id, ProgramHead { bounds, ledger, ..view.head })),
        program_body: Some((view.id, body)),
        ..Change::with(Event::new(EventKind::ProgramUpdated, view.id.wire()))
    };
    if budget != view.head.ledger.budget {
        change.events.push(Event::new(EventKind::BudgetChanged, view.id.wire()).units(budget));
    }
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::StateFault;
    use crate::rules::fixtures;

    #[test]
    fn terms_change_only_in_draft_or_paused() {
        let mut view = fixtures::program();
        let ctx = fixtures::ctx(fixtures::manager());
        let run = |view: &ProgramView| {
            let asset = fixtures::asset();
            let (terms, people) = (fixtures::terms(), People::NoRegistry);
            update_program(view, Profile::Production, &asset, &terms, &people, &ctx)
        };
        assert!(matches!(run(&view), Err(GrantError::State(StateFault::Program { .. }))));
        view.head.state = ProgramState::Paused;
        assert!(run(&view).is_ok());
        view.body.managers.clear();
        assert!(matches!(run(&view), Err(GrantError::Access(_))));
    }
}
