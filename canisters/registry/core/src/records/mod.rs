//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration, canister roles | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | user | fixed row | [`user`] |
//! | wallet | fixed row | [`wallet`] |
//! | risk profile and its versions | fixed rows | [`profile`] |
//! | role grant, a principal's chain of them | fixed rows | [`grant`] |
//! | totals | fixed row | [`totals`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod address;
pub mod config;
pub mod event;
pub mod grant;
pub mod profile;
pub mod totals;
pub mod user;
pub mod wallet;

pub use config::{Config, Policies, Role};
pub use event::{Event, EventKind};
pub use granary_kernel::{Mode, Phase, Profile, RoleGrant};
pub use grant::{Chain, GrantHead, GrantRow};
pub use profile::{Limits, ProfileHead, RevisionRow};
pub use totals::Totals;
pub use user::{Proposal, UserHead, UserLinks, UserRow};
pub use wallet::{Address, WalletHead, WalletRow};
