//! The one door for checks and generated files: `cargo xtask check`, `cargo xtask bless`, …
//!
//! Rooms:
//! * `check` – the list of steps CI runs, in CI's order; `step` runs and reports them;
//! * `tidy` – the house rules that a compiler does not know;
//! * `layers` – who may import whom;
//! * `supply` – licences, sources, bans, unused dependencies;
//! * `interface` – `.did` compatibility, Wasm exports and imports;
//! * `shell` – the shell scripts, read by shellcheck;
//! * `one_build` – the demo and the tests share one compilation of the dependencies;
//! * `bench` – instructions per call, against committed baselines;
//! * `bless` – rewrites every generated file;
//! * `golden` – freezes the memory image of a schema that is being released;
//! * `tier` – what needs programs from elsewhere, and is not part of CI;
//! * `repro` – two builds in two folders must give the same bytes;
//! * `project`, `process` – the checkout, and the commands run in it.

mod bench;
mod bless;
mod check;
mod golden;
mod interface;
mod layers;
mod one_build;
mod process;
mod project;
mod repro;
mod shell;
mod step;
mod supply;
mod tidy;
mod tier;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Checks and generated files of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs everything CI runs, in CI's order.
    Check {
        /// Runs only these steps (see `--list`); may be given several times or with commas.
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
        /// Leaves these steps out.
        #[arg(long, value_delimiter = ',')]
        skip: Vec<String>,
        /// Names the steps and what each one proves, and runs none.
        #[arg(long)]
        list: bool,
        /// Stops at the first step that fails.
        #[arg(long)]
        fail_fast: bool,
    },
    /// Rewrites every generated file: the `.did` files, the catalogues, the reply headers.
    Bless,
    /// Checks the house rules: rooms, limits, markers, endpoints, documents.
    Tidy,
    /// Checks who imports whom, from cargo's own dependency graph.
    Layers,
    /// Checks licences, sources, bans and duplicates as deny.toml states them.
    Deny,
    /// Finds dependencies that are declared and not used.
    Machete,
    /// Builds the canisters and prints path, size and module hash of each.
    Build {
        /// The version to build as, instead of the workspace's.
        #[arg(long = "as", value_name = "VERSION")]
        version: Option<String>,
        /// Only these canisters; all when none is named.
        canisters: Vec<String>,
    },
    /// Counts the instructions of calls and upgrades on states of several sizes.
    Bench {
        /// Fails on a figure that is worse than the baseline or misses its goal.
        #[arg(long)]
        check: bool,
        /// Makes the figures the baseline.
        #[arg(long, conflicts_with = "check")]
        write: bool,
        /// Measures at this many rows (applications, users, entries) instead of the usual sizes.
        #[arg(long, value_delimiter = ',')]
        rows: Vec<u64>,
        /// Only these canisters; all when none is named. `localnet` alone times the network itself.
        canisters: Vec<String>,
    },
    /// Freezes the memory image of each canister's current schema, where that is not done yet.
    Golden,
    /// Builds every canister in two folders and compares the bytes.
    Repro,
    /// Runs what needs a program that is not there everywhere; it is installed below `target`.
    Tier {
        #[command(subcommand)]
        tier: tier::Tier,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Whether `cargo xtask <name>` exists; documents are held to it.
fn is_task(name: &str) -> bool {
    Cli::command().find_subcommand(name).is_some()
}

/// Runs one task; `Ok(false)` means it ran and its verdict, already printed, is negative.
fn run(task: Task) -> Result<bool, String> {
    let project = project::Project::open()?;
    match task {
        Task::Check { list: true, .. } => {
            step::say(&check::describe());
            Ok(true)
        }
        Task::Check { only, skip, list: false, fail_fast } => {
            check::check(&project, &check::Selection { only, skip, fail_fast })
        }
        Task::Bless => Ok(step::single("bless", || bless::bless(&project))),
        Task::Tidy => Ok(step::single("tidy", || tidy::check(&project))),
        Task::Layers => Ok(step::single("layers", || layers::check(&project))),
        Task::Deny => Ok(step::single("deny", || supply::deny::check(&project))),
        Task::Machete => Ok(step::single("machete", || supply::machete::check(&project))),
        Task::Build { version, canisters } => build(&project, version, canisters),
        Task::Bench { check, write, rows, canisters } => {
            if canisters == ["localnet"] && rows.is_empty() && !check && !write {
                return bench::show_localnet(&project);
            }
            let selection = bench::Selection { canisters, rows };
            if check {
                return Ok(step::single("bench", || bench::check(&project, &selection)));
            }
            bench::show(&project, &selection, write)
        }
        Task::Golden => Ok(step::single("golden", || golden::freeze(&project))),
        Task::Repro => Ok(step::single("repro", || repro::check(&project))),
        Task::Tier { tier } => tier::run(&project, &tier),
    }
}

fn build(
    project: &project::Project,
    version: Option<String>,
    names: Vec<String>,
) -> Result<bool, String> {
    let names = if names.is_empty() { project.canisters() } else { names };
    let options = granary_build::BuildOptions { version, features: Vec::new() };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for artifact in granary_build::canisters(&names, &options).map_err(|e| e.to_string())? {
        let size = artifact.bytes.len();
        step::say(&format!("{} {size} {}", artifact.hash_hex(), artifact.path.display()));
    }
    Ok(true)
}
