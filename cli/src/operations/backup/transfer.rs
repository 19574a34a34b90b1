//! A snapshot as files, and files as a snapshot.

use std::{fs::File, io::Read, path::Path};

use candid::Principal;
use ic_management_canister_types::{SnapshotDataKind, SnapshotDataOffset};

use super::{
    folder::{self, Writer},
    manifest::{Kept, Part, spoilt},
};
use crate::{
    client::{
        Client,
        remote::{decode, encode},
        snapshots::{self, Metadata, PIECE_BYTES},
    },
    failure::Failure,
    operations::parallel,
    render::Progress,
};

/// What the snapshot says about itself, in Candid, so that nothing of it is lost.
const METADATA: &str = "snapshot.candid";
const MODULE: &str = "module.wasm";
const HEAP: &str = "heap.bin";
const STABLE: &str = "stable.bin";
const CHUNKS: &str = "chunks";

/// Pieces under way at the same time.
const AT_ONCE: usize = 12;

/// A file, the bytes of its region, and how a piece of the region is asked for.
type Source = (&'static str, u64, fn(u64, u64) -> SnapshotDataKind);
/// A file, the bytes of its region, and where a piece of the region goes.
type Sink = (&'static str, u64, fn(u64) -> SnapshotDataOffset);

/// Pieces of zeros, where a snapshot begins as zeros of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zeros {
    /// Are sent like all others: no network promises what it begins with.
    Send,
    /// Are left out: a network inside this process does.
    Skip,
}

/// Writes a snapshot of the canister `name` below `folder`.
pub(super) async fn download<C: Client>(
    client: &C,
    (name, canister): (&str, Principal),
    snapshot: &[u8],
    folder: &Path,
    progress: &Progress,
) -> Result<Vec<Part>, Failure> {
    let metadata = snapshots::metadata(client, canister, snapshot).await?;
    let mut parts = vec![whole(folder, format!("{name}/{METADATA}"), &encode(&metadata)?)?];
    let regions: [Source; 3] = [
        (MODULE, metadata.wasm_module_size, |offset, size| SnapshotDataKind::WasmModule {
            offset,
            size,
        }),
        (HEAP, metadata.wasm_memory_size, |offset, size| SnapshotDataKind::WasmMemory {
            offset,
            size,
        }),
        (STABLE, metadata.stable_memory_size, |offset, size| SnapshotDataKind::StableMemory {
            offset,
            size,
        }),
    ];
    for (file, bytes, kind) in regions {
        let mut part = Writer::create(folder, format!("{name}/{file}"))?;
        for some in together(bytes) {
            let what = format!("reading {name}/{file} ({} %)", some[0].0 * 100 / bytes);
            let read = |(offset, size)| {
                let (client, id) = (client.clone(), snapshot.to_vec());
                async move { snapshots::read(&client, canister, &id, kind(offset, size)).await }
            };
            for piece in parallel::each(&what, some, progress, read).await? {
                part.add(&piece)?;
            }
        }
        parts.push(part.finish()?);
    }
    for chunk in &metadata.wasm_chunk_store {
        let kind = SnapshotDataKind::WasmChunk { hash: chunk.hash.clone() };
        let bytes = snapshots::read(client, canister, snapshot, kind).await?;
        parts.push(whole(folder, chunk_name(name, &chunk.hash), &bytes)?);
    }
    Ok(parts)
}

/// Makes a snapshot of the files of `kept`, and gives its id. `announced` hears the id before the
/// data follows.
pub(super) async fn upload<C: Client>(
    client: &C,
    kept: &Kept,
    folder: &Path,
    zeros: Zeros,
    progress: &Progress,
    announced: impl FnOnce(&[u8]) -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    let (name, canister) = (&kept.name, kept.id()?);
    let metadata = metadata(kept, folder)?;
    let snapshot = snapshots::announce(client, canister, &metadata).await?;
    announced(&snapshot)?;
    let regions: [Sink; 3] = [
        (MODULE, metadata.wasm_module_size, |offset| SnapshotDataOffset::WasmModule { offset }),
        (HEAP, metadata.wasm_memory_size, |offset| SnapshotDataOffset::WasmMemory { offset }),
        (STABLE, metadata.stable_memory_size, |offset| SnapshotDataOffset::StableMemory { offset }),
    ];
    for (file, bytes, kind) in regions {
        let path = folder.join(name).join(file);
        let mut source = File::open(&path).map_err(Failure::file("read", &path))?;
        for some in together(bytes) {
            let what = format!("writing {name}/{file} ({} %)", some[0].0 * 100 / bytes);
            let mut filled = Vec::new();
            for (offset, size) in some {
                let mut piece = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
                source.read_exact(&mut piece).map_err(Failure::file("read", &path))?;
                if zeros == Zeros::Send || !folder::is_zero(&piece) {
                    filled.push((offset, piece));
                }
            }
            let write = |(offset, piece)| {
                let (client, id) = (client.clone(), snapshot.clone());
                async move { snapshots::write(&client, canister, &id, kind(offset), piece).await }
            };
            parallel::each(&what, filled, progress, write).await?;
        }
    }
    for chunk in &metadata.wasm_chunk_store {
        let path = folder.join(chunk_name(name, &chunk.hash));
        let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
        let kind = SnapshotDataOffset::WasmChunk;
        snapshots::write(client, canister, &snapshot, kind, bytes).await?;
    }
    Ok(snapshot)
}

fn metadata(kept: &Kept, folder: &Path) -> Result<Metadata, Failure> {
    let path = folder.join(&kept.name).join(METADATA);
    let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
    decode(METADATA, &bytes).map_err(|failure| {
        spoilt(format!("{} is no description of a snapshot ({})", path.display(), failure.message))
    })
}

/// A part whose bytes are at hand.
fn whole(folder: &Path, name: String, bytes: &[u8]) -> Result<Part, Failure> {
    let mut part = Writer::create(folder, name)?;
    part.add(bytes)?;
    part.finish()
}

fn chunk_name(name: &str, hash: &[u8]) -> String {
    format!("{name}/{CHUNKS}/{}.bin", hex::encode(hash))
}

/// SHA-256 of the module among the parts of the canister `name`.
pub(super) fn module_hash<'a>(name: &str, parts: &'a [Part]) -> Option<&'a str> {
    let file = format!("{name}/{MODULE}");
    parts.iter().find(|part| part.file == file).map(|part| part.sha256.as_str())
}

/// The pages of a canister as parts, measured as they are on disk.
pub(super) fn pages(folder: &Path, name: &str, files: &[String]) -> Result<Vec<Part>, Failure> {
    files.iter().map(|file| folder::measure(folder, &format!("{name}/pages/{file}"))).collect()
}

/// Offsets and lengths that cover `bytes`.
fn pieces(bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    let step = usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX);
    (0..bytes).step_by(step).map(move |offset| (offset, PIECE_BYTES.min(bytes - offset)))
}

/// The same, so many of them as are transferred at once and fit into memory.
fn together(bytes: u64) -> impl Iterator<Item = Vec<(u64, u64)>> {
    let mut all = pieces(bytes);
    std::iter::from_fn(move || {
        let some: Vec<_> = all.by_ref().take(AT_ONCE).collect();
        (!some.is_empty()).then_some(some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_everything_once() {
        for bytes in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES + 7] {
            let mut next = 0;
            for (offset, size) in together(bytes).flatten() {
                assert_eq!(offset, next);
                assert!(size > 0 && size <= PIECE_BYTES);
                next += size;
            }
            assert_eq!(next, bytes);
        }
    }
}
