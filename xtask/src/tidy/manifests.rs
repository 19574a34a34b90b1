//! Rules for Cargo.toml: versions, lints and profiles stand at the root only.

use toml::{Table, Value};

use super::Finding;

/// Checks one manifest; the root's is the one at `Cargo.toml`.
pub(super) fn check(path: &str, content: &str) -> Vec<Finding> {
    let manifest = match content.parse::<Table>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding::new(path, 0, format!("not TOML: {}", error.message()))],
    };
    if path == "Cargo.toml" {
        return check_root(path, &manifest);
    }
    let mut findings = Vec::new();
    let mut say = |message: String| findings.push(Finding::new(path, 0, message));
    if !inherits(manifest.get("lints")) {
        say("`[lints] workspace = true` is missing".to_owned());
    }
    for section in ["profile", "patch", "replace"] {
        if manifest.contains_key(section) {
            say(format!("`[{section}]` belongs to the root's Cargo.toml"));
        }
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !inherits(package.and_then(|package| package.get(key))) {
            say(format!("`{key}.workspace = true` is missing in `[package]`"));
        }
    }
    for (section, dependencies) in dependency_tables(&manifest) {
        for (name, value) in dependencies {
            if !inherits(Some(value)) {
                say(format!("`{name}` in `[{section}]` has a version of its own; use the root's"));
            }
        }
    }
    findings
}

/// Pins that define what runs on chain and what is stored there.
const PINNED: [&str; 3] = ["ic-cdk", "ic-cdk-timers", "ic-stable-structures"];

fn check_root(path: &str, manifest: &Table) -> Vec<Finding> {
    let dependencies = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Value::as_table);
    let version = |name: &str| {
        let value = dependencies?.get(name)?;
        value.as_str().or_else(|| value.get("version")?.as_str())
    };
    PINNED
        .iter()
        .filter(|name| version(name).is_some_and(|version| !version.starts_with('=')))
        .map(|name| {
            let message = format!("`{name}` is not pinned with `=`: it decides stored bytes");
            Finding::new(path, 0, message)
        })
        .collect()
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// The dependency tables with their names, those below `[target.…]` included.
fn dependency_tables(manifest: &Table) -> Vec<(String, &Table)> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(Value::as_table);
    let nested = targets
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((format!("target.{name}."), value.as_table()?)));
    std::iter::once((String::new(), manifest))
        .chain(nested)
        .flat_map(|(prefix, table)| {
            SECTIONS.iter().filter_map(move |&section| {
                Some((format!("{prefix}{section}"), table.get(section)?.as_table()?))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        publish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\nb.workspace = true\n";

    fn messages(path: &str, content: &str) -> Vec<String> {
        check(path, content).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn packages_inherit_everything() {
        assert_eq!(messages("a/Cargo.toml", GOOD), Vec::<String>::new());
        let own =
            format!("{GOOD}c = \"1\"\n[target.x.dev-dependencies]\nd = {{ path = \"..\" }}\n");
        assert_eq!(
            messages("a/Cargo.toml", &own),
            [
                "a/Cargo.toml: `c` in `[dependencies]` has a version of its own; use the root's",
                "a/Cargo.toml: `d` in `[target.x.dev-dependencies]` has a version of its own; use \
                 the root's",
            ]
        );
        let bare = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[profile.release]\nlto = true\n";
        assert_eq!(messages("a/Cargo.toml", bare).len(), 7);
    }

    #[test]
    fn what_is_stored_is_pinned() {
        let root = "[workspace.dependencies]\nic-cdk = \"=0.20.3\"\n";
        assert_eq!(messages("Cargo.toml", root), Vec::<String>::new());
        let loose = "[workspace.dependencies]\nic-cdk = { version = \"0.20.3\" }\n";
        assert_eq!(
            messages("Cargo.toml", loose),
            ["Cargo.toml: `ic-cdk` is not pinned with `=`: it decides stored bytes"]
        );
    }
}
