//! The checkout: its root, cargo's view of it, and the files that belong to it.

use std::{
    cell::OnceCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// The checkout the tasks work on.
#[derive(Debug)]
pub(crate) struct Project {
    /// Root folder of the workspace.
    pub(crate) root: PathBuf,
    metadata: OnceCell<Metadata>,
}

impl Project {
    /// Finds the checkout around the working folder.
    pub(crate) fn open() -> Result<Self, String> {
        let root = granary_build::workspace_root().map_err(|error| error.to_string())?;
        Ok(Self { root, metadata: OnceCell::new() })
    }

    /// cargo's dependency graph over all platforms.
    pub(crate) fn metadata(&self) -> Result<&Metadata, String> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        let metadata = self.ask_cargo(&["--locked"])?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    /// cargo's dependency graph with further options.
    pub(crate) fn ask_cargo(&self, options: &[&str]) -> Result<Metadata, String> {
        MetadataCommand::new()
            .current_dir(&self.root)
            .other_options(options.iter().map(|&option| option.to_owned()).collect::<Vec<_>>())
            .exec()
            .map_err(|error| format!("cargo metadata: {error}"))
    }

    /// The workspace's own packages.
    pub(crate) fn packages(&self) -> Result<Vec<&Package>, String> {
        let metadata = self.metadata()?;
        let mut packages = metadata.workspace_packages();
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(packages)
    }

    /// A package's folder relative to the root, with `/`.
    pub(crate) fn folder_of(&self, package: &Package) -> String {
        let folder = package.manifest_path.parent().map_or("", |path| path.as_str());
        let root = self.root.to_string_lossy();
        folder.strip_prefix(root.as_ref()).unwrap_or(folder).trim_start_matches('/').to_owned()
    }

    /// Names of the canisters: the folders below `canisters`.
    pub(crate) fn canisters(&self) -> Vec<String> {
        self.folders_in("canisters")
    }

    /// Names of the canisters that only tests install.
    pub(crate) fn fixtures(&self) -> Vec<String> {
        self.folders_in("tests/canisters")
    }

    fn folders_in(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let names: BTreeSet<String> = entries
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.into_iter().collect()
    }

    /// The packages that are compiled into a canister: shells, cores and what they are made of.
    pub(crate) fn canister_side(&self) -> Result<Vec<&Package>, String> {
        let packages = self.packages()?;
        let mut side: BTreeSet<&str> = packages
            .iter()
            .filter(|package| {
                let folder = self.folder_of(package);
                folder.starts_with("canisters/") || folder.starts_with("tests/canisters/")
            })
            .map(|package| package.name.as_str())
            .collect();
        loop {
            let before = side.len();
            for package in &packages {
                if side.contains(package.name.as_str()) {
                    side.extend(package.dependencies.iter().filter_map(|dependency| {
                        let shipped = dependency.kind == cargo_metadata::DependencyKind::Normal
                            && dependency.path.is_some();
                        shipped.then_some(dependency.name.as_str())
                    }));
                }
            }
            if side.len() == before {
                break;
            }
        }
        Ok(packages.into_iter().filter(|package| side.contains(package.name.as_str())).collect())
    }

    /// Every file that is committed or about to be: tracked, or new and not ignored. Sorted,
    /// relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<String>, String> {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .map_err(|error| format!("cannot run git: {error}"))?;
        if !output.status.success() {
            return Err(format!(
                "git ls-files: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ));
        }
        let files: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        Ok(files.into_iter().collect())
    }

    /// The content of a file below the root.
    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> Result<String, String> {
        let path = self.root.join(&relative);
        std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", relative.as_ref().display()))
    }
}
