//! The canister's running figures: what health, lists and limits read without a scan.

use granary_kernel::row::{RowReader, RowWriter};
use granary_stable::list::Anchor;
use granary_stable::slots::Slot;

use crate::types::{Timestamp, UserStatus};

/// Counters and anchors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users by status, in the order of [`UserStatus::ALL`].
    pub users: [u64; 4],
    /// The lists of users by status, in the same order.
    pub lists: [Anchor; 4],
    /// Identities of users that are not closed (U7).
    pub identities: u64,
    /// Wallets by status: unverified, verified, revoked (U7).
    pub wallets: [u64; 3],
    /// Risk profiles (U7).
    pub profiles: u64,
    /// Role grants that have not ended.
    pub live_grants: u64,
    /// When the running hour of registrations began.
    pub window_start: Timestamp,
    /// People who registered themselves in it.
    pub window_count: u64,
}

impl Totals {
    /// Users there ever were.
    pub fn all_users(&self) -> u64 {
        self.users.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Wallets there ever were.
    pub fn all_wallets(&self) -> u64 {
        self.wallets.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Users in one status.
    pub fn in_status(&self, status: UserStatus) -> u64 {
        self.users.get(status.at()).copied().unwrap_or_default()
    }

    /// The shape of schema 1: no waiting users, no lists, no profiles, no roles.
    fn read_first(mut row: RowReader<'_>) -> Self {
        let users = [0, row.u64(), row.u64(), row.u64()];
        let identities = row.u64();
        let wallets = [row.u64(), row.u64(), row.u64()];
        Self { users, identities, wallets, ..Self::default() }
    }
}

const VERSION: u8 = 2;

impl Slot for Totals {
    const SIZE: u32 = 256;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, VERSION);
        for count in self.users {
            row.u64(count);
        }
        for anchor in &self.lists {
            let mut part = [0; 16];
            anchor.write(&mut part);
            row.array(&part);
        }
        row.u64(self.identities);
        for count in self.wallets {
            row.u64(count);
        }
        row.u64(self.profiles).u64(self.live_grants);
        row.time(self.window_start).u64(self.window_count);
    }

    fn read(bytes: &[u8]) -> Self {
        let version = bytes.first().copied().unwrap_or_default();
        let mut row = RowReader::new(bytes, VERSION, "the totals");
        if version == 1 {
            return Self::read_first(row);
        }
        let mut totals = Self::default();
        for count in &mut totals.users {
            *count = row.u64();
        }
        for anchor in &mut totals.lists {
            *anchor = Anchor::read(row.raw().take(16));
        }
        totals.identities = row.u64();
        for count in &mut totals.wallets {
            *count = row.u64();
        }
        (totals.profiles, totals.live_grants) = (row.u64(), row.u64());
        (totals.window_start, totals.window_count) = (row.time(), row.u64());
        totals
    }
}
