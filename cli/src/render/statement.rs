//! Statements and proofs as this tool shows them.

use granary_api::portfolio as wire;
use serde::Serialize;

use super::{
    Page, Report,
    books::{money, owner_name, reference},
};
use crate::date;

/// An account's lines in a period.
#[derive(Debug, Serialize)]
pub(crate) struct Statement {
    account: u64,
    owner: String,
    symbol: String,
    balance_units: String,
    opening_units: String,
    closing_units: String,
    lines: Vec<Line>,
    next: Option<u64>,
    #[serde(skip)]
    opening: String,
    #[serde(skip)]
    closing: String,
}

#[derive(Debug, Serialize)]
struct Line {
    posting: u64,
    entry: u64,
    kind: String,
    at: String,
    delta_units: String,
    delta: String,
    after_units: String,
    after: String,
    external_ref: Option<String>,
}

impl Statement {
    pub(crate) fn new(found: &wire::Statement, asset: &wire::Asset) -> Self {
        let asset = Some(asset);
        let line = |line: &wire::StatementLine| Line {
            posting: line.posting,
            entry: line.entry,
            kind: format!("{:?}", line.kind),
            at: date::iso(line.at_ns),
            delta_units: line.delta_units.0.to_string(),
            delta: money(&line.delta_units, asset),
            after_units: line.after_units.0.to_string(),
            after: money(&line.after_units, asset),
            external_ref: line.external_ref.as_ref().map(reference),
        };
        Self {
            account: found.account.id,
            owner: owner_name(&found.account.owner),
            symbol: asset.map_or_else(String::new, |asset| asset.symbol.clone()),
            balance_units: found.account.balance_units.0.to_string(),
            opening_units: found.opening_units.0.to_string(),
            closing_units: found.closing_units.0.to_string(),
            lines: found.lines.iter().map(line).collect(),
            next: found.next,
            opening: money(&found.opening_units, asset),
            closing: money(&found.closing_units, asset),
        }
    }
}

impl Report for Statement {
    const SCHEMA: &'static str = "granary.statement/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("account {} of {}", self.account, self.owner));
        page.field("closing", &self.closing);
        let row = |line: &Line| {
            let (entry, delta, after) = (line.entry.to_string(), &line.delta, &line.after);
            vec![entry, line.at.clone(), line.kind.clone(), delta.clone(), after.clone()]
        };
        let rows: Vec<_> = self.lines.iter().map(row).collect();
        page.table(&["entry", "at", "kind", "change", "balance"], &[0, 3, 4], &rows);
        page.field("opening", &self.opening);
        if let Some(next) = self.next {
            page.line(format!("more: --after {next}"));
        }
    }
}
