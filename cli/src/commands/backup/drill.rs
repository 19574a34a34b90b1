//! `granary backup drill`.

use std::{path::Path, time::Instant};

use super::{
    create::{self, What},
    now_ns,
    verify::Cache,
};
use crate::{
    cli::Mutation,
    exit::Exit,
    failure::Failure,
    operations::backup::{report::Drilled, verify},
    render::Progress,
    session::Session,
};

/// Takes a backup as `granary backup create` does and proves it as `granary backup verify` does.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    cache: Cache,
    /// Do not ask before pausing canisters of the main network.
    #[arg(long, short, env = "GRANARY_YES", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let began = Instant::now();
    let progress = Progress::new(session.out);
    let mutation = Mutation { yes: args.yes, dry_run: false };
    let created = create::create(&args.what, mutation, session, &progress).await?;
    let folder = Path::new(&created.folder);
    let verified = verify::verify(folder, args.cache.cache, now_ns(), &progress).await?;
    progress.clear();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = Drilled { ok: verified.ok, took_ms, created, verified };
    session.out.emit(&report)?;
    Ok(if report.ok { Exit::Ok } else { Exit::Failed })
}
