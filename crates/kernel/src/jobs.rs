//! Due work: the core's own, and what it hands to the shell. Nothing scans: whatever waits has one
//! job in the table.

use granary_stable::jobs::{Job, JobRef, Retry};
use granary_units::{Duration, Timestamp};

use crate::canister::CanisterStore;
use crate::ctx::Ctx;
use crate::gate::Class;

/// Job kinds from here on belong to the shell: the clock hands them back.
pub const SHELL_JOBS: u16 = 100;

/// How long a taken job is nobody else's.
const LEASE: Duration = Duration::seconds(600);
/// How a failed job is tried again; one of the core fails only when stored state is wrong.
pub(crate) const RETRY: Retry = Retry {
    first_delay: Duration::seconds(60),
    max_delay: Duration::seconds(86_400),
    max_attempts: 5,
};

/// What a job of the core did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// True when something was changed.
    pub applied: bool,
    /// When it must run again; none ends the job.
    pub next: Option<Timestamp>,
}

/// What one tick did.
#[derive(Clone, Debug)]
pub struct TickReport<E> {
    /// Transitions applied.
    pub applied: u32,
    /// Jobs of the core that ran.
    pub looked: u32,
    /// Jobs that failed, with why; they are tried again or became dead letters.
    pub failed: Vec<(JobRef, E)>,
    /// Jobs of the shell that are due; each is taken and must be finished, repeated or failed.
    pub handed: Vec<Job>,
    /// When the table must be looked at again.
    pub next_due: Option<Timestamp>,
}

/// Runs due jobs until `budget` answers false or nothing is due.
///
/// While the canister is filled from a backup, and in a rehearsal, nothing is due.
pub fn tick<S: CanisterStore>(
    store: &mut S,
    ctx: &Ctx,
    budget: &mut dyn FnMut() -> bool,
) -> Result<TickReport<S::Error>, S::Error> {
    store.gate(ctx, Class::Finish)?;
    let (applied, looked) = (0, 0);
    let mut report = TickReport { applied, looked, failed: vec![], handed: vec![], next_due: None };
    store.take_in(ctx, budget);
    while budget() {
        let Some(job) = store.jobs.claim(ctx.now, LEASE) else { break };
        if job.name.kind >= SHELL_JOBS {
            report.handed.push(job);
            continue;
        }
        report.looked = report.looked.saturating_add(1);
        let settled = match store.run_job(ctx, &job) {
            Ok(Done { applied, next }) => {
                report.applied = report.applied.saturating_add(applied.into());
                store.finish_job(ctx, &job, next)
            }
            Err(error) => {
                let wire: granary_errors::Error = error.clone().into();
                report.failed.push((job.name, error));
                store.fail_job(ctx, &job, &wire.to_string()).map(drop)
            }
        };
        settled.unwrap_or_else(|fault| panic!("BUG: {fault}"));
    }
    report.next_due = store.next_due();
    Ok(report)
}
