//! The blocks of an asset since a restore, page by page (E7).

use granary_kernel::{Class, Ctx, Fault};
use granary_resilience::failure::Failure;
use ic_stable_structures::Memory;

use crate::errors::ExecutionError;
use crate::limits;
use crate::records::{AssetRow, Event, EventKind, OrphanRow, OrphanState};
use crate::rules::lookback::{self, Look, Match};
use crate::rules::scan::{Outgoing, Page, Seen};
use crate::rules::{Change, lookback::accept};
use crate::store::commit::block_place;
use crate::store::views::place_of;
use crate::store::{LOOKBACK, Store};
use crate::types::{AssetId, IntentId, OrphanId, Timestamp};

/// A look that was written down and may be made.
#[derive(Clone, Copy, Debug)]
pub struct LookTicket {
    /// Of which asset.
    pub asset: AssetId,
    /// The asset then.
    pub row: AssetRow,
    /// Which look; the answer names it.
    pub turn: u32,
    /// The first block.
    pub from: u64,
    /// When it is asked: what the ledger answers is from then or later.
    pub asked_at: Timestamp,
}

/// What the shell does about an asset's blocks.
#[derive(Clone, Debug)]
pub enum LookStep {
    /// Nothing more.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask, and bring the answer to [`Store::settle_look`].
    Call(Box<LookTicket>),
}

impl<M: Memory + 'static> Store<M> {
    /// Has the blocks of every asset looked at that a restore hides, whether or not anything waits
    /// for it: what contradicts memory must be seen.
    pub fn ensure_looks(&mut self, ctx: &Ctx) {
        let wanted = self.wanted(ctx.now);
        let hidden: Vec<AssetId> = self
            .all_assets()
            .filter(|(_, row)| !lookback::is_clear(row, wanted))
            .map(|(id, _)| id)
            .collect();
        for id in hidden {
            self.ensure_job(LOOKBACK, id.wire(), ctx.now);
        }
    }

    /// The next look at the blocks of asset `number`.
    pub fn begin_look(&mut self, ctx: &Ctx, number: u64) -> Result<LookStep, ExecutionError> {
        self.gate(ctx, Class::Finish)?;
        let Ok((id, mut row)) = self.asset(number) else { return Ok(LookStep::Over) };
        if self.orphans.len() >= limits::MAX_ORPHANS {
            let max = limits::MAX_ORPHANS;
            return Err(Fault::Full { what: "the list of payments without an intent", max }.into());
        }
        let wanted = self.wanted(ctx.now);
        let (look, event) = lookback::next(id, &mut row, wanted, ctx.now);
        if row != self.asset_row(id) {
            let events: Vec<Event> = event.into_iter().collect();
            self.commit(Change { asset: Some((id, row)), events, ..Change::default() }, ctx);
        }
        Ok(match look {
            Look::Over => LookStep::Over,
            Look::Wait(at) => LookStep::Wait(at),
            Look::Ask { from } => {
                let turn = row.lookback.map_or(0, |look| look.turn);
                LookStep::Call(Box::new(LookTicket {
                    asset: id,
                    row,
                    turn,
                    from,
                    asked_at: ctx.now,
                }))
            }
        })
    }

    /// Takes the blocks of a look: every payment in them is known, settles its intent, or is kept
    /// until somebody explains it. Answers when the next look is due.
    pub fn settle_look(
        &mut self,
        ctx: &Ctx,
        ticket: &LookTicket,
        answer: Result<Page, Failure>,
    ) -> Result<Option<Timestamp>, ExecutionError> {
        self.gate(ctx, Class::Finish)?;
        let (id, mut row) = self.asset(ticket.asset.wire())?;
        let Some(answer) = accept(&mut row, ticket.turn, answer) else { return Ok(None) };
        let page = match answer {
            Ok(page) => page,
            Err(failure) => {
                let at = lookback::failed(&mut row, ctx.now, &failure);
                self.put_asset(id, &row);
                self.ensure_job(LOOKBACK, id.wire(), at);
                return Ok(Some(at));
            }
        };
        let wanted = self.wanted(ctx.now);
        let (again, event) =
            lookback::advance(id, &mut row, &page, ticket.asked_at, wanted, ctx.now);
        let events: Vec<Event> = event.into_iter().collect();
        self.commit(Change { asset: Some((id, row)), events, ..Change::default() }, ctx);
        for seen in &page.blocks {
            if let Some(out) = &seen.outgoing {
                self.take_payment(ctx, id, seen, out);
            }
        }
        if let Some(at) = again {
            self.ensure_job(LOOKBACK, id.wire(), at);
        }
        Ok(again)
    }

    fn take_payment(&mut self, ctx: &Ctx, asset: AssetId, seen: &Seen, out: &Outgoing) {
        let known = out.memo.and_then(|memo| self.intent_of(&memo));
        let Some((id, row)) = known else { return self.take_orphan(ctx, asset, seen, out, None) };
        let compared = if row.asset == asset {
            lookback::compare(&row, seen, out)
        } else {
            Match::Contradicts
        };
        match compared {
            Match::Known => {}
            Match::Contradicts => self.take_orphan(ctx, asset, seen, out, Some(id)),
            Match::Pays => {
                let mut work = self.work(id, &row, ctx.now);
                lookback::pay(&mut work, seen.index, out.fee);
                self.commit(work.finish(), ctx);
            }
        }
    }

    fn take_orphan(
        &mut self,
        ctx: &Ctx,
        asset: AssetId,
        seen: &Seen,
        out: &Outgoing,
        intent: Option<IntentId>,
    ) {
        if self.orphan_index.get(&block_place(asset, seen.index)).is_some() {
            return;
        }
        let Some(id) = OrphanId::from_slot(self.orphans.len()) else { return };
        let memo = out.memo.unwrap_or_default();
        let row = OrphanRow {
            state: OrphanState::Open,
            asset,
            block: seen.index,
            memo,
            to: out.to,
            amount: out.amount,
            fee: out.fee,
            at: seen.at,
            found_at: ctx.now,
            intent,
        };
        let event = Event::new(EventKind::OrphanFound, id.wire()).number(seen.index).digest(memo);
        let events = vec![event];
        self.commit(Change { orphan: Some((id, row)), events, ..Change::default() }, ctx);
    }

    /// The forgotten payment with this memo that nobody claimed yet.
    pub(crate) fn forgotten(&self, memo: &crate::types::Hash) -> Option<(OrphanId, OrphanRow)> {
        if self.orphans.is_empty() {
            return None;
        }
        let id = OrphanId::new(self.orphan_index.get(&place_of(memo))?)?;
        let row = self.orphans.get(id.slot())?;
        let is_free =
            row.memo == *memo && row.state != OrphanState::Claimed && row.intent.is_none();
        is_free.then_some((id, row))
    }
}
