//! Points in time and spans of it, both in whole nanoseconds.

use core::fmt;

use crate::OutOfRange;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, as the network tells it.
///
/// Time may repeat between messages; order comes from sequence numbers, not from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Timestamp {
    /// The beginning of time.
    pub const ZERO: Self = Self(0);
    /// Later than every real time: "never".
    pub const MAX: Self = Self(u64::MAX);

    /// `nanos` nanoseconds after 1970.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// `seconds` seconds after 1970.
    pub const fn from_secs(seconds: u64) -> Result<Self, OutOfRange> {
        match Duration::from_secs(seconds) {
            Ok(span) => Ok(Self(span.0)),
            Err(fault) => Err(fault),
        }
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[expect(clippy::integer_division, reason = "rounding down is the meaning")]
    pub const fn as_secs(self) -> u64 {
        self.0 / NANOS_PER_SECOND
    }

    /// The time `span` later.
    pub const fn checked_add(self, span: Duration) -> Result<Self, OutOfRange> {
        match self.0.checked_add(span.0) {
            Some(at) => Ok(Self(at)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// The time `span` earlier.
    pub const fn checked_sub(self, span: Duration) -> Result<Self, OutOfRange> {
        match self.0.checked_sub(span.0) {
            Some(at) => Ok(Self(at)),
            None => Err(OutOfRange::Underflow),
        }
    }

    /// The time `span` later, or the end of time: for deadlines, where later than ever means never.
    pub const fn saturating_add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long after `earlier` this is; refused when it is before.
    pub const fn since(self, earlier: Self) -> Result<Duration, OutOfRange> {
        match self.0.checked_sub(earlier.0) {
            Some(span) => Ok(Duration(span)),
            None => Err(OutOfRange::Underflow),
        }
    }

    /// How long after `earlier` this is, or no time when it is before: for ages shown to people.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// `seconds` seconds.
    pub const fn from_secs(seconds: u64) -> Result<Self, OutOfRange> {
        match seconds.checked_mul(NANOS_PER_SECOND) {
            Some(nanos) => Ok(Self(nanos)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// `days` days of 24 hours.
    pub const fn from_days(days: u64) -> Result<Self, OutOfRange> {
        match days.checked_mul(86_400) {
            Some(seconds) => Self::from_secs(seconds),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// Constants for tables of limits: a span of `seconds` known to fit.
    /// A `u32` of seconds is 136 years and always fits.
    pub const fn seconds(seconds: u32) -> Self {
        Self(widen(seconds).saturating_mul(NANOS_PER_SECOND))
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds, rounded down.
    #[expect(clippy::integer_division, reason = "rounding down is the meaning")]
    pub const fn as_secs(self) -> u64 {
        self.0 / NANOS_PER_SECOND
    }

    /// `self + other`.
    pub const fn checked_add(self, other: Self) -> Result<Self, OutOfRange> {
        match self.0.checked_add(other.0) {
            Some(sum) => Ok(Self(sum)),
            None => Err(OutOfRange::Overflow),
        }
    }

    /// `self - other`.
    pub const fn checked_sub(self, other: Self) -> Result<Self, OutOfRange> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Ok(Self(rest)),
            None => Err(OutOfRange::Underflow),
        }
    }

    /// `self * factor`.
    pub const fn checked_mul(self, factor: u64) -> Result<Self, OutOfRange> {
        match self.0.checked_mul(factor) {
            Some(product) => Ok(Self(product)),
            None => Err(OutOfRange::Overflow),
        }
    }
}

#[expect(clippy::as_conversions, reason = "u32 always fits u64; From is not const")]
const fn widen(value: u32) -> u64 {
    value as u64
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns since 1970", self.0)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns", self.0)
    }
}

impl<C> minicbor::Encode<C> for Timestamp {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Timestamp {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u64().map(Self)
    }
}

impl<C> minicbor::Encode<C> for Duration {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Duration {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u64().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_points_stay_in_range() {
        let now = Timestamp::from_secs(100).expect("fits");
        let hour = Duration::seconds(3_600);
        assert_eq!(now.checked_sub(hour), Err(OutOfRange::Underflow));
        assert_eq!(Timestamp::MAX.checked_add(hour), Err(OutOfRange::Overflow));
        assert_eq!(Timestamp::MAX.saturating_add(hour), Timestamp::MAX);
        assert_eq!(Duration::from_secs(u64::MAX), Err(OutOfRange::Overflow));
        assert_eq!(Duration::from_days(u64::MAX), Err(OutOfRange::Overflow));
        assert_eq!(Duration::seconds(u32::MAX).as_secs(), u64::from(u32::MAX));
    }

    #[test]
    fn spans_add_up() {
        let (two, five) = (Duration::from_nanos(2), Duration::from_nanos(5));
        assert_eq!(two.checked_add(five), Ok(Duration::from_nanos(7)));
        assert_eq!(five.checked_sub(two), Ok(Duration::from_nanos(3)));
        assert_eq!(two.checked_sub(five), Err(OutOfRange::Underflow));
        assert_eq!(five.checked_mul(3), Ok(Duration::from_nanos(15)));
        assert_eq!(Duration::from_nanos(u64::MAX).checked_mul(2), Err(OutOfRange::Overflow));
        assert_eq!(Duration::from_nanos(u64::MAX).checked_add(two), Err(OutOfRange::Overflow));
        assert_eq!(Duration::from_days(2), Ok(Duration::seconds(172_800)));
        assert_eq!(Duration::from_secs(3).map(Duration::as_nanos), Ok(3_000_000_000));
        let noon = Timestamp::from_nanos(12);
        assert_eq!(noon.checked_add(five), Ok(Timestamp::from_nanos(17)));
        assert_eq!(noon.checked_sub(five), Ok(Timestamp::from_nanos(7)));
        assert_eq!(noon.saturating_add(five), Timestamp::from_nanos(17));
        assert_eq!(noon.saturating_since(Timestamp::from_nanos(10)), two);
        assert_eq!(Timestamp::from_nanos(2_999_999_999).as_secs(), 2, "rounded down");
        assert_eq!(Timestamp::from_secs(2), Ok(Timestamp::from_nanos(2_000_000_000)));
    }

    #[test]
    fn stored_times_come_back_and_people_see_the_unit() {
        let (at, span) = (Timestamp::from_nanos(70_000), Duration::from_nanos(u64::MAX));
        let bytes = minicbor::to_vec(at).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Timestamp>(&bytes).expect("own bytes"), at);
        let bytes = minicbor::to_vec(span).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Duration>(&bytes).expect("own bytes"), span);
        assert_eq!(at.to_string(), "70000 ns since 1970");
        assert_eq!(Duration::from_nanos(5).to_string(), "5 ns");
    }

    #[test]
    fn an_age_is_never_negative() {
        let early = Timestamp::from_nanos(5);
        let late = Timestamp::from_nanos(9);
        assert_eq!(late.since(early), Ok(Duration::from_nanos(4)));
        assert_eq!(early.since(late), Err(OutOfRange::Underflow));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
    }
}
