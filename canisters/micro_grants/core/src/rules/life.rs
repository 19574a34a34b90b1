//! What time and signs of life do to a grant, and when the clock must look again.

use crate::errors::{AccessFault, GrantError};
use crate::limits;
use crate::records::{Bounds, Event, EventKind, GrantHead, Ledger, ProgramHead};
use crate::rules::{Change, Ctx, GrantView};
use crate::types::{GrantId, GrantState, Timestamp, Units};

/// A grant on its way through one verb.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    id: GrantId,
    /// The head so far.
    pub(crate) head: GrantHead,
    /// What happened so far.
    pub(crate) events: Vec<Event>,
}

impl Course {
    /// The grant as it stands now: Accepted becomes Active when its challenge window is over.
    pub(crate) fn begin(id: GrantId, head: GrantHead, now: Timestamp) -> Self {
        let mut course = Self { id, head, events: vec![] };
        if head.state == GrantState::Accepted && now >= head.active_at {
            course.turn(GrantState::Active, EventKind::GrantActivated);
        }
        course
    }

    /// Moves to `state`.
    pub(crate) fn turn(&mut self, state: GrantState, kind: EventKind) {
        self.head.state = state;
        self.events.push(Event::new(kind, self.id.wire()));
    }

    /// The grantee did something: the inactivity clock starts anew, and risk is over.
    pub(crate) fn sign_of_life(&mut self, now: Timestamp) {
        self.head.last_activity = now;
        if self.head.state == GrantState::AtRisk {
            self.turn(GrantState::Active, EventKind::ActivityResumed);
        }
    }

    /// Puts the verb's own event first and makes the change.
    pub(crate) fn end(self, event: Event, bounds: &Bounds) -> Change {
        let mut events = vec![event];
        events.extend(self.events);
        Change {
            grant: Some((self.id, self.head)),
            wake: wake(self.id, &self.head, bounds),
            events,
            ..Change::default()
        }
    }
}

/// When the clock must look at the grant again; it may look in vain.
pub(crate) fn due(head: &GrantHead, bounds: &Bounds) -> Option<Timestamp> {
    let quiet = head.last_activity.saturating_add(bounds.inactivity);
    match head.state {
        GrantState::Offered => Some(head.offered_at.saturating_add(limits::OFFER_LIFETIME)),
        GrantState::Accepted => Some(head.active_at),
        GrantState::Active => Some(head.next_due.map_or(quiet, |due| due.min(quiet))),
        GrantState::AtRisk => head.next_due,
        GrantState::Suspended
        | GrantState::NoticeGiven
        | GrantState::Completed
        | GrantState::Terminated
        | GrantState::Lapsed => None,
    }
}

fn wake(id: GrantId, head: &GrantHead, bounds: &Bounds) -> Option<crate::rules::Wake> {
    due(head, bounds).map(|at| crate::rules::Wake::Grant(id, at))
}

/// Refuses everybody but the grantee.
pub(crate) fn need_grantee(view: &GrantView, ctx: &Ctx) -> Result<(), GrantError> {
    if view.head.grantee == ctx.actor { Ok(()) } else { Err(AccessFault::Grantee.into()) }
}

/// The programme after `units` of a grant went back to its budget (G1); `ended` when the grant is
/// not live any more.
pub(crate) fn give_back(
    program: &ProgramHead,
    units: Units,
    ended: bool,
) -> Result<ProgramHead, GrantError> {
    let ledger = Ledger {
        available: program.ledger.available.checked_add(units)?,
        committed: program.ledger.committed.checked_sub(units)?,
        ..program.ledger
    };
    let live_grants = program.live_grants.saturating_sub(u32::from(ended));
    Ok(ProgramHead { ledger, live_grants, ..*program })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;

    #[test]
    fn the_challenge_window_ends_by_itself() {
        let mut view = fixtures::grant(GrantState::Accepted, 500);
        view.head.active_at = fixtures::start();
        let before = Timestamp::from_nanos(fixtures::start().as_nanos() - 1);
        let state = |now| Course::begin(view.id, view.head, now).head.state;
        assert_eq!(state(before), GrantState::Accepted);
        assert_eq!(state(fixtures::start()), GrantState::Active);
    }

    #[test]
    fn the_clock_looks_at_the_nearest_time() {
        let mut view = fixtures::grant(GrantState::Active, 500);
        let bounds = view.program.head.bounds;
        let quiet = fixtures::start().saturating_add(bounds.inactivity);
        assert_eq!(due(&view.head, &bounds), Some(quiet));
        view.head.next_due = Some(fixtures::start());
        assert_eq!(due(&view.head, &bounds), Some(fixtures::start()));
        view.head.state = GrantState::Completed;
        assert_eq!(due(&view.head, &bounds), None);
    }
}
