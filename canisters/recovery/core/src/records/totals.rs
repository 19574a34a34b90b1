//! The running figures, and what was seen of the governor.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{ByteVec, StateKind, Timestamp};

/// What the requests add up to; every field can be made anew from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct TotalsV1 {
    /// Requests by state, in the order of [`StateKind::ALL`].
    #[n(0)]
    pub counts: [u64; 6],
    /// Numbers of the requests that are open, ready or being executed.
    #[n(1)]
    pub live: Vec<u32>,
    /// The request being executed, and since when.
    #[n(2)]
    pub running: Option<(u32, Timestamp)>,
    /// The request whose execution ended last, and when.
    #[n(3)]
    pub last: Option<(u32, Timestamp)>,
    /// The newest snapshot this canister took, and by which request.
    #[n(4)]
    pub snapshot: Option<(u32, ByteVec)>,
}

/// The figures in their newest shape.
pub type Totals = TotalsV1;

impl Record for TotalsV1 {
    const NAME: &'static str = "totals";
    const VERSION: u8 = 1;
}

impl TotalsV1 {
    /// Requests in one state.
    pub fn in_state(&self, state: StateKind) -> u64 {
        self.counts.get(state.at()).copied().unwrap_or_default()
    }
}

/// What the governor's health check said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Seen {
    /// It is well.
    #[n(0)]
    Healthy,
    /// It works, and says what is wrong.
    #[n(1)]
    Degraded,
    /// It says that it cannot go on.
    #[n(2)]
    Critical,
    /// It does not answer.
    #[n(3)]
    Silent,
}

impl Seen {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Critical => "Critical",
            Self::Silent => "Silent",
        }
    }

    /// True for what shortens the delay when it lasts.
    pub const fn fails(self) -> bool {
        matches!(self, Self::Critical | Self::Silent)
    }
}

/// What was seen of the governor. No part of a backup: whoever is filled from one looks anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct OutlookV1 {
    /// The newest look, and what it saw.
    #[n(0)]
    pub last: Option<(Timestamp, Seen)>,
    /// The first of the looks in a row that saw it fail.
    #[n(1)]
    pub failing_since: Option<Timestamp>,
}

/// What was seen in its newest shape.
pub type Outlook = OutlookV1;

impl Record for OutlookV1 {
    const NAME: &'static str = "outlook";
    const VERSION: u8 = 1;
}
