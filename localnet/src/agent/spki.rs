//! Public keys in DER: the `SubjectPublicKeyInfo` of a key, taken apart.

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const BIT_STRING: u8 = 0x03;

/// The object identifier of the key's algorithm, and the bits of the key; None for what is not
/// such a structure.
pub(super) fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = element(der, SEQUENCE)?;
    let (algorithm, body) = element(body, SEQUENCE)?;
    let (id, _) = element(algorithm, OBJECT_ID)?;
    let (bits, after) = element(body, BIT_STRING)?;
    let (unused, bits) = bits.split_first()?;
    (*unused == 0 && after.is_empty() && rest.is_empty()).then_some((id, bits))
}

/// The content of the element with this tag at the start of `der`, and what follows it. Lengths are
/// encoded in as few bytes as they need, and in no more than two besides the first.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (length, rest) = match rest {
        [length, rest @ ..] if *length < 0x80 => (usize::from(*length), rest),
        [0x81, length, rest @ ..] if *length >= 0x80 => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] if *high > 0 => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the interface specification, section "Web Authentication".
    const EXAMPLE: &str = "305e300c060a2b0601040183b84301010\
        34e00a50102032620012158207ffd83632072fd1bfeaf3fbaa43146e0ef95c3f55e3994a41bbf2b5174d771da\
        225820 32497eed0a7f6f00092876 5b8318162cfd80a94e525a6a368c2363063d04e6ed";

    #[test]
    fn a_key_is_taken_apart() {
        let der = hex::decode(EXAMPLE.replace(' ', "")).expect("hexadecimal");
        let (id, bits) = parts(&der).expect("a key");
        assert_eq!(hex::encode(id), "2b0601040183b8430101");
        assert_eq!((bits.len(), bits[0]), (77, 0xa5));
        for end in 0..der.len() {
            assert_eq!(parts(&der[..end]), None, "cut off at {end}");
        }
        assert_eq!(parts(&[&der[..], &[0]].concat()), None, "something follows");
    }

    #[test]
    fn long_lengths_are_read_and_padded_ones_are_not() {
        let content = |length: usize| vec![7; length];
        let encoded = |prefix: &[u8], length| [prefix, &content(length)].concat();
        let read = |der: &[u8]| element(der, SEQUENCE).map(|(content, _)| content.len());
        assert_eq!(read(&encoded(&[SEQUENCE, 0x81, 0x80], 128)), Some(128));
        assert_eq!(read(&encoded(&[SEQUENCE, 0x82, 1, 1], 257)), Some(257));
        assert_eq!(read(&encoded(&[SEQUENCE, 0x81, 0x7f], 127)), None);
        assert_eq!(read(&encoded(&[SEQUENCE, 0x82, 0, 0x80], 128)), None);
        assert_eq!(read(&[SEQUENCE, 0x83, 0, 1, 0]), None);
    }
}
