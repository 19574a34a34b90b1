//! A canister that controls others: their life, their snapshots, their code, all by its own calls.

use candid::{CandidType, Encode, Principal};
use ic_management_canister_types::{
    CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, CanisterStatusResult,
    CanisterStatusType, ChangeDetails, ChangeOrigin, ChunkHash, DeleteCanisterSnapshotArgs,
    InstallChunkedCodeArgs, LoadCanisterSnapshotArgs, Snapshot, TakeCanisterSnapshotArgs,
    UploadChunkArgs,
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use universal::program::{bytes, nothing, reply, set_global, stable_grow, stable_write};

use crate::{
    SPEC_TEXT,
    area::{Area, case},
    settings,
    stage::{CYCLES, Stage, created, only, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let title = "aaaaa-aa (inter-canister): a canister that controls others";
    let cases = vec![
        case("creates, stops, starts, hands over and deletes", life),
        case("takes, lists, loads and deletes snapshots", snapshots),
        case("loads a snapshot of another canister it controls", cloned),
        case("loads no snapshot of a canister it does not control", foreign),
        case("installs code from the chunk store of another canister", chunked),
        case("reads who did what", history),
    ];
    vec![Area { title, source: SPEC_TEXT, cases }]
}

/// The answer of the management canister to a canister that must be served.
#[track_caller]
fn served<T: DeserializeOwned + CandidType>(
    s: &Stage,
    by: Principal,
    method: &str,
    args: Vec<u8>,
) -> T {
    let answer = s.manage_via(by, method, args, 0);
    let answer = answer.unwrap_or_else(|code| panic!("{method} is rejected with {code}"));
    candid::decode_one(&answer).unwrap()
}

/// The same for a method without a result.
#[track_caller]
fn done(s: &Stage, by: Principal, method: &str, args: Vec<u8>) {
    let answer = s.manage_via(by, method, args, 0);
    assert_eq!(answer, Ok(Encode!().unwrap()), "{method}");
}

/// A canister that nobody else controls, created by `governor`.
fn create(s: &Stage, governor: Principal) -> Principal {
    let answer = s.manage_via(governor, "create_canister", settings::no_settings(), CYCLES / 10);
    created(&answer.unwrap())
}

fn status(s: &Stage, by: Principal, of: Principal) -> CanisterStatusResult {
    served(s, by, "canister_status", only(of))
}

fn take(s: &Stage, by: Principal, canister_id: Principal) -> Snapshot {
    let args = TakeCanisterSnapshotArgs {
        canister_id,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    served(s, by, "take_canister_snapshot", Encode!(&args).unwrap())
}

fn load(canister_id: Principal, snapshot: &Snapshot) -> Vec<u8> {
    let snapshot_id = snapshot.id.clone();
    let args = LoadCanisterSnapshotArgs { canister_id, snapshot_id, sender_canister_version: None };
    Encode!(&args).unwrap()
}

/// A canister of the user's that keeps something on the heap and in stable memory, and is
/// controlled by `governor` too.
fn target(s: &Stage, governor: Principal) -> Principal {
    let canister = s.idle();
    let keep = set_global(bytes("kept")) + stable_grow(1) + stable_write(0, bytes([7; 8]));
    s.call(canister, keep + reply()).unwrap();
    s.network.set_controllers(canister, Some(user()), vec![user(), governor]).unwrap();
    canister
}

/// What [`target`] keeps in stable memory.
const KEPT: u64 = 0x0707_0707_0707_0707;

fn life(s: &Stage) {
    let (governor, heir) = (s.idle(), s.idle());
    let canister = create(s, governor);
    let first = status(s, governor, canister);
    assert_eq!((first.status, first.module_hash), (CanisterStatusType::Running, None));
    assert_eq!(first.settings.controllers, [governor]);
    done(s, governor, "stop_canister", only(canister));
    assert_eq!(status(s, governor, canister).status, CanisterStatusType::Stopped);
    done(s, governor, "start_canister", only(canister));
    assert_eq!(status(s, governor, canister).status, CanisterStatusType::Running);
    done(s, governor, "update_settings", settings::controllers(canister, &[heir]));
    let refused = s.manage_via(governor, "stop_canister", only(canister), 0);
    assert!(matches!(refused, Err(3..=5)), "{refused:?}");
    done(s, heir, "stop_canister", only(canister));
    done(s, heir, "delete_canister", only(canister));
    let gone = s.manage_via(heir, "canister_status", only(canister), 0);
    assert!(matches!(gone, Err(3..=5)), "{gone:?}");
}

fn snapshots(s: &Stage) {
    let governor = s.idle();
    let canister = target(s, governor);
    done(s, governor, "stop_canister", only(canister));
    let snapshot = take(s, governor, canister);
    done(s, governor, "start_canister", only(canister));
    s.call(canister, set_global(bytes("lost")) + reply()).unwrap();
    let listed: Vec<Snapshot> = served(s, governor, "list_canister_snapshots", only(canister));
    assert_eq!(listed, core::slice::from_ref(&snapshot));
    done(s, governor, "stop_canister", only(canister));
    done(s, governor, "load_canister_snapshot", load(canister, &snapshot));
    done(s, governor, "start_canister", only(canister));
    assert_eq!((s.global(canister), s.stable(canister)), (b"kept".to_vec(), KEPT));
    let args = DeleteCanisterSnapshotArgs { canister_id: canister, snapshot_id: snapshot.id };
    done(s, governor, "delete_canister_snapshot", Encode!(&args).unwrap());
    let listed: Vec<Snapshot> = served(s, governor, "list_canister_snapshots", only(canister));
    assert_eq!(listed, []);
}

fn cloned(s: &Stage) {
    let governor = s.idle();
    let canister = target(s, governor);
    s.stop(canister);
    let snapshot = take(s, governor, canister);
    s.start(canister);
    let copy = create(s, governor);
    done(s, governor, "stop_canister", only(copy));
    done(s, governor, "load_canister_snapshot", load(copy, &snapshot));
    let (one, two) = (status(s, governor, canister), status(s, governor, copy));
    assert_eq!(two.status, CanisterStatusType::Stopped, "a load starts nothing");
    assert_eq!(two.module_hash, one.module_hash);
    assert_eq!(two.settings.controllers, [governor], "settings are no part of a snapshot");
    done(s, governor, "start_canister", only(copy));
    assert_eq!((s.global(copy), s.stable(copy)), (b"kept".to_vec(), KEPT));
    // From here on they are two.
    s.call(copy, set_global(bytes("other")) + reply()).unwrap();
    assert_eq!(s.global(canister), b"kept");
    let changes = info(s, governor, copy).recent_changes;
    let Some(ChangeDetails::LoadSnapshot(loaded)) =
        changes.last().and_then(|it| it.details.clone())
    else {
        panic!("{changes:?}")
    };
    assert_eq!((loaded.from_canister_id, loaded.snapshot_id), (Some(canister), snapshot.id));
    done(s, governor, "stop_canister", only(copy));
    done(s, governor, "delete_canister", only(copy));
    assert_eq!(s.global(canister), b"kept");
}

fn foreign(s: &Stage) {
    let (governor, stranger) = (s.idle(), s.idle());
    let canister = target(s, governor);
    s.stop(canister);
    let snapshot = take(s, governor, canister);
    s.start(canister);
    let copy = create(s, stranger);
    let refused = s.manage_via(stranger, "load_canister_snapshot", load(copy, &snapshot), 0);
    assert!(matches!(refused, Err(3..=5)), "{refused:?}");
    let refused = s.manage_via(governor, "load_canister_snapshot", load(copy, &snapshot), 0);
    assert!(matches!(refused, Err(3..=5)), "{refused:?}");
    assert_eq!(status(s, stranger, copy).module_hash, None);
}

fn upload(s: &Stage, by: Principal, canister_id: Principal, chunk: &[u8]) -> ChunkHash {
    let args = UploadChunkArgs { canister_id, chunk: chunk.to_vec() };
    served(s, by, "upload_chunk", Encode!(&args).unwrap())
}

fn chunked(s: &Stage) {
    let governor = s.idle();
    let (store, canister) = (create(s, governor), create(s, governor));
    let module = wat::parse_str("(module (memory 1))").unwrap();
    let (first, second) = module.split_at(5);
    let list = [first, second].map(|chunk| upload(s, governor, store, chunk));
    let mut stored: Vec<ChunkHash> = served(s, governor, "stored_chunks", only(store));
    stored.sort();
    let mut expected = list.to_vec();
    expected.sort();
    assert_eq!(stored, expected);
    assert_eq!(list[0].hash, Sha256::digest(first).to_vec());
    let install = |wasm_module_hash: Vec<u8>| {
        let args = InstallChunkedCodeArgs {
            mode: CanisterInstallMode::Install,
            target_canister: canister,
            store_canister: Some(store),
            chunk_hashes_list: list.to_vec(),
            wasm_module_hash,
            arg: vec![],
            sender_canister_version: None,
        };
        Encode!(&args).unwrap()
    };
    let wrong = s.manage_via(governor, "install_chunked_code", install(vec![7; 32]), 0);
    assert!(matches!(wrong, Err(3..=5)), "{wrong:?}");
    let hash = Sha256::digest(&module).to_vec();
    done(s, governor, "install_chunked_code", install(hash.clone()));
    assert_eq!(status(s, governor, canister).module_hash, Some(hash));
    done(s, governor, "clear_chunk_store", only(store));
    let stored: Vec<ChunkHash> = served(s, governor, "stored_chunks", only(store));
    assert_eq!(stored, []);
}

fn info(s: &Stage, by: Principal, canister_id: Principal) -> CanisterInfoResult {
    let args = CanisterInfoArgs { canister_id, num_requested_changes: Some(20) };
    served(s, by, "canister_info", Encode!(&args).unwrap())
}

fn history(s: &Stage) {
    let (governor, reader) = (s.idle(), s.idle());
    let canister = create(s, governor);
    done(s, governor, "update_settings", settings::controllers(canister, &[governor, user()]));
    s.install_at(canister, &nothing());
    // Anybody may read it.
    let info = info(s, reader, canister);
    assert_eq!(info.total_num_changes, 3);
    assert_eq!(Some(info.module_hash), Some(s.status(canister).module_hash));
    let by: Vec<_> = info
        .recent_changes
        .iter()
        .map(|change| match &change.origin {
            ChangeOrigin::FromUser(from) => from.user_id,
            ChangeOrigin::FromCanister(from) => from.canister_id,
        })
        .collect();
    assert_eq!(by, [governor, governor, user()]);
}
