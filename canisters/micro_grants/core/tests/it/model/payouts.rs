//! What the naive model knows about payouts on their way.

use micro_grants_core::types::{GrantState, MilestoneState, PayoutState};

use crate::model::oracle::{Model, TREASURER_ABOVE, one_of, yes};

use GrantState::{Accepted, Active, Completed, Terminated};
use MilestoneState as Ms;

impl Model {
    pub(crate) fn send(&mut self, p: u64) -> Option<()> {
        let payout = self.payouts.get_mut(&p)?;
        one_of(&[PayoutState::Queued], payout.state)?;
        payout.state = PayoutState::Sent;
        Some(())
    }

    pub(crate) fn fail(&mut self, p: u64, quarantine: bool) -> Option<()> {
        let payout = self.payouts.get_mut(&p)?;
        one_of(&[PayoutState::Sent, PayoutState::Quarantined], payout.state)?;
        yes(!quarantine || payout.state == PayoutState::Sent)?;
        payout.state = if quarantine { PayoutState::Quarantined } else { PayoutState::Failed };
        Some(())
    }

    pub(crate) fn retry(&mut self, w: u8, p: u64) -> Option<()> {
        let (paused, now) = (self.paused, self.now);
        let payout = self.payouts.get_mut(&p)?;
        yes(w == 1 || payout.amount <= TREASURER_ABOVE)?;
        yes(!paused && payout.state == PayoutState::Failed)?;
        let grant = self.grants.get(&payout.grant)?;
        one_of(&[Accepted, Active, Terminated], grant.state)?;
        yes(now >= grant.active_at)?;
        payout.state = PayoutState::Queued;
        Some(())
    }

    pub(crate) fn settle(&mut self, p: u64) -> Option<()> {
        let payout = self.payouts.get_mut(&p)?;
        one_of(&[PayoutState::Sent, PayoutState::Quarantined], payout.state)?;
        payout.state = PayoutState::Settled;
        let grant = self.grants.get_mut(&payout.grant)?;
        grant.queued -= payout.amount;
        grant.paid += payout.amount;
        if let Some(step) = payout.step {
            grant.steps.get_mut(usize::try_from(step).expect("small"))?.state = Ms::Paid;
        }
        if grant.paid == grant.award && grant.state != Terminated {
            grant.state = Completed;
        }
        Some(())
    }
}
