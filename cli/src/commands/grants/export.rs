//! `granary grants export`: a programme's public report for other tools.

use std::path::PathBuf;

use clap::ValueEnum;
use granary_api::micro_grants::ProgramArgs;
use serde::Serialize;

use crate::{
    client::grants::GET_PROGRAM,
    exit::Exit,
    failure::Failure,
    operations::export,
    render::{Page, Report},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the programme.
    program: u64,
    /// Form of the report.
    #[arg(long, default_value = "daoip5")]
    format: Format,
    /// Name of the organisation in a DAOIP-5 document.
    #[arg(long, default_value = "granary")]
    system: String,
    /// File to write instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Daoip5,
    Csv,
}

#[derive(Debug, Serialize)]
struct Exported {
    format: Format,
    rows: usize,
    file: Option<String>,
    /// The report itself, when it was not written to a file.
    document: Option<String>,
}

impl Report for Exported {
    const SCHEMA: &'static str = "granary.export/1";

    fn text(&self, page: &mut Page) {
        match (&self.document, &self.file) {
            (Some(document), _) => page.line(document),
            (None, file) => {
                let file = file.as_deref().unwrap_or_default();
                page.line(format!("{} rows in {file}", self.rows));
            }
        }
    }
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("manager").await?;
    let program = grants.query(GET_PROGRAM, &ProgramArgs { program: args.program }).await?;
    let rows = export::rows(&grants, args.program).await?;
    let text = match args.format {
        Format::Csv => export::csv(&program, &rows)?,
        Format::Daoip5 => {
            let document = export::daoip5(&args.system, &program, &rows);
            serde_json::to_string_pretty(&document).expect("a document of texts is JSON") + "\n"
        }
    };
    let (format, rows) = (args.format, rows.len());
    let report = match &args.out {
        None => Exported { format, rows, file: None, document: Some(text) },
        Some(path) => {
            std::fs::write(path, &text).map_err(Failure::file("write", path))?;
            Exported { format, rows, file: Some(path.display().to_string()), document: None }
        }
    };
    session.out.emit(&report)?;
    Ok(Exit::Ok)
}
