//! The shell's own jobs. The truth is the job table in stable memory.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | the next step of an execution | when due | one call | goes on from what is stored |
//! | the next step of a rehearsal | when due | one call | goes on from what is stored |
//! | the look around | ten minutes | two calls for each target | looks again |

use candid::CandidType;
use governor_core::errors::GovernorError;
use governor_core::records::run::RunKind;
use governor_core::rules::run::ask::Ask;
use governor_core::store::{EXECUTE, REHEARSE, Step, WATCH};
use granary_api::governor as g;
use granary_env::suite::tasks::unknown;
use granary_errors::Error;
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::{Duration, Timestamp};

use crate::flows;
use crate::ports::Platform;
use crate::state::Constitution;

/// How often code and controllers of the targets are looked at.
const WATCH_EVERY: Duration = Duration::seconds(600);
/// How soon they are looked at first.
const WATCH_FIRST: Duration = Duration::seconds(60);

/// Puts the look around into the table. Executions and rehearsals are there as long as they run.
///
/// The first beat after an upgrade also has Candid make the types of what people send most: it
/// makes them once, and whoever called first would pay for all.
pub fn ensure(store: &mut Constitution, ctx: &Ctx) {
    g::CreateProposalArgs::ty();
    g::VoteArgs::ty();
    store.ensure_job(WATCH, 0, ctx.now.saturating_add(WATCH_FIRST));
}

/// Runs a due job of this shell.
pub fn run(store: &mut Constitution, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    match job.name.kind {
        EXECUTE => step(store, ctx, RunKind::Execution, job.name.key).map_err(text),
        REHEARSE => step(store, ctx, RunKind::Rehearsal, job.name.key).map_err(text),
        WATCH => Ok(Some(watch(ctx))),
        _ => Err(unknown(job)),
    }
}

fn text(error: GovernorError) -> String {
    Error::from(error).to_string()
}

/// The next step. What is asked is written down in this message, which sends it: both happen or
/// neither.
fn step(
    store: &mut Constitution,
    ctx: &Ctx,
    kind: RunKind,
    proposal: u64,
) -> Result<Option<Timestamp>, GovernorError> {
    Ok(match store.begin_step(ctx, kind, proposal)? {
        Step::Over => None,
        Step::Wait(at) => Some(at),
        Step::Call(ticket) => {
            let lease_until = ticket.lease_until;
            let chunk = match &ticket.ask {
                Ask::UploadChunk { module, place } => store.chunk(module, *place),
                _ => None,
            };
            ic_cdk::futures::spawn(async move {
                flows::run::run(&Platform, &ticket, chunk).await;
            });
            Some(lease_until)
        }
    })
}

fn watch(ctx: &Ctx) -> Timestamp {
    ic_cdk::futures::spawn(async { flows::watch::run(&Platform).await });
    ctx.now.saturating_add(WATCH_EVERY)
}
