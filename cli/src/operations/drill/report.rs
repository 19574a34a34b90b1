//! What the drill has to say.

use std::collections::BTreeMap;

use serde::Serialize;

use super::load::{Kind, Tally};
use crate::{
    operations::{
        demo::report::Check,
        release::{report::ReleaseReport, trigger::Trigger},
    },
    render::{Page, Report, page::Tone},
};

/// The outcome of a drill. `ok` is true when every check held.
#[derive(Debug, Serialize)]
pub(crate) struct DrillReport {
    pub(crate) ok: bool,
    /// What executed the Wasm, in its own words.
    pub(crate) engine: String,
    /// Members decided on the releases, and the governor made them.
    pub(crate) governed: bool,
    pub(crate) releases: Vec<DrilledRelease>,
    pub(crate) acknowledged: Acknowledged,
    /// Refusals by their code.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Answers that left an outcome open; the same request was sent again.
    pub(crate) asked_again: u64,
    /// What was acknowledged and is not there.
    pub(crate) lost: Vec<String>,
    pub(crate) before: Totals,
    pub(crate) after_release: Totals,
    pub(crate) after: Totals,
    pub(crate) violations: u64,
    pub(crate) checks: Vec<Check>,
}

/// A release of the drill.
#[derive(Debug, Serialize)]
pub(crate) struct DrilledRelease {
    pub(crate) name: &'static str,
    /// What it must go back for; none when it must succeed.
    pub(crate) expected: Option<Trigger>,
    #[serde(flatten)]
    pub(crate) ended: ReleaseReport,
}

impl DrilledRelease {
    pub(super) const fn new(
        name: &'static str,
        expected: Option<Trigger>,
        ended: ReleaseReport,
    ) -> Self {
        Self { name, expected, ended }
    }
}

/// Requests that were acknowledged.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Acknowledged {
    pub(crate) people: u64,
    pub(crate) applications: u64,
    pub(crate) payments: u64,
}

impl Acknowledged {
    pub(super) fn of(tallies: &[Tally]) -> Self {
        let of = |kind: Kind| {
            let known = tallies.iter().filter(|tally| tally.kind == kind);
            let count = known.map(|tally| tally.acknowledged.len()).sum::<usize>();
            u64::try_from(count).unwrap_or(u64::MAX)
        };
        Self {
            people: of(Kind::Person),
            applications: of(Kind::Application),
            payments: of(Kind::Payment),
        }
    }
}

/// What there is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Totals {
    pub(crate) people: u64,
    pub(crate) applications: u64,
    pub(crate) payments: u64,
    /// What the ledger holds for the treasury.
    pub(crate) ledger_usd: String,
    /// What the books say it holds.
    pub(crate) booked_usd: String,
    pub(crate) reconciliation: String,
}

impl Report for DrillReport {
    const SCHEMA: &'static str = "granary.drill/1";

    fn text(&self, page: &mut Page) {
        let by = if self.governed { "that members decide, " } else { "" };
        page.line(format!("releases {by}under load on {}", self.engine));
        let Acknowledged { people, applications, payments } = self.acknowledged;
        page.field(
            "acknowledged",
            format!("{people} people, {applications} applications, {payments} payments"),
        );
        let refused: Vec<String> =
            self.refused.iter().map(|(code, times)| format!("{times} × {code}")).collect();
        page.field("refused", refused.join(", "));
        page.field("sent again", self.asked_again.to_string());
        page.field("lost", self.lost.len().to_string());
        self.lost.iter().take(20).for_each(|lost| page.field("", lost));
        self.releases(page);
        let row = |when: &str, totals: &Totals| {
            let Totals { people, applications, payments, ledger_usd, booked_usd, .. } = totals;
            let (people, applications, payments) =
                (people.to_string(), applications.to_string(), payments.to_string());
            let amounts = [ledger_usd.clone(), booked_usd.clone()];
            [vec![when.to_owned(), people, applications, payments], amounts.to_vec()].concat()
        };
        let rows = [
            row("before", &self.before),
            row("after the release", &self.after_release),
            row("at the end", &self.after),
        ];
        let head = ["totals", "people", "applications", "payments", "ledger (USD)", "books (USD)"];
        page.table(&head, &[1, 2, 3, 4, 5], &rows);
        for check in self.checks.iter().filter(|check| !check.ok) {
            let bad = page.paint(Tone::Bad, "not so");
            let Check { name, expected, found, .. } = check;
            page.line(format!("{bad}: {name}: expected {expected}, found {found}"));
        }
        let checks = self.checks.len();
        let good = self.checks.iter().filter(|check| check.ok).count();
        let tone = if self.ok { Tone::Good } else { Tone::Bad };
        let word = page.paint(tone, if self.ok { "ok" } else { "failed" });
        page.line(format!("{word}: {good} of {checks} checks held"));
    }
}

impl DrillReport {
    fn releases(&self, page: &mut Page) {
        let rows: Vec<Vec<String>> = self
            .releases
            .iter()
            .flat_map(|release| {
                release.ended.canisters.iter().map(|canister| {
                    let paused = canister.writes_paused_ms.unwrap_or_default();
                    vec![
                        release.name.to_owned(),
                        release.ended.outcome.words().to_owned(),
                        release.ended.trigger.map_or("", Trigger::words).to_owned(),
                        canister.name.clone(),
                        paused.to_string(),
                    ]
                })
            })
            .collect();
        let head = ["release", "ended", "because", "canister", "writes paused (ms)"];
        page.table(&head, &[4], &rows);
    }
}
