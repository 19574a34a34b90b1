//! Where the checkout is, and which of its folders a canister is made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{CrateType, DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::{BuildError, WASM_TARGET};

/// Canisters that only tests install.
const FOR_TESTS: &str = "tests/canisters";

/// The root folder of the checkout: the nearest folder above the working folder with a workspace
/// manifest and a `canisters` folder, or else the folder this crate was compiled in.
pub fn root() -> Result<PathBuf, BuildError> {
    let here = std::env::current_dir().map_err(BuildError::file("cannot read", "."))?;
    let compiled_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .chain(compiled_in.ancestors())
        .find(|folder| is_root(folder))
        .map(Path::to_path_buf)
        .ok_or(BuildError::NoWorkspace(here))
}

fn is_root(folder: &Path) -> bool {
    folder.join("canisters").is_dir()
        && std::fs::read_to_string(folder.join("Cargo.toml"))
            .is_ok_and(|manifest| manifest.contains("[workspace]"))
}

/// What `cargo metadata` says for the Wasm target. Needs the lock file to be up to date.
pub(crate) fn metadata(root: &Path) -> Result<Metadata, BuildError> {
    let mut command = MetadataCommand::new();
    command.current_dir(root).other_options(vec![
        "--locked".to_owned(),
        "--filter-platform".to_owned(),
        WASM_TARGET.to_owned(),
    ]);
    command.exec().map_err(|error| BuildError::Metadata(error.to_string()))
}

/// The parts of the workspace that decide a canister's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closure {
    /// The canister's package name.
    pub(crate) name: String,
    /// Where its interface file lies, relative to the root.
    pub(crate) interface: String,
    /// Folders of the workspace packages it is built from, relative to the root, sorted.
    pub(crate) folders: Vec<String>,
    /// Folders that third-party sources lie in; their names must not reach the module.
    pub(crate) registries: Vec<PathBuf>,
    /// Version of the workspace, the default version of the canister.
    pub(crate) version: String,
    /// Oldest readable and current schema of the stable layout, where the core states them.
    pub(crate) schema: Option<(u64, u64)>,
}

/// Follows the dependencies of the canister `name`, leaving out those only tests need.
pub(crate) fn closure(metadata: &Metadata, name: &str) -> Result<Closure, BuildError> {
    let canisters = canisters(metadata);
    let Some(package) = canisters.get(name) else {
        let known = canisters.keys().copied().collect::<Vec<_>>().join(", ");
        return Err(BuildError::UnknownCanister { name: name.to_owned(), known });
    };
    let needed = reachable(metadata, &package.id)?;
    let root = metadata.workspace_root.as_std_path();
    let own_folder = package.manifest_path.as_std_path().parent().unwrap_or(root);
    let interface = interface_of(name, own_folder.strip_prefix(root).unwrap_or(own_folder));
    let mut folders = BTreeSet::new();
    let mut registries = BTreeSet::new();
    let mut schema = None;
    for package in metadata.packages.iter().filter(|package| needed.contains(&package.id)) {
        let folder = package.manifest_path.as_std_path().parent().unwrap_or(root);
        if package.source.is_some() {
            registries.extend(folder.parent().map(Path::to_path_buf));
            continue;
        }
        let relative = folder.strip_prefix(root).unwrap_or(folder);
        folders.insert(relative.to_string_lossy().replace('\\', "/"));
        schema = schema.or_else(|| schema_of(&package.metadata));
    }
    Ok(Closure {
        name: name.to_owned(),
        interface,
        folders: folders.into_iter().collect(),
        registries: registries.into_iter().collect(),
        version: package.version.to_string(),
        schema,
    })
}

/// `[package.metadata.granary] schema = [oldest, current]`, as a core states it.
fn schema_of(metadata: &serde_json::Value) -> Option<(u64, u64)> {
    let range = metadata.get("granary")?.get("schema")?.as_array()?;
    match range.as_slice() {
        [oldest, current] => Some((oldest.as_u64()?, current.as_u64()?)),
        _ => None,
    }
}

/// The interface file of the canister `name` whose package lies in `folder`, relative to the root.
/// The suite's interfaces lie together; a canister for tests has its own beside its sources.
fn interface_of(name: &str, folder: &Path) -> String {
    if folder.starts_with(FOR_TESTS) {
        return format!("{}/{name}.did", folder.to_string_lossy().replace('\\', "/"));
    }
    format!("candid/{name}.did")
}

/// The workspace packages that build to a canister: they lie below `canisters`, or among the
/// canisters for tests, and make a cdylib.
pub(crate) fn canisters(metadata: &Metadata) -> BTreeMap<&str, &cargo_metadata::Package> {
    let root = &metadata.workspace_root;
    let folders = [root.join("canisters"), root.join(FOR_TESTS)];
    let is_among = |path: &cargo_metadata::camino::Utf8Path| {
        folders.iter().any(|folder| path.starts_with(folder))
    };
    metadata
        .packages
        .iter()
        .filter(|package| package.source.is_none() && is_among(&package.manifest_path))
        .filter(|package| {
            package.targets.iter().any(|target| target.crate_types.contains(&CrateType::CDyLib))
        })
        .map(|package| (package.name.as_str(), package))
        .collect()
}

/// Every package `from` is built of: normal and build dependencies, transitively.
fn reachable(metadata: &Metadata, from: &PackageId) -> Result<BTreeSet<PackageId>, BuildError> {
    let Some(graph) = metadata.resolve.as_ref() else {
        return Err(BuildError::Metadata("no dependency graph in the answer".to_owned()));
    };
    let nodes: BTreeMap<_, _> = graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([from.clone()]);
    let mut open = vec![from.clone()];
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(&id) else { continue };
        for dependency in &node.deps {
            let shipped =
                dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development);
            if shipped && seen.insert(dependency.pkg.clone()) {
                open.push(dependency.pkg.clone());
            }
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canister_for_tests_keeps_its_interface_beside_its_sources() {
        let of = |folder: &str| interface_of("a", Path::new(folder));
        assert_eq!(of("canisters/a/shell"), "candid/a.did");
        assert_eq!(of("tests/canisters/a"), "tests/canisters/a/a.did");
    }
}
