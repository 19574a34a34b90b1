//! What happens by itself. The common jobs are the suite's ([`granary_env::suite::tasks`]); the
//! core's own are the clock of applications and grants.
//!
//! | job | kind | every | bound | repeating it |
//! |---|---|---|---|---|
//! | clock of an application | 1 | when due | 100 a beat | a look in vain changes nothing |
//! | clock of a grant | 2 | when due | 100 a beat | a look in vain changes nothing |
//! | see to a payout | 200 | when due, later after a try | one call | asks again, same key |
//! | put missing jobs of payouts back | 201 | after an upgrade, a new peer | 500 rows | goes on |

use granary_env::suite::tasks::{OWN_JOBS, unknown};
use granary_kernel::Ctx;
use granary_stable::jobs::Job;
use granary_units::{Duration, Timestamp};
use micro_grants_core::store::{CLOCK_APPLICATION, CLOCK_GRANT, PAYOUT, PAYOUT_WALK};

use crate::flows;
use crate::state::Grants;

/// The core's kinds lie below the suite's and the shell's, for ever: they are stored.
const _: () = assert!(CLOCK_APPLICATION < CLOCK_GRANT && CLOCK_GRANT < OWN_JOBS);
const _: () = assert!(PAYOUT == OWN_JOBS && PAYOUT_WALK == OWN_JOBS + 1);

/// How soon the walk over the payouts begins. Anybody may ask for it, so it is not at once: asking
/// again meanwhile is asking once.
const WALK_AFTER: Duration = Duration::seconds(60);

/// Puts the shell's own jobs into the table.
pub fn ensure(store: &mut Grants, ctx: &Ctx) {
    store.ensure_payout_walk(ctx.now.saturating_add(WALK_AFTER));
}

/// Runs a due job of this shell.
pub fn run(store: &mut Grants, ctx: &Ctx, job: &Job) -> Result<Option<Timestamp>, String> {
    match job.name.kind {
        PAYOUT => flows::payout::by_job(store, ctx, job.name.key),
        PAYOUT_WALK => {
            store.walk_payouts(ctx, job.name.key);
            Ok(None)
        }
        _ => Err(unknown(job)),
    }
}
