//! An unmodified agent with its defaults, which verify every signature: queries and calls.

use std::time::Duration;

use candid::{Decode, Encode, Principal};
use ic_agent::{Agent, AgentError};
use localnet::{
    network::{IngressMessage, IngressStatus, NetworkConfig, QueryCall},
    server::{Instance, InstanceSpec, RunningServer, Server, ServerConfig},
};
use pocket_ic::common::rest::SubnetKind;

use crate::support::{http, number, sample};

/// A server with one network in real-time mode, and a canister that runs [`sample`].
pub(crate) struct Live {
    pub(crate) server: RunningServer,
    pub(crate) canister: Principal,
}

impl Live {
    pub(crate) async fn start() -> Self {
        Self::with_subnets(vec![SubnetKind::Application]).await
    }

    pub(crate) async fn with_subnets(subnets: Vec<SubnetKind>) -> Self {
        let network = NetworkConfig { subnets, ..NetworkConfig::default() };
        let instance = InstanceSpec { network, live: true, ..InstanceSpec::default() };
        let config = ServerConfig { instance: Some(instance), ..ServerConfig::default() };
        Self::on(Server::start(config).await.unwrap()).await
    }

    pub(crate) async fn on(server: RunningServer) -> Self {
        let live = Self { server, canister: Principal::anonymous() };
        let canister = live.create(Principal::anonymous()).await;
        Self { canister, ..live }
    }

    /// Creates a canister in the process, without the agent interface.
    pub(crate) async fn create(&self, controller: Principal) -> Principal {
        use ic_management_canister_types as management;
        let settings = management::CanisterSettings {
            controllers: Some(vec![Principal::anonymous(), controller]),
            ..Default::default()
        };
        let args = management::ProvisionalCreateCanisterWithCyclesArgs {
            settings: Some(settings),
            ..Default::default()
        };
        let create = "provisional_create_canister_with_cycles";
        let reply = self.manage(create, Encode!(&args).unwrap()).await;
        let canister = Decode!(&reply, management::CanisterIdRecord).unwrap().canister_id;
        let install = management::InstallCodeArgs {
            mode: management::CanisterInstallMode::Install,
            canister_id: canister,
            wasm_module: sample(),
            arg: vec![],
            sender_canister_version: None,
        };
        self.manage("install_code", Encode!(&install).unwrap()).await;
        canister
    }

    async fn manage(&self, method: &str, arg: Vec<u8>) -> Vec<u8> {
        let message = IngressMessage {
            sender: Principal::anonymous(),
            canister_id: Principal::management_canister(),
            method: method.to_owned(),
            arg,
            effective: localnet::network::EffectivePrincipal::None,
            message_id: None,
            inspect: true,
        };
        let instance = self.server.instance().unwrap();
        let status = instance
            .run(move |instance| {
                let id = instance.network.submit_ingress(message).unwrap();
                instance.network.run_until_idle(100);
                instance.network.ingress_status(&id)
            })
            .await
            .unwrap();
        match status {
            IngressStatus::Replied(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn agent(&self, identity: impl ic_agent::Identity + 'static) -> Agent {
        let agent =
            Agent::builder().with_url(self.server.url()).with_identity(identity).build().unwrap();
        agent.fetch_root_key().await.unwrap();
        agent
    }

    pub(crate) async fn anonymous(&self) -> Agent {
        self.agent(ic_agent::identity::AnonymousIdentity).await
    }
}

#[tokio::test]
async fn the_status_gives_the_published_root_key() {
    let live = Live::start().await;
    let status = live.anonymous().await.status().await.unwrap();
    assert_eq!(status.root_key.unwrap(), localnet::certification::DEV_ROOT_KEY_DER);
    assert_eq!(status.replica_health_status.unwrap(), "healthy");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn calls_and_queries_are_verified() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    for expected in 1..=3 {
        let reply = agent.update(&live.canister, "bump").call_and_wait().await.unwrap();
        assert_eq!(number(&reply), expected);
        let value = agent.query(&live.canister, "value").call().await.unwrap();
        assert_eq!(number(&value), expected);
    }
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn the_root_subnet_certifies_without_a_delegation() {
    let live = Live::with_subnets(vec![SubnetKind::NNS]).await;
    let agent = live.anonymous().await;
    let reply = agent.update(&live.canister, "bump").call_and_wait().await.unwrap();
    assert_eq!(number(&reply), 1);
    let value = agent.query(&live.canister, "value").call().await.unwrap();
    assert_eq!(number(&value), 1);
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn rejects_of_calls_are_certified_and_those_of_queries_signed() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let error = agent.update(&live.canister, "fail").call_and_wait().await.unwrap_err();
    let AgentError::CertifiedReject { reject, .. } = error else { panic!("{error:?}") };
    assert_eq!(reject.error_code.as_deref(), Some("IC0503"));
    assert!(reject.reject_message.contains("on purpose"), "{reject:?}");
    let error = agent.query(&live.canister, "fail_query").call().await.unwrap_err();
    let AgentError::UncertifiedReject { reject, .. } = error else { panic!("{error:?}") };
    assert_eq!(reject.error_code.as_deref(), Some("IC0503"));
    let error = agent.update(&live.canister, "nothing").call_and_wait().await.unwrap_err();
    assert!(matches!(error, AgentError::CertifiedReject { .. }), "{error:?}");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_canister_is_created_and_installed_through_the_agent_interface() {
    use ic_management_canister_types as management;
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let aaaaa = Principal::management_canister();
    let reply = agent
        .update(&aaaaa, "provisional_create_canister_with_cycles")
        .with_effective_canister_id(live.canister)
        .with_arg(Encode!(&management::ProvisionalCreateCanisterWithCyclesArgs::default()).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    let canister = Decode!(&reply, management::CanisterIdRecord).unwrap().canister_id;
    let install = management::InstallCodeArgs {
        mode: management::CanisterInstallMode::Install,
        canister_id: canister,
        wasm_module: sample(),
        arg: vec![],
        sender_canister_version: None,
    };
    agent
        .update(&aaaaa, "install_code")
        .with_effective_canister_id(canister)
        .with_arg(Encode!(&install).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    let reply = agent.update(&canister, "bump").call_and_wait().await.unwrap();
    assert_eq!(number(&reply), 1);
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_call_under_another_canisters_path_is_refused() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let other = live.create(Principal::anonymous()).await;
    let error = agent
        .query(&live.canister, "value")
        .with_effective_canister_id(other)
        .call()
        .await
        .unwrap_err();
    let AgentError::HttpError(payload) = error else { panic!("{error:?}") };
    assert_eq!(payload.status, 400);
    let text = String::from_utf8(payload.content).unwrap();
    assert!(text.contains("does not match effective canister id"), "{text}");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_request_sent_twice_is_executed_once() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let signed = agent.update(&live.canister, "bump").sign().unwrap();
    for _ in 0..2 {
        let response = agent.update_signed(live.canister, signed.signed_update.clone()).await;
        let ic_agent::agent::CallResponse::Response(reply) = response.unwrap() else {
            panic!("the call was not answered");
        };
        assert_eq!(number(&reply), 1);
    }
    let value = agent.query(&live.canister, "value").call().await.unwrap();
    assert_eq!(number(&value), 1);
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_request_is_remembered_as_long_as_it_is_valid() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let valid_for = Duration::from_secs(329);
    let signed = agent.update(&live.canister, "bump").expire_after(valid_for).sign().unwrap();
    let reply = agent.update_signed(live.canister, signed.signed_update.clone()).await;
    assert!(matches!(reply, Ok(ic_agent::agent::CallResponse::Response(_))), "{reply:?}");

    // The network forgets answers after 300 seconds; this request can still be sent again.
    let instance = live.server.instance().unwrap();
    let pass = |instance: &mut Instance| {
        let later = instance.network.time_ns() + 310_000_000_000;
        instance.network.set_time(later).unwrap();
        instance.network.run_until_idle(10);
        instance.network.tick();
        instance.network.ingress_records().count()
    };
    assert_eq!(instance.run(pass).await.unwrap(), 0, "the network remembers nothing");
    let path = format!("/api/v2/canister/{}/call", live.canister);
    let port = live.server.port();
    let sent = tokio::task::spawn_blocking(move || {
        http(port, "POST", &path, "localhost", &signed.signed_update)
    });
    assert_eq!(sent.await.unwrap().status, 202, "it is still valid");
    let canister = live.canister;
    let value = instance.run(move |instance| {
        instance.network.run_until_idle(10);
        let call = QueryCall {
            sender: Principal::anonymous(),
            canister_id: canister,
            method: "value".to_owned(),
            arg: Vec::new(),
            certificate: None,
        };
        instance.network.query(call)
    });
    assert_eq!(number(&value.await.unwrap().unwrap()), 1, "and is not executed again");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn many_calls_at_once_are_all_answered() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let calls = (0..50).map(|_| {
        let (agent, canister) = (agent.clone(), live.canister);
        tokio::spawn(async move { agent.update(&canister, "bump").call_and_wait().await })
    });
    let mut seen = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        seen.push(number(&call.await.unwrap().unwrap()));
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=50).collect::<Vec<_>>());
    live.server.stop().await.unwrap();
}
