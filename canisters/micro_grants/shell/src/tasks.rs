//! What happens by itself. The common jobs are the suite's ([`granary_env::suite::tasks`]); the
//! core's own are the clock of applications and grants. The shell adds none yet: payouts wait for
//! the canister that sends them.
//!
//! | job | kind | every | bound | repeating it |
//! |---|---|---|---|---|
//! | clock of an application | 1 | when due | 100 a beat | a look in vain changes nothing |
//! | clock of a grant | 2 | when due | 100 a beat | a look in vain changes nothing |

use granary_env::suite::tasks::OWN_JOBS;
use micro_grants_core::store::{CLOCK_APPLICATION, CLOCK_GRANT};

/// The core's kinds lie below the suite's and the shell's, for ever: they are stored.
const _: () = assert!(CLOCK_APPLICATION < CLOCK_GRANT && CLOCK_GRANT < OWN_JOBS);
