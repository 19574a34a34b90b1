//! Who may import whom. The table below is the one in docs/ARCHITECTURE.md, "Layers".

use cargo_metadata::{DependencyKind, Package};

use crate::{project::Project, step::Verdict};

/// What a package of the suite is, which decides what it may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `crates/<name>`: shared by the canisters.
    Shared(&'static str),
    /// `canisters/<name>/core`.
    Core,
    /// `canisters/<name>/shell`.
    Shell,
    /// `tests/canisters/<name>`: a canister that only tests install.
    Fixture,
    /// The embedded network; knows nothing of the suite.
    Localnet,
    /// Builds canisters, on the host.
    Build,
    /// The operator's program.
    Cli,
    /// Everything that needs a running canister.
    Tests,
    /// The tasks.
    Xtask,
}

/// The shared crates with the other shared crates each may import.
const SHARED: [(&str, &[&str]); 11] = [
    ("units", &[]),
    ("errors", &[]),
    ("api", &["units", "errors"]),
    ("stable", &["units", "errors"]),
    ("kernel", &["units", "errors", "stable"]),
    ("resilience", &["units", "errors"]),
    ("proof", &["units", "errors"]),
    ("module", &[]),
    ("metrics", &["units", "errors", "api"]),
    ("health", &["units", "errors", "api"]),
    ("env", &["units", "errors", "api", "stable", "kernel", "resilience", "metrics", "health"]),
];

/// Shared crates a core may import: nothing of the wire, nothing of the platform.
const BELOW_CORE: [&str; 7] =
    ["units", "errors", "stable", "kernel", "resilience", "proof", "module"];

/// Shared crates the CLI may import.
const BELOW_CLI: [&str; 6] = ["api", "errors", "metrics", "units", "proof", "module"];

/// A third-party package, the rooms that may import it in words, and the same as a question.
type Reserved = (&'static str, &'static str, fn(Kind) -> bool);

/// Third-party packages only some rooms may import.
const RESERVED: [Reserved; 4] = [
    ("ic-cdk", "env and the shells", platform),
    ("ic-cdk-timers", "env and the shells", platform),
    ("ic-cdk-management-canister", "env and the shells", platform),
    ("wasmtime", "localnet", |kind| matches!(kind, Kind::Localnet)),
];

fn platform(kind: Kind) -> bool {
    matches!(kind, Kind::Shell | Kind::Fixture | Kind::Shared("env"))
}

/// One import that goes the wrong way.
type Broken = String;

/// Checks every import of every package of the workspace.
pub(crate) fn check(project: &Project) -> Verdict {
    let packages = project.packages()?;
    let place = |package: &Package| (package.name.to_string(), project.folder_of(package));
    let places: Vec<(String, String)> = packages.iter().map(|package| place(package)).collect();
    let mut broken: Vec<Broken> = Vec::new();
    let mut imports = 0_usize;
    for package in &packages {
        let folder = project.folder_of(package);
        let Some(from) = kind(&folder) else {
            broken.push(format!("{folder}: a package outside the known folders; see docs/adr"));
            continue;
        };
        for dependency in &package.dependencies {
            imports += 1;
            let for_tests = dependency.kind == DependencyKind::Development;
            let target = places.iter().find(|(name, _)| *name == dependency.name);
            let verdict = match target {
                Some((name, to)) => own(from, &folder, name, to, for_tests),
                None => foreign(from, &dependency.name),
            };
            broken.extend(verdict.err().map(|reason| format!("{folder}: {reason}")));
        }
    }
    if broken.is_empty() {
        return Ok(format!("{imports} imports of {} packages", packages.len()));
    }
    Err(broken.join("\n"))
}

fn kind(folder: &str) -> Option<Kind> {
    let parts: Vec<&str> = folder.split('/').collect();
    Some(match parts.as_slice() {
        ["crates", "build"] => Kind::Build,
        ["crates", name] => {
            Kind::Shared(SHARED.iter().find(|(shared, _)| shared == name).map(|(name, _)| *name)?)
        }
        ["canisters", _, "core"] => Kind::Core,
        ["canisters", _, "shell"] => Kind::Shell,
        ["tests", "canisters", _] => Kind::Fixture,
        ["localnet"] => Kind::Localnet,
        ["cli"] => Kind::Cli,
        ["tests"] => Kind::Tests,
        ["xtask"] => Kind::Xtask,
        _ => return None,
    })
}

/// Whether the package in `folder` may import the suite's package `name` in the folder `to`.
fn own(from: Kind, folder: &str, name: &str, to: &str, for_tests: bool) -> Result<(), Broken> {
    let Some(target) = kind(to) else { return Err(format!("imports {name} from {to}")) };
    if for_tests && target == Kind::Build {
        return Ok(()); // Generated files are compared by it; it knows no other package.
    }
    let apart = matches!(from, Kind::Build | Kind::Localnet);
    let on_top = matches!(target, Kind::Xtask | Kind::Tests);
    let downwards = match (from, target) {
        (Kind::Shared(from), Kind::Shared(to)) => {
            SHARED.iter().any(|(name, below)| *name == from && below.contains(&to))
        }
        (Kind::Core, Kind::Shared(to)) => BELOW_CORE.contains(&to),
        (Kind::Xtask | Kind::Tests, _)
        | (Kind::Shell | Kind::Fixture, Kind::Shared(_))
        | (Kind::Cli, Kind::Build | Kind::Localnet) => true,
        (Kind::Shell, Kind::Core) => canister(folder) == canister(to),
        (Kind::Cli, Kind::Shared(to)) => BELOW_CLI.contains(&to),
        _ => false,
    };
    if downwards && !apart && !on_top {
        return Ok(());
    }
    Err(format!("may not import {name}; the layers are in docs/ARCHITECTURE.md"))
}

fn canister(folder: &str) -> Option<&str> {
    folder.split('/').nth(1)
}

fn foreign(from: Kind, name: &str) -> Result<(), Broken> {
    match RESERVED.iter().find(|(reserved, _, _)| *reserved == name) {
        Some((_, rooms, allowed)) if !allowed(from) => {
            Err(format!("may not import {name}: it is for {rooms}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(from: &str, to: &str) -> bool {
        own(kind(from).expect("known"), from, "target", to, false).is_ok()
    }

    #[test]
    fn imports_go_downwards_only() {
        assert!(may("crates/api", "crates/errors"));
        assert!(!may("crates/errors", "crates/api"));
        assert!(may("crates/health", "crates/api"), "health fills a wire shape");
        assert!(
            may("canisters/a/core", "crates/stable") && may("canisters/a/core", "crates/kernel")
        );
        assert!(may("canisters/a/core", "crates/module") && may("cli", "crates/module"));
        assert!(!may("crates/module", "crates/stable"), "a module is looked at for itself");
        assert!(may("crates/kernel", "crates/stable") && !may("crates/stable", "crates/kernel"));
        for wire_or_platform in ["crates/api", "crates/env", "canisters/b/core"] {
            assert!(!may("canisters/a/core", wire_or_platform), "{wire_or_platform}");
        }
        assert!(may("canisters/a/shell", "canisters/a/core"));
        assert!(!may("canisters/a/shell", "canisters/b/core"), "another canister's core");
        assert!(!may("canisters/a/shell", "canisters/b/shell"));
        for suite in ["crates/units", "crates/build", "canisters/a/core"] {
            assert!(!may("localnet", suite), "{suite}");
        }
        assert!(may("cli", "localnet") && !may("cli", "canisters/a/core"));
        assert!(may("tests", "canisters/a/core"), "cores serve as oracles");
        assert!(!may("cli", "tests"));
        assert!(may("tests/canisters/a", "crates/env"));
        assert!(!may("tests/canisters/a", "canisters/a/core"), "a stand-in knows nobody's rules");
        assert!(!may("canisters/a/shell", "tests/canisters/a"));
    }

    #[test]
    fn a_test_may_compare_generated_files() {
        let stable = kind("crates/stable").expect("known");
        assert!(own(stable, "crates/stable", "granary-build", "crates/build", true).is_ok());
        assert!(own(stable, "crates/stable", "granary-build", "crates/build", false).is_err());
        assert!(own(stable, "crates/stable", "granary-env", "crates/env", true).is_err());
    }

    #[test]
    fn the_platform_has_one_door() {
        let core = kind("canisters/a/core").expect("known");
        let shell = kind("canisters/a/shell").expect("known");
        assert_eq!(
            foreign(core, "ic-cdk"),
            Err("may not import ic-cdk: it is for env and the shells".to_owned())
        );
        assert_eq!(foreign(shell, "ic-cdk"), Ok(()));
        assert_eq!(foreign(core, "minicbor"), Ok(()));
        assert!(foreign(Kind::Cli, "wasmtime").is_err());
    }

    #[test]
    fn an_unknown_folder_is_told() {
        assert_eq!(kind("tools/x"), None);
        assert_eq!(kind("crates/new"), None, "a new shared crate gets a row first");
    }
}
