//! The canister's running figures: what `CanisterMetrics` and health read without a scan.

use granary_stable::slots::Slot;

use crate::records::application::ApplicationHead;
use crate::types::{ApplicationState, Timestamp};
use granary_kernel::row::{RowReader, RowWriter};

/// Sums over all applications (G10) and a few counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Applications ever submitted; drafts do not count.
    pub submitted: u64,
    /// Applications in state Approved.
    pub approved: u64,
    /// Applications in state Rejected.
    pub rejected: u64,
    /// Sum of the current requests of submitted applications, units.
    pub requested: u128,
    /// Sum of the requests of approved applications, units.
    pub approved_units: u128,
    /// Applications in state Approved or Rejected.
    pub decided: u64,
    /// Sum of the times from submission to decision over decided applications, nanoseconds.
    pub processing_ns: u128,
    /// When any of the above last changed.
    pub last_updated: Timestamp,
    /// Budget not yet awarded, over all programmes, units (health).
    pub available: u128,
    /// Active reviewer seats over all programmes (health).
    pub reviewers: u64,
    /// Payouts up to this number are settled. May lag behind; zero in the first release.
    pub settled_below: u32,
    /// Payouts in state Failed (health).
    pub failed: u32,
    /// Payouts in state Quarantined (health).
    pub quarantined: u32,
}

impl Slot for Totals {
    const SIZE: u32 = 192;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u64(self.submitted)
            .u64(self.approved)
            .u64(self.rejected)
            .u128(self.requested)
            .u128(self.approved_units)
            .u64(self.decided)
            .u128(self.processing_ns)
            .time(self.last_updated)
            .u128(self.available)
            .u64(self.reviewers)
            .u128(self.payouts());
    }

    fn read(bytes: &[u8]) -> Self {
        let packed = packed(bytes);
        let mut row = RowReader::new(bytes, 1, "the totals");
        Self {
            submitted: row.u64(),
            approved: row.u64(),
            rejected: row.u64(),
            requested: row.u128(),
            approved_units: row.u128(),
            decided: row.u64(),
            processing_ns: row.u128(),
            last_updated: row.time(),
            available: row.u128(),
            reviewers: row.u64(),
            settled_below: part(packed, 96),
            failed: part(packed, 64),
            quarantined: part(packed, 32),
        }
    }
}

impl Totals {
    /// The figures of payouts as one number.
    fn payouts(&self) -> u128 {
        let [below, failed, quarantined] =
            [self.settled_below, self.failed, self.quarantined].map(u128::from);
        below << 96 | failed << 64 | quarantined << 32
    }
}

/// Where [`Totals::payouts`] lies in the row. It is read in one go: the row is read with every
/// verb, and each part costs more than its bytes.
const PAYOUTS_AT: usize = 113;

fn packed(row: &[u8]) -> u128 {
    let found = row.get(PAYOUTS_AT..).and_then(<[u8]>::first_chunk::<16>);
    found.map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

fn part(packed: u128, shift: u32) -> u32 {
    let part = packed.checked_shr(shift).unwrap_or_default() & u128::from(u32::MAX);
    u32::try_from(part).unwrap_or_default()
}

/// What one application adds to the totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    submitted: u64,
    approved: u64,
    rejected: u64,
    requested: u128,
    approved_units: u128,
    decided: u64,
    processing_ns: u128,
}

fn share(head: &ApplicationHead) -> Share {
    if head.version == 0 {
        return Share::default();
    }
    let approved = u64::from(head.state == ApplicationState::Approved);
    let rejected = u64::from(head.state == ApplicationState::Rejected);
    let decided = approved.saturating_add(rejected);
    let requested = head.requested.get();
    let processing = head
        .decided_at
        .filter(|_| decided == 1)
        .map_or(0, |at| at.saturating_since(head.submitted_at).as_nanos());
    Share {
        submitted: 1,
        approved,
        rejected,
        requested,
        approved_units: if approved == 1 { requested } else { 0 },
        decided,
        processing_ns: u128::from(processing),
    }
}

impl Totals {
    /// The totals after an application changed from `before` (none: it is new) to `after`.
    ///
    /// Requests are bounded by budgets, so no sum can leave its type; a miscount is a bug and
    /// traps.
    pub fn moved(
        mut self,
        before: Option<&ApplicationHead>,
        after: &ApplicationHead,
        now: Timestamp,
    ) -> Self {
        let (old, new) = (before.map(share).unwrap_or_default(), share(after));
        if old == new {
            return self;
        }
        self.submitted = step(self.submitted, old.submitted, new.submitted);
        self.approved = step(self.approved, old.approved, new.approved);
        self.rejected = step(self.rejected, old.rejected, new.rejected);
        self.requested = step_wide(self.requested, old.requested, new.requested);
        self.approved_units =
            step_wide(self.approved_units, old.approved_units, new.approved_units);
        self.decided = step(self.decided, old.decided, new.decided);
        self.processing_ns = step_wide(self.processing_ns, old.processing_ns, new.processing_ns);
        self.last_updated = now;
        self
    }

    /// Mean time from submission to decision, nanoseconds, rounded down; 0 before any decision.
    pub fn average_processing_ns(&self) -> u64 {
        self.processing_ns
            .checked_div(u128::from(self.decided))
            .and_then(|mean| u64::try_from(mean).ok())
            .unwrap_or(0)
    }
}

fn step(total: u64, old: u64, new: u64) -> u64 {
    total.checked_add(new).and_then(|sum| sum.checked_sub(old)).expect("BUG: totals miscounted")
}

/// As [`step`], for figures of 128 bits.
pub(crate) fn step_wide(total: u128, old: u128, new: u128) -> u128 {
    total.checked_add(new).and_then(|sum| sum.checked_sub(old)).expect("BUG: totals miscounted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let totals = Totals {
            submitted: 1,
            available: 2,
            reviewers: u64::MAX,
            settled_below: 3,
            failed: 4,
            quarantined: u32::MAX,
            ..Totals::default()
        };
        let mut row = vec![0; 192];
        totals.write(&mut row);
        assert_eq!(Totals::read(&row), totals);
        // What the first release wrote had nothing there.
        row[PAYOUTS_AT..].fill(0);
        let before = Totals { settled_below: 0, failed: 0, quarantined: 0, ..totals };
        assert_eq!(Totals::read(&row), before);
    }
}
