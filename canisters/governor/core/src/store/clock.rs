//! What is due: proposals that time moves, rules that come into force.

use granary_kernel::{Ctx, Done};
use granary_stable::jobs::Job;
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::rules::{Change, clock, constitution};
use crate::store::Store;

/// Job: time may have moved a proposal; its key is the proposal. In the table while it is due.
pub const PROPOSAL_CLOCK: u16 = 1;
/// Job: rules that waited come into force.
pub const RULES_CLOCK: u16 = 2;

impl<M: Memory + 'static> Store<M> {
    /// Runs a due job of the core.
    pub(super) fn run_clock(&mut self, ctx: &Ctx, job: &Job) -> Result<Done, GovernorError> {
        match job.name.kind {
            PROPOSAL_CLOCK => self.clock_proposal(ctx, job.name.key),
            RULES_CLOCK => Ok(self.clock_rules(ctx)),
            _ => Ok(Done { applied: false, next: None }),
        }
    }

    fn clock_proposal(&mut self, ctx: &Ctx, id: u64) -> Result<Done, GovernorError> {
        let (stored, votes) = self.voted(id)?;
        let id = stored.id;
        let staged = self.is_staged(&stored);
        let view = clock::View { config: self.config(), votes: &votes, staged };
        let change = clock::look(&stored, &view, ctx);
        let applied = change.is_some();
        if let Some(change) = change {
            self.commit(change, ctx);
        } else if !stored.proposal.state.is_over() {
            self.look_at(id, clock::next_look(&stored.proposal, || votes));
        }
        // What waits stands in the list of what is open; the table holds what is due.
        Ok(Done { applied, next: None })
    }

    fn clock_rules(&mut self, ctx: &Ctx) -> Done {
        let Some(pending) = self.config().pending.clone() else {
            return Done { applied: false, next: None };
        };
        if ctx.now < pending.effective_at {
            return Done { applied: false, next: Some(pending.effective_at) };
        }
        let (config, event) = constitution::in_force(self.config(), pending.rules);
        let change = Change { config: Some(config), events: vec![event], ..Change::default() };
        self.commit(change, ctx);
        Done { applied: true, next: None }
    }
}
