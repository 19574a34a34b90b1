//! A manager ends a programme in two calls: first nothing new is taken, and once nothing is open,
//! no grant is live and nothing vested is unpaid, it is closed.

use crate::errors::{GrantError, StateFault};
use crate::records::{Event, EventKind, ProgramHead};
use crate::rules::{Change, Ctx, ProgramView, program_in};
use crate::types::ProgramState;

/// Decides. `open` is how many applications wait for a decision, a revision or an appeal.
pub fn close_program(view: &ProgramView, open: u64, ctx: &Ctx) -> Result<Change, GrantError> {
    view.need_manager(ctx)?;
    program_in(&view.head, &[ProgramState::Open, ProgramState::Paused, ProgramState::Closing])?;
    let (state, kind) = if view.head.state == ProgramState::Closing {
        let live = u64::from(view.head.live_grants);
        if open > 0 || live > 0 || !view.head.ledger.committed.is_zero() {
            return Err(StateFault::ProgramBusy { open, live }.into());
        }
        (ProgramState::Closed, EventKind::ProgramClosed)
    } else {
        (ProgramState::Closing, EventKind::ProgramClosing)
    };
    Ok(Change {
        program: Some((view.id, ProgramHead { state, ..view.head })),
        ..Change::with(Event::new(kind, view.id.wire()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn closing_waits_for_what_is_open() {
        let mut view = fixtures::program();
        let ctx = fixtures::ctx(fixtures::manager());
        let (_, head) = close_program(&view, 3, &ctx).expect("closing").program.expect("row");
        assert_eq!(head.state, ProgramState::Closing);
        view.head = head;
        let busy = close_program(&view, 3, &ctx);
        assert!(matches!(busy, Err(GrantError::State(StateFault::ProgramBusy { open: 3, .. }))));
        let (_, head) = close_program(&view, 0, &ctx).expect("closed").program.expect("row");
        assert_eq!(head.state, ProgramState::Closed);
    }
}
