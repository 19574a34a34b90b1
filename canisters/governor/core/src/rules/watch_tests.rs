//! Drift is noticed once, and until it goes.

use super::*;
use crate::rules::fixtures::{later, own, person, placement, target};

fn seen(module: u8, controllers: &[Principal]) -> Seen {
    let status = Status {
        is_running: true,
        module: Some([module; 32]),
        controllers: controllers.to_vec(),
        cycles_free: 1,
        snapshots: 0,
    };
    Seen { status, changes: 3, is_busy: false, left: None }
}

fn known() -> Target {
    let module = Some([1; 32]);
    Target { module, seen_at: later(1), ..Target::adopted(placement("registry"), later(0)) }
}

fn look_at(before: &Target, seen: &Seen) -> (Target, Vec<Event>) {
    let change = look(&own(), target(11), before, seen, later(9));
    let (_, after) = change.target.expect("looked at");
    (after.expect("stays"), change.events)
}

#[test]
fn the_first_look_is_what_later_ones_are_held_against() {
    let fresh = Target::adopted(placement("registry"), later(0));
    let (after, events) = look_at(&fresh, &seen(1, &[own(), person(1)]));
    assert_eq!((after.module, after.others.as_slice()), (Some([1; 32]), &[person(1)][..]));
    assert_eq!((after.drifted_since, events.len(), after.changes_seen), (None, 0, 3));
    let (after, events) = look_at(&after, &seen(1, &[own(), person(1)]));
    assert_eq!((after.drifted_since, events.len()), (None, 0));
}

#[test]
fn other_code_or_controllers_are_noticed_once_and_until_they_go() {
    for (drift, what, seen) in [
        (Drift::Code, "it runs other code", seen(2, &[own()])),
        (Drift::Controllers, "somebody else controls it", seen(1, &[own(), person(7)])),
        (Drift::Lost, "the governor does not control it", seen(1, &[person(7)])),
    ] {
        let (after, events) = look_at(&known(), &seen);
        assert_eq!((after.drifted_since, after.drift), (Some(later(9)), Some(drift)), "{what}");
        assert_eq!(events[0].name.as_deref(), Some(what));
        assert_eq!(after.module, Some([1; 32]), "what was approved is kept");
        let (again, events) = look_at(&after, &seen);
        assert_eq!((again.drifted_since, events.len()), (Some(later(9)), 0));
    }
    let drift = Some(Drift::Code);
    let drifted = Target { drifted_since: Some(later(2)), drift, ..known() };
    let (after, events) = look_at(&drifted, &seen(1, &[own()]));
    assert_eq!((after.drifted_since, after.drift), (None, None));
    assert_eq!(events[0].kind, EventKind::DriftEnded);
}

#[test]
fn what_an_execution_does_is_no_drift() {
    let busy = Seen { is_busy: true, ..seen(2, &[own()]) };
    let (after, events) = look_at(&known(), &busy);
    assert_eq!((after.module, events.len()), (Some([1; 32]), 0));
    let left = Seen { left: Some([2; 32]), ..seen(2, &[own()]) };
    let (after, events) = look_at(&known(), &left);
    assert_eq!((after.module, events.len()), (Some([2; 32]), 0));
}
