//! Proposals, modules, fleet snapshots: one of them at a time.

use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;
use std::ops::Bound;

use crate::invariants::Check;
use crate::limits;
use crate::records::{Ballot, SnapshotState};
use crate::rules::Looked;
use crate::types::{ProposalId, ProposalState};

impl<M: Memory + 'static> Check<'_, M> {
    /// The next proposal.
    pub(super) fn proposal(&mut self) -> bool {
        self.cursor.position = self.cursor.position.saturating_add(1);
        let number = self.cursor.position;
        let Ok(Looked { id, proposal }) = self.store.stored(number) else { return false };
        self.piece.spend(1);
        if let Some(count) = self.cursor.states.get_mut(proposal.state.at()) {
            *count = count.saturating_add(1);
        }
        if self.store.payload(id).digest(number) != proposal.digest {
            self.violation("V2", "proposal", number, "the digest is not that of its payload");
        }
        let waits = matches!(proposal.state, ProposalState::Timelocked | ProposalState::Ready);
        if waits && proposal.eta.is_none() {
            self.violation("V4", "proposal", number, "it waits without a time");
        }
        if proposal.state == ProposalState::Voting && proposal.eta.is_some() {
            self.violation("V3", "proposal", number, "it is voted on and has a time");
        }
        let running = self.store.totals().running;
        if proposal.state.is_running() != (running == number) {
            let text = format!("it is {} and {running} runs", proposal.state.name());
            self.violation("V7", "proposal", number, text);
        }
        if self.open.contains(&id) == proposal.state.is_over() {
            let text =
                format!("it is {} and the list of open ones says else", proposal.state.name());
            self.violation("V17", "proposal", number, text);
        }
        self.votes(id, number);
        true
    }

    fn votes(&mut self, id: ProposalId, number: u64) {
        let votes = self.store.votes_on(id);
        let count = u64::try_from(votes.len()).unwrap_or(u64::MAX);
        self.piece.spend(count);
        self.cursor.votes = self.cursor.votes.saturating_add(count);
        for (_, vote) in votes {
            if vote.ballot != Ballot::Revoked && vote.expires_at <= vote.at {
                self.violation("V2", "vote", number, "a word that never counted");
            }
        }
    }

    /// The next module: the chunks it says it has are there.
    pub(super) fn module(&mut self) -> bool {
        let from = match <[u8; 32]>::try_from(self.cursor.key.as_slice()) {
            Ok(key) => Bound::Excluded(FixedKey(key)),
            Err(_) => Bound::Unbounded,
        };
        let Some(entry) = self.store.modules.range((from, Bound::Unbounded)).next() else {
            return false;
        };
        let (key, module) = (*entry.key(), entry.value().0);
        self.cursor.key = key.0.to_vec();
        self.piece.spend(1);
        let mut bytes = 0_u64;
        for (place, chunk) in (0_u32..).zip(&module.chunks) {
            bytes = bytes.saturating_add(chunk.bytes.into());
            let is_there = self.store.chunks.contains_key(&crate::store::chunk_key(&key.0, place));
            if is_there != (chunk.bytes > 0) {
                let text = format!("chunk {place} is not what the module says");
                self.violation("V5", "module", place.into(), text);
            }
        }
        if bytes != module.bytes {
            self.violation("V5", "module", 0, "its bytes are not those of its chunks");
        }
        true
    }

    /// The next fleet snapshot.
    pub(super) fn snapshot(&mut self) -> bool {
        let from = match <[u8; 8]>::try_from(self.cursor.key.as_slice()) {
            Ok(key) => Bound::Excluded(FixedKey(key)),
            Err(_) => Bound::Unbounded,
        };
        let Some(entry) = self.store.snapshots.range((from, Bound::Unbounded)).next() else {
            return false;
        };
        let (key, snapshot) = (*entry.key(), entry.value().0);
        let epoch = u64::from_be_bytes(key.0);
        self.cursor.key = key.0.to_vec();
        self.piece.spend(1);
        let lasts = matches!(snapshot.state, SnapshotState::Complete | SnapshotState::Good);
        if lasts && snapshot.shots.is_empty() {
            self.violation("V8", "fleet snapshot", epoch, "it is complete and has no parts");
        }
        if snapshot.shots.len() > limits::MAX_TARGETS {
            self.violation("V14", "fleet snapshot", epoch, "it has more parts than targets");
        }
        true
    }
}
