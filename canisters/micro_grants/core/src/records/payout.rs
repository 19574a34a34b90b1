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
    /// Questions to `execution` since it last moved. Zero in what the first release wrote, as the
    /// two below.
    pub tries: u32,
    /// The next question waits until then.
    pub next_at: Timestamp,
    /// The event that says why it failed, or why it needs a person.
    pub told: Option<u64>,
}

impl PayoutHead {
    /// The same in another state, with nothing tried yet.
    pub const fn moved(self, state: PayoutState) -> Self {
        Self { state, tries: 0, next_at: Timestamp::ZERO, ..self }
    }
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
            .opt_id(self.grant_prev)
            .u32(head.tries)
            .time(head.next_at)
            // The event behind, so that no event is zero.
            .u64(head.told.map_or(0, |event| event.saturating_add(1)));
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
        let (failures, grant_prev) = (row.u32(), row.opt_id());
        let (tries, next_at, told) = (row.u32(), row.time(), row.u64().checked_sub(1));
        let intent = (known != 0).then_some(intent);
        let head = PayoutHead {
            grant,
            milestone,
            amount,
            from,
            state,
            queued_at,
            intent,
            failures,
            tries,
            next_at,
            told,
        };
        Self { head, grant_prev }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> PayoutRow {
        let head = PayoutHead {
            grant: GrantId::new(3).expect("not zero"),
            milestone: Some(1),
            amount: Units::new(500),
            from: Units::new(70),
            state: PayoutState::Failed,
            queued_at: Timestamp::from_nanos(9),
            intent: Some(0),
            failures: 2,
            tries: 7,
            next_at: Timestamp::from_nanos(11),
            told: Some(0),
        };
        PayoutRow { head, grant_prev: PayoutId::new(4) }
    }

    fn bytes(row: &PayoutRow) -> Vec<u8> {
        let mut bytes = vec![0; 96];
        row.write(&mut bytes);
        bytes
    }

    #[test]
    fn a_row_comes_back_as_it_was() {
        assert_eq!(PayoutRow::read(&bytes(&row())), row());
        let head = PayoutHead { intent: None, told: None, ..row().head };
        let other = PayoutRow { head, grant_prev: None };
        assert_eq!(PayoutRow::read(&bytes(&other)), other);
    }

    #[test]
    fn what_the_first_release_wrote_was_never_tried() {
        let mut bytes = bytes(&row());
        // That release left everything behind the chain empty.
        bytes[65..].fill(0);
        let head = PayoutHead { tries: 0, next_at: Timestamp::ZERO, told: None, ..row().head };
        assert_eq!(PayoutRow::read(&bytes), PayoutRow { head, ..row() });
    }
}
