//! The work behind the commands. Everything here speaks to a `Client` and prints nothing.
//!
//! | room | holds |
//! |---|---|
//! | `between` | what must hold between two canisters |
//! | `change` | one change by one person: ask, send, or only say what would be sent |
//! | `deploy` | a canister created, installed, upgraded |
//! | `round` | grant rounds as files: DAOIP-5, CSV |
//! | `import` | a file's applications brought into a programme |
//! | `export` | a programme's public report, page by page |
//! | `backup` | a state as pages in a folder, and back |
//! | `exporter` | the controller's view of the suite, kept for Prometheus |
//! | `digest` | one hash over the exported state |
//! | `proof` | a balance that needs nobody's word |
//! | `validate` | invariants, hash chain, certificate |
//! | `release` | new code for the suite, with a way back |
//! | `wiring` | who may call whom, told to each canister |
//! | `demo` | the whole story on a network of its own |

pub(crate) mod backup;
pub(crate) mod between;
pub(crate) mod change;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod digest;
pub(crate) mod export;
pub(crate) mod exporter;
pub(crate) mod import;
pub(crate) mod proof;
pub(crate) mod release;
pub(crate) mod round;
pub(crate) mod validate;
pub(crate) mod wiring;
