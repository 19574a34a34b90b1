//! The canister's records as this tool shows them: principals, hashes and large numbers as text,
//! times as dates.

use candid::Nat;
use granary_api::micro_grants as wire;
use serde::{Serialize, Serializer};

use super::{Page, Report, page::cut};
use crate::{amount, date, duration, operations::export::state_name};

/// An optional number as decimal text.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(crate) fn optional_text<S: Serializer>(
    value: &Option<u128>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.map(|value| value.to_string()).serialize(serializer)
}

/// A number of units that arrived without a bound.
fn units(value: &Nat) -> u128 {
    u128::try_from(value.0.clone()).unwrap_or(u128::MAX)
}

/// An asset, and how amounts of it are written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Asset {
    symbol: String,
    decimals: u8,
}

impl From<&wire::Asset> for Asset {
    fn from(asset: &wire::Asset) -> Self {
        Self { symbol: asset.symbol.clone(), decimals: asset.decimals }
    }
}

impl Asset {
    /// An amount for people.
    pub(crate) fn money(&self, units: u128) -> String {
        format!("{} {}", amount::grouped(units, self.decimals), self.symbol)
    }

    /// An amount for people, from the decimal text of its units.
    pub(crate) fn money_of(&self, units: &str) -> String {
        units.parse().map_or_else(|_| format!("{units} units"), |units| self.money(units))
    }
}

/// A programme.
#[derive(Debug, Serialize)]
pub(crate) struct Program {
    pub(crate) id: u64,
    title: String,
    state: String,
    asset: Asset,
    budget_units: String,
    min_grant_units: String,
    max_grant_units: String,
    per_applicant_cap_units: String,
    treasurer_above_units: String,
    max_applications: u64,
    applications: u64,
    reviewers: Vec<String>,
    managers: Vec<String>,
    min_reviews: u32,
    rubric: Vec<Dimension>,
    review_window: String,
    challenge_window: String,
    appeal_window: String,
    inactivity: String,
    created_at: String,
}

#[derive(Debug, Serialize)]
struct Dimension {
    name: String,
    min: u32,
    max: u32,
    weight_bps: u32,
}

impl From<&wire::Program> for Program {
    fn from(program: &wire::Program) -> Self {
        let terms = &program.terms;
        let text = |amount: &Nat| units(amount).to_string();
        let dimension = |d: &wire::Dimension| Dimension {
            name: d.name.clone(),
            min: d.min,
            max: d.max,
            weight_bps: d.weight_bps,
        };
        Self {
            id: program.id,
            title: terms.title.clone(),
            state: format!("{:?}", program.state).to_lowercase(),
            asset: Asset::from(&program.asset),
            budget_units: text(&terms.budget_units),
            min_grant_units: text(&terms.min_grant_units),
            max_grant_units: text(&terms.max_grant_units),
            per_applicant_cap_units: text(&terms.per_applicant_cap_units),
            treasurer_above_units: text(&terms.treasurer_above_units),
            max_applications: terms.max_applications,
            applications: program.applications,
            reviewers: terms.reviewers.iter().map(candid::Principal::to_text).collect(),
            managers: program.managers.iter().map(candid::Principal::to_text).collect(),
            min_reviews: terms.min_reviews,
            rubric: terms.rubric.iter().map(dimension).collect(),
            review_window: duration::format(terms.review_window_ns),
            challenge_window: duration::format(terms.challenge_window_ns),
            appeal_window: duration::format(terms.appeal_window_ns),
            inactivity: duration::format(terms.inactivity_ns),
            created_at: date::iso(program.created_at_ns),
        }
    }
}

impl Report for Program {
    const SCHEMA: &'static str = "granary.program/1";

    fn text(&self, page: &mut Page) {
        let money = |units: &str| self.asset.money_of(units);
        page.title(&format!("programme {}: {}", self.id, cut(&self.title, 70)));
        page.field("state", &self.state);
        page.field("budget", money(&self.budget_units));
        page.field(
            "grants",
            format!("{} to {}", money(&self.min_grant_units), money(&self.max_grant_units)),
        );
        page.field("per applicant", money(&self.per_applicant_cap_units));
        page.field("treasurer", format!("above {}", money(&self.treasurer_above_units)));
        page.field("applications", format!("{} of {}", self.applications, self.max_applications));
        page.field(
            "reviews",
            format!("{} of {} reviewers", self.min_reviews, self.reviewers.len()),
        );
        let dimension =
            |d: &Dimension| format!("{} {}-{} ({} bps)", d.name, d.min, d.max, d.weight_bps);
        page.field("rubric", self.rubric.iter().map(dimension).collect::<Vec<_>>().join(", "));
        page.field(
            "windows",
            format!(
                "review {}, challenge {}, appeal {}, inactivity {}",
                self.review_window, self.challenge_window, self.appeal_window, self.inactivity
            ),
        );
        page.field("created", &self.created_at);
    }
}

/// A page of programmes.
#[derive(Debug, Serialize)]
pub(crate) struct Programs {
    pub(crate) items: Vec<Program>,
    pub(crate) next: Option<u64>,
}

impl Report for Programs {
    const SCHEMA: &'static str = "granary.programs/1";

    fn text(&self, page: &mut Page) {
        let rows: Vec<_> = self
            .items
            .iter()
            .map(|p| {
                vec![
                    p.id.to_string(),
                    p.state.clone(),
                    p.asset.money_of(&p.budget_units),
                    p.applications.to_string(),
                    cut(&p.title, 50),
                ]
            })
            .collect();
        page.table(&["id", "state", "budget", "applications", "title"], &[0, 2, 3], &rows);
        more(page, self.next);
    }
}

fn more(page: &mut Page, next: Option<u64>) {
    if let Some(next) = next {
        page.line(format!("more: --after {next}"));
    }
}

/// A row of a list of applications.
#[derive(Debug, Serialize)]
pub(crate) struct ApplicationRow {
    id: u64,
    program: u64,
    applicant: String,
    title: String,
    requested_units: String,
    asset: Asset,
    state: &'static str,
    version: u32,
    submitted_at: String,
}

impl ApplicationRow {
    pub(crate) fn new(row: &wire::ApplicationRow, asset: &Asset) -> Self {
        Self {
            id: row.id,
            program: row.program,
            applicant: row.applicant.to_text(),
            title: row.title.clone(),
            requested_units: row.requested_units.to_string(),
            asset: asset.clone(),
            state: state_name(row.state),
            version: row.version,
            submitted_at: date::iso(row.submitted_at_ns),
        }
    }
}

impl Report for ApplicationRow {
    const SCHEMA: &'static str = "granary.application_row/1";

    fn text(&self, page: &mut Page) {
        page.line(format!(
            "{}  {}  {}  {}  {}",
            self.id,
            self.state,
            self.asset.money_of(&self.requested_units),
            self.submitted_at,
            cut(&self.title, 60)
        ));
    }
}

/// A page of applications.
#[derive(Debug, Serialize)]
pub(crate) struct Applications {
    pub(crate) items: Vec<ApplicationRow>,
    pub(crate) next: Option<u64>,
}

impl Report for Applications {
    const SCHEMA: &'static str = "granary.applications/1";

    fn text(&self, page: &mut Page) {
        let row = |r: &ApplicationRow| {
            vec![
                r.id.to_string(),
                r.state.to_owned(),
                r.asset.money_of(&r.requested_units),
                r.submitted_at.clone(),
                cut(&r.title, 50),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "requested", "submitted", "title"], &[0, 2], &rows);
        more(page, self.next);
    }
}

/// An application with its reviews.
#[derive(Debug, Serialize)]
pub(crate) struct Application {
    id: u64,
    program: u64,
    applicant: String,
    title: String,
    summary: String,
    requested_units: String,
    asset: Asset,
    state: &'static str,
    version: u32,
    plan_hash: String,
    submitted_at: Option<String>,
    decided_at: Option<String>,
    grant: Option<u64>,
    milestones: Vec<Planned>,
    reviews: Vec<Review>,
    conflicts: Vec<Conflict>,
    eligible_reviewers: u32,
    min_reviews: u32,
}

#[derive(Debug, Serialize)]
struct Planned {
    amount_units: String,
    due_at: String,
    acceptance_criteria: String,
}

#[derive(Debug, Serialize)]
struct Review {
    reviewer: String,
    version: u32,
    panel: u32,
    scores: Vec<u32>,
    score_bps: u32,
    recommendation: String,
    at: String,
}

#[derive(Debug, Serialize)]
struct Conflict {
    reviewer: String,
    kind: String,
    at: String,
}

impl Application {
    pub(crate) fn new(
        application: &wire::Application,
        file: &wire::ReviewFile,
        asset: &wire::Asset,
    ) -> Self {
        let content = &application.content;
        let planned = |m: &wire::MilestonePlan| Planned {
            amount_units: units(&m.amount_units).to_string(),
            due_at: date::iso(m.due_at_ns),
            acceptance_criteria: m.acceptance_criteria.clone(),
        };
        let review = |r: &wire::Review| Review {
            reviewer: r.reviewer.to_text(),
            version: r.version,
            panel: r.panel,
            scores: r.scores.clone(),
            score_bps: r.score_bps,
            recommendation: format!("{:?}", r.recommendation).to_lowercase(),
            at: date::iso(r.at_ns),
        };
        let conflict = |c: &wire::ConflictDeclaration| Conflict {
            reviewer: c.reviewer.to_text(),
            kind: format!("{:?}", c.conflict).to_lowercase(),
            at: date::iso(c.at_ns),
        };
        Self {
            id: application.id,
            program: application.program,
            applicant: application.applicant.to_text(),
            title: content.title.clone(),
            summary: content.summary.clone(),
            requested_units: units(&content.requested_units).to_string(),
            asset: Asset::from(asset),
            state: state_name(application.state),
            version: application.version,
            plan_hash: hex::encode(&content.plan_hash),
            submitted_at: application.submitted_at_ns.map(date::iso),
            decided_at: application.decided_at_ns.map(date::iso),
            grant: application.grant,
            milestones: content.milestones.iter().map(planned).collect(),
            reviews: file.reviews.iter().map(review).collect(),
            conflicts: file.declarations.iter().map(conflict).collect(),
            eligible_reviewers: file.eligible_reviewers,
            min_reviews: file.min_reviews,
        }
    }
}

impl Report for Application {
    const SCHEMA: &'static str = "granary.application/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("application {}: {}", self.id, cut(&self.title, 70)));
        page.field("state", format!("{} (version {})", self.state, self.version));
        page.field("applicant", &self.applicant);
        page.field("requested", self.asset.money_of(&self.requested_units));
        page.field("summary", cut(&self.summary, 90));
        page.field("submitted", self.submitted_at.as_deref().unwrap_or("not yet"));
        page.field("decided", self.decided_at.as_deref().unwrap_or("not yet"));
        if let Some(grant) = self.grant {
            page.field("grant", grant.to_string());
        }
        for (index, planned) in self.milestones.iter().enumerate() {
            let criteria = cut(&planned.acceptance_criteria, 50);
            page.field(
                &format!("milestone {index}"),
                format!(
                    "{}, due {}: {criteria}",
                    self.asset.money_of(&planned.amount_units),
                    planned.due_at
                ),
            );
        }
        page.field(
            "reviews",
            format!(
                "{} of {} needed, {} eligible reviewers",
                self.reviews.len(),
                self.min_reviews,
                self.eligible_reviewers
            ),
        );
        for review in &self.reviews {
            let at = &review.at;
            let by = cut(&review.reviewer, 11);
            page.field(
                "",
                format!("{by} {} {} bps, {at}", review.recommendation, review.score_bps),
            );
        }
    }
}
