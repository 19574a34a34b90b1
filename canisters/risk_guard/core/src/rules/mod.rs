//! The decisions: values in, values out. A rule gets a view (records already loaded), an input and
//! a [`Ctx`], and answers the [`Change`] to make or the refusal. It never touches the store.
//!
//! | room | decides |
//! |---|---|
//! | [`outflow`] | whether an outflow may leave, and what it needs |
//! | [`reserve`], [`settle`] | taking capacity, and what becomes of it |
//! | [`policy`], [`compare`], [`steward`] | what a policy may say, what loosens, who moves it |
//! | [`announce`], [`seal`], [`seat`] | what is known in advance, what is stopped, by whom |
//! | [`outcome`], [`treasury`], [`alert`] | what was seen: services, the books, the canister |
//! | [`explain`] | every way out |

pub mod alert;
pub mod announce;
pub mod compare;
pub mod explain;
pub mod outcome;
pub mod outflow;
pub mod policy;
pub mod reserve;
pub mod seal;
pub mod seat;
pub mod settle;
pub mod steward;
pub mod treasury;

#[cfg(test)]
pub(crate) mod fixtures;

pub use granary_kernel::Ctx;
use granary_units::{Rounding, mul_div};

use crate::errors::InputFault;
use crate::limits;
use crate::records::{
    AnnouncementRow, AssetRow, ChangeRow, DestinationRow, Escalation, Event, FlowRow, Refresh,
    ReservationRow, Rules, SealRow, SeatRow, ServiceRow, TreasuryRow,
};
use crate::types::{
    AlertId, AlertKind, AlertState, AnnouncementId, AssetId, ChangeId, Duration, Hash, Level,
    ReservationId, Rule, SealId, SeatId, Service, Span, Timestamp,
};

/// The rolling windows of one asset, in the order of [`Span::ALL`].
pub type Flows = [FlowRow; 4];

/// The rolling windows as of `now`.
pub(crate) fn advanced(mut flows: Box<Flows>, now: Timestamp) -> Box<Flows> {
    for (span, flow) in Span::ALL.into_iter().zip(flows.iter_mut()) {
        *flow = flow.advanced(span, now);
    }
    flows
}

/// What an alert is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertCall {
    /// It is so.
    Raise {
        /// What.
        kind: AlertKind,
        /// Which one.
        subject: u64,
        /// How bad.
        level: Level,
        /// What was found.
        value: u128,
        /// What it was compared with.
        threshold: u128,
    },
    /// It is not so any more.
    Clear {
        /// What.
        kind: AlertKind,
        /// Which one.
        subject: u64,
    },
}

/// When the clock must look at something again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The oldest reservation that is held.
    Held(Timestamp),
    /// A seal ends.
    Seal(SealId, Timestamp),
    /// A guardian must have shown itself.
    Seat(SeatId, Timestamp),
    /// An announcement ends.
    Announcement(AnnouncementId, Timestamp),
}

/// Everything one verb writes. The store applies it in one go and keeps indexes, lists and totals.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Assets with their new rows.
    pub assets: Vec<(AssetId, AssetRow)>,
    /// The rolling windows of an asset.
    pub flows: Option<(AssetId, Box<Flows>)>,
    /// A reservation; a number that is the next one makes it.
    pub reservation: Option<(ReservationId, ReservationRow)>,
    /// Destinations.
    pub destinations: Vec<(Hash, DestinationRow)>,
    /// An announcement.
    pub announcement: Option<(AnnouncementId, AnnouncementRow)>,
    /// A seal.
    pub seal: Option<(SealId, SealRow)>,
    /// A seat.
    pub seat: Option<(SeatId, SeatRow)>,
    /// A service.
    pub service: Option<(Service, ServiceRow)>,
    /// The treasury.
    pub treasury: Option<Box<TreasuryRow>>,
    /// Whether it is insolvent from now on.
    pub is_insolvent: Option<bool>,
    /// Where the question about it stands.
    pub refresh: Option<Refresh>,
    /// The rules.
    pub rules: Option<Rules>,
    /// A change of the policy.
    pub policy: Option<(ChangeId, ChangeRow)>,
    /// Whom alerts reach.
    pub escalation: Option<Escalation>,
    /// The rule that denied.
    pub denied: Option<Rule>,
    /// What alerts are told.
    pub alerts: Vec<AlertCall>,
    /// An alert that somebody acknowledged or resolved.
    pub acted: Option<(AlertId, AlertState)>,
    /// When the clock must look again.
    pub wake: Option<Wake>,
    /// What the journal says.
    pub events: Vec<Event>,
}

impl Change {
    /// A change that begins with one event.
    pub(crate) fn with(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    /// True when there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// A share of an amount, rounded down; the amount when 128 bits do not hold it.
pub(crate) fn share(amount: u128, bps: u16) -> u128 {
    mul_div(amount, bps.into(), limits::WHOLE_BPS.into(), Rounding::Down).unwrap_or(amount)
}

/// A share of an amount, rounded up.
pub(crate) fn share_up(amount: u128, bps: u16) -> u128 {
    mul_div(amount, bps.into(), limits::WHOLE_BPS.into(), Rounding::Up).unwrap_or(u128::MAX)
}

/// How much of `whole` `part` is, in basis points, rounded down; everything of nothing is all.
pub(crate) fn ratio_bps(part: u128, whole: u128) -> u128 {
    mul_div(part, limits::WHOLE_BPS.into(), whole, Rounding::Down).unwrap_or(u128::MAX)
}

/// Ten to the power of `decimals`; decimals are bounded, so 128 bits hold it.
pub(crate) fn scale(decimals: u8) -> u128 {
    10_u128.checked_pow(decimals.into()).unwrap_or(u128::MAX)
}

/// The value of an amount at a price of one whole token, eight decimal places, rounded up; more
/// than 128 bits hold is the most they hold.
pub(crate) fn value_of(amount: u128, price: u128, decimals: u8) -> u128 {
    mul_div(amount, price, scale(decimals), Rounding::Up).unwrap_or(u128::MAX)
}

/// Refuses a time below `least` or above `most`.
pub(crate) fn within(
    field: &'static str,
    given: Duration,
    least: Duration,
    most: Duration,
) -> Result<(), InputFault> {
    let (given_ns, min_ns, max_ns) = (given.as_nanos(), least.as_nanos(), most.as_nanos());
    if given_ns < min_ns || given_ns > max_ns {
        return Err(InputFault::Delay { field, given_ns, min_ns, max_ns });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_values_survive_the_edges() {
        assert_eq!([share(10_001, 5_000), share_up(10_001, 5_000)], [5_000, 5_001]);
        assert_eq!([share(u128::MAX, 10_000), share(0, 10_000), share(7, 0)], [u128::MAX, 0, 0]);
        assert_eq!(ratio_bps(4, 5), 8_000);
        assert_eq!([ratio_bps(0, 0), ratio_bps(u128::MAX, 1)], [u128::MAX, u128::MAX]);
        // 2.5 tokens of 8 places at 12.
        assert_eq!(value_of(250_000_000, 1_200_000_000, 8), 3_000_000_000);
        assert_eq!(value_of(1, 1, 8), 1, "dust has a value");
        assert_eq!(value_of(u128::MAX, u128::MAX, 0), u128::MAX);
        assert_eq!(value_of(u128::MAX, 1, 36), 341);
    }
}
