//! Text and JSON from one value, so that both always say the same.
//!
//! | room | holds |
//! |---|---|
//! | `page` | text under construction: lines, tables, colours |
//! | `wire` | programmes and applications as this tool shows them |
//! | `grant` | grants, budgets and figures |
//! | `user` | people, wallets, risk profiles, roles |
//! | `books` | balances, entries, reconciliations |
//! | `statement` | an account's history, proofs of its balance |
//! | `payment`, `hands` | payments; what can be paid, and may be without asking |
//! | `guard`, `limits` | seals, alerts, breakers; limits with what is used |
//! | `policy`, `explain` | the policy and its changes; how an amount could leave |
//! | `announcement` | payments said beforehand |
//! | `proposal`, `course` | proposals and votes; audits, rehearsals, steps |
//! | `assembly` | members, who can change what, incidents |
//! | `fleet`, `screen` | all canisters at a glance: as text, and on a terminal that is kept |

pub(crate) mod announcement;
pub(crate) mod assembly;
pub(crate) mod books;
pub(crate) mod course;
pub(crate) mod explain;
pub(crate) mod fleet;
#[cfg(test)]
mod governance_tests;
pub(crate) mod grant;
pub(crate) mod guard;
pub(crate) mod hands;
mod limits;
pub(crate) mod page;
pub(crate) mod payment;
pub(crate) mod policy;
pub(crate) mod proposal;
pub(crate) mod screen;
pub(crate) mod statement;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod treasury_tests;
pub(crate) mod user;
pub(crate) mod wire;

use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::{
    cli::{ColorWhen, Global},
    exit::Exit,
    failure::Failure,
};
pub(crate) use page::Page;

/// What a command has to say.
pub(crate) trait Report: Serialize {
    /// Name and version of the JSON form, such as `granary.health/1`.
    const SCHEMA: &'static str;

    /// The same for people.
    fn text(&self, page: &mut Page);
}

#[derive(Serialize)]
struct Document<'a, R> {
    schema: &'static str,
    #[serde(flatten)]
    report: &'a R,
}

/// The report as text.
pub(crate) fn to_text<R: Report>(report: &R, color: bool) -> String {
    let mut page = Page::new(color);
    report.text(&mut page);
    page.finish()
}

/// The report as one JSON document; `pretty` spreads it over lines.
pub(crate) fn to_json<R: Report>(report: &R, pretty: bool) -> String {
    let document = Document { schema: R::SCHEMA, report };
    let text = if pretty {
        serde_json::to_string_pretty(&document)
    } else {
        serde_json::to_string(&document)
    };
    let mut text = text.expect("reports are made of texts, numbers and lists");
    text.push('\n');
    text
}

/// The name of a value without fields, in lower case with underscores.
pub(crate) fn name(value: &impl std::fmt::Debug) -> String {
    snake(&format!("{value:?}"))
}

/// The name of a case in lower case with underscores.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// Both ends of an address, for a table; whoever approves is shown all of it.
fn short(address: &str) -> String {
    let clean = page::cut(address, 200);
    let letters: Vec<char> = clean.chars().collect();
    let (Some(head), Some(tail)) = (letters.get(..11), letters.last_chunk::<9>()) else {
        return clean;
    };
    if letters.len() <= 27 {
        return clean;
    }
    let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
    format!("{head}…{tail}")
}

/// Tells that there are further rows.
fn more(page: &mut Page, next: Option<u64>) {
    if let Some(next) = next {
        page.line(format!("more: --after {next}"));
    }
}

/// Where reports go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) color: bool,
    pub(crate) quiet: bool,
}

impl Output {
    /// The form the flags and the environment ask for.
    pub(crate) fn new(global: &Global) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0");
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = match global.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto if set("NO_COLOR") => false,
            ColorWhen::Auto if forced => true,
            ColorWhen::Auto => std::io::stdout().is_terminal() && !dumb,
        };
        Self { json: global.json, color: color && !global.json, quiet: global.quiet }
    }

    /// Prints a report.
    pub(crate) fn emit<R: Report>(self, report: &R) -> Result<(), Failure> {
        let text = if self.json { to_json(report, true) } else { to_text(report, self.color) };
        write_out(&text)
    }

    /// Prints the report of a change that succeeded: quiet people do not want to hear of it.
    pub(crate) fn emit_change<R: Report>(self, report: &R) -> Result<(), Failure> {
        if self.quiet && !self.json { Ok(()) } else { self.emit(report) }
    }

    /// Prints one element of a stream: a line of JSON, or the report's text.
    pub(crate) fn emit_line<R: Report>(self, report: &R) -> Result<(), Failure> {
        let text = if self.json { to_json(report, false) } else { to_text(report, self.color) };
        write_out(&text)
    }

    /// Shows what somebody is asked about on standard error, so that standard output stays a
    /// document.
    pub(crate) fn show<R: Report>(self, report: &R) {
        // Nobody is left to ask when standard error is closed.
        let _ = std::io::stderr().write_all(to_text(report, self.color).as_bytes());
    }

    /// Says why a command failed, on standard error.
    pub(crate) fn fail(self, failure: &Failure) {
        let text = if self.json {
            to_json(&FailureReport::from(failure), true)
        } else {
            format!("error: {failure}\n")
        };
        // Nobody is left to tell when standard error is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// Writes to standard output. A reader that went away is no failure: it has read enough.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        let exit =
            if error.kind() == std::io::ErrorKind::BrokenPipe { Exit::Ok } else { Exit::Failed };
        Failure::new(exit, "cli.output", format!("cannot write to standard output: {error}"))
    })
}

/// A failure as a document.
#[derive(Serialize)]
struct FailureReport {
    exit: u8,
    code: String,
    message: String,
    next: String,
}

impl From<&Failure> for FailureReport {
    fn from(failure: &Failure) -> Self {
        Self {
            exit: failure.exit.code(),
            code: failure.code.clone(),
            message: failure.message.clone(),
            next: failure.next.clone(),
        }
    }
}

impl Report for FailureReport {
    const SCHEMA: &'static str = "granary.error/1";

    fn text(&self, page: &mut Page) {
        page.line(format!("error: {}; next: {}", self.message, self.next));
    }
}

/// One line of progress on standard error, rewritten in place; nothing unless that is a terminal.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    pub(crate) fn new(output: Output) -> Self {
        Self { shown: !output.quiet && std::io::stderr().is_terminal() }
    }

    /// Progress nobody sees.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self { shown: false }
    }

    /// Replaces the line.
    pub(crate) fn say(&self, what: impl std::fmt::Display) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K{what}");
            let _ = std::io::stderr().flush();
        }
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.say("");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
