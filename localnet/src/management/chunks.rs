//! The chunk store, through which modules larger than one message are installed.

use std::sync::Arc;

use candid::Principal;
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use sha2::{Digest, Sha256};

use super::{Request, reply};
use crate::network::{Network, canister::Canister, pool::Payload, rejects};

/// Bytes of one chunk: 1 MiB.
pub(super) const MAX_CHUNK_BYTES: usize = 1024 * 1024;
/// Chunks one canister stores.
pub(super) const MAX_CHUNKS: usize = 100;

impl Network {
    /// The canister, when the sender may use its chunk store: a controller or the canister itself.
    fn chunk_store(
        &mut self,
        id: Principal,
        sender: Principal,
    ) -> Result<&mut Canister, RejectResponse> {
        if id == sender {
            return self.canisters.get_mut(&id).ok_or_else(|| rejects::canister_not_found(id));
        }
        self.controlled(id, sender)
    }

    pub(super) fn upload_chunk(&mut self, request: &mut Request) -> Payload {
        let args: mg::UploadChunkArgs = request.decode()?;
        let canister = self.chunk_store(args.canister_id, request.sender)?;
        if args.chunk.len() > MAX_CHUNK_BYTES {
            return Err(rejects::contract_violation(format!(
                "Chunk of {} bytes exceeds the limit of {MAX_CHUNK_BYTES} bytes",
                args.chunk.len()
            )));
        }
        let hash: [u8; 32] = Sha256::digest(&args.chunk).into();
        if !canister.chunks.contains_key(&hash) {
            if canister.chunks.len() >= MAX_CHUNKS {
                return Err(rejects::contract_violation(format!(
                    "Chunk store of canister {} already holds {MAX_CHUNKS} chunks; clear it first",
                    args.canister_id
                )));
            }
            let bytes = args.chunk.len() as u64;
            self.occupy(args.canister_id, bytes, 0)?;
            let canister = self.chunk_store(args.canister_id, request.sender)?;
            canister.chunks.insert(hash, Arc::new(args.chunk));
        }
        reply((mg::ChunkHash { hash: hash.to_vec() },))
    }

    pub(super) fn clear_chunk_store(&mut self, request: &mut Request) -> Payload {
        let args: mg::ClearChunkStoreArgs = request.decode()?;
        self.chunk_store(args.canister_id, request.sender)?.chunks.clear();
        reply(())
    }

    pub(super) fn stored_chunks(&mut self, request: &mut Request) -> Payload {
        let args: mg::StoredChunksArgs = request.decode()?;
        let canister = self.chunk_store(args.canister_id, request.sender)?;
        let hashes: Vec<_> =
            canister.chunks.keys().map(|hash| mg::ChunkHash { hash: hash.to_vec() }).collect();
        reply((hashes,))
    }

    pub(super) fn install_chunked_code(&mut self, request: &mut Request) -> Payload {
        let args: mg::InstallChunkedCodeArgs = request.decode()?;
        self.controlled(args.target_canister, request.sender)?;
        let store_id = args.store_canister.unwrap_or(args.target_canister);
        let same_subnet = self.canisters.get(&store_id).map(|c| c.subnet)
            == self.canisters.get(&args.target_canister).map(|c| c.subnet);
        let store = self.chunk_store(store_id, request.sender)?;
        if !same_subnet {
            return Err(rejects::contract_violation(format!(
                "Store canister {store_id} is not on the subnet of canister {}",
                args.target_canister
            )));
        }
        let mut wasm = Vec::new();
        for chunk in &args.chunk_hashes_list {
            let stored = <[u8; 32]>::try_from(chunk.hash.as_slice())
                .ok()
                .and_then(|hash| store.chunks.get(&hash))
                .ok_or_else(|| {
                    rejects::contract_violation(format!(
                        "Chunk {} is not in the chunk store of canister {store_id}",
                        hex::encode(&chunk.hash)
                    ))
                })?;
            wasm.extend_from_slice(stored);
        }
        let hash: [u8; 32] = Sha256::digest(&wasm).into();
        if hash.as_slice() != args.wasm_module_hash {
            return Err(rejects::contract_violation(format!(
                "Wasm module hash {} does not match the hash {} of the assembled chunks",
                hex::encode(&args.wasm_module_hash),
                hex::encode(hash)
            )));
        }
        self.install(&super::code::Installation {
            id: args.target_canister,
            sender: request.sender,
            mode: args.mode,
            wasm: Arc::new(wasm),
            arg: args.arg,
            author: request.author(args.sender_canister_version),
        })
    }
}
