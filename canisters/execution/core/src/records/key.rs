//! A reference to a signing key: which key and which path holds an account of an asset (E6).

use granary_stable::slots::Slot;

use crate::limits;
use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, number};
use crate::types::{AssetId, Scheme, Timestamp};

/// Room for the name of a key.
pub(crate) const NAME_ROOM: u8 = 32;
/// Room for a derivation path.
pub(crate) const PATH_ROOM: u8 = 64;

const _: () = assert!(limits::MAX_KEY_NAME_BYTES == 32 && limits::MAX_PATH_BYTES == 64);

/// The stored row; it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Whose account it holds.
    pub asset: AssetId,
    /// How it signs.
    pub scheme: Scheme,
    /// Name of the key; empty for a subaccount.
    pub name: String,
    /// Derivation path, or the subaccount.
    pub path: Vec<u8>,
    /// When it was referenced.
    pub at: Timestamp,
}

impl Slot for KeyRow {
    const SIZE: u32 = 128;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(number(&Scheme::ALL, &self.scheme))
            .id(self.asset)
            .time(self.at)
            .short(self.name.as_bytes(), NAME_ROOM)
            .short(&self.path, PATH_ROOM);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a key row");
        Self {
            scheme: row.case(&Scheme::ALL),
            asset: row.id(),
            at: row.time(),
            name: String::from_utf8_lossy(row.short(NAME_ROOM)).into_owned(),
            path: row.short(PATH_ROOM).to_vec(),
        }
    }
}
