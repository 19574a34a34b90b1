//! `granary node`: a local network in the foreground.

use std::path::PathBuf;

use localnet::{certification::DEV_ROOT_KEY_HEX, network::NetworkConfig};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    operations::demo::network,
    render::{Page, Report, page::Tone},
    session::Session,
};

/// The network runs in real time until Ctrl-C. With --state it goes on where it ended before.
/// Its keys are public: it is for development, and listens on this machine only. Stand-ins for the
/// ledgers and the cycles minting canister are on it, so that `icp` can deploy to it too.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder the state is kept in.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Folder for compiled modules, so that the next start is quicker.
    #[arg(long, env = "LOCALNET_CACHE_DIR", value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Port to listen at; 0 takes a free one.
    #[arg(long, env = "GRANARY_PORT", default_value_t = 4943)]
    port: u16,
}

/// Where the network is.
#[derive(Debug, Serialize)]
struct Started {
    url: String,
    engine: &'static str,
    root_key: &'static str,
    state: Option<String>,
}

impl Report for Started {
    const SCHEMA: &'static str = "granary.node/1";

    fn text(&self, page: &mut Page) {
        let up = page.paint(Tone::Good, "up");
        page.line(format!("{up}: {} at {}", self.engine, self.url));
        page.field("state", self.state.as_deref().unwrap_or("in memory only"));
        page.line(
            "its root key is public and proves nothing elsewhere; it serves this machine only",
        );
        page.line("Ctrl-C ends it; in another terminal: granary deploy");
    }
}

/// How it ended.
#[derive(Debug, Serialize)]
struct Stopped {
    saved: bool,
}

impl Report for Stopped {
    const SCHEMA: &'static str = "granary.node_stopped/1";

    fn text(&self, page: &mut Page) {
        page.line(if self.saved { "stopped, state saved" } else { "stopped" });
    }
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    if let Some(folder) = &args.state {
        std::fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    }
    let saved = args.state.is_some();
    let (seed, state) = (session.global.seed, args.state.clone());
    let config = NetworkConfig { seed, ..NetworkConfig::default() }.with_stand_ins();
    let server = network::start(config, args.port, state, args.cache).await?;
    let asked_to_stop = network::asked_to_stop()?;
    session.out.emit_line(&Started {
        url: server.url(),
        engine: localnet::server::VERSION,
        root_key: DEV_ROOT_KEY_HEX,
        state: args.state.map(|folder| folder.display().to_string()),
    })?;
    asked_to_stop.await?;
    network::stop(server).await?;
    session.out.emit_line(&Stopped { saved })?;
    Ok(Exit::Ok)
}
