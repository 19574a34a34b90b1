//! Attacks on `recovery`.

use granary_api::recovery as r;
use granary_tests::{people::Who, reply::Expect};

use super::{
    attacks, governance_refuses_nonsense_too, no_change_without_a_receipt, nobody_changes_anything,
};
use crate::access::recovery::target;

#[test]
fn nobody_changes_recovery() {
    let (world, known) = target();
    nobody_changes_anything(&world, known, attacks() / 4);
}

#[test]
fn recovery_changes_nothing_without_a_receipt() {
    let (world, known) = target();
    let callers = [
        Who::Treasurer,
        Who::Reviewer,
        Who::Guardian,
        Who::Governor,
        Who::Operator,
        Who::Backup,
        Who::Stranger,
    ];
    no_change_without_a_receipt(&world, known, &callers, attacks() / 4);
}

#[test]
fn governance_of_recovery_refuses_nonsense_too() {
    let (world, known) = target();
    governance_refuses_nonsense_too(&world, known, attacks() / 50);
    let operation = r::Operation::RotateGovernorMembers(r::RotateMembersArgs {
        members: vec![Who::Stranger.principal()],
        threshold: 1,
    });
    let args = r::SubmitRequestArgs { operation, idempotency_key: None };
    world.caller(Who::Guardian).receipt("submit_request", &args).value("it works");
}
