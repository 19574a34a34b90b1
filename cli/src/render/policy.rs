//! The policy and its changes as this tool shows them.

use candid::Nat;
use granary_api::risk_guard as wire;
use serde::Serialize;

use super::{Page, Report, guard::VALUE_DECIMALS, more, name, page::Tone};
use crate::{amount, date, duration};

/// A value of the policy, exact.
fn value(value: &Nat) -> String {
    let units = u128::try_from(&value.0).unwrap_or(u128::MAX);
    amount::format_units(units, VALUE_DECIMALS)
}

/// A change with its course.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    id: u64,
    state: String,
    /// True when it holds because it only tightens, or because its time had come.
    holds: bool,
    /// Fields it loosens; none when it only tightens.
    loosens: Vec<String>,
    assets: Vec<u64>,
    changes_rules: bool,
    destinations: usize,
    #[serde(rename = "proposed_by")]
    by: String,
    proposed_at: String,
    /// When it may be applied.
    eta: String,
    ended_at: Option<String>,
}

impl From<&wire::PolicyChangeView> for Change {
    fn from(change: &wire::PolicyChangeView) -> Self {
        Self {
            id: change.id,
            state: name(&change.state),
            holds: change.state == wire::PolicyChangeState::Applied,
            loosens: change.loosens.clone(),
            assets: change.change.assets.iter().map(|asset| asset.asset).collect(),
            changes_rules: change.change.rules.is_some(),
            destinations: change.change.destinations.len(),
            by: change.proposed_by.to_text(),
            proposed_at: date::iso(change.proposed_at_ns),
            eta: date::iso(change.eta_ns),
            ended_at: change.ended_at_ns.map(date::iso),
        }
    }
}

impl Change {
    /// `loosens` or `tightens`.
    fn direction(&self) -> &'static str {
        if self.loosens.is_empty() { "tightens" } else { "loosens" }
    }
}

impl Report for Change {
    const SCHEMA: &'static str = "granary.policy_change/1";

    fn text(&self, page: &mut Page) {
        let Self { id, state, eta, .. } = self;
        let tone = if self.holds { Tone::Good } else { Tone::Warning };
        let state = page.paint(tone, state);
        page.line(format!("change {id} {}: {state}", self.direction()));
        for field in &self.loosens {
            page.field("loosens", field);
        }
        page.field("proposed", &self.proposed_at);
        match &self.ended_at {
            Some(at) if self.holds => page.field("holds since", at),
            Some(at) => page.field("ended", at),
            None => {
                page.field("may hold from", eta);
                page.field("next", format!("granary guard change apply {id}"));
            }
        }
    }
}

/// A page of changes.
#[derive(Debug, Serialize)]
pub(crate) struct Changes {
    items: Vec<Change>,
    next: Option<u64>,
}

impl From<&wire::PolicyChangePage> for Changes {
    fn from(page: &wire::PolicyChangePage) -> Self {
        Self { items: page.items.iter().map(Change::from).collect(), next: page.next }
    }
}

impl Report for Changes {
    const SCHEMA: &'static str = "granary.policy_changes/1";

    fn text(&self, page: &mut Page) {
        let row = |change: &Change| {
            let Change { id, state, loosens, eta, .. } = change;
            let count = loosens.len().to_string();
            vec![id.to_string(), state.clone(), change.direction().into(), count, eta.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "does", "fields", "may hold from"], &[0, 3], &rows);
        more(page, self.next);
    }
}

/// The rules there are.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    version: u64,
    since: String,
    allow_list_only: bool,
    first_use_delay: String,
    tiers: Vec<Tier>,
    floor: Option<Tier>,
    loosen_delay: String,
    announce_delay: String,
    steward_change_bps: u16,
    steward_delay: String,
    price_age: String,
    price_deviation_bps: u16,
    concentration_bps: u16,
    drawdown_bps: u16,
    solvency_buffer_bps: u16,
}

/// People and time for values up to a bound, or above it for the floor.
#[derive(Debug, Serialize)]
struct Tier {
    bound: Option<String>,
    approvals: u32,
    delay: String,
}

impl From<&wire::Policy> for Shown {
    fn from(policy: &wire::Policy) -> Self {
        let rules = &policy.rules;
        let tier = |tier: &wire::ApprovalTier| Tier {
            bound: tier.up_to_value.as_ref().map(value),
            approvals: tier.approvals,
            delay: duration::format(tier.delay_ns),
        };
        let floor = |floor: &wire::Floor| Tier {
            bound: Some(value(&floor.above_value)),
            approvals: floor.approvals,
            delay: duration::format(floor.delay_ns),
        };
        Self {
            version: policy.version,
            since: date::iso(policy.effective_at_ns),
            allow_list_only: rules.allow_list_only,
            first_use_delay: duration::format(rules.first_use_delay_ns),
            tiers: rules.approval_tiers.iter().map(tier).collect(),
            floor: rules.floor.as_ref().map(floor),
            loosen_delay: duration::format(rules.loosen_delay_ns),
            announce_delay: duration::format(rules.announce_delay_ns),
            steward_change_bps: rules.steward.max_change_bps,
            steward_delay: duration::format(rules.steward.min_delay_ns),
            price_age: duration::format(rules.max_price_age_ns),
            price_deviation_bps: rules.max_price_deviation_bps,
            concentration_bps: rules.concentration_bps,
            drawdown_bps: rules.drawdown_bps,
            solvency_buffer_bps: rules.solvency_buffer_bps,
        }
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "granary.rules/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("rules of policy {}, since {}", self.version, self.since));
        let listed = if self.allow_list_only { "listed destinations only" } else { "any" };
        page.field("destinations", listed);
        page.field("first use", format!("after {}", self.first_use_delay));
        for Tier { bound, approvals, delay } in &self.tiers {
            let bound = bound.as_ref().map_or("any value".to_owned(), |b| format!("up to {b}"));
            page.field("approvals", format!("{bound}: {approvals}, then wait {delay}"));
        }
        if let Some(Tier { bound, approvals, delay }) = &self.floor {
            let bound = bound.as_deref().unwrap_or_default();
            page.field("floor", format!("above {bound}: {approvals}, then wait {delay}"));
        }
        page.field("loosening", format!("waits {}", self.loosen_delay));
        page.field("announcing", format!("waits {}", self.announce_delay));
        let (most, every) = (self.steward_change_bps, &self.steward_delay);
        page.field("stewards", format!("{most} bps every {every}"));
        let (age, apart) = (&self.price_age, self.price_deviation_bps);
        page.field("prices", format!("at most {age} old and {apart} bps apart"));
        let Self { concentration_bps, drawdown_bps, solvency_buffer_bps, .. } = self;
        page.field("one asset", format!("at most {concentration_bps} bps of the treasury"));
        page.field("drawdown", format!("at most {drawdown_bps} bps in thirty days"));
        page.field("solvency", format!("{solvency_buffer_bps} bps beyond what is owed"));
    }
}
