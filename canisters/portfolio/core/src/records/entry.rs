//! A ledger entry and its postings: written once, never changed.

use granary_stable::keys::FixedKey;
use granary_stable::slots::Slot;

use crate::records::row::{
    ReadMore as _, RowReader, RowWriter, WriteMore as _, damaged, number, version,
};
use crate::types::{AccountId, AssetId, EntryId, EntryKind, Hash, PostingId, Signed, Timestamp};

/// What outside of the books an entry stands for. One reference is booked once (P7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExternalRef {
    /// A block of the asset's ledger.
    Icrc {
        /// The asset whose ledger it is.
        asset: AssetId,
        /// Index of the block.
        block: u64,
    },
    /// An output of a Bitcoin transaction.
    Btc {
        /// The transaction.
        txid: Hash,
        /// Which of its outputs.
        vout: u32,
    },
}

impl ExternalRef {
    /// Bytes of [`Self::key`].
    pub const KEY_BYTES: usize = 37;

    /// The stored form.
    pub fn key(&self) -> FixedKey<{ Self::KEY_BYTES }> {
        FixedKey::of(|key| match self {
            Self::Icrc { asset, block } => {
                key.u8(1).u32(asset.get()).u64(*block).put(&[0; 24]);
            }
            Self::Btc { txid, vout } => {
                key.u8(2).put(txid).u32(*vout);
            }
        })
    }

    /// Reads the stored form; a block without its asset is what schema 1 kept.
    fn read(row: &mut RowReader<'_>) -> (Option<Self>, Option<u64>) {
        match row.u8() {
            0 => (None, None),
            1 => {
                let (asset, block) = (row.opt_id(), row.u64());
                match asset {
                    Some(asset) => (Some(Self::Icrc { asset, block }), None),
                    None => (None, Some(block)),
                }
            }
            2 => (Some(Self::Btc { txid: row.hash(), vout: row.u32() }), None),
            _ => damaged(),
        }
    }
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// What it is about.
    pub kind: EntryKind,
    /// When it was posted.
    pub at: Timestamp,
    /// The transfer intent it settles.
    pub intent: Option<u64>,
    /// What outside it stands for.
    pub external_ref: Option<ExternalRef>,
    /// Index of its event in the journal.
    pub event: u64,
    /// The first of its postings; the others follow.
    pub first: PostingId,
    /// How many there are.
    pub count: u8,
    /// A block whose asset schema 1 left out: it is the one of the first posting.
    pub(crate) old_block: Option<u64>,
}

impl EntryRow {
    /// The numbers of its postings.
    pub fn postings(&self) -> impl Iterator<Item = PostingId> {
        let first = self.first.slot();
        let end = first.saturating_add(self.count.into());
        (first..end).filter_map(PostingId::from_slot)
    }
}

impl Slot for EntryRow {
    const SIZE: u32 = 96;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 2);
        row.u8(number(&EntryKind::ALL, &self.kind))
            .time(self.at)
            .u8(u8::from(self.intent.is_some()))
            .u64(self.intent.unwrap_or_default())
            .u64(self.event)
            .id(self.first)
            .u8(self.count);
        if let Some(reference) = &self.external_ref {
            row.array(&reference.key().0);
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 2, "an entry row");
        let kind = row.case(&EntryKind::ALL);
        let at = row.time();
        let (has_intent, intent) = (row.u8() != 0, row.u64());
        let (event, first, count) = (row.u64(), row.id(), row.u8());
        let (external_ref, old_block) = ExternalRef::read(&mut row);
        let intent = has_intent.then_some(intent);
        Self { kind, at, intent, external_ref, event, first, count, old_block }
    }
}

/// One leg of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingRow {
    /// The entry it belongs to.
    pub entry: EntryId,
    /// The account it changes.
    pub account: AccountId,
    /// By how much.
    pub delta: Signed,
    /// What the account had afterwards.
    pub after: Signed,
    /// The account's posting before this one.
    pub prev: Option<PostingId>,
}

impl PostingRow {
    /// Version byte of rows of schema 1 and 2.
    pub(crate) const OLD: u8 = 1;
}

impl Slot for PostingRow {
    const SIZE: u32 = 56;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 2)
            .id(self.entry)
            .id(self.account)
            .opt_id(self.prev)
            .signed(self.delta)
            .signed(self.after);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 2, "a posting row");
        let old = version(bytes) == Self::OLD;
        Self {
            entry: row.id(),
            account: row.id(),
            prev: row.opt_id(),
            delta: if old { row.old_signed() } else { row.signed() },
            after: if old { row.old_signed() } else { row.signed() },
        }
    }
}
