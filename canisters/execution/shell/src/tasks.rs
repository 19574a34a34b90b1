//! The shell's own jobs. The truth is the job table in stable memory.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | the next step of an intent | when due | one call, 20 in a beat | goes on from what is stored |
//! | the blocks of an asset since a restore | when due | 100 blocks | goes on from its place |
//! | the guard is told who did not answer | eight, or a minute | eight calls | tells the rest |

use core::cell::Cell;

use execution_core::errors::ExecutionError;
use execution_core::limits::{CALL_LEASE, CALLS_PER_BEAT};
use execution_core::store::{GUARD, LOOKBACK, LookStep, PAY, Step, TELL};
use granary_env::message;
use granary_env::suite::tasks::unknown;
use granary_errors::Error;
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::{Duration, Timestamp};

use crate::flows;
use crate::ports::Platform;
use crate::state::Hands;

/// How soon what did not fit a beat goes on.
const NEXT_BEAT: Duration = Duration::seconds(1);

thread_local! {
    /// The beat that is running, and the calls it began.
    static BEAT: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
}

/// Runs a due job of this shell.
pub fn run(store: &mut Hands, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    if !has_room(ctx) {
        return Ok(Some(ctx.now.saturating_add(NEXT_BEAT)));
    }
    match job.name.kind {
        PAY => pay(store, ctx, job.name.key).map_err(text),
        LOOKBACK => look(store, ctx, job.name.key).map_err(text),
        TELL => Ok(tell(store, ctx)),
        _ => Err(unknown(job)),
    }
}

fn text(error: ExecutionError) -> String {
    Error::from(error).to_string()
}

/// The next step of an intent. What is asked is written down in this message, which sends it: both
/// happen or neither.
fn pay(store: &mut Hands, ctx: &Ctx, intent: u64) -> Result<Option<Timestamp>, ExecutionError> {
    Ok(match store.begin_step(ctx, intent)? {
        Step::Over => None,
        Step::Wait(at) => Some(at),
        Step::Call(ticket) => {
            count_call(ctx);
            let lease_until = ticket.lease_until;
            ic_cdk::futures::spawn(async move { flows::pay::run(&Platform, &ticket).await });
            Some(lease_until)
        }
    })
}

fn look(store: &mut Hands, ctx: &Ctx, asset: u64) -> Result<Option<Timestamp>, ExecutionError> {
    Ok(match store.begin_look(ctx, asset)? {
        LookStep::Over => None,
        LookStep::Wait(at) => Some(at),
        LookStep::Call(ticket) => {
            count_call(ctx);
            ic_cdk::futures::spawn(async move { flows::look::run(&Platform, &ticket).await });
            Some(ctx.now.saturating_add(CALL_LEASE))
        }
    })
}

fn tell(store: &Hands, ctx: &Ctx) -> Option<Timestamp> {
    // Without a guard nothing is paid, so nobody is silent for long.
    let guard = store.base().peer(GUARD)?;
    flows::tell::hand_out(ctx.now, message::instructions, |silence| {
        count_call(ctx);
        ic_cdk::futures::spawn(async move { flows::tell::run(&Platform, guard, silence).await });
    });
    flows::tell::due(ctx.now)
}

/// True while the running beat may begin another call.
fn has_room(ctx: &Ctx) -> bool {
    let (beat, calls) = BEAT.get();
    beat != ctx.now.as_nanos() || calls < CALLS_PER_BEAT
}

fn count_call(ctx: &Ctx) {
    let now = ctx.now.as_nanos();
    let (beat, calls) = BEAT.get();
    BEAT.set((now, if beat == now { calls.saturating_add(1) } else { 1 }));
}

#[cfg(test)]
mod tests {
    use candid::Principal;

    use super::*;

    #[test]
    fn a_beat_begins_so_many_calls_and_the_next_one_as_many_again() {
        let at = |seconds| Ctx {
            now: Timestamp::from_secs(seconds).expect("small"),
            actor: Principal::anonymous(),
            trace_id: 0,
        };
        for _ in 0..CALLS_PER_BEAT {
            assert!(has_room(&at(7)));
            count_call(&at(7));
        }
        assert!(!has_room(&at(7)));
        assert!(has_room(&at(8)));
        count_call(&at(8));
        assert!(has_room(&at(8)));
    }
}
