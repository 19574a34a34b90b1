//! What happens by itself. The truth is the job table in stable memory; the alarm only wakes.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | clock of an application or a grant | when due | 100 a beat | a look in vain changes nothing |
//! | health | 60 s | O(1) | writes the newest figures again |
//! | migration | until it is complete | one slice of instructions | goes on from its place |

use granary_api::common::Receipt;
use granary_env::{Env, message, timer};
use granary_errors::Error;
use granary_stable::jobs::Job;
use granary_stable::log_ring::Level;
use granary_units::{Duration, Timestamp};
use micro_grants_core::limits::MAX_TICK_JOBS;
use micro_grants_core::rules::Ctx;
use micro_grants_core::store::{SHELL_JOBS, TickReport};

use crate::state::{self, Grants};
use crate::{access, observe};

/// Job kind: look at the canister's health.
const HEALTH: u16 = SHELL_JOBS;
/// Job kind: go on with a chunked migration.
const MIGRATION: u16 = SHELL_JOBS + 1;

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

/// Makes sure the jobs of the canister are in the table, and sets the alarm.
pub fn start(store: &mut Grants, ctx: &Ctx) {
    store.ensure_job(HEALTH, 0, ctx.now.saturating_add(HEALTH_EVERY));
    if !store.migration().is_complete() {
        store.ensure_job(MIGRATION, 0, ctx.now.saturating_add(MIGRATION_EVERY));
    }
    // What is due already is due at once: whoever wakes the canister again and again must not be
    // able to put the alarm off.
    let latest = ctx.now.saturating_add(LONGEST_WAIT);
    timer::rearm(store.next_due().unwrap_or(latest).clamp(ctx.now, latest), beat);
}

/// Anybody may wake a canister that lost its timers; waking a waking one sets the alarm again.
pub fn resume_jobs() -> Result<Receipt, Error> {
    let ctx = access::actor(&Env::here());
    let (event, head) = state::write(|store| {
        start(store, &ctx);
        store.journal_head()
    });
    // A restored snapshot may stand under an older certificate.
    message::certify(&head);
    Ok(Receipt { id: 0, event, at_ns: ctx.now.as_nanos() })
}

/// The alarm rang.
fn beat() {
    let ctx = access::actor(&Env::own());
    let next = state::write(|store| {
        let due = if run_due(store, &ctx) { store.next_due() } else { None };
        soon(ctx.now, due)
    });
    timer::rearm(next, beat);
}

/// Runs what is due; false while nothing may run, because the canister is being filled.
fn run_due(store: &mut Grants, ctx: &Ctx) -> bool {
    let mut looked = 0_u32;
    let mut budget = || {
        looked = looked.saturating_add(1);
        looked <= MAX_TICK_JOBS && message::instructions() < BEAT_INSTRUCTIONS
    };
    let Ok(TickReport { failed, handed, .. }) = store.tick(ctx, &mut budget) else {
        return false;
    };
    for (job, error) in failed {
        let error = Error::from(error);
        let text = format!("clock {} of {}: {}", job.kind, job.key, error.message());
        observe::log(store, ctx, Level::Error, "clock", error.code(), &text);
        observe::count_failure(store);
    }
    for job in handed {
        run(store, ctx, &job);
    }
    true
}

fn run(store: &mut Grants, ctx: &Ctx, job: &Job) {
    let next = match job.name.kind {
        HEALTH => {
            observe::beat(store, ctx, job.due_at);
            Ok(Some(ctx.now.saturating_add(HEALTH_EVERY)))
        }
        MIGRATION => migrate(store, ctx),
        unknown => Err(format!("this code knows no job of kind {unknown}")),
    };
    let settled = match next {
        Ok(next) => store.finish_job(ctx, job, next),
        Err(problem) => {
            observe::log(store, ctx, Level::Error, "tasks", "", &problem);
            observe::count_failure(store);
            store.fail_job(ctx, job, &problem).map(drop)
        }
    };
    if let Err(fault) = settled {
        message::trap(&format!("BUG: {fault}"));
    }
}

fn migrate(store: &mut Grants, ctx: &Ctx) -> Result<Option<Timestamp>, String> {
    let mut budget = || message::instructions() < BEAT_INSTRUCTIONS;
    match store.migrate(&mut budget) {
        Ok(progress) if progress.is_complete() => {
            let text = format!("the state has schema {}", progress.schema);
            observe::log(store, ctx, Level::Info, "migration", "", &text);
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
