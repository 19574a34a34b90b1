//! What verbs about outputs, prices and commitments write.

/// Everything one of these verbs writes.
#[derive(Clone, Debug, Default)]
pub struct ProofChange {}
