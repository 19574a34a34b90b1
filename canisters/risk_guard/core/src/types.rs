//! Identities, states, scopes, spans and the names of rules: the words the rules are written in.

pub use candid::Principal;
pub use granary_kernel::{Hash, Id};
pub use granary_units::{Duration, Timestamp};

use crate::limits;

mod guard;
mod watch;

pub use guard::{AnnouncementState, Parameter, SealState, SeatState, Standing};
pub use watch::{AlertKind, AlertState, Level, Rule};

/// Marks [`AssetId`].
#[derive(Debug)]
pub enum AssetMark {}
/// Marks [`ReservationId`].
#[derive(Debug)]
pub enum ReservationMark {}
/// Marks [`AnnouncementId`].
#[derive(Debug)]
pub enum AnnouncementMark {}
/// Marks [`SealId`].
#[derive(Debug)]
pub enum SealMark {}
/// Marks [`SeatId`].
#[derive(Debug)]
pub enum SeatMark {}
/// Marks [`AlertId`].
#[derive(Debug)]
pub enum AlertMark {}
/// Marks [`ChangeId`].
#[derive(Debug)]
pub enum ChangeMark {}

/// Number of an asset, as `portfolio` gives it.
pub type AssetId = Id<AssetMark>;
/// Number of a reservation.
pub type ReservationId = Id<ReservationMark>;
/// Number of an announcement.
pub type AnnouncementId = Id<AnnouncementMark>;
/// Number of a seal.
pub type SealId = Id<SealMark>;
/// Number of a guardian's seat.
pub type SeatId = Id<SeatMark>;
/// Number of an alert.
pub type AlertId = Id<AlertMark>;
/// Number of a policy change.
pub type ChangeId = Id<ChangeMark>;

/// The asset with this number, if the policy can name it.
pub fn asset_id(number: u64) -> Option<AssetId> {
    AssetId::from_wire(number).filter(|id| id.get() <= limits::MAX_ASSETS)
}

/// What an outflow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A grant's payout.
    Grant,
    /// A leg of a plan.
    Plan,
    /// What a person asked for.
    Manual,
    /// Cycles for a canister of the suite.
    Cycles,
}

impl Purpose {
    /// All purposes in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Grant, Self::Plan, Self::Manual, Self::Cycles];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grant => "Grant",
            Self::Plan => "Plan",
            Self::Manual => "Manual",
            Self::Cycles => "Cycles",
        }
    }
}

/// `Held → Committed | Released | Expired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationState {
    /// The capacity is taken.
    Held,
    /// The money left.
    Committed,
    /// It did not and will not.
    Released,
    /// Nobody said in time.
    Expired,
}

impl ReservationState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 4] = [Self::Held, Self::Committed, Self::Released, Self::Expired];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "Held",
            Self::Committed => "Committed",
            Self::Released => "Released",
            Self::Expired => "Expired",
        }
    }
}

/// What a seal or a seat is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every outflow.
    All,
    /// Outflows of one asset.
    Asset(AssetId),
    /// Outflows of one purpose.
    Purpose(Purpose),
    /// Outflows to one destination.
    Destination(Hash),
}

impl Scope {
    /// True when everything in `inner` is in it.
    pub fn covers(&self, inner: &Self) -> bool {
        *self == Self::All || self == inner
    }
}

/// The rolling windows every asset is counted in, whether they are limited or not: so a limit
/// that is new knows its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds.
    Day,
    /// 604,800 seconds.
    Week,
    /// 2,592,000 seconds.
    Month,
}

impl Span {
    /// All spans, shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its length.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_592_000,
        }
    }

    /// The span of this length.
    pub fn of_seconds(seconds: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|span| u64::from(span.seconds()) == seconds)
    }

    /// Length of one of its parts, nanoseconds.
    pub fn part_ns(self) -> u64 {
        let whole = Duration::seconds(self.seconds()).as_nanos();
        whole.div_ceil(limits::WINDOW_PARTS)
    }
}

/// A dependency whose outcomes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The books.
    Portfolio,
    /// The price oracle.
    PriceOracle,
    /// The Bitcoin network.
    Bitcoin,
    /// The ledger of an asset.
    Ledger(AssetId),
}

impl Service {
    /// Where its row is.
    pub fn slot(self) -> u64 {
        match self {
            Self::Portfolio => 0,
            Self::PriceOracle => 1,
            Self::Bitcoin => 2,
            Self::Ledger(asset) => asset.slot().saturating_add(3),
        }
    }

    /// Whose row this is.
    pub fn of_slot(slot: u64) -> Option<Self> {
        match slot {
            0 => Some(Self::Portfolio),
            1 => Some(Self::PriceOracle),
            2 => Some(Self::Bitcoin),
            other => AssetId::from_slot(other.saturating_sub(3)).map(Self::Ledger),
        }
    }

    /// Its name in events and labels.
    pub fn name(self) -> String {
        match self {
            Self::Portfolio => "portfolio".to_owned(),
            Self::PriceOracle => "price_oracle".to_owned(),
            Self::Bitcoin => "bitcoin".to_owned(),
            Self::Ledger(asset) => format!("ledger:{asset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_their_span() {
        for span in Span::ALL {
            let whole = u64::from(span.seconds()) * 1_000_000_000;
            assert!(span.part_ns() * limits::WINDOW_PARTS >= whole, "{span:?}");
            assert_eq!(Span::of_seconds(u64::from(span.seconds())), Some(span));
        }
        assert_eq!(Span::of_seconds(60), None);
    }

    #[test]
    fn services_have_places_of_their_own() {
        for slot in 0..limits::MAX_SERVICES {
            assert_eq!(Service::of_slot(slot).map(Service::slot), Some(slot));
        }
    }

    #[test]
    fn the_widest_scope_covers_every_other() {
        let one = Scope::Asset(AssetId::new(1).expect("a number"));
        assert!(Scope::All.covers(&one) && one.covers(&one));
        assert!(!one.covers(&Scope::All));
        assert!(!one.covers(&Scope::Purpose(Purpose::Grant)));
    }

    #[test]
    fn assets_beyond_the_table_have_no_number() {
        assert!(asset_id(256).is_some());
        for number in [0, 257, u64::MAX] {
            assert_eq!(asset_id(number), None, "{number}");
        }
    }
}
