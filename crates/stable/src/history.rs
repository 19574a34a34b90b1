//! One row per upgrade, for ever: they are small and people ask for them years later.

use granary_units::Timestamp;

use crate::bytes::{Reader, Writer};
use crate::slots::Slot;

const VERSION_BYTES: u8 = 24;

/// One upgrade that took effect. Kept in [`crate::slots::Slots`] at
/// [`crate::layout::HISTORY`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeRow {
    /// When the new code opened the state.
    pub at: Timestamp,
    /// Version of the code before; cut to 24 bytes.
    pub from_version: String,
    /// Version of the code after; cut to 24 bytes.
    pub to_version: String,
    /// Schema of the state before.
    pub schema_from: u32,
    /// Schema the code migrates to.
    pub schema_to: u32,
    /// Records the new code found.
    pub records: u64,
    /// Events the new code found.
    pub events: u64,
    /// Head of the journal the new code found.
    pub log_head: [u8; 32],
}

impl Slot for UpgradeRow {
    const SIZE: u32 = 8 + 2 * (1 + 24) + 4 + 4 + 8 + 8 + 32;

    fn write(&self, out: &mut [u8]) {
        Writer::new(out)
            .u64(self.at.as_nanos())
            .short(self.from_version.as_bytes(), VERSION_BYTES)
            .short(self.to_version.as_bytes(), VERSION_BYTES)
            .u32(self.schema_from)
            .u32(self.schema_to)
            .u64(self.records)
            .u64(self.events)
            .put(&self.log_head);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        Self {
            at: Timestamp::from_nanos(reader.u64()),
            from_version: text(reader.short(VERSION_BYTES)),
            to_version: text(reader.short(VERSION_BYTES)),
            schema_from: reader.u32(),
            schema_to: reader.u32(),
            records: reader.u64(),
            events: reader.u64(),
            log_head: reader.array(),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::VectorMemory;

    use super::*;
    use crate::slots::Slots;

    #[test]
    fn rows_survive_and_long_versions_are_cut() {
        let memory = VectorMemory::default();
        let row = UpgradeRow {
            at: Timestamp::from_nanos(9),
            from_version: "0.1.0".into(),
            to_version: "0.2.0-with-a-very-long-label".into(),
            schema_from: 1,
            schema_to: 2,
            records: 3,
            events: 4,
            log_head: [5; 32],
        };
        Slots::open(memory.clone()).expect("fresh").push(&row).expect("room");
        let stored: UpgradeRow =
            Slots::open(memory).expect("the same region").get(0).expect("one row");
        let cut = UpgradeRow { to_version: "0.2.0-with-a-very-long-l".into(), ..row };
        assert_eq!(stored, cut);
    }
}
