//! What a controller does to a canister, through the management canister: creating, installing
//! code, stopping, starting, snapshots. What is in a snapshot: `snapshots`.

use candid::{CandidType, Nat, Principal};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInstallMode, CanisterSettings, CanisterStatusResult, ChunkHash,
    InstallChunkedCodeArgs, InstallCodeArgs, LoadCanisterSnapshotArgs,
    ProvisionalCreateCanisterWithCyclesArgs, Snapshot, TakeCanisterSnapshotArgs,
    UpdateSettingsArgs, UploadChunkArgs,
};
use sha2::{Digest, Sha256};

use super::{
    Client, Message,
    remote::{decode, encode},
};
use crate::failure::Failure;

/// What fits one message together with its envelope.
const MESSAGE_BYTES: usize = 1_900_000;
/// What the network takes in one chunk.
const CHUNK_BYTES: usize = 1_048_576;

/// Creates an empty canister with `cycles` on a development network. Its controller is the caller.
pub(crate) async fn create<C: Client>(client: &C, cycles: u128) -> Result<Principal, Failure> {
    let args = ProvisionalCreateCanisterWithCyclesArgs {
        amount: Some(Nat::from(cycles)),
        settings: Some(CanisterSettings {
            controllers: Some(vec![client.principal()]),
            ..CanisterSettings::default()
        }),
        ..ProvisionalCreateCanisterWithCyclesArgs::default()
    };
    let method = "provisional_create_canister_with_cycles";
    let bytes = call(client, client.default_effective().await, method, &args).await?;
    decode::<CanisterIdRecord>(method, &bytes).map(|record| record.canister_id)
}

/// Installs `module` and runs its `init` or `post_upgrade` with `arg`. When that traps, the network
/// keeps the old code and state.
pub(crate) async fn install<C: Client>(
    client: &C,
    canister: Principal,
    mode: CanisterInstallMode,
    module: &[u8],
    arg: Vec<u8>,
) -> Result<(), Failure> {
    if module.len() + arg.len() <= MESSAGE_BYTES {
        let args = InstallCodeArgs {
            mode,
            canister_id: canister,
            wasm_module: module.to_vec(),
            arg,
            sender_canister_version: None,
        };
        return call(client, canister, "install_code", &args).await.map(drop);
    }
    let mut chunk_hashes_list = Vec::new();
    for chunk in module.chunks(CHUNK_BYTES) {
        let args = UploadChunkArgs { canister_id: canister, chunk: chunk.to_vec() };
        let bytes = call(client, canister, "upload_chunk", &args).await?;
        chunk_hashes_list.push(decode::<ChunkHash>("upload_chunk", &bytes)?);
    }
    let args = InstallChunkedCodeArgs {
        mode,
        target_canister: canister,
        store_canister: None,
        chunk_hashes_list,
        wasm_module_hash: Sha256::digest(module).to_vec(),
        arg,
        sender_canister_version: None,
    };
    call(client, canister, "install_chunked_code", &args).await.map(drop)
}

/// What the network tells a controller about a canister.
pub(crate) async fn status<C: Client>(
    client: &C,
    canister: Principal,
) -> Result<CanisterStatusResult, Failure> {
    let method = "canister_status";
    let args = CanisterIdRecord { canister_id: canister };
    decode(method, &call(client, canister, method, &args).await?)
}

/// Says who controls a canister from now on: these, and nobody else.
pub(crate) async fn set_controllers<C: Client>(
    client: &C,
    canister: Principal,
    controllers: Vec<Principal>,
) -> Result<(), Failure> {
    let settings =
        CanisterSettings { controllers: Some(controllers), ..CanisterSettings::default() };
    let args =
        UpdateSettingsArgs { canister_id: canister, settings, sender_canister_version: None };
    call(client, canister, "update_settings", &args).await.map(drop)
}

/// Stops a canister: it answers what it was asked already and takes nothing more. The network gives
/// up after five minutes, and the canister then stays `stopping` until it is started.
pub(crate) async fn stop<C: Client>(client: &C, canister: Principal) -> Result<(), Failure> {
    let args = CanisterIdRecord { canister_id: canister };
    call(client, canister, "stop_canister", &args).await.map(drop)
}

/// Starts a canister; one that runs goes on.
pub(crate) async fn start<C: Client>(client: &C, canister: Principal) -> Result<(), Failure> {
    let args = CanisterIdRecord { canister_id: canister };
    call(client, canister, "start_canister", &args).await.map(drop)
}

/// The snapshots of a canister.
pub(crate) async fn snapshots<C: Client>(
    client: &C,
    canister: Principal,
) -> Result<Vec<Snapshot>, Failure> {
    let method = "list_canister_snapshots";
    let args = CanisterIdRecord { canister_id: canister };
    decode(method, &call(client, canister, method, &args).await?)
}

/// Takes a snapshot of code and state. The canister must be stopped: what waits for an answer would
/// otherwise be in the snapshot, and the answer not. `replaced` is deleted when it is taken.
pub(crate) async fn take_snapshot<C: Client>(
    client: &C,
    canister: Principal,
    replaced: Option<Vec<u8>>,
) -> Result<Snapshot, Failure> {
    let method = "take_canister_snapshot";
    let args = TakeCanisterSnapshotArgs {
        canister_id: canister,
        replace_snapshot: replaced,
        uninstall_code: None,
        sender_canister_version: None,
    };
    decode(method, &call(client, canister, method, &args).await?)
}

/// Brings back the code and the state of a snapshot. No code runs: timers have to be armed again.
pub(crate) async fn load_snapshot<C: Client>(
    client: &C,
    canister: Principal,
    snapshot_id: Vec<u8>,
) -> Result<(), Failure> {
    let args = LoadCanisterSnapshotArgs {
        canister_id: canister,
        snapshot_id,
        sender_canister_version: None,
    };
    call(client, canister, "load_canister_snapshot", &args).await.map(drop)
}

/// One call of the management canister.
pub(super) async fn call<C: Client, A: CandidType>(
    client: &C,
    effective: Principal,
    method: &'static str,
    args: &A,
) -> Result<Vec<u8>, Failure> {
    let canister = Principal::management_canister();
    client.update(Message { canister, effective, method, arg: encode(args)? }).await
}
