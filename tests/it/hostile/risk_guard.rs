//! Attacks on `risk_guard`.

use granary_tests::people::Who;

use super::{
    attacks, governance_refuses_nonsense_too, no_change_without_a_receipt, nobody_changes_anything,
};
use crate::access::risk_guard::target;

#[test]
fn nobody_changes_risk_guard() {
    let (world, known) = target();
    nobody_changes_anything(&world, known, attacks() / 4);
}

#[test]
fn risk_guard_changes_nothing_without_a_receipt() {
    let (world, known) = target();
    let callers = [
        Who::Execution,
        Who::Reader,
        Who::Steward,
        Who::Guardian,
        Who::Auditor,
        Who::Operator,
        Who::Governor,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&world, known, &callers, attacks() / 4);
}

#[test]
fn governance_of_risk_guard_refuses_nonsense_too() {
    let (world, known) = target();
    governance_refuses_nonsense_too(&world, known, attacks() / 50);
}
