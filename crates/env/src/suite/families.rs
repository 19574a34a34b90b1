//! The metric families every canister has, and the text of a scrape.

use granary_api::common::HealthStatus;
use granary_errors::Category;
use granary_kernel::{CanisterStore, Mode};
use granary_metrics::{self as common, Exposition, Family, Labels, Unit};
use granary_units::Bps;

use super::counters::{self, Calls};
use super::{Host, access, dependencies, health, sweep};
use crate::{Env, message, origin};

const INFO: Family =
    Family::gauge("canister_build_info", Unit::Count, "Always 1; the labels name the code.");
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
const MODE: Family = Family::gauge(
    "canister_degradation_mode",
    Unit::Count,
    "0 full, 1 restricted, 2 outflows frozen, 3 read-only.",
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
const ERRORS: Family = Family::counter(
    "errors_total",
    Unit::Count,
    "Refused updates by category and code, since the last upgrade.",
);
const LATENCY: Family = Family::counter(
    "call_latency_seconds_total",
    Unit::Seconds,
    "Time spent waiting for peers, since the last upgrade.",
);
const LATENCY_MAX: Family = Family::gauge(
    "call_latency_max_seconds",
    Unit::Seconds,
    "The longest wait for a peer since the last upgrade.",
);
const WAIT: Family = Family::gauge(
    "call_latency_milliseconds",
    Unit::Milliseconds,
    "Percentiles of the waits for a peer, over the newest 128 calls since the last upgrade.",
);
const IN_FLIGHT: Family =
    Family::gauge("calls_in_flight", Unit::Count, "Calls to peers that are not answered yet.");
const PEER_UP: Family = Family::gauge(
    "dependency_health_up",
    Unit::Count,
    "Whether a peer was Healthy when it was last asked.",
);
const SWEEP_AT: Family = Family::gauge(
    "invariant_sweep_timestamp_seconds",
    Unit::Seconds,
    "When a sweep of the state last reached its end; 0 before the first since the upgrade.",
);
const SWEEP_ROWS: Family = Family::gauge(
    "invariant_sweep_checked",
    Unit::Count,
    "Entities the last whole sweep looked at.",
);

/// The families every canister exports, in the order of the scrape.
pub const FAMILIES: &[Family] = &[
    INFO,
    common::SCHEMA,
    common::STABLE,
    common::HEAP,
    common::CYCLES,
    common::MIGRATION,
    common::VIOLATIONS,
    SWEEP_AT,
    SWEEP_ROWS,
    HEALTH,
    COMPONENT,
    MODE,
    UPGRADES,
    UPTIME,
    common::TASKS,
    EVENTS,
    LAST_BEAT,
    MISSED,
    JOBS,
    ERRORS,
    common::CALLS,
    LATENCY,
    LATENCY_MAX,
    WAIT,
    IN_FLIGHT,
    PEER_UP,
];

/// The text of a scrape: the common families, then the canister's own. Cycles and memory are left
/// out unless the caller is trusted.
pub fn scrape<H: Host>(store: &H::Store, env: &Env) -> String {
    let mut text = Exposition::new();
    canister::<H>(&mut text, store, env);
    condition::<H>(&mut text, store, env);
    work::<H>(&mut text, store);
    errors(&mut text);
    calls(&mut text, &dependencies::known(store.peers()));
    H::families(store, &mut text);
    text.finish()
}

fn canister<H: Host>(text: &mut Exposition, store: &H::Store, env: &Env) {
    let commit = origin::source_commit();
    text.labelled(&INFO, &[(&[("version", origin::version()), ("commit", &commit)], 1)]);
    text.value(&common::SCHEMA, store.header().schema.into());
    if access::is_trusted::<H>(store, env) {
        text.value(&common::STABLE, message::stable_bytes().into());
        text.value(&common::HEAP, message::heap_bytes().into());
        text.value(&common::CYCLES, message::cycles().get());
    }
    let progress = store.migration();
    text.value(&common::MIGRATION, progress.total.saturating_sub(progress.done).into());
    text.value(&common::VIOLATIONS, store.watch().violations.into());
    let last = sweep::now().last();
    text.value(&SWEEP_AT, last.map_or(0, |last| last.at.as_secs().into()));
    text.value(&SWEEP_ROWS, last.map_or(0, |last| last.checked.into()));
}

fn condition<H: Host>(text: &mut Exposition, store: &H::Store, env: &Env) {
    let checks = health::checks::<H>(store, env.now());
    text.value(&HEALTH, status(granary_health::overall(&checks)));
    let rows: Vec<_> = checks
        .iter()
        .map(|check| (vec![("component", check.name)], status(check.status)))
        .collect();
    rows_of(text, &COMPONENT, &rows);
    text.value(&MODE, mode(&store.base().mode));
    let header = store.header();
    text.value(&UPGRADES, header.upgrade_count.into());
    text.value(&UPTIME, env.now().saturating_since(header.upgraded_at).as_secs().into());
}

const fn status(status: HealthStatus) -> u128 {
    match status {
        HealthStatus::Healthy => 0,
        HealthStatus::Degraded => 1,
        HealthStatus::Critical => 2,
    }
}

const fn mode(mode: &Mode) -> u128 {
    match mode {
        Mode::Full => 0,
        Mode::Restricted(_) => 1,
        Mode::OutflowsFrozen => 2,
        Mode::ReadOnly => 3,
    }
}

fn work<H: Host>(text: &mut Exposition, store: &H::Store) {
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

fn errors(text: &mut Exposition) {
    let refusals = counters::refusals();
    let rows: Vec<_> = refusals.iter().map(refusal_row).collect();
    rows_of(text, &ERRORS, &rows);
}

fn refusal_row((category, code, count): &(Category, String, u64)) -> Row<'_> {
    (vec![("category", category.name()), ("code", code.as_str())], u128::from(*count))
}

fn calls(text: &mut Exposition, known: &[(String, HealthStatus)]) {
    const SECOND: u64 = 1_000_000_000;
    let calls = counters::calls();
    let outcomes: Vec<_> = calls
        .iter()
        .flat_map(|(peer, Calls { done, not_applied, unknown, .. })| {
            [("done", *done), ("not_applied", *not_applied), ("unknown", *unknown)]
                .map(|(outcome, count)| (vec![("peer", *peer), ("outcome", outcome)], count.into()))
        })
        .collect();
    rows_of(text, &common::CALLS, &outcomes);
    let seconds = |figure: fn(&Calls) -> u64| {
        let row = |(peer, calls): &(&'static str, Calls)| {
            (vec![("peer", *peer)], u128::from(figure(calls) / SECOND))
        };
        calls.iter().map(row).collect::<Vec<_>>()
    };
    rows_of(text, &LATENCY, &seconds(|calls| calls.latency_ns));
    rows_of(text, &LATENCY_MAX, &seconds(|calls| calls.latency_max_ns));
    rows_of(text, &WAIT, &waits(&calls));
    text.value(&IN_FLIGHT, counters::in_flight().into());
    let up = |(peer, status): &(String, HealthStatus)| {
        (peer.clone(), u128::from(*status == HealthStatus::Healthy))
    };
    let up: Vec<_> = known.iter().map(up).collect();
    let rows: Vec<_> = up.iter().map(|(peer, up)| (vec![("peer", peer.as_str())], *up)).collect();
    rows_of(text, &PEER_UP, &rows);
}

/// The wait that half of the newest calls to each peer did not exceed, and so on.
fn waits(calls: &[(&'static str, Calls)]) -> Vec<Row<'static>> {
    const MILLISECOND: u64 = 1_000_000;
    const RANKS: [(&str, u16); 3] = [("0.5", 5_000), ("0.95", 9_500), ("0.99", 9_900)];
    let ranked = |(peer, calls): &(&'static str, Calls)| {
        let peer = *peer;
        let waits = RANKS.map(|(quantile, bps)| {
            let wait = Bps::new(bps).ok().and_then(|rank| calls.waits.percentile(rank))?;
            let row = (vec![("peer", peer), ("quantile", quantile)], (wait / MILLISECOND).into());
            Some(row)
        });
        waits.into_iter().flatten()
    };
    calls.iter().flat_map(ranked).collect()
}

/// Labels of one figure, and the figure.
type Row<'a> = (Vec<(&'a str, &'a str)>, u128);

/// A family of as many figures as there are; a family without any is left out.
fn rows_of(text: &mut Exposition, family: &Family, rows: &[Row<'_>]) {
    if rows.is_empty() {
        return;
    }
    let figures: Vec<(Labels<'_>, u128)> =
        rows.iter().map(|(labels, figure)| (labels.as_slice(), *figure)).collect();
    text.labelled(family, &figures);
}

/// The part of `docs/METRICS.md` that is the same for every canister.
pub fn markdown() -> String {
    granary_metrics::markdown(FAMILIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn the_slowest_calls_show_in_the_high_percentiles_only() {
        let mut calls = Calls::default();
        (1..=100_u64).for_each(|n| calls.waits.record(n * 1_000_000));
        let of = |(labels, wait): &Row<'static>| (labels[1].1, *wait);
        let rows = waits(&[("ledger", calls), ("books", Calls::default())]);
        let figures: Vec<_> = rows.iter().map(of).collect();
        assert_eq!(figures, [("0.5", 50), ("0.95", 95), ("0.99", 99)], "{rows:?}");
    }

    #[test]
    fn a_family_without_figures_is_left_out() {
        let mut text = Exposition::new();
        rows_of(&mut text, &ERRORS, &[]);
        rows_of(&mut text, &PEER_UP, &[(vec![("peer", "ledger")], 1)]);
        let text = text.finish();
        assert!(!text.contains("errors_total"), "{text}");
        assert!(text.contains("dependency_health_up{peer=\"ledger\"} 1\n"), "{text}");
    }
}
