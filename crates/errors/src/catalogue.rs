//! All codes of the suite seen together: each once, each explained.

use core::fmt::Write;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Code, CodeEntry};

/// What is wrong with a set of catalogues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueFault {
    /// Two rows have the same code.
    Twice(Code),
    /// A row lacks its meaning or its operator action.
    Unexplained(Code),
}

/// Checks that every code appears once and is explained. Run by a test over the whole suite.
pub fn validate<'a>(
    rows: impl IntoIterator<Item = &'a CodeEntry>,
) -> Result<usize, CatalogueFault> {
    let mut seen = BTreeSet::new();
    for row in rows {
        if row.meaning.is_empty() || row.operator_action.is_empty() {
            return Err(CatalogueFault::Unexplained(row.code));
        }
        if !seen.insert(row.code) {
            return Err(CatalogueFault::Twice(row.code));
        }
    }
    Ok(seen.len())
}

/// The table of `docs/ERRORS.md`, sorted by code.
pub fn markdown<'a>(rows: impl IntoIterator<Item = &'a CodeEntry>) -> String {
    let sorted: BTreeMap<Code, &CodeEntry> = rows.into_iter().map(|row| (row.code, row)).collect();
    let mut text = String::from("| code | category | meaning | what to do |\n|---|---|---|---|\n");
    for row in sorted.values() {
        let CodeEntry { code, category, meaning, operator_action } = row;
        let written = writeln!(text, "| `{code}` | {category} | {meaning} | {operator_action} |");
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Category, common};

    const A: CodeEntry = CodeEntry::new("a.b", Category::NotFound, "meaning", "action");

    #[test]
    fn the_common_codes_are_a_catalogue() {
        assert_eq!(validate(common::CATALOGUE), Ok(common::CATALOGUE.len()));
    }

    #[test]
    fn a_code_appears_once_and_is_explained() {
        assert_eq!(validate([&A, &A]), Err(CatalogueFault::Twice(A.code)));
        let mute = CodeEntry { operator_action: "", ..A };
        assert_eq!(validate([&mute]), Err(CatalogueFault::Unexplained(A.code)));
        let mute = CodeEntry { meaning: "", ..A };
        assert_eq!(validate([&mute]), Err(CatalogueFault::Unexplained(A.code)));
    }

    #[test]
    fn rows_are_sorted_by_code() {
        let z = CodeEntry::new("z.z", Category::StateError, "last", "nothing");
        let text = markdown([&z, &A]);
        let rows: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| `a.b` | NotFound | meaning | action |", "| `z.z` | StateError | last | nothing |"]
        );
    }
}
