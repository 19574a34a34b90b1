//! The house rules a compiler does not know, each with a message that says what to do.
//!
//! Rooms: `text` – lines, markers, ends of line; `rust` – what needs the syntax tree; `rooms` – the
//! folders of a canister; `documents` – Markdown; `manifests` – Cargo.toml files; `deployment` –
//! dfx.json and icp.yaml.

mod deployment;
mod documents;
mod manifests;
mod rooms;
mod rust;
mod text;

pub(crate) use rooms::layout_schema;

use crate::{golden, project::Project, step::Verdict};

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// File relative to the root.
    path: String,
    /// Line, counted from 1; 0 when the file as a whole is meant.
    line: usize,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Files whose content comes from elsewhere and is not written by the house rules.
const FOREIGN: [&str; 2] = ["LICENSE", "Cargo.lock"];

/// Checks every file of the checkout.
pub(crate) fn check(project: &Project) -> Verdict {
    let files = project.files()?;
    let mut findings = rooms::check(&project.canisters(), &files);
    for path in &files {
        let Ok(content) = std::fs::read(project.root.join(path)) else { continue };
        let Ok(content) = String::from_utf8(content) else { continue };
        if FOREIGN.contains(&path.as_str()) {
            continue;
        }
        findings.extend(check_file(path, &content, &files));
    }
    findings.extend(rooms::schema_numbers(project)?);
    for canister in project.canisters() {
        if let Ok((schema, image)) = golden::current(project, &canister)
            && !files.contains(&image)
        {
            let message = format!("the image of schema {schema} is missing: `cargo xtask golden`");
            findings.push(Finding::new(&image, 0, message));
        }
    }
    findings.extend(deployment::check(
        &project.canisters(),
        &project.read("dfx.json")?,
        &project.read("icp.yaml")?,
        &deployment::root_key(&project.read(deployment::ROOT_KEY_SOURCE)?),
    ));
    findings.sort();
    if findings.is_empty() {
        return Ok(format!("{} files", files.len()));
    }
    Err(findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The rules for one file; `files` are all files there are.
fn check_file(path: &str, content: &str, files: &[String]) -> Vec<Finding> {
    let mut findings = text::check(path, content);
    if has_extension(path, "rs") {
        findings.extend(text::check_rust(path, content));
        findings.extend(rust::check(path, content));
    }
    if has_extension(path, "md") {
        findings.extend(documents::check(path, content, files));
    }
    if path == "README.md" {
        findings.extend(documents::check_readme(content));
    }
    if path == "Cargo.toml" || path.ends_with("/Cargo.toml") {
        findings.extend(manifests::check(path, content));
    }
    findings
}

/// Whether the path ends in `.extension`.
fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Whether the file belongs to code that runs inside a canister.
fn is_canister_side(path: &str) -> bool {
    const SHARED: [&str; 7] = ["api", "env", "errors", "health", "metrics", "stable", "units"];
    let mut parts = path.split('/');
    match (parts.next(), parts.next()) {
        (Some("canisters"), _) | (Some("tests"), Some("canisters")) => true,
        (Some("crates"), Some(name)) => SHARED.contains(&name),
        _ => false,
    }
}

/// Whether the file is compiled only for tests: a `tests` folder of a package or a file of tests.
fn is_test(path: &str) -> bool {
    let in_tests = path.starts_with("tests/") && !path.starts_with("tests/canisters/");
    in_tests || path.contains("/tests/") || path.ends_with("/tests.rs")
}
