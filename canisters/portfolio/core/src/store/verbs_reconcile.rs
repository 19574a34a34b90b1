//! One reconciliation, step by step: each decides over what is stored when its answer is there.

use granary_kernel::{Class, Ctx, Receipt};
use granary_resilience::retry::RetryPolicy;
use granary_units::Bps;
use ic_stable_structures::Memory;

use crate::errors::{LedgerFault, PortfolioError};
use crate::records::{ExternalRef, LedgerAccount, ReconciliationRow};
use crate::rules::reconcile::{self, Block, Sight, Verdict, View};
use crate::store::Store;
use crate::types::{AssetId, Duration, Principal, Timestamp};

/// Job kind: an asset is to be reconciled. Key: the asset.
pub const RECONCILE: u16 = 200;

/// How a run that failed is tried again; it never gives up, the wait only grows to its cap.
const RETRY: RetryPolicy = RetryPolicy {
    first_delay: Duration::seconds(30),
    factor: 2,
    max_delay: Duration::seconds(3_600),
    max_attempts: u32::MAX,
    jitter: JITTER,
};

const JITTER: Bps = match Bps::new(2_000) {
    Ok(share) => share,
    Err(_) => Bps::ZERO,
};

/// A run that may ask the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The asset.
    pub asset: AssetId,
    /// Its number; every answer names it.
    pub run: u64,
    /// Whom to ask.
    pub ledger: Principal,
    /// About which account.
    pub treasury: LedgerAccount,
    /// Decimal places the books count with.
    pub decimals: u8,
    /// The first block to look at.
    pub next_block: u64,
}

/// Where a run stands after some blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The next block to look at.
    pub next_block: u64,
    /// True when that block is too young to be booked: the rest waits.
    pub waits: bool,
}

impl<M: Memory + 'static> Store<M> {
    /// Begins a run: the intent is in the journal before anybody is asked.
    pub fn begin_reconcile(
        &mut self,
        ctx: &Ctx,
        asset: u64,
    ) -> Result<(Ticket, Receipt), PortfolioError> {
        let receipt = self.verb(ctx, Class::New, None, |store| {
            if store.is_migrating() {
                return Err(granary_kernel::Fault::Migrating { what: "the books" }.into());
            }
            reconcile::begin(&store.reconcile_view(asset)?, ctx)
        })?;
        let view = self.reconcile_view(asset)?;
        let no_ledger = crate::errors::StateFault::NoLedger { asset };
        let ticket = Ticket {
            asset: view.id,
            run: view.row.runs,
            ledger: view.asset.ledger().ok_or(no_ledger)?,
            treasury: view.asset.treasury,
            decimals: view.asset.decimals,
            next_block: view.row.next_block,
        };
        Ok((ticket, receipt))
    }

    /// Takes blocks in order, up to the first whose entry may still come. A refused block ends
    /// the run's part: what came before it is kept.
    pub fn take_blocks(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        run: u64,
        blocks: &[Block],
    ) -> Result<Progress, PortfolioError> {
        self.gate(ctx, Class::Finish)?;
        let mut view = self.reconcile_view(asset)?;
        reconcile::need_run(&view.row, run)?;
        let mut outcome = Ok(false);
        for block in blocks {
            outcome = self.take_block(ctx, &mut view, block);
            if outcome != Ok(false) {
                break;
            }
        }
        self.put_reconciliation(view.id, &view.row);
        outcome.map(|waits| Progress { next_block: view.row.next_block, waits })
    }

    /// Takes one block; true when it has to wait.
    fn take_block(
        &mut self,
        ctx: &Ctx,
        view: &mut View,
        block: &Block,
    ) -> Result<bool, PortfolioError> {
        reconcile::check_block(&view.row, block)?;
        let reference = ExternalRef::Icrc { asset: view.id, block: block.index };
        let booked = block.effect.is_some() && self.entry_of(&reference).is_some();
        match reconcile::judge(view, block, booked, ctx) {
            Verdict::Wait => return Ok(true),
            Verdict::Pass => {}
            Verdict::Book(input) => {
                let change = self.decide_entry(&input, ctx).map_err(as_range)?;
                let entry = change.entry.as_ref().map(|entry| entry.id);
                self.commit(change, ctx);
                view.asset = self.asset_row(view.id);
                view.row.explained = view.row.explained.saturating_add(1);
                view.row.newest_entry = entry;
            }
        }
        view.row.next_block = block.index.saturating_add(1);
        view.row.head = Some(block.hash);
        Ok(false)
    }

    /// Compares what the ledger holds with what is booked, and ends the run.
    pub fn settle_reconcile(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        run: u64,
        sight: &Sight,
    ) -> Result<ReconciliationRow, PortfolioError> {
        self.gate(ctx, Class::Finish)?;
        let mut view = self.reconcile_view(asset)?;
        reconcile::need_run(&view.row, run)?;
        let mut settled = reconcile::settle(&view, sight, ctx)?;
        if let Some(input) = settled.unexplained.take() {
            let change = self.decide_entry(&input, ctx).map_err(as_range)?;
            view.row.newest_entry = change.entry.as_ref().map(|entry| entry.id);
            self.commit(change, ctx);
            view.asset = self.asset_row(view.id);
            settled = reconcile::settle(&view, sight, ctx)?;
        }
        self.commit(settled.change, ctx);
        Ok(self.reconciliation(view.id))
    }

    /// Ends a run that got no answer it could use. Answers when it is tried again.
    pub fn fail_reconcile(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        run: u64,
        fault: &LedgerFault,
    ) -> Result<Timestamp, PortfolioError> {
        let view = self.reconcile_view(asset)?;
        reconcile::need_run(&view.row, run)?;
        let attempts = view.row.failures.saturating_add(1);
        let next = ctx.now.saturating_add(RETRY.delay(attempts, view.row.runs));
        self.commit(reconcile::fail(&view, fault, next), ctx);
        Ok(next)
    }

    /// When the asset is looked at next by itself.
    pub fn reconcile_due(&self, asset: AssetId, now: Timestamp) -> Timestamp {
        let name = granary_stable::jobs::JobRef { kind: RECONCILE, key: asset.wire() };
        let every = self.config().reconcile_every;
        self.job(name).map_or(now.saturating_add(every), |job| job.due_at)
    }

    fn reconcile_view(&self, asset: u64) -> Result<View, PortfolioError> {
        let (id, row) = self.asset(asset)?;
        let config = self.config();
        Ok(View {
            id,
            asset: row,
            row: self.reconciliation(id),
            grace: config.reconcile_grace,
            every: config.reconcile_every,
        })
    }
}

/// Only a ledger that lies gets entries of the reconciliation refused.
fn as_range(error: PortfolioError) -> PortfolioError {
    match error {
        PortfolioError::Input(_) | PortfolioError::Funds(_) => LedgerFault::Range.into(),
        PortfolioError::Kernel(granary_kernel::Fault::AmountRange { .. }) => {
            LedgerFault::Range.into()
        }
        PortfolioError::Kernel(_)
        | PortfolioError::Missing(_)
        | PortfolioError::State(_)
        | PortfolioError::Ledger(_)
        | PortfolioError::Proof(_) => error,
    }
}
