//! The shell's own jobs. The truth is the job table in stable memory.
//!
//! | job | every | bound | repeating it |
//! |---|---|---|---|
//! | the next step of an execution | when due | one call | looks at the governor's status first |
//! | the governor is asked how it is | 10 min | one call | asks again |

use granary_env::suite::tasks::unknown;
use granary_errors::Error;
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::Timestamp;
use recovery_core::limits::WATCH_EVERY;
use recovery_core::store::{Begun, EXECUTE, WATCH};

use crate::flows;
use crate::state::Healer;

/// Runs a due job of this shell. What is asked is written down in this message, which sends it:
/// both happen or neither.
pub fn run(store: &mut Healer, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    match job.name.kind {
        EXECUTE => {
            let begun = store.begin_step(ctx, job.name.key);
            Ok(match begun.map_err(|error| Error::from(error).to_string())? {
                Begun::Over => None,
                Begun::Wait(at) => Some(at),
                Begun::Call(ticket) => {
                    let lease_until = ticket.lease_until;
                    ic_cdk::futures::spawn(async move { flows::step::run(&ticket).await });
                    Some(lease_until)
                }
            })
        }
        WATCH => {
            let target = store.config().target;
            ic_cdk::futures::spawn(flows::watch::run(target));
            Ok(Some(ctx.now.saturating_add(WATCH_EVERY)))
        }
        _ => Err(unknown(job)),
    }
}
