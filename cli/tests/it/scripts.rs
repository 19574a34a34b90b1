//! The scripts, each run as a person or a pipeline runs it.

#![cfg(unix)]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use crate::desk::Desk;

/// What runs each script.
const SCRIPTS: [(&str, &str); 14] = [
    ("backup-state.sh", HERE),
    ("bless.sh", TASKS),
    ("build.sh", TASKS),
    ("check.sh", TASKS),
    ("cleanup-backups.sh", HERE),
    ("deploy.sh", HERE),
    ("enhanced-canister-tests.sh", HERE),
    ("granary.sh", HERE),
    ("production-validation.sh", HERE),
    ("repro.sh", TASKS),
    ("restore-state.sh", HERE),
    ("rollback.sh", HERE),
    ("upgrade-resilience.sh", "cli/tests/it/drills.rs"),
    ("validate-upgrade.sh", HERE),
];
const HERE: &str = "cli/tests/it/scripts.rs";
const TASKS: &str = "xtask/tests/tasks.rs";

fn root() -> PathBuf {
    granary_build::workspace_root().unwrap()
}

/// Runs a script in `folder` against the network at `url`, with the tool of this build.
fn script(folder: &Path, url: &str, line: &str) -> Output {
    // Where a network is started it listens where it is looked for.
    let port = url.rsplit(':').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let name = words.next().unwrap();
    let tool = env!("CARGO_BIN_EXE_granary");
    Command::new(root().join("scripts").join(name))
        .args(words)
        .current_dir(folder)
        .env("GRANARY", tool)
        .env("IC_URL", url)
        .env("GRANARY_PORT", port)
        .env("LOCALNET_CACHE_DIR", Path::new(tool).with_file_name("compiled-modules"))
        .env_remove("GRANARY_CANISTER")
        .env_remove("GRANARY_AS")
        .env_remove("GRANARY_SEED")
        .env_remove("IDENTITY_PEM")
        .output()
        .unwrap()
}

/// What a script prints when it goes well.
fn ok(folder: &Path, url: &str, line: &str) -> String {
    let output = script(folder, url, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_script_is_run_by_a_test() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "README.md" {
            continue;
        }
        let by = SCRIPTS.iter().find(|(known, _)| *known == name);
        let run = by.is_some_and(|(_, by)| {
            let test = fs::read_to_string(root().join(by)).unwrap();
            // Its row is not what runs it.
            test.matches(name.as_str()).count() > usize::from(*by == HERE)
        });
        if !run {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "nobody runs them");
}

#[test]
fn a_door_leads_to_one_command() {
    for (name, command) in [
        ("backup-state.sh", "backup create"),
        ("cleanup-backups.sh", "backup prune"),
        ("restore-state.sh", "restore"),
        ("rollback.sh", "rollback"),
        ("upgrade-resilience.sh", "drill"),
        ("validate-upgrade.sh", "validate --connections"),
    ] {
        let text = fs::read_to_string(root().join("scripts").join(name)).unwrap();
        let door = format!("/granary.sh\" {command} \"$@\"\n");
        assert!(text.starts_with("#!/usr/bin/env bash\n# ") && text.ends_with(&door), "{name}");
    }
}

#[test]
fn a_suite_is_deployed_upgraded_validated_and_taken_back() {
    let desk = Desk::new();
    let (folder, url) = (desk.path(), desk.url.as_str());
    assert!(ok(folder, url, "deploy.sh --profile testing").contains("created portfolio"));
    let modules = folder.join("two");
    fs::create_dir(&modules).unwrap();
    for name in ["portfolio", "registry", "execution", "risk_guard", "micro_grants"] {
        let built = granary_build::canister(name).unwrap().bytes;
        let mark = vec![("release", b"two".to_vec())];
        let module = granary_build::with_public_sections(&built, &mark).unwrap();
        fs::write(modules.join(format!("{name}.wasm")), module).unwrap();
    }
    assert!(ok(folder, url, "deploy.sh --upgrade --modules two").starts_with("released"));
    let validated = ok(folder, url, "validate-upgrade.sh");
    assert!(validated.contains("micro_grants to execution  ok"), "{validated}");
    assert!(ok(folder, url, "rollback.sh").starts_with("rolled back"));
    let backup = ok(folder, url, "backup-state.sh --only registry --json");
    let backup: Value = serde_json::from_str(&backup).unwrap();
    let restored =
        ok(folder, url, &format!("restore-state.sh {}", backup["folder"].as_str().unwrap()));
    assert!(restored.contains("registry"), "{restored}");
    let kept = ok(folder, url, "cleanup-backups.sh --dry-run --json");
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap()["removed"], Value::Array(vec![]));
    let said = ok(folder, url, "production-validation.sh local");
    assert!(said.trim_end().ends_with("the suite on local works"), "{said}");
    let version: Value =
        serde_json::from_str(&ok(folder, url, "granary.sh --json identity")).unwrap();
    assert_eq!(version["schema"], "granary.identity/1");
}

#[test]
fn a_validation_brings_its_own_network_when_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let said = ok(folder.path(), &url, "production-validation.sh local");
    assert!(said.contains("created micro_grants"), "{said}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "its network ended");

    assert_eq!(script(folder.path(), &url, "production-validation.sh").status.code(), Some(2));
    let nowhere =
        script(folder.path(), "https://testnet.example:443", "production-validation.sh ic");
    assert_ne!(nowhere.status.code(), Some(0), "nothing is known of that network");
}

#[test]
fn the_eight_categories_have_tests() {
    let list = ok(Path::new("/"), "", "enhanced-canister-tests.sh --list");
    let script = fs::read_to_string(root().join("scripts/enhanced-canister-tests.sh")).unwrap();
    let categories: Vec<_> =
        script.split_whitespace().filter(|word| word.ends_with("::")).collect();
    assert_eq!(categories.len(), 8, "{categories:?}");
    for category in categories {
        assert!(list.lines().any(|line| line.starts_with(category)), "{category}: {list}");
    }
}
