//! Attacks on `execution`.

use granary_tests::people::Who;

use super::{
    attacks, governance_refuses_nonsense_too, no_change_without_a_receipt, nobody_changes_anything,
};
use crate::access::execution::target;

#[test]
fn nobody_changes_execution() {
    let (treasury, known) = target();
    nobody_changes_anything(&treasury.execution, known, attacks() / 4);
}

#[test]
fn execution_changes_nothing_without_a_receipt() {
    let (treasury, known) = target();
    let callers = [
        Who::Service,
        Who::Treasurer,
        Who::Reviewer,
        Who::Auditor,
        Who::Operator,
        Who::Governor,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&treasury.execution, known, &callers, attacks() / 4);
}

#[test]
fn governance_of_execution_refuses_nonsense_too() {
    let (treasury, known) = target();
    governance_refuses_nonsense_too(&treasury.execution, known, attacks() / 50);
}
