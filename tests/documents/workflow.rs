//! The workflow for another CI types commands that exist, and brings the server the tests' client
//! speaks to.

use std::path::PathBuf;

fn root() -> PathBuf {
    granary_build::workspace_root().expect("tests run inside the checkout")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_workflow_types_what_there_is() {
    let workflow = read(".github/workflows/production-readiness.yml");
    let words = workflow.split_whitespace();
    let doors: Vec<&str> =
        words.filter(|word| word.starts_with("scripts/") || *word == ".ci/run").collect();
    assert!(doors.len() >= 4, "{doors:?}");
    for door in doors {
        assert!(root().join(door).is_file(), "{door}");
    }
    for job in ["load:", "regression:", "error-recovery:", "report:", "pocketic:"] {
        assert!(workflow.lines().any(|line| line.trim() == job), "{job}");
    }
    assert!(workflow.contains("cargo xtask bench --check"), "the baselines are compared");
}

#[test]
fn the_server_is_the_one_the_client_speaks_to() {
    let workflow = read(".github/workflows/production-readiness.yml");
    let version = workflow.lines().find_map(|line| line.trim().strip_prefix("VERSION: "));
    let version = version.expect("it is named").trim_matches('"');
    let lock = read("Cargo.lock");
    assert!(
        lock.contains(&format!("name = \"pocket-ic\"\nversion = \"{version}\"")),
        "Cargo.lock has another pocket-ic than {version}"
    );
}
