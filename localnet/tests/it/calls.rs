//! Update and query calls through the `PocketIC` client.

use candid::Principal;
use pocket_ic::{ErrorCode, RejectCode};

use crate::support::{builder, guarded, install, nanoseconds, network, number, sample};

const ANYONE: Principal = Principal::anonymous();

#[test]
fn a_counter_counts_and_queries_do_not_change_it() {
    let network = network();
    let canister = install(&network, sample());
    for expected in 1..=3 {
        let reply = network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
        assert_eq!(number(&reply), expected);
    }
    let value = network.query_call(canister, ANYONE, "value", vec![]).unwrap();
    assert_eq!(number(&value), 3);
}

#[tokio::test]
async fn a_counter_counts_through_the_asynchronous_client() {
    let network = builder().with_application_subnet().build_async().await;
    let canister = network.create_canister().await;
    network.install_canister(canister, sample(), vec![], None).await;
    let reply = network.update_call(canister, ANYONE, "bump", vec![]).await.unwrap();
    assert_eq!(number(&reply), 1);
    network.drop().await;
}

#[test]
fn arguments_and_callers_arrive_as_sent() {
    let network = network();
    let canister = install(&network, sample());
    let arg: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(network.update_call(canister, ANYONE, "echo", arg.clone()).unwrap(), arg);
    let caller = Principal::self_authenticating([7; 32]);
    let reply = network.query_call(canister, caller, "whoami", vec![]).unwrap();
    assert_eq!(reply, caller.as_slice());
    let reply = network.update_call(canister, caller, "whoami_certified", vec![]).unwrap();
    assert_eq!(reply, caller.as_slice());
}

#[test]
fn a_call_to_an_unknown_canister_is_not_found() {
    let network = network();
    let unknown = network.topology().default_effective_canister_id.into();
    let error = network.update_call(unknown, ANYONE, "bump", vec![]).unwrap_err();
    assert!(error.reject_message.contains("not found"), "{error}");
    assert_eq!(error.error_code, ErrorCode::CanisterNotFound);
    let error = network.query_call(unknown, ANYONE, "value", vec![]).unwrap_err();
    assert!(error.reject_message.contains("not found"), "{error}");
    let elsewhere = Principal::from_text("rwlgt-iiaaa-aaaaa-aaaaa-cai").unwrap();
    let error = network.update_call(elsewhere, ANYONE, "bump", vec![]).unwrap_err();
    assert!(error.reject_message.contains("not found"), "{error}");
}

#[test]
fn calls_submitted_together_run_in_one_round() {
    let network = network();
    let canister = install(&network, sample());
    let calls: Vec<_> =
        (0..5).map(|_| network.submit_call(canister, ANYONE, "clock", vec![]).unwrap()).collect();
    let times: Vec<_> =
        calls.into_iter().map(|call| nanoseconds(&network.await_call(call).unwrap())).collect();
    assert!(times.windows(2).all(|pair| pair[0] == pair[1]), "{times:?}");
}

#[test]
fn the_status_of_a_call_is_its_senders_business() {
    let network = network();
    let canister = install(&network, sample());
    let sender = Principal::self_authenticating([1; 32]);
    let call = network.submit_call(canister, sender, "bump", vec![]).unwrap();
    assert!(network.ingress_status(call.clone()).is_none(), "no round has run yet");
    network.tick();
    assert_eq!(number(&network.ingress_status(call.clone()).unwrap().unwrap()), 1);
    let stranger = Principal::self_authenticating([2; 32]);
    match network.ingress_status_as(call.clone(), stranger) {
        pocket_ic::IngressStatusResult::Forbidden(reason) => {
            assert!(reason.contains("not signed by the caller"), "{reason}");
        }
        other => panic!("a stranger learned {other:?}"),
    }
    let own = network.ingress_status_as(call, sender);
    assert!(matches!(own, pocket_ic::IngressStatusResult::Success(Ok(_))), "{own:?}");
}

#[test]
fn a_canister_refuses_ingress_messages_by_inspection() {
    let network = network();
    let canister = install(&network, guarded());
    assert!(network.update_call(canister, ANYONE, "work", vec![]).is_ok());
    let refusal = network.submit_call(canister, ANYONE, "work", vec![1]).unwrap_err();
    assert_eq!(refusal.error_code, ErrorCode::CanisterRejectedMessage);
    assert_eq!(refusal.reject_message, "Canister rejected the message");
    assert!(!refusal.certified);
}

#[test]
fn a_message_that_is_too_large_is_refused() {
    let network = network();
    let canister = install(&network, sample());
    let refusal = network.update_call(canister, ANYONE, "echo", vec![0; 3 << 20]).unwrap_err();
    assert!(!refusal.certified, "{refusal}");
    assert_eq!(number(&network.query_call(canister, ANYONE, "value", vec![]).unwrap()), 0);
}

#[test]
fn failures_have_their_codes_and_undo_everything() {
    let network = network();
    let canister = install(&network, sample());
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    let trapped = network.update_call(canister, ANYONE, "fail", vec![]).unwrap_err();
    assert_eq!(trapped.error_code, ErrorCode::CanisterCalledTrap);
    assert_eq!(trapped.reject_code, RejectCode::CanisterError);
    assert!(trapped.reject_message.contains("on purpose"), "{trapped}");
    assert!(trapped.certified);
    let trapped = network.query_call(canister, ANYONE, "fail_query", vec![]).unwrap_err();
    assert!(!trapped.certified, "{trapped}");
    let rejected = network.update_call(canister, ANYONE, "refuse", vec![]).unwrap_err();
    assert_eq!(rejected.reject_code, RejectCode::CanisterReject);
    let missing = network.update_call(canister, ANYONE, "nothing", vec![]).unwrap_err();
    assert_eq!(missing.error_code, ErrorCode::CanisterMethodNotFound);
    assert_eq!(number(&network.query_call(canister, ANYONE, "value", vec![]).unwrap()), 1);
}

#[test]
fn endless_recursion_overflows_the_stack_of_the_canister_only() {
    let network = network();
    let canister = install(&network, sample());
    let error = network.update_call(canister, ANYONE, "overflow", vec![]).unwrap_err();
    assert!(error.reject_message.contains("Canister trapped: stack overflow"), "{error}");
    assert!(network.update_call(canister, ANYONE, "bump", vec![]).is_ok());
}
