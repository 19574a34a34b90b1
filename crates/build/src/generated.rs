//! Generated files: each is produced by the package that knows its content, compared in that
//! package's tests, and rewritten by the same test when [`BLESS`] is set.

use std::{cmp::Ordering, path::Path};

use crate::workspace;

/// The environment variable under which tests rewrite generated files. `cargo xtask bless` sets it.
pub const BLESS: &str = "GRANARY_BLESS";

/// Compares the committed file at `relative` (a path below the root of the workspace, with `/`)
/// with `text`, or writes it when [`BLESS`] is set.
///
/// # Panics
/// When the file differs, with the first differing line and the command that rewrites it; and
/// when the file cannot be written.
pub fn generated(relative: &str, text: &str) {
    let root = workspace::root().expect("tests run inside the checkout");
    let bless = std::env::var_os(BLESS).is_some_and(|value| !value.is_empty());
    if let Err(difference) = compare_generated(&root, relative, text, bless) {
        panic!("{difference}");
    }
}

/// As [`generated`], for one section of a page that several packages write: what stands under
/// `## heading`. Sections stand in the order of their headings; the rest of the page stays.
///
/// # Panics
/// As [`generated`]; a section that is missing differs.
pub fn generated_section(relative: &str, heading: &str, text: &str) {
    let root = workspace::root().expect("tests run inside the checkout");
    let page = std::fs::read_to_string(root.join(relative)).unwrap_or_default();
    generated(relative, &with_section(&page, heading, text));
}

/// The page with this section in its place.
fn with_section(page: &str, heading: &str, text: &str) -> String {
    let title = format!("## {heading}");
    let (mut before, mut after) = (String::new(), String::new());
    let mut place = Ordering::Less;
    for line in page.lines() {
        if line.starts_with("## ") {
            place = line.cmp(&title);
        }
        match place {
            Ordering::Less => before.extend([line, "\n"]),
            Ordering::Equal => {}
            Ordering::Greater => after.extend([line, "\n"]),
        }
    }
    let (before, text) = (before.trim_end(), text.trim());
    format!("{before}\n\n{title}\n\n{text}\n\n{after}")
}

/// The comparison behind [`generated`]: `Err` says how the file differs. With `bless` the file is
/// rewritten first.
pub fn compare_generated(
    root: &Path,
    relative: &str,
    text: &str,
    bless: bool,
) -> Result<(), String> {
    let path = root.join(relative);
    let text = normalised(text);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == text {
        return Ok(());
    }
    if bless {
        let folder = path.parent().unwrap_or(root);
        return std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &text))
            .map_err(|error| format!("cannot write {relative}: {error}"));
    }
    let mut line = 1;
    let (mut old, mut new) = (committed.lines(), text.lines());
    loop {
        let (before, after) = (old.next(), new.next());
        if before != after {
            return Err(format!(
                "{relative} is out of date at line {line}:\n  committed: {}\n  generated: {}\n\
                 run `cargo xtask bless` and commit the result",
                before.unwrap_or("(end of file)"),
                after.unwrap_or("(end of file)"),
            ));
        }
        if before.is_none() {
            return Err(format!("{relative} has other line ends than LF; run `cargo xtask bless`"));
        }
        line += 1;
    }
}

/// LF line ends, no space at the end of a line, one line end at the end of the file.
fn normalised(text: &str) -> String {
    let mut output = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let end = output.trim_end().len();
    output.truncate(end);
    output.push('\n');
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_or_put_in_its_place() {
        let page = "# T\n\nText.\n\n## All\n\na\n\n## books\n\nb\n";
        let changed = with_section(page, "All", "x\n");
        assert_eq!(normalised(&changed), "# T\n\nText.\n\n## All\n\nx\n\n## books\n\nb\n");
        let more = with_section(&changed, "apples", "y");
        assert_eq!(
            normalised(&more),
            "# T\n\nText.\n\n## All\n\nx\n\n## apples\n\ny\n\n## books\n\nb\n"
        );
        assert!(with_section(&more, "zoo", "z").ends_with("b\n\n## zoo\n\nz\n\n"));
        assert_eq!(with_section(&changed, "books", "b").trim_end(), changed.trim_end());
    }

    #[test]
    fn tells_the_first_difference_and_rewrites_only_when_asked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path();
        let missing = compare_generated(root, "docs/A.md", "one\n", false).expect_err("missing");
        assert!(missing.contains("line 1") && missing.contains("(end of file)"), "{missing}");

        compare_generated(root, "docs/A.md", "one  \r\ntwo", true).expect("written");
        let written = std::fs::read_to_string(root.join("docs/A.md")).expect("there");
        assert_eq!(written, "one\ntwo\n");
        compare_generated(root, "docs/A.md", "one\ntwo\n\n", false).expect("the same");

        let changed = compare_generated(root, "docs/A.md", "one\n2\n", false).expect_err("changed");
        assert!(changed.contains("line 2") && changed.contains("committed: two"), "{changed}");
        std::fs::write(root.join("docs/A.md"), "one\r\ntwo\r\n").expect("written");
        let ends = compare_generated(root, "docs/A.md", "one\ntwo", false).expect_err("CRLF");
        assert!(ends.contains("LF"), "{ends}");
    }
}
