//! The metric families of the constitution.

use governor_core::records::{Drift, Totals};
use governor_core::types::{ProposalState, Timestamp};
use granary_metrics::{Exposition, Family, Labels, Unit};

use crate::convert::output;
use crate::state::Constitution;

const CREATED: Family =
    Family::counter("governor_proposals_created_total", Unit::Count, "Proposals that ever were.");
const EXECUTED: Family = Family::counter(
    "governor_proposals_executed_total",
    Unit::Count,
    "Proposals that were executed and held.",
);
const CANCELLED: Family = Family::counter(
    "governor_proposals_cancelled_total",
    Unit::Count,
    "Proposals that were taken back or stopped.",
);
const STORED: Family =
    Family::gauge("governor_proposals_stored", Unit::Count, "Stored proposals by state.");
const SUCCESS: Family = Family::gauge(
    "governor_success_bps",
    Unit::Bps,
    "Share of executed proposals that held; 10000 before the first.",
);
const MIGRATIONS: Family = Family::counter(
    "governor_migrations_completed_total",
    Unit::Count,
    "Migrations of targets that were followed to their end.",
);
const PROGRESS: Family = Family::gauge(
    "governor_migration_progress_bps",
    Unit::Bps,
    "Share of its records the followed migration has reached; 10000 when none is followed.",
);
const ROLLBACKS: Family = Family::counter(
    "governor_rollbacks_initiated_total",
    Unit::Count,
    "Executions that were taken back.",
);
const TIMELOCK: Family = Family::gauge(
    "governor_timelock_average_seconds",
    Unit::Seconds,
    "From approval to execution, on average; 0 before the first.",
);
const APPROVAL: Family = Family::gauge(
    "governor_approval_average_seconds",
    Unit::Seconds,
    "From creation to approval, on average; 0 before the first.",
);
const MEMBERS: Family = Family::gauge(
    "governor_members_live",
    Unit::Count,
    "Members who may approve and showed a sign in time.",
);
const NEEDED: Family =
    Family::gauge("governor_members_needed", Unit::Count, "Approvals a proposal needs.");
const SILENT: Family = Family::gauge(
    "governor_members_silent",
    Unit::Count,
    "Members who may approve and showed no sign in time.",
);
const DRIFT: Family = Family::gauge(
    "governor_drift_detected",
    Unit::Count,
    "Targets that are not what was approved, by what differs.",
);
const SNAPSHOT: Family = Family::gauge(
    "governor_snapshot_age_seconds",
    Unit::Seconds,
    "Age of the newest fleet snapshot; 0 before the first.",
);
const INCIDENTS: Family =
    Family::gauge("governor_incidents_open", Unit::Count, "Incidents that are not closed.");

/// Every family only this canister exports, in the order of the scrape.
pub const FAMILIES: &[Family] = &[
    CREATED, EXECUTED, CANCELLED, STORED, SUCCESS, MIGRATIONS, PROGRESS, ROLLBACKS, TIMELOCK,
    APPROVAL, MEMBERS, NEEDED, SILENT, DRIFT, SNAPSHOT, INCIDENTS,
];

/// Writes them; O(members + targets), both bounded by a few dozen.
pub fn own(store: &Constitution, now: Timestamp, text: &mut Exposition) {
    let totals = store.totals();
    proposals(&totals, text);
    text.value(&MIGRATIONS, totals.migrations.into());
    let (done, total) = totals.migrating;
    text.value(&PROGRESS, share(done, total));
    text.value(&ROLLBACKS, totals.rollbacks.into());
    text.value(&TIMELOCK, average(totals.timelock_seconds, totals.timelocks));
    text.value(&APPROVAL, average(totals.approval_seconds, totals.approvals));
    let config = store.config();
    let live = output::approvers_live(config, now);
    let able = config.able(governor_core::types::Permissions::APPROVE, now).count();
    let able = u128::try_from(able).unwrap_or(u128::MAX);
    text.value(&MEMBERS, live.into());
    text.value(&NEEDED, config.rules.threshold.into());
    text.value(&SILENT, able.saturating_sub(live.into()));
    drift(store, text);
    let age = totals.newest_snapshot.map_or(0, |at| now.saturating_since(at).as_secs());
    text.value(&SNAPSHOT, age.into());
    text.value(&INCIDENTS, totals.open_incidents.into());
}

fn proposals(totals: &Totals, text: &mut Exposition) {
    let count = |state| u128::from(totals.count(state));
    text.value(&CREATED, totals.created.into());
    let held = count(ProposalState::Completed);
    text.value(&EXECUTED, held);
    let stopped = count(ProposalState::Cancelled).saturating_add(count(ProposalState::Vetoed));
    text.value(&CANCELLED, stopped);
    let labels = ProposalState::ALL.map(|state| [("state", state.name())]);
    let states: Vec<(Labels<'_>, u128)> = labels
        .iter()
        .zip(ProposalState::ALL)
        .map(|(label, state)| (label.as_slice(), count(state)))
        .collect();
    text.labelled(&STORED, &states);
    let failed =
        count(ProposalState::RolledBack).saturating_add(count(ProposalState::RollbackFailed));
    let small = |figure: u128| u64::try_from(figure).unwrap_or(u64::MAX);
    text.value(&SUCCESS, share(small(held), small(held.saturating_add(failed))));
}

fn drift(store: &Constitution, text: &mut Exposition) {
    let targets = store.all_targets();
    let count = |kind| targets.iter().filter(|(_, target)| target.drift == Some(kind)).count();
    let of = |kind| u128::try_from(count(kind)).unwrap_or(u128::MAX);
    let controllers = of(Drift::Controllers).saturating_add(of(Drift::Lost));
    text.labelled(
        &DRIFT,
        &[(&[("what", "code")], of(Drift::Code)), (&[("what", "controllers")], controllers)],
    );
}

/// Basis points of a whole; all of nothing.
fn share(part: u64, whole: u64) -> u128 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    part.saturating_mul(10_000).checked_div(whole).unwrap_or(10_000)
}

fn average(sum: u64, count: u64) -> u128 {
    u128::from(sum.checked_div(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn shares_and_averages_of_nothing_are_whole_and_none() {
        assert_eq!((share(0, 0), share(1, 3), share(3, 3)), (10_000, 3_333, 10_000));
        assert_eq!((average(0, 0), average(7, 2)), (0, 3));
    }

    #[test]
    fn generated_metrics_section_is_current() {
        let own = granary_metrics::markdown(FAMILIES);
        granary_build::generated_section("docs/METRICS.md", "governor", &own);
    }
}
