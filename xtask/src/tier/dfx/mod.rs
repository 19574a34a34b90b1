//! `dfx.json` as dfx itself reads it: a small program on its library prints what it understood, and
//! everything the file says has to be in there.
//!
//! The library is a tree of its own, with older versions of what this workspace uses, so that the
//! program is built beside the workspace and not in it.

use std::fs;

use serde_json::{Map, Value};

use super::{Verdict, failed, print};
use crate::{
    process::{self, Show, cargo},
    project::Project,
};

const MANIFEST: &str = r#"[package]
name = "dfx-reader"
edition = "2024"

[[bin]]
name = "dfx-reader"
path = "reader.rs"

[dependencies]
dfx-core = "=0.4.0"
serde_json = "1"

[workspace]
"#;

/// Builds the reader, lets it read, and compares.
pub(super) fn run(project: &Project) -> Result<bool, String> {
    let folder = project.metadata()?.target_directory.join("tools/dfx").into_std_path_buf();
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    for (name, content) in [("Cargo.toml", MANIFEST), ("reader.rs", include_str!("reader.rs"))] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(failed(&path))?;
    }
    eprintln!("building dfx's reader in {} (some minutes, once)", folder.display());
    let manifest = folder.join("Cargo.toml");
    let manifest = manifest.to_string_lossy();
    let mut reader = cargo(project, &["run", "--quiet", "--manifest-path", &manifest]);
    reader.env_remove("CARGO_TARGET_DIR");
    let ended = process::run(&mut reader, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    let wrong = |what: &str, why: serde_json::Error| format!("{what}: {why}");
    let read: Value =
        serde_json::from_str(&ended.stdout).map_err(|why| wrong("what dfx read", why))?;
    let file: Value =
        serde_json::from_str(&project.read("dfx.json")?).map_err(|why| wrong("dfx.json", why))?;
    Ok(print("dfx.json read by dfx-core 0.4.0", &verdicts(&file, &read)))
}

/// A row for every canister and network of the file.
fn verdicts(file: &Value, read: &Value) -> Vec<Verdict> {
    let none = Map::new();
    let mut verdicts = vec![("version".to_owned(), holds(&file["version"], &read["version"]))];
    for table in ["canisters", "networks"] {
        let entries = file[table].as_object().unwrap_or(&none);
        for (name, entry) in entries {
            verdicts.push((format!("{table}: {name}"), holds(entry, &read[table][name])));
        }
    }
    verdicts
}

/// Whether everything `said` is in what was `read`; one text may have been read as a list of one.
fn holds(said: &Value, read: &Value) -> Result<(), String> {
    match (said, read) {
        (Value::Object(said), Value::Object(read)) => said.iter().try_for_each(|(key, value)| {
            holds(value, read.get(key).unwrap_or(&Value::Null))
                .map_err(|why| format!("{key}: {why}"))
        }),
        (Value::String(_), Value::Array(list)) if list.len() == 1 => holds(said, &list[0]),
        _ if said == read => Ok(()),
        _ => Err(format!("dfx read {read} and not {said}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_understood_is_named() {
        let file = json!({
            "version": 1,
            "canisters": { "a": { "type": "custom", "build": "b" } },
            "networks": { "ic": { "providers": ["x"] } },
        });
        let mut read = file.clone();
        read["canisters"]["a"]["build"] = json!(["b"]);
        read["canisters"]["a"]["gzip"] = Value::Null;
        let failures = |read: &Value| -> Vec<String> {
            verdicts(&file, read)
                .into_iter()
                .filter_map(|(name, verdict)| Some(format!("{name}: {}", verdict.err()?)))
                .collect()
        };
        assert_eq!(verdicts(&file, &read).len(), 3);
        assert_eq!(failures(&read), Vec::<String>::new());
        read["canisters"]["a"]["build"] = json!(["b", "c"]);
        read["networks"] = json!({});
        assert_eq!(
            failures(&read),
            [
                r#"canisters: a: build: dfx read ["b","c"] and not "b""#,
                r#"networks: ic: dfx read null and not {"providers":["x"]}"#,
            ]
        );
    }
}
