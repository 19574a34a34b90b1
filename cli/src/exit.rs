//! Exit codes: what a script may conclude without reading a word.

use std::process::ExitCode;

use granary_errors::{Error, Outcome};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// It did what was asked.
    Ok,
    /// It was tried and did not succeed, or a check did not hold.
    Failed,
    /// The command line, a file given to it, or the request itself is wrong.
    Usage,
    /// It works, but not as it should, or its outcome is unknown: a person must look.
    Degraded,
    /// The endpoint did not answer.
    Unreachable,
    /// A rule, a role or a budget says no.
    Refused,
}

impl Exit {
    /// The number the process ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Degraded => 3,
            Self::Unreachable => 4,
            Self::Refused => 5,
        }
    }

    /// Derived from the category of a canister's error, because the category says what the caller
    /// has to do: mend the request, get a role or funds, look elsewhere, wait, or reconcile.
    pub(crate) const fn of_error(error: &Error) -> Self {
        match error {
            Error::InvalidInput { .. } => Self::Usage,
            Error::Unauthorized { .. } | Error::InsufficientFunds { .. } => Self::Refused,
            Error::NotFound { .. }
            | Error::StateError { .. }
            | Error::SystemError { outcome: Outcome::NotApplied, .. } => Self::Failed,
            Error::SystemError { outcome: Outcome::Unknown, .. } => Self::Degraded,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use granary_errors::Code;

    use super::*;

    #[test]
    fn the_category_decides() {
        let code = Code::new("test.cli.exit");
        let cases = [
            (Error::invalid_input(code, "x", "wrong"), 2),
            (Error::unauthorized(code, "manager", "no"), 5),
            (Error::insufficient_funds(code, 2, 1, "TUSD", "no"), 5),
            (Error::not_found(code, "grant", "1"), 1),
            (Error::state_error(code, "Closed", &["Open"], "no"), 1),
            (Error::not_applied(code, None, "busy"), 1),
            (Error::unknown_outcome(code, "no answer"), 3),
        ];
        for (error, exit) in cases {
            assert_eq!(Exit::of_error(&error).code(), exit, "{error:?}");
            let failure = crate::failure::Failure::from(error);
            assert!(failure.to_string().contains("; next: granary") || failure.exit.code() == 5);
        }
    }
}
