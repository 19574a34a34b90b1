//! Where the canisters of a network are: `.granary/<network>.ids.json` below the working folder.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use candid::Principal;

use crate::{exit::Exit, failure::Failure};

/// Canister ids by name.
#[derive(Debug)]
pub(crate) struct Ids {
    path: PathBuf,
    network: String,
    known: BTreeMap<String, String>,
}

impl Ids {
    /// Reads the ids of `network`; a missing file means that none are known.
    pub(crate) fn load(folder: &Path, network: &str) -> Result<Self, Failure> {
        let path = folder.join(".granary").join(format!("{}.ids.json", file_name(network)));
        let known = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let message =
                    format!("{} is not a table of canister ids ({error})", path.display());
                Failure::new(Exit::Usage, "cli.ids", message).next("granary deploy")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(Failure::file("read", &path)(error)),
        };
        Ok(Self { path, network: network.to_owned(), known })
    }

    /// The id of the canister `name`.
    pub(crate) fn get(&self, name: &str) -> Result<Principal, Failure> {
        let text = self.known.get(name).ok_or_else(|| {
            let message = format!("no {name} canister is known on network {}", self.network);
            Failure::new(Exit::Usage, "cli.no_canister", message)
                .next("granary deploy, or the same with --canister ID")
        })?;
        Principal::from_text(text).map_err(|error| {
            let message = format!("{} holds `{text}` ({error})", self.path.display());
            Failure::new(Exit::Usage, "cli.ids", message).next("granary deploy")
        })
    }

    /// Remembers the id of `name`.
    pub(crate) fn set(&mut self, name: &str, id: Principal) -> Result<(), Failure> {
        self.known.insert(name.to_owned(), id.to_text());
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
        }
        let mut text = serde_json::to_string_pretty(&self.known).expect("a map of texts is JSON");
        text.push('\n');
        std::fs::write(&self.path, text).map_err(Failure::file("write", &self.path))
    }

    /// The file the ids are in.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A host name may hold nothing that means something in a path.
pub(crate) fn file_name(network: &str) -> String {
    network
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_for_each_network() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = Principal::from_slice(&[1, 2, 3]);
        let mut ids = Ids::load(folder.path(), "local").expect("loads");
        assert_eq!(ids.get("micro_grants").expect_err("none yet").code, "cli.no_canister");
        ids.set("micro_grants", id).expect("writes");
        let again = Ids::load(folder.path(), "local").expect("loads");
        assert_eq!(again.get("micro_grants"), Ok(id));
        let other = Ids::load(folder.path(), "../ic").expect("loads");
        assert!(other.get("micro_grants").is_err());
        assert!(other.path().starts_with(folder.path().join(".granary")));
    }

    #[test]
    fn a_spoilt_file_is_a_usage_error() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(".granary")).expect("creates");
        let path = folder.path().join(".granary").join("local.ids.json");
        std::fs::write(&path, "[").expect("writes");
        assert_eq!(Ids::load(folder.path(), "local").expect_err("spoilt").exit, Exit::Usage);
        std::fs::write(&path, r#"{"micro_grants":"not an id"}"#).expect("writes");
        let ids = Ids::load(folder.path(), "local").expect("loads");
        assert_eq!(ids.get("micro_grants").expect_err("spoilt").code, "cli.ids");
    }
}
