//! An approval of an intent by one person.

use granary_stable::slots::Slot;

use crate::records::row::{RowReader, RowWriter};
use crate::types::{ApprovalId, Hash, IntentId, Principal, Timestamp};

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalRow {
    /// What was approved.
    pub intent: IntentId,
    /// By whom.
    pub approver: Principal,
    /// Digest of what they saw: it counts for nothing else.
    pub digest: Hash,
    /// When.
    pub at: Timestamp,
    /// It counts until then.
    pub expires_at: Timestamp,
    /// True when it was taken back.
    pub revoked: bool,
    /// The approval of the same intent before it.
    pub prev: Option<ApprovalId>,
}

impl Slot for ApprovalRow {
    const SIZE: u32 = 96;

    fn write(&self, out: &mut [u8]) {
        RowWriter::new(out, 1)
            .u8(self.revoked.into())
            .id(self.intent)
            .principal(&self.approver)
            .array(&self.digest)
            .time(self.at)
            .time(self.expires_at)
            .opt_id(self.prev);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an approval row");
        Self {
            revoked: row.u8() != 0,
            intent: row.id(),
            approver: row.principal(),
            digest: row.hash(),
            at: row.time(),
            expires_at: row.time(),
            prev: row.opt_id(),
        }
    }
}
