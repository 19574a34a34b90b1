//! Payouts on their way: what is to be done about one now, and the jobs that see to it.
//!
//! Each payout that waits for `execution` has one job in the table. A walk over the payouts puts
//! missing jobs back: after an upgrade or an import, and for what was queued before anybody told
//! where `execution` is. It looks at a bounded number in one beat, begins behind those that are
//! settled, and keeps its place in the number of its job.

use granary_kernel::{Class, SHELL_JOBS};
use granary_units::Duration;
use ic_stable_structures::Memory;

use crate::errors::{GrantError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, PayoutHead, PayoutRow, Totals};
use crate::rules::Ctx;
use crate::rules::hand_over::{Order, Step, may_leave};
use crate::store::{Receipt, Store};
use crate::types::{PayoutId, PayoutState, Timestamp};
use granary_kernel::NO_ROOM;

/// Job kind of the shell: see to one payout. Key: the payout.
pub const PAYOUT: u16 = SHELL_JOBS + 100;
/// Job kind of the shell: put missing jobs of payouts back. Key: the payout to go on with; 0 begins
/// behind those that are settled.
pub const PAYOUT_WALK: u16 = SHELL_JOBS + 101;

/// Settled payouts that one change steps over.
const MAX_STEPS: u32 = 1_000;
/// Rows that are looked at for the oldest payout that is not settled.
const MAX_LOOKS: u64 = 32;

const fn waits(state: PayoutState) -> bool {
    matches!(state, PayoutState::Queued | PayoutState::Sent | PayoutState::Quarantined)
}

impl<M: Memory + 'static> Store<M> {
    /// What is to be done about a payout now.
    pub fn payout_step(&self, ctx: &Ctx, payout: u64) -> Result<Step, GrantError> {
        let (_, head) = self.payout(payout)?;
        if !waits(head.state) {
            return Ok(Step::Rest);
        }
        if ctx.now < head.next_at {
            return Ok(Step::Wait(head.next_at));
        }
        let not_now = Step::Wait(ctx.now.saturating_add(limits::PAYOUT_HELD));
        if self.drain(ctx.now).is_some() {
            return Ok(not_now);
        }
        let order = self.order(payout, &head)?;
        match order.intent {
            Some(_) => Ok(Step::Ask(order)),
            None if self.payout_hold(ctx, &head).is_err() => Ok(not_now),
            None => Ok(Step::HandOver(order)),
        }
    }

    /// Why a queued payout may not be handed over now.
    pub fn payout_hold(&self, ctx: &Ctx, head: &PayoutHead) -> Result<(), GrantError> {
        let execution = self.peer("execution")?;
        self.config().portfolio_asset.ok_or(StateFault::AssetUnset)?;
        // Whoever looks does not matter: the canister itself hands over, and no mode that lets
        // some people act lets it.
        self.gate(&Ctx { actor: execution, ..*ctx }, Class::Outflow)?;
        let (_, grant) = self.grant_row(head.grant.wire())?;
        let (_, program) = self.program_head(grant.head.program.wire())?;
        may_leave(&program, &grant.head, ctx.now)
    }

    /// Why a payout stands where it stands, as far as the stored state tells.
    pub fn payout_reason(&self, ctx: &Ctx, head: &PayoutHead) -> Option<String> {
        match head.state {
            PayoutState::Queued => {
                let why = self.payout_hold(ctx, head).err()?;
                Some(granary_errors::Error::from(why).message().to_owned())
            }
            PayoutState::Failed | PayoutState::Quarantined => self.event(head.told?)?.1.name,
            PayoutState::Sent | PayoutState::Settled => None,
        }
    }

    fn order(&self, payout: u64, head: &PayoutHead) -> Result<Order, GrantError> {
        let (grant, row) = self.grant_row(head.grant.wire())?;
        Ok(Order {
            payout,
            grant: grant.wire(),
            milestone: head.milestone,
            from: head.from,
            grantee: row.head.grantee,
            amount: head.amount,
            asset: self.config().portfolio_asset.unwrap_or_default(),
            attempt: head.failures,
            intent: head.intent,
        })
    }

    /// A question about a payout is on its way: nobody else asks before `until`. Answers how often
    /// was asked since it last moved.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub fn begin_payout(&mut self, ctx: &Ctx, payout: u64) -> Result<u32, GrantError> {
        let (id, head) = self.payout(payout)?;
        let (tries, next_at) =
            (head.tries.saturating_add(1), ctx.now.saturating_add(limits::PAYOUT_LEASE));
        self.set_payout(id, PayoutHead { tries, next_at, ..head });
        Ok(tries)
    }

    /// The question of this order changed nothing: the next one comes at `next_at`.
    pub fn put_off_payout(&mut self, order: &Order, next_at: Timestamp) -> Result<(), GrantError> {
        let (id, head) = self.payout(order.payout)?;
        if order.is_current(&head) {
            self.set_payout(id, PayoutHead { next_at, ..head });
            self.ensure_job(PAYOUT, order.payout, next_at);
        }
        Ok(())
    }

    fn set_payout(&mut self, id: PayoutId, head: PayoutHead) {
        if let Some(row) = self.payouts.get(id.slot()) {
            self.payouts.set(id.slot(), &PayoutRow { head, ..row }).expect(NO_ROOM);
        }
    }

    /// Wants the walk over the payouts to begin at `at`, if there is anybody to hand them to.
    pub fn ensure_payout_walk(&mut self, at: Timestamp) {
        if self.can_hand_over() {
            self.ensure_job(PAYOUT_WALK, 0, at);
        }
    }

    fn can_hand_over(&self) -> bool {
        self.base().peer("execution").is_some() && self.config().portfolio_asset.is_some()
    }

    /// One piece of the walk: payouts from `from` on that wait get their job. The next piece is a
    /// job of its own.
    pub fn walk_payouts(&mut self, ctx: &Ctx, from: u64) {
        if !self.can_hand_over() {
            return;
        }
        let totals = self.totals();
        let first = u64::from(self.stepped(&totals).settled_below).saturating_add(1);
        let mut next = from.max(first);
        for _ in 0..limits::PAYOUT_WALK {
            let Ok((_, head)) = self.payout(next) else { return };
            if waits(head.state) {
                self.ensure_job(PAYOUT, next, head.next_at.max(ctx.now));
            }
            next = next.saturating_add(1);
        }
        self.ensure_job(PAYOUT_WALK, next, ctx.now.saturating_add(Duration::seconds(1)));
    }

    /// Says which asset of the books the canister pays with, or forgets it.
    pub fn set_portfolio_asset(
        &mut self,
        ctx: &Ctx,
        asset: Option<u64>,
    ) -> Result<Receipt, GrantError> {
        self.gate(ctx, Class::Governance)?;
        self.need_role(ctx, &[crate::records::Role::Governor])?;
        let mut config = self.config().clone();
        config.portfolio_asset = asset;
        self.set_config(config);
        self.ensure_payout_walk(ctx.now);
        let event = Event { number: asset, ..Event::new(EventKind::PortfolioAssetSet, 0) };
        Ok(self.record(&[event], ctx))
    }
}

impl<M: Memory> Store<M> {
    /// The oldest payout that is not settled.
    pub fn oldest_unsettled(&self, totals: &Totals) -> Option<(PayoutId, PayoutHead)> {
        let first = u64::from(totals.settled_below);
        if first >= self.payouts.len() {
            return None;
        }
        (first..first.saturating_add(MAX_LOOKS)).find_map(|slot| {
            let head = self.payouts.get(slot)?.head;
            (head.state != PayoutState::Settled).then_some((PayoutId::from_slot(slot)?, head))
        })
    }

    /// A payout's row was written: its job, and the figures that depend on its state.
    pub(crate) fn payout_moved(
        &mut self,
        id: PayoutId,
        before: Option<PayoutState>,
        after: PayoutState,
        ctx: &Ctx,
    ) {
        if before == Some(after) {
            return;
        }
        let wired = self.base().peer("execution").is_some();
        if waits(after) && wired && self.config().portfolio_asset.is_some() {
            self.ensure_job(PAYOUT, id.wire(), ctx.now);
        }
        let counted = |state| matches!(state, Some(PayoutState::Failed | PayoutState::Quarantined));
        if !counted(before) && !counted(Some(after)) && after != PayoutState::Settled {
            return;
        }
        let mut totals = self.totals();
        let step = |count: &mut u32, state: PayoutState| {
            *count = count
                .saturating_sub(u32::from(before == Some(state)))
                .saturating_add(u32::from(after == state));
        };
        step(&mut totals.failed, PayoutState::Failed);
        step(&mut totals.quarantined, PayoutState::Quarantined);
        let totals = self.stepped(&totals);
        self.totals.set(0, &totals).expect(NO_ROOM);
    }

    /// The totals with the mark behind the payouts that are settled.
    fn stepped(&self, totals: &Totals) -> Totals {
        let mut totals = *totals;
        for _ in 0..MAX_STEPS {
            let row = self.payouts.get(totals.settled_below.into());
            if row.is_none_or(|row| row.head.state != PayoutState::Settled) {
                break;
            }
            totals.settled_below = totals.settled_below.saturating_add(1);
        }
        totals
    }
}
