//! A manager stops a programme for a while: nothing is taken, decided or paid (G8).

use crate::errors::GrantError;
use crate::records::{Event, EventKind, ProgramHead};
use crate::rules::{Change, Ctx, ProgramView, program_in};
use crate::types::ProgramState;

/// Decides.
pub fn pause_program(view: &ProgramView, ctx: &Ctx) -> Result<Change, GrantError> {
    view.need_manager(ctx)?;
    program_in(&view.head, &[ProgramState::Open])?;
    let head = ProgramHead { state: ProgramState::Paused, ..view.head };
    Ok(Change {
        program: Some((view.id, head)),
        ..Change::with(Event::new(EventKind::ProgramPaused, view.id.wire()))
    })
}
