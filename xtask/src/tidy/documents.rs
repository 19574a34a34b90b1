//! Rules for Markdown: one title, links that lead somewhere, commands that exist.

use std::collections::BTreeSet;

use super::Finding;
use crate::check::TEST_COMMAND;

/// The command a newcomer types first.
const DEMO_COMMAND: &str = "cargo run --release -- demo";

/// Rules for every document; `files` are all files of the checkout.
pub(super) fn check(path: &str, content: &str, files: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut titles = 0;
    for (number, line) in prose(content) {
        titles += usize::from(line.starts_with("# "));
        for target in links(line) {
            if !leads_somewhere(path, target, files) {
                let message = format!("the link `{target}` leads to no file");
                findings.push(Finding::new(path, number, message));
            }
        }
    }
    if titles != 1 {
        findings.push(Finding::new(path, 0, format!("{titles} titles (`# `); a page has one")));
    }
    for (index, line) in content.lines().enumerate() {
        for task in xtask_commands(line) {
            if !crate::is_task(task) {
                let message = format!("`cargo xtask {task}` does not exist");
                findings.push(Finding::new(path, index + 1, message));
            }
        }
    }
    findings
}

/// The README shows the two commands literally, each on a line of its own.
pub(super) fn check_readme(content: &str) -> Vec<Finding> {
    let lines: BTreeSet<&str> = content.lines().map(str::trim).collect();
    [DEMO_COMMAND, TEST_COMMAND]
        .into_iter()
        .filter(|command| !lines.contains(command))
        .map(|command| Finding::new("README.md", 0, format!("does not show `{command}`")))
        .collect()
}

/// The lines outside code blocks, with their numbers.
fn prose(content: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    content.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            return None;
        }
        (!in_code).then_some((index + 1, line))
    })
}

/// The targets of `[text](target)` in a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(move |(at, _)| line[at + 2..].split(')').next())
}

fn leads_somewhere(from: &str, target: &str, files: &[String]) -> bool {
    if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
        return true;
    }
    let target = target.split('#').next().unwrap_or(target);
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let as_folder = format!("{path}/");
    path.is_empty() || files.iter().any(|file| *file == path || file.starts_with(&as_folder))
}

/// The words after `cargo xtask` in a line.
fn xtask_commands(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("cargo xtask ").filter_map(|(at, found)| {
        line[at + found.len()..]
            .split(|character: char| !(character.is_ascii_lowercase() || character == '-'))
            .next()
            .filter(|word| !word.is_empty() && !word.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, content: &str) -> Vec<String> {
        let files = ["README.md", "docs/adr/0001-a.md", "docs/STYLE.md"].map(str::to_owned);
        check(path, content, &files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_title_outside_code() {
        assert_eq!(messages("a.md", "# A\n```sh\n# a comment\n```\n"), Vec::<String>::new());
        assert_eq!(messages("a.md", "# A\n# B\n"), ["a.md: 2 titles (`# `); a page has one"]);
        assert_eq!(messages("a.md", "text\n"), ["a.md: 0 titles (`# `); a page has one"]);
    }

    #[test]
    fn links_lead_to_files_and_folders() {
        let good = "# A\n[x](adr/0001-a.md#part) [y](../README.md) [z](adr/) [w](https://a.b/c)\n";
        assert_eq!(messages("docs/b.md", good), Vec::<String>::new());
        assert_eq!(
            messages("docs/b.md", "# A\n[x](README.md) [y](../../up.md)\n"),
            [
                "docs/b.md:2: the link `README.md` leads to no file",
                "docs/b.md:2: the link `../../up.md` leads to no file",
            ]
        );
    }

    #[test]
    fn commands_exist() {
        assert_eq!(messages("a.md", "# A\n`cargo xtask check --only fmt`\n"), Vec::<String>::new());
        assert_eq!(
            messages("a.md", "# A\n`cargo xtask conquer`\n"),
            ["a.md:2: `cargo xtask conquer` does not exist"]
        );
    }

    #[test]
    fn the_readme_shows_both_commands() {
        let readme = format!("    {DEMO_COMMAND}\n\n    {TEST_COMMAND}\n");
        assert_eq!(check_readme(&readme), Vec::new());
        let found = check_readme("cargo run --release -- demo\n");
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["README.md: does not show `cargo test --release --workspace`"]
        );
    }
}
