//! `granary completions`: a script that teaches a shell the commands.

use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;

use crate::{
    cli::Cli,
    exit::Exit,
    failure::Failure,
    render::{Page, Report},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The shell to teach.
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Report for Script {
    const SCHEMA: &'static str = "granary.completions/1";

    fn text(&self, page: &mut Page) {
        page.line(&self.script);
    }
}

pub(crate) fn exec(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "granary", &mut bytes);
    let script = String::from_utf8_lossy(&bytes).into_owned();
    session.out.emit(&Script { shell: args.shell.to_string(), script })?;
    Ok(Exit::Ok)
}
