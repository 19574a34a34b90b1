//! One run of cargo for one canister or several: silent unless it takes long or fails.

use std::{
    io::{BufRead, BufReader, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::{BuildError, BuildOptions, WASM_TARGET, toolchain, workspace::Closure};

/// A build that takes longer than this starts to tell what it is doing.
const PATIENCE: Duration = Duration::from_secs(4);

/// Variables that would change the produced bytes, or that cargo sets for the programs it runs.
const FOREIGN_PREFIXES: [&str; 7] = [
    "CARGO_PKG_",
    "CARGO_PROFILE_",
    "CARGO_BUILD_",
    "CARGO_TARGET_",
    "CARGO_CFG_",
    "CARGO_MANIFEST_",
    "CARGO_INCREMENTAL",
];

/// Where cargo puts everything of the Wasm builds.
fn cargo_folder(target: &Path) -> PathBuf {
    target.join("wasm")
}

/// Where cargo leaves a canister's module.
fn folder(target: &Path) -> PathBuf {
    cargo_folder(target).join(WASM_TARGET).join("canister")
}

/// The module cargo writes for a canister.
pub(crate) fn module_path(target: &Path, closure: &Closure) -> PathBuf {
    folder(target).join(file(closure))
}

fn file(closure: &Closure) -> String {
    format!("{}.wasm", closure.name.replace('-', "_"))
}

/// Makes cargo link a canister anew when what it linked last had other features, or nobody knows
/// which. It writes every variant to the same file and, where the sources are the same, hands out
/// whichever is there. Noted before anything is linked, so that a killed build misleads nobody.
fn part_from_other_variants(
    target: &Path,
    closure: &Closure,
    options: &BuildOptions,
) -> Result<(), BuildError> {
    let linked = folder(target).join("deps").join(file(closure));
    let note = linked.with_extension("features");
    let features = options.features.join(",");
    if std::fs::read_to_string(&note).is_ok_and(|last| last == features) {
        return Ok(());
    }
    match std::fs::remove_file(&linked) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(BuildError::file("cannot remove", &linked)(error));
        }
        _ => {}
    }
    let parent = folder(target).join("deps");
    std::fs::create_dir_all(&parent).map_err(BuildError::file("cannot create", &parent))?;
    std::fs::write(&note, features).map_err(BuildError::file("cannot write", &note))
}

/// Compiles the canisters.
pub(crate) fn compile(
    root: &Path,
    target: &Path,
    closures: &[Closure],
    options: &BuildOptions,
) -> Result<(), BuildError> {
    toolchain::ensure_wasm_target()?;
    for closure in closures {
        part_from_other_variants(target, closure, options)?;
    }
    let flags = toolchain::remap_flags(root, target, closures)?.join("\x1f");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    for (name, _) in std::env::vars_os() {
        let foreign = name
            .to_str()
            .is_some_and(|name| FOREIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)));
        if foreign || name == "RUSTFLAGS" || name == "RUSTC_WRAPPER" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(root)
        .args(["build", "--profile", "canister", "--target", WASM_TARGET])
        .args(closures.iter().flat_map(|closure| ["--package", &closure.name]))
        .args(["--lib", "--locked", "--target-dir"])
        .arg(cargo_folder(target))
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if !options.features.is_empty() {
        command.args(["--features", &options.features.join(",")]);
        // Tests alone ask for features. What is never deployed need not be fast, and they wait.
        for closure in closures {
            for setting in ["opt-level=1", "codegen-units=16"] {
                let key = format!("profile.canister.package.{}.{setting}", closure.name);
                command.args(["--config", &key]);
            }
        }
    }
    let names: Vec<&str> = closures.iter().map(|closure| closure.name.as_str()).collect();
    run(&mut command, &names.join(", "))
}

fn run(command: &mut Command, packages: &str) -> Result<(), BuildError> {
    let not_started = |error: std::io::Error| BuildError::Tool {
        command: format!("cargo build of {packages}"),
        reason: error.to_string(),
        remedy: "install Rust with rustup (https://rustup.rs)".to_owned(),
    };
    let mut child = command.spawn().map_err(not_started)?;
    let words = child.stderr.take().expect("standard error was piped just above");
    let (sender, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(words).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let held_back = relay(&lines, packages);
    let status = child.wait().map_err(not_started)?;
    reader.join().expect("reading lines does not panic");
    if status.success() {
        return Ok(());
    }
    for line in held_back {
        eprintln!("{line}");
    }
    Err(BuildError::Compile { packages: packages.to_owned(), status: status.to_string() })
}

/// Holds cargo's words back for a while, then says what takes so long and, on a terminal, passes
/// them on as they come. Returns what was not shown.
fn relay(lines: &mpsc::Receiver<String>, packages: &str) -> Vec<String> {
    let start = Instant::now();
    let mut held_back = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
            Ok(line) => held_back.push(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => return held_back,
            Err(mpsc::RecvTimeoutError::Timeout) => break,
        }
    }
    eprintln!("building the Wasm of {packages}; the first time takes minutes");
    if !std::io::stderr().is_terminal() {
        held_back.extend(lines.iter());
        return held_back;
    }
    for line in held_back.drain(..).chain(lines.iter()) {
        eprintln!("{line}");
    }
    held_back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variant_is_taken_for_another() {
        let target = tempfile::tempdir().expect("a temporary folder");
        let closure = Closure {
            name: "x-y".to_owned(),
            interface: String::new(),
            folders: Vec::new(),
            registries: Vec::new(),
            version: "0.1.0".to_owned(),
            schema: None,
        };
        let linked = folder(target.path()).join("deps/x_y.wasm");
        // What cargo would find there when asked for a module with these features.
        let stays = |features: &[&str]| {
            let features = features.iter().map(|&feature| feature.to_owned()).collect();
            let options = BuildOptions { version: None, features };
            part_from_other_variants(target.path(), &closure, &options).expect("prepared");
            let stays = linked.exists();
            std::fs::write(&linked, "code").expect("written");
            stays
        };
        assert!(!stays(&[]), "there is nothing yet");
        assert!(stays(&[]));
        assert!(!stays(&["drill"]));
        assert!(stays(&["drill"]));
        assert!(!stays(&[]), "the drill is not what is deployed");
        std::fs::remove_file(linked.with_extension("features")).expect("removed");
        assert!(!stays(&[]), "nobody knows what it is");
    }
}
