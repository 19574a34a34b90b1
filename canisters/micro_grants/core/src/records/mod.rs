//! What is stored, in its newest shape.
//!
//! | family | shape | room |
//! |---|---|---|
//! | configuration, roles | version byte + CBOR | [`config`] |
//! | event | version byte + CBOR, inside the journal | [`event`] |
//! | programme | fixed row + CBOR body | [`program`] |
//! | application, applicant's account | fixed rows + immutable CBOR bodies | [`application`] |
//! | declaration, review | CBOR | [`review`] |
//! | grant, milestone, report | fixed row, CBOR | [`grant`] |
//! | payout | fixed row | [`payout`] |
//! | totals | fixed row | [`totals`] |
//!
//! Field numbers are never used again; a retired one stays as a comment.

pub mod application;
pub mod config;
pub mod event;
pub mod grant;
pub mod payout;
pub mod program;
pub mod review;
pub mod totals;

pub use application::{
    Account, ApplicationHead, ApplicationLinks, ApplicationRow, Content, MilestonePlan,
};
pub use config::{Asset, Config, Role};
pub use event::{Event, EventKind};
pub use grant::{Evidence, GrantHead, GrantLinks, GrantMode, GrantRow, Milestone, Report, Stream};
pub use payout::{PayoutHead, PayoutRow};
pub use program::{
    Bounds, Dimension, Ledger, ProgramBody, ProgramHead, ProgramLinks, ProgramRow, Seat,
};
pub use review::{Conflict, Declaration, Recommendation, Review};
pub use totals::Totals;

pub use granary_kernel::{Base, Drain, Mode, Peer, Phase, Profile, RoleGrant};
use granary_stable::record::Record;

impl Record for Config {
    const NAME: &'static str = "configuration";
    const VERSION: u8 = 1;
}
impl Record for ProgramBody {
    const NAME: &'static str = "programme body";
    const VERSION: u8 = 1;
}
impl Record for Content {
    const NAME: &'static str = "application body";
    const VERSION: u8 = 1;
}
impl Record for Declaration {
    const NAME: &'static str = "declaration";
    const VERSION: u8 = 1;
}
impl Record for Review {
    const NAME: &'static str = "review";
    const VERSION: u8 = 1;
}
impl Record for Milestone {
    const NAME: &'static str = "milestone";
    const VERSION: u8 = 1;
}
impl Record for Report {
    const NAME: &'static str = "progress report";
    const VERSION: u8 = 1;
}
impl Record for Event {
    const NAME: &'static str = "event";
    const VERSION: u8 = 1;
}
