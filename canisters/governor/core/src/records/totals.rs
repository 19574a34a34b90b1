//! The canister's running figures: what health and metrics read without a scan.

use granary_kernel::row::{RowReader, RowWriter};
use granary_stable::slots::Slot;

use crate::types::{ProposalState, Timestamp};

/// A few counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Proposals by state, in the order of the states (V17).
    pub states: [u64; 19],
    /// Proposals that ever were.
    pub created: u64,
    /// The one that changes canisters now; 0 for none (V7).
    pub running: u64,
    /// Releases that were taken back, or whose way back failed.
    pub rollbacks: u64,
    /// Migrations that were followed to their end.
    pub migrations: u64,
    /// Timelocks that ended with an execution, and their length together, seconds.
    pub timelocks: u64,
    /// See above.
    pub timelock_seconds: u64,
    /// Proposals that were approved, and the time from creation to approval together, seconds.
    pub approvals: u64,
    /// See above.
    pub approval_seconds: u64,
    /// Targets whose code or controllers are not what was approved.
    pub drifted: u64,
    /// Incidents that are not closed.
    pub open_incidents: u64,
    /// When the newest complete fleet snapshot was taken.
    pub newest_snapshot: Option<Timestamp>,
    /// Migration that is followed: done and total of its records.
    pub migrating: (u64, u64),
    /// The newest epoch of a drain or a fleet snapshot: each run takes a greater one.
    pub newest_epoch: u64,
    /// The proposal whose release is rehearsed now; 0 for none.
    pub rehearsing: u64,
}

impl Totals {
    /// Proposals in the state.
    pub fn count(&self, state: ProposalState) -> u64 {
        self.states.get(state.at()).copied().unwrap_or_default()
    }

    /// Proposals that wait for something.
    pub fn pending(&self) -> u64 {
        let pending = ProposalState::ALL.into_iter().filter(|state| state.is_pending());
        pending.fold(0_u64, |sum, state| sum.saturating_add(self.count(state)))
    }

    /// One more, or one less, in a state.
    pub fn add(&mut self, state: ProposalState, by: i8) {
        if let Some(count) = self.states.get_mut(state.at()) {
            let step = u64::from(by.unsigned_abs());
            *count = if by < 0 { count.saturating_sub(step) } else { count.saturating_add(step) };
        }
    }
}

impl Slot for Totals {
    const SIZE: u32 = 320;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        for count in self.states {
            row.u64(count);
        }
        row.u64(self.created)
            .u64(self.running)
            .u64(self.rollbacks)
            .u64(self.migrations)
            .u64(self.timelocks)
            .u64(self.timelock_seconds)
            .u64(self.approvals)
            .u64(self.approval_seconds)
            .u64(self.drifted)
            .u64(self.open_incidents)
            .opt_time(self.newest_snapshot)
            .u64(self.migrating.0)
            .u64(self.migrating.1)
            .u64(self.newest_epoch)
            .u64(self.rehearsing);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "the totals");
        let mut states = [0; 19];
        for count in &mut states {
            *count = row.u64();
        }
        Self {
            states,
            created: row.u64(),
            running: row.u64(),
            rollbacks: row.u64(),
            migrations: row.u64(),
            timelocks: row.u64(),
            timelock_seconds: row.u64(),
            approvals: row.u64(),
            approval_seconds: row.u64(),
            drifted: row.u64(),
            open_incidents: row.u64(),
            newest_snapshot: row.opt_time(),
            migrating: (row.u64(), row.u64()),
            newest_epoch: row.u64(),
            rehearsing: row.u64(),
        }
    }
}
