//! Rewrites every generated file through the tests of the packages that own them.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::Verdict,
};

/// Tests that own a generated file carry this word in their name.
const FILTER: &str = "generated";

/// Runs the tests that own generated files in the mode in which they rewrite them.
pub(crate) fn bless(project: &Project) -> Verdict {
    let changed = rewrite(project)?;
    Ok(match changed.as_slice() {
        [] => "nothing changed".to_owned(),
        files => format!("rewritten: {}", files.join(", ")),
    })
}

/// As [`bless`], but a file that changes is a failure: it was not committed as generated.
pub(crate) fn changes_nothing(project: &Project) -> Verdict {
    let changed = rewrite(project)?;
    if changed.is_empty() {
        return Ok("generated files are up to date".to_owned());
    }
    let lines: Vec<String> =
        changed.iter().map(|file| format!("{file} was out of date; commit it")).collect();
    Err(lines.join("\n"))
}

/// The files that are different afterwards.
fn rewrite(project: &Project) -> Result<Vec<String>, String> {
    let before = fingerprints(project)?;
    let mut command = cargo(project, &["test", "--release", "--workspace", "--locked"]);
    command.args(["--lib", "--bins", "--tests", "--", FILTER]).env(granary_build::BLESS, "1");
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    let ran = ended.stdout.lines().filter(|line| line.ends_with(" ... ok")).count();
    if ran == 0 {
        return Err(format!("no test named `{FILTER}` ran: nothing generates the files"));
    }
    let after = fingerprints(project)?;
    Ok(after
        .into_iter()
        .filter(|(file, hash)| before.get(file) != Some(hash))
        .map(|(file, _)| file)
        .collect())
}

fn fingerprints(project: &Project) -> Result<BTreeMap<String, u64>, String> {
    let mut prints = BTreeMap::new();
    for file in project.files()? {
        let content = std::fs::read(project.root.join(&file))
            .map_err(|error| format!("cannot read {file}: {error}"))?;
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        prints.insert(file, hasher.finish());
    }
    Ok(prints)
}
