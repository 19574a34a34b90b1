//! `granary import`: applications of a file brought into a programme, or a backup into a canister.

use std::path::{Path, PathBuf};

use granary_api::micro_grants::ProgramArgs;
use serde::Serialize;

use crate::{
    cli::Mutation,
    client::grants::GET_PROGRAM,
    exit::Exit,
    failure::Failure,
    operations::{
        backup::logical,
        import::{self, Became, Imported, Refusal, Terms},
        round::{Round, Skipped, daoip5, table},
    },
    render::{Page, Progress, Report, page::Tone, page::cut, wire::Asset},
    session::Session,
    suite,
};

/// Reads a DAOIP-5 document, a CSV file with --mapping, or with --into a folder that `granary
/// export` wrote, for a canister deployed with --importing. Rows with an amount are submitted, rows
/// without one become drafts, and every row that cannot be taken is reported with its line.
/// Importing the same file again within a day changes nothing.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// DAOIP-5 JSON, CSV when --mapping says what its columns mean, or a backup's folder.
    file: PathBuf,
    /// Canister the backup is for.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["mapping", "program", "convert"])]
    into: Option<String>,
    /// JSON file that names the columns, the words for "nothing" and the statuses of a CSV file.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Programme the applications are for.
    #[arg(long, value_name = "ID", required_unless_present_any = ["convert", "into"])]
    program: Option<u64>,
    /// Write the file as a DAOIP-5 document instead of importing it; speaks to no network.
    #[arg(long, value_name = "FILE", conflicts_with = "program")]
    convert: Option<PathBuf>,
    /// Which of the amounts of a DAOIP-5 document to take.
    #[arg(long, default_value = "USD")]
    denomination: String,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    if let Some(name) = &args.into {
        return restore(&args, name, session).await;
    }
    let round = read(&args)?;
    if let Some(path) = &args.convert {
        return convert(&round, path, session);
    }
    let program = args.program.unwrap_or_default();
    let grants = session.grants("manager").await?;
    let known = grants.query(GET_PROGRAM, &ProgramArgs { program }).await?;
    let asset = known.asset;
    session.confirm(args.mutation, &format!("import {} rows", round.rows()))?;
    let local = session.network()?.name == "local";
    let terms = Terms {
        program,
        decimals: asset.decimals,
        derive_applicants: local.then_some(session.global.seed),
        due_from_ns: known.created_at_ns,
        dry_run: args.mutation.dry_run,
    };
    let progress = Progress::new(session.out);
    let imported = import::import(&grants, &round, &terms, &progress).await?;
    progress.clear();
    let report = ImportReport::new(args.mutation.dry_run, &round, imported, &asset);
    session.out.emit(&report)?;
    Ok(if report.refused.is_empty() { Exit::Ok } else { Exit::Degraded })
}

/// Fills a canister that was deployed for it; the governor sends, the backup role reads the result.
async fn restore(args: &Args, name: &str, session: &Session) -> Result<Exit, Failure> {
    let member = suite::member(name)?;
    if args.mutation.dry_run {
        session.out.emit(&logical::check(&args.file, member)?)?;
        return Ok(Exit::Ok);
    }
    session.confirm(args.mutation, &format!("fill {name} from {}", args.file.display()))?;
    let governor = session.remote(member.name, "governor").await?;
    let reader = session.remote(member.name, "backup").await?;
    let progress = Progress::new(session.out);
    let report = logical::import(&governor, &reader, member, &args.file, &progress).await?;
    progress.clear();
    session.out.emit_change(&report)?;
    Ok(Exit::Ok)
}

fn read(args: &Args) -> Result<Round, Failure> {
    let file = |path: &Path| std::fs::read(path).map_err(Failure::file("read", path));
    let text = |path: &Path| std::fs::read_to_string(path).map_err(Failure::file("read", path));
    match &args.mapping {
        Some(mapping) => table::read(&file(&args.file)?, &table::Mapping::parse(&text(mapping)?)?),
        None => daoip5::read(&text(&args.file)?, &args.denomination),
    }
}

fn convert(round: &Round, path: &Path, session: &Session) -> Result<Exit, Failure> {
    let document = daoip5::write(round);
    let mut text = serde_json::to_string_pretty(&document).expect("a document of texts is JSON");
    text.push('\n');
    std::fs::write(path, text).map_err(Failure::file("write", path))?;
    let report = Converted {
        file: path.display().to_string(),
        rows: round.rows(),
        applications: round.proposals.len(),
        skipped: round.skipped.clone(),
    };
    session.out.emit_change(&report)?;
    Ok(if report.skipped.is_empty() { Exit::Ok } else { Exit::Degraded })
}

#[derive(Debug, Serialize)]
struct Converted {
    file: String,
    rows: usize,
    applications: usize,
    skipped: Vec<Skipped>,
}

impl Report for Converted {
    const SCHEMA: &'static str = "granary.convert/1";

    fn text(&self, page: &mut Page) {
        page.line(format!("{}: {} of {} rows", self.file, self.applications, self.rows));
        for row in &self.skipped {
            page.line(format!("line {}: {} ({})", row.line, row.reason, cut(&row.title, 50)));
        }
    }
}

/// What became of a file.
#[derive(Debug, Serialize)]
pub(crate) struct ImportReport {
    dry_run: bool,
    rows: usize,
    applications: usize,
    drafts: usize,
    requested_units: String,
    asset: Asset,
    pub(crate) refused: Vec<Refusal>,
}

impl ImportReport {
    pub(crate) fn new(
        dry_run: bool,
        round: &Round,
        imported: Imported,
        asset: &granary_api::micro_grants::Asset,
    ) -> Self {
        let taken = &imported.taken;
        let drafts = taken.iter().filter(|row| matches!(row.became, Became::Draft(_))).count();
        let units = taken.iter().fold(0_u128, |sum, row| sum.saturating_add(row.units));
        Self {
            dry_run,
            rows: round.rows(),
            applications: taken.len() - drafts,
            drafts,
            requested_units: units.to_string(),
            asset: Asset::from(asset),
            refused: imported.refused,
        }
    }
}

impl Report for ImportReport {
    const SCHEMA: &'static str = "granary.import/1";

    fn text(&self, page: &mut Page) {
        let would = if self.dry_run { " (nothing was sent)" } else { "" };
        page.line(format!(
            "{} rows: {} applications for {}, {} drafts, {} refused{would}",
            self.rows,
            self.applications,
            self.asset.money_of(&self.requested_units),
            self.drafts,
            self.refused.len()
        ));
        for refusal in &self.refused {
            let row = &refusal.row;
            let line = page.paint(Tone::Warning, &format!("line {}", row.line));
            page.line(format!("{line}: {} [{}] ({})", row.reason, row.code, cut(&row.title, 50)));
        }
    }
}
