//! The metric families of this canister, and the text of a scrape.

use granary_api::common::HealthStatus;
use granary_env::{Env, message};
use granary_metrics::{self as common, Exposition, Family, Unit};

use super::checks;
use crate::access;
use crate::state::Grants;

const HEALTH: Family = Family::gauge(
    "canister_health_status",
    Unit::Count,
    "Worst component: 0 healthy, 1 degraded, 2 critical.",
);
const COMPONENT: Family = Family::gauge(
    "canister_component_status",
    Unit::Count,
    "Each component: 0 healthy, 1 degraded, 2 critical.",
);
const UPGRADES: Family =
    Family::counter("canister_upgrades_total", Unit::Count, "Upgrades that took effect.");
const UPTIME: Family = Family::gauge(
    "canister_uptime_seconds",
    Unit::Seconds,
    "Time since the last install or upgrade.",
);
const EVENTS: Family =
    Family::counter("journal_events_total", Unit::Count, "Events of the journal.");
const LAST_BEAT: Family = Family::gauge(
    "heartbeat_last_timestamp_seconds",
    Unit::Seconds,
    "When the health job last ran.",
);
const MISSED: Family =
    Family::counter("heartbeat_missed_total", Unit::Count, "Health jobs that did not run in time.");
const JOBS: Family = Family::gauge("jobs_in_table", Unit::Count, "Jobs by state.");
const SUBMITTED: Family = Family::counter(
    "grants_applications_submitted_total",
    Unit::Count,
    "Applications ever submitted; drafts do not count.",
);
const DECIDED: Family =
    Family::gauge("grants_applications_decided", Unit::Count, "Applications by decision.");
const REQUESTED: Family =
    Family::gauge("grants_requested_units", Unit::Units, "Sum of all submitted requests.");
const APPROVED: Family =
    Family::gauge("grants_approved_units", Unit::Units, "Sum of all approved requests.");
const PROCESSING: Family = Family::gauge(
    "grants_processing_average_seconds",
    Unit::Seconds,
    "Mean time from submission to decision.",
);
const AVAILABLE: Family = Family::gauge(
    "grants_budget_available_units",
    Unit::Units,
    "Budget not yet awarded, over all programmes.",
);
const REVIEWERS: Family =
    Family::gauge("grants_reviewers_active", Unit::Count, "Reviewer seats over all programmes.");
const ENTITIES: Family =
    Family::gauge("grants_entities_stored", Unit::Count, "Stored entities by kind.");

/// Every family this canister exports, in the order of the scrape.
pub const FAMILIES: &[Family] = &[
    common::SCHEMA,
    common::STABLE,
    common::HEAP,
    common::CYCLES,
    common::TASKS,
    common::MIGRATION,
    common::VIOLATIONS,
    HEALTH,
    COMPONENT,
    UPGRADES,
    UPTIME,
    EVENTS,
    LAST_BEAT,
    MISSED,
    JOBS,
    SUBMITTED,
    DECIDED,
    REQUESTED,
    APPROVED,
    PROCESSING,
    AVAILABLE,
    REVIEWERS,
    ENTITIES,
];

/// The text of a scrape. Cycles and memory are left out unless the caller is trusted.
pub fn scrape(store: &Grants, env: &Env) -> String {
    let mut text = Exposition::new();
    canister(&mut text, store, env);
    work(&mut text, store);
    grants(&mut text, store);
    text.finish()
}

fn canister(text: &mut Exposition, store: &Grants, env: &Env) {
    let (header, watch) = (store.header(), store.watch());
    text.value(&common::SCHEMA, header.schema.into());
    if access::is_trusted(store, env) {
        text.value(&common::STABLE, message::stable_bytes().into());
        text.value(&common::HEAP, message::heap_bytes().into());
        text.value(&common::CYCLES, message::cycles().get());
    }
    let progress = store.migration();
    text.value(&common::MIGRATION, progress.total.saturating_sub(progress.done).into());
    text.value(&common::VIOLATIONS, watch.violations.into());
    let checks = checks(store, env.now());
    text.value(&HEALTH, figure(granary_health::overall(&checks)));
    let labels: Vec<[(&str, &str); 1]> =
        checks.iter().map(|check| [("component", check.name)]).collect();
    let figures: Vec<(common::Labels<'_>, u128)> = labels
        .iter()
        .zip(&checks)
        .map(|(label, check)| (label.as_slice(), figure(check.status)))
        .collect();
    text.labelled(&COMPONENT, &figures);
    text.value(&UPGRADES, header.upgrade_count.into());
    text.value(&UPTIME, env.now().saturating_since(header.upgraded_at).as_secs().into());
}

const fn figure(status: HealthStatus) -> u128 {
    match status {
        HealthStatus::Healthy => 0,
        HealthStatus::Degraded => 1,
        HealthStatus::Critical => 2,
    }
}

fn work(text: &mut Exposition, store: &Grants) {
    let (watch, jobs) = (store.watch(), store.job_counts());
    text.labelled(
        &common::TASKS,
        &[
            (&[("task", "health"), ("outcome", "ok")], watch.beats.into()),
            (&[("task", "any"), ("outcome", "failed")], watch.failures.into()),
        ],
    );
    text.value(&EVENTS, store.journal_head().0.into());
    text.value(&LAST_BEAT, watch.last_check.as_secs().into());
    text.value(&MISSED, watch.missed_beats.into());
    text.labelled(
        &JOBS,
        &[
            (&[("state", "pending")], jobs.pending.into()),
            (&[("state", "running")], jobs.running.into()),
            (&[("state", "done")], jobs.done.into()),
            (&[("state", "dead_letter")], jobs.dead_letter.into()),
        ],
    );
}

fn grants(text: &mut Exposition, store: &Grants) {
    let totals = store.totals();
    text.value(&SUBMITTED, totals.submitted.into());
    text.labelled(
        &DECIDED,
        &[
            (&[("decision", "approved")], totals.approved.into()),
            (&[("decision", "rejected")], totals.rejected.into()),
        ],
    );
    text.value(&REQUESTED, totals.requested);
    text.value(&APPROVED, totals.approved_units);
    text.value(&PROCESSING, (totals.average_processing_ns() / 1_000_000_000).into());
    text.value(&AVAILABLE, totals.available);
    text.value(&REVIEWERS, totals.reviewers.into());
    let [programs, applications, grants, payouts] = store.counts();
    text.labelled(
        &ENTITIES,
        &[
            (&[("kind", "program")], programs.into()),
            (&[("kind", "application")], applications.into()),
            (&[("kind", "grant")], grants.into()),
            (&[("kind", "payout")], payouts.into()),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn generated_metrics_page_is_current() {
        let text = format!(
            "# Metrics\n\nEvery family `/metrics` serves, generated from the code. Cycles and \
             memory are served to\ntrusted callers only.\n\n## micro_grants\n\n{}",
            granary_metrics::markdown(FAMILIES)
        );
        granary_build::generated("docs/METRICS.md", &text);
    }
}
