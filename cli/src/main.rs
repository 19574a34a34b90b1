//! `granary`, the tool that runs grant rounds: parse, run, exit code.
//!
//! | room | holds |
//! |---|---|
//! | `cli` | global flags and the tree of commands |
//! | `commands` | one file per command: its arguments and which work it starts |
//! | `operations` | the work, over a `Client` |
//! | `client` | the way to a canister |
//! | `render` | text and JSON from one value |
//! | `session` | what the global flags add up to |
//! | `suite` | the canisters there are |
//! | `identity`, `ids` | who calls, and which canister |
//! | `account`, `amount`, `duration`, `date` | what people type, exact |
//! | `failure`, `exit` | how things go wrong, and the number the process ends with |

mod account;
mod amount;
mod cli;
mod client;
mod commands;
mod date;
mod duration;
mod exit;
mod failure;
mod identity;
mod ids;
mod operations;
mod render;
mod session;
mod suite;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, exit::Exit, failure::Failure, session::Session};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let session = Session::new(cli.global);
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(Exit::Failed, "cli.runtime", format!("cannot start threads: {error}"))
        })
        .and_then(|runtime| runtime.block_on(commands::run(cli.command, &session)));
    match result {
        Ok(exit) => exit.into(),
        // Whoever was reading has read enough.
        Err(failure) if failure.exit == Exit::Ok => ExitCode::SUCCESS,
        Err(failure) => {
            session.out.fail(&failure);
            failure.exit.into()
        }
    }
}
