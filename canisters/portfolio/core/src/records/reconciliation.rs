//! Where the reconciliation of one asset with its ledger stands.

use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, number};
use crate::types::{EntryId, Hash, ReconciliationState, Signed, Timestamp};

/// A reconciliation that is under way: nobody else begins one before the lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number; what a late answer must name to still count.
    pub number: u64,
    /// Until when it has the asset for itself.
    pub until: Timestamp,
}

/// The stored row; one per asset, by the asset's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconciliationRow {
    /// What the newest complete run found.
    pub state: ReconciliationState,
    /// What the ledger said it holds.
    pub external: u128,
    /// What the books said, without Suspense.
    pub booked: Signed,
    /// `external - booked`; the balance of Suspense once that was booked (P8).
    pub difference: Signed,
    /// Length of the ledger when it was compared.
    pub at_ref: u64,
    /// When it was compared.
    pub at: Option<Timestamp>,
    /// Since when there is a difference that is not in Suspense.
    pub since: Option<Timestamp>,
    /// Entries the newest run posted.
    pub explained: u32,
    /// The newest entry any run posted.
    pub newest_entry: Option<EntryId>,
    /// The next block to look at.
    pub next_block: u64,
    /// Hash of the block before it, if it is known: the next one must name it.
    pub head: Option<Hash>,
    /// Runs that failed since one succeeded.
    pub failures: u32,
    /// Runs that ever began.
    pub runs: u64,
    /// The one under way.
    pub running: Option<Run>,
}

impl ReconciliationRow {
    /// The row of an asset whose blocks are looked at from `next_block` on.
    pub const fn new(next_block: u64) -> Self {
        Self {
            state: ReconciliationState::Never,
            external: 0,
            booked: Signed::ZERO,
            difference: Signed::ZERO,
            at_ref: 0,
            at: None,
            since: None,
            explained: 0,
            newest_entry: None,
            next_block,
            head: None,
            failures: 0,
            runs: 0,
            running: None,
        }
    }
}

impl Slot for ReconciliationRow {
    const SIZE: u32 = 192;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(number(&ReconciliationState::ALL, &self.state))
            .u128(self.external)
            .signed(self.booked)
            .signed(self.difference)
            .u64(self.at_ref)
            .opt_time(self.at)
            .opt_time(self.since)
            .u32(self.explained)
            .opt_id(self.newest_entry)
            .u64(self.next_block)
            .u8(u8::from(self.head.is_some()))
            .array(&self.head.unwrap_or_default())
            .u32(self.failures)
            .u64(self.runs)
            .u64(self.running.map_or(0, |run| run.number))
            .opt_time(self.running.map(|run| run.until));
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a reconciliation row");
        let mut found = Self {
            state: row.case(&ReconciliationState::ALL),
            external: row.u128(),
            booked: row.signed(),
            difference: row.signed(),
            at_ref: row.u64(),
            at: row.opt_time(),
            since: row.opt_time(),
            explained: row.u32(),
            newest_entry: row.opt_id(),
            next_block: row.u64(),
            head: None,
            failures: 0,
            runs: 0,
            running: None,
        };
        let (has_head, head) = (row.u8() != 0, row.hash());
        found.head = has_head.then_some(head);
        found.failures = row.u32();
        found.runs = row.u64();
        let number = row.u64();
        found.running = row.opt_time().map(|until| Run { number, until });
        found
    }
}
