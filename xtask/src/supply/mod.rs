//! What enters the project from outside: checked with the standard tools, installed when missing.

pub(crate) mod deny;
pub(crate) mod machete;

use std::path::PathBuf;

use crate::{
    process::{self, Show, cargo},
    project::Project,
};

/// These programs run for a second or two: being there soon counts more than being fast.
const COMPILED_SOON: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// A cargo subcommand, in exactly the version the verdicts were made with.
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// The program's path; installs it below `target/tools` when it is not there in this version.
    fn ready(&self, project: &Project) -> Result<PathBuf, String> {
        let root = project.metadata()?.target_directory.join("tools");
        let program = root.join("bin").join(self.name);
        let mark = root.join(format!("{}-{}", self.name, self.version));
        if program.exists() && mark.exists() {
            return Ok(program.into());
        }
        eprintln!("installing {} {} into {root} (once)", self.name, self.version);
        let mut command = cargo(project, &["install", "--locked", "--quiet", self.name]);
        command.args(["--version", self.version, "--root", root.as_str(), "--target-dir"]);
        command.arg(root.join("build")).envs(COMPILED_SOON);
        let ended = process::run(&mut command, Show::Nothing)?;
        if !ended.success {
            return Err(format!(
                "{}\ncannot install {} {}; it comes from the package registry",
                process::last_words(&ended),
                self.name,
                self.version
            ));
        }
        std::fs::write(&mark, "").map_err(|error| format!("cannot write {mark}: {error}"))?;
        Ok(program.into())
    }
}
