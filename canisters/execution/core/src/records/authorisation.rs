//! A standing authorisation: so much, to these destinations, for this submitter, in any window of
//! this length, without asking people each time (E8); and each use of one.

use granary_stable::slots::Slot;

use crate::limits;
use crate::records::config::Role;
use crate::records::row::{RowReader, RowWriter, number};
use crate::types::{
    AssetId, AuthorisationId, Duration, Hash, IntentId, Principal, Timestamp, UseId,
};
use granary_kernel::Role as _;

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorisationRow {
    /// Whose intents.
    pub initiator: Principal,
    /// Of which asset.
    pub asset: AssetId,
    /// How much, fees included, in any window.
    pub allowance: u128,
    /// Length of the window.
    pub window: Duration,
    /// SHA-256 of the destinations, as `risk_guard` names them.
    pub destinations: [Hash; limits::MAX_DESTINATIONS],
    /// How many there are.
    pub count: u8,
    /// Who gave it.
    pub granted_by: Principal,
    /// In which role; it ends with that.
    pub granted_as: Role,
    /// When.
    pub at: Timestamp,
    /// It ends then.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// Its newest use.
    pub newest_use: Option<UseId>,
}

impl AuthorisationRow {
    /// The destinations.
    pub fn destinations(&self) -> &[Hash] {
        self.destinations.get(..self.count.into()).unwrap_or_default()
    }
}

impl Slot for AuthorisationRow {
    const SIZE: u32 = 704;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.principal(&self.initiator)
            .id(self.asset)
            .u128(self.allowance)
            .u64(self.window.as_nanos())
            .u8(self.count);
        for destination in &self.destinations {
            row.array(destination);
        }
        row.principal(&self.granted_by)
            .u8(number(Role::ALL, &self.granted_as))
            .time(self.at)
            .time(self.expires_at)
            .opt_time(self.revoked_at)
            .opt_id(self.newest_use);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an authorisation row");
        let (initiator, asset, allowance) = (row.principal(), row.id(), row.u128());
        let (window, count) = (Duration::from_nanos(row.u64()), row.u8());
        let mut destinations = [[0; 32]; limits::MAX_DESTINATIONS];
        for destination in &mut destinations {
            *destination = row.hash();
        }
        Self {
            initiator,
            asset,
            allowance,
            window,
            destinations,
            count,
            granted_by: row.principal(),
            granted_as: row.case(Role::ALL),
            at: row.time(),
            expires_at: row.time(),
            revoked_at: row.opt_time(),
            newest_use: row.opt_id(),
        }
    }
}

/// One use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseRow {
    /// Of which authorisation.
    pub authorisation: AuthorisationId,
    /// For which intent.
    pub intent: IntentId,
    /// What it took, fees included.
    pub amount: u128,
    /// When.
    pub at: Timestamp,
    /// True when the intent ended without moving money: the amount came back.
    pub returned: bool,
    /// The use of the same authorisation before it.
    pub prev: Option<UseId>,
}

impl Slot for UseRow {
    const SIZE: u32 = 48;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(self.returned.into())
            .id(self.authorisation)
            .id(self.intent)
            .u128(self.amount)
            .time(self.at)
            .opt_id(self.prev);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a use row");
        Self {
            returned: row.u8() != 0,
            authorisation: row.id(),
            intent: row.id(),
            amount: row.u128(),
            at: row.time(),
            prev: row.opt_id(),
        }
    }
}
