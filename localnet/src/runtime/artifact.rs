//! Compiled modules on disk, each file checked before it is used and replaced atomically.
//!
//! What is known of a module lies under the hash of its bytes, machine code under the hash of the
//! module that was compiled. Modules that differ in custom sections, packing or names of exports
//! alone, as releases of the same code do, share the code.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use super::deserialize::deserialize;
use crate::wasm::{self, Facts};

/// First bytes of every file; the number is that of the file format.
const MAGIC: &[u8; 16] = b"localnet code 2\n";
const DIGEST_BYTES: usize = 32;
/// The file that is locked by whoever compiles.
const LOCK: &str = "lock";

/// SHA-256 of a rewritten module: what decides its machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CodeKey([u8; 32]);

impl CodeKey {
    pub(super) fn of(rewritten: &[u8]) -> Self {
        Self(Sha256::digest(rewritten).into())
    }
}

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

    /// What is known of the module with this hash, and under which key its machine code lies; None
    /// when there is none or its file is damaged.
    pub(super) fn facts(&self, hash: &[u8; 32]) -> Option<(CodeKey, Facts)> {
        let content = read_file(&self.path(hash, "facts"))?;
        ciborium::from_reader(content.as_slice()).ok()
    }

    /// Machine code compiled earlier; None when there is none or its file is damaged.
    pub(super) fn code(&self, engine: &Engine, key: &CodeKey) -> Option<Module> {
        deserialize(engine, &read_file(&self.path(&key.0, "code"))?).ok()
    }

    /// Waits until no other process compiles into this directory, and keeps the others waiting
    /// until it is dropped. Without it, as many as start together compile the same modules at once.
    /// None where the file system has no locks: that costs time alone.
    pub(super) fn turn(&self) -> Option<fs::File> {
        let file = fs::File::create(self.dir.join(LOCK)).ok()?;
        file.lock().is_ok().then_some(file)
    }

    /// Keeps what is known of a module.
    pub(super) fn store_facts(&self, hash: &[u8; 32], key: CodeKey, facts: &Facts) {
        let mut content = Vec::new();
        if ciborium::into_writer(&(key, facts), &mut content).is_ok() {
            self.replace(&self.path(hash, "facts"), &content);
        }
    }

    /// Keeps machine code.
    pub(super) fn store_code(&self, key: &CodeKey, module: &Module) {
        if let Ok(code) = module.serialize() {
            self.replace(&self.path(&key.0, "code"), &code);
        }
    }

    /// The cache is only a matter of speed, so failures are not reported.
    fn replace(&self, path: &Path, content: &[u8]) {
        let temporary = self.temporary();
        if write_file(&temporary, content).and_then(|()| fs::rename(&temporary, path)).is_err() {
            // Nothing to do about a file that cannot be removed either.
            let _ = fs::remove_file(&temporary);
        }
    }

    fn path(&self, hash: &[u8; 32], kind: &str) -> PathBuf {
        let key = Sha256::new().chain_update(self.fingerprint).chain_update(hash).finalize();
        self.dir.join(format!("{}.{kind}", hex::encode(key)))
    }

    /// A name no other process or thread writes to.
    fn temporary(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.dir.join(format!("{}-{number}.tmp", process::id()))
    }
}

/// The content of a file as it was written; None for any other.
fn read_file(path: &Path) -> Option<Vec<u8>> {
    let mut file = fs::read(path).ok()?;
    let (digest, content) = file.strip_prefix(MAGIC)?.split_at_checked(DIGEST_BYTES)?;
    if Sha256::digest(content)[..] != *digest {
        return None;
    }
    file.drain(..MAGIC.len() + DIGEST_BYTES);
    Some(file)
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
