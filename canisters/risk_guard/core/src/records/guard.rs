//! Announcements, seals and seats.

use granary_stable::list::{LINK_BYTES, ListField};
use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter, damaged, number};

use crate::limits;
use crate::types::{
    AnnouncementState, AssetId, Duration, Hash, Principal, Purpose, Scope, SealState, SeatId,
    SeatState, Timestamp,
};

/// An outflow that is known in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncementRow {
    /// Which asset.
    pub asset: AssetId,
    /// At most so much.
    pub amount: u128,
    /// Where to.
    pub destination: Hash,
    /// Who announced it.
    pub by: Principal,
    /// When.
    pub announced_at: Timestamp,
    /// Not before.
    pub earliest_at: Timestamp,
    /// Not after.
    pub latest_at: Timestamp,
    /// Where it stands.
    pub state: AnnouncementState,
    /// The intent that uses it.
    pub intent: Option<u64>,
}

impl AnnouncementRow {
    /// True when an outflow may use it at `now`.
    pub fn is_ripe(&self, now: Timestamp) -> bool {
        self.state == AnnouncementState::Announced
            && now >= self.earliest_at
            && now <= self.latest_at
    }

    /// Where it stands at `now`, by its name: time ripens and ends it.
    pub fn name_at(&self, now: Timestamp) -> &'static str {
        match self.state {
            AnnouncementState::Announced if now > self.latest_at => {
                AnnouncementState::Lapsed.name()
            }
            AnnouncementState::Announced if now >= self.earliest_at => "Ripe",
            AnnouncementState::Announced
            | AnnouncementState::Used
            | AnnouncementState::Lapsed
            | AnnouncementState::Cancelled => self.state.name(),
        }
    }
}

impl Slot for AnnouncementRow {
    const SIZE: u32 = 160;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .id(self.asset)
            .u128(self.amount)
            .array(&self.destination)
            .principal(&self.by)
            .time(self.announced_at)
            .time(self.earliest_at)
            .time(self.latest_at)
            .u8(number(&AnnouncementState::ALL, &self.state))
            .u8(self.intent.is_some().into())
            .u64(self.intent.unwrap_or(0));
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an announcement row");
        let mut read = Self {
            asset: row.id(),
            amount: row.u128(),
            destination: row.hash(),
            by: row.principal(),
            announced_at: row.time(),
            earliest_at: row.time(),
            latest_at: row.time(),
            state: row.case(&AnnouncementState::ALL),
            intent: None,
        };
        let is_used = row.u8() != 0;
        read.intent = Some(row.u64()).filter(|_| is_used);
        read
    }
}

fn write_scope(row: &mut RowWriter<'_>, scope: &Scope) {
    let (tag, small, digest) = match scope {
        Scope::All => (0, 0, [0; 32]),
        Scope::Asset(asset) => (1, asset.get(), [0; 32]),
        Scope::Purpose(purpose) => (2, u32::from(number(&Purpose::ALL, purpose)), [0; 32]),
        Scope::Destination(digest) => (3, 0, *digest),
    };
    row.u8(tag).u32(small).array(&digest);
}

fn read_scope(row: &mut RowReader<'_>) -> Scope {
    let (tag, small, digest) = (row.u8(), row.u32(), row.hash());
    match tag {
        0 => Scope::All,
        1 => Scope::Asset(AssetId::new(small).unwrap_or_else(damaged)),
        2 => {
            let at = usize::try_from(small).unwrap_or(usize::MAX);
            Scope::Purpose(Purpose::ALL.get(at).copied().unwrap_or_else(damaged))
        }
        3 => Scope::Destination(digest),
        _ => damaged(),
    }
}

const SEAL_DATA: u32 = 244;
/// Bytes of a seal before its link.
pub(crate) const SEAL_BYTES: usize = 244;
/// The list of active seals.
pub(crate) const ACTIVE: ListField = ListField::at(SEAL_DATA);
/// The one list of that field.
pub(crate) const ACTIVE_LIST: u32 = 1;

/// What stops outflows for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRow {
    /// What it stops.
    pub scope: Scope,
    /// Who sealed.
    pub by: Principal,
    /// The seat it was sealed from; none for a governor.
    pub seat: Option<SeatId>,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: SealState,
    /// Why.
    pub reason: String,
}

impl SealRow {
    /// True when it stops outflows at `now`: time ends it, whatever the clock's job did.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.state == SealState::Active && now < self.expires_at
    }

    /// The bytes before the link.
    pub(crate) fn part(&self) -> [u8; SEAL_BYTES] {
        let mut bytes = [0; SEAL_BYTES];
        self.write(&mut bytes);
        bytes
    }
}

impl Slot for SealRow {
    const SIZE: u32 = SEAL_DATA + LINK_BYTES;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        write_scope(&mut row, &self.scope);
        row.principal(&self.by).opt_id(self.seat).time(self.at).time(self.expires_at);
        row.u8(number(&SealState::ALL, &self.state));
        let capacity = u8::try_from(limits::MAX_REASON_BYTES).unwrap_or(u8::MAX);
        row.raw().short(self.reason.as_bytes(), capacity);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a seal row");
        let capacity = u8::try_from(limits::MAX_REASON_BYTES).unwrap_or(u8::MAX);
        Self {
            scope: read_scope(&mut row),
            by: row.principal(),
            seat: row.opt_id(),
            at: row.time(),
            expires_at: row.time(),
            state: row.case(&SealState::ALL),
            reason: String::from_utf8_lossy(row.raw().short(capacity)).into_owned(),
        }
    }
}

/// A guardian's place: one scope, one use for each time it is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatRow {
    /// What its holder may seal.
    pub scope: Scope,
    /// Who.
    pub holder: Principal,
    /// How often it must show that it is there.
    pub heartbeat: Duration,
    /// Disarmed after this time.
    pub alive_until: Timestamp,
    /// Where it stands.
    pub state: SeatState,
    /// When it was armed last.
    pub armed_at: Timestamp,
    /// How often it was armed.
    pub times_armed: u32,
    /// How often it was used.
    pub times_used: u32,
}

impl SeatRow {
    /// Where it stands at `now`: a late clock keeps no seat armed (R10).
    pub fn state_at(&self, now: Timestamp) -> SeatState {
        if self.state == SeatState::Armed && now > self.alive_until {
            return SeatState::Lapsed;
        }
        self.state
    }
}

impl Slot for SeatRow {
    const SIZE: u32 = 128;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        write_scope(&mut row, &self.scope);
        row.principal(&self.holder).u64(self.heartbeat.as_nanos()).time(self.alive_until);
        row.u8(number(&SeatState::ALL, &self.state)).time(self.armed_at);
        row.u32(self.times_armed).u32(self.times_used);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a seat row");
        Self {
            scope: read_scope(&mut row),
            holder: row.principal(),
            heartbeat: Duration::from_nanos(row.u64()),
            alive_until: row.time(),
            state: row.case(&SeatState::ALL),
            armed_at: row.time(),
            times_armed: row.u32(),
            times_used: row.u32(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let one = AssetId::new(9).expect("a number");
        let who = Principal::from_slice(&[7; 29]);
        let at = Timestamp::from_nanos(u64::MAX);
        let scopes = [
            Scope::All,
            Scope::Asset(one),
            Scope::Purpose(Purpose::Cycles),
            Scope::Destination([4; 32]),
        ];
        for scope in scopes {
            let sealed = SealRow {
                scope,
                by: who,
                seat: SeatId::new(3),
                at,
                expires_at: at,
                state: SealState::Expired,
                reason: "r".repeat(limits::MAX_REASON_BYTES),
            };
            assert_eq!(SealRow::read(&sealed.part()), sealed);
            let seat = SeatRow {
                scope,
                holder: who,
                heartbeat: Duration::from_nanos(5),
                alive_until: at,
                state: SeatState::Disarmed,
                armed_at: at,
                times_armed: 1,
                times_used: u32::MAX,
            };
            let mut bytes = [0; 128];
            seat.write(&mut bytes);
            assert_eq!(SeatRow::read(&bytes), seat);
        }
        for intent in [None, Some(0), Some(u64::MAX)] {
            let row = AnnouncementRow {
                asset: one,
                amount: u128::MAX,
                destination: [5; 32],
                by: who,
                announced_at: at,
                earliest_at: at,
                latest_at: at,
                state: AnnouncementState::Used,
                intent,
            };
            let mut bytes = [0; 160];
            row.write(&mut bytes);
            assert_eq!(AnnouncementRow::read(&bytes), row);
        }
    }
}
