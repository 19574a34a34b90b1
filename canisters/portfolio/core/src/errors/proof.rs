//! Refusals about outputs, prices, headers and commitments.

use granary_errors::{CodeEntry, Error};

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofFault {}

/// The codes of these refusals.
pub const PROOF_CATALOGUE: &[CodeEntry] = &[];

impl From<ProofFault> for Error {
    fn from(fault: ProofFault) -> Self {
        match fault {}
    }
}
