//! Intents, one by one.

use granary_stable::jobs::{JobRef, JobState};
use ic_stable_structures::Memory;

use super::Check;
use crate::records::{IntentRow, Marks, STATE_LIST};
use crate::store::PAY;
use crate::types::{IntentId, IntentState};

impl<M: Memory + 'static> Check<'_, M> {
    /// One intent with its approvals; false behind the last.
    pub(super) fn intent(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.intents.get(slot), IntentId::from_slot(slot))
        else {
            return false;
        };
        self.take();
        self.sum(&row);
        let mut problems = stands(&row);
        problems.extend(self.linked(id, &row));
        for (rule, problem) in problems {
            self.piece.violation(rule, "intent", row.wire(id), problem);
        }
        true
    }

    fn sum(&mut self, row: &IntentRow) {
        if let Some(count) = self.cursor.sums.states.get_mut(row.state.at()) {
            *count = count.saturating_add(1);
        }
        let counted = crate::store::counted(row);
        for (figure, is) in self.cursor.sums.figures.iter_mut().zip(counted) {
            *figure = figure.saturating_add(is.into());
        }
        let at = usize::try_from(row.asset.slot()).unwrap_or(usize::MAX);
        if row.marks.has(Marks::SET_ASIDE)
            && let Some((high, low)) = self.cursor.sums.aside.get_mut(at)
        {
            let sum = super::others::join(*high, *low).saturating_add(row.total());
            (*high, *low) = super::others::split(sum);
        }
    }

    /// What other tables must say about the intent.
    fn linked(&self, id: IntentId, row: &IntentRow) -> Vec<(&'static str, &'static str)> {
        let mut problems = vec![];
        let store = self.store;
        if store.intent_of(&row.memo).map(|(found, _)| found) != Some(id) {
            problems.push(("C11", "is not what its memo names"));
        }
        if crate::rules::submit_intent::memo(&row.initiator, row.key.as_str()) != row.memo {
            problems.push(("E2", "has a memo that is not its submitter's and key's"));
        }
        let list = STATE_LIST.list_of(&store.intents, id.slot()).ok().flatten();
        if list != Some(crate::store::list_number(row.state)) {
            problems.push(("C11", "is not in the list of its state"));
        }
        let approvals = store.approvals_of(row);
        if approvals.len() != usize::try_from(row.approvals).unwrap_or(usize::MAX) {
            problems.push(("E8", "has another number of approvals than it says"));
        }
        if approvals.iter().any(|approval| approval.row.intent != id) {
            problems.push(("E8", "has an approval of another intent"));
        }
        if store.assets.get(row.asset.slot()).is_none_or(|asset| !asset.adopted) {
            problems.push(("E10", "is of an asset nobody adopted"));
        }
        let is_taken = id.slot() < store.first_untaken(&store.totals());
        if is_taken && crate::store::is_open(row) {
            let job = store.job(JobRef { kind: PAY, key: id.wire() });
            if job.is_none_or(|job| job.state == JobState::Done) {
                problems.push(("C8", "is on its way and nobody looks at it"));
            }
        }
        problems
    }
}

/// What its own row must say.
fn stands(row: &IntentRow) -> Vec<(&'static str, &'static str)> {
    let has = |fact| row.marks.has(fact);
    let mut problems = vec![];
    let mut need = |rule, holds: bool, problem| {
        if !holds {
            problems.push((rule, problem));
        }
    };
    let settled = row.state == IntentState::Settled;
    need("E1", settled == row.block.is_some(), "has a block and is not settled, or lacks one");
    need("E1", settled == row.settled_at.is_some(), "is settled at no time, or too early");
    let uncertain = has(Marks::UNCERTAIN);
    need("E3", !uncertain || row.state.is_in_flight(), "may be paid and is not in flight");
    let unknown = matches!(row.state, IntentState::Unknown | IntentState::Reconciling);
    need("E3", uncertain || !unknown, "is searched for and was not sent");
    let sent = row.attempt.sends > 0;
    need("E2", !sent || row.attempt.number > 0, "was sent without an attempt");
    need(
        "E4",
        !sent || has(Marks::RESERVED) || has(Marks::REPRICED) || !uncertain,
        "is under way without a reservation",
    );
    need("E9", row.state.is_in_flight() == has(Marks::SET_ASIDE), "is set aside in another state");
    need("E5", !has(Marks::POSTED) || (settled && row.entry.is_some()), "is booked and not paid");
    need("E5", !has(Marks::COMMITTED) || has(Marks::POSTED), "is committed and not booked");
    need("E9", row.amount > 0 && row.amount.checked_add(row.fee).is_some(), "cannot be counted");
    need("E2", row.generation == 0 || row.generation > 1_000_000, "has a generation of no time");
    problems
}
