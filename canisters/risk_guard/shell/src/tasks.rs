//! The shell's own jobs. The truth is the job table in stable memory.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | ask the books for the treasury | 5 min, later after silence | five calls | asks again |
//! | look at the canister itself | 5 min | O(1) | raises what is raised again |

use granary_env::message;
use granary_env::suite::tasks::unknown;
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::{Duration, Timestamp};
use risk_guard_core::limits;
use risk_guard_core::rules::alert::Vitals;
use risk_guard_core::rules::treasury::Because;
use risk_guard_core::store::{REFRESH_JOB, WATCH};

use crate::flows;
use crate::ports::BooksAt;
use crate::state::Guard;

/// How often the canister looks at itself.
const WATCH_EVERY: Duration = Duration::seconds(300);
/// How soon after its start, or after a look amid a drain, it asks the books.
const SOON: Duration = Duration::seconds(5);
/// Bytes of heap a 32-bit canister can have.
const HEAP_LIMIT: u128 = 4 << 30;
/// Bytes of stable memory the regions can take.
const STABLE_LIMIT: u128 = 64 << 30;

/// Puts the jobs of this shell into the table.
pub fn ensure(store: &mut Guard, ctx: &Ctx) {
    store.ensure_job(WATCH, 0, ctx.now.saturating_add(WATCH_EVERY));
    if store.base().peer("portfolio").is_some() {
        store.ensure_job(REFRESH_JOB, 0, ctx.now.saturating_add(SOON));
    }
}

/// Runs a due job of this shell. Amid a drain nothing is asked and no alert is raised or cleared:
/// a release compares the state before and after.
pub fn run(store: &mut Guard, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    let is_draining = store.drain(ctx.now).is_some();
    match job.name.kind {
        REFRESH_JOB | WATCH if is_draining => Ok(Some(ctx.now.saturating_add(SOON))),
        REFRESH_JOB => Ok(refresh(store, ctx)),
        WATCH => {
            watch(store, ctx);
            Ok(Some(ctx.now.saturating_add(WATCH_EVERY)))
        }
        _ => Err(unknown(job)),
    }
}

/// Begins a question and lets it go on by itself. Without books there is nothing to ask: telling
/// the peer puts the job into the table again.
fn refresh(store: &mut Guard, ctx: &Ctx) -> Option<Timestamp> {
    store.base().peer("portfolio")?;
    if let Ok((portfolio, ticket)) = store.begin_refresh(ctx, Because::Time) {
        ic_cdk::futures::spawn(async move {
            // What came of it is in the journal and in the treasury's row.
            let _ = flows::refresh::run(&BooksAt(portfolio), ticket).await;
        });
    }
    Some(ctx.now.saturating_add(limits::REFRESH_EVERY))
}

fn watch(store: &mut Guard, ctx: &Ctx) {
    let share = |used: u64, limit: u128| {
        u128::from(used).saturating_mul(10_000).checked_div(limit).unwrap_or(0)
    };
    let heap = share(message::heap_bytes(), HEAP_LIMIT);
    let stable = share(message::stable_bytes(), STABLE_LIMIT);
    let cycles = message::cycles();
    let seen = Vitals {
        memory_bps: heap.max(stable),
        cycles: cycles.get(),
        runway_days: store.watch().runway_days(cycles),
        slowest_ns: flows::refresh::slowest_ns(),
    };
    store.observe(ctx, &seen);
}
