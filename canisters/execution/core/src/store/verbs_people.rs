//! Verbs of people: approvals, standing authorisations, the quarantine, forgotten payments.

use granary_kernel::{Class, Ctx, Receipt, checks};
use ic_stable_structures::Memory;

use crate::errors::{ExecutionError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, OrphanRow, OrphanState, Role};
use crate::rules::quarantine::{self, Finding};
use crate::rules::scan::Seen;
use crate::rules::standing::{self, Grant};
use crate::rules::{Change, people};
use crate::store::Store;
use crate::types::{ApprovalId, AuthorisationId, Hash, Principal};
use granary_kernel::row::damaged;

/// A block that people named and the ledger is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The ledger.
    pub ledger: Principal,
    /// The treasury's account on it.
    pub treasury: crate::types::Account,
    /// The block.
    pub block: u64,
}

impl<M: Memory + 'static> Store<M> {
    /// An approver approves the intent with this digest.
    pub fn approve_intent(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        given: &Hash,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Ordinary)?;
        self.need_role(ctx, &[Role::Approver])?;
        let (id, row) = self.intent(intent)?;
        let (approvals, digest) = (self.approvals_of(&row), self.digest_of(&row));
        let next = ApprovalId::from_slot(self.approvals.len()).unwrap_or_else(damaged);
        let work = self.work(id, &row, ctx.now);
        let change = people::approve(work, &approvals, &digest, given, next, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// An approver takes the approval back.
    pub fn revoke_intent_approval(
        &mut self,
        ctx: &Ctx,
        intent: u64,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Ordinary)?;
        self.need_role(ctx, &[Role::Approver])?;
        let (id, row) = self.intent(intent)?;
        let own = self.approval_by(&row, &ctx.actor);
        let change = people::revoke(self.work(id, &row, ctx.now), own, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// An approver rejects the intent for good.
    pub fn reject_intent(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        reason: &str,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Ordinary)?;
        self.need_role(ctx, &[Role::Approver, Role::Governor])?;
        checks::text("reason", reason, limits::MAX_REASON_BYTES)?;
        let (id, row) = self.intent(intent)?;
        let work = self.work(id, &row, ctx.now);
        self.need_known(&work)?;
        let change = people::reject(work, reason)?;
        Ok(self.commit(change, ctx))
    }

    /// Refuses whoever may give no standing authorisation now.
    pub fn may_authorise(&self, ctx: &Ctx) -> Result<(), granary_kernel::Fault> {
        self.gate(ctx, Class::New)?;
        self.need_role(ctx, &[Role::Treasurer, Role::Governor])
    }

    /// A treasurer or governor lets a submitter pay without asking each time.
    pub fn grant_standing_authorisation(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        input: &Grant,
    ) -> Result<Receipt, ExecutionError> {
        self.may_authorise(ctx)?;
        let held = [Role::Treasurer, Role::Governor]
            .into_iter()
            .find(|role| self.has_role(*role, &ctx.actor));
        let (asset, _) = self.asset(asset)?;
        self.forget_ended(ctx);
        let next = AuthorisationId::from_slot(self.authorisations.len()).unwrap_or_else(damaged);
        let live = self.live.get().map_or(0, |live| live.numbers.len());
        let granted_as = held.unwrap_or_else(damaged);
        let change = standing::grant(input, asset, granted_as, next, live, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// Drops what ended from the list of what may be in force.
    fn forget_ended(&mut self, ctx: &Ctx) {
        let Some(before) = self.live.get().cloned() else { return };
        let mut live = before.clone();
        live.numbers.retain(|number| {
            AuthorisationId::new(*number)
                .is_some_and(|id| self.is_live(&self.authorisation_row(id), ctx.now))
        });
        if live != before {
            self.live.set(Some(live)).expect(granary_kernel::NO_ROOM);
        }
    }

    /// A treasurer or governor takes a standing authorisation back.
    pub fn revoke_standing_authorisation(
        &mut self,
        ctx: &Ctx,
        authorisation: u64,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[Role::Treasurer, Role::Governor])?;
        let (id, row) = self.authorisation(authorisation)?;
        let change = standing::revoke(id, row, ctx)?;
        Ok(self.commit(change, ctx))
    }

    /// What the ledger must be asked before a governor's finding is believed; none when nothing.
    pub fn check_resolution(
        &self,
        ctx: &Ctx,
        intent: u64,
        finding: Finding,
        evidence: &str,
    ) -> Result<Option<Resolution>, ExecutionError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[Role::Governor])?;
        checks::text("evidence", evidence, limits::MAX_REASON_BYTES)?;
        let (id, row) = self.intent(intent)?;
        let work = self.work(id, &row, ctx.now);
        quarantine::check(&work, finding)?;
        self.need_known(&work)?;
        let Finding::Settled { block } = finding else { return Ok(None) };
        let (ledger, treasury) = (work.asset.ledger, work.asset.treasury);
        Ok(Some(Resolution { ledger, treasury, block }))
    }

    /// A governor's finding, with the block the ledger showed when there is one.
    pub fn resolve_quarantine(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        finding: Finding,
        seen: Option<&Seen>,
        evidence: &str,
    ) -> Result<Receipt, ExecutionError> {
        self.check_resolution(ctx, intent, finding, evidence)?;
        let (id, row) = self.intent(intent)?;
        let work = self.work(id, &row, ctx.now);
        let change = match (finding, seen) {
            (Finding::Settled { block }, Some(seen)) if seen.index == block => {
                quarantine::settled(work, seen, evidence)?
            }
            (Finding::Settled { .. }, _) => {
                return Err(StateFault::Evidence { what: "number" }.into());
            }
            (Finding::PayAgain | Finding::GiveUp, _) => {
                quarantine::not_executed(work, finding, evidence)?
            }
        };
        Ok(self.commit(change, ctx))
    }

    /// A governor looked at a payment without an intent: its asset is not held for it any more.
    pub fn acknowledge_orphan(
        &mut self,
        ctx: &Ctx,
        orphan: u64,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[Role::Governor])?;
        let (id, row) = self.orphan(orphan)?;
        if row.state != OrphanState::Open {
            return Err(StateFault::Orphan { actual: row.state }.into());
        }
        let row = OrphanRow { state: OrphanState::Acknowledged, ..row };
        let event = Event::new(EventKind::OrphanResolved, id.wire()).name("acknowledged");
        let change = Change { orphan: Some((id, row)), events: vec![event], ..Change::default() };
        Ok(self.commit(change, ctx))
    }
}
