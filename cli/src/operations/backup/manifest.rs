//! What a backup is: who, where, when, and what every file of it must hash to.

use std::path::Path;

use candid::Principal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::folder;
use crate::{
    exit::Exit,
    failure::Failure,
    operations::release::plan::Target,
    suite::{self, Member},
};

/// The file that lists the others.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The manifest's own hash, in the form `sha256sum -c` reads. It is found when a byte of the
/// manifest changes by accident; whoever changes both on purpose is not.
pub(crate) const DIGEST: &str = "manifest.sha256";
/// Name and version of the manifest's shape.
pub(crate) const SHAPE: &str = "granary.backup/2";

/// A backup of some canisters of one network, taken at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) shape: String,
    /// Version of the tool that took it.
    pub(crate) tool: String,
    pub(crate) network: String,
    /// The network's root key in DER, hexadecimal; none when it was only fetched.
    pub(crate) root_key: Option<String>,
    pub(crate) taken_at: String,
    /// Whether all canisters took no work from before the first was saved until after the last.
    pub(crate) drained: bool,
    pub(crate) crew: Acting,
    pub(crate) canisters: Vec<Kept>,
}

/// The principals that acted, who may do the same in a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acting {
    pub(crate) controller: String,
    pub(crate) governor: String,
    pub(crate) auditor: String,
    pub(crate) backup: String,
}

/// One canister of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) canister: String,
    pub(crate) version: String,
    pub(crate) state_schema: u32,
    /// SHA-256 of the code that ran, as the network tells it.
    pub(crate) module_hash: String,
    /// The network's time at the snapshot, nanoseconds since 1970.
    pub(crate) taken_at_ns: u64,
    /// Events of the canister's journal, and the hash of the newest of them.
    pub(crate) events: u64,
    pub(crate) journal_head: String,
    /// Over every record of every domain but the journal.
    pub(crate) state_sha256: String,
    pub(crate) parts: Vec<Part>,
}

/// A file of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Below the backup's folder.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Kept {
    /// The canister as the steps of a release name it.
    pub(crate) fn target(&self) -> Target {
        let (name, canister) = (self.name.clone(), self.canister.clone());
        Target { name, canister, ..Target::default() }
    }

    /// The canister's id.
    pub(crate) fn id(&self) -> Result<Principal, Failure> {
        principal(&self.canister)
    }

    /// What this tool knows of the canister.
    pub(crate) fn member(&self) -> Result<&'static Member, Failure> {
        suite::member(&self.name)
    }

    /// Bytes of all its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).fold(0, u64::saturating_add)
    }
}

/// A backup's fault.
pub(crate) fn spoilt(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, "cli.backup", message).next("granary backup list")
}

/// The principal a manifest names.
pub(crate) fn principal(text: &str) -> Result<Principal, Failure> {
    Principal::from_text(text)
        .map_err(|error| spoilt(format!("the manifest names the principal `{text}` ({error})")))
}

impl Manifest {
    /// Reads the manifest of `folder`, after its own hash was compared.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let message = format!("{} is no backup: it has no manifest", folder.display());
                return Err(spoilt(message));
            }
            Err(error) => return Err(Failure::file("read", &path)(error)),
        };
        let digest = folder.join(DIGEST);
        let line = std::fs::read_to_string(&digest).map_err(Failure::file("read", &digest))?;
        let said = line.split_whitespace().next().unwrap_or_default();
        if said != hex::encode(Sha256::digest(&bytes)) {
            let (path, digest) = (path.display(), digest.display());
            return Err(spoilt(format!("{path} is not the file whose hash is in {digest}")));
        }
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|error| spoilt(format!("{} is not a manifest ({error})", path.display())))?;
        if manifest.shape != SHAPE {
            let (path, shape) = (path.display(), &manifest.shape);
            return Err(spoilt(format!("{path} has the shape {shape}, and {SHAPE} is read here")));
        }
        Ok(manifest)
    }

    /// Reads the manifest and compares every file with it.
    pub(crate) fn checked(folder: &Path) -> Result<Self, Failure> {
        let manifest = Self::read(folder)?;
        match manifest.differences(folder).into_iter().next() {
            None => Ok(manifest),
            Some(problem) => Err(spoilt(problem)),
        }
    }

    /// What every file is that is not as it was written.
    pub(crate) fn differences(&self, folder: &Path) -> Vec<String> {
        let parts = self.canisters.iter().flat_map(|kept| &kept.parts);
        parts.filter_map(|part| difference(folder, part)).collect()
    }

    /// The canister `name` of the backup.
    pub(crate) fn kept(&self, name: &str) -> Result<&Kept, Failure> {
        self.canisters.iter().find(|kept| kept.name == name).ok_or_else(|| {
            let there: Vec<&str> = self.canisters.iter().map(|kept| kept.name.as_str()).collect();
            let message = format!("the backup has no {name}; it has {}", there.join(", "));
            Failure::new(Exit::Usage, "cli.canister_name", message).next("granary backup list")
        })
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.canisters.iter().map(Kept::bytes).fold(0, u64::saturating_add)
    }

    /// SHA-256 of the manifest in `folder`, which names the backup.
    pub(crate) fn digest(folder: &Path) -> Result<String, Failure> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
        Ok(hex::encode(Sha256::digest(bytes)))
    }
}

fn difference(folder: &Path, part: &Part) -> Option<String> {
    let Some(path) = folder::inside(folder, &part.file) else {
        return Some(format!("`{}` is no name of a file of a backup", part.file));
    };
    let found = match folder::measure(folder, &part.file) {
        Ok(found) => found,
        Err(failure) => return Some(failure.message),
    };
    if found.bytes != part.bytes {
        let (path, found, bytes) = (path.display(), found.bytes, part.bytes);
        return Some(format!("{path} has {found} bytes and was written with {bytes}"));
    }
    let same = found.sha256 == part.sha256;
    (!same).then(|| format!("{} is not the file that was written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A backup of one file.
    fn backup() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        folder::write(&folder.path().join("incomplete"), b"").expect("writes");
        let mut part = folder::Writer::create(folder.path(), "a/heap.bin".to_owned()).expect("new");
        part.add(b"state").expect("writes");
        let parts = vec![part.finish().expect("ends")];
        let kept = Kept { name: "registry".to_owned(), parts, ..Kept::default() };
        let shape = SHAPE.to_owned();
        let manifest = Manifest { shape, canisters: vec![kept], ..Manifest::default() };
        folder::seal(folder.path(), &manifest).expect("seals");
        folder
    }

    #[test]
    fn every_changed_byte_is_found_and_its_file_named() {
        for file in ["a/heap.bin", MANIFEST, DIGEST] {
            let folder = backup();
            Manifest::checked(folder.path()).expect("whole");
            let path = folder.path().join(file);
            let whole = std::fs::read(&path).expect("reads");
            // What stands behind the hash in its file is for other programs.
            let counts = if file == DIGEST { 64 } else { whole.len() };
            for at in 0..counts {
                let mut bytes = whole.clone();
                bytes[at] ^= 1;
                std::fs::write(&path, &bytes).expect("writes");
                let failure = Manifest::checked(folder.path()).expect_err("changed");
                assert!(failure.message.contains(file), "{file} at {at}: {failure}");
            }
        }
    }

    #[test]
    fn a_missing_or_shorter_file_is_found() {
        let folder = backup();
        std::fs::write(folder.path().join("a/heap.bin"), b"stat").expect("writes");
        let failure = Manifest::checked(folder.path()).expect_err("shorter");
        assert!(failure.message.contains("4 bytes and was written with 5"), "{failure}");
        std::fs::remove_file(folder.path().join("a/heap.bin")).expect("removes");
        let failure = Manifest::checked(folder.path()).expect_err("missing");
        assert!(failure.message.contains("heap.bin"), "{failure}");
        std::fs::remove_file(folder.path().join(MANIFEST)).expect("removes");
        let failure = Manifest::checked(folder.path()).expect_err("no backup");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Usage, "cli.backup"));
    }
}
