//! Creating canisters and installing code, through the management canister.

use candid::{CandidType, Nat, Principal};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInstallMode, CanisterSettings, ChunkHash, InstallChunkedCodeArgs,
    InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs, UploadChunkArgs,
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

async fn call<C: Client, A: CandidType>(
    client: &C,
    effective: Principal,
    method: &'static str,
    args: &A,
) -> Result<Vec<u8>, Failure> {
    let canister = Principal::management_canister();
    client.update(Message { canister, effective, method, arg: encode(args)? }).await
}
