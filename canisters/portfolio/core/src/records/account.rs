//! A book account: what one owner has of one asset.

use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, damaged, version};
use crate::types::{AccountId, AssetId, Owner, PostingId, Signed, Timestamp};

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Whose it is.
    pub owner: Owner,
    /// What is counted.
    pub asset: AssetId,
    /// Sum of its postings (P2).
    pub balance: Signed,
    /// Its newest posting; each posting names the one before.
    pub newest: Option<PostingId>,
    /// How many postings it has.
    pub postings: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The account its owner opened before this one.
    pub owner_prev: Option<AccountId>,
}

impl AccountRow {
    /// Version byte of rows of schema 1.
    pub(crate) const OLD: u8 = 1;

    /// A fresh account.
    pub const fn new(owner: Owner, asset: AssetId, now: Timestamp) -> Self {
        Self {
            owner,
            asset,
            balance: Signed::ZERO,
            newest: None,
            postings: 0,
            opened_at: now,
            owner_prev: None,
        }
    }
}

impl Slot for AccountRow {
    const SIZE: u32 = 96;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 2)
            .id(self.asset)
            .opt_id(self.owner_prev)
            .array(&self.owner.key())
            .signed(self.balance)
            .opt_id(self.newest)
            .u32(self.postings)
            .time(self.opened_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 2, "an account row");
        let old = version(bytes) == Self::OLD;
        let asset = row.id();
        let owner_prev = row.opt_id();
        Self {
            asset,
            owner: Owner::from_key(&row.array()).unwrap_or_else(damaged),
            balance: if old { row.old_signed() } else { row.signed() },
            newest: row.opt_id(),
            postings: row.u32(),
            opened_at: row.time(),
            owner_prev,
        }
    }
}
