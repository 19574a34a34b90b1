//! The numbered files beside a manifest: modules, heaps, stable memories and chunks, each with the
//! length and the hash by which a torn one is noticed.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Number of a file beside the manifest.
pub(super) type Blob = u64;

/// What a file must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    bytes: u64,
    hash: [u8; 32],
}

/// Writes numbered files.
pub(super) struct BlobWriter {
    dir: PathBuf,
    seals: Vec<Seal>,
}

impl BlobWriter {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), seals: Vec::new() }
    }

    /// One file of all the parts; it is on the disk when this returns.
    pub(super) fn write<'a>(
        &mut self,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> std::io::Result<Blob> {
        let blob = self.seals.len() as Blob;
        let mut file = BufWriter::new(File::create(path(&self.dir, blob))?);
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        for part in parts {
            file.write_all(part)?;
            hash.update(part);
            bytes += part.len() as u64;
        }
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        self.seals.push(Seal { bytes, hash: hash.finalize().into() });
        Ok(blob)
    }

    pub(super) fn chunks(
        &mut self,
        chunks: &BTreeMap<[u8; 32], Arc<Vec<u8>>>,
    ) -> std::io::Result<Vec<([u8; 32], Blob)>> {
        let write = |(hash, chunk): (&[u8; 32], &Arc<Vec<u8>>)| {
            Ok((*hash, self.write([chunk.as_slice()])?))
        };
        chunks.iter().map(write).collect()
    }

    /// What the files written so far must hold, by number.
    pub(super) fn seals(&self) -> &[Seal] {
        &self.seals
    }
}

/// Bytes that all the files hold together.
pub(super) fn total(seals: &[Seal]) -> u64 {
    seals.iter().map(|seal| seal.bytes).sum()
}

/// Reads numbered files.
pub(super) struct BlobReader {
    dir: PathBuf,
    /// Empty for a network that was saved before files were sealed.
    seals: Vec<Seal>,
}

impl BlobReader {
    pub(super) fn new(dir: &Path, seals: Vec<Seal>) -> Self {
        Self { dir: dir.to_owned(), seals }
    }

    /// The content of a file; an error when it is not what was written.
    pub(super) fn read(&self, blob: Blob) -> Result<Vec<u8>, String> {
        let path = path(&self.dir, blob);
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|why| format!("cannot read {}: {why}", path.display()))?;
        let seal = usize::try_from(blob).ok().and_then(|blob| self.seals.get(blob));
        let torn = seal.is_some_and(|seal| {
            seal.bytes != bytes.len() as u64 || seal.hash[..] != Sha256::digest(&bytes)[..]
        });
        if torn {
            return Err(format!("{} is torn: it does not hold what was saved", path.display()));
        }
        Ok(bytes)
    }

    pub(super) fn chunks(
        &self,
        chunks: Vec<([u8; 32], Blob)>,
    ) -> Result<BTreeMap<[u8; 32], Arc<Vec<u8>>>, String> {
        let read = |(hash, blob)| Ok((hash, Arc::new(self.read(blob)?)));
        chunks.into_iter().map(read).collect()
    }
}

fn path(dir: &Path, blob: Blob) -> PathBuf {
    dir.join(format!("{blob}.bin"))
}
