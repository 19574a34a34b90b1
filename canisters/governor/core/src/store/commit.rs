//! One change in one go: rows, counts, jobs, journal.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_stable::bytes::Reader;
use granary_stable::keys::FixedKey;
use granary_stable::record::{self, Stored};
use ic_stable_structures::Memory;

use crate::records::proposal::CHAIN_AT;
use crate::records::run::RunKind;
use crate::records::{
    Config, FleetSnapshot, PayloadV1, Proposal, ProposalLinks, ProposalRow, Run, SnapshotState,
    Totals, Vote, VoteRow,
};
use crate::rules::{Change, Fleet, clock};
use crate::store::{RULES_CLOCK, Store, keys};
use crate::types::{Principal, ProposalId, ProposalState, Timestamp, VoteId};

impl<M: Memory + 'static> Store<M> {
    /// Applies what a rule decided.
    pub(crate) fn commit(&mut self, mut change: Change, ctx: &Ctx) -> Receipt {
        if let Some((id, proposal)) = change.proposal.take() {
            let vote = change.vote.take();
            self.put_proposal(id, proposal, change.payload.as_ref(), vote, change.wake);
        }
        if let Some(config) = change.config.take() {
            self.put_config(config, ctx.now);
        }
        self.put_rows(&change);
        self.record(&change.events, ctx)
    }

    /// Rows that are nobody's head.
    fn put_rows(&mut self, change: &Change) {
        for hash in &change.dropped {
            self.drop_module(hash);
        }
        if let Some((hash, module)) = &change.module {
            self.modules.insert(FixedKey(*hash), Stored(module.clone()));
            if let Some((place, bytes)) = &change.chunk {
                self.chunks.insert(keys::chunk(hash, *place), bytes.clone());
            }
        }
        if let Some((hash, who, row)) = &change.attestation {
            self.attestations.insert(keys::attestation(hash, who), Stored(row.clone()));
        }
        if let Some((canister, target)) = &change.target {
            self.put_target(&keys::principal(canister), target.as_ref());
        }
        if let Some((id, audit)) = &change.audit {
            self.audits.insert(id.get(), Stored(audit.clone()));
        }
        if let Some((id, rehearsal)) = &change.rehearsal {
            self.rehearsals.insert(id.get(), Stored(rehearsal.clone()));
        }
        if let Some(run) = &change.run {
            let id = ProposalId::from_wire(run.proposal).unwrap_or_else(damaged);
            self.put_run(id, run);
        }
        if let Some((epoch, snapshot)) = &change.snapshot {
            self.put_snapshot(*epoch, snapshot);
        }
        self.put_fleet(&change.fleet);
        if let Some((id, incident)) = &change.incident {
            self.put_incident(*id, incident);
        }
        for hash in &change.denied {
            self.denied.insert(FixedKey(*hash), 1);
        }
    }

    /// A run, with its epoch, and the rehearsal that is under way.
    fn put_run(&mut self, id: ProposalId, run: &Run) {
        let mut totals = self.totals();
        // The drain of the way back has the next number.
        totals.newest_epoch = totals.newest_epoch.max(run.epoch.saturating_add(1));
        if run.kind == RunKind::Rehearsal {
            match (run.ended_at.is_none(), totals.rehearsing) {
                (true, 0) => totals.rehearsing = run.proposal,
                (false, one) if one == run.proposal => totals.rehearsing = 0,
                (true | false, _) => {}
            }
        }
        self.put_totals(&totals);
        self.runs.insert(keys::run(run.kind, id), Stored(run.clone()));
    }

    fn put_snapshot(&mut self, epoch: u64, snapshot: &FleetSnapshot) {
        let mut totals = self.totals();
        totals.newest_epoch = totals.newest_epoch.max(epoch);
        if snapshot.state == SnapshotState::Complete {
            totals.newest_snapshot = totals.newest_snapshot.max(Some(snapshot.at));
        }
        self.put_totals(&totals);
        self.snapshots.insert(keys::epoch(epoch), Stored(snapshot.clone()));
    }

    /// What a run learnt of the fleet.
    fn put_fleet(&mut self, fleet: &Fleet) {
        for (canister, target) in &fleet.targets {
            self.put_target(&keys::principal(canister), target.as_ref());
        }
        for (epoch, snapshot) in &fleet.snapshots {
            self.put_snapshot(*epoch, snapshot);
        }
        if fleet.migrating.is_some() || fleet.migrated > 0 {
            let mut totals = self.totals();
            totals.migrating = fleet.migrating.unwrap_or_default();
            totals.migrations = totals.migrations.saturating_add(fleet.migrated);
            self.put_totals(&totals);
        }
    }

    /// A proposal's head, with a member's word, the counts (V17), the one that runs (V7), and the
    /// clock's next look. A new one brings its payload.
    fn put_proposal(
        &mut self,
        id: ProposalId,
        proposal: Proposal,
        payload: Option<&PayloadV1>,
        vote: Option<(Principal, Vote)>,
        wake: Option<Timestamp>,
    ) {
        let before = self.proposals.get(id.slot());
        let mut links = before.as_ref().map_or_else(ProposalLinks::default, |row| row.links);
        if let Some(payload) = payload {
            links.payload = self.bodies.append(&record::encode(payload)).expect(NO_ROOM);
        }
        if let Some((who, vote)) = vote {
            links.newest_vote = Some(self.put_vote(id, links.newest_vote, who, vote));
        }
        self.put_head(id, before.as_ref(), proposal, links, wake);
    }

    /// The newest word of a member: it takes the place of an older one.
    pub(crate) fn put_vote(
        &mut self,
        proposal: ProposalId,
        newest: Option<VoteId>,
        member: Principal,
        vote: Vote,
    ) -> VoteId {
        let mut at = newest;
        while let Some(id) = at {
            let chain: [u8; 34] = self.votes.read_part(id.slot(), CHAIN_AT).expect(NO_ROOM);
            let mut chain = Reader::new(&chain);
            let proposal_prev = VoteId::new(chain.u32());
            if chain.short(29) == member.as_slice() {
                let row = VoteRow { proposal, member, vote, proposal_prev };
                self.votes.set(id.slot(), &row).expect(NO_ROOM);
                return newest.unwrap_or(id);
            }
            at = proposal_prev.filter(|prev| *prev < id);
        }
        let row = VoteRow { proposal, member, vote, proposal_prev: newest };
        let slot = self.votes.push(&row).expect(NO_ROOM);
        VoteId::from_slot(slot).unwrap_or_else(damaged)
    }

    /// A proposal's row, with everything that follows from it.
    pub(crate) fn put_head(
        &mut self,
        id: ProposalId,
        before: Option<&ProposalRow>,
        mut head: Proposal,
        mut links: ProposalLinks,
        wake: Option<Timestamp>,
    ) {
        let reason = core::mem::take(&mut head.reason);
        if links.reason.len > 0 || !reason.is_empty() {
            // A reason is never changed where it stands; most heads are written without a new one.
            if self.reason(&links) != reason {
                links.reason = self.bodies.append(reason.as_bytes()).expect(NO_ROOM);
            }
        }
        let was = before.map(|row| &row.head);
        let stored = self.totals();
        let mut totals = stored;
        count(&mut totals, id, was, &head);
        if totals != stored {
            self.put_totals(&totals);
        }
        let row = ProposalRow { head, links };
        if before.is_some() {
            self.proposals.set(id.slot(), &row).expect(NO_ROOM);
        } else {
            let slot = self.proposals.push(&row).expect(NO_ROOM);
            assert!(slot == id.slot(), "BUG: a proposal's number is not the next");
        }
        let look = wake.or_else(|| clock::next_look(&row.head, || self.votes_on(id)));
        let known = self.open_list();
        let mut open = known.clone();
        if row.head.state.is_over() {
            open.close(id);
        } else {
            open.put(id, look);
        }
        if open != known {
            self.put_open(&open);
        }
    }

    /// The configuration; a new epoch makes the clock look at everything that is pending.
    fn put_config(&mut self, config: Config, now: Timestamp) {
        let is_new = config.epoch != self.config().epoch;
        let rules_wait = config.pending.as_ref().map(|pending| pending.effective_at);
        self.set_config(config);
        if is_new {
            let pending = self.pending();
            self.look_now(&pending, now);
        }
        if let Some(effective_at) = rules_wait {
            self.ensure_job(RULES_CLOCK, 0, effective_at);
        }
    }

    pub(crate) fn put_target(
        &mut self,
        key: &FixedKey<30>,
        target: Option<&crate::records::Target>,
    ) {
        let drifts = |target: &crate::records::Target| u64::from(target.drifted_since.is_some());
        let before = match target {
            Some(target) => self.targets.insert(*key, Stored(target.clone())),
            None => self.targets.remove(key),
        };
        let was = before.map_or(0, |old| drifts(&old.0));
        let is = target.map_or(0, drifts);
        if was != is {
            let mut totals = self.totals();
            totals.drifted = totals.drifted.saturating_sub(was).saturating_add(is);
            self.put_totals(&totals);
        }
    }

    pub(crate) fn put_incident(
        &mut self,
        id: crate::types::IncidentId,
        incident: &crate::records::Incident,
    ) {
        let is_open = |one: &crate::records::Incident| {
            u64::from(one.phase != crate::records::IncidentPhase::Closed)
        };
        let before = self.incidents.insert(id.get(), Stored(incident.clone()));
        let was = before.map_or(0, |old| is_open(&old.0));
        let mut totals = self.totals();
        let open = totals.open_incidents.saturating_sub(was);
        totals.open_incidents = open.saturating_add(is_open(incident));
        self.put_totals(&totals);
    }

    /// Deletes a module with its chunks and attestations.
    fn drop_module(&mut self, hash: &crate::types::Hash) {
        let Some(module) = self.modules.remove(&FixedKey(*hash)) else { return };
        for (place, _) in (0_u32..).zip(&module.0.chunks) {
            self.chunks.remove(&keys::chunk(hash, place));
        }
        for (who, _) in self.attestations_of(hash) {
            self.attestations.remove(&keys::attestation(hash, &who));
        }
    }

    pub(crate) fn put_totals(&mut self, totals: &Totals) {
        self.totals.set(0, totals).expect(NO_ROOM);
    }
}

/// What a head that changed does to the running figures.
fn count(totals: &mut Totals, id: ProposalId, before: Option<&Proposal>, proposal: &Proposal) {
    let was = before.map(|old| old.state);
    if was != Some(proposal.state) {
        match was {
            Some(old) => totals.add(old, -1),
            None => totals.created = totals.created.saturating_add(1),
        }
        totals.add(proposal.state, 1);
        if proposal.state.is_running() {
            totals.running = id.wire();
        } else if totals.running == id.wire() {
            totals.running = 0;
        }
        if proposal.state == ProposalState::RollingBack {
            totals.rollbacks = totals.rollbacks.saturating_add(1);
        }
        if proposal.state == ProposalState::Executing
            && let Some(approved) = proposal.approved_at
        {
            totals.timelocks = totals.timelocks.saturating_add(1);
            let waited = proposal.since.saturating_since(approved).as_secs();
            totals.timelock_seconds = totals.timelock_seconds.saturating_add(waited);
        }
    }
    if before.is_none_or(|old| old.approved_at.is_none())
        && let Some(approved) = proposal.approved_at
    {
        totals.approvals = totals.approvals.saturating_add(1);
        let took = approved.saturating_since(proposal.created_at).as_secs();
        totals.approval_seconds = totals.approval_seconds.saturating_add(took);
    }
}
