//! `granary identity`: who the flags make this tool act as.

use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    render::{Page, Report},
    session::Session,
};

/// Without flags it is nobody on the main network, and `manager` on a local one.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Identity {
    principal: String,
    network: String,
}

impl Report for Identity {
    const SCHEMA: &'static str = "granary.identity/1";

    fn text(&self, page: &mut Page) {
        page.line(&self.principal);
    }
}

pub(crate) fn exec(_args: &Args, session: &Session) -> Result<Exit, Failure> {
    let network = session.network()?;
    let principal = session.caller(&network, "manager")?.principal()?.to_text();
    session.out.emit(&Identity { principal, network: network.name })?;
    Ok(Exit::Ok)
}
