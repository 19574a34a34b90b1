//! Error codes: literals that are known before anything runs.

use core::fmt;

use crate::Category;

/// The text that names one reason, `<area>.<noun>.<problem>` in lower case.
///
/// A malformed literal does not compile:
///
/// ```compile_fail
/// const BAD: granary_errors::Code = granary_errors::Code::new("No Spaces");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The longest code: it must fit a log line and a metric label.
    pub const MAX_BYTES: usize = 64;

    /// A code from a literal; to be called in a `const`, where a malformed one is a compile error.
    ///
    /// # Panics
    /// When the text is malformed.
    pub const fn new(text: &'static str) -> Self {
        assert!(is_well_formed(text), "BUG: a code is two to four words like area.noun.problem");
        Self(text)
    }

    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// True when `text` is two to four words of `a-z`, `0-9` and `_`, joined by single dots.
pub const fn is_well_formed(text: &str) -> bool {
    let mut rest = text.as_bytes();
    if rest.len() > Code::MAX_BYTES {
        return false;
    }
    let (mut words, mut letters) = (1, 0);
    while let [byte, tail @ ..] = rest {
        match byte {
            b'a'..=b'z' => letters += 1,
            b'0'..=b'9' | b'_' if letters > 0 => letters += 1,
            b'.' if letters > 0 => {
                words += 1;
                letters = 0;
            }
            _ => return false,
        }
        rest = tail;
    }
    letters > 0 && words >= 2 && words <= 4
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// The category it is always sent with.
    pub category: Category,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What the person who runs the canister should do; a code nobody acts on is not a code.
    pub operator_action: &'static str,
}

impl CodeEntry {
    /// A row from literals.
    pub const fn new(
        code: &'static str,
        category: Category,
        meaning: &'static str,
        operator_action: &'static str,
    ) -> Self {
        Self { code: Code::new(code), category, meaning, operator_action }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_joined_by_dots() {
        for good in ["common.anonymous", "grants.program.not_found", "a.b.c.d", "a1.b_2"] {
            assert!(is_well_formed(good), "{good}");
        }
        assert!(is_well_formed(&("a.".to_owned() + &"b".repeat(62))), "64 bytes");
        let long = "a.".to_owned() + &"b".repeat(63);
        for bad in ["", "one", "a..b", ".a", "a.", "A.b", "a.b c", "a.1b", "a.b.c.d.e", &long] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
