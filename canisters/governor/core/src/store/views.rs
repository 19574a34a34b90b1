//! Records for rules and for readers.

use granary_kernel::row::damaged;
use granary_stable::jobs::JobRef;
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::errors::{GovernorError, Missing};
use crate::limits;
use crate::records::run::RunKind;
use crate::records::{
    Attestation, Audit, FleetSnapshot, Incident, Module, PayloadV1, Proposal, Rehearsal, Run,
    Target, Totals, Vote,
};
use crate::rules::tally::{Tally, tally};
use crate::rules::{Looked, clock};
use crate::store::{PROPOSAL_CLOCK, Store, keys};
use crate::types::{Hash, IncidentId, Principal, ProposalId, Timestamp};

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
        let missing = || GovernorError::from(Missing::Proposal { id });
        let id = ProposalId::from_wire(id).ok_or_else(missing)?;
        let proposal = self.proposals.get(&id.get()).ok_or_else(missing)?.0;
        Ok(Looked { id, proposal })
    }

    /// What a proposal would do.
    pub fn payload(&self, id: ProposalId) -> PayloadV1 {
        self.payloads.get(&id.get()).unwrap_or_else(damaged).0
    }

    /// The newest word of everybody who said something about a proposal, by member.
    pub fn votes_on(&self, id: ProposalId) -> Vec<(Principal, Vote)> {
        let (from, to) = keys::votes(id);
        let words = self.votes.range(from..=to);
        words.map(|entry| (keys::member_of(entry.key()), entry.value().0)).collect()
    }

    /// The proposal as time has left it; what differs from the stored head is written by the clock,
    /// or with the next verb.
    pub fn looked(&self, id: u64, now: Timestamp) -> Result<Looked, GovernorError> {
        let stored = self.stored(id)?;
        let votes = self.votes_on(stored.id);
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
        let stored = self.stored(id)?;
        let votes = self.votes_on(stored.id);
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

    /// Proposals that wait for something, by number: each of them has its job.
    pub fn pending(&self) -> Vec<ProposalId> {
        let most = usize::try_from(limits::MAX_PENDING).unwrap_or(usize::MAX);
        // One that the clock just ended keeps its job for a moment, so one page may not hold all.
        let waits = |id: &ProposalId| {
            self.proposals.get(&id.get()).is_some_and(|head| head.0.state.is_pending())
        };
        let mut from = JobRef { kind: PROPOSAL_CLOCK, key: 0 };
        let mut found = vec![];
        loop {
            let page = self.jobs(Some(from), most);
            let ours = page.iter().map(|job| job.name);
            let named = ours.take_while(|name| name.kind == PROPOSAL_CLOCK);
            found.extend(named.filter_map(|name| ProposalId::from_wire(name.key)).filter(waits));
            match page.last() {
                Some(last) if page.len() == most && last.name.kind == PROPOSAL_CLOCK => {
                    from = last.name;
                }
                _ => return found,
            }
        }
    }
}
