//! Text from elsewhere, made fit to be shown.

/// Characters of a name that are shown.
pub(crate) const NAME_SHOWN: usize = 100;

/// The text on one line of at most `width` characters; no control character of it is left.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().nth(width).is_none() {
        return text.chars().map(clean).collect();
    }
    text.chars().map(clean).take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_stays_on_its_line() {
        assert_eq!(one_line("a\x1b[31mb\nc", 20), "a [31mb c");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("abcd", 4), "abcd");
        assert_eq!(one_line("", 0), "");
        assert_eq!(one_line("ab", 0), "…");
    }
}
