//! What people and machines see of the canister's condition: health, metrics, pages, log lines.
//! Everything here is O(1).

pub mod families;
pub mod pages;

use granary_api::common::{self as c, HealthStatus};
use granary_api::micro_grants as m;
use granary_env::{Env, message, origin};
use granary_health::{Check, Report, report};
use granary_stable::log_ring::{Level, NewLine};
use granary_stable::migrate::Progress;
use granary_units::Timestamp;
use micro_grants_core::errors::GrantError;
use micro_grants_core::limits;
use micro_grants_core::records::Phase;
use micro_grants_core::rules::Ctx;
use micro_grants_core::store::{Receipt, StatePage};

use crate::convert::output;
use crate::install::VERSION;
use crate::state::Grants;
use crate::{access, tasks};

/// Bytes of heap a 32-bit canister can have.
const HEAP_LIMIT: u64 = 4 << 30;
/// Bytes of stable memory the regions can take: 32,768 buckets of 2 MiB.
const STABLE_LIMIT: u64 = 64 << 30;

/// The parts of the canister and how they are.
pub fn checks(store: &Grants, now: Timestamp) -> Vec<Check> {
    let (totals, config) = (store.totals(), store.config());
    vec![
        Check::capacity("applications", totals.submitted, config.max_applications),
        Check::require(
            "budget",
            totals.available > 0,
            HealthStatus::Degraded,
            "no programme has budget left to award",
        ),
        memory(),
        Check::require(
            "trustees",
            totals.reviewers > 0,
            HealthStatus::Degraded,
            "no programme has reviewers",
        ),
        jobs(store, now),
        schema(store),
    ]
}

fn memory() -> Check {
    let heap = Check::memory("memory", message::heap_bytes(), HEAP_LIMIT);
    let stable = Check::memory("memory", message::stable_bytes(), STABLE_LIMIT);
    if stable.status > heap.status { stable } else { heap }
}

fn jobs(store: &Grants, now: Timestamp) -> Check {
    let dead = store.job_counts().dead_letter;
    if dead > 0 {
        let reason = format!("{dead} jobs failed for good and wait for a person");
        return Check::not_healthy("jobs", HealthStatus::Critical, reason);
    }
    if store.config().phase == Phase::Importing {
        let reason = "the canister is being filled from a backup";
        return Check::not_healthy("jobs", HealthStatus::Degraded, reason);
    }
    // Before the first beat after an upgrade the age counts from the upgrade.
    let last = store.watch().last_check.max(store.header().upgraded_at);
    let age = now.saturating_since(last).as_nanos();
    Check::heartbeat("jobs", age, tasks::HEALTH_EVERY.as_nanos())
}

fn schema(store: &Grants) -> Check {
    let progress = store.migration();
    if progress.is_complete() {
        return Check::healthy("schema");
    }
    let (left, name) = (progress.total.saturating_sub(progress.done), progress.phase);
    let reason = format!("the step {name} has {left} records left");
    Check::not_healthy("schema", HealthStatus::Degraded, reason)
}

/// The public short answer.
pub fn health(store: &Grants, now: Timestamp) -> c::Health {
    let Report { overall, components } = report(checks(store, now));
    let reasons = Report { overall, components }.reasons();
    c::Health {
        status: overall,
        version: VERSION.to_owned(),
        schema: store.header().schema,
        mode: output::mode(&store.config().mode),
        reasons,
    }
}

/// The long answer; figures that tell which code path ran are for trusted callers.
pub fn system_health(store: &Grants, env: &Env) -> c::SystemHealth {
    let Report { overall, components } = report(checks(store, env.now()));
    let (header, watch) = (store.header(), store.watch());
    let trusted = access::is_trusted(store, env);
    let balance = trusted.then(message::cycles);
    let config = store.config();
    c::SystemHealth {
        overall,
        components,
        last_check_ns: watch.last_check.as_nanos(),
        missed_beats: watch.missed_beats,
        version: VERSION.to_owned(),
        schema: header.schema,
        uptime_ns: env.now().saturating_since(header.upgraded_at).as_nanos(),
        mode: output::mode(&config.mode),
        profile: output::profile(config.profile),
        log_head: output::bytes(&store.journal_head().1),
        heap_bytes: trusted.then(message::heap_bytes),
        stable_bytes: trusted.then(message::stable_bytes),
        cycles: balance.map(granary_units::Cycles::get),
        // No burn has been seen before the second day; then the runway is simply long.
        runway_days: balance.map(|cycles| watch.runway_days(cycles).unwrap_or(u32::MAX)),
    }
}

/// The health job: counts the beat, reads the balance, and logs a change for the worse.
pub fn beat(store: &mut Grants, ctx: &Ctx, due_at: Timestamp) {
    let mut watch = store.watch();
    watch.beat(ctx.now, due_at, tasks::HEALTH_EVERY);
    watch.read_cycles(ctx.now, message::cycles());
    store.set_watch(&watch);
    let Report { overall, components } = report(checks(store, ctx.now));
    if overall == HealthStatus::Critical {
        let text = Report { overall, components }.reasons().join("; ");
        log(store, ctx, Level::Warning, "health", "", &text);
    }
}

/// Counts a job that failed.
pub fn count_failure(store: &mut Grants) {
    let mut watch = store.watch();
    watch.failures = watch.failures.saturating_add(1);
    store.set_watch(&watch);
}

/// Writes a log line.
pub fn log(
    store: &mut Grants,
    ctx: &Ctx,
    level: Level,
    component: &str,
    code: &str,
    message: &str,
) {
    let Ctx { now: at, trace_id, .. } = *ctx;
    store.log(&NewLine { at, level, component, code, trace_id, message });
}

/// Which code runs on which state.
pub fn version(store: &Grants) -> c::Version {
    let header = store.header();
    c::Version {
        version: VERSION.to_owned(),
        schema: header.schema,
        git_commit: origin::source_commit(),
        installed_at_ns: header.installed_at.as_nanos(),
        upgraded_at_ns: header.upgraded_at.as_nanos(),
        upgrade_count: header.upgrade_count,
        canister_version: message::canister_version(),
    }
}

/// The eight figures.
pub fn metrics(store: &Grants) -> m::CanisterMetrics {
    let totals = store.totals();
    m::CanisterMetrics {
        total_applications: totals.submitted,
        approved_applications: totals.approved,
        rejected_applications: totals.rejected,
        total_requested_units: totals.requested,
        total_approved_units: totals.approved_units,
        average_processing_ns: totals.average_processing_ns(),
        last_updated_ns: totals.last_updated.as_nanos(),
        version: VERSION.to_owned(),
    }
}

/// The newest upgrades, oldest first.
pub fn upgrades(store: &Grants) -> Vec<c::UpgradeRecord> {
    let start = store.header().upgrade_count.saturating_sub(limits::MAX_PAGE.into());
    store.upgrades(start, limits::MAX_PAGE).into_iter().map(output::upgrade).collect()
}

/// How far the running migration is.
pub fn migration(store: &Grants) -> c::MigrationStatus {
    let Progress { schema, target, phase, done, total } = store.migration();
    c::MigrationStatus { schema, target, phase: phase.to_owned(), done, total }
}

/// Where the canister stands between running and drained. Nothing is ever outstanding: this
/// version makes no calls.
pub fn drain(store: &Grants, now: Timestamp) -> c::DrainStatus {
    let jobs_running = store.job_counts().running;
    let drain = store.drain(now);
    let state = match drain {
        None => c::DrainState::Running,
        Some(_) if jobs_running > 0 => c::DrainState::Draining,
        Some(_) => c::DrainState::Drained,
    };
    c::DrainStatus {
        state,
        epoch: drain.map_or(store.config().last_epoch, |drain| drain.epoch),
        deadline_ns: drain.map_or(0, |drain| drain.deadline.as_nanos()),
        jobs_running,
        calls_outstanding: 0,
    }
}

/// How many jobs wait, run, or failed for good.
pub fn jobs_status(store: &Grants) -> c::JobsStatus {
    let counts = store.job_counts();
    c::JobsStatus {
        pending: counts.pending,
        running: counts.running,
        dead_letter: counts.dead_letter,
        next_due_ns: store.next_due().map(Timestamp::as_nanos),
    }
}

/// The standards this canister speaks.
pub fn standards() -> Vec<c::SupportedStandard> {
    let url = "https://github.com/dfinity/ICRC/blob/main/ICRCs/ICRC-10/ICRC-10.md";
    vec![c::SupportedStandard { name: "ICRC-10".to_owned(), url: url.to_owned() }]
}

/// Takes a page of a backup and answers where the journal stands.
pub fn import(store: &mut Grants, ctx: &Ctx, page: &StatePage) -> Result<Receipt, GrantError> {
    let finished = store.import_state(ctx, page)?;
    let (event, _) = store.journal_head();
    if finished {
        log(store, ctx, Level::Info, "import", "", "the import is complete");
        tasks::start(store, ctx);
    }
    Ok(Receipt { id: finished.into(), event, at: ctx.now })
}
