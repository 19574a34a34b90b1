//! The facts of the Monero round, read by parsers that share nothing with the tool.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;

/// One proposal. Amounts are in millionths of a dollar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) line: u64,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) status: String,
    pub(crate) micros: Option<u128>,
    pub(crate) total: Option<u32>,
    pub(crate) completed: Option<u32>,
}

impl Fact {
    pub(crate) fn approved(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "work_in_progress" | "funding_required")
    }
}

/// A decimal number in millionths; panics when it has more than six places.
fn micros(text: &str) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 6, "{text}");
    format!("{whole}{fraction:0<6}").parse().expect("digits")
}

/// The project's own document.
pub(crate) fn document() -> Vec<Fact> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/monero-round.daoip5.json");
    let text = std::fs::read_to_string(path).expect("the committed document");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let applications = document["grantPools"][0]["applications"].as_array().expect("a list");
    let fact = |application: &Value| {
        let own = &application["extensions"]["x-granary"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let count = |value: &Value| value.as_u64().map(|n| u32::try_from(n).expect("small"));
        Fact {
            line: own["line"].as_u64().expect("a line"),
            title: text(&application["projectName"]),
            author: text(&own["applicant"]),
            status: text(&own["status"]),
            micros: application["fundsAskedInUSD"].as_str().map(micros),
            total: count(&own["milestones_total"]),
            completed: count(&own["milestones_completed"]),
        }
    };
    applications.iter().map(fact).collect()
}

/// The original file, where it is available.
pub(crate) fn original() -> Option<Vec<Fact>> {
    let folder = match std::env::var_os("GRANARY_GRANT_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/grants"),
    };
    let path = folder.join("proposals_monero.csv");
    match std::fs::read(&path) {
        Ok(bytes) => Some(facts(&String::from_utf8(bytes).expect("UTF-8"))),
        Err(error) => {
            eprintln!(
                "skipped: the original table is not here ({}: {error}); set GRANARY_GRANT_DATA to \
                 the folder of proposals_monero.csv",
                path.display()
            );
            None
        }
    }
}

fn facts(csv: &str) -> Vec<Fact> {
    let mut rows = rows(csv).into_iter();
    let (_, heading) = rows.next().expect("a heading");
    let some = |text: &String| Some(text.clone()).filter(|text| text != "NA");
    rows.map(|(line, cells)| {
        let row: BTreeMap<_, _> = heading.iter().zip(&cells).collect();
        let cell = |name: &str| row[&name.to_owned()];
        Fact {
            line,
            title: cell("title").split_whitespace().collect::<Vec<_>>().join(" "),
            author: cell("author").trim().to_owned(),
            status: cell("status").clone(),
            micros: some(cell("USD_proposed")).as_deref().map(micros),
            total: some(cell("milestones_total")).map(|n| n.parse().expect("a count")),
            completed: some(cell("milestones_completed")).map(|n| n.parse().expect("a count")),
        }
    })
    .collect()
}

/// Cells of a CSV text, with the line each row begins at.
fn rows(csv: &str) -> Vec<(u64, Vec<String>)> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut began) = (false, 1, 1);
    let mut chars = csv.chars().peekable();
    while let Some(character) = chars.next() {
        line += u64::from(character == '\n');
        match character {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push((began, std::mem::take(&mut row)));
                began = line;
            }
            other => cell.push(other),
        }
    }
    if !row.is_empty() {
        row.push(cell);
        rows.push((began, row));
    }
    rows
}
