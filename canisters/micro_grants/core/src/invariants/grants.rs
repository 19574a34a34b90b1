//! Grants with their milestones and payouts.

use std::collections::BTreeSet;

use ic_stable_structures::Memory;

use super::Check;
use crate::records::{GrantHead, GrantMode, GrantRow, Milestone, PayoutHead};
use crate::types::{GrantId, GrantState, MilestoneState, PayoutId, PayoutState, Units};

const ENTITY: &str = "grant";

impl<M: Memory> Check<'_, M> {
    /// One grant; false behind the last.
    pub(super) fn grant(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.grants.get(slot), GrantId::from_slot(slot)) else {
            return false;
        };
        self.cursor.position = slot.saturating_add(1);
        let head = row.head;
        let milestones = self.store.milestones_of(id);
        self.awards(id, &head, &milestones);
        let payouts = self.payouts_of(id, &row);
        let count = u64::try_from(payouts.len()).unwrap_or(u64::MAX);
        self.cursor.payouts = self.cursor.payouts.saturating_add(count);
        self.payouts(id, &head, &payouts);
        self.steps(id, &milestones, &payouts);
        self.spend(count.saturating_add(1));
        true
    }

    fn awards(&mut self, id: GrantId, head: &GrantHead, milestones: &[(u16, Milestone)]) {
        let spent = head.paid.checked_add(head.queued).unwrap_or(Units::MAX);
        if spent > head.award {
            self.violation("G2", ENTITY, id.wire(), "has more paid and queued than its award");
        }
        if usize::from(head.milestones) != milestones.len() {
            self.violation("G2", ENTITY, id.wire(), "lacks a milestone");
        }
        if head.mode == GrantMode::Milestones {
            let kept = milestones
                .iter()
                .filter(|(_, step)| step.state != MilestoneState::Cancelled)
                .map(|(_, step)| step.amount);
            if Units::checked_sum(kept) != Ok(head.award) {
                self.violation("G2", ENTITY, id.wire(), "has milestones that miss its award");
            }
        }
        let done = head.paid == head.award;
        if head.state == GrantState::Completed && !done {
            self.violation("G9", ENTITY, id.wire(), "is completed and not paid in full");
        }
        if head.state.is_live() && done {
            self.violation("G1", ENTITY, id.wire(), "is paid in full and still live");
        }
        let early = matches!(head.state, GrantState::Offered | GrantState::Lapsed);
        if early && !spent.is_zero() {
            self.violation("G8", ENTITY, id.wire(), "was paid before it was accepted");
        }
    }

    /// Oldest first.
    fn payouts_of(&mut self, id: GrantId, row: &GrantRow) -> Vec<(PayoutId, PayoutHead)> {
        let mut payouts = vec![];
        let mut at = row.links.newest_payout;
        while let Some(payout) = at {
            let Some(found) = self.store.payouts.get(payout.slot()) else { break };
            if found.head.grant != id || found.grant_prev.is_some_and(|before| before >= payout) {
                self.violation("G3", "payout", payout.wire(), "is in another grant's list");
                break;
            }
            payouts.push((payout, found.head));
            at = found.grant_prev;
        }
        payouts.reverse();
        payouts
    }

    /// G3: payouts cover the award from its beginning, without gap or overlap.
    fn payouts(&mut self, id: GrantId, head: &GrantHead, payouts: &[(PayoutId, PayoutHead)]) {
        let (mut end, mut paid, mut queued) = (Units::ZERO, Units::ZERO, Units::ZERO);
        let mut milestones = BTreeSet::new();
        let add = |a: Units, b: Units| a.checked_add(b).unwrap_or(Units::MAX);
        for (payout, found) in payouts {
            if found.from != end {
                self.violation("G3", "payout", payout.wire(), "does not follow the one before");
            }
            end = add(end, found.amount);
            if found.queued_at < head.active_at {
                self.violation("G8", "payout", payout.wire(), "was queued in the challenge window");
            }
            if found.milestone.is_some_and(|index| !milestones.insert(index)) {
                self.violation("G3", "payout", payout.wire(), "pays a milestone twice");
            }
            self.count(*payout, found);
            if found.state == PayoutState::Settled {
                paid = add(paid, found.amount);
            } else {
                queued = add(queued, found.amount);
            }
        }
        if (paid, queued) != (head.paid, head.queued) {
            self.violation("G3", ENTITY, id.wire(), "and its payouts have different sums");
        }
    }

    /// The running figures of payouts, and the mark that walks begin behind.
    fn count(&mut self, id: PayoutId, found: &PayoutHead) {
        let one = |is: bool| u32::from(is);
        self.sums.failed = self.sums.failed.saturating_add(one(found.state == PayoutState::Failed));
        self.sums.quarantined =
            self.sums.quarantined.saturating_add(one(found.state == PayoutState::Quarantined));
        let below = id.get() <= self.store.totals().settled_below;
        if below && found.state != PayoutState::Settled {
            self.violation("G3", "payout", id.wire(), "is not settled and would be passed over");
        }
        let handed = matches!(found.state, PayoutState::Sent | PayoutState::Quarantined);
        if handed != found.intent.is_some() && found.state == PayoutState::Queued {
            self.violation("G3", "payout", id.wire(), "is queued and has an intent");
        }
        if handed && found.intent.is_none() {
            self.violation("G3", "payout", id.wire(), "was handed over and has no intent");
        }
    }

    /// G3: a milestone's payout has its amount, and its state says so.
    fn steps(
        &mut self,
        id: GrantId,
        milestones: &[(u16, Milestone)],
        payouts: &[(PayoutId, PayoutHead)],
    ) {
        for (index, step) in milestones {
            let payout = payouts.iter().find(|(_, found)| found.milestone == Some(*index));
            let fits = match (step.state, payout) {
                (MilestoneState::PayoutQueued, Some((_, found))) => {
                    found.amount == step.amount && found.state != PayoutState::Settled
                }
                (MilestoneState::Paid, Some((_, found))) => {
                    found.amount == step.amount && found.state == PayoutState::Settled
                }
                (MilestoneState::PayoutQueued | MilestoneState::Paid, None) => false,
                (
                    MilestoneState::Planned
                    | MilestoneState::Overdue
                    | MilestoneState::Submitted
                    | MilestoneState::Returned
                    | MilestoneState::Accepted
                    | MilestoneState::Cancelled,
                    payout,
                ) => payout.is_none(),
            };
            if !fits {
                let message = format!("milestone {index} and its payout do not fit");
                self.violation("G3", ENTITY, id.wire(), message);
            }
            let shown = !step.evidence.is_empty();
            let needs = matches!(
                step.state,
                MilestoneState::Submitted
                    | MilestoneState::Returned
                    | MilestoneState::Accepted
                    | MilestoneState::PayoutQueued
                    | MilestoneState::Paid
            );
            if needs && !shown {
                let message = format!("milestone {index} has lost its evidence");
                self.violation("G12", ENTITY, id.wire(), message);
            }
        }
    }

    /// Every payout belongs to the list of its grant.
    pub(super) fn compare_payouts(&mut self) {
        if self.is_quiet() && self.cursor.payouts != self.store.payouts.len() {
            self.violation("G3", "canister", 0, "a payout is in no grant's list");
        }
        let (kept, seen) = (self.store.totals(), self.sums);
        let fits = (kept.failed, kept.quarantined) == (seen.failed, seen.quarantined);
        if self.is_quiet() && !fits {
            self.violation("G3", "canister", 0, "payouts that failed are miscounted");
        }
    }
}
