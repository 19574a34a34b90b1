//! An output of a Bitcoin transaction that belongs to an account of the books.

use granary_stable::keys::FixedKey;
use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, number};
use crate::types::{AccountId, AssetId, Hash, Timestamp, UtxoId};

/// `Seen → Confirmed → Available → Reserved → Spent`; `Seen | Confirmed → Suspended`;
/// `Reserved → Available`; `Seen → Dropped`. What was dropped or taken out by a reorganisation
/// may be seen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UtxoState {
    /// In a block or waiting for one, without the confirmations it needs. Not booked.
    Seen,
    /// It has its confirmations, and is booked.
    Confirmed,
    /// It may be spent.
    Available,
    /// Held for one payment intent.
    Reserved,
    /// Spent. It never changes again (P4).
    Spent,
    /// Not to be spent, and not booked.
    Suspended,
    /// It left the chain before it was confirmed.
    Dropped,
}

impl UtxoState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 7] = [
        Self::Seen,
        Self::Confirmed,
        Self::Available,
        Self::Reserved,
        Self::Spent,
        Self::Suspended,
        Self::Dropped,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "Seen",
            Self::Confirmed => "Confirmed",
            Self::Available => "Available",
            Self::Reserved => "Reserved",
            Self::Spent => "Spent",
            Self::Suspended => "Suspended",
            Self::Dropped => "Dropped",
        }
    }

    /// True where the account's balance counts it (P5).
    pub const fn is_booked(self) -> bool {
        match self {
            Self::Confirmed | Self::Available | Self::Reserved => true,
            Self::Seen | Self::Spent | Self::Suspended | Self::Dropped => false,
        }
    }

    /// True where the next look at its address may change it.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Seen | Self::Confirmed | Self::Available | Self::Reserved => true,
            Self::Spent | Self::Suspended | Self::Dropped => false,
        }
    }
}

/// Why an output is not to be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendReason {
    /// It is worth less than its own fee.
    Dust,
    /// A person took it out.
    Policy,
    /// A reorganisation took back a block it was confirmed in.
    Reorged,
}

impl SuspendReason {
    /// All reasons in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Dust, Self::Policy, Self::Reorged];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dust => "Dust",
            Self::Policy => "Policy",
            Self::Reorged => "Reorged",
        }
    }
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtxoRow {
    /// The transaction, in the byte order in which it is hashed.
    pub txid: Hash,
    /// Which of its outputs.
    pub vout: u32,
    /// Satoshi.
    pub value: u64,
    /// Height of its block; 0 while it has none.
    pub height: u32,
    /// The asset it is of.
    pub asset: AssetId,
    /// The account it belongs to.
    pub account: AccountId,
    /// Where it stands.
    pub state: UtxoState,
    /// Why it is suspended; of no meaning elsewhere.
    pub reason: SuspendReason,
    /// The intent it is or was last reserved for.
    pub intent: Option<u64>,
    /// The transaction that spent it.
    pub spent_by: Option<Hash>,
    /// When it last changed.
    pub at: Timestamp,
    /// True once an entry named its outpoint, which is done once (P7).
    pub referenced: bool,
    /// True while its leaf waits to be committed.
    pub dirty: bool,
    /// The next output whose leaf waits.
    pub dirty_next: Option<UtxoId>,
}

impl UtxoRow {
    /// Bytes of [`Self::outpoint`].
    pub const OUTPOINT_BYTES: usize = 36;
    /// Bytes of [`Self::owner_key`].
    pub const OWNER_BYTES: usize = 9;

    /// The key of the index.
    pub fn outpoint(&self) -> FixedKey<{ Self::OUTPOINT_BYTES }> {
        outpoint(&self.txid, self.vout)
    }

    /// The key in the list of its account: live outputs come first.
    pub fn owner_key(&self, id: UtxoId) -> FixedKey<{ Self::OWNER_BYTES }> {
        owner_key(self.account, self.state.is_live(), id.get())
    }

    /// As an import keeps it: without the links of the fold.
    pub(crate) const fn unlinked(self) -> Self {
        Self { dirty: false, dirty_next: None, ..self }
    }
}

/// The key of an outpoint.
pub fn outpoint(txid: &Hash, vout: u32) -> FixedKey<{ UtxoRow::OUTPOINT_BYTES }> {
    FixedKey::of(|key| {
        key.put(txid).u32(vout);
    })
}

/// A place in the list of an account.
pub(crate) fn owner_key(
    account: AccountId,
    live: bool,
    utxo: u32,
) -> FixedKey<{ UtxoRow::OWNER_BYTES }> {
    FixedKey::of(|key| {
        key.u32(account.get()).u8(u8::from(!live)).u32(utxo);
    })
}

impl Slot for UtxoRow {
    const SIZE: u32 = 136;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .array(&self.txid)
            .u32(self.vout)
            .u64(self.value)
            .u32(self.height)
            .id(self.asset)
            .id(self.account)
            .u8(number(&UtxoState::ALL, &self.state))
            .u8(number(&SuspendReason::ALL, &self.reason))
            .u8(u8::from(self.intent.is_some()))
            .u64(self.intent.unwrap_or_default())
            .u8(u8::from(self.spent_by.is_some()))
            .array(&self.spent_by.unwrap_or_default())
            .time(self.at)
            .u8(u8::from(self.referenced))
            .u8(u8::from(self.dirty))
            .opt_id(self.dirty_next);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an output row");
        Self {
            txid: row.array(),
            vout: row.u32(),
            value: row.u64(),
            height: row.u32(),
            asset: row.id(),
            account: row.id(),
            state: row.case(&UtxoState::ALL),
            reason: row.case(&SuspendReason::ALL),
            intent: {
                let (some, value) = (row.u8() != 0, row.u64());
                some.then_some(value)
            },
            spent_by: {
                let (some, value) = (row.u8() != 0, row.array());
                some.then_some(value)
            },
            at: row.time(),
            referenced: row.u8() != 0,
            dirty: row.u8() != 0,
            dirty_next: row.opt_id(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back() {
        let id = |raw| UtxoId::new(raw);
        let row = UtxoRow {
            txid: [1; 32],
            vout: 2,
            value: 3,
            height: 4,
            asset: AssetId::new(5).expect("not zero"),
            account: AccountId::new(6).expect("not zero"),
            state: UtxoState::Suspended,
            reason: SuspendReason::Reorged,
            intent: Some(0),
            spent_by: Some([0; 32]),
            at: Timestamp::from_nanos(7),
            referenced: true,
            dirty: true,
            dirty_next: id(8),
        };
        for row in [row, UtxoRow { intent: None, spent_by: None, dirty_next: None, ..row }] {
            let mut bytes = [0; 136];
            row.write(&mut bytes);
            assert_eq!(UtxoRow::read(&bytes), row);
        }
        assert!(row.owner_key(UtxoId::new(9).expect("not zero")).0[4] == 1, "it is not live");
    }
}
