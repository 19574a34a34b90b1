//! A command that did not succeed: one sentence for people, a code for machines, and what to
//! type next.

use granary_errors::Error;

use crate::exit::Exit;

/// Why a command ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// Stable name of the problem: the canister's error code, or one of the CLI's own.
    pub(crate) code: String,
    /// What happened, without a full stop.
    pub(crate) message: String,
    /// The command to try next.
    pub(crate) next: String,
}

impl Failure {
    /// A failure of the CLI's own.
    pub(crate) fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        let next = match exit {
            Exit::Ok | Exit::Failed | Exit::Degraded => "granary health",
            Exit::Usage | Exit::Refused => "granary help",
            Exit::Unreachable => "granary node",
        };
        Self { exit, code: code.to_owned(), message: message.into(), next: next.to_owned() }
    }

    /// The same failure with a better idea of what to do.
    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.next = command.into();
        self
    }

    /// A file that could not be read or written.
    pub(crate) fn file(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| {
            let failure =
                Self::new(Exit::Usage, "cli.file", format!("cannot {action} {path}: {source}"));
            failure.next(format!("ls -l {path}"))
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let next = match &error {
            Error::InvalidInput { .. } if error.fault().code == NOT_SEEN => {
                "granary proposal render".to_owned()
            }
            Error::InvalidInput { field, .. } if !field.is_empty() => {
                format!("granary help, and mend `{field}`")
            }
            Error::InvalidInput { .. } => "granary help".to_owned(),
            Error::Unauthorized { needs, .. } => format!("the same with --identity of a {needs}"),
            Error::InsufficientFunds { .. } => "granary grants budget".to_owned(),
            Error::NotFound { kind, .. } => list_of(kind).to_owned(),
            Error::StateError { .. } => whereabouts(&error.fault().code).to_owned(),
            Error::SystemError { .. } => "granary health".to_owned(),
        };
        let fault = error.fault();
        Self {
            exit: Exit::of_error(&error),
            code: fault.code.clone(),
            message: fault.message.clone(),
            next,
        }
    }
}

/// A member's word about something else than what there is.
const NOT_SEEN: &str = "governor.vote.not_seen";

/// Where the things of a kind are listed, the kind as the canisters call it.
fn list_of(kind: &str) -> &'static str {
    match kind {
        "grant" => "granary grants list --grants",
        "program" => "granary grants program list",
        "intent" => "granary payments list",
        "adopted asset" => "granary payments asset list",
        "standing authorisation" => "granary payments standing list",
        "payment without an intent" => "granary payments orphan list",
        "seal" => "granary guard seals",
        "seat" => "granary guard seat list",
        "alert" => "granary guard alerts",
        "announcement" => "granary guard announcement list",
        "change of the policy" => "granary guard change list",
        "proposal" | "execution" => "granary proposal list",
        "audit" => "granary proposal audit",
        "rehearsal" => "granary proposal rehearse",
        "fleet snapshot" => "granary proposal snapshots",
        "incident" => "granary incident list",
        "module" => "granary proposal create upgrade",
        _ => "granary grants list",
    }
}

/// Where to see the state that was in the way.
fn whereabouts(code: &str) -> &'static str {
    let is_of = |names: &[&str]| names.iter().any(|name| code.starts_with(name));
    if is_of(&["execution.authorisation."]) {
        "granary payments standing list"
    } else if is_of(&["execution.orphan."]) {
        "granary payments orphan list"
    } else if is_of(&["governor.incident."]) {
        "granary incident list"
    } else if is_of(&["governor."]) {
        "granary proposal show"
    } else if is_of(&["execution."]) {
        "granary payments show"
    } else if is_of(&["risk_guard.policy.", "risk_guard.steward."]) {
        "granary guard change list"
    } else if is_of(&["risk_guard.alert."]) {
        "granary guard alerts"
    } else if is_of(&["risk_guard.seat."]) {
        "granary guard seat list"
    } else if is_of(&["risk_guard."]) {
        "granary guard status"
    } else {
        "granary grants show"
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; next: {}", self.message, self.next)
    }
}
