//! How the canister is: its common components and its own, in a short and a long answer. O(1).

use granary_api::common::{Health, HealthStatus, SystemHealth};
use granary_health::{Check, Report, overall, reasons, report};
use granary_kernel::{CanisterStore, Ctx, Phase};
use granary_stable::log_ring::{Level, NewLine};
use granary_units::{Cycles, Timestamp};

use super::{Host, access, convert, dependencies, sweep, tasks};
use crate::{Env, message, origin};

/// Bytes of heap a 32-bit canister can have.
const HEAP_LIMIT: u64 = 4 << 30;
/// Bytes of stable memory the regions can take: 32,768 buckets of 2 MiB.
const STABLE_LIMIT: u64 = 64 << 30;

/// The canister's own components, then the common ones.
pub fn checks<H: Host>(store: &H::Store, now: Timestamp) -> Vec<Check> {
    let mut checks = H::checks(store, now);
    checks.extend([
        memory(),
        jobs::<H>(store, now),
        schema::<H>(store),
        dependencies::component(store.peers(), now),
        sweep::component(now),
    ]);
    if store.is_rehearsing() {
        checks.push(rehearsal());
    }
    checks
}

/// Degraded, so that nobody takes a copy for the canister, nor its idleness for a failure.
fn rehearsal() -> Check {
    let reason = "a copy on which an upgrade is tried: it takes no work, and does none";
    Check::not_healthy("rehearsal", HealthStatus::Degraded, reason)
}

fn memory() -> Check {
    let heap = Check::memory("memory", message::heap_bytes(), HEAP_LIMIT);
    let stable = Check::memory("memory", message::stable_bytes(), STABLE_LIMIT);
    if stable.status > heap.status { stable } else { heap }
}

fn jobs<H: Host>(store: &H::Store, now: Timestamp) -> Check {
    let dead = store.job_counts().dead_letter;
    if dead > 0 {
        let reason = format!("{dead} jobs failed for good and wait for a person");
        return Check::not_healthy("jobs", HealthStatus::Critical, reason);
    }
    if store.base().phase == Phase::Importing {
        let reason = "the canister is being filled from a backup";
        return Check::not_healthy("jobs", HealthStatus::Degraded, reason);
    }
    if store.is_rehearsing() {
        // No beat is missed where none is due.
        return Check::healthy("jobs");
    }
    // Before the first beat after an upgrade the age counts from the upgrade.
    let last = store.watch().last_check.max(store.header().upgraded_at);
    let age = now.saturating_since(last).as_nanos();
    Check::heartbeat("jobs", age, tasks::HEALTH_EVERY.as_nanos())
}

fn schema<H: Host>(store: &H::Store) -> Check {
    let progress = store.migration();
    if progress.is_complete() {
        return Check::healthy("schema");
    }
    let (left, name) = (progress.total.saturating_sub(progress.done), progress.phase);
    let reason = format!("the step {name} has {left} records left");
    Check::not_healthy("schema", HealthStatus::Degraded, reason)
}

/// The public short answer.
pub fn short<H: Host>(store: &H::Store, now: Timestamp) -> Health {
    let checks = checks::<H>(store, now);
    Health {
        status: overall(&checks),
        version: origin::version().to_owned(),
        schema: store.header().schema,
        mode: convert::mode(&store.base().mode),
        reasons: reasons(&checks),
    }
}

/// The long answer; figures that tell which code path ran are for trusted callers.
pub fn long<H: Host>(store: &H::Store, env: &Env) -> SystemHealth {
    let Report { overall, components } = report(checks::<H>(store, env.now()));
    let (header, watch, base) = (store.header(), store.watch(), store.base());
    let trusted = access::is_trusted::<H>(store, env);
    let balance = trusted.then(message::cycles);
    SystemHealth {
        overall,
        components,
        last_check_ns: watch.last_check.as_nanos(),
        missed_beats: watch.missed_beats,
        version: origin::version().to_owned(),
        schema: header.schema,
        uptime_ns: env.now().saturating_since(header.upgraded_at).as_nanos(),
        mode: convert::mode(&base.mode),
        profile: convert::profile(base.profile),
        log_head: convert::bytes(&store.journal_head().1),
        heap_bytes: trusted.then(message::heap_bytes),
        stable_bytes: trusted.then(message::stable_bytes),
        cycles: balance.map(Cycles::get),
        // No burn has been seen before the second day; then the runway is simply long.
        runway_days: balance.map(|cycles| watch.runway_days(cycles).unwrap_or(u32::MAX)),
    }
}

/// The health job: counts the beat, reads the balance, and logs what is Critical.
pub(super) fn beat<H: Host>(store: &mut H::Store, ctx: &Ctx, due_at: Timestamp) {
    let mut watch = store.watch();
    watch.beat(ctx.now, due_at, tasks::HEALTH_EVERY);
    watch.read_cycles(ctx.now, message::cycles());
    store.set_watch(&watch);
    let checks = checks::<H>(store, ctx.now);
    if overall(&checks) == HealthStatus::Critical {
        let text = reasons(&checks).join("; ");
        log::<H>(store, ctx, Level::Warning, "health", "", &text);
    }
}

/// Counts a job that failed.
pub(super) fn count_failure<H: Host>(store: &mut H::Store) {
    let mut watch = store.watch();
    watch.failures = watch.failures.saturating_add(1);
    store.set_watch(&watch);
}

/// Writes a log line.
pub fn log<H: Host>(
    store: &mut H::Store,
    ctx: &Ctx,
    level: Level,
    component: &str,
    code: &str,
    message: &str,
) {
    let Ctx { now: at, trace_id, .. } = *ctx;
    store.log(&NewLine { at, level, component, code, trace_id, message });
}
