//! The names of series in an expression of Prometheus' language.

use std::collections::BTreeSet;

/// Words that are no names. What follows the first six in brackets is a list of labels.
const WORDS: [&str; 14] = [
    "by",
    "group_left",
    "group_right",
    "ignoring",
    "on",
    "without",
    "and",
    "atan2",
    "bool",
    "inf",
    "nan",
    "offset",
    "or",
    "unless",
];

/// The names, without functions, operators, labels, texts, durations and numbers.
pub(super) fn names(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            rest = behind.trim_start();
            match WORDS.iter().position(|known| *known == word) {
                Some(place) if place < 6 && rest.starts_with('(') => rest = past(rest, ')'),
                Some(_) => {}
                None if rest.starts_with('(') || is_grouped(rest) => {}
                None => _ = found.insert(word.to_owned()),
            }
            continue;
        }
        rest = match first {
            '{' => past(rest, '}'),
            '[' => past(rest, ']'),
            '"' => past_text(rest),
            c if c.is_ascii_digit() => rest.trim_start_matches(|c| is_in_name(c) || c == '.'),
            c => &rest[c.len_utf8()..],
        };
    }
    found
}

const fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// Whether the word before was an aggregation that says its labels first.
fn is_grouped(rest: &str) -> bool {
    ["by", "without"].iter().any(|word| {
        let behind = rest.strip_prefix(word);
        behind.is_some_and(|behind| behind.trim_start().starts_with('('))
    })
}

/// What stands behind the bracket that closes the first one; texts may hold any.
fn past(text: &str, close: char) -> &str {
    let mut rest = &text[1..];
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            rest = past_text(rest);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c == close {
            break;
        }
    }
    rest
}

/// What stands behind the text that begins here.
fn past_text(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[test]
fn names_are_found_and_nothing_else() {
    let of = |text: &str| names(text).into_iter().collect::<Vec<_>>();
    assert_eq!(of("a_b > 1e12"), ["a_b"]);
    assert_eq!(of("sum by (peer, x_y) (rate(a_total{b=\"c_d}\", e!~\"f|g\"}[10m]))"), ["a_total"]);
    assert_eq!(of("sum(a_b) without (c) / on (d_e) group_left (f) g_h offset 5m"), ["a_b", "g_h"]);
    assert_eq!(of("time() - a_b > 7 * 86400 and c:d_e == bool 0.5"), ["a_b", "c:d_e"]);
    assert_eq!(of("absent(up{job=\"a \\\" b\"}) or vector(1)"), ["up"]);
    assert_eq!(of("a_b{c=\"\u{e9}\"} unless on () d_e"), ["a_b", "d_e"]);
}
