//! cargo-deny with the project's deny.toml: licences, sources, bans, and advisories where their
//! database can be fetched.

use std::process::Command;

use super::Tool;
use crate::{
    process::{self, Ended, Show},
    project::Project,
    step::Verdict,
};

const TOOL: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// How cargo-deny begins when the advisory database cannot be fetched.
const NO_DATABASE: &str = "failed to fetch advisory database";

/// Runs the four checks. Advisories are skipped, and the verdict says so, on a machine that cannot
/// reach the database's host.
pub(crate) fn check(project: &Project) -> Verdict {
    let program = TOOL.ready(project)?;
    let run = |checks: &[&str]| -> Result<Ended, String> {
        let mut command = Command::new(&program);
        command.current_dir(&project.root).args(["--locked", "check"]).args(checks);
        // A question for a password would hang the run.
        command.env("GIT_TERMINAL_PROMPT", "0");
        process::run(&mut command, Show::Nothing)
    };
    let own = run(&["--hide-inclusion-graph", "bans", "licenses", "sources"])?;
    if !own.success {
        return Err(process::last_words(&own));
    }
    let advisories = run(&["advisories"])?;
    if advisories.success {
        return Ok("bans, licences, sources, advisories".to_owned());
    }
    if advisories.stderr.contains(NO_DATABASE) {
        return Ok("bans, licences, sources; advisories SKIPPED: the database's host cannot be \
                   reached from here"
            .to_owned());
    }
    Err(process::last_words(&advisories))
}
