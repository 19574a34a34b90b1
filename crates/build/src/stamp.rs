//! The content hash by which a repeated build is recognised without asking cargo.
//!
//! A stamp names the folders a canister was built from and the hash of everything in them. The
//! folder list itself can only change together with a manifest in one of them or the lock file,
//! which are part of the hash; so comparing hashes over the recorded list is enough.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::BuildError;

/// Raised when the sections, the flags or the stamp itself change their meaning.
const FORMAT: u8 = 2;

/// Files of the root that decide the bytes of every canister.
const ROOT_FILES: [&str; 4] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml"];

/// Folders of a package that no canister is compiled from.
const NOT_COMPILED: [&str; 4] = ["tests", "benches", "examples", "target"];

/// What the last build of one output was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Hash over sources, options, compiler and commit.
    pub(crate) inputs: String,
    /// Hash of the module that was written.
    pub(crate) module: String,
    /// Version the module was built as.
    pub(crate) version: String,
    /// The folders the inputs were read from, relative to the root.
    pub(crate) folders: Vec<String>,
}

impl Stamp {
    /// Reads a stamp; a missing or damaged one is no stamp.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let mut lines = text.lines().map(str::to_owned);
        let (inputs, module, version) = (lines.next()?, lines.next()?, lines.next()?);
        Some(Self { inputs, module, version, folders: lines.collect() })
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), BuildError> {
        let text = format!(
            "{}\n{}\n{}\n{}\n",
            self.inputs,
            self.module,
            self.version,
            self.folders.join("\n")
        );
        std::fs::write(path, text).map_err(BuildError::file("cannot write", path))
    }
}

/// The paths, relative to the root, that decide the bytes of a canister.
pub(crate) fn input_paths(name: &str, folders: &[String]) -> Vec<String> {
    let mut paths = folders.to_vec();
    paths.extend(ROOT_FILES.map(str::to_owned));
    paths.push(format!("candid/{name}.did"));
    paths
}

/// Hash over all files of `folders`, the root's files, the interface, and `extra`.
pub(crate) fn inputs_hash(
    root: &Path,
    name: &str,
    folders: &[String],
    extra: &[&str],
) -> Result<String, BuildError> {
    let mut hash = Sha256::new();
    hash.update([FORMAT]);
    for text in extra {
        absorb(&mut hash, text.as_bytes());
    }
    for path in input_paths(name, folders) {
        let absolute = root.join(&path);
        let mut files = Vec::new();
        list_files(&absolute, &mut files)?;
        files.sort();
        for file in files {
            let relative = file.strip_prefix(root).unwrap_or(&file);
            absorb(&mut hash, relative.to_string_lossy().as_bytes());
            let content = std::fs::read(&file).map_err(BuildError::file("cannot read", &file))?;
            absorb(&mut hash, &content);
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// The length before the bytes keeps two neighbours from being taken for one.
fn absorb(hash: &mut Sha256, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).expect("a file is shorter than 2^64 bytes");
    hash.update(length.to_be_bytes());
    hash.update(bytes);
}

fn list_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(BuildError::file("cannot list", path))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && !NOT_COMPILED.contains(&name.as_ref()) {
            list_files(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compiled_file_counts_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("below the root")).expect("created");
            std::fs::write(path, text).expect("written");
        };
        write("Cargo.lock", "1");
        write("a/src/lib.rs", "1");
        write("a/Cargo.toml", "1");
        let folders = ["a".to_owned()];
        let hash = |extra: &[&str]| inputs_hash(root, "a", &folders, extra).expect("a hash");
        let first = hash(&["v1"]);
        assert_eq!(first, hash(&["v1"]));
        assert_ne!(first, hash(&["v2"]), "options count");
        write("a/tests/it.rs", "1");
        write("b/src/lib.rs", "1");
        assert_eq!(first, hash(&["v1"]), "tests and other packages do not count");
        for path in ["a/src/lib.rs", "a/src/new.rs", "Cargo.lock", "candid/a.did"] {
            let before = hash(&["v1"]);
            write(path, "2");
            assert_ne!(before, hash(&["v1"]), "{path} counts");
        }
    }

    #[test]
    fn a_stamp_survives_the_disk() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("stamp");
        assert_eq!(Stamp::read(&path), None);
        let stamp = Stamp {
            inputs: "i".to_owned(),
            module: "m".to_owned(),
            version: "1".to_owned(),
            folders: vec!["a".to_owned(), "b/c".to_owned()],
        };
        stamp.write(&path).expect("written");
        assert_eq!(Stamp::read(&path), Some(stamp));
        std::fs::write(&path, "half").expect("written");
        assert_eq!(Stamp::read(&path), None);
    }
}
