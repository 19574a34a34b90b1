//! Records for rules and for readers.

use granary_kernel::row::damaged;
use granary_stable::keys::FixedKey;
use granary_stable::record;
use ic_stable_structures::Memory;

use crate::errors::{GovernorError, Missing};
use crate::limits;
use crate::records::run::RunKind;
use crate::records::{
    Attestation, Audit, FleetSnapshot, Incident, Module, PayloadV1, Proposal, ProposalLinks,
    ProposalRow, Rehearsal, Run, Target, Totals, Vote,
};
use crate::rules::payload::Kept;
use crate::rules::tally::{Tally, tally};
use crate::rules::{Looked, clock};
use crate::store::{Store, keys};
use crate::types::{Hash, IncidentId, Principal, ProposalId, Timestamp, VoteId};

/// A proposal as readers see it: where time has left it, with what its votes come to.
#[derive(Clone, Debug)]
pub struct ProposalView {
    /// Its number.
    pub id: ProposalId,
    /// Its head now.
    pub proposal: Proposal,
    /// What the words come to.
    pub tally: Tally,
    /// The newest word of everybody who said something.
    pub votes: Vec<(Principal, Vote)>,
}

/// A proposal's head, and the newest word of everybody who said something about it.
pub(crate) type Voted = (Looked, Vec<(Principal, Vote)>);

impl<M: Memory + 'static> Store<M> {
    /// The running figures.
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// Proposals there ever were.
    pub fn proposal_count(&self) -> u64 {
        self.proposals.len()
    }

    /// The stored head of a proposal.
    pub fn stored(&self, id: u64) -> Result<Looked, GovernorError> {
        self.row(id).map(|(looked, _)| looked)
    }

    /// The stored head of a proposal with the newest word of everybody who said something.
    pub(crate) fn voted(&self, id: u64) -> Result<Voted, GovernorError> {
        let (looked, links) = self.row(id)?;
        Ok((looked, self.votes_from(links.newest_vote)))
    }

    fn row(&self, id: u64) -> Result<(Looked, ProposalLinks), GovernorError> {
        let missing = || GovernorError::from(Missing::Proposal { id });
        let id = ProposalId::from_wire(id).ok_or_else(missing)?;
        let ProposalRow { head, links } = self.proposals.get(id.slot()).ok_or_else(missing)?;
        let reason = self.reason(&links);
        Ok((Looked { id, proposal: Proposal { reason, ..head } }, links))
    }

    /// Why a proposal ended.
    pub(crate) fn reason(&self, links: &ProposalLinks) -> String {
        if links.reason.len == 0 {
            return String::new();
        }
        let bytes = self.bodies.read(links.reason).unwrap_or_else(|_| damaged());
        crate::records::proposal::text(&bytes)
    }

    /// What a proposal would do.
    pub fn payload(&self, id: ProposalId) -> PayloadV1 {
        let row = self.proposals.get(id.slot()).unwrap_or_else(damaged);
        record::decode_or_trap(&self.payload_bytes(&row.links))
    }

    pub(crate) fn payload_bytes(&self, links: &ProposalLinks) -> Vec<u8> {
        self.bodies.read(links.payload).unwrap_or_else(|_| damaged())
    }

    /// The newest word of everybody who said something about a proposal, in the order in which they
    /// first spoke.
    pub fn votes_on(&self, id: ProposalId) -> Vec<(Principal, Vote)> {
        let row = self.proposals.get(id.slot());
        self.votes_from(row.and_then(|row| row.links.newest_vote))
    }

    fn votes_from(&self, newest: Option<VoteId>) -> Vec<(Principal, Vote)> {
        let mut votes = vec![];
        let mut at = newest;
        while let Some(id) = at {
            let row = self.votes.get(id.slot()).unwrap_or_else(damaged);
            votes.push((row.member, row.vote));
            // A chain leads back: a row that leads on is damaged, and would never end.
            at = row.proposal_prev.filter(|prev| *prev < id);
        }
        votes.reverse();
        votes
    }

    /// The proposal as time has left it; what differs from the stored head is written by the clock,
    /// or with the next verb.
    pub fn looked(&self, id: u64, now: Timestamp) -> Result<Looked, GovernorError> {
        let (stored, votes) = self.voted(id)?;
        Ok(self.passed(stored, &votes, now).0)
    }

    /// The same with what the journal would say about the way.
    pub(crate) fn passed(
        &self,
        stored: Looked,
        votes: &[(Principal, Vote)],
        now: Timestamp,
    ) -> (Looked, Vec<crate::records::Event>) {
        let view = clock::View { config: self.config(), votes, staged: self.is_staged(&stored) };
        match clock::passed(&stored, &view, now) {
            Some((proposal, events)) => (Looked { id: stored.id, proposal }, events),
            None => (stored, vec![]),
        }
    }

    /// A proposal for readers.
    pub fn proposal(&self, id: u64, now: Timestamp) -> Result<ProposalView, GovernorError> {
        let (stored, votes) = self.voted(id)?;
        let (Looked { id, proposal }, _) = self.passed(stored, &votes, now);
        let tally = tally(self.config(), &proposal, &votes, now);
        Ok(ProposalView { id, proposal, tally, votes })
    }

    /// True when all modules a proposal in preparation names are complete.
    pub(crate) fn is_staged(&self, looked: &Looked) -> bool {
        // Only a draft waits for modules; the payload of the others need not be read.
        looked.proposal.state == crate::types::ProposalState::Draft
            && self.missing_module(&self.payload(looked.id)).is_none()
    }

    /// The first module a payload names that is not complete here.
    pub fn missing_module(&self, payload: &PayloadV1) -> Option<Hash> {
        let crate::records::Payload::UpgradeRelease(release) = &payload.payload else {
            return None;
        };
        let lacks =
            |hash: &Hash| self.module(hash).is_none_or(|module| module.finished_at.is_none());
        release.items.iter().map(|item| item.module).find(lacks)
    }

    /// A module, complete or not.
    pub fn module(&self, hash: &Hash) -> Option<Module> {
        self.modules.get(&FixedKey(*hash)).map(|module| module.0)
    }

    /// The bytes of a chunk.
    pub fn chunk(&self, module: &Hash, place: u32) -> Option<Vec<u8>> {
        self.chunks.get(&keys::chunk(module, place))
    }

    /// True for a module that is denied.
    pub fn is_denied(&self, hash: &Hash) -> bool {
        self.denied.contains_key(&FixedKey(*hash))
    }

    /// How full the lists are that proposals only add to.
    pub(crate) fn kept(&self) -> Kept {
        Kept { snapshots: self.snapshots.len(), denied: self.denied.len() }
    }

    /// Who built a module too, by member.
    pub fn attestations_of(&self, module: &Hash) -> Vec<(Principal, Attestation)> {
        let (from, to) = keys::attestations(module);
        let rows = self.attestations.range(from..=to);
        rows.map(|entry| (keys::attester_of(entry.key()), entry.value().0)).collect()
    }

    /// Canisters under control, by principal; bounded by [`limits::MAX_TARGETS`].
    pub fn all_targets(&self) -> Vec<(Principal, Target)> {
        let rows = self.targets.iter().take(limits::MAX_TARGETS);
        rows.map(|entry| (keys::principal_of(entry.key()), entry.value().0)).collect()
    }

    /// A canister under control.
    pub fn target(&self, canister: &Principal) -> Option<Target> {
        self.targets.get(&keys::principal(canister)).map(|target| target.0)
    }

    /// A fleet snapshot.
    pub fn snapshot(&self, epoch: u64) -> Option<FleetSnapshot> {
        self.snapshots.get(&keys::epoch(epoch)).map(|snapshot| snapshot.0)
    }

    /// The newest audit of a proposal.
    pub fn audit(&self, id: ProposalId) -> Option<Audit> {
        self.audits.get(&id.get()).map(|audit| audit.0)
    }

    /// The newest rehearsal of a proposal.
    pub fn rehearsal(&self, id: ProposalId) -> Option<Rehearsal> {
        self.rehearsals.get(&id.get()).map(|rehearsal| rehearsal.0)
    }

    /// The steps of a proposal.
    pub fn run(&self, kind: RunKind, id: ProposalId) -> Option<Run> {
        self.runs.get(&keys::run(kind, id)).map(|run| run.0)
    }

    /// An incident.
    pub fn incident(&self, id: u64) -> Result<(IncidentId, Incident), GovernorError> {
        let missing = || GovernorError::from(Missing::Incident { id });
        let id = IncidentId::from_wire(id).ok_or_else(missing)?;
        Ok((id, self.incidents.get(&id.get()).ok_or_else(missing)?.0))
    }
}
