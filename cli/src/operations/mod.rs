//! The work behind the commands. Everything here speaks to a `Client` and prints nothing.
//!
//! | room | holds |
//! |---|---|
//! | `between` | what must hold between two canisters |
//! | `change` | one change by one person: ask, send, or only say what would be sent |
//! | `connections` | whether the canisters reach each other |
//! | `deploy` | a canister created, installed, upgraded |
//! | `doctor` | what stands in the way, and what mends it |
//! | `drill` | releases under load, on a network of their own |
//! | `round` | grant rounds as files: DAOIP-5, CSV |
//! | `govern` | the suite under its governor: installed, handed over, changed by proposals |
//! | `import` | a file's applications brought into a programme |
//! | `export` | a programme's public report, page by page |
//! | `backup` | snapshots and pages in a folder, proved, and back |
//! | `errand` | what has to be tidied when work on live canisters ends in the middle |
//! | `exporter` | the controller's view of the suite, kept for Prometheus |
//! | `monitor` | the suite at one glance, and who is told when something turns |
//! | `digest` | one hash over the exported state |
//! | `proof` | a balance that needs nobody's word |
//! | `validate` | invariants, hash chain, certificate |
//! | `parallel` | many calls at once |
//! | `rehearse` | a release tried on a copy |
//! | `verify` | whether the network runs the code it should |
//! | `release` | new code for the suite, with a way back |
//! | `wiring` | who may call whom, told to each canister |
//! | `demo` | the whole story on a network of its own |

pub(crate) mod backup;
pub(crate) mod between;
pub(crate) mod change;
pub(crate) mod connections;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod digest;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod errand;
pub(crate) mod export;
pub(crate) mod exporter;
pub(crate) mod govern;
pub(crate) mod import;
pub(crate) mod monitor;
pub(crate) mod parallel;
pub(crate) mod proof;
pub(crate) mod rehearse;
pub(crate) mod release;
pub(crate) mod round;
pub(crate) mod validate;
pub(crate) mod verify;
pub(crate) mod wiring;
