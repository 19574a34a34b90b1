//! What happens by itself. The truth is the job table in stable memory; the alarm only wakes.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | the core's own | when due | 100 a beat | as the core says |
//! | health | 60 s | O(1) | writes the newest figures again |
//! | migration | until it is complete | one slice of instructions | goes on from its place |
//! | sweep | 10 s, then hours | one slice, in a message of its own | goes on from its place |
//! | dependencies | 5 min, with peers, not amid a drain | one call for each peer | asks again |
//! | the shell's own | as it says | as it says | as it says |

use core::cell::Cell;

use granary_api::common::Receipt;
use granary_errors::Error;
use granary_kernel::limits::MAX_TICK_JOBS;
use granary_kernel::{CanisterStore, Ctx, Fault, SHELL_JOBS, TickReport};
use granary_stable::jobs::Job;
use granary_stable::log_ring::Level;
use granary_units::{Duration, Timestamp};

use super::{Host, access, dependencies, health, state, sweep};
use crate::{Env, message, origin, timer};

/// Job kind: look at the canister's health.
const HEALTH: u16 = SHELL_JOBS;
/// Job kind: go on with a chunked migration.
const MIGRATION: u16 = SHELL_JOBS + 1;
/// Job kind: go on checking the invariants.
const SWEEP: u16 = SHELL_JOBS + 2;
/// Job kind: ask the other canisters how they are.
const DEPENDENCIES: u16 = SHELL_JOBS + 3;
/// Job kinds from here on are the shell's own.
pub const OWN_JOBS: u16 = SHELL_JOBS + 100;

/// How often the canister looks at itself.
pub const HEALTH_EVERY: Duration = Duration::seconds(60);
/// Pause between two pieces of a migration: other messages come first.
const MIGRATION_EVERY: Duration = Duration::seconds(1);
/// How long the alarm waits at most, whatever the table says.
const LONGEST_WAIT: Duration = Duration::seconds(60);
/// How soon a beat that was cut off by its budget goes on.
const NEXT_PIECE: Duration = Duration::seconds(1);
/// Instructions of one beat: one slice of a round, so that nobody waits for it.
const BEAT_INSTRUCTIONS: u64 = 1_500_000_000;

thread_local! {
    /// True from an upgrade to the first beat after it: that puts the jobs into the table.
    static FRESH: Cell<bool> = const { Cell::new(false) };
}

/// As [`start`], for a canister that has reason to look around soon: new code, a new peer.
pub fn begin<H: Host>(store: &mut H::Store, ctx: &Ctx) {
    ensure_sooner::<H>(store, ctx);
    wake::<H>(store, ctx);
}

/// As [`begin`], for new code on a table of any size: the first beat does it, at once. An upgrade
/// must not cost more because many jobs wait, and every look into the table does.
pub fn begin_soon<H: Host>(ctx: &Ctx) {
    FRESH.set(true);
    timer::rearm(ctx.now, beat::<H>);
}

fn ensure_sooner<H: Host>(store: &mut H::Store, ctx: &Ctx) {
    store.ensure_job(SWEEP, 0, ctx.now.saturating_add(sweep::FIRST));
    if !store.peers().is_empty() {
        store.ensure_job(DEPENDENCIES, 0, ctx.now.saturating_add(dependencies::FIRST));
    }
    ensure::<H>(store, ctx);
}

/// Makes sure the jobs of the canister are in the table, and sets the alarm. Nothing becomes due
/// sooner by it: anybody may ask for it, as often as they like.
pub fn start<H: Host>(store: &mut H::Store, ctx: &Ctx) {
    ensure::<H>(store, ctx);
    wake::<H>(store, ctx);
}

fn ensure<H: Host>(store: &mut H::Store, ctx: &Ctx) {
    let after = |wait| ctx.now.saturating_add(wait);
    store.ensure_job(HEALTH, 0, after(HEALTH_EVERY));
    store.ensure_job(SWEEP, 0, after(sweep::PAUSE));
    if !store.migration().is_complete() {
        store.ensure_job(MIGRATION, 0, after(MIGRATION_EVERY));
    }
    if !store.peers().is_empty() {
        store.ensure_job(DEPENDENCIES, 0, after(dependencies::EVERY));
    }
    sweep::forget_lost();
    H::ensure_jobs(store, ctx);
}

/// Sets the alarm by the table: to be called by whoever puts a job of its own into it.
pub fn wake<H: Host>(store: &H::Store, ctx: &Ctx) {
    // What is due already is due at once: whoever wakes the canister again and again must not be
    // able to put the alarm off.
    // Neither may the first beat after an upgrade wait: what it puts into the table is missing.
    let latest = if FRESH.get() { ctx.now } else { ctx.now.saturating_add(LONGEST_WAIT) };
    timer::rearm(store.next_due().unwrap_or(latest).clamp(ctx.now, latest), beat::<H>);
}

/// Anybody may wake a canister that lost its timers; waking a waking one sets the alarm again.
/// A rehearsal has no alarm: its migration goes on by a slice, and the receipt says whether there
/// is more of it.
pub(super) fn resume_jobs<H: Host>() -> Result<Receipt, Fault> {
    let ctx = access::actor(&Env::here());
    let (id, event) = H::write(|store| {
        let id = if store.is_rehearsing() {
            rehearse::<H>(store, &ctx)?
        } else {
            start::<H>(store, &ctx);
            0
        };
        Ok::<_, Fault>((id, store.journal_head().0))
    })?;
    state::certify::<H>();
    Ok(Receipt { id, event, at_ns: ctx.now.as_nanos() })
}

/// One slice of a rehearsed migration; answers 1 while there is more of it, and 0 after the last.
fn rehearse<H: Host>(store: &mut H::Store, ctx: &Ctx) -> Result<u64, Fault> {
    if store.migration().is_complete() {
        return Ok(0);
    }
    let next = migrate::<H>(store, ctx).map_err(|reason| Fault::MigrationFailed { reason })?;
    Ok(next.is_some().into())
}

/// Why a job cannot be run.
pub fn unknown(job: &Job) -> String {
    format!("this code knows no job of kind {}", job.name.kind)
}

/// The alarm rang.
fn beat<H: Host>() {
    let ctx = access::actor(&Env::own());
    let next = H::write(|store| {
        if FRESH.take() {
            origin::read_ahead();
            ensure_sooner::<H>(store, &ctx);
        }
        let due = if run_due::<H>(store, &ctx) { store.next_due() } else { None };
        soon(ctx.now, due)
    });
    timer::rearm(next, beat::<H>);
    sweep::send::<H>();
}

/// The sweep goes on at `next`, if that is sooner than its job stands for.
pub(super) fn sweep_again<H: Host>(store: &mut H::Store, ctx: &Ctx, next: Timestamp) {
    store.ensure_job(SWEEP, 0, next);
    wake::<H>(store, ctx);
}

/// Runs what is due; false while nothing may run, because the canister is being filled.
fn run_due<H: Host>(store: &mut H::Store, ctx: &Ctx) -> bool {
    let mut looked = 0_u32;
    let mut budget = || {
        looked = looked.saturating_add(1);
        looked <= MAX_TICK_JOBS && message::instructions() < BEAT_INSTRUCTIONS
    };
    let Ok(TickReport { failed, handed, .. }) = store.tick(ctx, &mut budget) else {
        return false;
    };
    for (job, error) in failed {
        let error: Error = error.into();
        let text = format!("job {} of {}: {}", job.kind, job.key, error.message());
        health::log::<H>(store, ctx, Level::Error, "clock", error.code(), &text);
        health::count_failure::<H>(store);
    }
    for job in handed {
        run::<H>(store, ctx, &job);
    }
    true
}

fn run<H: Host>(store: &mut H::Store, ctx: &Ctx, job: &Job) {
    let next = match job.name.kind {
        HEALTH => {
            health::beat::<H>(store, ctx, job.due_at);
            Ok(Some(ctx.now.saturating_add(HEALTH_EVERY)))
        }
        MIGRATION => migrate::<H>(store, ctx),
        SWEEP => Ok(Some(sweep::due::<H>(store, ctx))),
        DEPENDENCIES => Ok(dependencies::due::<H>(store, ctx)),
        own if own >= OWN_JOBS => H::run_job(store, ctx, job),
        _ => Err(unknown(job)),
    };
    let settled = match next {
        Ok(next) => store.finish_job(ctx, job, next),
        Err(problem) => {
            health::log::<H>(store, ctx, Level::Error, "tasks", "", &problem);
            health::count_failure::<H>(store);
            store.fail_job(ctx, job, &problem).map(drop)
        }
    };
    if let Err(fault) = settled {
        message::trap(&format!("BUG: {fault}"));
    }
}

fn migrate<H: Host>(store: &mut H::Store, ctx: &Ctx) -> Result<Option<Timestamp>, String> {
    let mut budget = || message::instructions() < BEAT_INSTRUCTIONS;
    match store.migrate(&mut budget) {
        Ok(progress) if progress.is_complete() => {
            let text = format!("the state has schema {}", progress.schema);
            health::log::<H>(store, ctx, Level::Info, "migration", "", &text);
            Ok(None)
        }
        Ok(_) => Ok(Some(ctx.now.saturating_add(MIGRATION_EVERY))),
        Err(fault) => Err(fault.to_string()),
    }
}

/// When the alarm rings next: when the table says, but neither at once again nor too late.
fn soon(now: Timestamp, due: Option<Timestamp>) -> Timestamp {
    let latest = now.saturating_add(LONGEST_WAIT);
    let due = due.unwrap_or(latest).min(latest);
    if due <= now { now.saturating_add(NEXT_PIECE) } else { due }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).expect("small")
    }

    #[test]
    fn the_alarm_rings_neither_at_once_nor_never() {
        assert_eq!(soon(at(100), Some(at(130))), at(130));
        assert_eq!(soon(at(100), Some(at(9_000))), at(160));
        assert_eq!(soon(at(100), None), at(160));
        assert_eq!(soon(at(100), Some(at(100))), at(101));
        assert_eq!(soon(at(100), Some(at(3))), at(101));
    }
}
