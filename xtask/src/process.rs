//! Commands the tasks run: their output is passed on, counted, or kept for the failure.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    thread,
};

use crate::project::Project;

/// How a command ended and what it said.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Whether it exited with success.
    pub(crate) success: bool,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Whether the output is shown while the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Lines appear as they come.
    Lines,
    /// Nothing appears; the caller decides.
    Nothing,
}

/// A cargo command in the root of the checkout, by the cargo that runs this task.
pub(crate) fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&project.root).args(arguments);
    // cargo sets these for the task it runs; a nested cargo must not mistake them for settings.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_")) {
            command.env_remove(name);
        }
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// Runs the command to its end without standard input.
pub(crate) fn run(command: &mut Command, show: Show) -> Result<Ended, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    let stderr = child.stderr.take().expect("standard error was piped just above");
    let words = thread::spawn(move || {
        collect(stderr, |line| {
            if show == Show::Lines {
                eprintln!("{line}");
            }
        })
    });
    let stdout = child.stdout.take().expect("standard output was piped just above");
    let stdout = collect(stdout, |line| {
        if show == Show::Lines {
            crate::step::say(line);
        }
    });
    let stderr = words.join().expect("reading lines does not panic");
    let status = child.wait().map_err(|error| format!("cannot wait for {program}: {error}"))?;
    Ok(Ended { success: status.success(), stdout, stderr })
}

fn collect(stream: impl Read, each: impl Fn(&str)) -> String {
    let mut reader = BufReader::new(stream);
    let mut all = String::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line);
        each(text.trim_end());
        all.push_str(&text);
        line.clear();
    }
    all
}

/// Runs a command whose only interesting result is whether it succeeded: `Ok(verdict)`, or the
/// last words of what it said.
pub(crate) fn verdict(command: &mut Command, good: &str) -> Result<String, String> {
    let ended = run(command, Show::Nothing)?;
    if ended.success {
        return Ok(good.to_owned());
    }
    Err(last_words(&ended))
}

/// The last 60 lines of a failed command's output, standard output first.
pub(crate) fn last_words(ended: &Ended) -> String {
    let all = format!("{}\n{}", ended.stdout.trim_end(), ended.stderr.trim_end());
    let lines: Vec<&str> = all.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
