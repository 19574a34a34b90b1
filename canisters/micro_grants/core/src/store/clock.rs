//! Due transitions. Nothing scans: each entity that waits has one job.

use granary_kernel::Done;
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::rules::clock::{Tick, application_tick, grant_tick};
use crate::rules::{Ctx, Wake};
use crate::store::Store;

/// Job kind: a requested change may expire. Key: the application.
pub const CLOCK_APPLICATION: u16 = 1;
/// Job kind: an offer, a window, a milestone or inactivity. Key: the grant.
pub const CLOCK_GRANT: u16 = 2;

impl<M: Memory> Store<M> {
    /// Applies the transition of one entity that is due.
    pub(crate) fn run_clock(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GrantError> {
        let tick = if job.name.kind == CLOCK_APPLICATION {
            let view = self.application_view(job.name.key)?;
            let (_, program) = self.program_head(view.head.program.wire())?;
            application_tick(&view, &program, ctx.now)?
        } else {
            let view = self.grant_view(job.name.key)?;
            grant_tick(&view, &self.milestones_of(view.id), ctx.now)?
        };
        Ok(match tick {
            Tick::Never => Done { applied: false, next: None },
            Tick::Later(at) => Done { applied: false, next: Some(at) },
            Tick::Due(mut change) => {
                let wake = change.wake.take();
                self.commit(*change, ctx);
                let next = wake.map(|wake| match wake {
                    Wake::Application(_, at) | Wake::Grant(_, at) => at,
                });
                Done { applied: true, next }
            }
        })
    }
}
