//! The shell scripts, read by shellcheck. It is installed by whoever owns the machine: it is no
//! package of cargo's, and this step installs nothing.

use std::process::Command;

use crate::{
    process::{self, Show},
    project::Project,
    step::Verdict,
};

const PROGRAM: &str = "shellcheck";

/// Every script of the checkout has no finding.
pub(crate) fn check(project: &Project) -> Verdict {
    let mut files = project.files()?;
    files.retain(|file| is_script(file));
    checked(project, PROGRAM, &files)
}

fn checked(project: &Project, program: &str, files: &[String]) -> Verdict {
    let mut command = Command::new(program);
    command.current_dir(&project.root).args(["--external-sources", "--"]).args(files);
    let ended = process::run(&mut command, Show::Nothing)
        .map_err(|why| format!("{why}; next: apt-get install shellcheck"))?;
    if ended.success { Ok(format!("{} scripts", files.len())) } else { Err(ended.stdout) }
}

fn is_script(file: &str) -> bool {
    file == ".ci/run" || std::path::Path::new(file).extension().is_some_and(|kind| kind == "sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_their_names() {
        let files = [".ci/run", "scripts/deploy.sh", "docs/a.md", "scripts"];
        assert_eq!(files.map(is_script), [true, true, false, false]);
    }

    #[test]
    fn a_missing_tool_is_an_error_that_says_what_to_type() {
        let project = Project::open().expect("the tests run inside the checkout");
        let refusal = checked(&project, "no-such-shellcheck", &[]).expect_err("there is none");
        assert!(refusal.ends_with("next: apt-get install shellcheck"), "{refusal}");
    }
}
