//! What the rows of this canister hold beyond the kernel's.

use granary_kernel::row::damaged;
pub(crate) use granary_kernel::row::{RowReader, RowWriter, number};
use granary_resilience::breaker::Breaker;

use crate::types::Account;

/// Bytes a breaker takes in a row.
const BREAKER_BYTES: u8 = 80;

/// More fields for a row being written.
pub(crate) trait WriteMore {
    /// At most `capacity` bytes with their length.
    fn short(&mut self, value: &[u8], capacity: u8) -> &mut Self;
    /// A number that may be absent, nine bytes.
    fn opt_u64(&mut self, value: Option<u64>) -> &mut Self;
    /// Owner and subaccount, sixty-two bytes.
    fn account(&mut self, value: &Account) -> &mut Self;
    /// A breaker.
    fn breaker(&mut self, value: &Breaker) -> &mut Self;
}

impl WriteMore for RowWriter<'_> {
    fn short(&mut self, value: &[u8], capacity: u8) -> &mut Self {
        self.raw().short(value, capacity);
        self
    }

    fn opt_u64(&mut self, value: Option<u64>) -> &mut Self {
        self.u8(u8::from(value.is_some())).u64(value.unwrap_or_default())
    }

    fn account(&mut self, value: &Account) -> &mut Self {
        self.principal(&value.owner).array(&value.subaccount)
    }

    fn breaker(&mut self, value: &Breaker) -> &mut Self {
        // Nearly always there is nothing to say, and rows with breakers are read by every call.
        if *value == Breaker::new() {
            return self.short(&[], BREAKER_BYTES);
        }
        let bytes = minicbor::to_vec(value).unwrap_or_else(|_| damaged());
        assert!(bytes.len() <= usize::from(BREAKER_BYTES), "BUG: a breaker does not fit its row");
        self.short(&bytes, BREAKER_BYTES)
    }
}

/// More fields of a row being read.
pub(crate) trait ReadMore<'a> {
    /// What [`WriteMore::short`] wrote.
    fn short(&mut self, capacity: u8) -> &'a [u8];
    /// What [`WriteMore::opt_u64`] wrote.
    fn opt_u64(&mut self) -> Option<u64>;
    /// What [`WriteMore::account`] wrote.
    fn account(&mut self) -> Account;
    /// What [`WriteMore::breaker`] wrote; zeroes are a closed one.
    fn breaker(&mut self) -> Breaker;
}

impl<'a> ReadMore<'a> for RowReader<'a> {
    fn short(&mut self, capacity: u8) -> &'a [u8] {
        self.raw().short(capacity)
    }

    fn opt_u64(&mut self) -> Option<u64> {
        let (known, value) = (self.u8(), self.u64());
        (known != 0).then_some(value)
    }

    fn account(&mut self) -> Account {
        Account { owner: self.principal(), subaccount: self.hash() }
    }

    fn breaker(&mut self) -> Breaker {
        match self.short(BREAKER_BYTES) {
            [] => Breaker::new(),
            bytes => minicbor::decode(bytes).unwrap_or_else(|_| damaged()),
        }
    }
}
