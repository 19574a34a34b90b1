//! A payment out of the treasury that no intent explains: found after a snapshot was restored,
//! because what was submitted after the snapshot is forgotten and what it moved is not.

use granary_stable::slots::Slot;

use crate::records::row::{RowReader, RowWriter, number};
use crate::types::{AssetId, Hash, IntentId, Timestamp};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrphanState {
    /// Nobody explained it: nothing is sent of its asset.
    Open,
    /// Its intent was submitted again, and is settled by it.
    Claimed,
    /// A governor looked at it.
    Acknowledged,
}

impl OrphanState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Open, Self::Claimed, Self::Acknowledged];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Claimed => "Claimed",
            Self::Acknowledged => "Acknowledged",
        }
    }
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanRow {
    /// What became of it.
    pub state: OrphanState,
    /// Of which asset.
    pub asset: AssetId,
    /// In which block.
    pub block: u64,
    /// Its memo; zeroes when it has none of thirty-two bytes.
    pub memo: Hash,
    /// To whom, as the books name the account.
    pub to: Hash,
    /// What the destination got.
    pub amount: u128,
    /// What the ledger took.
    pub fee: u128,
    /// When the ledger made the block.
    pub at: Timestamp,
    /// When it was found.
    pub found_at: Timestamp,
    /// The intent that claims it, or the one it contradicts.
    pub intent: Option<IntentId>,
}

impl Slot for OrphanRow {
    const SIZE: u32 = 160;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(number(&OrphanState::ALL, &self.state))
            .id(self.asset)
            .u64(self.block)
            .array(&self.memo)
            .array(&self.to)
            .u128(self.amount)
            .u128(self.fee)
            .time(self.at)
            .time(self.found_at)
            .opt_id(self.intent);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an orphan row");
        Self {
            state: row.case(&OrphanState::ALL),
            asset: row.id(),
            block: row.u64(),
            memo: row.hash(),
            to: row.hash(),
            amount: row.u128(),
            fee: row.u128(),
            at: row.time(),
            found_at: row.time(),
            intent: row.opt_id(),
        }
    }
}
