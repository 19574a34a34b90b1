//! What happens by the passing of time alone. A look in vain changes nothing.

use crate::errors::GrantError;
use crate::limits;
use crate::records::{ApplicationHead, Event, EventKind, Milestone, ProgramHead};
use crate::rules::life::{self, Course, give_back};
use crate::rules::{ApplicationView, Change, GrantView, content, revise_application};
use crate::types::{ApplicationState, GrantState, MilestoneState, Timestamp};

/// What the clock found.
#[derive(Clone, Debug)]
pub enum Tick {
    /// Something was due.
    Due(Box<Change>),
    /// Nothing yet; look again then.
    Later(Timestamp),
    /// Nothing more will be due.
    Never,
}

/// A requested change that did not come expires.
pub fn application_tick(
    view: &ApplicationView,
    program: &ProgramHead,
    now: Timestamp,
) -> Result<Tick, GrantError> {
    let ApplicationView { id, head, account } = view;
    if head.state != ApplicationState::ChangesRequested {
        return Ok(Tick::Never);
    }
    let until = revise_application::deadline(head, program);
    if now <= until {
        return Ok(Tick::Later(after(until)));
    }
    let account = content::uncount(account, head.requested)?;
    let state = ApplicationState::Expired;
    Ok(Tick::Due(Box::new(Change {
        application: Some((*id, ApplicationHead { state, ..*head })),
        account: Some((head.applicant, head.program, account)),
        ..Change::with(Event::new(EventKind::ApplicationExpired, id.wire()))
    })))
}

/// An offer lapses, a challenge window ends, a milestone is overdue, a grant falls silent.
pub fn grant_tick(
    view: &GrantView,
    milestones: &[(u16, Milestone)],
    now: Timestamp,
) -> Result<Tick, GrantError> {
    let bounds = &view.program.head.bounds;
    if view.head.state == GrantState::Offered {
        return lapse(view, now);
    }
    let mut course = Course::begin(view.id, view.head, now);
    let mut overdue = vec![];
    if matches!(course.head.state, GrantState::Active | GrantState::AtRisk) {
        overdue = mark_overdue(view, milestones, now, &mut course);
    }
    let quiet = course.head.last_activity.saturating_add(bounds.inactivity);
    if course.head.state == GrantState::Active && now >= quiet {
        course.turn(GrantState::AtRisk, EventKind::InactivityDetected);
    }
    if course.events.is_empty() && course.head == view.head {
        return Ok(life::due(&view.head, bounds).map_or(Tick::Never, Tick::Later));
    }
    let events = course.events.clone();
    let mut change = course.end(Event::new(EventKind::GrantActivated, view.id.wire()), bounds);
    change.events = events;
    change.milestones = overdue;
    Ok(Tick::Due(Box::new(change)))
}

fn lapse(view: &GrantView, now: Timestamp) -> Result<Tick, GrantError> {
    let until = view.head.offered_at.saturating_add(limits::OFFER_LIFETIME);
    if now <= until {
        return Ok(Tick::Later(after(until)));
    }
    let returned = view.head.award;
    let mut head = view.head;
    head.state = GrantState::Lapsed;
    let event = Event::new(EventKind::GrantLapsed, view.id.wire()).units(returned);
    Ok(Tick::Due(Box::new(Change {
        program: Some((view.program.id, give_back(&view.program.head, returned, true)?)),
        account: Some((head.grantee, view.program.id, content::uncount(&view.account, returned)?)),
        grant: Some((view.id, head)),
        ..Change::with(event)
    })))
}

/// Marks planned milestones whose time is over, and finds the next one to look at.
fn mark_overdue(
    view: &GrantView,
    milestones: &[(u16, Milestone)],
    now: Timestamp,
    course: &mut Course,
) -> Vec<(crate::types::GrantId, u16, Milestone)> {
    if view.head.next_due.is_none_or(|due| due > now) {
        return vec![];
    }
    let planned = || milestones.iter().filter(|(_, step)| step.state == MilestoneState::Planned);
    course.head.next_due = planned().map(|(_, step)| step.due_at).filter(|due| *due > now).min();
    planned()
        .filter(|(_, step)| step.due_at <= now)
        .map(|(index, step)| {
            let event = Event::new(EventKind::MilestoneOverdue, view.id.wire());
            course.events.push(event.number((*index).into()));
            (view.id, *index, Milestone { state: MilestoneState::Overdue, ..step.clone() })
        })
        .collect()
}

/// The first moment that is past `until`.
fn after(until: Timestamp) -> Timestamp {
    until.saturating_add(granary_units::Duration::from_nanos(1))
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
