//! The README's two commands and `cargo xtask` compile every dependency once.
//!
//! cargo chooses the features of a dependency by what is being built. When the tests switch on a
//! feature that the demo or xtask does not, the dependency and everything above it is compiled
//! twice, and a newcomer waits twice. cargo's plan of a build says so exactly: this compares the
//! plans of both with the plan of the tests and names what would be compiled again.
//!
//! Canisters that are built together must in the same way be what each is when it is built alone:
//! the bytes of one must not depend on which others happened to be stale.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    process::{self, Show, cargo},
    project::Project,
    step::Verdict,
};

/// Compares the plans for single programs with the plan for all tests of the workspace.
pub(crate) fn check(project: &Project) -> Verdict {
    let tests = plan(project, &["test", "--release", "--workspace", "--no-run"])?;
    let (mut again, mut shared) = (Vec::new(), Vec::new());
    for program in ["granary", "xtask"] {
        let alone = plan(project, &["build", "--release", "--package", program])?;
        again.extend(compiled_again(program, &alone, &tests));
        shared.push(format!("{} of {program}", alone.units.len()));
    }
    let canisters = alone_and_together(project, &mut again)?;
    if again.is_empty() {
        let shared = shared.join(" and ");
        return Ok(format!("compilations shared with the tests: {shared}; {canisters} canisters"));
    }
    Err(format!(
        "{}\nname the missing features in crates/build/Cargo.toml (docs/adr/0007)",
        again.join("\n")
    ))
}

/// What cargo would compile: a graph of units.
#[derive(Deserialize)]
struct Plan {
    units: Vec<Unit>,
    /// What was asked for.
    roots: Vec<usize>,
}

impl Plan {
    /// Which units become part of a program, and not of macros and build scripts alone.
    fn linked(&self) -> Vec<bool> {
        let mut linked = vec![false; self.units.len()];
        let mut open = self.roots.clone();
        while let Some(index) = open.pop() {
            let unit = &self.units[index];
            if !unit.target.runs_while_building() && !std::mem::replace(&mut linked[index], true) {
                open.extend(unit.dependencies.iter().map(|edge| edge.index));
            }
        }
        linked
    }
}

#[derive(Deserialize)]
struct Unit {
    pkg_id: String,
    target: Target,
    profile: Value,
    /// `None` is the machine that builds.
    platform: Option<String>,
    mode: String,
    features: BTreeSet<String>,
    dependencies: Vec<Edge>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Target {
    fn runs_while_building(&self) -> bool {
        self.kind.iter().any(|kind| kind == "proc-macro" || kind == "custom-build")
    }
}

#[derive(Deserialize)]
struct Edge {
    index: usize,
}

/// Compares the plan for each canister with the plan for all of them. Answers how many there are.
fn alone_and_together(project: &Project, lines: &mut Vec<String>) -> Result<usize, String> {
    let canisters: Vec<String> =
        project.canisters().into_iter().chain(project.fixtures()).collect();
    let build = ["build", "--lib", "--profile", "canister", "--target", granary_build::WASM_TARGET];
    let plan_of = |names: &[String]| {
        let packages = names.iter().flat_map(|name| ["--package", name]);
        plan(project, &build.into_iter().chain(packages).collect::<Vec<_>>())
    };
    let together = plan_of(&canisters)?;
    let mut identities = Identities::default();
    let there: BTreeSet<usize> = identities.of(&together).into_iter().collect();
    for canister in &canisters {
        let alone = plan_of(std::slice::from_ref(canister))?;
        let differing: Vec<&str> = alone
            .units
            .iter()
            .zip(identities.of(&alone))
            .filter(|(_, identity)| !there.contains(identity))
            .map(|(unit, _)| unit.target.name.as_str())
            .collect();
        if !differing.is_empty() {
            let packages = differing.join(", ");
            lines.push(format!("{canister}: beside other canisters it differs in {packages}"));
        }
    }
    Ok(canisters.len())
}

fn plan(project: &Project, selection: &[&str]) -> Result<Plan, String> {
    let mut command = cargo(project, selection);
    command.args(["--locked", "-Zunstable-options", "--unit-graph"]);
    // The plan is printed by unreleased cargo only; nothing is compiled with this.
    command.env("RUSTC_BOOTSTRAP", "1");
    let ended = process::run(&mut command, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    serde_json::from_str(&ended.stdout).map_err(|error| format!("cargo's plan: {error}"))
}

/// The third-party units of `program` that `tests` lacks, with the features each of them has there.
fn compiled_again(program: &str, alone: &Plan, tests: &Plan) -> Vec<String> {
    let mut identities = Identities::default();
    let there: BTreeSet<usize> = identities.of(tests).into_iter().collect();
    let mut lines = BTreeSet::new();
    for (unit, identity) in alone.units.iter().zip(identities.of(alone)) {
        // Packages of the workspace are rebuilt when they change anyway.
        if there.contains(&identity) || unit.pkg_id.starts_with("path+") {
            continue;
        }
        let mine: Vec<&str> = unit.features.iter().map(String::as_str).collect();
        let others: BTreeSet<String> = tests
            .units
            .iter()
            .filter(|other| other.pkg_id == unit.pkg_id && other.features != unit.features)
            .map(|other| other.features.difference(&unit.features).cloned().collect::<Vec<_>>())
            .map(|more| more.join(","))
            .collect();
        let others = others.into_iter().collect::<Vec<_>>().join("] or [");
        lines.insert(format!(
            "{}: {program} has [{}], the tests also [{others}]",
            unit.pkg_id,
            mine.join(",")
        ));
    }
    lines.into_iter().collect()
}

/// Gives two units the same number exactly when cargo would compile them once: same package,
/// target, features, profile and platform, the same of everything below, and the same flags for
/// linking, which what is part of a program gets even where a macro shares it.
#[derive(Default)]
struct Identities {
    numbers: BTreeMap<String, usize>,
}

impl Identities {
    fn of(&mut self, plan: &Plan) -> Vec<usize> {
        let linked = plan.linked();
        let mut known = vec![None; plan.units.len()];
        for index in 0..plan.units.len() {
            self.visit(plan, index, &linked, &mut known);
        }
        known.into_iter().map(|number| number.expect("every unit was visited")).collect()
    }

    /// Dependencies form no cycle, and the deepest chain of crates is some dozens long.
    fn visit(
        &mut self,
        plan: &Plan,
        index: usize,
        linked: &[bool],
        known: &mut [Option<usize>],
    ) -> usize {
        if let Some(number) = known[index] {
            return number;
        }
        let unit = &plan.units[index];
        let mut below: Vec<usize> = unit
            .dependencies
            .iter()
            .map(|edge| self.visit(plan, edge.index, linked, known))
            .collect();
        below.sort_unstable();
        let key = format!(
            "{} {} {:?} {:?} {:?} {} {} {} {below:?}",
            unit.pkg_id,
            unit.target.name,
            unit.target.kind,
            unit.features,
            unit.platform,
            unit.mode,
            unit.profile,
            linked[index],
        );
        let next = self.numbers.len();
        let number = *self.numbers.entry(key).or_insert(next);
        known[index] = Some(number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan from `package features dependencies` per unit.
    fn plan(units: &[(&str, &[&str], &[usize])]) -> Plan {
        let units = units.iter().map(|(package, features, dependencies)| Unit {
            pkg_id: (*package).to_owned(),
            target: Target { name: (*package).to_owned(), kind: vec!["lib".to_owned()] },
            profile: Value::Null,
            platform: None,
            mode: "build".to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            dependencies: dependencies.iter().map(|&index| Edge { index }).collect(),
        });
        let units: Vec<Unit> = units.collect();
        let is_ours = |index: &usize| units[*index].pkg_id.starts_with("path+");
        Plan { roots: (0..units.len()).filter(is_ours).collect(), units }
    }

    #[test]
    fn what_a_macro_and_a_test_share_is_compiled_again() {
        let units: [(&str, &[&str], &[usize]); 4] = [
            ("syn@1", &[], &[]),
            ("derive@1", &[], &[0]),
            ("path+cli", &[], &[1]),
            ("path+tests", &[], &[0, 1]),
        ];
        let with_a_macro = |units| {
            let mut plan = plan(units);
            plan.units[1].target.kind = vec!["proc-macro".to_owned()];
            plan
        };
        let demo = with_a_macro(&units[..3]);
        assert_eq!(demo.linked(), [false, false, true]);
        assert_eq!(
            compiled_again("cli", &demo, &with_a_macro(&units)),
            ["derive@1: cli has [], the tests also []", "syn@1: cli has [], the tests also []"],
        );
    }

    #[test]
    fn names_what_would_be_compiled_again() {
        let demo = plan(&[("a@1", &["std"], &[]), ("b@1", &[], &[0]), ("path+cli", &[], &[1])]);
        let same = plan(&[("path+tests", &[], &[2]), ("a@1", &["std"], &[]), ("b@1", &[], &[1])]);
        assert_eq!(compiled_again("demo", &demo, &same), Vec::<String>::new());

        let wider = plan(&[("a@1", &["more", "std"], &[]), ("b@1", &[], &[0])]);
        assert_eq!(
            compiled_again("cli", &demo, &wider),
            ["a@1: cli has [std], the tests also [more]", "b@1: cli has [], the tests also []",],
            "b is the same but for what it is built on"
        );
    }
}
