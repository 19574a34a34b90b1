//! What is due. Nothing scans: held reservations have one job for whichever expires first, and each
//! seal, seat and announcement has its own. Time decides; the clock writes down what it decided.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, Done, SHELL_JOBS};
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::errors::GuardError;
use crate::limits;
use crate::rules::{Change, announce, seal, seat, settle};
use crate::store::Store;
use crate::types::{ReservationId, Timestamp};

/// Job kind: reservations nobody spoke of expire. Key: 0.
pub const EXPIRE: u16 = 1;
/// Job kind: a seal ends. Key: the seal.
pub const SEAL: u16 = 2;
/// Job kind: a guardian must have shown itself. Key: the seat.
pub const SEAT: u16 = 3;
/// Job kind: an announcement ends. Key: the announcement.
pub const ANNOUNCEMENT: u16 = 4;
/// Job kind of the shell: ask for the treasury. Key: 0.
pub const REFRESH_JOB: u16 = SHELL_JOBS + 100;
/// Job kind of the shell: look at the canister itself. Key: 0.
pub const WATCH: u16 = SHELL_JOBS + 101;

impl<M: Memory + 'static> Store<M> {
    pub(crate) fn run_clock(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GuardError> {
        let key = job.name.key;
        let due = match job.name.kind {
            EXPIRE => return Ok(self.expire_held(ctx)),
            SEAL => {
                let (id, row) = self.seal_row(key)?;
                seal::expire(id, &row, ctx)
            }
            SEAT => {
                let (id, row) = self.seat(key)?;
                seat::lapse(id, &row, ctx)
            }
            _ => {
                let (id, row) = self.announcement(key)?;
                announce::lapse(id, &row, ctx)
            }
        };
        Ok(self.apply_due(due, ctx))
    }

    fn apply_due(&mut self, due: Result<Option<Change>, Timestamp>, ctx: &Ctx) -> Done {
        match due {
            Err(later) => Done { applied: false, next: Some(later) },
            Ok(None) => Done { applied: false, next: None },
            Ok(Some(change)) => {
                self.commit(change, ctx);
                Done { applied: true, next: None }
            }
        }
    }

    /// The reservation that has been held longest.
    pub(crate) fn longest_held(&self) -> Option<ReservationId> {
        ReservationId::from_slot(self.totals().held.first()?)
    }

    /// Lets overdue reservations expire, a bounded number at a time; the list is in the order in
    /// which they expire, so the first that is in time ends it.
    fn expire_held(&mut self, ctx: &Ctx) -> Done {
        let mut applied = false;
        for _ in 0..limits::EXPIRE_PER_RUN {
            let Some(id) = self.longest_held() else { return Done { applied, next: None } };
            let row = self.reservations.get(id.slot()).unwrap_or_else(damaged);
            if ctx.now < row.expires_at {
                return Done { applied, next: Some(row.expires_at) };
            }
            applied |= self.expire_if_over(id, ctx);
        }
        Done { applied, next: Some(ctx.now) }
    }

    /// Lets one reservation expire when its time is over; true when it did.
    pub(crate) fn expire_if_over(&mut self, id: ReservationId, ctx: &Ctx) -> bool {
        let row = self.reservations.get(id.slot()).unwrap_or_else(damaged);
        let Some(change) = settle::expire(self.settle_view(id, row), ctx) else { return false };
        self.commit(change, ctx);
        true
    }
}
