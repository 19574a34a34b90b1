//! Spans of time as people write them: `90s`, `15m`, `24h`, `30d`, `2w`.

use std::time::SystemTime;

/// Parses a whole number with a unit into nanoseconds. `0` needs no unit.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!("`{text}` is not a duration; write a whole number and a unit, such as 24h or 30d")
    };
    let split = text.find(|character: char| character.is_ascii_alphabetic());
    let (digits, unit) = split.map_or((text, ""), |at| text.split_at(at));
    let count = crate::amount::parse_count(digits).map_err(|_| wrong())?;
    let nanos_per_unit: u128 = match unit {
        "" if count == 0 => 0,
        "ns" => 1,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        "d" => 86_400 * 1_000_000_000,
        "w" => 7 * 86_400 * 1_000_000_000,
        _ => return Err(wrong()),
    };
    count
        .checked_mul(nanos_per_unit)
        .and_then(|nanos| u64::try_from(nanos).ok())
        .ok_or_else(|| format!("`{text}` is longer than time counts; the longest is 584 years"))
}

/// Network time so long from now, by the clock of this machine.
pub(crate) fn from_now(nanos: u64) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX).saturating_add(nanos)
}

/// The span in the largest unit that divides it, as [`parse`] reads it.
pub(crate) fn format(nanos: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1, "ns"),
    ];
    if nanos == 0 {
        return "0s".to_owned();
    }
    UNITS
        .iter()
        .find(|(length, _)| nanos.is_multiple_of(*length))
        .map_or_else(|| format!("{nanos}ns"), |(length, unit)| format!("{}{unit}", nanos / length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        assert_eq!(parse("24h"), Ok(86_400_000_000_000));
        assert_eq!(parse("1d"), parse("24h"));
        assert_eq!(parse("2w"), parse("14d"));
        assert_eq!(parse("1_000ms"), parse("1s"));
        assert_eq!(parse("0"), Ok(0));
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in ["", "h", "30", "-1h", "1.5h", "1 h", "1y", "24hh", "٣h", "99999999999w"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_written_duration_reads_back(nanos: u64) {
            proptest::prop_assert_eq!(parse(&format(nanos)), Ok(nanos));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
