//! The README's two commands compile every dependency once.
//!
//! cargo chooses the features of a dependency by what is being built. When the tests switch on a
//! feature that the demo does not, the dependency and everything above it is compiled twice, and a
//! newcomer waits twice. This compares the choices and names the packages that differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::Verdict,
};

/// Compares the features chosen for the CLI alone with those chosen for the whole workspace.
pub(crate) fn check(project: &Project) -> Verdict {
    let demo = features(project, &["--package", "granary", "--edges", "normal,build"])?;
    let tests = features(project, &["--workspace", "--edges", "normal,build,dev"])?;
    let differing = differences(&demo, &tests);
    if differing.is_empty() {
        return Ok(format!("{} dependencies shared by the demo and the tests", demo.len()));
    }
    Err(format!(
        "{}\nname the missing features in the workspace table, at a package the CLI builds",
        differing.join("\n")
    ))
}

/// Package and version → the sets of features it is built with.
type Choices = BTreeMap<String, BTreeSet<String>>;

fn features(project: &Project, selection: &[&str]) -> Result<Choices, String> {
    let mut command = cargo(project, &["tree", "--locked", "--prefix", "none"]);
    command.args(["--no-dedupe", "--format", "{p}\t{f}"]).args(selection);
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    Ok(parse(&ended.stdout))
}

fn parse(tree: &str) -> Choices {
    let mut choices = Choices::new();
    for line in tree.lines() {
        // Packages of the workspace show their folder; they are rebuilt when they change anyway.
        if let Some((package, features)) = line.split_once('\t')
            && !package.contains('/')
        {
            choices.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
    }
    choices
}

fn differences(demo: &Choices, tests: &Choices) -> Vec<String> {
    let mut lines = Vec::new();
    for (package, sets) in demo {
        let Some(others) = tests.get(package) else { continue };
        for set in sets.difference(others) {
            let wider: Vec<&str> = others.iter().map(String::as_str).collect();
            lines.push(format!(
                "{package}: the demo builds it with [{set}], the tests only with [{}]",
                wider.join("] or [")
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_package_that_would_be_built_twice() {
        let demo = parse("granary v0.1.0 (/x/cli)\t\na v1.0.0\tstd\nb v1.0.0\t\n");
        let same = parse("a v1.0.0\tstd\na v1.0.0\tstd,more\nb v1.0.0\t\nc v1.0.0\t\n");
        assert_eq!(differences(&demo, &same), Vec::<String>::new());
        let other = parse("a v1.0.0\tmore,std\nb v1.0.0\t\n");
        assert_eq!(
            differences(&demo, &other),
            ["a v1.0.0: the demo builds it with [std], the tests only with [more,std]"]
        );
    }
}
