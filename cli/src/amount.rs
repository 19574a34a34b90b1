//! Amounts as people write them, exact to the last unit: `1_000`, `1k`, `1.5t`, `61.95`.

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AmountError {
    /// Not a number at all.
    NotANumber(String),
    /// More decimal places than the asset has; nothing is rounded silently.
    TooPrecise { text: String, decimals: u8 },
    /// More than 128 bits of units.
    TooLarge(String),
}

impl std::fmt::Display for AmountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotANumber(text) => {
                write!(f, "`{text}` is not an amount; write it as 1_000, 61.95, 1k or 1.5t")
            }
            Self::TooPrecise { text, decimals: 0 } => {
                write!(f, "`{text}` is not a whole number, and only whole numbers are counted")
            }
            Self::TooPrecise { text, decimals } => {
                write!(f, "`{text}` has more than the {decimals} decimal places of the asset")
            }
            Self::TooLarge(text) => write!(f, "`{text}` is larger than 128 bits can hold"),
        }
    }
}

impl std::error::Error for AmountError {}

/// A whole number: `1_000`, `1k`, `1.5t`.
pub(crate) fn parse_count(text: &str) -> Result<u128, AmountError> {
    parse_units(text, 0)
}

/// An amount of an asset with `decimals` places, in its smallest units.
///
/// Digits may be grouped by single underscores between them; `k`, `m`, `b` and `t` multiply by a
/// thousand, a million, a billion and a trillion.
pub(crate) fn parse_units(text: &str, decimals: u8) -> Result<u128, AmountError> {
    let wrong = || AmountError::NotANumber(text.to_owned());
    let large = || AmountError::TooLarge(text.to_owned());
    let (number, zeros) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 3_u32),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 6),
        Some(b'b' | b'B') => (&text[..text.len() - 1], 9),
        Some(b't' | b'T') => (&text[..text.len() - 1], 12),
        _ => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole = digits(whole).ok_or_else(wrong)?;
    let fraction = digits(fraction).ok_or_else(wrong)?;
    let places = u32::from(decimals) + zeros;
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::try_from(places)
        .ok()
        .and_then(|places| places.checked_sub(fraction.len()))
        .ok_or_else(|| AmountError::TooPrecise { text: text.to_owned(), decimals })?;
    let mut units: u128 = 0;
    let padding = std::iter::repeat_n(b'0', missing);
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        units = units
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u128::from(digit - b'0')))
            .ok_or_else(large)?;
    }
    Ok(units)
}

/// The digits of a group without its underscores; `None` when anything else is in it.
fn digits(group: &str) -> Option<String> {
    let grouped = !group.is_empty()
        && group.split('_').all(|part| !part.is_empty())
        && group.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    grouped.then(|| group.replace('_', ""))
}

/// The amount with at least two and at most `decimals` places, as [`parse_units`] reads it.
pub(crate) fn format_units(units: u128, decimals: u8) -> String {
    let places = usize::from(decimals);
    let mut text = format!("{units:0width$}", width = places + 1);
    if places == 0 {
        return text;
    }
    text.insert(text.len() - places, '.');
    let shown = places.min(2);
    while text.ends_with('0') && text.len() - text.rfind('.').unwrap_or(0) > shown + 1 {
        text.pop();
    }
    text
}

/// The amount for people: thousands separated by commas.
pub(crate) fn grouped(units: u128, decimals: u8) -> String {
    let plain = format_units(units, decimals);
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), ""), |parts| parts);
    let mut text = String::with_capacity(plain.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn suffixes_and_groups_are_read() {
        assert_eq!(parse_count("1_000"), Ok(1_000));
        assert_eq!(parse_count("1k"), Ok(1_000));
        assert_eq!(parse_count("1.5t"), Ok(1_500_000_000_000));
        assert_eq!(parse_count("0.001k"), Ok(1));
        assert_eq!(parse_units("61.95", 6), Ok(61_950_000));
        assert_eq!(parse_units("16210.452", 6), Ok(16_210_452_000));
        assert_eq!(parse_units("1.5k", 6), Ok(1_500_000_000));
    }

    #[test]
    fn nothing_is_rounded() {
        let precise =
            |text: &str, decimals| AmountError::TooPrecise { text: text.into(), decimals };
        assert_eq!(parse_count("1.5"), Err(precise("1.5", 0)));
        assert_eq!(parse_units("0.1234567", 6), Err(precise("0.1234567", 6)));
        assert_eq!(parse_units("0.1234560", 6), Ok(123_456), "a zero is no precision");
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", "k", ".5", "5.", "1__0", "_1", "1_", "-1", "+1", "1,000", "NA", "1e3", "٣"]
        {
            assert!(matches!(parse_count(text), Err(AmountError::NotANumber(_))), "{text}");
        }
        let large = "9".repeat(60);
        assert_eq!(parse_count(&large), Err(AmountError::TooLarge(large)));
    }

    #[test]
    fn people_see_groups() {
        assert_eq!(grouped(1_234_567_890_000, 6), "1,234,567.89");
        assert_eq!(grouped(950_000, 6), "0.95");
        assert_eq!(grouped(16_210_452_000, 6), "16,210.452");
        assert_eq!(grouped(1_000, 0), "1,000");
    }

    proptest! {
        #[test]
        fn a_written_amount_reads_back(units in 0..u128::MAX / 10, decimals in 0_u8..=18) {
            prop_assert_eq!(parse_units(&format_units(units, decimals), decimals), Ok(units));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}", decimals: u8) {
            let _ = parse_units(&text, decimals);
        }

        #[test]
        fn underscores_change_nothing(number: u64) {
            let plain = number.to_string();
            let spread = plain.chars().map(String::from).collect::<Vec<_>>().join("_");
            prop_assert_eq!(parse_count(&spread), parse_count(&plain));
        }
    }
}
