//! What people decide with: destinations, announcements, seals, seats, a steward's parameters.

use crate::types::Span;

/// Where a destination stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing goes there.
    Blocked,
    /// It is not in the book.
    #[default]
    Unlisted,
    /// It is in the book.
    Allowed,
}

impl Standing {
    /// All standings in the order of their stored numbers, tightest first.
    pub const ALL: [Self; 3] = [Self::Blocked, Self::Unlisted, Self::Allowed];
}

/// `Announced → Used | Lapsed | Cancelled`; ripe is what its times say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnouncementState {
    /// It waits, or may be used.
    Announced,
    /// An intent holds it or was paid with it.
    Used,
    /// Its time is over.
    Lapsed,
    /// It was taken back.
    Cancelled,
}

impl AnnouncementState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Announced, Self::Used, Self::Lapsed, Self::Cancelled];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Announced => "Announced",
            Self::Used => "Used",
            Self::Lapsed => "Lapsed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// `Active → Lifted | Expired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealState {
    /// It stops outflows until its time is over.
    Active,
    /// A governor lifted it.
    Lifted,
    /// Its time is over.
    Expired,
}

impl SealState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Active, Self::Lifted, Self::Expired];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Lifted => "Lifted",
            Self::Expired => "Expired",
        }
    }
}

/// `Armed → Used | Lapsed | Disarmed → Armed` by a governor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// Its holder may seal once.
    Armed,
    /// Its holder sealed.
    Used,
    /// No sign of life came in time.
    Lapsed,
    /// A governor took it back.
    Disarmed,
}

impl SeatState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Armed, Self::Used, Self::Lapsed, Self::Disarmed];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Armed => "Armed",
            Self::Used => "Used",
            Self::Lapsed => "Lapsed",
            Self::Disarmed => "Disarmed",
        }
    }
}

/// What a steward may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The most of one outflow.
    MaxPerTx,
    /// The most of one window.
    Window(Span),
}

impl Parameter {
    /// All parameters in the order of their stored times.
    pub const ALL: [Self; 5] = [
        Self::MaxPerTx,
        Self::Window(Span::Hour),
        Self::Window(Span::Day),
        Self::Window(Span::Week),
        Self::Window(Span::Month),
    ];

    /// Its place in [`Self::ALL`].
    pub fn at(self) -> usize {
        Self::ALL.iter().position(|other| *other == self).unwrap_or_default()
    }

    /// The name in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MaxPerTx => "max_per_tx",
            Self::Window(Span::Hour) => "window_hour",
            Self::Window(Span::Day) => "window_day",
            Self::Window(Span::Week) => "window_week",
            Self::Window(Span::Month) => "window_month",
        }
    }
}
