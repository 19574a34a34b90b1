//! The page of `docs/` that lists every case. What it says of `localnet` is what the tests beside
//! it hold: a case that is not listed with a reason passes, or they fail.

use std::{collections::BTreeSet, fmt::Write};

use crate::areas;

const HEAD: &str = "\
# Conformance

Every case of the conformance suite, generated from `tests/conformance`. Names are those of the
source; the programs are this project's. `cargo test --release --workspace --test conformance`
runs all of them on localnet, and on a real PocketIC when `POCKET_IC_BIN` names its server.

*passes*: the suite fails unless the case passes. *no*: it does not pass, for the reason given; the
suite fails when it passes or fails in another way. *not run*: nobody has run the suite there and
recorded it.

Source: `ic-hs` is github.com/dfinity/ic-hs at b32e21b, the acceptance tests of the interface
specification, files below `src/IC/Test`. Where the platform has changed since, the interface
specification 0.66.0 and its present tests (github.com/dfinity/ic, `hs/spec_compliance`) decide, and
the case in the code says so.
";

/// The cases that must be there, or the suite has lost some.
const LEAST: usize = 250;

#[test]
fn generated_conformance_page_is_current() {
    let areas = areas();
    let cases: Vec<_> = areas.iter().flat_map(|area| &area.cases).collect();
    let listed = cases.iter().filter(|case| case.lacks.is_some()).count();
    assert!(cases.len() >= LEAST, "{} cases", cases.len());
    let mut text = format!(
        "{HEAD}\n{} cases: {} pass on localnet, {listed} not. None was run on a real PocketIC.\n",
        cases.len(),
        cases.len() - listed,
    );
    let mut titles = BTreeSet::new();
    for area in &areas {
        assert!(titles.insert(area.title), "two areas are called {}", area.title);
        write!(text, "\n## {}\n\n", area.title).unwrap();
        text.push_str("| case | source | localnet | real PocketIC |\n|---|---|---|---|\n");
        let mut names = BTreeSet::new();
        for case in &area.cases {
            assert!(names.insert(&case.name), "two cases of {} are {}", area.title, case.name);
            let here = case.lacks.map_or("passes".to_owned(), |(why, _)| format!("no: {why}"));
            let name = case.name.replace('|', "\\|");
            writeln!(text, "| {name} | {} | {here} | not run |", area.source).unwrap();
        }
    }
    granary_build::generated("docs/CONFORMANCE.md", &text);
}
