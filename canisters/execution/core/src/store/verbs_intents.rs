//! Verbs of whoever wants something paid, and of whoever wakes what waits.

use granary_kernel::{Class, Ctx, Fault, NO_ROOM, Receipt};
use granary_stable::list::Direction;
use ic_stable_structures::Memory;

use crate::errors::{AccessFault, ExecutionError};
use crate::limits;
use crate::records::{Event, EventKind, OrphanRow, OrphanState, Role, STATE_LIST, Totals};
use crate::rules::submit_intent::{self, Submission};
use crate::rules::{Change, Work, lookback, people};
use crate::store::commit::list_of;
use crate::store::{PAY, Store};
use crate::types::{IntentId, IntentState, OrphanId};
use granary_resilience::limiter::Limited;
use granary_resilience::recovery::RecoveryContext;

impl<M: Memory + 'static> Store<M> {
    /// Refuses whoever may submit nothing now, before an argument is read.
    pub fn may_submit(&self, ctx: &Ctx) -> Result<(), Fault> {
        self.gate(ctx, Class::Outflow)?;
        self.need_role(ctx, submit_intent::SUBMITTERS)
    }

    /// Takes an intent. The same key with the same arguments answers the same, for ever.
    pub fn submit_intent(
        &mut self,
        ctx: &Ctx,
        input: &Submission,
    ) -> Result<Receipt, ExecutionError> {
        self.may_submit(ctx)?;
        submit_intent::check_key(&input.key)?;
        // No intent was ever taken without these, so what lacks them needs no search.
        submit_intent::check(input)?;
        let (asset, asset_row) = self.asset(input.asset)?;
        let memo = submit_intent::memo(&ctx.actor, &input.key);
        if let Some((id, row)) = self.intent_of(&memo) {
            if !submit_intent::is_same(&row, input) {
                return Err(Fault::IdempotencyConflict.into());
            }
            return Ok(Receipt { id: row.wire(id), event: row.event, at: row.created_at });
        }
        let has_role = self.has_role(submit_intent::role_of(&input.origin), &ctx.actor);
        let totals = self.totals();
        let generation = self.generation(&totals, ctx);
        let row =
            submit_intent::submit_intent(input, asset, &asset_row, has_role, generation, ctx)?;
        let id = self.room(&totals)?;
        self.spend(ctx)?;
        self.keep_generation(totals, generation);
        let (event, _) = self.journal_head();
        let row = crate::records::IntentRow { event, ..row };
        let memo_start = memo.first_chunk().copied().unwrap_or_default();
        let trouble = RecoveryContext::new(u64::from_be_bytes(memo_start));
        let mut work = Work::new(id, row, asset_row, trouble, ctx.now);
        work.events.push(submit_intent::created(&row, row.wire(id)));
        work.due = Some(ctx.now);
        let claimed = self.forgotten(&memo);
        if let Some((_, orphan)) = &claimed {
            claim(&mut work, orphan);
        }
        let mut change = work.finish();
        if claimed.is_none() {
            // A new intent sets nothing aside yet.
            change.asset = None;
        }
        let receipt = self.commit(change, ctx);
        if let Some((orphan_id, orphan)) = claimed {
            self.note_claim(ctx, id, orphan_id, orphan);
        }
        Ok(receipt)
    }

    /// The place of a new intent.
    fn room(&self, totals: &Totals) -> Result<IntentId, ExecutionError> {
        let full = |what, max| ExecutionError::from(Fault::Full { what, max });
        if self.intents.len() >= limits::MAX_INTENTS {
            return Err(full("the table of intents", limits::MAX_INTENTS));
        }
        if totals.open() >= limits::MAX_OPEN {
            return Err(full("the list of intents on their way", limits::MAX_OPEN));
        }
        IntentId::from_slot(self.intents.len())
            .ok_or_else(|| full("the table of intents", limits::MAX_INTENTS))
    }

    fn spend(&mut self, ctx: &Ctx) -> Result<(), ExecutionError> {
        match self.quotas.spend(&limits::SUBMISSIONS, ctx.actor, 1, ctx.now) {
            Ok(_) => Ok(()),
            Err(Limited::Until(at)) => {
                let retry_after_ns = at.saturating_since(ctx.now).as_nanos();
                Err(Fault::RateLimited { what: "intents of the submitter", retry_after_ns }.into())
            }
            Err(Limited::Never { .. }) => {
                let retry_after_ns = limits::SUBMISSIONS.regain.as_nanos();
                Err(Fault::RateLimited { what: "intents of the submitter", retry_after_ns }.into())
            }
        }
    }

    /// The generation of the next number: after a restore a new one, named by the time, because
    /// nothing that is stored tells how often the same snapshot was restored.
    fn generation(&self, totals: &Totals, ctx: &Ctx) -> u32 {
        if totals.restores == self.header().restore_epoch {
            return totals.generation;
        }
        let seconds = u32::try_from(ctx.now.as_secs()).unwrap_or(u32::MAX);
        seconds.max(totals.generation.saturating_add(1))
    }

    fn keep_generation(&mut self, mut totals: Totals, generation: u32) {
        let restores = self.header().restore_epoch;
        if totals.restores != restores {
            (totals.generation, totals.restores) = (generation, restores);
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
    }

    fn note_claim(&mut self, ctx: &Ctx, intent: IntentId, id: OrphanId, row: OrphanRow) {
        let event = Event::new(EventKind::OrphanResolved, id.wire());
        let event = event.name("claimed").number(intent.wire());
        let row = OrphanRow { state: OrphanState::Claimed, intent: Some(intent), ..row };
        let change = Change { orphan: Some((id, row)), events: vec![event], ..Change::default() };
        self.commit(change, ctx);
    }

    /// Takes an intent back before it is sent: its submitter, or an operator or governor.
    pub fn cancel_intent(
        &mut self,
        ctx: &Ctx,
        intent: u64,
        reason: &str,
    ) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Ordinary)?;
        granary_kernel::checks::text("reason", reason, limits::MAX_REASON_BYTES)?;
        let officials = [Role::Treasurer, Role::Operator, Role::Governor];
        let is_official = officials.iter().any(|role| self.has_role(*role, &ctx.actor));
        let (id, row) = self.intent(intent)?;
        if row.initiator != ctx.actor && !is_official {
            let or = "Treasurer, Operator or Governor";
            return Err(AccessFault::NotInitiator { or }.into());
        }
        let work = self.work(id, &row, ctx.now);
        self.need_known(&work)?;
        let change = people::cancel(work, reason)?;
        Ok(self.commit(change, ctx))
    }

    /// Wakes the intents that have been ready longest, at most `limit`.
    pub fn execute_ready(&mut self, ctx: &Ctx, limit: u32) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Outflow)?;
        self.need_role(ctx, &[Role::Operator, Role::Treasurer])?;
        let limit = granary_kernel::checks::page(limit, limits::MAX_BATCH)?;
        let totals = self.totals();
        let state = IntentState::Ready;
        let anchor = totals.lists.get(state.at()).copied().unwrap_or_default();
        let slots = STATE_LIST
            .page(&self.intents, list_of(state), &anchor, None, limit, Direction::Forward)
            .unwrap_or_default();
        let count = u64::try_from(slots.len()).unwrap_or(u64::MAX);
        for id in slots.into_iter().filter_map(IntentId::from_slot) {
            let Some(row) = self.intent_at(id) else { continue };
            let mut change = people::wake(self.work(id, &row, ctx.now));
            change.events.clear();
            self.commit(change, ctx);
        }
        let event = Event::new(EventKind::IntentsWoken, 0).number(count);
        Ok(self.record(&[event], ctx))
    }

    /// Has one intent looked at now, whatever it waits for.
    pub fn reconcile_intent(&mut self, ctx: &Ctx, intent: u64) -> Result<Receipt, ExecutionError> {
        self.gate(ctx, Class::Finish)?;
        self.need_role(ctx, &[Role::Operator, Role::Treasurer, Role::Governor])?;
        let (id, row) = self.intent(intent)?;
        let name = granary_stable::jobs::JobRef { kind: PAY, key: id.wire() };
        // A dead letter begins anew; one that waits is due now.
        self.requeue_job(name, ctx.now).ok();
        let change = people::wake(self.work(id, &row, ctx.now));
        Ok(self.commit(change, ctx))
    }
}

/// The intent was paid before it was forgotten: it is settled by that payment, or people look.
fn claim(work: &mut Work, orphan: &OrphanRow) {
    let same = orphan.asset == work.row.asset
        && orphan.to == work.row.to.outside()
        && orphan.amount == work.row.amount;
    if same {
        lookback::pay(work, orphan.block, orphan.fee);
    } else {
        work.quarantine("a forgotten payment with its memo pays something else");
    }
}
