//! Every way by which an amount could leave, as this tool shows it.

use granary_api::risk_guard as wire;
use serde::Serialize;

use super::{Page, Report, guard::Names, name, page::Tone};
use crate::{date, duration};

/// The ways out, and those that are closed.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    asset: u64,
    symbol: String,
    amount_units: String,
    amount: String,
    paths: Vec<Path>,
}

#[derive(Debug, Serialize)]
struct Path {
    /// `direct`, `in_parts`, `announced`, `after_policy_change` or `after_lift`.
    way: String,
    purpose: String,
    /// `asked`, `known`, `new` or `unlisted`.
    destination: String,
    open: bool,
    /// Roles that must act before the payment is asked for.
    who: Vec<String>,
    parts: Option<u32>,
    /// Time these steps take at least.
    wait: String,
    approvals: Option<u32>,
    delay: Option<String>,
    tier: Option<u32>,
    rule: Option<String>,
    reason: Option<String>,
    remaining_units: Option<String>,
    retry_at: Option<String>,
}

impl From<&wire::OutflowPath> for Path {
    fn from(path: &wire::OutflowPath) -> Self {
        let (needs, denial) = (path.requirements, path.denial.as_ref());
        Self {
            way: path.way.clone(),
            purpose: name(&path.purpose),
            destination: path.destination.clone(),
            open: needs.is_some(),
            who: path.who.clone(),
            parts: path.parts,
            wait: duration::format(path.wait_ns),
            approvals: needs.map(|needs| needs.approvals),
            delay: needs.map(|needs| duration::format(needs.delay_ns)),
            tier: needs.map(|needs| needs.tier),
            rule: denial.map(|denial| denial.rule.clone()),
            reason: denial.map(|denial| denial.reason.clone()),
            remaining_units: denial.map(|denial| denial.remaining_units.to_string()),
            retry_at: denial.and_then(|denial| denial.retry_at_ns).map(date::iso),
        }
    }
}

impl Path {
    /// What people must do first, and then.
    fn needs(&self) -> String {
        let mut steps = Vec::new();
        if !self.who.is_empty() {
            steps.push(self.who.join(" or "));
        }
        if self.wait != "0s" {
            steps.push(format!("wait {}", self.wait));
        }
        match self.approvals {
            None | Some(0) => {}
            Some(1) => steps.push("1 approval".to_owned()),
            Some(more) => steps.push(format!("{more} approvals")),
        }
        if let Some(delay) = self.delay.as_ref().filter(|delay| *delay != "0s") {
            steps.push(format!("wait {delay}"));
        }
        if steps.is_empty() { "nobody".to_owned() } else { steps.join(", ") }
    }

    /// The way with its parts, for people.
    fn way(&self) -> String {
        let way = self.way.replace('_', " ");
        self.parts.map_or(way.clone(), |parts| format!("{way} ({parts})"))
    }

    fn why(&self) -> String {
        let rule = self.rule.clone().unwrap_or_default();
        self.retry_at.as_ref().map_or(rule.clone(), |at| format!("{rule} until {at}"))
    }
}

/// How many purposes there are, and kinds of destinations when none was asked about.
const PURPOSES: usize = 4;
const PLACES: usize = 3;

/// Rows that differ in their purposes and destinations only become one.
fn merged(paths: &[&Path], last: impl Fn(&Path) -> String) -> Vec<Vec<String>> {
    type Row = (String, String, Vec<String>, Vec<String>);
    let mut rows: Vec<Row> = Vec::new();
    for path in paths {
        let (way, last) = (path.way(), last(path));
        let (purpose, to) = (&path.purpose, &path.destination);
        let found = rows.iter_mut().find(|row| row.0 == way && row.1 == last);
        match found {
            Some((_, _, purposes, places)) => {
                for (list, word) in [(purposes, purpose), (places, to)] {
                    if !list.contains(word) {
                        list.push(word.clone());
                    }
                }
            }
            None => rows.push((way, last, vec![purpose.clone()], vec![to.clone()])),
        }
    }
    let words = |list: Vec<String>, all: usize| {
        if list.len() == all { "any".to_owned() } else { list.join(" ") }
    };
    rows.into_iter()
        .map(|(way, last, purposes, places)| {
            vec![way, words(purposes, PURPOSES), words(places, PLACES), last]
        })
        .collect()
}

impl Explanation {
    pub(crate) fn new(asset: u64, units: u128, paths: &[wire::OutflowPath], names: &Names) -> Self {
        Self {
            asset,
            symbol: names.symbol(asset),
            amount_units: units.to_string(),
            amount: names.money(units, asset),
            paths: paths.iter().map(Path::from).collect(),
        }
    }
}

impl Report for Explanation {
    const SCHEMA: &'static str = "granary.explanation/1";

    fn text(&self, page: &mut Page) {
        let (open, closed): (Vec<_>, Vec<_>) = self.paths.iter().partition(|path| path.open);
        page.title(&format!("how {} could leave", self.amount));
        if open.is_empty() {
            let none = page.paint(Tone::Good, "in no way");
            page.line(none);
        } else {
            let rows = merged(&open, Path::needs);
            page.table(&["way", "for", "destination", "needs"], &[], &rows);
        }
        if !closed.is_empty() {
            page.title("closed");
            let rows = merged(&closed, Path::why);
            page.table(&["way", "for", "destination", "rule"], &[], &rows);
        }
    }
}
