//! `docs/THREATS.md` names tests; each of them exists, and each row names one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Folders with tests.
const PLACES: [&str; 4] = ["canisters", "cli", "crates", "tests"];

/// The names of all functions of all Rust files below `folder`.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let found = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
            names.extend(found.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
        }
    }
}

/// The last cell of each row of the tables.
fn cells(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| who "));
    rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next()).collect()
}

#[test]
fn every_threat_is_stopped_by_a_test_that_exists() {
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let mut names = BTreeSet::new();
    for place in PLACES {
        functions(&root.join(place), &mut names);
    }
    let page = fs::read_to_string(root.join("docs/THREATS.md")).expect("a page");
    let cells = cells(&page);
    assert!(cells.len() >= 15, "{} threats", cells.len());
    for cell in cells {
        let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test in `{cell}`");
        for test in tests {
            assert!(names.contains(test), "there is no test {test}");
        }
    }
}
