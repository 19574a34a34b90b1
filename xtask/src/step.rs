//! A step: a name, what it proves, how long it took, and one line of verdict.

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// What a step reports: a line for the good case, or the findings for the bad one.
pub(crate) type Verdict = Result<String, String>;

/// Prints one line on standard output. A closed pipe is the reader's choice and no error.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The verdict of one step that ran.
#[derive(Debug)]
pub(crate) struct Done {
    name: &'static str,
    took: Duration,
    verdict: Verdict,
}

/// Runs a step and prints its line; the findings of a failed one come above it.
pub(crate) fn run(name: &'static str, work: impl FnOnce() -> Verdict) -> Done {
    let start = Instant::now();
    let verdict = work();
    let done = Done { name, took: start.elapsed(), verdict };
    if let Err(findings) = &done.verdict {
        say(findings.trim_end());
    }
    say(&done.line());
    done
}

/// Runs a task that is one step.
pub(crate) fn single(name: &'static str, work: impl FnOnce() -> Verdict) -> bool {
    run(name, work).passed()
}

impl Done {
    /// Whether the verdict is good.
    pub(crate) fn passed(&self) -> bool {
        self.verdict.is_ok()
    }

    /// The name of the step.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// `ok    tidy            0.3 s  212 files`.
    fn line(&self) -> String {
        let (mark, words) = match &self.verdict {
            Ok(words) => ("ok  ", words.clone()),
            Err(findings) => {
                let count = findings.trim_end().lines().count();
                ("FAIL", format!("{count} lines above"))
            }
        };
        format!("{mark}  {:<15} {:>6.1} s  {words}", self.name, self.took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_line() {
        let done = Done {
            name: "tidy",
            took: Duration::from_millis(1250),
            verdict: Ok("212 files".to_owned()),
        };
        assert_eq!(done.line(), "ok    tidy               1.2 s  212 files");
        let done = Done { verdict: Err("a\nb\n".to_owned()), ..done };
        assert_eq!(done.line(), "FAIL  tidy               1.2 s  2 lines above");
        assert!(!done.passed());
    }
}
