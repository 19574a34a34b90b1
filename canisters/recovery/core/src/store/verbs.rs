//! Verbs of the committee, and the one of the governor that names it.

use granary_kernel::{Class, Receipt, Request as Repeated, run};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;
use sha2::{Digest, Sha256};

use crate::errors::{InputFault, RecoveryError, StateFault};
use crate::limits;
use crate::records::{Committee, Event, EventKind, Operation, Request, Role, State};
use crate::rules::{
    Change, approve_request, execute_request, operation, set_committee, standing, submit_request,
    withdraw_approval,
};
use crate::store::Store;
use crate::types::{Ctx, Hash, Principal, RequestId};

impl<M: Memory + 'static> Store<M> {
    /// Names the committee. Approvals of people who are no members any more are gone for good.
    pub fn set_committee(
        &mut self,
        ctx: &Ctx,
        own: &Principal,
        committee: Committee,
    ) -> Result<Receipt, RecoveryError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[Role::Governor])?;
        set_committee::check(&committee, &self.config().target, own)?;
        let mut hasher = Sha256::new();
        for member in &committee.members {
            hasher.update([u8::try_from(member.as_slice().len()).unwrap_or(u8::MAX)]);
            hasher.update(member);
        }
        let quorum = committee.quorum.into();
        let named = Event::new(EventKind::CommitteeChanged, 0).number(quorum);
        let config = crate::records::Config { committee, ..self.config().clone() };
        self.set_config(config);
        let receipt = self.record(&[named.digest(hasher.finalize().into())], ctx);
        for (id, request) in self.live() {
            if !matches!(request.state, State::Executing(_)) {
                self.recount_approvals(ctx, id, request);
            }
        }
        Ok(receipt)
    }

    fn recount_approvals(&mut self, ctx: &Ctx, id: RequestId, request: Request) {
        let config = self.config();
        let mut change = Change::new(id, request);
        let is_member = |who: &Principal| config.committee.members.contains(who);
        for given in &change.request.approvals {
            if !is_member(&given.member) {
                let gone = change.event(EventKind::ApprovalWithdrawn).party(given.member);
                change.events.push(gone);
            }
        }
        change.request.approvals.retain(|given| is_member(&given.member));
        standing::restand(&mut change, &config.committee, &config.delays, ctx.now);
        if !change.events.is_empty() {
            self.commit(change, ctx);
        }
    }

    /// A member asks for something, or joins those who asked for the same.
    pub fn submit_request(
        &mut self,
        ctx: &Ctx,
        wanted: Operation,
        key: Option<&str>,
    ) -> Result<Receipt, RecoveryError> {
        self.gate(ctx, Class::New)?;
        self.need_member(ctx)?;
        operation::check(&wanted)?;
        let digest = operation::digest(&self.config().target, &wanted);
        let request = key.map(|key| {
            let mut print = Fingerprinter::new("submit_request");
            print.write(&digest);
            Repeated { key, print: print.finish() }
        });
        let decide = |store: &Self| {
            let live = store.live();
            let own = live.iter().filter(|(_, request)| request.created_by == ctx.actor).count();
            let restore_epoch = store.header().restore_epoch;
            let around = submit_request::Around {
                config: store.config(),
                restore_epoch,
                live: (live.len(), own),
            };
            // What is being executed is not joined, nor what its clock has not ended yet.
            let joins = |request: &Request| {
                request.digest == digest
                    && !matches!(request.state, State::Executing(_))
                    && request.restore_epoch == restore_epoch
                    && ctx.now < request.expires_at
            };
            let same = live.into_iter().find(|(_, request)| joins(request));
            let next = RequestId::from_slot(store.requests.len());
            submit_request::submit_request(around, same, next, wanted, ctx)
        };
        run(self, ctx, Class::New, request, decide, Self::commit)
    }

    /// A member approves the request with this digest.
    pub fn approve_request(
        &mut self,
        ctx: &Ctx,
        number: u64,
        digest: &Hash,
    ) -> Result<Receipt, RecoveryError> {
        let (id, request) = self.begin_ordinary(ctx, number)?;
        let config = self.config();
        let change = approve_request::approve_request(id, request, digest, config, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// A member takes the approval back.
    pub fn withdraw_approval(&mut self, ctx: &Ctx, number: u64) -> Result<Receipt, RecoveryError> {
        let (id, request) = self.begin_ordinary(ctx, number)?;
        let change = withdraw_approval::withdraw_approval(id, request, self.config(), ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// A member does not wait for the clock.
    pub fn execute_request(&mut self, ctx: &Ctx, number: u64) -> Result<Receipt, RecoveryError> {
        self.gate(ctx, Class::New)?;
        self.need_member(ctx)?;
        let (id, request) = self.request(number)?;
        let change = self.may_execute(id, request, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// The beginning of an execution, or why there is none.
    pub(crate) fn may_execute(
        &self,
        id: RequestId,
        request: Request,
        ctx: &Ctx,
    ) -> Result<Change, RecoveryError> {
        let header = self.header();
        let around = execute_request::Around {
            config: self.config(),
            outlook: self.outlook(),
            restore_epoch: header.restore_epoch,
            running: self.totals().running.and_then(|running| RequestId::new(running.0)),
            upgraded_at: (header.upgrade_count > 0).then_some(header.upgraded_at),
        };
        execute_request::execute_request(around, id, request, ctx.now)
    }

    /// Refuses a chunk that a member may not put before the governor.
    pub fn check_chunk(&self, ctx: &Ctx, chunk: &[u8]) -> Result<(), RecoveryError> {
        self.gate(ctx, Class::New)?;
        self.need_member(ctx)?;
        let bytes = chunk.len();
        if bytes == 0 || bytes > limits::MAX_CHUNK_BYTES {
            return Err(InputFault::Chunk { bytes }.into());
        }
        Ok(())
    }

    /// Refuses whoever may not have the staged chunks removed now.
    pub fn check_clearing(&self, ctx: &Ctx) -> Result<(), RecoveryError> {
        self.gate(ctx, Class::Ordinary)?;
        self.need_member(ctx)?;
        match self.totals().running {
            Some((id, _)) => Err(StateFault::Running { id: id.into() }.into()),
            None => Ok(()),
        }
    }

    /// A chunk was staged.
    pub fn note_chunk(&mut self, ctx: &Ctx, hash: Hash) -> Receipt {
        self.record(&[Event::new(EventKind::ChunkStaged, 0).digest(hash)], ctx)
    }

    /// The staged chunks were removed.
    pub fn note_cleared(&mut self, ctx: &Ctx) -> Receipt {
        self.record(&[Event::new(EventKind::ChunksCleared, 0)], ctx)
    }

    fn begin_ordinary(
        &self,
        ctx: &Ctx,
        number: u64,
    ) -> Result<(RequestId, Request), RecoveryError> {
        self.gate(ctx, Class::Ordinary)?;
        self.need_member(ctx)?;
        self.request(number)
    }
}
