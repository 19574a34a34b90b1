//! Compiled modules on disk: one file each, checked before it is used, replaced atomically.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use super::deserialize::deserialize;
use crate::wasm::{self, Facts};

/// First bytes of every file; the number is that of the file format.
const MAGIC: &[u8; 16] = b"localnet code 1\n";
const DIGEST_BYTES: usize = 32;

/// A directory of compiled modules.
#[derive(Debug)]
pub(super) struct Artifacts {
    dir: PathBuf,
    /// Stands for the engine's version and configuration and for the rewriting.
    fingerprint: [u8; 32],
}

impl Artifacts {
    /// Opens, and if need be creates, the directory.
    pub(super) fn open(dir: &Path, engine: &Engine) -> std::io::Result<Self> {
        create_private(dir)?;
        Ok(Self { dir: dir.into(), fingerprint: fingerprint(engine) })
    }

    /// A module compiled earlier; None when there is none or its file is damaged.
    pub(super) fn load(&self, engine: &Engine, hash: &[u8; 32]) -> Option<(Facts, Module)> {
        let file = fs::read(self.path(hash)).ok()?;
        let rest = file.strip_prefix(MAGIC)?;
        let (digest, content) = rest.split_at_checked(DIGEST_BYTES)?;
        if Sha256::digest(content)[..] != *digest {
            return None;
        }
        let (length, content) = content.split_at_checked(size_of::<u64>())?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let (facts, code) = content.split_at_checked(length)?;
        let facts = ciborium::from_reader(facts).ok()?;
        Some((facts, deserialize(engine, code).ok()?))
    }

    /// Keeps a compiled module. The cache is only a matter of speed, so failures are not reported.
    pub(super) fn store(&self, hash: &[u8; 32], facts: &Facts, module: &Module) {
        let mut header = Vec::new();
        let Ok(code) = module.serialize() else { return };
        if ciborium::into_writer(facts, &mut header).is_err() {
            return;
        }
        let mut content = (header.len() as u64).to_le_bytes().to_vec();
        content.extend_from_slice(&header);
        content.extend_from_slice(&code);
        let path = self.path(hash);
        let temporary = self.temporary();
        if write_file(&temporary, &content).and_then(|()| fs::rename(&temporary, path)).is_err() {
            // Nothing to do about a file that cannot be removed either.
            let _ = fs::remove_file(&temporary);
        }
    }

    fn path(&self, hash: &[u8; 32]) -> PathBuf {
        let key = Sha256::new().chain_update(self.fingerprint).chain_update(hash).finalize();
        self.dir.join(format!("{}.code", hex::encode(key)))
    }

    /// A name no other process or thread writes to.
    fn temporary(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.dir.join(format!("{}-{number}.tmp", process::id()))
    }
}

fn write_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&Sha256::digest(content))?;
    file.write_all(content)
}

/// Machine code is executed, so nobody else may put files there.
fn create_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn fingerprint(engine: &Engine) -> [u8; 32] {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Sha256::new()
        .chain_update(hasher.finish().to_le_bytes())
        .chain_update(wasm::VERSION.to_le_bytes())
        .finalize()
        .into()
}
