//! People: who they are, where their money goes, how much risk they take, what they may do.
//!
//! Identities are principals; a user holds one to five of them. Times are nanoseconds since 1970
//! (`_ns`), shares are basis points (`_bps`).

mod install;
mod profiles;
mod roles;
mod standing;
mod users;
mod wallets;

pub use install::*;
pub use profiles::*;
pub use roles::*;
pub use standing::*;
pub use users::*;
pub use wallets::*;
