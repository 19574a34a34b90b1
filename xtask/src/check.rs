//! Everything CI runs, in CI's order.

use std::{process::Command, time::Instant};

use crate::{
    bench, bless, interface, layers, one_build,
    process::{self, Show, cargo, verdict},
    project::Project,
    shell,
    step::{self, Verdict},
    supply, tidy,
};

/// The README's own test command.
pub(crate) const TEST_COMMAND: &str = "cargo test --release --workspace";

/// Which steps run.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Only these, when not empty.
    pub(crate) only: Vec<String>,
    /// Not these.
    pub(crate) skip: Vec<String>,
    /// Whether the first failure ends the run.
    pub(crate) fail_fast: bool,
}

struct Step {
    name: &'static str,
    proves: &'static str,
    work: fn(&Project) -> Verdict,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", proves: "every file is formatted", work: fmt },
    Step { name: "tidy", proves: "the house rules hold", work: tidy::check },
    Step { name: "layers", proves: "every import goes downwards", work: layers::check },
    Step { name: "shellcheck", proves: "the shell scripts have no finding", work: shell::check },
    Step {
        name: "one-build",
        proves: "the demo and the tests compile the same dependencies",
        work: one_build::check,
    },
    Step { name: "clippy", proves: "no lint, tests included", work: clippy_native },
    Step { name: "clippy-wasm", proves: "no lint in what runs on chain", work: clippy_wasm },
    Step { name: "demo", proves: "the README's first command runs a round to its end", work: demo },
    Step { name: "tests", proves: "the README's test command passes", work: tests },
    Step { name: "doc", proves: "the documentation builds without warnings", work: doc },
    Step {
        name: "deny",
        proves: "licences, sources, bans and duplicates are as deny.toml states",
        work: supply::deny::check,
    },
    Step {
        name: "machete",
        proves: "every declared dependency is used",
        work: supply::machete::check,
    },
    Step {
        name: "did-compat",
        proves: "callers of the released interfaces keep working",
        work: interface::compatible_with_released,
    },
    Step {
        name: "wasm-exports",
        proves: "each module exports its .did and the named hidden methods",
        work: interface::exports_match,
    },
    Step {
        name: "wasm-imports",
        proves: "each module imports ic0 only, and no randomness or browser glue is linked",
        work: interface::imports_only_ic0,
    },
    Step { name: "bench", proves: "no call and no upgrade got dearer", work: bench::check_all },
    Step {
        name: "bless",
        proves: "the generated files are what the code generates",
        work: bless::changes_nothing,
    },
];

/// The steps with what each one proves, one per line.
pub(crate) fn describe() -> String {
    let lines: Vec<String> =
        STEPS.iter().map(|step| format!("{:<13} {}", step.name, step.proves)).collect();
    lines.join("\n")
}

/// Runs the selected steps; `Ok(true)` when all of them passed.
pub(crate) fn check(project: &Project, selection: &Selection) -> Result<bool, String> {
    for name in selection.only.iter().chain(&selection.skip) {
        if !STEPS.iter().any(|step| step.name == name) {
            return Err(format!("there is no step `{name}`; the steps are:\n{}", describe()));
        }
    }
    let start = Instant::now();
    let mut ran = 0;
    let mut failed = Vec::new();
    for step in STEPS {
        let named = |names: &[String]| names.iter().any(|name| name == step.name);
        if named(&selection.skip) || (!selection.only.is_empty() && !named(&selection.only)) {
            continue;
        }
        let done = step::run(step.name, || (step.work)(project));
        ran += 1;
        if !done.passed() {
            failed.push(done.name());
            if selection.fail_fast {
                break;
            }
        }
    }
    let took = start.elapsed().as_secs_f64();
    let skipped = STEPS.len() - ran;
    if failed.is_empty() {
        step::say(&format!("all {ran} steps ok in {took:.0} s, {skipped} not run"));
    } else {
        step::say(&format!("{} of {ran} steps failed: {}", failed.len(), failed.join(", ")));
    }
    Ok(failed.is_empty())
}

fn fmt(project: &Project) -> Verdict {
    verdict(&mut cargo(project, &["fmt", "--all", "--check"]), "formatted")
}

fn clippy_native(project: &Project) -> Verdict {
    let arguments = ["clippy", "--release", "--workspace", "--all-targets", "--locked"];
    verdict(cargo(project, &arguments).args(["--", "-D", "warnings"]), "all targets")
}

fn clippy_wasm(project: &Project) -> Verdict {
    let packages = project.canister_side()?;
    let mut command = cargo(project, &["clippy", "--release", "--locked"]);
    command.args(["--target", granary_build::WASM_TARGET]);
    for package in &packages {
        command.args(["--package", &package.name]);
    }
    verdict(command.args(["--", "-D", "warnings"]), &format!("{} packages", packages.len()))
}

/// Runs the README's first command as a program would and reads its verdict.
fn demo(project: &Project) -> Verdict {
    let mut command = cargo(project, &["run", "--release", "--quiet", "--", "demo", "--json"]);
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    demo_verdict(&ended.stdout)
}

fn demo_verdict(output: &str) -> Verdict {
    let report: serde_json::Value = serde_json::from_str(output)
        .map_err(|error| format!("{output}\nthe demo did not print one JSON object: {error}"))?;
    let violations = report["violations"].as_u64();
    if report["ok"] != true || violations != Some(0) {
        return Err(format!("{output}\nthe demo is not ok"));
    }
    Ok(format!("{} applications, {} approved", report["applications"], report["approved"]))
}

/// Runs the README's command literally and lets its lines through: they are the record of what
/// was tested.
fn tests(project: &Project) -> Verdict {
    let readme = project.read("README.md")?;
    if !readme.lines().any(|line| line.trim() == TEST_COMMAND) {
        return Err(format!("README.md does not show the test command `{TEST_COMMAND}`"));
    }
    let arguments: Vec<&str> = TEST_COMMAND.split(' ').skip(1).collect();
    let ended = process::run(&mut cargo(project, &arguments), Show::Lines)?;
    let (passed, failed) = count_tests(&ended.stdout);
    if !ended.success {
        return Err(format!("{passed} tests passed, {failed} failed; their words are above"));
    }
    if passed == 0 {
        return Err("no test was run".to_owned());
    }
    Ok(format!("{passed} passed"))
}

/// Adds up the closing lines of cargo's test runners.
fn count_tests(output: &str) -> (u64, u64) {
    let field = |line: &str, name: &str| {
        let before = line.split(name).next()?;
        before.split_whitespace().last()?.parse::<u64>().ok()
    };
    output.lines().filter(|line| line.starts_with("test result:")).fold(
        (0, 0),
        |(passed, failed), line| {
            (
                passed + field(line, " passed").unwrap_or(0),
                failed + field(line, " failed").unwrap_or(0),
            )
        },
    )
}

fn doc(project: &Project) -> Verdict {
    let mut command: Command = cargo(project, &["doc", "--release", "--workspace", "--no-deps"]);
    command.args(["--locked", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    verdict(&mut command, "no warnings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_closing_lines_only() {
        let output = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 10 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(count_tests(output), (12, 3));
        assert_eq!(count_tests("error: could not compile"), (0, 0));
    }

    #[test]
    fn the_demo_must_say_that_it_is_ok() {
        let good = r#"{"ok": true, "violations": 0, "applications": 9, "approved": 3}"#;
        assert_eq!(demo_verdict(good), Ok("9 applications, 3 approved".to_owned()));
        assert!(demo_verdict(&good.replace("true", "false")).is_err());
        assert!(demo_verdict(&good.replace(": 0", ": 1")).is_err());
        assert!(demo_verdict("").is_err());
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_known_ones() {
        let project = Project::open().expect("the tests run inside the checkout");
        let selection = Selection { only: vec!["spelling".to_owned()], ..Selection::default() };
        let refusal = check(&project, &selection).expect_err("no such step");
        assert!(refusal.contains("`spelling`") && refusal.contains("wasm-imports"), "{refusal}");
    }

    #[test]
    fn step_names_are_unique() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
