//! The public questions: give me the module of this canister, in this version.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::{
    BuildError, candid_text, compile, git, places,
    sections::with_public_sections,
    stamp::{self, Stamp},
    toolchain, workspace,
    workspace::Closure,
};

/// How a variant differs from what is deployed. Each combination has its own output file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildOptions {
    /// The version the canister reports, such as `0.2.0`; `None` is the workspace's version.
    pub version: Option<String>,
    /// Cargo features of the canister package to switch on.
    pub features: Vec<String>,
}

/// A built module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where the module lies; a gzip copy lies beside it as `.wasm.gz`.
    pub path: PathBuf,
    /// The module hash the network will show: SHA-256 of `bytes`.
    pub sha256: [u8; 32],
    /// The module, metadata sections included.
    pub bytes: Vec<u8>,
    /// The version the module was built as.
    pub version: String,
}

impl Artifact {
    /// The module hash as 64 lower-case hexadecimal characters.
    pub fn hash_hex(&self) -> String {
        hex::encode(self.sha256)
    }

    /// The module compressed: what fits one message when the module itself does not. The network
    /// shows the hash of these bytes when they are what is installed.
    pub fn gzip(&self) -> Result<Vec<u8>, BuildError> {
        let path = self.path.with_extension("wasm.gz");
        std::fs::read(&path).map_err(BuildError::file("cannot read", path))
    }

    /// The module compressed, as if its sources came from the commit that is all zeros. A canister
    /// keeps that text, so its length decides a little of what calls cost: it is longer in a work
    /// tree with changes, and missing in a shallow clone.
    pub fn gzip_of_no_commit(&self) -> Result<Vec<u8>, BuildError> {
        let mut bytes = self.bytes.clone();
        places::COMMIT.write_anew(&mut bytes, &"0".repeat(40));
        packed(&bytes).map_err(BuildError::file("cannot compress", &self.path))
    }
}

type Built = BTreeMap<(String, BuildOptions), Artifact>;

/// Modules already asked for in this process: within one run the sources are taken as they were.
static BUILT: Mutex<Built> = Mutex::new(BTreeMap::new());

/// The module of the canister `name` as it is deployed.
pub fn canister(name: &str) -> Result<Artifact, BuildError> {
    canister_with(name, &BuildOptions::default())
}

/// The module of the canister `name` built with `options`.
///
/// Builds when the sources changed since the last call by any process, and reads the file
/// otherwise. Processes and threads that ask at the same time wait for one build.
pub fn canister_with(name: &str, options: &BuildOptions) -> Result<Artifact, BuildError> {
    let mut artifacts = canisters(&[name], options)?;
    Ok(artifacts.swap_remove(0))
}

/// The modules of the canisters `names` built with `options`, in this order. What has to be
/// compiled is compiled in one run, which keeps every core busy: the last step of each module has
/// one thread only.
pub fn canisters(names: &[&str], options: &BuildOptions) -> Result<Vec<Artifact>, BuildError> {
    // A panic while the lock was held left the map as it was before the insertion.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let key = |name: &str| (name.to_owned(), options.clone());
    let unknown: Vec<&str> =
        names.iter().copied().filter(|name| !built.contains_key(&key(name))).collect();
    if !unknown.is_empty() {
        for (name, artifact) in current(&unknown, options)? {
            built.insert(key(&name), artifact);
        }
    }
    Ok(names.iter().map(|name| built[&key(name)].clone()).collect())
}

/// The modules of all canisters of the workspace, those for tests included, as [`canisters`] builds
/// them. Whoever goes on to need most of them asks for this first.
pub fn every_canister() -> Result<Vec<Artifact>, BuildError> {
    let metadata = workspace::metadata(&workspace::root()?)?;
    let names: Vec<&str> = workspace::canisters(&metadata).into_keys().collect();
    canisters(&names, &BuildOptions::default())
}

/// Where things are in one build.
struct Place {
    root: PathBuf,
    target: PathBuf,
    /// Where the modules lie.
    folder: PathBuf,
}

impl Place {
    fn find() -> Result<Self, BuildError> {
        let root = workspace::root()?;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        let folder = target.join("canisters");
        std::fs::create_dir_all(&folder).map_err(BuildError::file("cannot create", &folder))?;
        Ok(Self { root, target, folder })
    }

    fn module(&self, name: &str, options: &BuildOptions) -> PathBuf {
        self.folder.join(format!("{}.wasm", file_stem(name, options)))
    }
}

fn current(
    names: &[&str],
    options: &BuildOptions,
) -> Result<BTreeMap<String, Artifact>, BuildError> {
    let place = Place::find()?;
    let lock_path = place.folder.join(".lock");
    let lock = File::create(&lock_path).map_err(BuildError::file("cannot create", &lock_path))?;
    lock.lock().map_err(BuildError::file("cannot lock", &lock_path))?;

    let mut artifacts = BTreeMap::new();
    let mut stale = Vec::new();
    for &name in names {
        match kept(&place, name, options)? {
            Some(artifact) => drop(artifacts.insert(name.to_owned(), artifact)),
            None => stale.push(name),
        }
    }
    if stale.is_empty() {
        return Ok(artifacts);
    }
    let metadata = workspace::metadata(&place.root)?;
    let closures: Vec<Closure> =
        stale.iter().map(|name| workspace::closure(&metadata, name)).collect::<Result<_, _>>()?;
    // Hashed before compiling: an edit made meanwhile leaves a stamp that no longer matches.
    let inputs: Vec<String> = closures
        .iter()
        .map(|closure| inputs(&place.root, &closure.name, &closure.folders, options))
        .collect::<Result<_, _>>()?;
    compile::compile(&place.root, &place.target, &closures, options)?;
    for (closure, inputs) in closures.into_iter().zip(inputs) {
        let name = closure.name.clone();
        artifacts.insert(name, finished(&place, closure, inputs, options)?);
    }
    Ok(artifacts)
}

/// The module that is there already, if it is what the sources give.
fn kept(place: &Place, name: &str, options: &BuildOptions) -> Result<Option<Artifact>, BuildError> {
    let path = place.module(name, options);
    if let Some(stamp) = Stamp::read(&path.with_extension("wasm.stamp"))
        && stamp.inputs == inputs(&place.root, name, &stamp.folders, options)?
        && let Ok(bytes) = std::fs::read(&path)
        && hex::encode(Sha256::digest(&bytes)) == stamp.module
    {
        return Ok(Some(artifact(path, bytes, stamp.version)));
    }
    Ok(None)
}

/// What the compiler wrote, with everything a module carries beside its code, in its place.
fn finished(
    place: &Place,
    closure: Closure,
    inputs: String,
    options: &BuildOptions,
) -> Result<Artifact, BuildError> {
    let compiled = compile::module_path(&place.target, &closure);
    let mut module =
        std::fs::read(&compiled).map_err(BuildError::file("cannot read", &compiled))?;
    let paths = stamp::input_paths(&closure.name, &closure.folders);
    let commit = git::source_commit(&place.root, &paths);
    if let Some(commit) = &commit {
        places::COMMIT.write(&mut module, commit);
    }
    let version = options.version.clone().unwrap_or_else(|| closure.version.clone());
    if !places::VERSION.write(&mut module, &version) {
        return Err(BuildError::LongVersion(version));
    }
    let bytes = with_metadata(&place.root, &module, &closure, &version, commit)?;
    let path = place.module(&closure.name, options);
    let stamp_path = path.with_extension("wasm.stamp");
    let artifact = artifact(path, bytes, version);
    write(&artifact)?;
    let module = artifact.hash_hex();
    Stamp { inputs, module, version: artifact.version.clone(), folders: closure.folders }
        .write(&stamp_path)?;
    Ok(artifact)
}

fn artifact(path: PathBuf, bytes: Vec<u8>, version: String) -> Artifact {
    Artifact { path, sha256: Sha256::digest(&bytes).into(), bytes, version }
}

fn inputs(
    root: &Path,
    name: &str,
    folders: &[String],
    options: &BuildOptions,
) -> Result<String, BuildError> {
    let compiler = toolchain::identity()?;
    let commit = git::source_commit(root, &stamp::input_paths(name, folders));
    let mut extra = vec![compiler.as_str(), commit.as_deref().unwrap_or("")];
    extra.push(options.version.as_deref().unwrap_or(""));
    extra.extend(options.features.iter().map(String::as_str));
    stamp::inputs_hash(root, name, folders, &extra)
}

/// `micro_grants`, `micro_grants@0.2.0`, `micro_grants@0.2.0+feature`.
fn file_stem(name: &str, options: &BuildOptions) -> String {
    let mut stem = name.to_owned();
    if let Some(version) = &options.version {
        stem.push('@');
        stem.extend(version.chars().map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => character,
            _ => '_',
        }));
    }
    for feature in &options.features {
        stem.push('+');
        stem.push_str(feature);
    }
    stem
}

/// The module with the sections by which anyone can learn its interface and its origin.
fn with_metadata(
    root: &Path,
    module: &[u8],
    closure: &Closure,
    version: &str,
    commit: Option<String>,
) -> Result<Vec<u8>, BuildError> {
    let mut sections = Vec::new();
    if let Ok(did) = std::fs::read_to_string(root.join(&closure.interface)) {
        let arguments = candid_text::init_args(&did);
        sections.push(("candid:service", did.into_bytes()));
        sections.extend(arguments.map(|text| ("candid:args", text.into_bytes())));
    }
    if let Some(commit) = commit {
        sections.push(("git_commit_id", commit.into_bytes()));
    }
    sections.push(("suite:canister", closure.name.as_bytes().to_vec()));
    sections.push(("suite:version", version.as_bytes().to_vec()));
    if let Some((oldest, current)) = closure.schema {
        sections.push(("suite:schema", format!("{oldest}-{current}").into_bytes()));
    }
    with_public_sections(module, &sections)
}

/// Writes the module and its gzip copy; the gzip header carries no time, so the copy is as
/// reproducible as the module.
fn write(artifact: &Artifact) -> Result<(), BuildError> {
    replace(&artifact.path, &artifact.bytes)?;
    let gzip_path = artifact.path.with_extension("wasm.gz");
    let packed =
        packed(&artifact.bytes).map_err(BuildError::file("cannot compress", &gzip_path))?;
    replace(&gzip_path, &packed)
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Writes beside the file and renames, so that nobody reads half a module.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, bytes).map_err(BuildError::file("cannot write", &draft))?;
    std::fs::rename(&draft, path).map_err(BuildError::file("cannot replace", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_its_own_file() {
        let with = |version: Option<&str>, features: &[&str]| BuildOptions {
            version: version.map(str::to_owned),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        assert_eq!(file_stem("micro_grants", &with(None, &[])), "micro_grants");
        assert_eq!(file_stem("a", &with(Some("0.2.0"), &[])), "a@0.2.0");
        assert_eq!(file_stem("a", &with(Some("../x"), &["bad", "slow"])), "a@.._x+bad+slow");
    }

    #[test]
    fn an_unknown_canister_is_refused_with_the_known_ones() {
        let refusal = canister("no_such_canister").expect_err("there is none");
        let words = refusal.to_string();
        assert!(words.contains("`no_such_canister`") && words.contains("micro_grants"), "{words}");
    }
}
