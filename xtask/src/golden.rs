//! Golden images: the stable memory each released schema left behind, opened by every later
//! version. An image is written once, when its schema is released, and never again.

use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::Verdict,
    tidy,
};

/// The test in each core that writes the image of the current schema.
const WRITER: &str = "golden::write_the_image";

/// Writes the images that are missing.
pub(crate) fn freeze(project: &Project) -> Verdict {
    let mut verdicts = Vec::new();
    for canister in project.canisters() {
        let (schema, path) = current(project, &canister)?;
        if project.root.join(&path).exists() {
            verdicts.push(format!("{canister}: schema {schema} is frozen already"));
            continue;
        }
        let package = format!("{canister}-core");
        let mut command = cargo(project, &["test", "--release", "--locked", "--package", &package]);
        command.args(["--test", "it", "--", "--ignored", "--exact", WRITER]);
        let ended = process::run(&mut command, Show::Nothing)?;
        if !ended.success {
            return Err(process::last_words(&ended));
        }
        if !project.root.join(&path).exists() {
            return Err(format!("{package}: the test `{WRITER}` wrote no {path}"));
        }
        verdicts.push(format!("{canister}: schema {schema} frozen, commit {path}"));
    }
    Ok(verdicts.join(", "))
}

/// The schema a canister's layout has, and where its image belongs.
pub(crate) fn current(project: &Project, canister: &str) -> Result<(i64, String), String> {
    let layout = project.read(format!("canisters/{canister}/core/src/store/layout.rs"))?;
    let schema = tidy::layout_schema(&layout).ok_or("the layout states no `SCHEMA`")?;
    Ok((schema, format!("canisters/{canister}/core/tests/golden/schema-{schema:04}.bin.gz")))
}
