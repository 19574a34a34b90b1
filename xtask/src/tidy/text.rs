//! Rules over plain lines: length, ends, markers, forbidden words.

use super::{Finding, is_canister_side, is_test};

const FILE_LINES_MAX: usize = 500;
const LINE_CHARACTERS_MAX: usize = 100;
/// How the first line of a generated file ends.
const GENERATED: &str = "Generated; do not edit.";

/// The folder whose sources spell the forbidden words in order to look for them.
const SEEKER: &str = "xtask/src/";

/// Rules for every text file.
pub(super) fn check(path: &str, content: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if content.contains('\r') {
        findings.push(Finding::new(path, 0, "lines end in CRLF; use LF"));
        return findings;
    }
    if !content.is_empty() && !content.ends_with('\n') {
        findings.push(Finding::new(path, 0, "the last line has no end; add a line end"));
    }
    for (number, line) in numbered(content) {
        if line.ends_with([' ', '\t']) {
            findings.push(Finding::new(path, number, "space at the end of the line; remove it"));
        }
        if path.starts_with(SEEKER) {
            continue;
        }
        for marker in ["FIXME", "XXX"] {
            if has_word(line, marker) {
                let message = format!("`{marker}` is never committed; mend it or open an issue");
                findings.push(Finding::new(path, number, message));
            }
        }
        if has_word(line, "TODO") && !names_an_issue(line) {
            let message = "`TODO` without an issue (#12) or a decision (ADR-0003); name one";
            findings.push(Finding::new(path, number, message));
        }
    }
    findings
}

/// Rules for Rust sources that need no syntax tree.
pub(super) fn check_rust(path: &str, content: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = content.lines().count();
    // Nobody reads a generated file, and its generator cannot split it by subject.
    let generated = content.lines().next().is_some_and(|line| line.ends_with(GENERATED));
    if count > FILE_LINES_MAX && !generated {
        let message = format!("{count} lines, at most {FILE_LINES_MAX}: split it by subject");
        findings.push(Finding::new(path, 0, message));
    }
    if !content.starts_with("//! ") {
        let message = "starts without a `//!` line that says what the module is";
        findings.push(Finding::new(path, 1, message));
    }
    for (number, line) in numbered(content) {
        let length = line.chars().count();
        if length > LINE_CHARACTERS_MAX {
            let message = format!("{length} characters, at most {LINE_CHARACTERS_MAX}");
            findings.push(Finding::new(path, number, message));
        }
        let code = line.trim_start();
        if !code.starts_with("//") && !path.starts_with(SEEKER) {
            findings.extend(forbidden(path, code).map(|words| Finding::new(path, number, words)));
        }
    }
    findings
}

/// What is wrong with a line of code by the words it contains.
fn forbidden(path: &str, code: &str) -> Option<String> {
    if code.contains("dbg!(") {
        return Some("`dbg!` is never committed".to_owned());
    }
    let in_shell = (path.starts_with("canisters/") && path.contains("/shell/"))
        || path.starts_with("tests/canisters/");
    let in_env = path.starts_with("crates/env/");
    if code.contains("ic_cdk") && !in_shell && !in_env {
        return Some(
            "`ic_cdk` outside the shells and crates/env; take what you need as an argument"
                .to_owned(),
        );
    }
    if !is_canister_side(path) || is_test(path) {
        return None;
    }
    let in_canister = path.starts_with("canisters/") || path.starts_with("tests/canisters/");
    if in_canister && code.contains("MemoryId::new(") && !path.ends_with("/layout.rs") {
        return Some("a MemoryId outside layout.rs; add a row to the table there".to_owned());
    }
    for clock in ["SystemTime", "std::time::Instant", "Instant::now"] {
        if code.contains(clock) {
            return Some(format!("`{clock}` traps on chain; take `now` as an argument"));
        }
    }
    None
}

fn numbered(content: &str) -> impl Iterator<Item = (usize, &str)> {
    content.lines().enumerate().map(|(index, line)| (index + 1, line))
}

fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_letter) && !line[at + word.len()..].starts_with(is_letter)
    })
}

fn names_an_issue(line: &str) -> bool {
    let digit_after = |mark: &str| {
        line.match_indices(mark)
            .any(|(at, _)| line[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    digit_after("#") || digit_after("ADR-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_text_file() {
        assert_eq!(messages(&check("a.md", "one\ntwo (ab)\n")), Vec::<String>::new());
        assert_eq!(messages(&check("a.md", "one\r\n")), ["a.md: lines end in CRLF; use LF"]);
        assert_eq!(
            messages(&check("a.md", "one \ntwo")),
            [
                "a.md: the last line has no end; add a line end",
                "a.md:1: space at the end of the line; remove it",
            ]
        );
    }

    #[test]
    fn markers() {
        assert_eq!(
            messages(&check("a.rs", "// FIXME later\n// TODO later\n// TODO(#12) later\n")),
            [
                "a.rs:1: `FIXME` is never committed; mend it or open an issue",
                "a.rs:2: `TODO` without an issue (#12) or a decision (ADR-0003); name one",
            ]
        );
        assert!(check("a.rs", "let AUTODOC = TODOS;\n").is_empty(), "only whole words");
    }

    #[test]
    fn sizes_and_the_first_line() {
        let long = format!("//! What it is.\n// {}\n", "ä".repeat(98));
        assert_eq!(
            messages(&check_rust("a.rs", &long)),
            ["a.rs:2: 101 characters, at most 100"],
            "characters count, not bytes"
        );
        let many = format!("use x;\n{}", "\n".repeat(500));
        let generated = format!("//! What it is. Generated; do not edit.\n{}", "\n".repeat(600));
        assert_eq!(messages(&check_rust("a.rs", &generated)), [""; 0]);
        assert_eq!(
            messages(&check_rust("a.rs", &many)),
            [
                "a.rs: 501 lines, at most 500: split it by subject",
                "a.rs:1: starts without a `//!` line that says what the module is",
            ]
        );
    }

    #[test]
    fn words_in_code() {
        let at = |path: &str, code: &str| messages(&check_rust(path, &format!("//! X.\n{code}\n")));
        let cdk = "use ic_cdk::api;";
        assert_eq!(at("canisters/a/shell/src/x.rs", cdk), Vec::<String>::new());
        assert_eq!(at("crates/env/src/x.rs", cdk), Vec::<String>::new());
        assert_eq!(at("tests/canisters/a/src/x.rs", cdk), Vec::<String>::new());
        assert_eq!(at("canisters/a/core/src/x.rs", "// ic_cdk is absent"), Vec::<String>::new());
        assert_eq!(
            at("canisters/a/core/src/x.rs", cdk),
            ["canisters/a/core/src/x.rs:2: `ic_cdk` outside the shells and crates/env; take what \
              you need as an argument"]
        );
        let id = "let id = MemoryId::new(7);";
        assert_eq!(at("canisters/a/core/src/store/layout.rs", id), Vec::<String>::new());
        assert_eq!(
            at("canisters/a/core/src/x.rs", id),
            ["canisters/a/core/src/x.rs:2: a MemoryId outside layout.rs; add a row to the \
              table there"]
        );
        let clock = "let t = SystemTime::now();";
        assert_eq!(at("cli/src/x.rs", clock), Vec::<String>::new());
        assert_eq!(
            at("crates/units/src/x.rs", clock),
            ["crates/units/src/x.rs:2: `SystemTime` traps on chain; take `now` as an argument"]
        );
        assert_eq!(at("cli/src/x.rs", "dbg!(1);"), ["cli/src/x.rs:2: `dbg!` is never committed"]);
    }
}
