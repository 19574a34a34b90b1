//! Capacity taken for an intent; and the pages that find an intent's newest reservation.

use granary_stable::list::{LINK_BYTES, ListField};
use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter, number};

use crate::types::{
    AnnouncementId, AssetId, Duration, Hash, Principal, Purpose, ReservationId, ReservationState,
    Timestamp,
};

/// Bytes of a row before its link.
pub(crate) const DATA_BYTES: usize = 196;
const DATA_SIZE: u32 = 196;
/// The list of held reservations, in the order in which they expire.
pub(crate) const HELD: ListField = ListField::at(DATA_SIZE);
/// The one list of that field.
pub(crate) const HELD_LIST: u32 = 1;

/// What an outflow needs before it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The policy that says so.
    pub policy_version: u64,
    /// Place of the tier.
    pub tier: u32,
    /// Different people.
    pub approvals: u32,
    /// Wait after the last approval.
    pub delay: Duration,
}

/// An outflow somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outflow {
    /// The caller's key.
    pub intent: u64,
    /// Which asset.
    pub asset: AssetId,
    /// Everything that leaves, smallest units.
    pub amount: u128,
    /// Where to.
    pub destination: Hash,
    /// Who asked for it.
    pub initiator: Principal,
    /// What for.
    pub purpose: Purpose,
    /// What it was announced with.
    pub announcement: Option<AnnouncementId>,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservationRow {
    /// For what.
    pub outflow: Outflow,
    /// Where it stands.
    pub state: ReservationState,
    /// What it needs.
    pub needs: Needs,
    /// When it was taken.
    pub reserved_at: Timestamp,
    /// When it gives the capacity back by itself.
    pub expires_at: Timestamp,
    /// Where in the rolling windows it is counted; none when an announcement took it past them.
    pub counted_at: Option<Timestamp>,
    /// The breaker's turn in which it was admitted.
    pub turn: u64,
    /// True once the ledger's outcome was told.
    pub is_told: bool,
    /// When its course ended.
    pub settled_at: Option<Timestamp>,
    /// The event that says so.
    pub settled_event: u64,
}

impl Slot for ReservationRow {
    const SIZE: u32 = DATA_SIZE + LINK_BYTES;

    fn write(&self, out: &mut [u8]) {
        let outflow = &self.outflow;
        RowWriter::new(out, 1)
            .u64(outflow.intent)
            .id(outflow.asset)
            .u128(outflow.amount)
            .array(&outflow.destination)
            .principal(&outflow.initiator)
            .u8(number(&Purpose::ALL, &outflow.purpose))
            .opt_id(outflow.announcement)
            .u8(number(&ReservationState::ALL, &self.state))
            .u64(self.needs.policy_version)
            .u32(self.needs.tier)
            .u32(self.needs.approvals)
            .u64(self.needs.delay.as_nanos())
            .time(self.reserved_at)
            .time(self.expires_at)
            .opt_time(self.counted_at)
            .u64(self.turn)
            .u8(self.is_told.into())
            .opt_time(self.settled_at)
            .u64(self.settled_event);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a reservation row");
        Self {
            outflow: Outflow {
                intent: row.u64(),
                asset: row.id(),
                amount: row.u128(),
                destination: row.hash(),
                initiator: row.principal(),
                purpose: row.case(&Purpose::ALL),
                announcement: row.opt_id(),
            },
            state: row.case(&ReservationState::ALL),
            needs: Needs {
                policy_version: row.u64(),
                tier: row.u32(),
                approvals: row.u32(),
                delay: Duration::from_nanos(row.u64()),
            },
            reserved_at: row.time(),
            expires_at: row.time(),
            counted_at: row.opt_time(),
            turn: row.u64(),
            is_told: row.u8() != 0,
            settled_at: row.opt_time(),
            settled_event: row.u64(),
        }
    }
}

impl ReservationRow {
    /// The bytes before the link, which a change of the row leaves alone.
    pub(crate) fn part(&self) -> [u8; DATA_BYTES] {
        let mut bytes = [0; DATA_BYTES];
        self.write(&mut bytes);
        bytes
    }
}

/// Intents one page of the index covers.
pub(crate) const PAGE_INTENTS: u64 = 256;

/// The newest reservations of 256 neighbouring intents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    /// By intent; 0 for none.
    pub reservations: [u32; 256],
}

impl PageRow {
    /// Bytes before the first entry.
    const HEAD: u32 = 4;

    /// A page without reservations.
    pub const EMPTY: Self = Self { reservations: [0; 256] };

    /// Where the entry of an intent is in its page.
    pub(crate) fn entry_at(intent: u64) -> u32 {
        let place = intent.checked_rem(PAGE_INTENTS).and_then(|at| u32::try_from(at).ok());
        place.unwrap_or(0).saturating_mul(4).saturating_add(Self::HEAD)
    }

    /// The bytes of an entry.
    pub(crate) fn entry(reservation: ReservationId) -> [u8; 4] {
        reservation.get().to_be_bytes()
    }
}

impl Slot for PageRow {
    const SIZE: u32 = 1_028;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.array(&[0; 3]);
        for reservation in self.reservations {
            row.u32(reservation);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a page of reservations");
        row.raw().array::<3>();
        Self { reservations: core::array::from_fn(|_| row.u32()) }
    }
}
