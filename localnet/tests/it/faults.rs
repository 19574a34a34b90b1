//! Faults and orders over HTTP, beside the unmodified client.

use candid::Principal;
use pocket_ic::{ErrorCode, PocketIc};
use serde_json::{Value, json};

use crate::support::{HttpAnswer, http, install, network, number, sample};

/// Asks for an operation of `/sim/`.
fn ask(network: &PocketIc, name: &str, body: &Value) -> HttpAnswer {
    let url = network.get_server_url();
    let port = url.port().unwrap();
    let path = format!("/instances/{}/sim/{name}", network.instance_id());
    http(port, "POST", &path, "localhost", body.to_string().as_bytes())
}

/// The answer of an operation that must succeed.
fn sim(network: &PocketIc, name: &str, body: &Value) -> Value {
    let answer = ask(network, name, body);
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    serde_json::from_str(&answer.text()).unwrap()
}

fn bump(network: &PocketIc, canister: Principal) -> Result<Vec<u8>, pocket_ic::RejectResponse> {
    network.update_call(canister, Principal::anonymous(), "bump", Vec::new())
}

#[test]
fn a_client_can_cut_a_message_and_see_that_nothing_changed() {
    let network = network();
    let canister = install(&network, sample());
    assert_eq!(number(&bump(&network, canister).unwrap()), 1);
    let which = json!({ "canister_id": canister.to_text() });
    assert_eq!(sim(&network, "mark", &which), Value::Null);
    let rule = json!({
        "to": { "canister": canister.to_text(), "name": "update bump" },
        "times": 1,
        "action": { "trap": { "system_call": { "first": 1, "last": 2 } } },
    });
    sim(&network, "plan", &json!({ "plan": { "rules": [rule] }, "seed": 11 }));
    let reject = bump(&network, canister).unwrap_err();
    assert_eq!(reject.error_code, ErrorCode::CanisterTrapped);
    assert_eq!(sim(&network, "changes", &which), json!([]));
    assert_eq!(number(&bump(&network, canister).unwrap()), 2, "once and no more");
    assert_eq!(sim(&network, "changes", &which), json!(["heap"]));

    let record = sim(&network, "record", &Value::Null);
    assert_eq!(record["seed"], 11);
    assert_eq!(record["choices"].as_array().unwrap().len(), 1, "which of two calls");
    assert_eq!(record["hits"][0]["round"], 1);
    assert_eq!(sim(&network, "end", &Value::Null), record);
    assert_eq!(sim(&network, "record", &Value::Null), Value::Null);

    sim(&network, "clear_executions", &Value::Null);
    bump(&network, canister).unwrap();
    let executions = sim(&network, "executions", &Value::Null);
    assert_eq!(executions.as_array().unwrap().len(), 1);
    assert_eq!(executions[0]["entry"], "update bump");
    assert!(executions[0]["instructions"].as_u64().unwrap() > 500);
}

/// Answers of five callers at once, under a plan.
fn race(body: &Value) -> (Vec<u32>, Value) {
    let network = network();
    let canister = install(&network, sample());
    sim(&network, "plan", body);
    let submit =
        || network.submit_call(canister, Principal::anonymous(), "bump", Vec::new()).unwrap();
    let sent: Vec<_> = (0..5).map(|_| submit()).collect();
    let places = sent.into_iter().map(|id| number(&network.await_call(id).unwrap())).collect();
    (places, sim(&network, "end", &Value::Null))
}

#[test]
fn a_record_repeats_the_order_it_tells() {
    let plan = json!({ "order": "chosen" });
    let (mut places, mut record) = (Vec::new(), Value::Null);
    for seed in 0..10 {
        (places, record) = race(&json!({ "plan": plan, "seed": seed }));
        if places != [1, 2, 3, 4, 5] {
            break;
        }
    }
    assert_ne!(places, [1, 2, 3, 4, 5], "some seed chooses another order");
    let (again, told) = race(&json!({ "plan": plan, "replay": record }));
    assert_eq!((again, told), (places, record));
}

#[test]
fn interventions_happen_at_once_and_mistakes_are_named() {
    let network = network();
    let canister = install(&network, sample());
    let id = canister.to_text();
    assert_eq!(
        sim(&network, "intervene", &json!({ "stop": { "canister": id } })),
        json!({ "Ok": null })
    );
    assert_eq!(bump(&network, canister).unwrap_err().error_code, ErrorCode::CanisterStopped);
    sim(&network, "intervene", &json!({ "start": { "canister": id } }));
    let module = "00".repeat(8);
    let upgrade = json!({ "upgrade": { "canister": id, "module": module } });
    let refused = sim(&network, "intervene", &upgrade);
    assert!(refused["Err"]["reject_message"].as_str().unwrap().contains("not valid"), "{refused}");
    sim(&network, "intervene", &json!({ "drain": { "canister": id, "leave": 7 } }));
    assert_eq!(network.cycle_balance(canister), 7);
    let skew = json!({ "skew": { "canister": id, "by_ns": -1_000_000_000 } });
    sim(&network, "intervene", &skew);

    let stranger = json!({ "canister_id": Principal::anonymous().to_text() });
    for (name, body, status) in [
        ("mark", &stranger, 400),
        ("changes", &json!({ "canister_id": id }), 400),
        ("plan", &json!({ "plan": { "rules": [{ "action": "jump" }] } }), 422),
        ("plan", &json!({ "plan": { "messages_per_round": 0 } }), 400),
        ("dance", &Value::Null, 404),
    ] {
        let answer = ask(&network, name, body);
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(answer.text().contains("message"), "{}", answer.text());
    }
}

#[test]
fn time_and_rounds_pass_in_one_request() {
    let network = network();
    let before = network.get_time().as_nanos_since_unix_epoch();
    sim(&network, "advance", &json!({ "by_ns": 5_000_000_000_u64, "rounds": 3 }));
    let after = network.get_time().as_nanos_since_unix_epoch();
    // A round moves the clock by a nanosecond when nobody else does.
    assert_eq!(after - before, 5_000_000_002);
    for wrong in [
        json!({ "rounds": 1_001 }),
        json!({ "by_ns": u64::MAX, "rounds": 1 }),
        json!({ "by_ns": 1 }),
        json!({ "rounds": -1 }),
    ] {
        assert_ne!(ask(&network, "advance", &wrong).status, 200, "{wrong}");
    }
    assert_eq!(network.get_time().as_nanos_since_unix_epoch(), after, "nothing changed");
}

#[test]
fn outcalls_and_ingress_fail_as_a_client_asks() {
    let network = network();
    let canister = install(&network, sample());
    let rules = json!([
        { "to": { "name": "bump" }, "times": 1, "action": "duplicate" },
        { "to": { "name": "bump" }, "skip": 1, "times": 1, "action": "expire" },
        { "action": { "outcall": { "respond": { "status": 500, "body": "00" } } } },
    ]);
    sim(&network, "plan", &json!({ "plan": { "rules": rules } }));
    assert_eq!(number(&bump(&network, canister).unwrap()), 1, "sent once, run twice");
    let expired = bump(&network, canister).unwrap_err();
    assert_eq!(expired.error_code, ErrorCode::IngressMessageTimeout);
    assert_eq!(number(&bump(&network, canister).unwrap()), 3);
    let hits = sim(&network, "end", &Value::Null)["hits"].as_array().unwrap().len();
    assert_eq!(hits, 2);
    let wrong = json!({ "plan": { "rules": [{ "action": { "outcall": { "reject": {
        "code": 9, "message": "" } } } }] } });
    assert_eq!(ask(&network, "plan", &wrong).status, 400);
}

/// The time a certificate shows.
fn time_of(bytes: &[u8]) -> u64 {
    let certificate = crate::support::certificate(bytes);
    let ic_certification::LookupResult::Found(mut time) = certificate.tree.lookup_path(["time"])
    else {
        panic!("no time in the certificate");
    };
    leb128::read::unsigned(&mut time).unwrap()
}

#[test]
fn certificates_can_be_as_old_as_a_client_asks() {
    let network = network();
    let canister = install(&network, sample());
    let anyone = Principal::anonymous();
    let read = || network.query_call(canister, anyone, "certificate", Vec::new()).unwrap();
    let before = time_of(&read());
    let old = json!({ "age_certificates": { "by_ns": 60_000_000_000_u64 } });
    assert_eq!(sim(&network, "intervene", &old), json!({ "Ok": null }));
    assert_eq!(time_of(&read()), before - 60_000_000_000);
    sim(&network, "intervene", &json!({ "age_certificates": { "by_ns": 0 } }));
    assert_eq!(time_of(&read()), before);
}

#[tokio::test]
async fn an_agent_refuses_a_certificate_that_is_too_old() {
    use localnet::faults::Intervention;
    let live = crate::agent_calls::Live::start().await;
    let agent = live.anonymous().await;
    agent.update(&live.canister, "bump").call_and_wait().await.unwrap();
    let old = Intervention::AgeCertificates { by_ns: 3_600_000_000_000 };
    let aged = live.server.instance().unwrap();
    aged.run(move |instance| instance.network.intervene(&old)).await.unwrap().unwrap();
    let refused = agent.read_state_canister_module_hash(live.canister).await.unwrap_err();
    assert!(matches!(refused, ic_agent::AgentError::CertificateOutdated(_)), "{refused:?}");
    live.server.stop().await.unwrap();
}
