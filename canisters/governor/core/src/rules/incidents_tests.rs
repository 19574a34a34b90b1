//! Incidents go through their phases and never back.

use super::*;
use crate::rules::fixtures::{at, later, person};

fn open() -> (IncidentId, Incident) {
    let change =
        open_incident(IncidentId::new(1), "A payment twice", "Sealed.", Some(3), &at(0, person(1)));
    change.expect("opens").incident.expect("an incident")
}

#[test]
fn it_is_led_through_its_phases_and_never_back() {
    let (id, mut incident) = open();
    assert_eq!((incident.phase, incident.proposal), (IncidentPhase::ImmediateActions, Some(3)));
    for phase in [
        IncidentPhase::ImmediateActions,
        IncidentPhase::Assessment,
        IncidentPhase::Recovery,
        IncidentPhase::PostIncident,
        IncidentPhase::Closed,
    ] {
        let change = update_incident((id, &incident), phase, "Done.", &at(5, person(2)));
        incident = change.expect("in order").incident.expect("an incident").1;
        assert_eq!(incident.phase, phase);
    }
    assert_eq!((incident.notes.len(), incident.notes[5].at), (6, later(5)));
    let late = update_incident((id, &incident), IncidentPhase::Closed, "More.", &at(6, person(2)));
    assert_eq!(late.err(), Some(StateFault::IncidentClosed { id: 1 }.into()));
}

#[test]
fn phases_do_not_go_backwards_and_end_at_the_end() {
    let (id, incident) = open();
    let at_recovery = Incident { phase: IncidentPhase::Recovery, ..incident.clone() };
    let to = |incident: &Incident, phase| {
        update_incident((id, incident), phase, "Done.", &at(5, person(2))).is_ok()
    };
    assert!(!to(&at_recovery, IncidentPhase::Assessment));
    assert!(!to(&incident, IncidentPhase::Closed));
    assert!(to(&incident, IncidentPhase::Recovery), "phases may be skipped on the way");
}

#[test]
fn texts_and_lists_are_bounded() {
    let ctx = at(0, person(1));
    assert!(open_incident(IncidentId::new(1), "", "x", None, &ctx).is_err());
    assert!(open_incident(IncidentId::new(1), "x", "", None, &ctx).is_err());
    assert!(open_incident(None, "x", "x", None, &ctx).is_err());
    let (id, mut incident) = open();
    incident.notes = vec![incident.notes[0].clone(); MAX_NOTES];
    let full = update_incident((id, &incident), IncidentPhase::Assessment, "x", &ctx);
    assert!(matches!(full, Err(GovernorError::Kernel(Fault::Full { .. }))));
}
