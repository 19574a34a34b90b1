//! The errors of one intent: its newest ten, with when it is tried again.

use granary_kernel::row::damaged;
use granary_resilience::recovery::RecoveryContext;
use granary_stable::slots::Slot;

use crate::limits;

const LEN_BYTES: usize = 2;

/// The stored row: CBOR behind a version byte and a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleRow(pub RecoveryContext);

impl Slot for TroubleRow {
    const SIZE: u32 = limits::TROUBLE_BYTES;

    fn write(&self, out: &mut [u8]) {
        let bytes = minicbor::to_vec(&self.0).unwrap_or_else(|_| damaged());
        let len = u16::try_from(bytes.len()).unwrap_or_else(|_| damaged());
        let mut row = granary_stable::bytes::Writer::new(out);
        row.u8(1).u16(len).put(&bytes);
    }

    fn read(bytes: &[u8]) -> Self {
        let Some((1, rest)) = bytes.split_first() else { return damaged() };
        let Some((len, rest)) = rest.split_first_chunk::<LEN_BYTES>() else { return damaged() };
        let bytes = rest.get(..u16::from_be_bytes(*len).into()).unwrap_or_else(damaged);
        Self(minicbor::decode(bytes).unwrap_or_else(|_| damaged()))
    }
}

#[cfg(test)]
mod tests {
    use granary_resilience::failure::{Failure, FailureKind};

    use super::*;
    use crate::types::Timestamp;

    #[test]
    fn the_longest_history_fits() {
        let mut context = RecoveryContext::new(u64::MAX);
        for _ in 0..20 {
            let failure = Failure::new(FailureKind::OutcomeUnknown, "x".repeat(500));
            context.failed(&limits::RETRY, &failure, Timestamp::from_nanos(u64::MAX));
        }
        let mut out = vec![0; usize::try_from(TroubleRow::SIZE).expect("small")];
        TroubleRow(context.clone()).write(&mut out);
        assert_eq!(TroubleRow::read(&out).0, context);
    }
}
