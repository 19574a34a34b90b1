//! Snapshots read piece by piece, uploaded piece by piece, and loaded.

use candid::{CandidType, Decode, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;
use serde::de::DeserializeOwned;

use super::{
    puppet::Program,
    world::{Answer, World, stranger, user},
};
use crate::network::{Network, NetworkConfig};

/// A canister whose `run` changes a global, the heap and stable memory, and whose `show` tells
/// them: 8 bytes of heap that hold the global, then 4 bytes of stable memory.
fn wasm() -> Vec<u8> {
    let text = r#"(module
        (import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
        (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
        (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
        (memory 2)
        (global (export "end") i32 (i32.const 77))
        (global $count (mut i64) (i64.const 5))
        (data (i32.const 70000) "heap")
        (func (export "canister_update run")
            (drop (call $grow (i64.const 1)))
            (global.set $count (i64.add (global.get $count) (i64.const 1)))
            (i64.store (i32.const 8) (global.get $count))
            (call $write (i64.const 65532) (i64.const 70000) (i64.const 4))
            (call $reply))
        (func $show
            (i64.store (i32.const 16) (global.get $count))
            (call $append (i32.const 16) (i32.const 8))
            (call $read (i64.const 24) (i64.const 65532) (i64.const 4))
            (call $append (i32.const 24) (i32.const 4))
            (call $append (i32.const 8) (i32.const 8))
            (call $reply))
        (export "canister_query show" (func $show)))"#;
    wat::parse_str(text).expect("a module")
}

fn manage<R: CandidType + DeserializeOwned>(
    world: &mut World,
    method: &str,
    args: impl CandidType,
) -> R {
    let reply = world.manage(method, (args,)).expect(method);
    candid::decode_one(&reply).expect("the reply decodes")
}

fn take(world: &mut World, canister: Principal) -> Vec<u8> {
    let args = mg::TakeCanisterSnapshotArgs {
        canister_id: canister,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    manage::<mg::Snapshot>(world, "take_canister_snapshot", args).id
}

fn metadata(
    world: &mut World,
    canister: Principal,
    snapshot: &[u8],
) -> mg::ReadCanisterSnapshotMetadataResult {
    let args = mg::ReadCanisterSnapshotMetadataArgs {
        canister_id: canister,
        snapshot_id: snapshot.to_vec(),
    };
    manage(world, "read_canister_snapshot_metadata", args)
}

fn data_args(
    canister: Principal,
    snapshot: &[u8],
    kind: mg::SnapshotDataKind,
) -> mg::ReadCanisterSnapshotDataArgs {
    mg::ReadCanisterSnapshotDataArgs { canister_id: canister, snapshot_id: snapshot.to_vec(), kind }
}

fn data(world: &mut World, canister: Principal, id: &[u8], kind: mg::SnapshotDataKind) -> Vec<u8> {
    let args = data_args(canister, id, kind);
    manage::<mg::ReadCanisterSnapshotDataResult>(world, "read_canister_snapshot_data", args).chunk
}

/// The metadata to upload for what `from` says.
fn announcement(
    canister: Principal,
    from: &mg::ReadCanisterSnapshotMetadataResult,
) -> mg::UploadCanisterSnapshotMetadataArgs {
    mg::UploadCanisterSnapshotMetadataArgs {
        canister_id: canister,
        replace_snapshot: None,
        wasm_module_size: from.wasm_module_size,
        globals: from.globals.iter().flatten().cloned().collect(),
        wasm_memory_size: from.wasm_memory_size,
        stable_memory_size: from.stable_memory_size,
        certified_data: from.certified_data.clone(),
        global_timer: from.global_timer.clone(),
        on_low_wasm_memory_hook_status: from.on_low_wasm_memory_hook_status.clone(),
    }
}

fn announce(world: &mut World, args: mg::UploadCanisterSnapshotMetadataArgs) -> Vec<u8> {
    manage::<mg::UploadCanisterSnapshotMetadataResult>(
        world,
        "upload_canister_snapshot_metadata",
        args,
    )
    .snapshot_id
}

fn upload_args(
    canister: Principal,
    snapshot: &[u8],
    kind: mg::SnapshotDataOffset,
    chunk: &[u8],
) -> mg::UploadCanisterSnapshotDataArgs {
    let (snapshot_id, chunk) = (snapshot.to_vec(), chunk.to_vec());
    mg::UploadCanisterSnapshotDataArgs { canister_id: canister, snapshot_id, kind, chunk }
}

fn upload(
    world: &mut World,
    canister: Principal,
    id: &[u8],
    kind: mg::SnapshotDataOffset,
    chunk: &[u8],
) {
    let args = upload_args(canister, id, kind, chunk);
    let reply = world.manage("upload_canister_snapshot_data", (args,)).expect("uploaded");
    Decode!(&reply).expect("an empty reply");
}

fn load(world: &mut World, canister: Principal, snapshot: &[u8]) -> Answer {
    let args = mg::LoadCanisterSnapshotArgs {
        canister_id: canister,
        snapshot_id: snapshot.to_vec(),
        sender_canister_version: None,
    };
    world.manage("load_canister_snapshot", (args,))
}

fn show(world: &mut World, canister: Principal) -> Vec<u8> {
    world.query(canister, "show", Program::default()).expect("shown")
}

/// A canister that ran once, and a snapshot of it.
fn prepared() -> (World, Principal, Vec<u8>) {
    let mut world = World::new();
    let canister = world.create();
    world.install(canister, wasm(), Program::default());
    let chunk = mg::UploadChunkArgs { canister_id: canister, chunk: b"a chunk".to_vec() };
    world.manage("upload_chunk", (chunk,)).expect("stored");
    world.update(user(), canister, "run", Vec::new()).expect("ran");
    let snapshot = take(&mut world, canister);
    (world, canister, snapshot)
}

/// Uploads everything of a snapshot to another canister.
fn copy(world: &mut World, from: Principal, snapshot: &[u8], to: Principal) -> Vec<u8> {
    use mg::{SnapshotDataKind as Read, SnapshotDataOffset as Write};
    let known = metadata(world, from, snapshot);
    let id = announce(world, announcement(to, &known));
    // In pieces that meet no boundary of pages.
    let pieces = |size: u64| (0..size).step_by(50_001).map(move |at| (at, (size - at).min(50_001)));
    for (offset, size) in pieces(known.wasm_module_size) {
        let bytes = data(world, from, snapshot, Read::WasmModule { offset, size });
        upload(world, to, &id, Write::WasmModule { offset }, &bytes);
    }
    for (offset, size) in pieces(known.wasm_memory_size) {
        let bytes = data(world, from, snapshot, Read::WasmMemory { offset, size });
        upload(world, to, &id, Write::WasmMemory { offset }, &bytes);
    }
    for (offset, size) in pieces(known.stable_memory_size) {
        let bytes = data(world, from, snapshot, Read::StableMemory { offset, size });
        upload(world, to, &id, Write::StableMemory { offset }, &bytes);
    }
    for chunk in known.wasm_chunk_store {
        let bytes = data(world, from, snapshot, Read::WasmChunk { hash: chunk.hash });
        upload(world, to, &id, Write::WasmChunk, &bytes);
    }
    id
}

#[test]
fn metadata_tells_what_the_canister_was() {
    let (mut world, canister, snapshot) = prepared();
    let version = world.net.canisters[&canister].version;
    let known = metadata(&mut world, canister, &snapshot);
    assert_eq!(known.wasm_module_size, wasm().len() as u64);
    assert_eq!((known.wasm_memory_size, known.stable_memory_size), (2 * 65_536, 65_536));
    assert_eq!((known.wasm_chunk_store.len(), known.canister_version), (1, version));
    assert!(matches!(
        known.globals.as_slice(),
        [Some(mg::SnapshotMetadataGlobal::I32(77)), Some(mg::SnapshotMetadataGlobal::I64(6))]
    ));
    assert!(matches!(known.source, Some(mg::SnapshotSource::TakenFromCanister(_))));
    assert!(matches!(known.global_timer, Some(mg::CanisterTimer::Inactive)));
    let heap = mg::SnapshotDataKind::WasmMemory { offset: 70_000, size: 4 };
    assert_eq!(data(&mut world, canister, &snapshot, heap), b"heap");
    let module = mg::SnapshotDataKind::WasmModule { offset: 0, size: 4 };
    assert_eq!(data(&mut world, canister, &snapshot, module), b"\0asm");
}

#[test]
fn a_snapshot_copied_piece_by_piece_makes_another_canister_the_same() {
    let (mut world, canister, snapshot) = prepared();
    let twin = world.create();
    let id = copy(&mut world, canister, &snapshot, twin);
    let told = metadata(&mut world, twin, &id);
    assert!(matches!(told.source, Some(mg::SnapshotSource::MetadataUpload(_))));
    load(&mut world, twin, &id).expect("loaded");
    assert_eq!(show(&mut world, twin), show(&mut world, canister));
    assert_eq!(world.net.state_digest(twin), world.net.state_digest(canister));
    assert_eq!(world.net.canisters[&twin].chunks, world.net.canisters[&canister].chunks);
    world.update(user(), twin, "run", Vec::new()).expect("it goes on from there");
    assert_eq!(show(&mut world, twin)[0], 7);
    assert_eq!(show(&mut world, canister)[0], 6);
}

#[test]
fn an_unfinished_upload_is_saved_and_goes_on() {
    let (mut world, canister, snapshot) = prepared();
    let known = metadata(&mut world, canister, &snapshot);
    let id = announce(&mut world, announcement(canister, &known));
    let dir = tempfile::tempdir().expect("a directory");
    world.net.save(dir.path()).expect("saved");
    let mut back =
        World { net: Network::load(dir.path(), NetworkConfig::default()).expect("loaded") };
    let error = load(&mut back, canister, &id).expect_err("its module is zeros");
    assert!(error.reject_message.contains("cannot be loaded"), "{error:?}");
    upload(&mut back, canister, &id, mg::SnapshotDataOffset::WasmModule { offset: 0 }, &wasm());
    load(&mut back, canister, &id).expect("complete enough: its memory may be zeros");
    let shown = show(&mut back, canister);
    assert_eq!(shown[..8], 6u64.to_le_bytes(), "the global was uploaded");
    assert_eq!(shown[8..], [0; 12], "the memories were not");
}

#[test]
fn a_snapshot_that_does_not_fit_its_module_is_not_loaded() {
    let (mut world, canister, snapshot) = prepared();
    let before = world.net.state_digest(canister);
    let known = metadata(&mut world, canister, &snapshot);
    let plain = announcement(canister, &known);
    let int = mg::SnapshotMetadataGlobal::I32(77);
    let cases: [(&str, mg::UploadCanisterSnapshotMetadataArgs); 5] = [
        ("no globals", mg::UploadCanisterSnapshotMetadataArgs { globals: vec![], ..plain.clone() }),
        (
            "another type",
            mg::UploadCanisterSnapshotMetadataArgs {
                globals: vec![int.clone(), int.clone()],
                ..plain.clone()
            },
        ),
        (
            "another constant",
            mg::UploadCanisterSnapshotMetadataArgs {
                globals: vec![
                    mg::SnapshotMetadataGlobal::I32(78),
                    mg::SnapshotMetadataGlobal::I64(6),
                ],
                ..plain.clone()
            },
        ),
        (
            "a heap too small",
            mg::UploadCanisterSnapshotMetadataArgs { wasm_memory_size: 65_536, ..plain.clone() },
        ),
        (
            "a module cut off",
            mg::UploadCanisterSnapshotMetadataArgs { wasm_module_size: 40, ..plain.clone() },
        ),
    ];
    for (what, args) in cases {
        let size = usize::try_from(args.wasm_module_size).expect("small");
        let id = announce(&mut world, args);
        let module = &wasm()[..size];
        upload(&mut world, canister, &id, mg::SnapshotDataOffset::WasmModule { offset: 0 }, module);
        let error = load(&mut world, canister, &id).expect_err(what);
        assert!(error.reject_message.contains("cannot be loaded"), "{what}: {error:?}");
        assert_eq!(world.net.state_digest(canister), before, "{what}");
    }
}

#[test]
fn limits_of_metadata_and_of_pieces_hold() {
    let (mut world, canister, snapshot) = prepared();
    let known = metadata(&mut world, canister, &snapshot);
    let plain = announcement(canister, &known);
    let page = 65_536;
    for args in [
        mg::UploadCanisterSnapshotMetadataArgs { wasm_module_size: u64::MAX, ..plain.clone() },
        mg::UploadCanisterSnapshotMetadataArgs { wasm_memory_size: page << 17, ..plain.clone() },
        mg::UploadCanisterSnapshotMetadataArgs { stable_memory_size: u64::MAX, ..plain.clone() },
        mg::UploadCanisterSnapshotMetadataArgs { wasm_memory_size: page + 1, ..plain.clone() },
        mg::UploadCanisterSnapshotMetadataArgs { certified_data: vec![0; 33], ..plain.clone() },
        mg::UploadCanisterSnapshotMetadataArgs {
            globals: vec![mg::SnapshotMetadataGlobal::I32(0); 1_001],
            ..plain.clone()
        },
    ] {
        let error = world.manage("upload_canister_snapshot_metadata", (args,)).expect_err("limit");
        assert_eq!(error.error_code, ErrorCode::CanisterContractViolation, "{error:?}");
    }
    assert_eq!(world.net.canisters[&canister].snapshots.len(), 1);
    for kind in [
        mg::SnapshotDataKind::WasmMemory { offset: 0, size: 2_000_001 },
        mg::SnapshotDataKind::WasmMemory { offset: 2 * page, size: 1 },
        mg::SnapshotDataKind::WasmModule { offset: u64::MAX, size: 2 },
        mg::SnapshotDataKind::StableMemory { offset: page - 1, size: 2 },
        mg::SnapshotDataKind::WasmChunk { hash: vec![1; 32] },
        mg::SnapshotDataKind::WasmChunk { hash: vec![1; 5] },
    ] {
        let args = data_args(canister, &snapshot, kind);
        let error = world.manage("read_canister_snapshot_data", (args,)).expect_err("limit");
        assert_eq!(error.error_code, ErrorCode::CanisterContractViolation, "{error:?}");
    }
    let id = announce(&mut world, plain);
    for (kind, size) in [
        (mg::SnapshotDataOffset::WasmMemory { offset: 2 * page - 1 }, 2),
        (mg::SnapshotDataOffset::WasmModule { offset: u64::MAX }, 2),
        (mg::SnapshotDataOffset::StableMemory { offset: page }, 1),
        (mg::SnapshotDataOffset::WasmChunk, 1024 * 1024 + 1),
    ] {
        let args = upload_args(canister, &id, kind, &vec![1; size]);
        let error = world.manage("upload_canister_snapshot_data", (args,)).expect_err("limit");
        assert_eq!(error.error_code, ErrorCode::CanisterContractViolation, "{error:?}");
    }
    let kind = mg::SnapshotDataOffset::StableMemory { offset: 0 };
    let args = upload_args(canister, &snapshot, kind, b"x");
    let error = world.manage("upload_canister_snapshot_data", (args,)).expect_err("taken");
    assert!(error.reject_message.contains("taken from a canister"), "{error:?}");
}

#[test]
fn who_may_read_is_a_setting_and_only_controllers_upload() {
    let (mut world, canister, snapshot) = prepared();
    let read = || mg::ReadCanisterSnapshotMetadataArgs {
        canister_id: canister,
        snapshot_id: snapshot.clone(),
    };
    let method = "read_canister_snapshot_metadata";
    let error = world.manage_as(stranger(), method, (read(),)).expect_err("controllers only");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
    let viewers = mg::SnapshotVisibility::AllowedViewers(vec![stranger()]);
    world.update_settings(
        canister,
        mg::CanisterSettings { snapshot_visibility: Some(viewers), ..Default::default() },
    );
    world.manage_as(stranger(), method, (read(),)).expect("a viewer");
    let known = metadata(&mut world, canister, &snapshot);
    let args = announcement(canister, &known);
    let error = world.manage_as(stranger(), "upload_canister_snapshot_metadata", (args,));
    let error = error.expect_err("not a controller");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
    let kind = mg::SnapshotDataOffset::WasmChunk;
    let args = upload_args(canister, &snapshot, kind, b"x");
    let error = world.manage_as(stranger(), "upload_canister_snapshot_data", (args,));
    let error = error.expect_err("not a controller");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
    let absent =
        mg::ReadCanisterSnapshotMetadataArgs { canister_id: canister, snapshot_id: vec![1; 18] };
    let error = world.manage(method, (absent,)).expect_err("absent");
    assert_eq!(error.error_code, ErrorCode::CanisterSnapshotNotFound);
}

#[test]
fn a_snapshot_too_large_to_keep_is_refused_and_replaces_nothing() {
    let (mut world, canister, snapshot) = prepared();
    let known = metadata(&mut world, canister, &snapshot);
    let args = mg::UploadCanisterSnapshotMetadataArgs {
        stable_memory_size: 400 << 30,
        replace_snapshot: Some(snapshot.clone()),
        ..announcement(canister, &known)
    };
    let error = world.manage("upload_canister_snapshot_metadata", (args,)).expect_err("too dear");
    assert_eq!(error.error_code, ErrorCode::InsufficientCyclesInMemoryGrow);
    let listed =
        world.manage("list_canister_snapshots", (mg::CanisterIdRecord { canister_id: canister },));
    let listed = Decode!(&listed.expect("listed"), Vec<mg::Snapshot>).expect("snapshots");
    assert_eq!(listed.into_iter().map(|known| known.id).collect::<Vec<_>>(), [snapshot]);
}
