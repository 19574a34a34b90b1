//! `granary proposal create upgrade`: new code, staged and described.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use granary_api::governor::{Payload, Release};
use serde_bytes::ByteBuf;

use super::create::{Words, propose};
use crate::{
    cli::Mutation,
    client::{agent::AgentClient, governor::CANISTER, remote::Remote},
    commands::upgrade as direct,
    exit::Exit,
    failure::Failure,
    operations::govern::{
        PROPOSER, parse_hash,
        release::{self, About},
        staging,
    },
    render::{Progress, proposal::StagedModule},
    session::Session,
    suite,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder with the modules, `<canister>.wasm` each; otherwise they are built from this
    /// checkout.
    #[arg(long, value_name = "DIR", conflicts_with = "module")]
    modules: Option<PathBuf>,
    /// The module of one canister; may be given several times.
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_module)]
    module: Vec<(String, PathBuf)>,
    #[command(flatten)]
    pub(crate) about: Told,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    mutation: Mutation,
}

/// What people are told about a release.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Told {
    /// Name of the release; otherwise the version its modules state.
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,
    /// Where the source is.
    #[arg(long, value_name = "URL", default_value = "this checkout")]
    repository: String,
    /// Commit of the source; otherwise the one its modules state.
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// SHA-256 of the list of what it is built from.
    #[arg(long, value_name = "HEX", value_parser = parse_hash)]
    sbom: Option<ByteBuf>,
    /// When it suits.
    #[arg(long, default_value = "as soon as it may be executed")]
    window: String,
    /// What is done when it fails, beyond the way back that is automatic.
    #[arg(long, default_value = "the governor goes back by itself, and members may ask for it")]
    rollback_plan: String,
    /// Who is told, and how.
    #[arg(long, default_value = "members follow the proposal")]
    communication: String,
    /// Replace this canister's code even though callers lose something; may be given several times.
    #[arg(long, value_name = "NAME")]
    accept_breaking: Vec<String>,
}

impl Told {
    pub(crate) fn about(&self) -> Result<About, Failure> {
        for name in &self.accept_breaking {
            suite::member(name)?;
        }
        Ok(About {
            version: self.release.clone(),
            repository: self.repository.clone(),
            commit: self.commit.clone(),
            sbom: self.sbom.clone(),
            window: self.window.clone(),
            rollback_plan: self.rollback_plan.clone(),
            communication: self.communication.clone(),
            accepted: self.accept_breaking.clone(),
        })
    }
}

fn parse_module(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or_else(|| {
        format!("`{text}` names no file; write CANISTER=FILE, such as registry=registry.wasm")
    })?;
    let member = suite::member(name).map_err(|failure| failure.message)?;
    Ok((member.name.to_owned(), PathBuf::from(path)))
}

/// The modules of the arguments, by canister.
fn modules(args: &Args, session: &Session) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    if args.module.is_empty() {
        return direct::modules(&[], args.modules.as_deref(), session);
    }
    let read = |path: &Path| std::fs::read(path).map_err(Failure::file("read", path));
    args.module.iter().map(|(name, path)| Ok((name.clone(), read(path)?))).collect()
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, PROPOSER).await?;
    let modules = modules(&args, session)?;
    let progress = Progress::new(session.out);
    let about = args.about.about()?;
    let places = direct::places(session)?;
    let release = release::plan(&governor.client, &places, &modules, &about, &progress).await?;
    let mut staged = Vec::new();
    if !args.mutation.dry_run {
        session.confirm(args.mutation, "stage modules at the governor")?;
        staged = stage(&governor, &release, &modules, &progress).await?;
    }
    let payload = Payload::UpgradeRelease(release);
    propose(session, args.mutation, &args.words, payload, staged).await
}

/// Has every module of the release at the governor.
async fn stage(
    governor: &Remote<AgentClient>,
    release: &Release,
    modules: &BTreeMap<String, Vec<u8>>,
    progress: &Progress,
) -> Result<Vec<StagedModule>, Failure> {
    let staged = staging::stage_all(governor, release, modules, progress).await?;
    let row = |(canister, hash, what): (String, ByteBuf, staging::Staged)| StagedModule {
        canister,
        module_hash: hex::encode(hash),
        pieces: what.of,
        sent: what.sent,
    };
    Ok(staged.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_with_its_canister() {
        let expected = ("registry".to_owned(), PathBuf::from("a=b.wasm"));
        assert_eq!(parse_module("registry=a=b.wasm"), Ok(expected));
        for wrong in ["registry", "", "strategy=x.wasm"] {
            assert!(parse_module(wrong).is_err(), "{wrong}");
        }
    }
}
