//! What `icp` 1.5.0 asks of a network, in its order, without `icp`: the requests of its first and
//! later deployments, of its snapshots and of its deletion.

use candid::{CandidType, Decode, Encode, Nat, Principal};
use ic_agent::{
    Agent, AgentError, agent::RejectCode, hash_tree::LookupResult, identity::AnonymousIdentity,
};
use ic_management_canister_types as mg;
use localnet::{
    network::NetworkConfig,
    server::{InstanceSpec, RunningServer, Server, ServerConfig},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::support::{data, sample};

const CYCLES_LEDGER: Principal = Principal::from_slice(&[0, 0, 0, 0, 2, 16, 0, 2, 1, 1]);
const MINTING: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 4, 1, 1]);
const MANAGEMENT: Principal = Principal::management_canister();
const T: u64 = 1_000_000_000_000;

#[derive(CandidType)]
enum SubnetSelection {
    #[expect(dead_code, reason = "the other case of the interface")]
    Filter {
        subnet_type: Option<String>,
    },
    Subnet {
        subnet: Principal,
    },
}

#[derive(CandidType)]
struct CreationArgs {
    subnet_selection: Option<SubnetSelection>,
    settings: Option<mg::CanisterSettings>,
}

#[derive(CandidType)]
struct CreateCanisterArgs {
    from_subaccount: Option<Vec<u8>>,
    created_at_time: Option<u64>,
    amount: Nat,
    creation_args: Option<CreationArgs>,
}

#[derive(Debug, CandidType, Deserialize)]
struct Created {
    block_id: Nat,
    canister_id: Principal,
}

#[derive(CandidType)]
struct WithdrawArgs {
    amount: Nat,
    from_subaccount: Option<Vec<u8>>,
    to: Principal,
    created_at_time: Option<u64>,
}

#[derive(CandidType)]
struct Account {
    owner: Principal,
    subaccount: Option<Vec<u8>>,
}

#[derive(CandidType)]
struct DepositArgs {
    to: Account,
    memo: Option<Vec<u8>>,
}

/// A network as the launcher serves it, and the anonymous agent of `icp`.
async fn network() -> (RunningServer, Agent) {
    let network = NetworkConfig::default().with_stand_ins();
    let instance = InstanceSpec { network, live: true, ..InstanceSpec::default() };
    let config = ServerConfig { instance: Some(instance), ..ServerConfig::default() };
    let server = Server::start(config).await.unwrap();
    let builder = Agent::builder().with_url(server.url()).with_identity(AnonymousIdentity);
    let agent = builder.build().unwrap();
    agent.set_root_key(localnet::certification::DEV_ROOT_KEY_DER.to_vec());
    (server, agent)
}

async fn manage<R: CandidType + DeserializeOwned>(
    agent: &Agent,
    canister: Principal,
    method: &str,
    args: impl CandidType,
) -> R {
    let reply = managed(agent, canister, method, args).await.unwrap();
    Decode!(&reply, R).unwrap()
}

async fn managed(
    agent: &Agent,
    canister: Principal,
    method: &str,
    args: impl CandidType,
) -> Result<Vec<u8>, AgentError> {
    let call = agent.update(&MANAGEMENT, method).with_effective_canister_id(canister);
    call.with_arg(Encode!(&args).unwrap()).call_and_wait().await
}

/// Where `icp` creates: the subnet that is offered, once its type is known.
async fn subnet(agent: &Agent) -> Principal {
    let arg = Encode!(&()).unwrap();
    let offered = agent.query(&MINTING, "get_default_subnets").with_arg(arg).call().await.unwrap();
    let subnet = Decode!(&offered, Vec<Principal>).unwrap()[0];
    let state = agent.read_state_raw(vec![vec!["subnet".into()]], MINTING).await.unwrap();
    let kind = [b"subnet".as_slice(), subnet.as_slice(), b"type"];
    assert_eq!(state.tree.lookup_path(kind), LookupResult::Found(b"application"));
    subnet
}

async fn create(agent: &Agent) -> Principal {
    let settings = mg::CanisterSettings {
        controllers: Some(vec![Principal::anonymous()]),
        ..mg::CanisterSettings::default()
    };
    let args = CreateCanisterArgs {
        from_subaccount: None,
        created_at_time: None,
        amount: Nat::from(2 * T),
        creation_args: Some(CreationArgs {
            subnet_selection: Some(SubnetSelection::Subnet { subnet: subnet(agent).await }),
            settings: Some(settings),
        }),
    };
    let call = agent.update(&CYCLES_LEDGER, "create_canister").with_arg(Encode!(&args).unwrap());
    let reply = call.call_and_wait().await.unwrap();
    Decode!(&reply, Result<Created, candid::Reserved>).unwrap().unwrap().canister_id
}

async fn install(agent: &Agent, id: Principal, wasm: Vec<u8>, mode: mg::CanisterInstallMode) {
    let args = mg::InstallCodeArgs {
        mode,
        canister_id: id,
        wasm_module: wasm,
        arg: Encode!().unwrap(),
        sender_canister_version: None,
    };
    managed(agent, id, "install_code", args).await.unwrap();
}

async fn plain(agent: &Agent, id: Principal, method: &str) {
    managed(agent, id, method, mg::CanisterIdRecord { canister_id: id }).await.unwrap();
}

async fn value(agent: &Agent, id: Principal) -> Vec<u8> {
    agent.query(&id, "value").with_arg(Vec::new()).call().await.unwrap()
}

async fn balance(agent: &Agent) -> u128 {
    let arg = Encode!(&Account { owner: Principal::anonymous(), subaccount: None }).unwrap();
    let reply = agent.query(&CYCLES_LEDGER, "icrc1_balance_of").with_arg(arg).call().await.unwrap();
    u128::try_from(Decode!(&reply, Nat).unwrap().0).unwrap()
}

/// Two projects' worth of the same: created, told its variables, installed, upgraded.
async fn deployed(agent: &Agent) -> Principal {
    let id = create(agent).await;
    let variable = mg::EnvironmentVariable {
        name: "PUBLIC_CANISTER_ID:hello".to_owned(),
        value: id.to_text(),
    };
    let settings = mg::CanisterSettings {
        environment_variables: Some(vec![variable]),
        ..mg::CanisterSettings::default()
    };
    let args = mg::UpdateSettingsArgs { canister_id: id, settings, sender_canister_version: None };
    managed(agent, id, "update_settings", args).await.unwrap();
    let status = mg::CanisterIdRecord { canister_id: id };
    let status: mg::CanisterStatusResult = manage(agent, id, "canister_status", status).await;
    assert_eq!((status.module_hash, status.settings.environment_variables.len()), (None, 1));
    install(agent, id, sample(), mg::CanisterInstallMode::Install).await;
    id
}

#[tokio::test]
async fn a_deployment_and_the_next_one() {
    let (server, agent) = network().await;
    let id = deployed(&agent).await;
    // Whether there is a page to show is asked by a call that must fail in just this way.
    let probe = agent.query(&id, "http_request").with_arg(Encode!().unwrap()).call().await;
    let Err(AgentError::UncertifiedReject { reject, .. }) = probe else { panic!("{probe:?}") };
    let told = (reject.reject_code, reject.error_code.as_deref());
    assert_eq!(told, (RejectCode::CanisterError, Some("IC0536")));
    agent.update(&id, "bump").call_and_wait().await.unwrap();
    assert_eq!(value(&agent, id).await, 1u32.to_le_bytes());
    let metadata = agent.read_state_canister_metadata(id, "candid:service").await;
    assert!(metadata.is_err(), "proven absent: {metadata:?}");
    plain(&agent, id, "stop_canister").await;
    install(&agent, id, sample(), mg::CanisterInstallMode::Upgrade(None)).await;
    plain(&agent, id, "start_canister").await;
    assert_eq!(value(&agent, id).await, 0u32.to_le_bytes());
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_goes_out_and_comes_back() {
    let (server, agent) = network().await;
    let id = deployed(&agent).await;
    agent.update(&id, "bump").call_and_wait().await.unwrap();
    plain(&agent, id, "stop_canister").await;
    let args = mg::TakeCanisterSnapshotArgs {
        canister_id: id,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let taken: mg::Snapshot = manage(&agent, id, "take_canister_snapshot", args).await;
    let args =
        mg::ReadCanisterSnapshotMetadataArgs { canister_id: id, snapshot_id: taken.id.clone() };
    let method = "read_canister_snapshot_metadata";
    let known: mg::ReadCanisterSnapshotMetadataResult = manage(&agent, id, method, args).await;
    let args = mg::UploadCanisterSnapshotMetadataArgs {
        canister_id: id,
        replace_snapshot: None,
        wasm_module_size: known.wasm_module_size,
        globals: known.globals.iter().flatten().cloned().collect(),
        wasm_memory_size: known.wasm_memory_size,
        stable_memory_size: known.stable_memory_size,
        certified_data: known.certified_data,
        global_timer: known.global_timer,
        on_low_wasm_memory_hook_status: known.on_low_wasm_memory_hook_status,
    };
    let method = "upload_canister_snapshot_metadata";
    let fresh: mg::UploadCanisterSnapshotMetadataResult = manage(&agent, id, method, args).await;
    let heap = known.wasm_memory_size;
    // `icp` moves two million bytes at a time.
    for offset in (0..heap).step_by(2_000_000) {
        let size = (heap - offset).min(2_000_000);
        let (read, write) = (
            mg::SnapshotDataKind::WasmMemory { offset, size },
            mg::SnapshotDataOffset::WasmMemory { offset },
        );
        copy(&agent, id, (&taken.id, read), (&fresh.snapshot_id, write)).await;
    }
    let read = mg::SnapshotDataKind::WasmModule { offset: 0, size: known.wasm_module_size };
    let write = mg::SnapshotDataOffset::WasmModule { offset: 0 };
    copy(&agent, id, (&taken.id, read), (&fresh.snapshot_id, write)).await;
    plain(&agent, id, "start_canister").await;
    agent.update(&id, "bump").call_and_wait().await.unwrap();
    assert_eq!(value(&agent, id).await, 2u32.to_le_bytes());
    let args = mg::LoadCanisterSnapshotArgs {
        canister_id: id,
        snapshot_id: fresh.snapshot_id,
        sender_canister_version: None,
    };
    managed(&agent, id, "load_canister_snapshot", args).await.unwrap();
    assert_eq!(value(&agent, id).await, 1u32.to_le_bytes());
    server.stop().await.unwrap();
}

async fn copy(
    agent: &Agent,
    id: Principal,
    (from, kind): (&[u8], mg::SnapshotDataKind),
    (to, place): (&[u8], mg::SnapshotDataOffset),
) {
    let snapshot_id = from.to_vec();
    let args = mg::ReadCanisterSnapshotDataArgs { canister_id: id, snapshot_id, kind };
    let method = "read_canister_snapshot_data";
    let piece: mg::ReadCanisterSnapshotDataResult = manage(agent, id, method, args).await;
    let args = mg::UploadCanisterSnapshotDataArgs {
        canister_id: id,
        snapshot_id: to.to_vec(),
        kind: place,
        chunk: piece.chunk,
    };
    managed(agent, id, "upload_canister_snapshot_data", args).await.unwrap();
}

/// A canister whose `recover` deposits a trillion cycles to the anonymous principal's account.
fn recovering() -> Vec<u8> {
    let to = Account { owner: Principal::anonymous(), subaccount: None };
    let arg = Encode!(&DepositArgs { to, memo: None }).unwrap();
    let text = format!(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reject" (func $reject (param i32 i32)))
            (import "ic0" "call_new"
                (func $new (param i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "ic0" "call_data_append" (func $append (param i32 i32)))
            (import "ic0" "call_cycles_add128" (func $cycles (param i64 i64)))
            (import "ic0" "call_perform" (func $perform (result i32)))
            (memory 1)
            (table funcref (elem $done $failed))
            (data (i32.const 0) "{ledger}")
            (data (i32.const 16) "deposit")
            (data (i32.const 32) "{arg}")
            (func $done (param i32) (call $reply))
            (func $failed (param i32) (call $reject (i32.const 16) (i32.const 7)))
            (func (export "canister_update recover")
                (call $new (i32.const 0) (i32.const {ledger_size}) (i32.const 16) (i32.const 7)
                    (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
                (call $append (i32.const 32) (i32.const {size}))
                (call $cycles (i64.const 0) (i64.const {T}))
                (drop (call $perform))))"#,
        ledger = data(CYCLES_LEDGER.as_slice()),
        ledger_size = CYCLES_LEDGER.as_slice().len(),
        arg = data(&arg),
        size = arg.len(),
    );
    wat::parse_str(text).unwrap()
}

#[tokio::test]
async fn a_deleted_canister_sends_its_cycles_home_first() {
    let (server, agent) = network().await;
    let id = deployed(&agent).await;
    let args =
        WithdrawArgs { amount: Nat::from(T), from_subaccount: None, to: id, created_at_time: None };
    let call = agent.update(&CYCLES_LEDGER, "withdraw").with_arg(Encode!(&args).unwrap());
    let reply = call.call_and_wait().await.unwrap();
    Decode!(&reply, Result<Nat, candid::Reserved>).unwrap().unwrap();
    let before = balance(&agent).await;
    install(&agent, id, recovering(), mg::CanisterInstallMode::Reinstall).await;
    agent.update(&id, "recover").with_arg(Vec::new()).call_and_wait().await.unwrap();
    assert_eq!(balance(&agent).await, before + u128::from(T) - 100_000_000);
    plain(&agent, id, "stop_canister").await;
    plain(&agent, id, "delete_canister").await;
    let account =
        server.instance().unwrap().run(|instance| instance.network.cycles_account()).await.unwrap();
    let total = account.balances + account.in_flight + account.burned;
    assert_eq!(account.minted, total, "every cycle is somewhere");
    server.stop().await.unwrap();
}
