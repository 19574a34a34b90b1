//! Grants, budgets and figures as this tool shows them.

use granary_api::micro_grants as wire;
use serde::Serialize;

use super::{Page, Report, page::cut, wire::Asset};
use crate::date;

/// A grant with its milestones.
#[derive(Debug, Serialize)]
pub(crate) struct Grant {
    id: u64,
    application: u64,
    program: u64,
    grantee: String,
    state: String,
    asset: Asset,
    award_units: String,
    paid_units: String,
    queued_units: String,
    vested_units: String,
    milestones: Vec<Milestone>,
    offered_at: String,
    last_activity_at: String,
}

#[derive(Debug, Serialize)]
struct Milestone {
    index: u32,
    amount_units: String,
    state: String,
    due_at: String,
    acceptance_criteria: String,
    evidence: Vec<Evidence>,
}

#[derive(Debug, Serialize)]
struct Evidence {
    uri: String,
    sha256: String,
}

impl Grant {
    pub(crate) fn new(grant: &wire::Grant, asset: &wire::Asset) -> Self {
        let evidence =
            |e: &wire::Evidence| Evidence { uri: e.uri.clone(), sha256: hex::encode(&e.sha256) };
        let milestone = |m: &wire::Milestone| Milestone {
            index: m.index,
            amount_units: m.amount_units.to_string(),
            state: format!("{:?}", m.state),
            due_at: date::iso(m.due_at_ns),
            acceptance_criteria: m.acceptance_criteria.clone(),
            evidence: m.evidence.iter().map(evidence).collect(),
        };
        Self {
            id: grant.id,
            application: grant.application,
            program: grant.program,
            grantee: grant.grantee.to_text(),
            state: format!("{:?}", grant.state),
            asset: Asset::from(asset),
            award_units: grant.award_units.to_string(),
            paid_units: grant.paid_units.to_string(),
            queued_units: grant.queued_units.to_string(),
            vested_units: grant.vested_units.to_string(),
            milestones: grant.milestones.iter().map(milestone).collect(),
            offered_at: date::iso(grant.offered_at_ns),
            last_activity_at: date::iso(grant.last_activity_ns),
        }
    }
}

impl Report for Grant {
    const SCHEMA: &'static str = "granary.grant/1";

    fn text(&self, page: &mut Page) {
        let money = |units: &str| self.asset.money_of(units);
        page.title(&format!("grant {} of application {}", self.id, self.application));
        page.field("state", &self.state);
        page.field("grantee", &self.grantee);
        page.field(
            "money",
            format!(
                "{} awarded, {} paid, {} queued, {} vested",
                money(&self.award_units),
                money(&self.paid_units),
                money(&self.queued_units),
                money(&self.vested_units)
            ),
        );
        page.field("offered", &self.offered_at);
        page.field("last activity", &self.last_activity_at);
        for milestone in &self.milestones {
            page.field(
                &format!("milestone {}", milestone.index),
                format!(
                    "{}, {}, due {}: {}",
                    money(&milestone.amount_units),
                    milestone.state,
                    milestone.due_at,
                    cut(&milestone.acceptance_criteria, 40)
                ),
            );
        }
    }
}

/// A page of grants.
#[derive(Debug, Serialize)]
pub(crate) struct Grants {
    pub(crate) items: Vec<GrantRow>,
    pub(crate) next: Option<u64>,
}

/// A row of a list of grants.
#[derive(Debug, Serialize)]
pub(crate) struct GrantRow {
    id: u64,
    application: u64,
    program: u64,
    grantee: String,
    state: String,
    asset: Asset,
    award_units: String,
    paid_units: String,
}

impl GrantRow {
    pub(crate) fn new(row: &wire::GrantRow, asset: &Asset) -> Self {
        Self {
            id: row.id,
            application: row.application,
            program: row.program,
            grantee: row.grantee.to_text(),
            state: format!("{:?}", row.state),
            asset: asset.clone(),
            award_units: row.award_units.to_string(),
            paid_units: row.paid_units.to_string(),
        }
    }
}

impl Report for GrantRow {
    const SCHEMA: &'static str = "granary.grant_row/1";

    fn text(&self, page: &mut Page) {
        page.line(format!(
            "{}  application {}  {}  {}, {} paid",
            self.id,
            self.application,
            self.state,
            self.asset.money_of(&self.award_units),
            self.asset.money_of(&self.paid_units)
        ));
    }
}

impl Report for Grants {
    const SCHEMA: &'static str = "granary.grants/1";

    fn text(&self, page: &mut Page) {
        let row = |r: &GrantRow| {
            vec![
                r.id.to_string(),
                r.application.to_string(),
                r.state.clone(),
                r.asset.money_of(&r.award_units),
                r.asset.money_of(&r.paid_units),
                r.grantee.clone(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["id", "application", "state", "award", "paid", "grantee"];
        page.table(&head, &[0, 1, 3, 4], &rows);
        if let Some(next) = self.next {
            page.line(format!("more: --after {next}"));
        }
    }
}

/// A programme's money.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the words of the canister")]
pub(crate) struct Budget {
    program: u64,
    asset: Asset,
    budget_units: String,
    available_units: String,
    committed_units: String,
    paid_units: String,
    queued_payouts: u64,
    queued_units: String,
}

impl From<&wire::Budget> for Budget {
    fn from(budget: &wire::Budget) -> Self {
        Self {
            program: budget.program,
            asset: Asset::from(&budget.asset),
            budget_units: budget.budget_units.to_string(),
            available_units: budget.available_units.to_string(),
            committed_units: budget.committed_units.to_string(),
            paid_units: budget.paid_units.to_string(),
            queued_payouts: budget.queued_payouts,
            queued_units: budget.queued_units.to_string(),
        }
    }
}

impl Report for Budget {
    const SCHEMA: &'static str = "granary.budget/1";

    fn text(&self, page: &mut Page) {
        let money = |units: &str| format!("{:>26}", self.asset.money_of(units));
        page.title(&format!("budget of programme {}", self.program));
        page.field("budget", money(&self.budget_units));
        page.field("available", money(&self.available_units));
        page.field("committed", money(&self.committed_units));
        page.field("paid", money(&self.paid_units));
        page.field("queued", format!("{} in {}", money(&self.queued_units), self.queued_payouts));
    }
}

/// The eight figures of the canister.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics {
    total_applications: u64,
    approved_applications: u64,
    rejected_applications: u64,
    total_requested_units: String,
    total_approved_units: String,
    average_processing_ns: u64,
    last_updated_at: String,
    version: String,
}

impl From<&wire::CanisterMetrics> for Metrics {
    fn from(metrics: &wire::CanisterMetrics) -> Self {
        Self {
            total_applications: metrics.total_applications,
            approved_applications: metrics.approved_applications,
            rejected_applications: metrics.rejected_applications,
            total_requested_units: metrics.total_requested_units.to_string(),
            total_approved_units: metrics.total_approved_units.to_string(),
            average_processing_ns: metrics.average_processing_ns,
            last_updated_at: date::iso(metrics.last_updated_ns),
            version: metrics.version.clone(),
        }
    }
}

impl Report for Metrics {
    const SCHEMA: &'static str = "granary.metrics/1";

    fn text(&self, page: &mut Page) {
        page.title("figures of the canister");
        page.field("applications", self.total_applications.to_string());
        page.field("approved", self.approved_applications.to_string());
        page.field("rejected", self.rejected_applications.to_string());
        page.field("requested", format!("{} units", self.total_requested_units));
        page.field("awarded", format!("{} units", self.total_approved_units));
        page.field("mean decision", format!("{} ns", self.average_processing_ns));
        page.field("last change", &self.last_updated_at);
        page.field("version", &self.version);
    }
}
