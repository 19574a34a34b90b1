//! The shell's own jobs. The truth is the job table in stable memory.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | ask for a price | as its source says, later after refusals | one call | asks again |
//! | reconcile an asset | an hour, sooner after failure or difference | 2,000 blocks | goes on |

use granary_env::suite::tasks::unknown;
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use portfolio_core::errors::PortfolioError;
use portfolio_core::store::{PRICE, RECONCILE};

use crate::flows;
use crate::ports::LedgerAt;
use crate::state::Books;

/// Runs a due job of this shell.
pub fn run(store: &mut Books, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    match job.name.kind {
        RECONCILE => Ok(reconcile(store, ctx, job.name.key)),
        PRICE => Ok(flows::refresh_price::by_job(store, ctx, job.name.key)),
        _ => Err(unknown(job)),
    }
}

/// Begins a run and lets it go on by itself; while it runs the job waits for the next time, and the
/// end of the run moves that time when it must be sooner.
fn reconcile(store: &mut Books, ctx: &Ctx, asset: u64) -> Option<Timestamp> {
    match store.begin_reconcile(ctx, asset) {
        Ok((ticket, _)) => ic_cdk::futures::spawn(async move {
            // The end of the run is in the journal and in the asset's row.
            let _ = flows::reconcile::run(&LedgerAt(ticket.ledger), ticket).await;
        }),
        // A retired asset is not looked at any more.
        Err(PortfolioError::State(_)) => return None,
        // A drain, a migration, or a run somebody asked for: later.
        Err(_) => {}
    }
    Some(ctx.now.saturating_add(store.config().reconcile_every))
}
