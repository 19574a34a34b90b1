//! A payout: a fixed row.

use granary_stable::slots::Slot;

use crate::types::{GrantId, PayoutId, PayoutState, Timestamp, Units};
use granary_kernel::row::{RowReader, RowWriter, number};

/// What rules read and write of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutHead {
    /// The grant it pays.
    pub grant: GrantId,
    /// The milestone it pays; none for a lump sum or a stream.
    pub milestone: Option<u16>,
    /// How much.
    pub amount: Units,
    /// Where the paid interval of the award begins: the sum of the grant's earlier payouts.
    pub from: Units,
    /// Where it stands.
    pub state: PayoutState,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// Transfer intent of `execution` that carries it.
    pub intent: Option<u64>,
    /// How often it failed.
    pub failures: u32,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutRow {
    /// What rules read and write.
    pub head: PayoutHead,
    /// The payout its grant had before this one.
    pub grant_prev: Option<PayoutId>,
}

const NO_MILESTONE: u16 = u16::MAX;

impl Slot for PayoutRow {
    const SIZE: u32 = 96;

    fn write(&self, out: &mut [u8]) {
        let head = &self.head;
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&PayoutState::ALL, &head.state))
            .id(head.grant)
            .u16(head.milestone.unwrap_or(NO_MILESTONE))
            .units(head.amount)
            .units(head.from)
            .time(head.queued_at)
            .u8(u8::from(head.intent.is_some()))
            .u64(head.intent.unwrap_or_default())
            .u32(head.failures)
            .opt_id(self.grant_prev);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a payout row");
        let state = row.case(&PayoutState::ALL);
        let grant = row.id();
        let milestone = match row.u16() {
            NO_MILESTONE => None,
            index => Some(index),
        };
        let (amount, from, queued_at) = (row.units(), row.units(), row.time());
        let (known, intent) = (row.u8(), row.u64());
        let head = PayoutHead {
            grant,
            milestone,
            amount,
            from,
            state,
            queued_at,
            intent: (known != 0).then_some(intent),
            failures: row.u32(),
        };
        Self { head, grant_prev: row.opt_id() }
    }
}
