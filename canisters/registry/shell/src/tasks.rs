//! What happens by itself. The common jobs are the suite's ([`granary_env::suite::tasks`]); the
//! core's own are the queue of registrations and the clock of roles. The shell adds none.
//!
//! | job | kind | every | bound | repeating it |
//! |---|---|---|---|---|
//! | expiry of registrations | 1 | when due | 20 people a run | who is closed is gone |
//! | clock of a role grant | 2 | when due | 100 a beat | a look in vain changes nothing |

use granary_env::suite::tasks::OWN_JOBS;
use registry_core::store::{EXPIRE_PENDING, ROLE_CLOCK};

/// The core's kinds lie below the suite's and the shell's, for ever: they are stored.
const _: () = assert!(EXPIRE_PENDING < ROLE_CLOCK && ROLE_CLOCK < OWN_JOBS);
