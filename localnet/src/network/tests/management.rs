//! The management canister: creation, settings, chunks, snapshots, logs, outcalls.

use candid::{CandidType, Decode, Nat, Principal, encode_one};
use ic_management_canister_types as mg;
use pocket_ic::{
    ErrorCode,
    common::rest::{
        CanisterHttpReject, CanisterHttpReply, CanisterHttpResponse, MockCanisterHttpResponse,
    },
};
use sha2::{Digest, Sha256};

use super::{
    puppet::{self, manage, program},
    world::{World, number, record, stranger, user},
};
use crate::network::{IngressStatus, QueryCall};

/// Arguments of an outcall; with a transform, a method of this canister.
pub(super) fn http_request(transform: Option<Principal>) -> Vec<u8> {
    let args = mg::HttpRequestArgs {
        url: "https://example.com/price".to_owned(),
        max_response_bytes: Some(1_000),
        transform: transform.map(|principal| mg::TransformContext {
            function: mg::TransformFunc(candid::Func { principal, method: "transform".to_owned() }),
            context: Vec::new(),
        }),
        ..Default::default()
    };
    encode_one(args).expect("arguments encode")
}

/// Mocks the response of a pending outcall.
pub(super) fn respond(world: &mut World, request_id: u64, body: &[u8]) {
    let response = CanisterHttpReply { status: 200, headers: vec![], body: body.to_vec() };
    mock(world, request_id, vec![CanisterHttpResponse::CanisterHttpReply(response)])
        .expect("mocked");
}

fn mock(
    world: &mut World,
    request_id: u64,
    mut responses: Vec<CanisterHttpResponse>,
) -> Result<(), String> {
    let subnet_id = world.net.topology().default_subnet().id;
    let response = responses.remove(0);
    let mock = MockCanisterHttpResponse {
        subnet_id,
        request_id,
        response,
        additional_responses: responses,
    };
    world.net.mock_http_response(mock)
}

fn outcall(world: &mut World, canister: Principal, arg: Vec<u8>) -> [u8; 32] {
    let request = manage("http_request", arg)
        .cycles(100_000_000_000)
        .on_reply(program().append_arg().reply())
        .on_reject(program().append_reject().reply());
    let id = world.submit(user(), canister, "run", program().call(request).0).expect("taken");
    world.net.tick();
    world.check();
    id
}

#[test]
fn an_outcall_gets_its_mocked_response() {
    let mut world = World::new();
    let canister = world.puppet();
    let id = outcall(&mut world, canister, http_request(None));
    let pending = world.net.pending_http_requests();
    assert_eq!((pending.len(), pending[0].url.as_str()), (1, "https://example.com/price"));
    respond(&mut world, pending[0].request_id, b"42");
    assert!(world.net.pending_http_requests().is_empty());
    let reply = world.wait(&id).expect("reply");
    let result = Decode!(&reply, mg::HttpRequestResult).expect("result");
    assert_eq!((result.status, result.body), (Nat::from(200u8), b"42".to_vec()));
    let error = mock(
        &mut world,
        99,
        vec![CanisterHttpResponse::CanisterHttpReject(CanisterHttpReject {
            reject_code: 2,
            message: "x".to_owned(),
        })],
    );
    assert!(error.expect_err("unknown").contains("InvalidCanisterHttpRequestId"));
}

#[test]
fn outcalls_fail_as_networks_do() {
    let mut world = World::new();
    let canister = world.puppet();
    let reply = |body: &[u8]| {
        CanisterHttpResponse::CanisterHttpReply(CanisterHttpReply {
            status: 200,
            headers: vec![],
            body: body.to_vec(),
        })
    };
    let text = |world: &mut World, id| {
        let answer = world.wait(&id).expect("reject callback answers");
        (answer[0], String::from_utf8_lossy(&answer[1..]).into_owned())
    };
    let id = outcall(&mut world, canister, http_request(None));
    let request = world.net.pending_http_requests().remove(0).request_id;
    let wrong = mock(&mut world, request, vec![reply(b"1"), reply(b"2")]);
    assert_eq!(wrong.expect_err("two of 13"), "InvalidMockCanisterHttpResponses((2, 13))");
    let mut split = vec![reply(b"1"); 12];
    split.push(reply(b"2"));
    mock(&mut world, request, split).expect("mocked");
    let (code, message) = text(&mut world, id);
    assert!(code == 2 && message.contains("No consensus could be reached"), "{message}");

    let id = outcall(&mut world, canister, http_request(None));
    let request = world.net.pending_http_requests().remove(0).request_id;
    mock(&mut world, request, vec![reply(&[0; 2_000])]).expect("mocked");
    let (_, message) = text(&mut world, id);
    assert!(message.contains("exceeds size limit"), "{message}");

    let id = outcall(&mut world, canister, http_request(None));
    let later = world.net.time_ns() + 61_000_000_000;
    world.net.set_time(later).expect("future");
    let (code, message) = text(&mut world, id);
    assert_eq!((code, message.as_str()), (2, "Canister http request timed out"));

    let poor =
        manage("http_request", http_request(None)).on_reject(program().append_reject().reply());
    let answer = world.run(canister, program().call(poor)).expect("rejected");
    assert!(String::from_utf8_lossy(&answer).contains("cycles are required"));
}

/// Answers every transform with a fixed response.
fn transformer(body: &[u8]) -> Vec<u8> {
    let result =
        mg::HttpRequestResult { status: Nat::from(201u8), headers: vec![], body: body.to_vec() };
    let bytes = encode_one(result).expect("result encodes");
    let hex = hex::encode(bytes.as_slice());
    let digits: Vec<_> = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]).collect();
    let data = format!("\\{}", digits.join("\\"));
    let export = format!(
        r#"(func (export "canister_query transform")
             (call $append (i32.const 512) (i32.const {})) (call $reply))
           (data (i32.const 512) "{data}")"#,
        bytes.len()
    );
    puppet::wasm_with(&export)
}

#[test]
fn a_transform_makes_the_responses_of_all_nodes_equal() {
    let mut world = World::new();
    let canister = world.create();
    world.install(canister, transformer(b"same"), program());
    let id = outcall(&mut world, canister, http_request(Some(canister)));
    let request = world.net.pending_http_requests().remove(0).request_id;
    let responses = (0..13u8)
        .map(|n| {
            CanisterHttpResponse::CanisterHttpReply(CanisterHttpReply {
                status: 200,
                headers: vec![],
                body: vec![n],
            })
        })
        .collect();
    mock(&mut world, request, responses).expect("mocked");
    let reply = world.wait(&id).expect("reply");
    let result = Decode!(&reply, mg::HttpRequestResult).expect("result");
    assert_eq!((result.status, result.body), (Nat::from(201u8), b"same".to_vec()));
}

#[test]
fn chosen_ids_and_canister_made_canisters() {
    let mut world = World::new();
    let ledger = Principal::from_text("ryjl3-tyaaa-aaaaa-aaaba-cai").expect("id");
    let args = mg::ProvisionalCreateCanisterWithCyclesArgs {
        specified_id: Some(ledger),
        ..Default::default()
    };
    world.manage("provisional_create_canister_with_cycles", (args.clone(),)).expect("created");
    assert_eq!(world.balance(ledger), 100_000_000_000_000);
    let error =
        world.manage("provisional_create_canister_with_cycles", (args,)).expect_err("taken");
    assert_eq!(error.error_code, ErrorCode::CanisterAlreadyInstalled);

    let maker = world.puppet();
    let args = encode_one(mg::CreateCanisterArgs::default()).expect("arguments");
    let create = |cycles| {
        let request = manage("create_canister", args.clone())
            .cycles(cycles)
            .on_reply(program().append_arg().reply())
            .on_reject(program().append_reject().reply());
        program().call(request)
    };
    let reply = world.run(maker, create(700_000_000_000)).expect("created");
    let made = Decode!(&reply, mg::CanisterIdRecord).expect("id").canister_id;
    assert_eq!(world.balance(made), 200_000_000_000);
    assert_eq!(world.net.controllers(made), Some([maker].as_slice()));
    let refused = world.run(maker, create(1)).expect("refused");
    assert!(String::from_utf8_lossy(&refused).contains("requires a fee of 500000000000"));
    let args = encode_one(mg::CreateCanisterArgs::default()).expect("arguments");
    let error = world.update(user(), Principal::management_canister(), "create_canister", args);
    assert!(error.expect_err("users cannot").reject_message.contains("only by canisters"));
}

#[test]
fn settings_take_effect_and_are_reported() {
    let mut world = World::new();
    let canister = world.puppet();
    let version = world.status(canister).version;
    world.update_settings(
        canister,
        mg::CanisterSettings {
            freezing_threshold: Some(Nat::from(1_000u32)),
            wasm_memory_limit: Some(Nat::from(131_072u32)),
            environment_variables: Some(vec![mg::EnvironmentVariable {
                name: "MODE".to_owned(),
                value: "test".to_owned(),
            }]),
            ..Default::default()
        },
    );
    let status = world.status(canister);
    assert_eq!(status.version, version + 1);
    assert_eq!(status.settings.freezing_threshold, Nat::from(1_000u32));
    assert_eq!(status.settings.environment_variables.len(), 1);
    assert!(status.memory_size > 65_536u32);
    world.run(canister, program().count(1).grow_heap(40).reply()).ok();
    let pages = world.query(canister, "read", program().append_heap_pages().reply());
    assert!(number(&pages.expect("pages")) <= 2, "the heap stays within its limit");
    let error = world
        .manage_as(
            stranger(),
            "update_settings",
            (mg::UpdateSettingsArgs {
                canister_id: canister,
                settings: mg::CanisterSettings::default(),
                sender_canister_version: None,
            },),
        )
        .expect_err("not a controller");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
}

#[test]
fn history_remembers_who_changed_what() {
    let mut world = World::new();
    let (canister, reader) = (world.puppet(), world.puppet());
    world.share(canister, reader);
    let args = mg::CanisterInfoArgs { canister_id: canister, num_requested_changes: Some(10) };
    let ask = manage("canister_info", encode_one(args).expect("arguments"))
        .on_reply(program().append_arg().reply());
    let reply = world.run(reader, program().call(ask)).expect("info");
    let info = Decode!(&reply, mg::CanisterInfoResult).expect("info decodes");
    assert_eq!(info.total_num_changes, 3);
    assert!(matches!(info.recent_changes[0].details, Some(mg::ChangeDetails::Creation(_))));
    assert!(matches!(info.recent_changes[1].details, Some(mg::ChangeDetails::CodeDeployment(_))));
    let last = &info.recent_changes[2];
    assert!(matches!(last.details, Some(mg::ChangeDetails::ControllersChange(_))));
    assert!(matches!(&last.origin, mg::ChangeOrigin::FromUser(who) if who.user_id == user()));
    assert_eq!(info.module_hash, world.net.module_hash(canister).map(|hash| hash.to_vec()));
}

#[test]
fn large_modules_come_in_chunks() {
    let mut world = World::new();
    let (canister, store) = (world.create(), world.create());
    let wasm = puppet::wasm();
    let mut hashes = Vec::new();
    for chunk in wasm.chunks(1_000) {
        let args = mg::UploadChunkArgs { canister_id: store, chunk: chunk.to_vec() };
        let reply = world.manage("upload_chunk", (args,)).expect("uploaded");
        hashes.push(Decode!(&reply, mg::ChunkHash).expect("hash"));
    }
    let reply = world.manage("stored_chunks", (mg::CanisterIdRecord { canister_id: store },));
    let stored = Decode!(&reply.expect("stored"), Vec<mg::ChunkHash>).expect("hashes");
    assert_eq!(stored.len(), hashes.len());
    let install = |hashes: &[mg::ChunkHash], hash: Vec<u8>| mg::InstallChunkedCodeArgs {
        mode: mg::CanisterInstallMode::Install,
        target_canister: canister,
        store_canister: Some(store),
        chunk_hashes_list: hashes.to_vec(),
        wasm_module_hash: hash,
        arg: Vec::new(),
        sender_canister_version: None,
    };
    let hash = Sha256::digest(&wasm).to_vec();
    let error = world
        .manage("install_chunked_code", (install(&hashes[1..], hash.clone()),))
        .expect_err("incomplete");
    assert!(error.reject_message.contains("does not match"), "{}", error.reject_message);
    world.manage("install_chunked_code", (install(&hashes, hash.clone()),)).expect("installed");
    assert_eq!(world.net.module_hash(canister).map(|hash| hash.to_vec()), Some(hash.clone()));
    world
        .manage("clear_chunk_store", (mg::CanisterIdRecord { canister_id: store },))
        .expect("cleared");
    let error = world.manage("install_chunked_code", (install(&hashes, hash),));
    assert!(error.expect_err("no chunks").reject_message.contains("is not in the chunk store"));
}

fn take(world: &mut World, canister: Principal, replace: Option<Vec<u8>>) -> Vec<u8> {
    let args = mg::TakeCanisterSnapshotArgs {
        canister_id: canister,
        replace_snapshot: replace,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let reply = world.manage("take_canister_snapshot", (args,)).expect("taken");
    Decode!(&reply, mg::Snapshot).expect("snapshot").id
}

#[test]
fn a_snapshot_takes_a_canister_back_exactly() {
    let mut world = World::new();
    let canister = world.puppet();
    let setup = program().count(5).stable_write(0, b"original").certify(b"data").timer(u64::MAX);
    world.run(canister, setup.reply()).expect("reply");
    let (digest, hash) = (world.net.state_digest(canister), world.net.module_hash(canister));
    let snapshot = take(&mut world, canister, None);
    let upgrade = mg::CanisterInstallMode::Upgrade(None);
    let other = puppet::wasm_with(r#"(func (export "canister_query more"))"#);
    let change = program().stable_write(0, b"changed!").certify(b"new");
    world.install_mode(canister, upgrade, other, change).expect("upgraded");
    assert_ne!(world.net.state_digest(canister), digest);
    let version = world.status(canister).version;
    let load = mg::LoadCanisterSnapshotArgs {
        canister_id: canister,
        snapshot_id: snapshot.clone(),
        sender_canister_version: None,
    };
    world.manage("load_canister_snapshot", (load,)).expect("loaded");
    assert_eq!(world.net.state_digest(canister), digest);
    assert_eq!(world.net.module_hash(canister), hash);
    assert_eq!(world.net.certified_data(canister), Some(b"data".as_slice()));
    assert_eq!(world.count(canister), 5);
    assert_eq!(world.status(canister).version, version + 1);
    assert_eq!(world.net.canisters[&canister].global_timer, u64::MAX);

    let list = |world: &mut World| {
        let reply = world
            .manage("list_canister_snapshots", (mg::CanisterIdRecord { canister_id: canister },));
        Decode!(&reply.expect("list"), Vec<mg::Snapshot>).expect("snapshots")
    };
    let delete =
        mg::DeleteCanisterSnapshotArgs { canister_id: canister, snapshot_id: snapshot.clone() };
    assert_eq!(list(&mut world)[0].id, snapshot);
    world.manage("delete_canister_snapshot", (delete.clone(),)).expect("deleted");
    assert!(list(&mut world).is_empty());
    let error = world.manage("delete_canister_snapshot", (delete,)).expect_err("gone");
    assert_eq!(error.error_code, ErrorCode::CanisterSnapshotNotFound);
}

#[test]
fn ten_snapshots_fit_and_one_can_replace_another() {
    let mut world = World::new();
    let canister = world.puppet();
    let first = take(&mut world, canister, None);
    for _ in 1..10 {
        take(&mut world, canister, None);
    }
    let args = mg::TakeCanisterSnapshotArgs {
        canister_id: canister,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let error = world.manage("take_canister_snapshot", (args,)).expect_err("eleventh");
    assert!(error.reject_message.contains("maximum number of snapshots"));
    let newest = take(&mut world, canister, Some(first.clone()));
    assert_ne!(newest, first);
    assert_eq!(world.net.canisters[&canister].snapshots.len(), 10);
}

fn logs(world: &mut World, who: Principal, canister: Principal) -> Result<Vec<String>, ErrorCode> {
    let args = mg::FetchCanisterLogsArgs { canister_id: canister, filter: None };
    let call = QueryCall {
        sender: who,
        canister_id: Principal::management_canister(),
        method: "fetch_canister_logs".to_owned(),
        arg: encode_one(args).expect("arguments"),
        certificate: None,
    };
    let reply = world.net.query(call).map_err(|error| error.error_code)?;
    let result = Decode!(&reply, mg::FetchCanisterLogsResult).expect("logs");
    let text = |r: mg::CanisterLogRecord| String::from_utf8(r.content).expect("text");
    Ok(result.canister_log_records.into_iter().map(text).collect())
}

#[test]
fn logs_hold_prints_and_traps_and_have_readers() {
    let mut world = World::new();
    let canister = world.puppet();
    world.run(canister, program().print("hello").reply()).expect("reply");
    world.run(canister, program().print("before").trap("bang")).expect_err("trap");
    world.query(canister, "read", program().print("queries do not log").reply()).expect("reply");
    let lines = logs(&mut world, user(), canister).expect("controller");
    assert_eq!(lines, ["hello", "before", "[TRAP]: bang"]);
    assert!(logs(&mut world, stranger(), canister).is_err());
    world.update_settings(
        canister,
        mg::CanisterSettings {
            log_visibility: Some(mg::LogVisibility::Public),
            ..Default::default()
        },
    );
    assert_eq!(logs(&mut world, stranger(), canister).expect("public").len(), 3);
    let as_update = world.update(
        user(),
        Principal::management_canister(),
        "fetch_canister_logs",
        record(canister),
    );
    assert!(as_update.expect_err("query only").reject_message.contains("query"));
}

#[test]
fn randomness_comes_from_the_seed() {
    let draw = |seed| {
        let mut world = World::seeded(seed);
        let canister = world.puppet();
        let ask = || {
            let none = candid::encode_args(()).expect("nothing");
            program().call(manage("raw_rand", none).on_reply(program().append_arg().reply()))
        };
        let first = world.run(canister, ask()).expect("bytes");
        let second = world.run(canister, ask()).expect("bytes");
        assert_ne!(first, second);
        assert_eq!(Decode!(&first, Vec<u8>).expect("blob").len(), 32);
        first
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn randomness_comes_in_the_next_round() {
    let mut world = World::new();
    let canister = world.puppet();
    let none = candid::encode_args(()).expect("nothing");
    let ask = program().call(manage("raw_rand", none).on_reply(program().append_arg().reply()));
    let call = world.submit(user(), canister, "run", ask.0).expect("taken");
    world.net.tick();
    let status = world.net.ingress_status(&call);
    assert!(!matches!(status, IngressStatus::Replied(_)), "the round that asks has none");
    world.net.tick();
    assert!(matches!(world.net.ingress_status(&call), IngressStatus::Replied(_)));
}

#[test]
fn what_is_missing_says_so() {
    #[derive(CandidType)]
    struct Nothing {}
    let mut world = World::new();
    let canister = world.puppet();
    let error = world.manage("bitcoin_get_balance", (Nothing {},)).expect_err("missing");
    assert_eq!(
        error.reject_message,
        "Management method 'bitcoin_get_balance' is not available on localnet"
    );
    let ask =
        manage("flexible_http_request", Vec::new()).on_reject(program().append_reject().reply());
    let reply = world.run(canister, program().call(ask)).expect("rejected");
    let text = String::from_utf8_lossy(&reply).into_owned();
    assert!(text.contains("'flexible_http_request' is not available on localnet"), "{text}");
    let error = world.manage("no_such_method", (Nothing {},)).expect_err("unknown");
    assert!(error.reject_message.contains("has no method 'no_such_method'"));
    let garbage = world.update(user(), Principal::management_canister(), "install_code", vec![1]);
    assert_eq!(garbage.expect_err("garbage").error_code, ErrorCode::InvalidManagementPayload);
}

#[test]
fn deposits_arrive_and_metadata_is_guarded() {
    let mut world = World::new();
    let (giver, taker) = (world.puppet(), world.create());
    let before = world.balance(taker);
    let gift = manage("deposit_cycles", record(taker)).cycles(12_345).on_reply(program().reply());
    world.run(giver, program().call(gift)).expect("deposited");
    assert_eq!(world.balance(taker), before + 12_345);
    let sections = r#"(@custom "icp:public candid:service" "service : {}")
        (@custom "icp:private secret" "hidden")"#;
    world.install(taker, puppet::wasm_with(sections), program());
    let ask = |name: &str| {
        let args = mg::CanisterMetadataArgs { canister_id: taker, name: name.to_owned() };
        let arg = encode_one(args).expect("arguments");
        program().call(
            manage("canister_metadata", arg)
                .on_reply(program().append_arg().reply())
                .on_reject(program().reject("refused")),
        )
    };
    let reply = world.run(giver, ask("candid:service")).expect("public");
    let value = Decode!(&reply, mg::CanisterMetadataResult).expect("value").value;
    assert_eq!(value, b"service : {}");
    world.run(giver, ask("secret")).expect_err("private");
    world.run(giver, ask("nothing")).expect_err("missing");
}
