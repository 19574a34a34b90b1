//! Attacks on `registry`.

use granary_tests::people::Who;

use super::{
    attacks, governance_refuses_nonsense_too, no_change_without_a_receipt, nobody_changes_anything,
};
use crate::access::registry::target;

#[test]
fn nobody_changes_registry() {
    let (world, known) = target();
    nobody_changes_anything(&world, known, attacks() / 4);
}

#[test]
fn registry_changes_nothing_without_a_receipt() {
    let (world, known) = target();
    let callers = [
        Who::Applicant,
        Who::Registrar,
        Who::Compliance,
        Who::Service,
        Who::Governor,
        Who::Operator,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&world, known, &callers, attacks() / 4);
}

#[test]
fn governance_of_registry_refuses_nonsense_too() {
    let (world, known) = target();
    governance_refuses_nonsense_too(&world, known, attacks() / 50);
    crate::registry::admit(&world, granary_tests::people::person("somebody new"));
}
