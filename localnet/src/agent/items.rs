//! Counts the values in CBOR without building them: each takes much more memory than the byte it
//! may consist of.

/// Values a request may consist of: more than it has when it asks for as many paths as it may.
pub(super) const ITEMS_MAX: usize = 200_000;

/// Whether `bytes` hold more values than a request may. What is malformed is not judged here.
pub(super) fn has_too_many(bytes: &[u8]) -> bool {
    let (mut rest, mut items) = (bytes, 0);
    while let Some((first, after)) = rest.split_first() {
        items += 1;
        if items > ITEMS_MAX {
            return true;
        }
        let (kind, detail) = (first >> 5, first & 0x1f);
        let width = match detail {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => 0,
        };
        let Some((number, after)) = after.split_at_checked(width) else { return false };
        rest = after;
        // Byte strings and texts of a known length; all else is followed by more values.
        if matches!(kind, 2 | 3) && detail != 31 {
            let length = match detail {
                0..=23 => u64::from(detail),
                _ => number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            };
            let inside = usize::try_from(length).ok().and_then(|end| rest.get(end..));
            let Some(after) = inside else { return false };
            rest = after;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certification::cbor;

    #[test]
    fn bytes_inside_strings_are_no_values() {
        assert!(!has_too_many(&cbor::encode(&cbor::bytes(vec![0x80; 1_000_000]))));
        assert!(!has_too_many(&cbor::encode(&cbor::text(&"\u{80}".repeat(500_000)))));
        let array = |count: usize| cbor::encode(&vec![7_u8; count]);
        assert!(!has_too_many(&array(ITEMS_MAX - 10)));
        assert!(has_too_many(&array(ITEMS_MAX)));
        assert!(has_too_many(&vec![0x80; ITEMS_MAX + 1]));
    }

    #[test]
    fn what_breaks_off_is_left_to_the_decoder() {
        for bytes in [&[][..], &[0x5b], &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
            assert!(!has_too_many(bytes));
        }
    }
}
