//! The directory an instance keeps its state in. It belongs to one process at a time.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use crate::network::{Network, NetworkConfig, persist::LOCK};

/// A state directory that is this process's until the value is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Home {
    dir: PathBuf,
    _lock: File,
}

impl Home {
    /// Takes possession of the directory, creating it when there is none.
    pub(super) fn take(dir: PathBuf) -> Result<Self, String> {
        let failed =
            |why: std::io::Error| format!("cannot use {} for the state: {why}", dir.display());
        std::fs::create_dir_all(&dir).map_err(failed)?;
        let file = File::options().create(true).append(true).open(dir.join(LOCK));
        let lock = file.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(format!("the state in {} is in use by another process", dir.display()))
            }
            Err(TryLockError::Error(why)) => Err(failed(why)),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The network that is kept here, or a new one, which is kept here from now on.
    pub(super) fn network(&self, config: NetworkConfig) -> Result<Network, String> {
        let mut network = if Network::is_saved_in(&self.dir) {
            let (network, torn) = Network::load_telling(&self.dir, config)?;
            if torn > 0 {
                eprintln!(
                    "localnet: the last {torn} bytes of the journal in {} are no whole entry: \
                     nobody was answered on it, it is left out",
                    self.dir.display()
                );
            }
            network
        } else {
            Network::new(config)?
        };
        network.keep_in(&self.dir)?;
        Ok(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_one_at_a_time() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = Home::take(dir.path().to_owned()).expect("free");
        let error = Home::take(dir.path().to_owned()).expect_err("taken");
        assert!(error.contains("in use by another process"), "{error}");
        drop(first);
        Home::take(dir.path().to_owned()).expect("free again");
    }
}
