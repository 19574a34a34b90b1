//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration, roles, escalation | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | rules, limits, changes of the policy | version byte + CBOR | [`policy`] |
//! | asset with its limits and figures | fixed row | [`asset`] |
//! | flows of one asset in one span | fixed row | [`flow`] |
//! | reservation, page of the index by intent | fixed rows | [`reservation`] |
//! | announcement, seal, seat | fixed rows | [`guard`] |
//! | destination | fixed row | [`destination`] |
//! | service, alert | fixed rows | [`watch`] |
//! | totals, treasury | fixed rows | [`totals`], [`treasury`] |
//! | where the question about the treasury stands | version byte + CBOR | [`treasury`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod asset;
pub mod config;
pub mod destination;
pub mod event;
pub mod flow;
pub mod guard;
pub mod policy;
pub mod reservation;
pub mod totals;
pub mod treasury;
pub mod watch;

pub use asset::AssetRow;
pub use config::{Config, Escalation, Role};
pub use destination::{DestinationEntry, DestinationRow};
pub use event::{Event, EventKind};
pub use flow::FlowRow;
pub use granary_kernel::{Base, Mode, Phase, Profile, RoleGrant};
pub use guard::{AnnouncementRow, SealRow, SeatRow};
pub use policy::{AssetLimits, ChangeRow, ChangeState, Floor, Rules, Steward, Tier, WindowLimit};
pub use reservation::ReservationRow;
pub use totals::Totals;
pub use treasury::{Refresh, TreasuryRow};
pub use watch::{AlertRow, ServiceRow};

use granary_stable::record::Record;

impl Record for Config {
    const NAME: &'static str = "configuration";
    const VERSION: u8 = 1;
}
impl Record for Event {
    const NAME: &'static str = "event";
    const VERSION: u8 = 1;
}
impl Record for Rules {
    const NAME: &'static str = "rules";
    const VERSION: u8 = 1;
}
impl Record for ChangeRow {
    const NAME: &'static str = "policy change";
    const VERSION: u8 = 1;
}
impl Record for Refresh {
    const NAME: &'static str = "refresh";
    const VERSION: u8 = 1;
}
