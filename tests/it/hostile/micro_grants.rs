//! Attacks on `micro_grants`.

use granary_tests::{
    fixtures::{self, DOLLAR},
    hostile::Known,
    people::Who,
    world::World,
};

use super::{
    attacks, everybody, governance_refuses_nonsense_too, no_change_without_a_receipt,
    nobody_changes_anything,
};
use crate::world;

/// `micro_grants` with something of everything, so that guessed numbers hit.
fn target() -> (World, Known) {
    let world = world();
    let program = fixtures::open_program(&world);
    let steps = fixtures::content_in_steps(30 * DOLLAR, 3, world.now_ns());
    let grant = fixtures::active_grant(&world, program, steps);
    fixtures::hand_in(&world, grant, 0);
    let open = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let rejected = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::reject(&world, rejected);
    let known =
        Known { ids: vec![1, program, grant, open, rejected], principals: everybody(&world) };
    (world, known)
}

#[test]
fn nobody_changes_micro_grants() {
    let (world, known) = target();
    nobody_changes_anything(&world, known, attacks() / 2);
}

#[test]
fn micro_grants_changes_nothing_without_a_receipt() {
    let (world, known) = target();
    let callers = [
        Who::Applicant,
        Who::Reviewer,
        Who::Manager,
        Who::Governor,
        Who::Treasurer,
        Who::Operator,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&world, known, &callers, attacks() / 2);
}

#[test]
fn governance_of_micro_grants_refuses_nonsense_too() {
    let (world, known) = target();
    governance_refuses_nonsense_too(&world, known, attacks() / 50);
    fixtures::open_program(&world);
}
