//! The texts and codes of rejects, held to the table callers see.

use super::*;

/// Every text, with its codes, as callers see it. A change here is a change for every test that
/// matches a message.
#[test]
fn the_table_of_rejects() {
    let id = Principal::management_canister();
    let other = Principal::anonymous();
    let all = [
        canister_error(ErrorCode::CanisterTrapped, id, "Canister trapped: x"),
        canister_not_found(id),
        no_wasm_module(id),
        method_not_found(id, "update", "m"),
        composite_in_replicated_mode(id, "m"),
        stopped(id),
        stopping(id),
        not_stopped(id, "deleted"),
        stop_timed_out(id),
        stop_cancelled(id),
        did_not_reply(id),
        rejected_by_canister("own words"),
        ingress_refused(),
        ingress_timed_out(&[1, 2]),
        payload_too_large(3, 2),
        out_of_cycles(id, 1, 3),
        uninstalled(id),
        deadline_expired(),
        not_a_controller(id, &[other], other),
        access_denied("read the logs", id, other),
        only_canisters("m"),
        query_only("m"),
        no_management_method("m"),
        not_on_localnet("m"),
        invalid_payload("x"),
        contract_violation("x"),
        non_empty(id),
        too_few_cycles(id, 1, 2),
        snapshot_not_found(&[1], id),
        query_too_deep(6),
        query_other_subnet(id),
        http_timed_out(),
    ];
    let lines: Vec<String> = all
        .iter()
        .map(|r| format!("{} {:?} {}", r.error_code, r.reject_code, r.reject_message))
        .collect();
    assert_eq!(lines.join("\n"), include_str!("rejects.txt").trim_end());
}

#[test]
fn uncertified_changes_nothing_else() {
    let before = canister_not_found(Principal::anonymous());
    let after = uncertified(before.clone());
    assert!(before.certified && !after.certified);
    assert_eq!(RejectResponse { certified: true, ..after }, before);
}
