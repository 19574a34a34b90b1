//! Figures as people read them.

use core::fmt::Write as _;

use governor_core::types::{Duration, Timestamp};

/// A digest in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// A span in the largest unit that says it whole.
pub fn span(span: Duration) -> String {
    let nanos = span.as_nanos();
    let units = [
        (86_400_000_000_000_u64, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
    ];
    let whole = units.into_iter().find(|(unit, _)| nanos >= *unit && nanos.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{} {name}", nanos / unit),
        None if nanos == 0 => "no time".to_owned(),
        None => format!("{nanos} ns"),
    }
}

/// A moment as a date and a time of day, UTC.
pub(super) fn day(at: Timestamp) -> String {
    let seconds = at.as_secs();
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Year, month and day of a day since 1970, by counting in eras of 400 years that begin in March:
/// then a leap day is the last day of its year.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// Names, or that there are none.
pub(super) fn names(list: &[String]) -> String {
    if list.is_empty() { "nobody".to_owned() } else { list.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_largest_unit_that_says_them_whole() {
        let cases = [
            (172_800, "2 d"),
            (172_801, "172801 s"),
            (7_200, "2 h"),
            (90, "90 s"),
            (120, "2 min"),
            (0, "no time"),
        ];
        for (seconds, text) in cases {
            assert_eq!(span(Duration::seconds(seconds)), text);
        }
        assert_eq!(span(Duration::from_nanos(5)), "5 ns");
    }

    #[test]
    fn moments_are_dates() {
        let cases = [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_827_696, "2000-02-29 12:34:56 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ];
        for (seconds, text) in cases {
            assert_eq!(day(Timestamp::from_secs(seconds).expect("small")), text);
        }
    }

    #[test]
    fn digests_are_hexadecimal() {
        assert_eq!(hex(&[0, 9, 255]), "0009ff");
    }
}
