//! Snapshots of canisters on disk: a folder with the metadata in JSON, one file for the module and
//! for each memory that is not empty, and one for each chunk, named after its hash.
//!
//! They are read and written by the calls of the management canister that everybody has, in the
//! name of the sender.

use std::{
    fs,
    path::{Path, PathBuf},
};

use candid::{CandidType, Principal, encode_one};
use ic_management_canister_types as mg;
use pocket_ic::common::rest::{
    RawCanisterSnapshotDownload, RawCanisterSnapshotId, RawCanisterSnapshotUpload,
};
use serde::de::DeserializeOwned;

use super::{Answer, Refusal, answer, messages::principal, parse};
use crate::{
    instance::Instance,
    network::{EffectivePrincipal, IngressMessage, IngressStatus},
};

const METADATA: &str = "metadata.json";
const MODULE: &str = "wasm_module.bin";
const HEAP: &str = "wasm_memory.bin";
const STABLE: &str = "stable_memory.bin";
const CHUNKS: &str = "wasm_chunk_store";
/// Bytes that one call reads or writes, less than it may.
const SLICE_BYTES: u64 = 1_900_000;
/// Rounds that a call of the management canister may take.
const ROUNDS_MAX: usize = 100;

/// A canister, and who asks.
struct Desk<'a> {
    instance: &'a mut Instance,
    sender: Principal,
    canister: Principal,
}

pub(super) fn download(instance: &mut Instance, body: &[u8]) -> Answer {
    let args: RawCanisterSnapshotDownload = parse(body)?;
    let mut desk = Desk::new(instance, &args.sender.principal_id, &args.canister_id.canister_id)?;
    let (dir, id) = (args.snapshot_dir, args.snapshot_id);
    if fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Refusal::new(format!("the folder {} is not empty", dir.display())));
    }
    let metadata: mg::ReadCanisterSnapshotMetadataResult = desk.call(
        "read_canister_snapshot_metadata",
        &mg::ReadCanisterSnapshotMetadataArgs {
            canister_id: desk.canister,
            snapshot_id: id.clone(),
        },
    )?;
    fs::create_dir_all(&dir).map_err(failed(&dir))?;
    let text = serde_json::to_vec_pretty(&metadata)
        .map_err(|why| Refusal::new(format!("the metadata has no JSON form: {why}")))?;
    write(&dir.join(METADATA), &text)?;
    let module = |offset, size| mg::SnapshotDataKind::WasmModule { offset, size };
    desk.read_to(&dir.join(MODULE), &id, metadata.wasm_module_size, module)?;
    let heap = |offset, size| mg::SnapshotDataKind::WasmMemory { offset, size };
    desk.read_to(&dir.join(HEAP), &id, metadata.wasm_memory_size, heap)?;
    let stable = |offset, size| mg::SnapshotDataKind::StableMemory { offset, size };
    desk.read_to(&dir.join(STABLE), &id, metadata.stable_memory_size, stable)?;
    for chunk in metadata.wasm_chunk_store {
        let path = chunk_path(&dir, &chunk);
        let bytes = desk.read(&id, mg::SnapshotDataKind::WasmChunk { hash: chunk.hash })?;
        fs::create_dir_all(dir.join(CHUNKS)).map_err(failed(&dir))?;
        write(&path, &bytes)?;
    }
    answer(&())
}

pub(super) fn upload(instance: &mut Instance, body: &[u8]) -> Answer {
    let args: RawCanisterSnapshotUpload = parse(body)?;
    let mut desk = Desk::new(instance, &args.sender.principal_id, &args.canister_id.canister_id)?;
    let dir = args.snapshot_dir;
    let path = dir.join(METADATA);
    let metadata: mg::ReadCanisterSnapshotMetadataResult = serde_json::from_slice(&read(&path)?)
        .map_err(|why| Refusal::new(format!("{}: {why}", path.display())))?;
    let uploaded: mg::UploadCanisterSnapshotMetadataResult = desk.call(
        "upload_canister_snapshot_metadata",
        &mg::UploadCanisterSnapshotMetadataArgs {
            canister_id: desk.canister,
            replace_snapshot: args.replace_snapshot.map(|replaced| replaced.snapshot_id),
            wasm_module_size: metadata.wasm_module_size,
            globals: metadata.globals.into_iter().flatten().collect(),
            wasm_memory_size: metadata.wasm_memory_size,
            stable_memory_size: metadata.stable_memory_size,
            certified_data: metadata.certified_data,
            global_timer: metadata.global_timer,
            on_low_wasm_memory_hook_status: metadata.on_low_wasm_memory_hook_status,
        },
    )?;
    let id = uploaded.snapshot_id;
    let module = |offset| mg::SnapshotDataOffset::WasmModule { offset };
    desk.write_from(&dir.join(MODULE), &id, metadata.wasm_module_size, module)?;
    let heap = |offset| mg::SnapshotDataOffset::WasmMemory { offset };
    desk.write_from(&dir.join(HEAP), &id, metadata.wasm_memory_size, heap)?;
    let stable = |offset| mg::SnapshotDataOffset::StableMemory { offset };
    desk.write_from(&dir.join(STABLE), &id, metadata.stable_memory_size, stable)?;
    for chunk in &metadata.wasm_chunk_store {
        let bytes = read(&chunk_path(&dir, chunk))?;
        desk.write(&id, mg::SnapshotDataOffset::WasmChunk, bytes)?;
    }
    answer(&RawCanisterSnapshotId { snapshot_id: id })
}

impl<'a> Desk<'a> {
    fn new(instance: &'a mut Instance, sender: &[u8], canister: &[u8]) -> Result<Self, Refusal> {
        let (sender, canister) = (principal(sender)?, principal(canister)?);
        Ok(Self { instance, sender, canister })
    }

    /// The reply of the management canister.
    fn ask(&mut self, method: &str, args: &impl CandidType) -> Result<Vec<u8>, Refusal> {
        let arg = encode_one(args).map_err(|why| Refusal::new(why.to_string()))?;
        let network = &mut self.instance.network;
        let rejected =
            |reject: pocket_ic::RejectResponse| Refusal::new(format!("{method}: {reject}"));
        let submitted = network.submit_ingress(IngressMessage {
            sender: self.sender,
            canister_id: Principal::management_canister(),
            method: method.to_owned(),
            arg,
            effective: EffectivePrincipal::Canister(self.canister),
            message_id: None,
            inspect: true,
        });
        let id = submitted.map_err(rejected)?;
        for _ in 0..ROUNDS_MAX {
            match network.ingress_status(&id) {
                IngressStatus::Replied(reply) => return Ok(reply),
                IngressStatus::Rejected(reject) => return Err(rejected(reject)),
                _ => network.tick(),
            }
        }
        Err(Refusal::new(format!("{method}: no answer after {ROUNDS_MAX} rounds")))
    }

    fn call<T: CandidType + DeserializeOwned>(
        &mut self,
        method: &str,
        args: &impl CandidType,
    ) -> Result<T, Refusal> {
        let reply = self.ask(method, args)?;
        candid::decode_one(&reply).map_err(|why| Refusal::new(format!("{method}: {why}")))
    }

    fn read(&mut self, id: &[u8], kind: mg::SnapshotDataKind) -> Result<Vec<u8>, Refusal> {
        let args = mg::ReadCanisterSnapshotDataArgs {
            canister_id: self.canister,
            snapshot_id: id.to_vec(),
            kind,
        };
        let result: mg::ReadCanisterSnapshotDataResult =
            self.call("read_canister_snapshot_data", &args)?;
        Ok(result.chunk)
    }

    /// Writes a part of the snapshot into a file, when there is anything of it.
    fn read_to(
        &mut self,
        path: &Path,
        id: &[u8],
        size: u64,
        kind: impl Fn(u64, u64) -> mg::SnapshotDataKind,
    ) -> Result<(), Refusal> {
        let mut bytes = Vec::new();
        for (offset, length) in slices(size) {
            bytes.extend(self.read(id, kind(offset, length))?);
        }
        if bytes.is_empty() { Ok(()) } else { write(path, &bytes) }
    }

    fn write(
        &mut self,
        id: &[u8],
        kind: mg::SnapshotDataOffset,
        chunk: Vec<u8>,
    ) -> Result<(), Refusal> {
        let args = mg::UploadCanisterSnapshotDataArgs {
            canister_id: self.canister,
            snapshot_id: id.to_vec(),
            kind,
            chunk,
        };
        self.ask("upload_canister_snapshot_data", &args).map(drop)
    }

    /// Uploads a file as a part of the snapshot; it must be as long as the metadata says.
    fn write_from(
        &mut self,
        path: &Path,
        id: &[u8],
        size: u64,
        kind: impl Fn(u64) -> mg::SnapshotDataOffset,
    ) -> Result<(), Refusal> {
        let bytes = if size == 0 { Vec::new() } else { read(path)? };
        if bytes.len() as u64 != size {
            let (path, length) = (path.display(), bytes.len());
            return Err(Refusal::new(format!(
                "{path} has {length} bytes, its metadata says {size}"
            )));
        }
        let mut rest = bytes.as_slice();
        for (offset, length) in slices(size) {
            let (slice, after) = rest.split_at(usize::try_from(length).unwrap_or(rest.len()));
            self.write(id, kind(offset), slice.to_vec())?;
            rest = after;
        }
        Ok(())
    }
}

/// Offsets and lengths that make up `size` bytes.
fn slices(size: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let length = (size - offset).min(SLICE_BYTES);
        let slice = (offset, length);
        offset += length;
        (length > 0).then_some(slice)
    })
}

fn chunk_path(dir: &Path, chunk: &mg::ChunkHash) -> PathBuf {
    dir.join(CHUNKS).join(format!("{}.bin", hex::encode(&chunk.hash)))
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    fs::read(path).map_err(failed(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    fs::write(path, bytes).map_err(failed(path))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Refusal + use<> {
    let path = path.display().to_string();
    move |why| Refusal::new(format!("{path}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_make_up_the_whole() {
        assert_eq!(slices(0).count(), 0);
        assert_eq!(slices(5).collect::<Vec<_>>(), [(0, 5)]);
        let all: Vec<_> = slices(2 * SLICE_BYTES + 1).collect();
        assert_eq!(all, [(0, SLICE_BYTES), (SLICE_BYTES, SLICE_BYTES), (2 * SLICE_BYTES, 1)]);
    }
}
