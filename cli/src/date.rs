//! Calendar dates of the proleptic Gregorian calendar, without a clock and without time zones.

use std::fmt;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The order in which a file writes day, month and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) enum DateOrder {
    /// `2018-07-25`, with or without a time after it.
    #[default]
    #[serde(rename = "Y-M-D")]
    YearMonthDay,
    /// `7/25/2018`.
    #[serde(rename = "M/D/Y")]
    MonthDayYear,
    /// `25/7/2018`.
    #[serde(rename = "D/M/Y")]
    DayMonthYear,
}

impl Date {
    /// The day, when the calendar has it.
    pub(crate) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// Reads a date written in `order`; parts are separated by `-`, `/` or `.`.
    pub(crate) fn parse(text: &str, order: DateOrder) -> Option<Self> {
        let date = match order {
            DateOrder::YearMonthDay => text.split('T').next()?,
            DateOrder::MonthDayYear | DateOrder::DayMonthYear => text,
        };
        let parts = date
            .split(['-', '/', '.'])
            .map(|part| part.parse::<u16>().ok())
            .collect::<Option<Vec<_>>>()?;
        let [first, second, third] = parts.as_slice() else { return None };
        let (year, month, day) = match order {
            DateOrder::YearMonthDay => (first, second, third),
            DateOrder::MonthDayYear => (third, first, second),
            DateOrder::DayMonthYear => (third, second, first),
        };
        Self::new(*year, u8::try_from(*month).ok()?, u8::try_from(*day).ok()?)
    }

    /// Network time at the beginning of the day; days before 1970 count as its first.
    pub(crate) fn nanos(self) -> u64 {
        // Years are counted from March, as in `iso`.
        let (month, day) = (u64::from(self.month), u64::from(self.day));
        let year = u64::from(self.year) - u64::from(month <= 2 && self.year > 0);
        let month_from_march = if month > 2 { month - 3 } else { month + 9 };
        let (era, year_of_era) = (year / 400, year % 400);
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100;
        let days = (days + day_of_year).saturating_sub(719_468);
        days.saturating_mul(86_400_000_000_000)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The day and time of day of a network time, as `2018-07-25T10:11:12Z`.
pub(crate) fn iso(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years are counted from March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_separators_are_read() {
        let date = Date::new(2015, 2, 25);
        assert_eq!(Date::parse("2/25/2015", DateOrder::MonthDayYear), date);
        assert_eq!(Date::parse("02/25/2015", DateOrder::MonthDayYear), date);
        assert_eq!(Date::parse("25.2.2015", DateOrder::DayMonthYear), date);
        assert_eq!(Date::parse("2015-02-25T00:00:00Z", DateOrder::YearMonthDay), date);
        assert_eq!(date.map(|date| date.to_string()).as_deref(), Some("2015-02-25"));
    }

    #[test]
    fn days_the_calendar_does_not_have_are_refused() {
        for text in ["2/29/2015", "13/1/2015", "0/1/2015", "1/32/2015", "1/2", "x/1/2015", ""] {
            assert_eq!(Date::parse(text, DateOrder::MonthDayYear), None, "{text}");
        }
        assert!(Date::parse("2/29/2016", DateOrder::MonthDayYear).is_some());
    }

    #[test]
    fn a_day_begins_at_its_network_time() {
        for (text, nanos) in [
            ("1970-01-01", 0),
            ("1969-12-31", 0),
            ("2000-02-29", 951_782_400_000_000_000),
            ("2018-07-25", 1_532_476_800_000_000_000),
            ("2026-12-31", 1_798_675_200_000_000_000),
        ] {
            let date = Date::parse(text, DateOrder::YearMonthDay).expect(text);
            assert_eq!(date.nanos(), nanos, "{text}");
            assert!(nanos == 0 || iso(nanos).starts_with(text), "{text}");
        }
    }

    #[test]
    fn network_time_is_written_as_a_date() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400_000_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_532_513_472_000_000_000), "2018-07-25T10:11:12Z");
    }
}
