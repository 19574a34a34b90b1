//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | the configuration | V1, V12, V15 |
//! | 2 | proposals with payloads and votes, the list of open ones | V2, V3, V4, V7, V17 |
//! | 3 | modules with their chunks | V5 |
//! | 4 | fleet snapshots | V8, V14 |
//!
//! Counts over everything (V17) are carried in the cursor. They are compared only when the journal
//! did not grow meanwhile.

mod rows;
#[cfg(test)]
mod tests;

use granary_kernel::invariants::{Piece, sweep};
use granary_kernel::{Fault, Report, Violation};
use granary_stable::record::{self, Record};
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::records::MemberSpec;
use crate::rules::constitution;
use crate::store::Store;
use crate::types::{ProposalId, ProposalState, Timestamp};

/// Where the check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CursorV1 {
    #[n(0)]
    stage: u8,
    /// Next event or row.
    #[n(1)]
    position: u64,
    /// Length of the journal when the check began.
    #[n(2)]
    events: u64,
    /// The last key of a tree looked at.
    #[cbor(n(3), with = "granary_stable::cbor::blob")]
    key: Vec<u8>,
    /// Proposals by state so far.
    #[n(4)]
    states: [u64; 19],
    /// Words about proposals so far.
    #[n(5)]
    votes: u64,
}

impl Record for CursorV1 {
    const NAME: &'static str = "validation cursor";
    const VERSION: u8 = 1;
}

/// One piece at work.
pub(crate) struct Check<'a, M: Memory> {
    store: &'a Store<M>,
    cursor: CursorV1,
    piece: Piece,
    /// Proposals that are not over.
    open: Vec<ProposalId>,
}

const LAST_STAGE: u8 = 4;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory + 'static>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, Fault> {
    let piece = Piece::new(max_items)?;
    let cursor = match cursor {
        None => CursorV1 { events: store.journal_head().0, ..CursorV1::default() },
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.stage <= LAST_STAGE && cursor.key.len() <= 64)
            .ok_or(Fault::Cursor)?,
    };
    let open = store.open_list().ids().collect();
    let mut check = Check { store, cursor, piece, open };
    let next = check.run();
    Ok(check.piece.finish(next))
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory + 'static>(store: &Store<M>) -> Vec<Violation> {
    sweep(|cursor, max_items| check(store, cursor, max_items))
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(&mut self) -> Option<Vec<u8>> {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(self.store, &mut self.cursor.position),
                1 => self.constitution(),
                2 => self.proposal(),
                3 => self.module(),
                LAST_STAGE => self.snapshot(),
                _ => return None,
            };
            if !more {
                if self.cursor.stage == LAST_STAGE {
                    self.compare();
                    return None;
                }
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
                self.cursor.key.clear();
            }
        }
        Some(record::encode(&self.cursor))
    }

    fn violation(
        &mut self,
        rule: &'static str,
        entity: &'static str,
        id: u64,
        message: impl Into<String>,
    ) {
        self.piece.violation(rule, entity, id, message);
    }

    /// V1, V12: whatever was decided, the members and rules in force are ones that may be.
    fn constitution(&mut self) -> bool {
        self.piece.spend(1);
        let config = self.store.config();
        let specs: Vec<MemberSpec> = config
            .members
            .iter()
            .map(|member| MemberSpec {
                principal: member.principal,
                permissions: member.permissions,
                weight: member.weight,
                expires_at: None,
            })
            .collect();
        let (threshold, voting) = (config.rules.threshold, config.rules.voting);
        let at = Timestamp::ZERO;
        let mut found = vec![];
        if let Err(fault) = constitution::check_members(&specs, threshold, voting, &config.own, at)
        {
            found.push(("V1", format!("{fault:?}")));
        }
        if let Err(fault) = constitution::check_rules(&config.rules, config.base.profile) {
            found.push(("V1", format!("{fault:?}")));
        }
        if let Some(recovery) = &config.recovery {
            let people: Vec<_> = specs.iter().map(|spec| spec.principal).collect();
            let (committee, quorum) = (&recovery.committee, recovery.quorum);
            if let Err(fault) =
                constitution::check_recovery(committee, quorum, &people, &config.own)
            {
                found.push(("V12", format!("{fault:?}")));
            }
        }
        if self.store.target(&config.own).is_some() {
            found.push(("V15", "the governor is its own target".to_owned()));
        }
        for (rule, message) in found {
            self.violation(rule, "configuration", 0, message);
        }
        false
    }

    /// V17 and V7, beside what was counted on the way when nothing happened since.
    fn compare(&mut self) {
        if self.store.journal_head().0 != self.cursor.events {
            return;
        }
        let totals = self.store.totals();
        let all = totals.states.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        if totals.created != all || totals.created != self.store.proposal_count() {
            let text = format!("{} were created and {all} are counted", totals.created);
            self.violation("V17", "proposal", 0, text);
        }
        for (at, state) in ProposalState::ALL.into_iter().enumerate() {
            let counted = self.cursor.states.get(at).copied().unwrap_or_default();
            if counted != totals.count(state) {
                let text = format!("{counted} are {} and {}", state.name(), totals.count(state));
                self.violation("V17", "proposal", 0, format!("{text} are counted"));
            }
        }
        let (said, kept) = (self.cursor.votes, self.store.votes.len());
        if said != kept {
            let text = format!("{kept} words are kept and {said} belong to a proposal");
            self.violation("V17", "vote", 0, text);
        }
    }
}
