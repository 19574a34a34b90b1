//! Several subnets, as the `PocketIC` client and an agent with its defaults see them.

use candid::Principal;
use ic_agent::{
    Agent, AgentError,
    hash_tree::{Label, LookupResult},
};
use localnet::{
    certification::DEV_ROOT_KEY_DER,
    network::{NetworkConfig, Subnet},
    server::{Instance, InstanceSpec, Server, ServerConfig},
};
use pocket_ic::{
    CreateCanisterParams, PocketIc,
    common::rest::{RawEffectivePrincipal, SubnetKind},
};

use crate::support::{builder, number, refused, sample};

const ANYONE: Principal = Principal::anonymous();

/// A root and two application subnets, with a canister on each.
fn three() -> (PocketIc, [Principal; 3]) {
    let network =
        builder().with_nns_subnet().with_application_subnet().with_application_subnet().build();
    let topology = network.topology();
    let apps = topology.get_app_subnets();
    let subnets = [topology.get_nns().unwrap(), apps[0], apps[1]];
    let canisters = subnets.map(|subnet| network.create_canister_on_subnet(None, None, subnet));
    for (canister, subnet) in canisters.iter().zip(subnets) {
        assert_eq!(network.get_subnet(*canister), Some(subnet));
    }
    (network, canisters)
}

/// A canister that calls the canister its argument names and passes the reply on.
fn forwarder() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "ic0" "msg_arg_data_size" (func $size (result i32)))
            (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
            (import "ic0" "call_new" (func $new (param i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "ic0" "call_perform" (func $perform (result i32)))
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (memory 1)
            (table 1 funcref)
            (elem (i32.const 0) $pass)
            (data (i32.const 0) "bump")
            (func $pass (param i32)
                (call $copy (i32.const 64) (i32.const 0) (call $size))
                (call $append (i32.const 64) (call $size))
                (call $reply))
            (func (export "canister_update forward")
                (call $copy (i32.const 16) (i32.const 0) (call $size))
                (call $new (i32.const 16) (call $size) (i32.const 0) (i32.const 4)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
                (drop (call $perform))))"#,
    )
    .unwrap()
}

#[test]
fn calls_between_subnets_take_rounds_of_their_own() {
    let (network, [root, one, two]) = three();
    for canister in [root, two] {
        network.install_canister(canister, sample(), vec![], None);
    }
    let beside = network.create_canister_on_subnet(None, None, network.get_subnet(one).unwrap());
    network.install_canister(beside, sample(), vec![], None);
    network.install_canister(one, forwarder(), vec![], None);
    let rounds = |to: Principal| {
        let id = network.submit_call(one, ANYONE, "forward", to.as_slice().to_vec()).unwrap();
        for rounds in 1..10 {
            network.tick();
            if let Some(result) = network.ingress_status(id.clone()) {
                return (number(&result.unwrap()), rounds);
            }
        }
        panic!("no answer");
    };
    assert_eq!(rounds(beside), (1, 1), "within a subnet");
    assert_eq!(rounds(two), (1, 3));
    assert_eq!(rounds(root), (1, 3));
    let answer = network.update_call(one, ANYONE, "forward", two.as_slice().to_vec());
    assert_eq!(number(&answer.unwrap()), 2, "who waits need not know");
}

#[test]
fn messages_are_routed_by_the_canister_or_the_subnet_they_name() {
    let (network, canisters) = three();
    for canister in canisters {
        network.install_canister(canister, sample(), vec![], None);
        let own = network.get_subnet(canister).unwrap();
        let effective = RawEffectivePrincipal::CanisterId(canister.as_slice().to_vec());
        let id = network
            .submit_call_with_effective_principal(canister, effective, ANYONE, "bump", vec![])
            .unwrap();
        assert_eq!(
            id.effective_principal.to_string(),
            RawEffectivePrincipal::SubnetId(own.as_slice().to_vec()).to_string()
        );
        assert_eq!(number(&network.await_call(id).unwrap()), 1);
    }
    let topology = network.topology();
    let mut ids = std::collections::BTreeSet::new();
    for (subnet, config) in &topology.subnet_configs {
        assert!(ids.insert(*subnet));
        let own = canisters.iter().filter(|id| topology.get_subnet(**id) == Some(*subnet));
        assert_eq!(own.count(), 1, "{subnet}");
        assert!(!config.canister_ranges.is_empty());
    }
}

#[test]
fn canisters_are_placed_on_an_application_subnet_or_else_on_a_system_subnet() {
    let kind_of_the_default = |network: &PocketIc| {
        let subnet = network.get_subnet(network.create_canister()).unwrap();
        network.topology().subnet_configs[&subnet].subnet_kind
    };
    let network = builder().with_nns_subnet().with_system_subnet().build();
    assert_eq!(kind_of_the_default(&network), SubnetKind::System);
    let network = builder().with_nns_subnet().build();
    assert_eq!(kind_of_the_default(&network), SubnetKind::NNS);
    let network =
        builder().with_nns_subnet().with_system_subnet().with_application_subnet().build();
    assert_eq!(kind_of_the_default(&network), SubnetKind::Application);
}

#[test]
fn ids_of_the_main_network_are_chosen_once_and_others_never() {
    let network = builder().with_nns_subnet().with_application_subnet().build();
    let ledger = Principal::from_text("ryjl3-tyaaa-aaaaa-aaaba-cai").unwrap();
    assert_eq!(network.create_canister_with_id(None, None, ledger).unwrap(), ledger);
    assert_eq!(network.get_subnet(ledger), network.topology().get_nns());
    let again = network.create_canister_with_id(None, None, ledger).unwrap_err();
    assert!(again.contains("is already installed"), "{again}");
    let free = Principal::from_text("rwlgt-iiaaa-aaaaa-aaaaa-cai").unwrap();
    assert_ne!(network.create_canister(), free, "an id that can be chosen is not handed out");
    // A free id of the range that ids are handed out from.
    let own: Principal = network.topology().default_effective_canister_id.into();
    let own = Principal::from_slice(&[&own.as_slice()[..7], &[99, 1, 1]].concat());
    let other = refused(std::panic::AssertUnwindSafe(|| {
        network.create_canister_with_id(None, None, own).map(|_| ()).unwrap();
    }));
    assert!(other.contains("specified_id"), "{other}");
    // An id of a subnet that is not there brings the subnet.
    let elsewhere = Principal::from_text("fhzgg-waaaa-aaaah-aqzvq-cai").unwrap();
    network.create_canister_with_id(None, None, elsewhere).unwrap();
    assert_eq!(network.topology().subnet_configs.len(), 3);
    let cycles = Some(7_000_000_000_000);
    let params = CreateCanisterParams { cycles, ..CreateCanisterParams::default() };
    let rich = network.create_canister_with_params(None, params).unwrap();
    assert!(network.cycle_balance(rich) <= 7_000_000_000_000);
}

/// A network in real time with a root and two application subnets, served to agents, and a canister
/// that runs [`sample`] on each subnet.
struct Served {
    server: localnet::server::RunningServer,
    agent: Agent,
    canisters: [Principal; 3],
    subnets: [Principal; 3],
}

impl Served {
    async fn start() -> Self {
        let kinds = [SubnetKind::NNS, SubnetKind::Application, SubnetKind::Application];
        let network = NetworkConfig { subnets: kinds.to_vec(), ..NetworkConfig::default() };
        let instance = InstanceSpec { network, live: true, ..InstanceSpec::default() };
        let config = ServerConfig { instance: Some(instance), ..ServerConfig::default() };
        let server = Server::start(config).await.unwrap();
        let agent = Agent::builder().with_url(server.url()).build().unwrap();
        agent.set_root_key(DEV_ROOT_KEY_DER.to_vec());
        let known = |instance: &mut Instance| instance.network.topology().subnets().to_vec();
        let known = server.instance().unwrap().run(known).await.unwrap();
        let subnets = <[Subnet; 3]>::try_from(known).unwrap();
        let mut canisters = [Principal::anonymous(); 3];
        for (canister, subnet) in canisters.iter_mut().zip(&subnets) {
            *canister = create(&agent, subnet.ranges[0].start).await;
            assert!(subnet.contains(*canister));
        }
        let subnets = subnets.map(|subnet| subnet.id);
        Self { server, agent, canisters, subnets }
    }
}

/// Creates a canister on the subnet that owns this id, by the agent interface alone.
async fn create(agent: &Agent, routed_by: Principal) -> Principal {
    use ic_management_canister_types as management;
    let aaaaa = Principal::management_canister();
    let args = management::ProvisionalCreateCanisterWithCyclesArgs::default();
    let reply = agent
        .update(&aaaaa, "provisional_create_canister_with_cycles")
        .with_effective_canister_id(routed_by)
        .with_arg(candid::encode_one(&args).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    let created: management::CanisterIdRecord = candid::decode_one(&reply).unwrap();
    let install = management::InstallCodeArgs {
        mode: management::CanisterInstallMode::Install,
        canister_id: created.canister_id,
        wasm_module: sample(),
        arg: vec![],
        sender_canister_version: None,
    };
    agent
        .update(&aaaaa, "install_code")
        .with_effective_canister_id(created.canister_id)
        .with_arg(candid::encode_one(&install).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    created.canister_id
}

#[tokio::test]
async fn an_agent_verifies_every_subnet_with_the_root_key_alone() {
    let served = Served::start().await;
    for canister in served.canisters {
        let reply = served.agent.update(&canister, "bump").call_and_wait().await.unwrap();
        assert_eq!(number(&reply), 1);
        let value = served.agent.query(&canister, "value").call().await.unwrap();
        assert_eq!(number(&value), 1);
    }
    served.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_subnet_does_not_speak_for_the_canisters_of_another() {
    let served = Served::start().await;
    let [root, one, two] = served.canisters;
    let time = || vec![vec![Label::from_bytes(b"time")]];
    let certificate = served.agent.read_state_raw(time(), one).await.unwrap();
    assert!(certificate.delegation.is_some());
    served.agent.verify(&certificate, one).unwrap();
    for other in [root, two] {
        let refused = served.agent.verify(&certificate, other).unwrap_err();
        assert!(matches!(refused, AgentError::CertificateNotAuthorized()), "{refused:?}");
    }
    let certificate = served.agent.read_state_raw(time(), root).await.unwrap();
    assert!(certificate.delegation.is_none(), "the root subnet needs none");
    let mut forged = served.agent.read_state_raw(time(), two).await.unwrap();
    let own = served.agent.read_state_raw(time(), one).await.unwrap();
    forged.delegation.clone_from(&own.delegation);
    let refused = served.agent.verify(&forged, one).unwrap_err();
    assert!(
        matches!(refused, AgentError::CertificateVerificationFailed()),
        "the signature of another subnet: {refused:?}"
    );
    served.server.stop().await.unwrap();
}

#[tokio::test]
async fn keys_and_ranges_of_all_subnets_are_read_from_each() {
    let served = Served::start().await;
    for (canister, own) in served.canisters.into_iter().zip(served.subnets) {
        for subnet in served.subnets {
            let label = |name: &str| Label::from_bytes(name.as_bytes());
            let id = Label::from_bytes(subnet.as_slice());
            let key = vec![label("subnet"), id.clone(), label("public_key")];
            let ranges = vec![label("canister_ranges"), id.clone()];
            let certificate =
                served.agent.read_state_raw(vec![key.clone(), ranges], canister).await.unwrap();
            let LookupResult::Found(der) = certificate.tree.lookup_path(&key) else {
                panic!("{own} does not tell the key of {subnet}");
            };
            assert_eq!(Principal::self_authenticating(der), subnet);
            let shards = certificate.tree.list_paths();
            let shards = shards.iter().filter(|path| path[0].as_bytes() == b"canister_ranges");
            assert_eq!(shards.count(), 1, "one shard, named after its first id");
        }
        let known = served.agent.get_subnet_by_canister(&canister).await.unwrap();
        assert_eq!(known.id(), own);
    }
    served.server.stop().await.unwrap();
}
