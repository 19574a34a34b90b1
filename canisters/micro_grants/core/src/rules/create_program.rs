//! A programme manager writes a programme.

use crate::errors::GrantError;
use crate::limits;
use crate::records::{Event, EventKind, Ledger, Profile, ProgramBody, ProgramHead, Role};
use crate::rules::standing::People;
use crate::rules::terms::{self, Terms};
use crate::rules::{Change, Ctx};
use crate::types::{Principal, ProgramId, ProgramState};
use granary_kernel::{Fault, checks};

/// What the rule reads.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Floors.
    pub profile: Profile,
    /// True when the actor holds [`Role::ProgramManager`].
    pub is_program_manager: bool,
    /// The number the programme gets; none when the canister holds no more.
    pub next: Option<ProgramId>,
    /// What is known about people.
    pub people: &'a People,
}

/// The programme as its creator wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its terms.
    pub terms: Terms,
    /// Who runs it besides its creator.
    pub managers: Vec<Principal>,
}

/// Decides.
pub fn create_program(view: &View<'_>, input: &Input, ctx: &Ctx) -> Result<Change, GrantError> {
    if !view.is_program_manager {
        return Err(Fault::needs(&[Role::ProgramManager]).into());
    }
    let mut managers = vec![ctx.actor];
    managers.extend(input.managers.iter().filter(|who| **who != ctx.actor));
    checks::people("managers", &managers, limits::MAX_MANAGERS)?;
    terms::check(&input.terms, &managers, view.profile)?;
    let max = limits::MAX_PROGRAMS;
    let id = view
        .next
        .filter(|id| id.wire() <= max)
        .ok_or(Fault::Full { what: "the canister's table of programmes", max })?;
    view.people.need_panel(id, &input.terms.reviewers)?;
    let Terms { title, budget, bounds, reviewers, rubric } = input.terms.clone();
    let head = ProgramHead {
        state: ProgramState::Draft,
        created_at: ctx.now,
        bounds,
        ledger: Ledger { budget, available: budget, ..Ledger::default() },
        applications: 0,
        live_grants: 0,
        grants: 0,
    };
    let body = ProgramBody { title, managers, seats: terms::reseat(&[], &reviewers)?, rubric };
    Ok(Change {
        program: Some((id, head)),
        program_body: Some((id, body)),
        ..Change::with(Event::new(EventKind::ProgramCreated, id.wire()).units(budget))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn only_a_programme_manager_creates() {
        let view = View {
            profile: Profile::Production,
            is_program_manager: false,
            next: ProgramId::new(1),
            people: &People::NoRegistry,
        };
        let input = Input { terms: fixtures::terms(), managers: vec![] };
        let ctx = fixtures::ctx(fixtures::manager());
        assert!(matches!(
            create_program(&view, &input, &ctx),
            Err(GrantError::Kernel(Fault::Role { .. }))
        ));
        let view = View { is_program_manager: true, ..view };
        let change = create_program(&view, &input, &ctx).expect("a manager");
        let (_, head) = change.program.expect("a row");
        assert_eq!(head.ledger.available, head.ledger.budget);
        assert_eq!(head.state, ProgramState::Draft);
    }
}
