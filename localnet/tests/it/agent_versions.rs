//! The versions of the agent interface, byte by byte, and instances whose time stands still.

use candid::Principal;
use ciborium::Value;
use ic_agent::{
    agent::{Envelope, EnvelopeContent},
    hash_tree::{Label, LookupResult},
};
use ic_certification::Certificate;
use localnet::certification::cbor;
use pocket_ic::PocketIc;

use crate::support::{HttpAnswer, builder, certificate, http, install, network, sample};

/// An anonymous request.
fn unsigned(content: EnvelopeContent) -> Vec<u8> {
    let envelope = Envelope {
        content: std::borrow::Cow::Owned(content),
        sender_pubkey: None,
        sender_sig: None,
        sender_delegation: None,
    };
    envelope.encode_bytes()
}

fn expiry(network: &PocketIc) -> u64 {
    network.get_time().as_nanos_since_unix_epoch() + 60_000_000_000
}

fn bump(canister: Principal, ingress_expiry: u64) -> EnvelopeContent {
    EnvelopeContent::Call {
        ingress_expiry,
        sender: Principal::anonymous(),
        canister_id: canister,
        method_name: "bump".to_owned(),
        arg: vec![],
        nonce: None,
        sender_info: None,
    }
}

fn status_of(network: &PocketIc, call: &EnvelopeContent) -> EnvelopeContent {
    let id: Label<Vec<u8>> = call.to_request_id().to_vec().into();
    EnvelopeContent::ReadState {
        ingress_expiry: expiry(network),
        sender: Principal::anonymous(),
        paths: vec![vec!["request_status".into(), id]],
    }
}

fn post(network: &PocketIc, path: &str, content: EnvelopeContent) -> HttpAnswer {
    let path = format!("/instances/{}/api/{path}", network.instance_id());
    let port = network.get_server_url().port().unwrap();
    http(port, "POST", &path, "localhost", &unsigned(content))
}

fn field(answer: &HttpAnswer, name: &str) -> Value {
    let map: Value = cbor::decode(&answer.body).unwrap();
    let entries = map.into_map().unwrap().into_iter();
    entries.filter(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value).next().unwrap()
}

fn certified(answer: &HttpAnswer) -> Certificate {
    assert_eq!(answer.status, 200, "{}", answer.text());
    certificate(&field(answer, "certificate").into_bytes().unwrap())
}

#[test]
fn a_call_waits_for_a_round_when_time_stands_still() {
    let network = network();
    let canister = install(&network, sample());
    for version in ["v2", "v3", "v4"] {
        let before = network.query_call(canister, Principal::anonymous(), "value", vec![]).unwrap();
        let call = bump(canister, expiry(&network));
        let answer = post(&network, &format!("{version}/canister/{canister}/call"), call.clone());
        assert_eq!((answer.status, answer.text().as_str()), (202, ""), "{version}");
        let path = format!("v2/canister/{canister}/read_state");
        let request = call.to_request_id();
        let status = |name: &'static str| {
            [&b"request_status"[..], &request[..], name.as_bytes()].map(<[u8]>::to_vec)
        };
        let received = certified(&post(&network, &path, status_of(&network, &call)));
        let found = received.tree.lookup_path(status("status"));
        assert_eq!(found, LookupResult::Found(b"received"), "{version}");
        network.tick();
        let replied = certified(&post(&network, &path, status_of(&network, &call)));
        let found = replied.tree.lookup_path(status("status"));
        assert_eq!(found, LookupResult::Found(b"replied"), "{version}");
        let after = [before[0] + 1, 0, 0, 0];
        assert_eq!(replied.tree.lookup_path(status("reply")), LookupResult::Found(&after));
    }
}

#[test]
fn a_call_from_a_test_is_certified_too() {
    let network = network();
    let canister = install(&network, sample());
    let anyone = Principal::anonymous();
    let call = network.submit_call(canister, anyone, "bump", vec![]).unwrap();
    network.tick();
    let content = EnvelopeContent::ReadState {
        ingress_expiry: expiry(&network),
        sender: anyone,
        paths: vec![vec!["request_status".into(), call.message_id.clone().into()]],
    };
    let answer = post(&network, &format!("v3/canister/{canister}/read_state"), content);
    let path = [&b"request_status"[..], &call.message_id, b"status"];
    assert_eq!(certified(&answer).tree.lookup_path(path), LookupResult::Found(b"replied"));
}

#[test]
fn delegations_have_the_form_of_their_version() {
    let network = network();
    let canister = install(&network, sample());
    let subnet = network.get_subnet(canister).unwrap();
    let flat = vec![&b"subnet"[..], subnet.as_slice(), b"canister_ranges"];
    let first = network.topology().subnet_configs[&subnet].canister_ranges[0].start.clone();
    let sharded = vec![&b"canister_ranges"[..], subnet.as_slice(), &first.canister_id];
    for (version, shown, hidden) in [("v2", &flat, &sharded), ("v3", &sharded, &flat)] {
        let content = EnvelopeContent::ReadState {
            ingress_expiry: expiry(&network),
            sender: Principal::anonymous(),
            paths: vec![vec!["time".into()]],
        };
        let path = format!("{version}/canister/{canister}/read_state");
        let outer = certified(&post(&network, &path, content));
        let delegation = outer.delegation.unwrap();
        assert_eq!(delegation.subnet_id, subnet.as_slice());
        let inner = certificate(&delegation.certificate);
        assert!(matches!(inner.tree.lookup_path(shown), LookupResult::Found(_)), "{version}");
        assert_eq!(inner.tree.lookup_path(hidden), LookupResult::Unknown, "{version}");
    }
}

#[test]
fn requests_count_from_the_time_of_the_network() {
    let network = network();
    let canister = install(&network, sample());
    let late = expiry(&network) + 3_600_000_000_000;
    let answer = post(&network, &format!("v2/canister/{canister}/call"), bump(canister, late));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("Invalid request expiry"), "{}", answer.text());

    let trusting = builder().with_application_subnet().disable_ingress_validation().build();
    let canister = install(&trusting, sample());
    let answer = post(&trusting, &format!("v2/canister/{canister}/call"), bump(canister, late));
    assert_eq!(answer.status, 202, "{}", answer.text());
}

#[test]
fn a_call_that_cannot_be_taken_is_rejected_at_once() {
    let network = network();
    let canister = network.create_canister();
    for version in ["v2", "v4"] {
        let call = bump(canister, expiry(&network));
        let answer = post(&network, &format!("{version}/canister/{canister}/call"), call);
        assert_eq!(answer.status, 200);
        let status = field(&answer, "status").into_text().unwrap();
        assert_eq!(status, "non_replicated_rejection");
        assert_eq!(field(&answer, "error_code").into_text().unwrap(), "IC0537");
    }
}

#[test]
fn unknown_canisters_and_subnets_are_named() {
    let network = network();
    let elsewhere = Principal::from_text("rwlgt-iiaaa-aaaaa-aaaaa-cai").unwrap();
    let call = bump(elsewhere, expiry(&network));
    let answer = post(&network, &format!("v2/canister/{elsewhere}/call"), call);
    assert_eq!(answer.status, 400);
    let text = "error: canister_not_found\ndetails: The specified canister does not exist.";
    assert_eq!(answer.text(), text);
    let content = EnvelopeContent::ReadState {
        ingress_expiry: expiry(&network),
        sender: Principal::anonymous(),
        paths: vec![vec!["time".into()]],
    };
    let answer = post(&network, &format!("v2/subnet/{elsewhere}/read_state"), content);
    assert!(answer.text().starts_with("error: subnet_not_found\n"), "{}", answer.text());
}

#[test]
fn metrics_of_a_subnet_are_certified_by_itself_only() {
    let network = builder().with_application_subnet().with_application_subnet().build();
    let [own, other] = network.topology().get_app_subnets()[..] else { panic!("two subnets") };
    assert_eq!(network.get_subnet_metrics(own).unwrap().num_canisters, 0);
    let content = EnvelopeContent::ReadState {
        ingress_expiry: expiry(&network),
        sender: Principal::anonymous(),
        paths: vec![vec!["subnet".into(), other.as_slice().into(), "metrics".into()]],
    };
    let answer = post(&network, &format!("v2/subnet/{own}/read_state"), content);
    assert_eq!(answer.status, 200, "the other one's are not there: {}", answer.text());
}
