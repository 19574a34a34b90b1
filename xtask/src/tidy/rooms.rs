//! The rooms of a canister: every canister has the same, so that a reader knows where to look.

use std::collections::BTreeSet;

use super::Finding;
use crate::project::Project;

/// Files every canister has, relative to its folder. A module may be a file or a folder with
/// `mod.rs`; it is named here without the ending.
const FILES: [&str; 7] = [
    "README.md",
    "CHANGELOG.md",
    "core/Cargo.toml",
    "core/clippy.toml",
    "shell/Cargo.toml",
    "shell/clippy.toml",
    "shell/hidden_exports.txt",
];

/// Modules of the core: what is true.
const CORE: [&str; 8] =
    ["errors", "invariants", "lib", "limits", "records", "rules", "store", "types"];

/// Modules of the shell: how it is reached, kept and scheduled.
const SHELL: [&str; 10] = [
    "access",
    "convert",
    "endpoints",
    "flows",
    "install",
    "lib",
    "observe",
    "ports",
    "state",
    "tasks",
];

/// Modules below the core's store.
const STORE: [&str; 2] = ["layout", "migrations"];

/// Integration tests of the core.
const CORE_TESTS: [&str; 3] = ["catalogue", "golden", "model"];

/// Checks that each canister has exactly these rooms; `files` are all files of the checkout.
pub(super) fn check(canisters: &[String], files: &[String]) -> Vec<Finding> {
    canisters.iter().flat_map(|name| check_canister(name, files)).collect()
}

fn check_canister(name: &str, files: &[String]) -> Vec<Finding> {
    let folder = format!("canisters/{name}");
    let prefix = format!("{folder}/");
    let inside: BTreeSet<&str> =
        files.iter().filter_map(|file| file.strip_prefix(prefix.as_str())).collect();
    let mut findings = Vec::new();
    for file in FILES {
        if !inside.contains(file) {
            findings.push(Finding::new(&folder, 0, format!("has no {file}; every canister has")));
        }
    }
    let rooms = |place: &str, wanted: &[&str], closed: bool| {
        let there = modules(place, &inside);
        let missing = wanted
            .iter()
            .filter(|room| !there.contains(**room))
            .map(|room| format!("has no room {place}{room}; every canister has"));
        let extra = there.iter().filter(|room| closed && !wanted.contains(room)).map(|room| {
            format!("has a room {place}{room} that other canisters lack; see docs/adr")
        });
        missing.chain(extra).map(|message| Finding::new(&folder, 0, message)).collect::<Vec<_>>()
    };
    findings.extend(rooms("core/src/", &CORE, true));
    findings.extend(rooms("core/src/store/", &STORE, false));
    findings.extend(rooms("core/tests/it/", &CORE_TESTS, false));
    findings.extend(rooms("shell/src/", &SHELL, true));
    findings
}

/// Names of the modules right below `place`: `x.rs`, or a folder `x` with sources.
fn modules<'a>(place: &str, inside: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    inside
        .iter()
        .filter(|file| super::has_extension(file, "rs"))
        .filter_map(|file| {
            let rest = file.strip_prefix(place)?;
            let name = rest.split('/').next()?;
            Some(name.strip_suffix(".rs").unwrap_or(name))
        })
        .collect()
}

/// The schema number a core's manifest states is the one its layout has.
pub(super) fn schema_numbers(project: &Project) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for canister in project.canisters() {
        let manifest = format!("canisters/{canister}/core/Cargo.toml");
        let layout = format!("canisters/{canister}/core/src/store/layout.rs");
        let (Ok(manifest_text), Ok(layout_text)) = (project.read(&manifest), project.read(&layout))
        else {
            continue; // Missing files are findings of their own.
        };
        let declared = layout_schema(&layout_text);
        let stated = manifest_schema(&manifest_text)?;
        if declared.is_none() || declared != stated {
            let show = |value: Option<i64>| value.map_or("none".to_owned(), |v| v.to_string());
            let message = format!(
                "`package.metadata.granary.schema` ends with {}, but {layout} has `SCHEMA` {}",
                show(stated),
                show(declared)
            );
            findings.push(Finding::new(&manifest, 0, message));
        }
    }
    Ok(findings)
}

/// The number in `pub const SCHEMA: u32 = 3;`.
pub(crate) fn layout_schema(layout: &str) -> Option<i64> {
    let line = layout.lines().find(|line| line.contains("const SCHEMA:"))?;
    line.split('=').nth(1)?.trim().trim_end_matches(';').parse().ok()
}

/// The current schema in `[package.metadata.granary] schema = [oldest, current]`.
fn manifest_schema(manifest: &str) -> Result<Option<i64>, String> {
    let manifest: toml::Table = manifest.parse().map_err(|error| format!("{error}"))?;
    let value = ["package", "metadata", "granary", "schema"]
        .into_iter()
        .try_fold(&toml::Value::Table(manifest), |value, key| value.get(key).ok_or(()))
        .ok()
        .and_then(|range| range.as_array()?.get(1)?.as_integer());
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Vec<String> {
        let mut files: Vec<String> = FILES.iter().map(|file| (*file).to_owned()).collect();
        files.extend(CORE.iter().map(|room| format!("core/src/{room}.rs")));
        files.extend(STORE.iter().map(|room| format!("core/src/store/{room}.rs")));
        files.extend(CORE_TESTS.iter().map(|room| format!("core/tests/it/{room}.rs")));
        files.extend(SHELL.iter().map(|room| format!("shell/src/{room}/mod.rs")));
        files.iter().map(|file| format!("canisters/a/{file}")).collect()
    }

    fn messages(files: &[String]) -> Vec<String> {
        check(&["a".to_owned()], files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn exactly_the_rooms() {
        let mut files = complete();
        assert_eq!(messages(&files), Vec::<String>::new());
        files.push("canisters/a/shell/src/helpers.rs".to_owned());
        files.retain(|file| {
            !file.ends_with("/shell/src/access/mod.rs") && !file.ends_with("/README.md")
        });
        assert_eq!(
            messages(&files),
            [
                "canisters/a: has no README.md; every canister has",
                "canisters/a: has no room shell/src/access; every canister has",
                "canisters/a: has a room shell/src/helpers that other canisters lack; see docs/adr",
            ]
        );
    }

    #[test]
    fn the_schema_number_is_read_from_both_places() {
        assert_eq!(layout_schema("//! X.\n/// Docs.\npub const SCHEMA: u32 = 12;\n"), Some(12));
        assert_eq!(layout_schema("//! X.\n"), None);
        assert_eq!(manifest_schema("[package.metadata.granary]\nschema = [1, 12]\n"), Ok(Some(12)));
        assert_eq!(manifest_schema("[package]\nname = \"a\"\n"), Ok(None));
    }
}
