//! cargo-machete: dependencies that are declared and never named in the sources.

use std::process::Command;

use super::Tool;
use crate::{process::verdict, project::Project, step::Verdict};

const TOOL: Tool = Tool { name: "cargo-machete", version: "0.9.2" };

/// Searches the workspace's own packages.
pub(crate) fn check(project: &Project) -> Verdict {
    let program = TOOL.ready(project)?;
    // The metadata tells the name a package is used by when it differs from the package's.
    let mut command = Command::new(program);
    verdict(command.arg("--with-metadata").arg(&project.root), "every dependency is used")
}
