//! Incidents: opened by whoever sees one, led through four phases, never backwards.

use granary_kernel::{Fault, checks};

use crate::errors::{GovernorError, InputFault, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, Incident, IncidentPhase, Note};
use crate::rules::{Change, Ctx};
use crate::types::IncidentId;

/// Notes of one incident: people write a few dozen.
const MAX_NOTES: usize = 200;

/// Opens an incident.
pub fn open_incident(
    next: Option<IncidentId>,
    title: &str,
    text: &str,
    proposal: Option<u64>,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    checks::text("title", title, limits::MAX_TITLE_BYTES)?;
    checks::text("text", text, limits::MAX_TEXT_BYTES)?;
    let full = Fault::Full { what: "the list of incidents", max: limits::MAX_INCIDENTS };
    let id = next.filter(|id| id.wire() <= limits::MAX_INCIDENTS).ok_or(full)?;
    let phase = IncidentPhase::ImmediateActions;
    let note = Note { phase, at: ctx.now, by: ctx.actor, text: text.to_owned() };
    let incident = Incident {
        title: title.to_owned(),
        phase,
        opened_at: ctx.now,
        proposal,
        notes: vec![note],
    };
    let event = Event::new(EventKind::IncidentOpened, id.wire()).name(title);
    let event = match proposal {
        Some(proposal) => event.number(proposal),
        None => event,
    };
    Ok(Change { incident: Some((id, incident)), events: vec![event], ..Change::default() })
}

/// Writes down what was done, in the same phase or a later one.
pub fn update_incident(
    (id, incident): (IncidentId, &Incident),
    phase: IncidentPhase,
    text: &str,
    ctx: &Ctx,
) -> Result<Change, GovernorError> {
    checks::text("text", text, limits::MAX_TEXT_BYTES)?;
    if incident.phase == IncidentPhase::Closed {
        return Err(StateFault::IncidentClosed { id: id.wire() }.into());
    }
    if phase < incident.phase {
        return Err(InputFault::Incident { problem: "was past this phase already" }.into());
    }
    if phase == IncidentPhase::Closed && incident.phase != IncidentPhase::PostIncident {
        return Err(InputFault::Incident { problem: "is closed after its last phase only" }.into());
    }
    if incident.notes.len() >= MAX_NOTES {
        let max = u64::try_from(MAX_NOTES).unwrap_or(u64::MAX);
        return Err(Fault::Full { what: "the incident's list of notes", max }.into());
    }
    let note = Note { phase, at: ctx.now, by: ctx.actor, text: text.to_owned() };
    let mut notes = incident.notes.clone();
    notes.push(note);
    let incident = Incident { phase, notes, ..incident.clone() };
    let event = Event::new(EventKind::IncidentMoved, id.wire()).name(phase.name());
    Ok(Change { incident: Some((id, incident)), events: vec![event], ..Change::default() })
}

#[cfg(test)]
#[path = "incidents_tests.rs"]
mod tests;
