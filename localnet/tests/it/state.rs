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
    let nanos = |time: pocket_ic::Time| time.as_nanos_since_unix_epoch();
    assert_eq!(nanos(second.get_time()), nanos(time) + 2);
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

#[test]
fn a_read_only_state_is_copied_and_stays_as_it_is() {
    let first = builder().with_application_subnet().with_state(PocketIcState::new()).build();
    let canister = install(&first, sample());
    first.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    let state = first.drop_and_take_state().unwrap();
    for _ in 0..2 {
        let copy = builder().with_read_only_state(&state).with_application_subnet().build();
        let reply = copy.update_call(canister, ANYONE, "bump", vec![]).unwrap();
        assert_eq!(number(&reply), 2, "each copy begins where the state was left");
    }
    let own = builder().with_read_only_state(&state).with_state(PocketIcState::new()).build();
    own.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    let kept = own.drop_and_take_state().unwrap();
    let back = builder().with_state(kept).build();
    assert_eq!(number(&back.query_call(canister, ANYONE, "value", vec![]).unwrap()), 2);
}

#[test]
fn a_directory_is_used_again_without_being_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let begin =
        || builder().with_state_dir(dir.path().to_owned()).with_application_subnet().build();
    let first = begin();
    let canister = install(&first, sample());
    first.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    drop(first);
    let second = begin();
    assert_eq!(number(&second.update_call(canister, ANYONE, "bump", vec![]).unwrap()), 2);
    let said = crate::support::refused(|| drop(begin()));
    assert!(said.contains("in use"), "{said}");
}

#[test]
fn what_was_under_way_goes_on_after_a_resumption() {
    let first = builder().with_application_subnet().with_state(PocketIcState::new()).build();
    let canister = install(&first, sample());
    let call = first.submit_call(canister, ANYONE, "bump", vec![]).unwrap();
    let state = first.drop_and_take_state().unwrap();
    let second = builder().with_state(state).build();
    assert!(second.ingress_status(call.clone()).is_none(), "no round ran yet");
    assert_eq!(number(&second.await_call(call).unwrap()), 1);
}
