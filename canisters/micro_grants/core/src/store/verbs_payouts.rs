//! Verbs that queue money, and what becomes of it. What happens by itself is in `payouts`.

use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::records::Role;
use crate::rules::{Change, Ctx, claim_stream, payout_progress, request_payout, retry_payout};
use crate::store::{Receipt, Request, Store};
use crate::types::PayoutId;
use granary_kernel::Class;

impl<M: Memory + 'static> Store<M> {
    /// Asks for an accepted milestone, or for a lump sum.
    pub fn request_payout(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        milestone: Option<u64>,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        let mut print = Fingerprinter::new("request_payout");
        print.write_u64(grant).write_u64(milestone.unwrap_or(u64::MAX));
        let request = key.map(|key| Request { key, print: print.finish() });
        self.run(ctx, Class::Outflow, request, |store| {
            let view = store.grant_view(grant)?;
            let step = milestone.map(|index| store.milestone(view.id, index)).transpose()?;
            let step = step.as_ref().map(|(index, step)| (*index, step));
            request_payout::request_payout(&view, store.payout_desk(ctx), step, ctx)
        })
    }

    /// Asks for what has vested and was not claimed.
    pub fn claim_stream(&mut self, ctx: &Ctx, grant: u64) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Outflow, None, |store| {
            let view = store.grant_view(grant)?;
            claim_stream::claim_stream(&view, store.payout_desk(ctx), ctx)
        })
    }

    /// The payout was handed to `execution` as the transfer intent `intent`.
    pub fn send_payout(
        &mut self,
        ctx: &Ctx,
        payout: u64,
        intent: u64,
    ) -> Result<Receipt, GrantError> {
        self.on_payout(ctx, payout, |view| payout_progress::send_payout(view, intent))
    }

    /// Money moved in ledger block `block`.
    pub fn settle_payout(
        &mut self,
        ctx: &Ctx,
        payout: u64,
        block: u64,
    ) -> Result<Receipt, GrantError> {
        self.on_payout(ctx, payout, |view| payout_progress::settle_payout(view, block, ctx.now))
    }

    /// Money did not move, because of `why`; `quarantine` asks for a person.
    pub fn fail_payout(
        &mut self,
        ctx: &Ctx,
        payout: u64,
        quarantine: bool,
        why: &str,
    ) -> Result<Receipt, GrantError> {
        self.on_payout(ctx, payout, |view| payout_progress::fail_payout(view, quarantine, why))
    }

    /// `execution` knows its intent no more: it is handed over again, under the same key.
    pub fn forget_intent(&mut self, ctx: &Ctx, payout: u64) -> Result<Receipt, GrantError> {
        self.on_payout(ctx, payout, payout_progress::forget_intent)
    }

    /// A person wants a payout that failed to be handed over again.
    pub fn retry_payout(&mut self, ctx: &Ctx, payout: u64) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Outflow, None, |store| {
            let view = store.progress_view(payout)?;
            let is_treasurer = store.has_role(Role::Treasurer, &ctx.actor);
            retry_payout::retry_payout(&view, is_treasurer, ctx)
        })
    }

    fn payout_desk(&self, ctx: &Ctx) -> request_payout::View {
        request_payout::View {
            is_treasurer: self.has_role(Role::Treasurer, &ctx.actor),
            next: PayoutId::from_slot(self.payouts.len()),
        }
    }

    fn on_payout(
        &mut self,
        ctx: &Ctx,
        payout: u64,
        decide: impl FnOnce(&payout_progress::View) -> Result<Change, GrantError>,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Finish, None, |store| decide(&store.progress_view(payout)?))
    }

    fn progress_view(&self, payout: u64) -> Result<payout_progress::View, GrantError> {
        let (id, head) = self.payout(payout)?;
        let grant = self.grant_view(head.grant.wire())?;
        let milestone = head
            .milestone
            .map(|index| self.milestone(grant.id, index.into()))
            .transpose()?
            .map(|(_, step)| step);
        let (event, _) = self.journal_head();
        Ok(payout_progress::View { id, head, grant, milestone, event })
    }
}
