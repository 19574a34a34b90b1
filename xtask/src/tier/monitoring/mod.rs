//! `ops/` against the programs it is written for: promtool, amtool, Prometheus, Alertmanager.
//!
//! Rooms:
//! * `files` – rules, their unit tests, dashboards, routes: no network;
//! * `live` – a real Prometheus that scrapes a running suite;
//! * `hidden` – which alert hides which;
//! * `process` – programs that run meanwhile, and what they answer over HTTP.

mod files;
mod hidden;
mod live;
mod process;

use std::path::{Path, PathBuf};

use crate::{
    process::{self as commands, Show},
    project::Project,
    step::say,
};

/// What the tier needs, and what of it is asked for its version.
const TOOLS: [&str; 4] = ["promtool", "amtool", "prometheus", "prometheus-alertmanager"];

/// What was done, and what was seen or was wrong.
type Verdict = (String, Result<String, String>);

/// Where things are.
struct Place {
    /// The checkout.
    root: PathBuf,
    /// What the tier writes goes here.
    folder: PathBuf,
    /// What cargo built.
    target: PathBuf,
}

/// Runs all of it and prints a line for each step.
pub(super) fn run(project: &Project) -> Result<bool, String> {
    for tool in TOOLS {
        let mut command = std::process::Command::new(tool);
        let ended = commands::run(command.arg("--version"), Show::Nothing);
        let said = ended.map_err(|why| {
            format!(
                "{why}\nthe tier did not run: apt-get install --no-install-recommends prometheus \
                 prometheus-alertmanager"
            )
        })?;
        let version = format!("{}{}", said.stdout, said.stderr);
        say(&format!("with  {}", version.lines().next().unwrap_or(tool)));
    }
    let target = project.metadata()?.target_directory.clone().into_std_path_buf();
    let folder = target.join("tier/monitoring");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let place = Place { root: project.root.clone(), folder, target };
    let mut verdicts = files::check(&place)?;
    verdicts.extend(live::check(project, &place)?);
    Ok(print(&verdicts))
}

fn print(verdicts: &[Verdict]) -> bool {
    let width = verdicts.iter().map(|(step, _)| step.chars().count()).max().unwrap_or(0);
    for (step, verdict) in verdicts {
        let (word, seen) = match verdict {
            Ok(seen) => ("ok  ", seen.replace('\n', " ")),
            Err(why) => ("FAIL", why.trim().replace('\n', "\n        ")),
        };
        say(&format!("{word}  {step:width$}  {seen}"));
    }
    let failures = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).count();
    say(&format!("monitoring: {} steps, {failures} failed", verdicts.len()));
    failures == 0
}

/// What went wrong with a file.
fn failed<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String + use<E> {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}
