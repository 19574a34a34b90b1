//! Outputs and commitments.

use ic_stable_structures::Memory;

use super::Check;

impl<M: Memory> Check<'_, M> {
    /// One output; false behind the last.
    pub(super) fn utxos(&mut self) -> bool {
        false
    }

    /// One commitment; false behind the last.
    pub(super) fn commitments(&mut self) -> bool {
        false
    }
}
