//! What verbs about outputs, prices and commitments write, and what entries leave to be committed.

use granary_kernel::{Ctx, Done};
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::errors::PortfolioError;
use crate::rules::proof::ProofChange;
use crate::store::Store;
use crate::types::{AccountId, EntryId};

impl<M: Memory> Store<M> {
    /// Applies what one of these verbs decided.
    pub(crate) fn put_proofs(&mut self, change: ProofChange, _: &Ctx) {
        let ProofChange {} = change;
    }

    /// The balance of an account changed.
    pub(crate) fn mark_balance(&mut self, _: AccountId) {}

    /// An entry was posted.
    pub(crate) fn mark_entry(&mut self, _: EntryId) {}

    /// Runs a due job of the core.
    pub(crate) fn run_proof_job(&mut self, _: &Ctx, _: &Job) -> Result<Done, PortfolioError> {
        Ok(Done { applied: false, next: None })
    }
}
