//! Attacks on `governor`.

use granary_tests::people::Who;

use super::{
    attacks, governance_refuses_nonsense_too, no_change_without_a_receipt, nobody_changes_anything,
};
use crate::access::governor::target;

#[test]
fn nobody_changes_governor() {
    let (world, known) = target();
    nobody_changes_anything(&world, known, attacks() / 4);
}

#[test]
fn governor_changes_nothing_without_a_receipt() {
    let (world, known) = target();
    let callers = [
        Who::Treasurer,
        Who::Reviewer,
        Who::Steward,
        Who::Service,
        Who::Auditor,
        Who::Operator,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&world, known, &callers, attacks() / 4);
}

#[test]
fn governance_of_governor_refuses_nonsense_too() {
    let (world, known) = target();
    governance_refuses_nonsense_too(&world, known, attacks() / 50);
}
