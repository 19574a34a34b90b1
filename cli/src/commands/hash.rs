//! `granary hash …`: module hashes, of a file and on the network.

use std::path::PathBuf;

use clap::Subcommand;
use granary_module::{Module, limits::MODULE_BYTES_MAX};
use serde::Serialize;

use crate::{
    client::Client,
    exit::Exit,
    failure::Failure,
    render::{Page, Report},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// The hashes the network shows for a module: packed as it is, and unpacked.
    Calculate(Calculate),
    /// The hash of the code a canister runs, as the network certifies it.
    Onchain(Onchain),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Calculate {
    /// A module, .wasm or .wasm.gz.
    file: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Onchain {
    /// Canister to look at.
    name: String,
}

#[derive(Debug, Serialize)]
struct OfFile {
    file: String,
    /// SHA-256 of the file: what the network shows when it is installed as it is.
    sha256: String,
    /// SHA-256 of the module in it, where the file is packed.
    unpacked_sha256: Option<String>,
    canister: String,
    version: String,
    commit: String,
}

impl Report for OfFile {
    const SCHEMA: &'static str = "granary.hash/1";

    fn text(&self, page: &mut Page) {
        page.line(format!("{}  {}", self.sha256, self.file));
        if let Some(unpacked) = &self.unpacked_sha256 {
            page.field("unpacked", unpacked);
        }
        for (label, said) in
            [("canister", &self.canister), ("version", &self.version), ("commit", &self.commit)]
        {
            page.field(label, if said.is_empty() { "not stated" } else { said.as_str() });
        }
    }
}

#[derive(Debug, Serialize)]
struct OnNetwork {
    name: String,
    canister: String,
    sha256: Option<String>,
}

impl Report for OnNetwork {
    const SCHEMA: &'static str = "granary.hash_onchain/1";

    fn text(&self, page: &mut Page) {
        let hash = self.sha256.as_deref().unwrap_or("no code");
        page.line(format!("{hash}  {} {}", self.name, self.canister));
    }
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Calculate(args) => calculate(&args, session),
        Command::Onchain(args) => onchain(args, session).await,
    }
}

fn calculate(args: &Calculate, session: &Session) -> Result<Exit, Failure> {
    let bytes = std::fs::read(&args.file).map_err(Failure::file("read", &args.file))?;
    let file = args.file.display().to_string();
    let module = Module::read(&bytes, MODULE_BYTES_MAX).map_err(|fault| {
        let message = format!("{file}: {fault}");
        Failure::new(Exit::Usage, "cli.no_module", message).next("cargo xtask build")
    })?;
    let (own, inner) = (hex::encode(module.sha256), hex::encode(module.raw_sha256));
    let stated = module.stated;
    session.out.emit(&OfFile {
        file,
        unpacked_sha256: (inner != own).then_some(inner),
        sha256: own,
        canister: stated.canister,
        version: stated.version,
        commit: stated.commit,
    })?;
    Ok(Exit::Ok)
}

async fn onchain(args: Onchain, session: &Session) -> Result<Exit, Failure> {
    let canister = session.canister(&args.name)?;
    let hash = session.client("manager").await?.module_hash(canister).await?;
    let sha256 = hash.map(hex::encode);
    session.out.emit(&OnNetwork { name: args.name, canister: canister.to_text(), sha256 })?;
    Ok(Exit::Ok)
}
