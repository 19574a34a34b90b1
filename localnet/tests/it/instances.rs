//! Instances: creation, topology, deletion, and clear errors for what localnet does not have.

use pocket_ic::PocketIc;

use crate::support::{builder, http, network, refused, sample};

fn port(network: &PocketIc) -> u16 {
    network.get_server_url().port().unwrap()
}

fn states(port: u16) -> Vec<String> {
    let answer = http(port, "GET", "/instances", "localhost", b"");
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn an_instance_is_listed_until_it_is_dropped() {
    let network = network();
    let (id, port) = (network.instance_id(), port(&network));
    assert_eq!(states(port)[id], "Available");
    drop(network);
    assert_eq!(states(port)[id], "Deleted");
}

#[tokio::test]
async fn an_instance_of_the_asynchronous_client_is_listed_until_it_is_dropped() {
    let network = builder().with_application_subnet().build_async().await;
    let port = network.get_server_url().port().unwrap();
    let id = network.instance_id;
    let list = move || tokio::task::spawn_blocking(move || states(port));
    assert_eq!(list().await.unwrap()[id], "Available");
    network.drop().await;
    assert_eq!(list().await.unwrap()[id], "Deleted");
}

#[test]
fn instances_know_nothing_of_each_other() {
    let (one, other) = (network(), network());
    assert_ne!(one.instance_id(), other.instance_id());
    let canister = one.create_canister();
    assert!(one.canister_exists(canister));
    assert!(!other.canister_exists(canister));
}

#[test]
fn a_deleted_instance_answers_with_a_message() {
    let network = network();
    let (id, port) = (network.instance_id(), port(&network));
    drop(network);
    for path in [format!("/instances/{id}/read/get_time"), "/instances/99999/read/get_time".into()]
    {
        let answer = http(port, "GET", &path, "localhost", b"");
        assert_eq!(answer.status, 404);
        let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(error["message"].as_str().unwrap().starts_with("Instance "), "{error}");
    }
}

#[test]
fn a_second_handle_sees_the_same_instance() {
    let network = network();
    let canister = network.create_canister();
    let second =
        PocketIc::new_from_existing_instance(network.get_server_url(), network.instance_id(), None);
    assert!(second.canister_exists(canister));
    drop(second);
    assert!(network.canister_exists(canister), "a second handle does not own the instance");
}

#[test]
fn an_instance_without_subnets_is_refused() {
    let text = refused(|| drop(builder().build()));
    assert!(text.contains("SubnetConfigSet must contain at least one subnet"), "{text}");
}

#[test]
fn the_root_key_is_the_published_one_and_needs_an_nns_subnet() {
    assert_eq!(network().root_key(), None);
    let network = builder().with_nns_subnet().with_application_subnet().build();
    assert_eq!(network.root_key().unwrap(), localnet::certification::DEV_ROOT_KEY_DER);
}

#[test]
fn the_topology_names_every_subnet_and_routes_canisters() {
    let network = builder().with_nns_subnet().with_ii_subnet().with_application_subnet().build();
    let topology = network.topology();
    assert_eq!(topology.subnet_configs.len(), 3);
    let canister = network.create_canister();
    assert_eq!(topology.get_subnet(canister), network.get_subnet(canister));
    assert!(topology.get_ii().is_some());
}

#[test]
fn a_round_runs_on_request() {
    let network = network();
    let before = network.get_time();
    network.tick();
    assert!(network.get_time() > before);
}

#[test]
fn what_is_missing_is_named() {
    let network = network();
    let canister = network.create_canister();
    network.install_canister(canister, sample(), vec![], None);
    let (id, port) = (network.instance_id(), port(&network));
    for name in ["delete_subnet", "mock_flexible_canister_http"] {
        let path = format!("/instances/{id}/update/{name}");
        let answer = http(port, "POST", &path, "localhost", b"{}");
        assert_eq!(answer.status, 501);
        assert!(answer.text().contains(name), "{}", answer.text());
    }
    let answer = http(port, "POST", &format!("/instances/{id}/read/dreams"), "localhost", b"{}");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("read/dreams"), "{}", answer.text());
    let text = refused(|| {
        let features = pocket_ic::common::rest::IcpFeatures {
            icp_token: Some(pocket_ic::common::rest::IcpFeaturesConfig::DefaultConfig),
            ..Default::default()
        };
        drop(builder().with_application_subnet().with_icp_features(features).build());
    });
    assert!(text.contains("icp_features.icp_token"), "{text}");
}
