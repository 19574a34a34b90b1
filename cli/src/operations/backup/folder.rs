//! Folders of backups: where one is written, which ones there are, and how complete each is.
//!
//! A folder is a backup when its manifest is there, which is written last. Until then it holds the
//! file `incomplete`.

use std::{
    fs::{self, File},
    io::{ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::manifest::{DIGEST, MANIFEST, Manifest, Part};
use crate::{date, exit::Exit, failure::Failure};

/// Stands in a folder until its manifest does.
const INCOMPLETE: &str = "incomplete";
/// Bytes read at once where a file is hashed.
const BUFFER_BYTES: usize = 1 << 20;

/// A folder below the one the backups are kept in.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    /// False for one that was being written when its process ended.
    pub(crate) complete: bool,
}

/// A failed write as a sentence.
pub(crate) fn unwritten(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.to_path_buf();
    move |error| match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            let message = format!("the disk is full: {} could not be written", path.display());
            let next = "granary backup prune, or the same with --dir on another disk";
            Failure::new(Exit::Failed, "cli.disk_full", message).next(next)
        }
        _ => Failure::file("write", &path)(error),
    }
}

/// Where `name` is below `folder`; none for a name that would lead out of it.
pub(crate) fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let fits = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    name.split('/').all(fits).then(|| folder.join(name))
}

/// Creates the folder of a backup that begins now.
pub(crate) fn create(root: &Path, now_ns: u64) -> Result<PathBuf, Failure> {
    fs::create_dir_all(root).map_err(Failure::file("create", root))?;
    // Names sort by time.
    let stamp = date::iso(now_ns).replace(':', "");
    for number in 1..100 {
        let name = if number == 1 { stamp.clone() } else { format!("{stamp}-{number:02}") };
        let path = root.join(name);
        match fs::create_dir(&path) {
            Ok(()) => {
                write(&path.join(INCOMPLETE), b"Not a backup yet: its manifest is missing.\n")?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::file("create", &path)(error)),
        }
    }
    let message = format!("{} has a hundred backups of this second", root.display());
    Err(Failure::new(Exit::Failed, "cli.backup_folder", message))
}

/// Writes the manifest, by which the folder becomes a backup.
pub(crate) fn seal(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(manifest).expect("texts and numbers are JSON");
    text.push('\n');
    let line = format!("{}  {MANIFEST}\n", hex::encode(Sha256::digest(&text)));
    write(&folder.join(DIGEST), line.as_bytes())?;
    let temporary = folder.join("manifest.tmp");
    write(&temporary, text.as_bytes())?;
    let path = folder.join(MANIFEST);
    fs::rename(&temporary, &path).map_err(Failure::file("write", &path))?;
    let mark = folder.join(INCOMPLETE);
    fs::remove_file(&mark).map_err(Failure::file("remove", &mark))
}

/// The backups below `root`, oldest first. What is no folder of a backup is passed over.
pub(crate) fn list(root: &Path) -> Result<Vec<Entry>, Failure> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("read", root)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Failure::file("read", root))?.path();
        let complete = path.join(MANIFEST).exists() && path.join(DIGEST).exists();
        if complete || path.join(INCOMPLETE).exists() {
            found.push(Entry { path, complete });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Removes a folder that [`list`] found.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    fs::remove_dir_all(path).map_err(Failure::file("remove", path))
}

/// Writes a file whole, and comes back when it would survive a power cut.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(unwritten(path))
}

/// Whether all bytes are zero, compared by the block.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    const ZEROS: [u8; 4096] = [0; 4096];
    bytes.chunks(ZEROS.len()).all(|block| *block == ZEROS[..block.len()])
}

/// A part of a backup that is being written piece by piece.
pub(crate) struct Writer {
    path: PathBuf,
    name: String,
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Writer {
    /// Begins the part `name` of the backup in `folder`.
    pub(crate) fn create(folder: &Path, name: String) -> Result<Self, Failure> {
        let path = folder.join(&name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritten(parent))?;
        }
        let file = File::create(&path).map_err(unwritten(&path))?;
        Ok(Self { path, name, file, hash: Sha256::new(), bytes: 0 })
    }

    /// Adds the next piece. Zeros take no room on the disk where it can leave them out.
    pub(crate) fn add(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let written = if is_zero(piece) {
            let end = self.bytes.saturating_add(length);
            self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end))).map(drop)
        } else {
            self.file.write_all(piece)
        };
        written.map_err(unwritten(&self.path))?;
        self.hash.update(piece);
        self.bytes += length;
        Ok(())
    }

    /// Ends the part.
    pub(crate) fn finish(self) -> Result<Part, Failure> {
        self.file.sync_all().map_err(unwritten(&self.path))?;
        Ok(Part { file: self.name, bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) })
    }
}

/// A file as a part: its length and hash as they are now.
pub(crate) fn measure(folder: &Path, name: &str) -> Result<Part, Failure> {
    let path = folder.join(name);
    let mut file = File::open(&path).map_err(Failure::file("read", &path))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; BUFFER_BYTES]);
    loop {
        let read =
            std::io::Read::read(&mut file, &mut buffer).map_err(Failure::file("read", &path))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
    }
    Ok(Part { file: name.to_owned(), bytes, sha256: hex::encode(hash.finalize()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = Path::new("kept");
        assert_eq!(inside(folder, "a/b-1.bin"), Some(folder.join("a/b-1.bin")));
        for name in ["", "/a", "../a", "a/../b", "a//b", "a/", ".hidden", "a\\b", "a b"] {
            assert_eq!(inside(folder, name), None, "{name}");
        }
    }

    #[test]
    fn a_folder_is_a_backup_when_its_manifest_is_there() {
        let root = tempfile::tempdir().expect("a folder");
        let torn = create(root.path(), 0).expect("creates");
        let whole = create(root.path(), 0).expect("the same second");
        assert_ne!(torn, whole);
        seal(&whole, &Manifest::default()).expect("seals");
        fs::create_dir(root.path().join("somebody-elses")).expect("creates");
        let found = list(root.path()).expect("lists");
        let shown: Vec<_> = found.iter().map(|one| (one.path.clone(), one.complete)).collect();
        assert_eq!(shown, [(torn, false), (whole, true)]);
        assert!(list(&root.path().join("none")).expect("lists").is_empty());
    }

    #[test]
    fn zeros_are_in_the_file_whether_they_take_room_or_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut part = Writer::create(folder.path(), "heap.bin".to_owned()).expect("opens");
        let pieces = [vec![0; 100_000], vec![7; 3], vec![0; 5], vec![9], vec![0; 70_000]];
        for piece in &pieces {
            part.add(piece).expect("writes");
        }
        let written = part.finish().expect("ends");
        assert_eq!(fs::read(folder.path().join("heap.bin")).expect("reads"), pieces.concat());
        assert_eq!(measure(folder.path(), "heap.bin"), Ok(written));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_one_sentence() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("/dev/full", folder.path().join("heap.bin")).expect("links");
        let mut part = Writer::create(folder.path(), "heap.bin".to_owned()).expect("opens");
        let failure = part.add(&[1; 10_000]).expect_err("full");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Failed, "cli.disk_full"));
        assert!(failure.to_string().contains("heap.bin"), "{failure}");
    }
}
