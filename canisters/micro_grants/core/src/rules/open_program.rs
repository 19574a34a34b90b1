//! A manager opens a draft, or lets a paused programme go on.

use crate::errors::GrantError;
use crate::records::{Event, EventKind, ProgramHead};
use crate::rules::{Change, Ctx, ProgramView, program_in};
use crate::types::ProgramState;

/// Decides.
pub fn open_program(view: &ProgramView, ctx: &Ctx) -> Result<Change, GrantError> {
    view.need_manager(ctx)?;
    program_in(&view.head, &[ProgramState::Draft, ProgramState::Paused])?;
    let head = ProgramHead { state: ProgramState::Open, ..view.head };
    Ok(Change {
        program: Some((view.id, head)),
        ..Change::with(Event::new(EventKind::ProgramOpened, view.id.wire()))
    })
}
