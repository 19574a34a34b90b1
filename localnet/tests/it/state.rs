//! Networks that outlive their instance: state saved to a directory and loaded from it.

use candid::Principal;
use localnet::{
    network::NetworkConfig,
    server::{InstanceSpec, Server, ServerConfig},
};
use pocket_ic::PocketIcState;

use crate::support::{builder, install, number, sample};

const ANYONE: Principal = Principal::anonymous();

#[test]
fn an_instance_is_resumed_from_its_state() {
    let first = builder().with_application_subnet().with_state(PocketIcState::new()).build();
    let canister = install(&first, sample());
    for _ in 0..3 {
        first.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    }
    let cycles = first.cycle_balance(canister);
    let time = first.get_time();
    let topology = first.topology();
    let state = first.drop_and_take_state().unwrap();

    let second = builder().with_state(state).with_application_subnet().build();
    assert_eq!(second.topology(), topology);
    assert!(second.get_time() >= time);
    assert_eq!(second.cycle_balance(canister), cycles);
    let reply = second.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    assert_eq!(number(&reply), 4);
    let next = second.create_canister();
    assert_ne!(next, canister, "an id is given twice");
}

#[tokio::test]
async fn a_node_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let start = async || {
        let instance = InstanceSpec {
            network: NetworkConfig { seed: 7, ..NetworkConfig::default() },
            state_dir: Some(dir.path().to_owned()),
            live: true,
            ..InstanceSpec::default()
        };
        Server::start(ServerConfig { instance: Some(instance), ..ServerConfig::default() })
            .await
            .unwrap()
    };
    let live = crate::agent_calls::Live::on(start().await).await;
    let canister = live.canister;
    let agent = live.anonymous().await;
    agent.update(&canister, "bump").call_and_wait().await.unwrap();
    live.server.stop().await.unwrap();

    let live = crate::agent_calls::Live { server: start().await, canister };
    let agent = live.anonymous().await;
    let reply = agent.update(&canister, "bump").call_and_wait().await.unwrap();
    assert_eq!(number(&reply), 2);
    live.server.stop().await.unwrap();
}
