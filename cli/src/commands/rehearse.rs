//! `granary rehearse`: a release tried on a copy.

use std::path::{Path, PathBuf};

use crate::{
    cli::Mutation,
    commands::{
        backup::{self, create, verify::Cache},
        upgrade,
    },
    exit::Exit,
    failure::Failure,
    ids,
    operations::{
        rehearse::{self, RehearsalReport, Trial},
        release::crew::now_ms,
    },
    render::Progress,
    session::Session,
    suite,
};

/// Boots a backup on a network inside this process and installs the new code there by the steps of
/// `granary upgrade`. The report it writes is what `granary upgrade --rehearsed` goes by.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder with the modules, `<canister>.wasm` each; otherwise they are built from this
    /// checkout.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Backup to try it on; otherwise one is taken now.
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
    /// Replace this canister's code even though callers lose what the plan names; may be given
    /// several times.
    #[arg(long, value_name = "NAME")]
    accept_breaking: Vec<String>,
    /// Where the report goes; otherwise below `.granary/rehearsals`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    cache: Cache,
    /// Do not ask before pausing canisters of the main network for the backup.
    #[arg(long, short, env = "GRANARY_YES", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let progress = Progress::new(session.out);
    for name in &args.accept_breaking {
        suite::member(name)?;
    }
    let modules = upgrade::modules(&[], args.modules.as_deref(), session)?;
    let folder = if let Some(folder) = args.backup {
        folder
    } else {
        let mutation = Mutation { yes: args.yes, dry_run: false };
        let what = create::What::default();
        create::create(&what, mutation, session, &progress).await?.folder.into()
    };
    let network = session.network()?.name;
    let rehearsals = Path::new(".granary").join("rehearsals").join(ids::file_name(&network));
    let name = now_ms().to_string();
    let trial = Trial {
        folder,
        modules,
        accepted: args.accept_breaking,
        scratch: rehearsals.join(&name),
        cache: args.cache.cache,
        now_ns: backup::now_ns(),
    };
    let rehearsal = rehearse::rehearse(&trial, &progress).await?;
    let path = args.out.unwrap_or_else(|| rehearsals.join(format!("{name}.json")));
    rehearsal.write(&path)?;
    progress.clear();
    let report = RehearsalReport { file: path.display().to_string(), rehearsal };
    session.out.emit(&report)?;
    Ok(if report.rehearsal.ok { Exit::Ok } else { Exit::Failed })
}
