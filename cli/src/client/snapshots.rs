//! What is in a snapshot, read from the network piece by piece and written back to it.

use candid::{CandidType, Nat, Principal};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterSettings, DeleteCanisterSnapshotArgs,
    ProvisionalCreateCanisterWithCyclesArgs, ReadCanisterSnapshotDataArgs,
    ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, SnapshotDataKind, SnapshotDataOffset,
    UploadCanisterSnapshotMetadataArgs, UploadCanisterSnapshotMetadataResult,
};
use serde_bytes::ByteBuf;

use super::{Client, management::call, remote::decode};
use crate::{exit::Exit, failure::Failure};

/// What a snapshot says about itself.
pub(crate) type Metadata = ReadCanisterSnapshotMetadataResult;

/// Bytes read or written by one call: whole pages, and less than a message may hold.
pub(crate) const PIECE_BYTES: u64 = 28 * 65_536;

/// Reads what a snapshot says about itself.
pub(crate) async fn metadata<C: Client>(
    client: &C,
    canister: Principal,
    snapshot_id: &[u8],
) -> Result<Metadata, Failure> {
    let method = "read_canister_snapshot_metadata";
    let args = ReadCanisterSnapshotMetadataArgs {
        canister_id: canister,
        snapshot_id: snapshot_id.to_vec(),
    };
    decode(method, &call(client, canister, method, &args).await?)
}

/// Reads a piece of a snapshot.
pub(crate) async fn read<C: Client>(
    client: &C,
    canister: Principal,
    snapshot_id: &[u8],
    kind: SnapshotDataKind,
) -> Result<Vec<u8>, Failure> {
    let method = "read_canister_snapshot_data";
    let snapshot_id = snapshot_id.to_vec();
    let args = ReadCanisterSnapshotDataArgs { canister_id: canister, snapshot_id, kind };
    let bytes = call(client, canister, method, &args).await?;
    decode::<ReadCanisterSnapshotDataResult>(method, &bytes).map(|result| result.chunk)
}

/// Announces a snapshot whose data will follow, and gives its id.
pub(crate) async fn announce<C: Client>(
    client: &C,
    canister: Principal,
    metadata: &Metadata,
) -> Result<Vec<u8>, Failure> {
    let globals: Option<Vec<_>> = metadata.globals.iter().cloned().collect();
    let args = UploadCanisterSnapshotMetadataArgs {
        canister_id: canister,
        replace_snapshot: None,
        wasm_module_size: metadata.wasm_module_size,
        globals: globals.ok_or_else(|| {
            let message = "the snapshot has a global of a kind this version of the tool lacks";
            Failure::new(Exit::Failed, "cli.interface", message).next("granary --version")
        })?,
        wasm_memory_size: metadata.wasm_memory_size,
        stable_memory_size: metadata.stable_memory_size,
        certified_data: metadata.certified_data.clone(),
        global_timer: metadata.global_timer.clone(),
        on_low_wasm_memory_hook_status: metadata.on_low_wasm_memory_hook_status.clone(),
    };
    let method = "upload_canister_snapshot_metadata";
    let bytes = call(client, canister, method, &args).await?;
    decode::<UploadCanisterSnapshotMetadataResult>(method, &bytes).map(|result| result.snapshot_id)
}

/// The argument of an upload, its bytes as a whole: one by one they take a hundred times as long.
#[derive(CandidType)]
struct WriteArgs {
    canister_id: Principal,
    snapshot_id: ByteBuf,
    kind: SnapshotDataOffset,
    chunk: ByteBuf,
}

/// Writes a piece of a snapshot that was announced.
pub(crate) async fn write<C: Client>(
    client: &C,
    canister: Principal,
    snapshot_id: &[u8],
    kind: SnapshotDataOffset,
    chunk: Vec<u8>,
) -> Result<(), Failure> {
    let snapshot_id = ByteBuf::from(snapshot_id);
    let chunk = ByteBuf::from(chunk);
    let args = WriteArgs { canister_id: canister, snapshot_id, kind, chunk };
    call(client, canister, "upload_canister_snapshot_data", &args).await.map(drop)
}

/// Deletes a snapshot.
pub(crate) async fn delete<C: Client>(
    client: &C,
    canister: Principal,
    snapshot_id: &[u8],
) -> Result<(), Failure> {
    let snapshot_id = snapshot_id.to_vec();
    let args = DeleteCanisterSnapshotArgs { canister_id: canister, snapshot_id };
    call(client, canister, "delete_canister_snapshot", &args).await.map(drop)
}

/// Creates an empty canister under a chosen id, on a network that gives them away.
pub(crate) async fn create_as<C: Client>(
    client: &C,
    canister: Principal,
    controllers: Vec<Principal>,
    cycles: u128,
) -> Result<(), Failure> {
    let args = ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(Nat::from(cycles)),
        settings: Some(CanisterSettings {
            controllers: Some(controllers),
            ..CanisterSettings::default()
        }),
        specified_id: Some(canister),
        sender_canister_version: None,
    };
    let method = "provisional_create_canister_with_cycles";
    let bytes = call(client, client.default_effective().await, method, &args).await?;
    let created = decode::<CanisterIdRecord>(method, &bytes)?.canister_id;
    if created == canister {
        return Ok(());
    }
    let message = format!("the network created {created} where {canister} was asked for");
    Err(Failure::new(Exit::Failed, "cli.canister_id", message))
}
