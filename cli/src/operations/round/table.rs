//! CSV with a mapping file that says which column means what.
//!
//! Quoted line breaks, thousands separators, several words for "nothing" and more than one text
//! encoding in one file are all read; a row that still makes no sense is reported with its line.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde::Deserialize;

use super::{About, Proposal, Round, Skipped, Status, text};
use crate::{
    date::{Date, DateOrder},
    exit::Exit,
    failure::Failure,
};

/// What the columns of a table mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    pub(crate) about: About,
    pub(crate) columns: Columns,
    /// Words that mean "nothing here", besides the empty cell.
    #[serde(default)]
    pub(crate) nothing: Vec<String>,
    #[serde(default)]
    pub(crate) date_order: DateOrder,
    /// The table's statuses in the words of DAOIP-5.
    #[serde(default)]
    pub(crate) statuses: BTreeMap<String, Status>,
}

/// Headings of the columns; all but the title may be missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Columns {
    pub(crate) title: String,
    pub(crate) applicant: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) amount: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) milestones_total: Option<String>,
    pub(crate) milestones_completed: Option<String>,
}

impl Mapping {
    /// Reads a mapping file.
    pub(crate) fn parse(json: &str) -> Result<Self, Failure> {
        serde_json::from_str(json)
            .map_err(|error| usage(&format!("the mapping is wrong ({error})")))
    }
}

fn usage(message: &str) -> Failure {
    Failure::new(Exit::Usage, "cli.file", message).next("granary help import")
}

/// Positions of the columns in this file.
struct Positions {
    cells: usize,
    title: usize,
    applicant: Option<usize>,
    principal: Option<usize>,
    amount: Option<usize>,
    status: Option<usize>,
    date: Option<usize>,
    milestones_total: Option<usize>,
    milestones_completed: Option<usize>,
}

impl Positions {
    fn find(columns: &Columns, heading: &ByteRecord) -> Result<Self, Failure> {
        let names: Vec<String> = heading.iter().map(text::clean).collect();
        let find = |name: &String| {
            names
                .iter()
                .position(|heading| heading == name)
                .ok_or_else(|| usage(&format!("the file has no column `{name}`")))
        };
        let maybe = |name: &Option<String>| name.as_ref().map(find).transpose();
        Ok(Self {
            cells: names.len(),
            title: find(&columns.title)?,
            applicant: maybe(&columns.applicant)?,
            principal: maybe(&columns.principal)?,
            amount: maybe(&columns.amount)?,
            status: maybe(&columns.status)?,
            date: maybe(&columns.date)?,
            milestones_total: maybe(&columns.milestones_total)?,
            milestones_completed: maybe(&columns.milestones_completed)?,
        })
    }
}

/// Reads a table. Only a file without the mapped columns is a failure.
pub(crate) fn read(bytes: &[u8], mapping: &Mapping) -> Result<Round, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let heading = reader
        .byte_headers()
        .map_err(|error| usage(&format!("the file has no heading ({error})")))?
        .clone();
    let positions = Positions::find(&mapping.columns, &heading)?;
    let mut round =
        Round { about: mapping.about.clone(), proposals: Vec::new(), skipped: Vec::new() };
    let mut lines = Lines { bytes, at: 0, line: 1 };
    for (number, record) in (1_u64..).zip(reader.byte_records()) {
        let record =
            record.map_err(|error| usage(&format!("the file cannot be read ({error})")))?;
        let line = lines.of(&record);
        match proposal(number, line, &record, &positions, mapping) {
            Ok(proposal) => round.proposals.push(proposal),
            Err(skipped) => round.skipped.push(skipped),
        }
    }
    Ok(round)
}

/// Counts lines up to where a record begins. The reader's own count lags behind where lines end in
/// two characters.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, record: &ByteRecord) -> u64 {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(&byte) = self.bytes.get(self.at) {
            let ends_line = matches!(byte, b'\r' | b'\n');
            if self.at >= start && !ends_line {
                break;
            }
            self.at += 1;
            let half = byte == b'\r' && self.bytes.get(self.at) == Some(&b'\n');
            self.line += u64::from(ends_line && !half);
        }
        self.line
    }
}

fn proposal(
    number: u64,
    line: u64,
    record: &ByteRecord,
    positions: &Positions,
    mapping: &Mapping,
) -> Result<Proposal, Skipped> {
    let cell = |at: Option<usize>| {
        let value = at.and_then(|at| record.get(at)).map(text::clean);
        value.filter(|value| !value.is_empty() && !mapping.nothing.contains(value))
    };
    // A title is a title even when it reads "NA".
    let title = record.get(positions.title).map(text::clean).unwrap_or_default();
    let dirty = |reason: String| Skipped::dirty(line, &title, reason);
    if record.len() != positions.cells {
        return Err(dirty(format!(
            "the row has {} cells and the heading has {}",
            record.len(),
            positions.cells
        )));
    }
    let submitted = cell(positions.date)
        .map(|text| {
            Date::parse(&text, mapping.date_order)
                .ok_or_else(|| dirty(format!("`{text}` is not a date")))
        })
        .transpose()?;
    let count = |at, what| {
        let text = cell(at);
        let number = text.map(|text| {
            text.parse::<u32>().map_err(|_| dirty(format!("`{text}` is not a number of {what}")))
        });
        number.transpose()
    };
    let principal = cell(positions.principal)
        .map(|text| {
            candid::Principal::from_text(&text)
                .map_err(|error| dirty(format!("`{text}` is not a principal ({error})")))
        })
        .transpose()?;
    let source_status = cell(positions.status).unwrap_or_default();
    let status = match mapping.statuses.get(&source_status) {
        Some(status) => *status,
        None if source_status.is_empty() => Status::default(),
        None => return Err(dirty(format!("the mapping does not know status `{source_status}`"))),
    };
    Ok(Proposal {
        line,
        id: format!("daoip-5:{}:grantApplication:{number}", mapping.about.system),
        applicant: cell(positions.applicant).unwrap_or_default(),
        principal,
        submitted,
        asked: cell(positions.amount).map(|text| without_separators(&text)),
        status,
        source_status,
        milestones_total: count(positions.milestones_total, "milestones")?,
        milestones_completed: count(positions.milestones_completed, "milestones")?,
        title,
    })
}

/// `1,234,567.89` without its commas, when they separate thousands; anything else unchanged, for
/// the amount parser to refuse.
fn without_separators(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let proper = !first.is_empty() && first.len() <= 3 && groups.all(|group| group.len() == 3);
    if whole.contains(',') && proper && fraction.is_none_or(|f| !f.contains(',')) {
        text.replace(',', "")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> Mapping {
        Mapping::parse(
            r#"{"about":{"system":"s","system_type":"","pool":"p","pool_name":"",
                 "pool_description":"","denomination":"USD","source":null},
                "columns":{"title":"title","applicant":"who","amount":"usd","status":"status",
                 "date":"date","milestones_total":"total"},
                "nothing":["NA"],"date_order":"M/D/Y",
                "statuses":{"done":"completed","idea":"pending"}}"#,
        )
        .expect("a mapping")
    }

    #[test]
    fn dirt_is_reported_and_the_rest_is_taken() {
        let csv = b"title,who,usd,status,date,total\n\
            \"two\nlines\",ann,\"1,234.5\",done,2/3/2018,3\n\
            NA,bob,NA,idea,NA,NA\n\
            caf\xe9,eve,1,idea,2/30/2018,NA\n\
            short,row\n\
            x,y,1,unheard,2/3/2018,NA\n\
            x,y,1,done,2/3/2018,many\n";
        let round = read(csv, &mapping()).expect("a table");
        let taken: Vec<_> = round
            .proposals
            .iter()
            .map(|p| (p.line, p.title.as_str(), p.asked.as_deref(), p.milestones()))
            .collect();
        assert_eq!(taken, [(2, "two lines", Some("1234.5"), 3), (4, "NA", None, 1)]);
        let skipped: Vec<_> =
            round.skipped.iter().map(|s| (s.line, s.title.as_str(), s.reason.as_str())).collect();
        assert_eq!(
            skipped,
            [
                (5, "café", "`2/30/2018` is not a date"),
                (6, "short", "the row has 2 cells and the heading has 6"),
                (7, "x", "the mapping does not know status `unheard`"),
                (8, "x", "`many` is not a number of milestones"),
            ]
        );
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let rows =
                ["title,who,usd,status,date,total", "\"a\nb\",x,,,,", "", "c,x,,,,", "short"];
            let round = read(rows.join(end).as_bytes(), &mapping()).expect("a table");
            let taken: Vec<_> = round.proposals.iter().map(|p| p.line).collect();
            assert_eq!((taken, round.skipped[0].line), (vec![2, 5], 6), "{end:?}");
        }
    }

    #[test]
    fn a_missing_column_is_a_usage_error() {
        let failure = read(b"title,who\n", &mapping()).expect_err("refused");
        assert_eq!(
            (failure.exit, failure.message.as_str()),
            (Exit::Usage, "the file has no column `usd`")
        );
        assert_eq!(Mapping::parse("{}").expect_err("refused").exit, Exit::Usage);
    }

    #[test]
    fn only_real_separators_are_removed() {
        assert_eq!(without_separators("1,234,567.89"), "1234567.89");
        for text in ["1,23", "1234,567", ",123", "1.234,567", "12"] {
            assert_eq!(without_separators(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_file_panics_and_no_row_is_lost(
            rows in proptest::collection::vec("[^\"\r\n]{1,30}", 0..8),
        ) {
            let csv = format!("title,who,usd,status,date,total\n{}\n", rows.join("\n"));
            let round = read(csv.as_bytes(), &mapping()).expect("a table");
            proptest::prop_assert_eq!(round.rows(), rows.len());
        }
    }
}
