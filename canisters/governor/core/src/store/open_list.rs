//! The proposals that are not over, and when the clock looks at them. What is due goes into the job
//! table; what only waits costs no row of it.

use granary_kernel::NO_ROOM;
use granary_kernel::row::{RowWriter, damaged, number};
use ic_stable_structures::Memory;

use crate::records::Open;
use crate::records::open::NEXT_AT;
use crate::records::proposal::{PROPOSER_AT, STATE_AT};
use crate::store::{PROPOSAL_CLOCK, Store};
use crate::types::{Principal, ProposalId, ProposalState, Timestamp};

impl<M: Memory + 'static> Store<M> {
    /// Proposals that are not over, by number.
    pub(crate) fn open_list(&self) -> Open {
        self.open.get(0).unwrap_or_else(damaged)
    }

    pub(crate) fn put_open(&mut self, open: &Open) {
        self.open.set(0, open).expect(NO_ROOM);
    }

    /// Proposals that wait for something, by number: all that are open but the one that runs (V7).
    pub fn pending(&self) -> Vec<ProposalId> {
        let running = self.totals().running;
        self.open_list().ids().filter(|id| id.wire() != running).collect()
    }

    /// How many of these somebody proposed.
    pub(crate) fn proposed_by(&self, who: &Principal, of: &[ProposalId]) -> usize {
        let mut stored = [0_u8; 30];
        RowWriter::part(&mut stored).principal(who);
        let is_theirs = |id: &&ProposalId| {
            self.proposals.read_part(id.slot(), PROPOSER_AT).is_ok_and(|by| by == stored)
        };
        of.iter().filter(is_theirs).count()
    }

    /// When the clock looks at a proposal next.
    pub(crate) fn next_look(&self) -> Option<Timestamp> {
        let at = self.open.read_part(0, NEXT_AT).map(u64::from_be_bytes).unwrap_or_default();
        (at > 0).then(|| Timestamp::from_nanos(at))
    }

    /// Has the clock look at a proposal that is open then.
    pub(crate) fn look_at(&mut self, id: ProposalId, then: Option<Timestamp>) {
        let mut open = self.open_list();
        open.put(id, then);
        self.put_open(&open);
    }

    /// Has the clock look at these at once.
    pub(crate) fn look_now(&mut self, ids: &[ProposalId], now: Timestamp) {
        let mut open = self.open_list();
        for id in ids {
            open.put(*id, Some(now));
        }
        self.put_open(&open);
    }

    /// Drafts that wait for their modules.
    pub(crate) fn drafts(&self) -> Vec<ProposalId> {
        let draft = number(&ProposalState::ALL, &ProposalState::Draft);
        let is_draft = |id: &ProposalId| {
            self.proposals.read_part(id.slot(), STATE_AT).is_ok_and(|state| state == [draft])
        };
        self.pending().into_iter().filter(is_draft).collect()
    }

    /// Puts what is due into the job table until `budget` answers false.
    pub(crate) fn take_due(&mut self, now: Timestamp, budget: &mut dyn FnMut() -> bool) {
        if self.next_look().is_none_or(|at| now < at) {
            return;
        }
        let mut open = self.open_list();
        while budget()
            && let Some((id, at)) = open.take_due(now)
        {
            self.ensure_job(PROPOSAL_CLOCK, id.wire(), at);
        }
        self.put_open(&open);
    }
}
