//! The command line: global flags and the tree of commands.

use std::path::PathBuf;

use candid::Principal;
use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser as Falsey};

use crate::commands;

/// What the exit codes mean; shown under `granary help`.
const AFTER_HELP: &str = "\
Exit codes: 0 ok, 1 failed, 2 usage, 3 degraded or needs a person, 4 unreachable, 5 refused.
Every command takes --json and then prints one document with a `schema` field.";

/// A DAO treasury that releases money by milestones and survives every upgrade.
#[derive(Parser, Debug)]
#[command(name = "granary", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command understands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The IC endpoint to speak to.
    #[arg(long, global = true, env = "IC_URL", default_value = "http://127.0.0.1:4943")]
    pub(crate) url: String,
    /// Root key of a network that is neither localnet nor the main network, DER in hexadecimal;
    /// `fetch` believes a server on this machine.
    #[arg(long, global = true, env = "IC_ROOT_KEY", value_name = "HEX")]
    pub(crate) root_key: Option<String>,
    /// PEM file with the private key to act with.
    #[arg(
        long,
        global = true,
        env = "IDENTITY_PEM",
        value_name = "FILE",
        conflicts_with = "act_as"
    )]
    pub(crate) identity: Option<PathBuf>,
    /// Development identity to act as, such as `manager`; refused on the main network.
    #[arg(long = "as", global = true, env = "GRANARY_AS", value_name = "NAME")]
    pub(crate) act_as: Option<String>,
    /// Seed of the development identities and of a network started here.
    #[arg(long, global = true, env = "GRANARY_SEED", value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Canister to speak to; otherwise the one `granary deploy` noted for the network.
    #[arg(long, global = true, env = "GRANARY_CANISTER", value_name = "ID")]
    pub(crate) canister: Option<Principal>,
    /// Print one JSON document instead of text.
    #[arg(long, global = true, env = "GRANARY_JSON", value_parser = Falsey::new())]
    pub(crate) json: bool,
    /// When to colour text; `NO_COLOR` and `CLICOLOR_FORCE` are honoured.
    #[arg(long, global = true, env = "GRANARY_COLOR", value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorWhen,
    /// No progress, and no text about a change that succeeded.
    #[arg(long, short, global = true, env = "GRANARY_QUIET", value_parser = Falsey::new())]
    pub(crate) quiet: bool,
}

/// When to colour text.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColorWhen {
    /// On a terminal.
    Auto,
    Always,
    Never,
}

/// Flags of every command that changes something.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Mutation {
    /// Do not ask before changing something on the main network.
    #[arg(long, short, env = "GRANARY_YES", value_parser = Falsey::new())]
    pub(crate) yes: bool,
    /// Say what would be done and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Flags of every command that lists rows with numbers.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// Start behind this number.
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<u64>,
    /// Rows of one page.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u32,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run a real grant round on a network inside this process, upgrade it, and check the books.
    Demo(commands::demo::Args),
    /// Upgrade the suite on a network inside this process while clients keep working, well and
    /// badly, and look for everything they were told had happened.
    Drill(commands::drill::Args),
    /// Run a local network in the foreground.
    Node(commands::node::Args),
    /// Create the canisters of the suite, or install new versions of their code.
    Deploy(commands::deploy::Args),
    /// Replace the code of the suite: drained, with a snapshot, proven, and back by itself when it
    /// does not prove itself.
    Upgrade(commands::upgrade::Args),
    /// Bring back the code and the state from before the newest upgrade.
    Rollback(commands::rollback::Args),
    /// Backups of the suite, and the proof that they restore.
    #[command(subcommand)]
    Backup(commands::backup::Command),
    /// Try a release on a copy of the live canisters, in this process.
    Rehearse(commands::rehearse::Args),
    /// Load a backup into the live canisters it was taken of.
    Restore(commands::restore::Args),
    /// Write a canister's state to a folder, page by page, with a manifest of hashes.
    Export(commands::export::Args),
    /// Bring the applications of a file into a programme, or a backup into an empty canister.
    Import(commands::import::Args),
    /// The daily work of a grant round.
    #[command(subcommand)]
    Grants(commands::grants::Command),
    /// People, their identities, wallets, risk profiles and roles.
    #[command(subcommand)]
    Users(commands::users::Command),
    /// What the treasury holds and owes, and whether its ledgers agree.
    #[command(subcommand)]
    Books(commands::books::Command),
    /// Money that leaves: what waits, who approves, what became of it.
    #[command(subcommand)]
    Payments(commands::payments::Command),
    /// What stands before every payment: limits, seals, breakers, alerts.
    #[command(subcommand)]
    Guard(commands::guard::Command),
    /// The constitution: installed beside the suite, and left alone with it.
    #[command(subcommand)]
    Governor(commands::governor::Command),
    /// What members decide, and what becomes of it.
    #[command(subcommand)]
    Proposal(commands::proposal::Command),
    /// Who governs.
    #[command(subcommand)]
    Members(commands::members::Command),
    /// Who could change what.
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// What went wrong, and what people do about it.
    #[command(subcommand)]
    Incident(commands::incident::Command),
    /// The principal the flags make this tool act as.
    Identity(commands::identity::Args),
    /// How the canister is, component by component.
    Health(commands::health::Args),
    /// Watch the suite on a terminal: health, cycles, memory, breakers, alerts.
    Monitor(commands::monitor::Args),
    /// What somebody has to look at, and telling it to people who are not here.
    #[command(subcommand)]
    Alerts(commands::alerts::Command),
    /// Serve the controller's view of the canisters to Prometheus.
    Exporter(commands::exporter::Args),
    /// Check every invariant, the journal's hash chain and the certificate of its head.
    Validate(commands::validate::Args),
    /// What stands in the way of the work, each with the command that mends it.
    Doctor(commands::doctor::Args),
    /// Compare the code that runs and its controllers with what should be.
    Verify(commands::verify::Args),
    /// Module hashes, of a file and on the network.
    #[command(subcommand)]
    Hash(commands::hash::Command),
    /// Print a completion script for a shell.
    Completions(commands::completions::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_and_takes_json() {
        fn visit(command: &mut clap::Command, path: &str) {
            let help = command.render_long_help().to_string();
            assert!(help.contains("--json"), "{path} does not take --json");
            assert!(command.get_about().is_some(), "{path} says nothing about itself");
            for child in command.get_subcommands_mut() {
                if child.get_name() != "help" {
                    let path = format!("{path} {}", child.get_name());
                    visit(child, &path);
                }
            }
        }
        let mut command = Cli::command();
        command.build();
        visit(&mut command, "granary");
    }

    /// One that had it would read the other's value, of another type.
    #[test]
    fn no_argument_has_the_name_of_a_global_one() {
        fn visit(command: &clap::Command, global: &[String], path: &str) {
            for child in command.get_subcommands() {
                let path = format!("{path} {}", child.get_name());
                for argument in child.get_arguments() {
                    let id = argument.get_id().to_string();
                    assert!(!global.contains(&id), "{path} has an argument `{id}`");
                }
                visit(child, global, &path);
            }
        }
        let command = Cli::command();
        let global: Vec<String> =
            command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
        visit(&command, &global, "granary");
    }

    #[test]
    fn every_global_flag_has_a_variable() {
        for argument in Cli::command().get_arguments() {
            let id = argument.get_id().as_str();
            if !matches!(id, "help" | "version") {
                assert!(argument.get_env().is_some(), "--{id} has no environment variable");
            }
        }
    }
}
