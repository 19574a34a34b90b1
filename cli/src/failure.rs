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
            Error::InvalidInput { field, .. } if !field.is_empty() => {
                format!("granary help, and mend `{field}`")
            }
            Error::InvalidInput { .. } => "granary help".to_owned(),
            Error::Unauthorized { needs, .. } => format!("the same with --identity of a {needs}"),
            Error::InsufficientFunds { .. } => "granary grants budget".to_owned(),
            Error::NotFound { kind, .. } if kind == "grant" => {
                "granary grants list --grants".into()
            }
            Error::NotFound { kind, .. } if kind == "program" => {
                "granary grants program list".to_owned()
            }
            Error::NotFound { .. } => "granary grants list".to_owned(),
            Error::StateError { .. } => "granary grants show".to_owned(),
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

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; next: {}", self.message, self.next)
    }
}
