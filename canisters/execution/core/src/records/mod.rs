//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration, roles | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | intent | fixed row | [`intent`] |
//! | errors of an intent | fixed row around CBOR | [`trouble`] |
//! | asset | fixed row by `portfolio`'s number | [`asset`] |
//! | approval | fixed row | [`approval`] |
//! | standing authorisation and its uses | fixed rows | [`authorisation`] |
//! | payment without an intent | fixed row | [`orphan`] |
//! | signing key reference | fixed row | [`key`] |
//! | totals | fixed row | [`totals`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod approval;
pub mod asset;
pub mod authorisation;
pub mod config;
pub mod event;
pub mod intent;
pub mod key;
pub mod orphan;
pub(crate) mod row;
pub mod totals;
pub mod trouble;

pub use approval::ApprovalRow;
pub use asset::{AssetRow, Lookback};
pub use authorisation::{AuthorisationRow, UseRow};
pub use config::{Config, Role};
pub use event::{Event, EventKind};
pub use granary_kernel::{Base, Mode, Phase, Profile, RoleGrant};
pub use intent::{Attempt, IntentRow, Key, Marks, Needs, STATE_LIST};
pub use key::KeyRow;
pub use orphan::{OrphanRow, OrphanState};
pub use totals::Totals;
pub use trouble::TroubleRow;
