//! Snapshots that leave the network and come back: metadata and data, piece by piece.
//!
//! An uploaded snapshot starts as zeros of the sizes its metadata tells. Its module is compiled,
//! and its globals compared with the module's, only when it is loaded: before that it may be
//! incomplete.

use std::sync::Arc;

use candid::{CandidType, Deserialize, Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{
    Request,
    chunks::{MAX_CHUNK_BYTES, MAX_CHUNKS},
    reply,
    snapshots::{check_room, snapshot_id},
};
use crate::{
    network::{
        Network,
        canister::{LowMemoryHook, Snapshot},
        consumed::UseCase,
        pool::Payload,
        rejects::{self, contract_violation, reject},
    },
    runtime::{
        ExecutionState, GlobalValue, Module, StateImage,
        limits::{
            MAX_CERTIFIED_DATA_BYTES, MAX_STABLE_PAGES, MAX_WIDE_HEAP_PAGES, WASM_PAGE_BYTES,
        },
    },
    wasm::{MAX_GLOBALS, MAX_MODULE_BYTES, visible_globals},
};

/// Bytes that one call reads.
const MAX_SLICE_BYTES: u64 = 2_000_000;

/// The argument of `upload_canister_snapshot_data`. The shared type reads the data byte by byte as
/// any list.
#[derive(CandidType, Deserialize)]
struct UploadDataArgs {
    canister_id: Principal,
    snapshot_id: mg::SnapshotId,
    kind: mg::SnapshotDataOffset,
    chunk: ByteBuf,
}

impl Network {
    pub(super) fn read_snapshot_metadata(&mut self, request: &mut Request) -> Payload {
        let args: mg::ReadCanisterSnapshotMetadataArgs = request.decode()?;
        let snapshot =
            self.visible_snapshot(request.sender, args.canister_id, &args.snapshot_id)?;
        let source = match &snapshot.uploaded {
            None => mg::SnapshotSource::TakenFromCanister(candid::Reserved),
            Some(_) => mg::SnapshotSource::MetadataUpload(candid::Reserved),
        };
        let chunks = snapshot.chunks.keys().map(|hash| mg::ChunkHash { hash: hash.to_vec() });
        reply((mg::ReadCanisterSnapshotMetadataResult {
            source: Some(source),
            taken_at_timestamp: snapshot.taken_at_ns,
            wasm_module_size: snapshot.wasm.len() as u64,
            globals: globals_of(snapshot)?.into_iter().map(|value| Some(told(value))).collect(),
            wasm_memory_size: snapshot.image.heap_bytes(),
            stable_memory_size: snapshot.image.stable().size_bytes(),
            wasm_chunk_store: chunks.collect(),
            canister_version: snapshot.canister_version,
            certified_data: snapshot.certified_data.clone(),
            global_timer: snapshot.global_timer.map(|time| match time {
                0 => mg::CanisterTimer::Inactive,
                time => mg::CanisterTimer::Active(time),
            }),
            on_low_wasm_memory_hook_status: snapshot.low_memory.map(|status| match status {
                LowMemoryHook::Idle => mg::OnLowWasmMemoryHookStatus::ConditionNotSatisfied,
                LowMemoryHook::Due => mg::OnLowWasmMemoryHookStatus::Ready,
                LowMemoryHook::Done => mg::OnLowWasmMemoryHookStatus::Executed,
            }),
        },))
    }

    pub(super) fn read_snapshot_data(&mut self, request: &mut Request) -> Payload {
        let args: mg::ReadCanisterSnapshotDataArgs = request.decode()?;
        let id = args.canister_id;
        let snapshot = self.visible_snapshot(request.sender, id, &args.snapshot_id)?;
        let chunk = read(snapshot, &args.kind)?;
        let bytes = chunk.len() as u64;
        self.charge(id, UseCase::Instructions, self.tariff(id).snapshot_data(bytes))?;
        reply((mg::ReadCanisterSnapshotDataResult { chunk },))
    }

    pub(super) fn upload_snapshot_metadata(&mut self, request: &mut Request) -> Payload {
        let args: mg::UploadCanisterSnapshotMetadataArgs = request.decode()?;
        let id = args.canister_id;
        let now = self.time_ns;
        let canister = self.controlled(id, request.sender)?;
        check_room(canister, args.replace_snapshot.as_deref())?;
        let mut snapshot = announced(&args)?;
        snapshot.id = snapshot_id(canister.snapshots_taken, id);
        snapshot.taken_at_ns = now;
        snapshot.canister_version = canister.version;
        let snapshot_id = snapshot.id.clone();
        let replaced = args.replace_snapshot.as_ref().and_then(|id| canister.snapshots.get(id));
        let bytes = snapshot.size_bytes();
        let grown = bytes.saturating_sub(replaced.map_or(0, Snapshot::size_bytes));
        // What it occupies counts at once, so that a canister cannot freeze itself by it.
        self.occupy(id, grown, self.tariff(id).snapshot(bytes))?;
        let canister = self.controlled(id, request.sender)?;
        if let Some(replaced) = &args.replace_snapshot {
            canister.snapshots.remove(replaced);
        }
        canister.snapshots.insert(snapshot_id.clone(), snapshot);
        self.controlled(id, request.sender)?.snapshots_taken += 1;
        reply((mg::UploadCanisterSnapshotMetadataResult { snapshot_id },))
    }

    pub(super) fn upload_snapshot_data(&mut self, request: &mut Request) -> Payload {
        let args: UploadDataArgs = request.decode()?;
        let id = args.canister_id;
        let missing = rejects::snapshot_not_found(&args.snapshot_id, id);
        let canister = self.controlled(id, request.sender)?;
        let snapshot = canister.snapshots.get(&args.snapshot_id).ok_or(missing)?;
        check_write(snapshot, &args)?;
        let bytes = args.chunk.len() as u64;
        self.charge(id, UseCase::Instructions, self.tariff(id).snapshot_data(bytes))?;
        let canister = self.controlled(id, request.sender)?;
        if let Some(snapshot) = canister.snapshots.get_mut(&args.snapshot_id) {
            write(snapshot, &args);
        }
        reply(())
    }

    /// A snapshot that the sender may read.
    fn visible_snapshot(
        &self,
        sender: Principal,
        canister: Principal,
        id: &[u8],
    ) -> Result<&Snapshot, RejectResponse> {
        let known = self.snapshots_seen_by(sender, canister)?;
        known.get(id).ok_or_else(|| rejects::snapshot_not_found(id, canister))
    }

    /// The module of a snapshot and the state that goes with it. An uploaded one must be complete
    /// and fit together.
    pub(super) fn code_of(
        &self,
        canister: Principal,
        snapshot: &Snapshot,
    ) -> Result<(Arc<Module>, StateImage), RejectResponse> {
        let Some(values) = &snapshot.uploaded else {
            let module = snapshot.module.clone().ok_or_else(|| incomplete(canister))?;
            return Ok((module, snapshot.image.clone()));
        };
        let wrong = |why: &str| {
            reject(
                ErrorCode::CanisterRejectedMessage,
                format!("Snapshot {} cannot be loaded: {why}", hex::encode(&snapshot.id)),
            )
        };
        let module = self.engine.compile(&snapshot.wasm).map_err(|why| wrong(&why.message))?;
        let globals = visible_globals(&snapshot.wasm).map_err(|why| wrong(&why.message))?;
        let fits = globals.len() == values.len()
            && globals.iter().zip(values).all(|(global, value)| {
                if global.mutable {
                    global.initial.is_like(value)
                } else {
                    global.initial == *value
                }
            });
        if !fits {
            return Err(wrong("its globals are not those of its module"));
        }
        let mutable = globals.iter().zip(values).filter(|(global, _)| global.mutable);
        let image = snapshot.image.with_globals(mutable.map(|(_, value)| *value).collect());
        ExecutionState::check(&module, &image).map_err(|why| wrong(&why))?;
        Ok((module, image))
    }
}

fn incomplete(canister: Principal) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("The snapshot of canister {canister} has no module"),
    )
}

/// Values of all globals a snapshot shows.
fn globals_of(snapshot: &Snapshot) -> Result<Vec<GlobalValue>, RejectResponse> {
    if let Some(values) = &snapshot.uploaded {
        return Ok(values.clone());
    }
    let globals = visible_globals(&snapshot.wasm)
        .map_err(|why| reject(ErrorCode::CanisterRejectedMessage, why.message))?;
    let mut current = snapshot.image.globals().iter();
    let value = |global: crate::wasm::Global| {
        let now = if global.mutable { current.next().copied() } else { None };
        now.unwrap_or(global.initial)
    };
    Ok(globals.into_iter().map(value).collect())
}

fn told(value: GlobalValue) -> mg::SnapshotMetadataGlobal {
    match value {
        GlobalValue::I32(value) => mg::SnapshotMetadataGlobal::I32(value),
        GlobalValue::I64(value) => mg::SnapshotMetadataGlobal::I64(value),
        GlobalValue::F32(bits) => mg::SnapshotMetadataGlobal::F32(f32::from_bits(bits)),
        GlobalValue::F64(bits) => mg::SnapshotMetadataGlobal::F64(f64::from_bits(bits)),
        GlobalValue::V128(bits) => mg::SnapshotMetadataGlobal::V128(Nat::from(bits)),
    }
}

fn heard(value: &mg::SnapshotMetadataGlobal) -> Result<GlobalValue, RejectResponse> {
    Ok(match value {
        mg::SnapshotMetadataGlobal::I32(value) => GlobalValue::I32(*value),
        mg::SnapshotMetadataGlobal::I64(value) => GlobalValue::I64(*value),
        mg::SnapshotMetadataGlobal::F32(value) => GlobalValue::F32(value.to_bits()),
        mg::SnapshotMetadataGlobal::F64(value) => GlobalValue::F64(value.to_bits()),
        mg::SnapshotMetadataGlobal::V128(value) => GlobalValue::V128(
            u128::try_from(&value.0)
                .map_err(|_| rejects::invalid_payload("a v128 global has more than 128 bits"))?,
        ),
    })
}

/// The snapshot that metadata announces, its data still zero.
fn announced(args: &mg::UploadCanisterSnapshotMetadataArgs) -> Result<Snapshot, RejectResponse> {
    let limit = |what: &str, size: u64, max: u64| {
        if size <= max {
            return Ok(());
        }
        Err(contract_violation(format!("{what} of {size} exceeds the limit of {max}")))
    };
    let max_heap = MAX_WIDE_HEAP_PAGES * WASM_PAGE_BYTES;
    let max_stable = MAX_STABLE_PAGES * WASM_PAGE_BYTES;
    limit("Wasm module size", args.wasm_module_size, MAX_MODULE_BYTES as u64)?;
    limit("Wasm memory size", args.wasm_memory_size, max_heap)?;
    limit("Stable memory size", args.stable_memory_size, max_stable)?;
    limit("Number of globals", args.globals.len() as u64, MAX_GLOBALS as u64)?;
    let certified = args.certified_data.len() as u64;
    limit("Certified data size", certified, MAX_CERTIFIED_DATA_BYTES as u64)?;
    for size in [args.wasm_memory_size, args.stable_memory_size] {
        if size % WASM_PAGE_BYTES != 0 {
            return Err(contract_violation(format!(
                "A memory of {size} bytes does not consist of whole pages of {WASM_PAGE_BYTES}"
            )));
        }
    }
    let size = usize::try_from(args.wasm_module_size).unwrap_or(usize::MAX);
    let pages = |bytes: u64| bytes / WASM_PAGE_BYTES;
    let image = StateImage::zeroed(pages(args.wasm_memory_size), pages(args.stable_memory_size));
    Ok(Snapshot {
        id: Vec::new(),
        taken_at_ns: 0,
        canister_version: 0,
        wasm: Arc::new(vec![0; size]),
        module: None,
        image,
        certified_data: args.certified_data.clone(),
        chunks: std::collections::BTreeMap::new(),
        global_timer: args.global_timer.as_ref().map(|timer| match timer {
            mg::CanisterTimer::Inactive => 0,
            mg::CanisterTimer::Active(time) => *time,
        }),
        low_memory: args.on_low_wasm_memory_hook_status.as_ref().map(|status| match status {
            mg::OnLowWasmMemoryHookStatus::ConditionNotSatisfied => LowMemoryHook::Idle,
            mg::OnLowWasmMemoryHookStatus::Ready => LowMemoryHook::Due,
            mg::OnLowWasmMemoryHookStatus::Executed => LowMemoryHook::Done,
        }),
        uploaded: Some(args.globals.iter().map(heard).collect::<Result<_, _>>()?),
    })
}

fn out_of_bounds(what: &str, offset: u64, length: u64, size: u64) -> RejectResponse {
    contract_violation(format!(
        "{length} bytes at offset {offset} exceed the {what} of {size} bytes"
    ))
}

/// Refuses a range that is not inside.
fn check_range(what: &str, offset: u64, length: u64, size: u64) -> Result<(), RejectResponse> {
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(out_of_bounds(what, offset, length, size)),
    }
}

fn read(snapshot: &Snapshot, kind: &mg::SnapshotDataKind) -> Result<Vec<u8>, RejectResponse> {
    let sized = |what, offset, length, size| {
        if length > MAX_SLICE_BYTES {
            return Err(contract_violation(format!(
                "{length} bytes exceed the limit of {MAX_SLICE_BYTES} bytes in one call"
            )));
        }
        check_range(what, offset, length, size)?;
        Ok((to_usize(offset), to_usize(length)))
    };
    let image = &snapshot.image;
    match kind {
        mg::SnapshotDataKind::WasmModule { offset, size } => {
            let module = &snapshot.wasm;
            let (start, length) = sized("Wasm module", *offset, *size, module.len() as u64)?;
            Ok(module[start..start + length].to_vec())
        }
        mg::SnapshotDataKind::WasmMemory { offset, size } => {
            let (start, length) = sized("Wasm memory", *offset, *size, image.heap_bytes())?;
            Ok(image.read_heap(start, length))
        }
        mg::SnapshotDataKind::StableMemory { offset, size } => {
            let stable = image.stable();
            let (_, length) = sized("stable memory", *offset, *size, stable.size_bytes())?;
            let mut bytes = vec![0; length];
            let inside = stable.read(*offset, &mut bytes);
            inside.map_err(|_| out_of_bounds("stable memory", *offset, *size, 0))?;
            Ok(bytes)
        }
        mg::SnapshotDataKind::WasmChunk { hash } => {
            let stored = <[u8; 32]>::try_from(hash.as_slice())
                .ok()
                .and_then(|hash| snapshot.chunks.get(&hash));
            stored.map(|chunk| chunk.to_vec()).ok_or_else(|| {
                contract_violation(format!("Chunk {} is not in the snapshot", hex::encode(hash)))
            })
        }
    }
}

fn check_write(snapshot: &Snapshot, args: &UploadDataArgs) -> Result<(), RejectResponse> {
    if snapshot.uploaded.is_none() {
        return Err(reject(
            ErrorCode::CanisterRejectedMessage,
            format!(
                "Snapshot {} was taken from a canister: data is uploaded to snapshots whose \
                 metadata was",
                hex::encode(&args.snapshot_id)
            ),
        ));
    }
    let length = args.chunk.len() as u64;
    let image = &snapshot.image;
    match args.kind {
        mg::SnapshotDataOffset::WasmModule { offset } => {
            check_range("Wasm module", offset, length, snapshot.wasm.len() as u64)
        }
        mg::SnapshotDataOffset::WasmMemory { offset } => {
            check_range("Wasm memory", offset, length, image.heap_bytes())
        }
        mg::SnapshotDataOffset::StableMemory { offset } => {
            check_range("stable memory", offset, length, image.stable().size_bytes())
        }
        mg::SnapshotDataOffset::WasmChunk => {
            if args.chunk.len() > MAX_CHUNK_BYTES {
                return Err(contract_violation(format!(
                    "Chunk of {length} bytes exceeds the limit of {MAX_CHUNK_BYTES} bytes"
                )));
            }
            let known = snapshot.chunks.contains_key(&hash_of(&args.chunk));
            if !known && snapshot.chunks.len() >= MAX_CHUNKS {
                return Err(contract_violation(format!(
                    "The snapshot already holds {MAX_CHUNKS} chunks"
                )));
            }
            Ok(())
        }
    }
}

/// Puts a chunk whose place was checked there.
fn write(snapshot: &mut Snapshot, args: &UploadDataArgs) {
    match args.kind {
        mg::SnapshotDataOffset::WasmModule { offset } => {
            let start = to_usize(offset);
            let module = Arc::make_mut(&mut snapshot.wasm);
            module[start..start + args.chunk.len()].copy_from_slice(&args.chunk);
        }
        mg::SnapshotDataOffset::WasmMemory { offset } => {
            snapshot.image.write_heap(to_usize(offset), &args.chunk);
        }
        mg::SnapshotDataOffset::StableMemory { offset } => {
            snapshot.image.write_stable(offset, &args.chunk);
        }
        mg::SnapshotDataOffset::WasmChunk => {
            snapshot.chunks.insert(hash_of(&args.chunk), Arc::new(args.chunk.to_vec()));
        }
    }
}

fn hash_of(chunk: &[u8]) -> [u8; 32] {
    Sha256::digest(chunk).into()
}

/// Offsets inside of what is in memory always fit.
fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
