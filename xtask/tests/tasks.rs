//! The tasks and doors that no step of CI runs, typed as the pages show them.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its process has failed")]

use std::{path::PathBuf, process::Command};

fn root() -> PathBuf {
    granary_build::workspace_root().unwrap()
}

/// What a task prints when it goes well.
fn task(words: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).args(words).current_dir(root()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_list_says_what_each_step_proves() {
    let list = task(&["check", "--list"]);
    for step in ["fmt", "demo", "tests", "bless"] {
        assert!(list.lines().any(|line| line.split_whitespace().next() == Some(step)), "{list}");
    }
}

#[cfg(unix)]
#[test]
fn the_doors_to_this_program_open() {
    for (name, argument, words) in [
        ("check.sh", "--list", "the house rules hold"),
        ("bless.sh", "--help", "Rewrites every generated file"),
        ("repro.sh", "--help", "two folders"),
    ] {
        let script = root().join("scripts").join(name);
        let output = Command::new(script).arg(argument).current_dir("/").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(words), "{name}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn the_door_for_other_tools_builds_the_canister_they_name() {
    let script = root().join("scripts/build.sh");
    // From any folder, as dfx and icp call it.
    let output = Command::new(script).arg("registry").current_dir("/").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let line = String::from_utf8(output.stdout).unwrap();
    let module = root().join("target/canisters/registry.wasm");
    let size = std::fs::metadata(&module).unwrap().len().to_string();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words.len(), 3, "{line}");
    assert!(words[0].len() == 64 && words[1] == size, "{line} {size}");
    assert!(line.trim_end().ends_with("target/canisters/registry.wasm"), "{line}");
}
