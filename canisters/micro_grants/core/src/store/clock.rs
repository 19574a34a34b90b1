//! Due transitions and the job table. Nothing scans: each entity that waits has one job.

use granary_stable::jobs::{Job, JobFault, JobRef, JobState, Retry};
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::rules::Ctx;
use crate::rules::clock::{Tick, application_tick, grant_tick};
use crate::rules::gate::{Class, gate};
use crate::store::Store;
use crate::types::{Duration, Timestamp};

/// Job kind: a requested change may expire. Key: the application.
pub const CLOCK_APPLICATION: u16 = 1;
/// Job kind: an offer, a window, a milestone or inactivity. Key: the grant.
pub const CLOCK_GRANT: u16 = 2;
/// Job kinds from here on belong to the shell: the clock hands them back.
pub const SHELL_JOBS: u16 = 100;

/// How long a taken job is nobody else's.
const LEASE: Duration = Duration::seconds(600);
/// How a failed transition is tried again; it fails only when stored state is wrong.
const RETRY: Retry = Retry {
    first_delay: Duration::seconds(60),
    max_delay: Duration::seconds(86_400),
    max_attempts: 5,
};

/// What one tick did.
#[derive(Clone, Debug, Default)]
pub struct TickReport {
    /// Transitions applied.
    pub applied: u32,
    /// Jobs looked at in vain or for the first time.
    pub looked: u32,
    /// Transitions that failed, with why; they are tried again or became dead letters.
    pub failed: Vec<(JobRef, GrantError)>,
    /// Jobs of the shell that are due; each is taken and must be finished, repeated or failed.
    pub handed: Vec<Job>,
    /// When the table must be looked at again.
    pub next_due: Option<Timestamp>,
}

impl<M: Memory> Store<M> {
    /// Applies due transitions until `budget` answers false or nothing is due.
    ///
    /// While the canister is filled from a backup nothing is due.
    pub fn tick(
        &mut self,
        ctx: &Ctx,
        budget: &mut dyn FnMut() -> bool,
    ) -> Result<TickReport, GrantError> {
        gate(self.config(), ctx, Class::Finish)?;
        let mut report = TickReport::default();
        while budget() {
            let Some(job) = self.jobs.claim(ctx.now, LEASE) else { break };
            if job.name.kind >= SHELL_JOBS {
                report.handed.push(job);
                continue;
            }
            report.looked = report.looked.saturating_add(1);
            if let Err(error) = self.run_clock(ctx, &job, &mut report) {
                let text = granary_errors::Error::from(error.clone()).to_string();
                self.fail_job(ctx, &job, &text).unwrap_or_else(|fault| panic!("BUG: {fault}"));
                report.failed.push((job.name, error));
            }
        }
        report.next_due = self.jobs.next_due();
        Ok(report)
    }

    fn run_clock(
        &mut self,
        ctx: &Ctx,
        job: &Job,
        report: &mut TickReport,
    ) -> Result<(), GrantError> {
        let tick = if job.name.kind == CLOCK_APPLICATION {
            let view = self.application_view(job.name.key)?;
            let (_, program) = self.program_head(view.head.program.wire())?;
            application_tick(&view, &program, ctx.now)?
        } else {
            let view = self.grant_view(job.name.key)?;
            grant_tick(&view, &self.milestones_of(view.id), ctx.now)?
        };
        let next = match tick {
            Tick::Never => None,
            Tick::Later(at) => Some(at),
            Tick::Due(mut change) => {
                report.applied = report.applied.saturating_add(1);
                let next = change.wake.take();
                self.commit(*change, ctx);
                next.map(|wake| match wake {
                    crate::rules::Wake::Application(_, at) | crate::rules::Wake::Grant(_, at) => at,
                })
            }
        };
        let done = match next {
            Some(at) => self.jobs.again(job, at),
            None => self.jobs.finish(job, ctx.now),
        };
        done.unwrap_or_else(|fault| panic!("BUG: {fault}"));
        Ok(())
    }

    /// Wants a job of the shell done at `due_at`, or earlier if it is wanted earlier already.
    pub fn ensure_job(&mut self, kind: u16, key: u64, due_at: Timestamp) -> Job {
        self.jobs.ensure(JobRef { kind, key }, due_at)
    }

    /// The job is done; with `next` it runs again then.
    pub fn finish_job(
        &mut self,
        ctx: &Ctx,
        job: &Job,
        next: Option<Timestamp>,
    ) -> Result<(), JobFault> {
        match next {
            Some(at) => self.jobs.again(job, at),
            None => self.jobs.finish(job, ctx.now),
        }
    }

    /// The job failed; it is tried again later or becomes a dead letter.
    pub fn fail_job(&mut self, ctx: &Ctx, job: &Job, error: &str) -> Result<JobState, JobFault> {
        self.jobs.fail(job, ctx.now, error, RETRY)
    }

    /// When the job table must be looked at again.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.jobs.next_due()
    }
}
