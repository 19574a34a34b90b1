//! The compiler: who it is, whether it can build Wasm, and the flags that make builds reproducible.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{BuildError, workspace::Closure};

/// The target canisters are compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

const REMEDY: &str = "install Rust with rustup (https://rustup.rs)";

/// Runs a tool and gives its standard output without the last line end.
fn ask(program: &str, arguments: &[&str]) -> Result<String, BuildError> {
    let failed = |reason: String| BuildError::Tool {
        command: format!("{program} {}", arguments.join(" ")),
        reason,
        remedy: REMEDY.to_owned(),
    };
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(failed(words.lines().next().unwrap_or("no reason given").to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Release, commit and host of the compiler: it decides the bytes as much as the sources do. Asked
/// once in a process, since every canister wants to know.
pub fn identity() -> Result<String, BuildError> {
    static KNOWN: OnceLock<String> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known.clone());
    }
    let told = ask("rustc", &["-vV"])?;
    Ok(KNOWN.get_or_init(|| told).clone())
}

/// Makes sure the standard library for Wasm is there; adds it through rustup when it is not.
pub(crate) fn ensure_wasm_target() -> Result<(), BuildError> {
    if wasm_library_present()? {
        return Ok(());
    }
    eprintln!("adding the Rust target {WASM_TARGET} (once)");
    let manual = format!("run `rustup target add {WASM_TARGET}` where the network is reachable");
    let added = Command::new("rustup").args(["target", "add", WASM_TARGET]).output();
    match added {
        Ok(output) if output.status.success() && wasm_library_present()? => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let reason = words.lines().last().unwrap_or("no reason given").trim().to_owned();
            Err(BuildError::NoWasmTarget(format!("rustup could not add it ({reason}): {manual}")))
        }
        Err(_) => Err(BuildError::NoWasmTarget(format!(
            "rustup is not installed: {REMEDY}, then {manual}"
        ))),
    }
}

/// Whether the standard library for the Wasm target is there.
pub fn wasm_library_present() -> Result<bool, BuildError> {
    let folder = ask("rustc", &["--print", "target-libdir", "--target", WASM_TARGET])?;
    let has_core = std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore"))
    });
    Ok(has_core)
}

/// Compiler flags that replace every folder name of this machine by a fixed one, so that the
/// module hash does not depend on where the checkout, the registry or the toolchain lie.
///
/// When several prefixes match, the compiler uses the last one: the most special comes last.
pub(crate) fn remap_flags(
    root: &Path,
    target: &Path,
    closures: &[Closure],
) -> Result<Vec<String>, BuildError> {
    let sysroot = PathBuf::from(ask("rustc", &["--print", "sysroot"])?);
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut flags = vec![remap(&sysroot, "/rust"), remap(root, "/granary")];
    flags.push(remap(target, "/granary/target"));
    let registries: BTreeSet<_> = closures.iter().flat_map(|closure| &closure.registries).collect();
    flags.extend(registries.into_iter().map(|folder| remap(folder, "/registry")));
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_says_what_to_install() {
        let refusal = ask("granary-no-such-tool", &["-V"]).expect_err("there is no such tool");
        let words = refusal.to_string();
        assert!(words.starts_with("cannot run `granary-no-such-tool -V`"), "{words}");
        assert!(words.ends_with("https://rustup.rs)"), "{words}");
    }

    #[test]
    fn the_target_folder_is_remapped_after_the_root_it_may_lie_in() {
        let closure = Closure {
            name: "x".to_owned(),
            interface: String::new(),
            folders: Vec::new(),
            registries: vec![PathBuf::from("/home/a/.cargo/registry/src/index-1")],
            version: "0.1.0".to_owned(),
            schema: None,
        };
        let flags = remap_flags(Path::new("/home/a/g"), Path::new("/home/a/g/target"), &[closure])
            .expect("rustc is there: it compiled this test");
        let tail: Vec<&str> = flags[1..].iter().map(String::as_str).collect();
        assert_eq!(
            tail,
            [
                "--remap-path-prefix=/home/a/g=/granary",
                "--remap-path-prefix=/home/a/g/target=/granary/target",
                "--remap-path-prefix=/home/a/.cargo/registry/src/index-1=/registry",
            ]
        );
    }
}
