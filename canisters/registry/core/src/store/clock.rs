//! What is due. Nothing scans: each live grant has one job, and the queue of registrations has one
//! for whoever waits longest.

use granary_kernel::{Ctx, Done};
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::errors::RegistryError;
use crate::limits;
use crate::rules::clock::{Tick, grant_tick, pending_tick};
use crate::store::Store;
use crate::types::Holder;

/// Job kind: registrations that nobody admitted are closed. Key: 0.
pub const EXPIRE_PENDING: u16 = 1;
/// Job kind: a grant takes effect or lapses. Key: the grant.
pub const ROLE_CLOCK: u16 = 2;

impl<M: Memory + 'static> Store<M> {
    pub(crate) fn run_clock(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, RegistryError> {
        if job.name.kind == EXPIRE_PENDING {
            return Ok(self.expire_pending(ctx));
        }
        let grant = self.grant(job.name.key)?;
        let user = self.holding_user(&grant);
        Ok(match grant_tick(&grant, user.as_ref(), ctx.now) {
            Tick::Never => Done { applied: false, next: None },
            Tick::Later(at) => Done { applied: false, next: Some(at) },
            Tick::Due(change, next) => {
                self.commit(*change, ctx);
                Done { applied: true, next }
            }
        })
    }

    /// Closes whoever waited too long, a bounded number at a time; the list is in the order of
    /// registration, so the first who is in time ends it.
    fn expire_pending(&mut self, ctx: &Ctx) -> Done {
        let mut applied = false;
        for _ in 0..limits::PENDING_PER_RUN {
            let Some(user) = self.longest_waiting() else {
                return Done { applied, next: None };
            };
            let grants = self.grants_of(&Holder::User(user.id));
            match pending_tick(&user, grants, ctx.now) {
                Tick::Never => return Done { applied, next: None },
                Tick::Later(at) => return Done { applied, next: Some(at) },
                Tick::Due(change, _) => {
                    self.commit(*change, ctx);
                    applied = true;
                }
            }
        }
        Done { applied, next: Some(ctx.now) }
    }
}
