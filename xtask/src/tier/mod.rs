//! Optional tiers: what needs something that CI and closed networks may not have.
//!
//! A tier that cannot get what it needs says so and fails: it never passes without having run.
//!
//! Rooms: `icp` – the official command; `dfx` – its elder's reading of dfx.json; `js` – the
//! JavaScript clients; `monitoring` – a real Prometheus; `served` – a network that the client did
//! not start.

mod dfx;
mod icp;
mod js;
mod monitoring;
mod served;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use clap::Subcommand;

use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::say,
};

/// The tiers there are.
#[derive(Debug, Subcommand)]
pub(crate) enum Tier {
    /// The official `icp` command, from npm, against localnet: every command with what it must
    /// say and how it must end.
    Icp,
    /// dfx.json, read by dfx's own library, from the package registry.
    Dfx,
    /// The official JavaScript agent and the JavaScript client of `PocketIC`, from npm, against
    /// localnet.
    Js,
    /// Rules, dashboards and routes of `ops/`, tried by Debian's Prometheus and Alertmanager on a
    /// running suite.
    Monitoring,
}

/// Runs a tier; `Ok(false)` means that it ran and found something, already printed.
pub(crate) fn run(project: &Project, tier: &Tier) -> Result<bool, String> {
    match tier {
        Tier::Icp => icp::run(project),
        Tier::Dfx => dfx::run(project),
        Tier::Js => js::run(project),
        Tier::Monitoring => monitoring::run(project),
    }
}

/// What was done, and what was wrong with what came of it.
type Verdict = (String, Result<(), String>);

/// Prints a line for each, and the sum under the name of what ran; false when one failed.
fn print(what: &str, verdicts: &[Verdict]) -> bool {
    for (words, verdict) in verdicts {
        match verdict {
            Ok(()) => say(&format!("ok    {words}")),
            Err(why) => say(&format!("FAIL  {words}\n      {}", why.replace('\n', "\n      "))),
        }
    }
    let failures = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).count();
    say(&format!("{what}: {} rows, {failures} failed", verdicts.len()));
    failures == 0
}

/// The `localnet` program, built with the features everything else is built with.
fn localnet(project: &Project, target: &Path) -> Result<PathBuf, String> {
    let build = ["build", "--release", "--locked", "--workspace", "--bin", "localnet"];
    built(project, &build, target.join("release/localnet"))
}

/// The operator's program, built in the same way.
fn granary(project: &Project, target: &Path) -> Result<PathBuf, String> {
    let build = ["build", "--release", "--locked", "--workspace", "--bin", "granary"];
    built(project, &build, target.join("release/granary"))
}

fn built(project: &Project, build: &[&str], program: PathBuf) -> Result<PathBuf, String> {
    let ended = process::run(&mut cargo(project, build), Show::Nothing)?;
    if ended.success { Ok(program) } else { Err(process::last_words(&ended)) }
}

/// Runs npm in `folder` without scripts of packages; `what` is named when it cannot be had.
fn npm(folder: &Path, arguments: &[&str], what: &str) -> Result<(), String> {
    let mut npm = Command::new("npm");
    npm.args(arguments).args(["--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    npm.arg(folder).env("NO_UPDATE_NOTIFIER", "1");
    let not_run = format!("the tier did not run: {what} cannot be had from npm");
    let ended = process::run(&mut npm, Show::Nothing).map_err(|why| format!("{why}\n{not_run}"))?;
    if ended.success {
        return Ok(());
    }
    Err(format!("{}\n{not_run}", process::last_words(&ended)))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> String + use<> {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}
