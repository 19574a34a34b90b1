//! Bytes to text when nobody says which encoding it is.

/// Windows-1252 from 0x80 to 0x9F; its five holes stay what they are in Unicode.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8 when it is, otherwise Windows-1252, which every spreadsheet of the time wrote. White space
/// at the ends goes, and each run of it inside becomes one space.
pub(crate) fn clean(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().map(|&byte| from_windows_1252(byte)).collect(),
        str::to_owned,
    );
    text.trim_start_matches('\u{feff}').split_whitespace().collect::<Vec<_>>().join(" ")
}

fn from_windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_read() {
        assert_eq!(clean("ɱ to ₥".as_bytes()), "ɱ to ₥");
        assert_eq!(clean(b"caf\xe9 \x96 it\x92s"), "café – it’s");
        assert_eq!(clean(b" two\r\n lines "), "two lines");
        assert_eq!(clean("\u{feff}title".as_bytes()), "title");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = clean(&bytes);
        }
    }
}
