//! The pages of `docs/` that are made from all canisters together: every error code, every region,
//! every metric. And every command that a page shows: see [`commands`]; who calls whom: see
//! [`calls`]; where each pattern of resilience is used: see [`patterns`]; what deploys them: see
//! [`deployment`]; alerts, dashboards and runbooks: see [`monitoring`]; what another CI types: see
//! [`workflow`]; what stops whom: see [`threats`].

mod calls;
mod commands;
mod deployment;
mod monitoring;
mod patterns;
mod promql;
mod threats;
mod workflow;

use std::fmt::Write;

use granary_errors::{CodeEntry, catalogue, common};
use granary_stable::layout::{self, Region};

/// What one canister puts into the pages.
struct Core {
    name: &'static str,
    schema: u32,
    regions: &'static [Region],
    codes: Vec<CodeEntry>,
}

/// Every canister of the suite, in the order of the pages.
fn cores() -> [Core; 7] {
    use {
        execution_core as hands, governor_core as constitution, micro_grants_core as grants,
        portfolio_core as books, recovery_core as healer, registry_core as people,
        risk_guard_core as guard,
    };
    [
        Core {
            name: hands::store::layout::KIND,
            schema: hands::store::layout::SCHEMA,
            regions: &hands::store::layout::REGIONS,
            codes: hands::errors::CATALOGUE.to_vec(),
        },
        Core {
            name: constitution::store::layout::KIND,
            schema: constitution::store::layout::SCHEMA,
            regions: &constitution::store::layout::REGIONS,
            codes: constitution::errors::CATALOGUE.to_vec(),
        },
        Core {
            name: grants::store::layout::KIND,
            schema: grants::store::layout::SCHEMA,
            regions: &grants::store::layout::REGIONS,
            codes: grants::errors::CATALOGUE.to_vec(),
        },
        Core {
            name: books::store::layout::KIND,
            schema: books::store::layout::SCHEMA,
            regions: &books::store::layout::REGIONS,
            codes: [books::errors::CATALOGUE, books::errors::PROOF_CATALOGUE].concat(),
        },
        Core {
            name: healer::store::layout::KIND,
            schema: healer::store::layout::SCHEMA,
            regions: &healer::store::layout::REGIONS,
            codes: healer::errors::CATALOGUE.to_vec(),
        },
        Core {
            name: people::store::layout::KIND,
            schema: people::store::layout::SCHEMA,
            regions: &people::store::layout::REGIONS,
            codes: people::errors::CATALOGUE.to_vec(),
        },
        Core {
            name: guard::store::layout::KIND,
            schema: guard::store::layout::SCHEMA,
            regions: &guard::store::layout::REGIONS,
            codes: guard::errors::CATALOGUE.to_vec(),
        },
    ]
}

#[test]
fn every_code_of_the_suite_is_explained_once() {
    let cores = cores();
    let rows = || common::CATALOGUE.iter().chain(cores.iter().flat_map(|core| &core.codes));
    assert_eq!(catalogue::validate(rows()), Ok(rows().count()));
    for Core { name, codes, .. } in &cores {
        let prefix = format!("{name}.");
        for row in codes {
            assert!(row.code.as_str().starts_with(&prefix), "{} is no code of {name}", row.code);
        }
    }
}

#[test]
fn generated_errors_page_is_current() {
    let mut text = format!(
        "# Errors\n\nEvery error code, generated from the code. The category says what the caller \
         should do: correct\nthe request, get a role, fund, look elsewhere, wait or reorder, retry \
         or reconcile.\n\n## Common to all canisters\n\n{}",
        catalogue::markdown(common::CATALOGUE),
    );
    for Core { name, codes, .. } in cores() {
        write!(text, "\n## {name}\n\n{}", catalogue::markdown(&codes)).expect("a text takes it");
    }
    granary_build::generated("docs/ERRORS.md", &text);
}

#[test]
fn generated_memory_page_is_current() {
    let mut text = "# Memory regions\n\nWhat is in stable memory, generated from the code. A \
                    number is never used twice; the first ten\nmean the same in every canister.\n"
        .to_owned();
    for Core { name, schema, regions, .. } in cores() {
        let table = layout::markdown(name, regions);
        write!(text, "\n{table}\nSchema {schema}.\n").expect("a text takes it");
    }
    granary_build::generated("docs/MEMORY.md", &text);
}

/// Names of the canisters, from the folders; tests' own are no part of the pages.
fn canisters() -> Vec<String> {
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let folders = std::fs::read_dir(root.join("canisters")).expect("a folder");
    let mut names: Vec<String> = folders
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("shell/Cargo.toml").is_file())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The sections of a page of `docs/` with how many rows of tables each has.
fn sections(page: &str) -> Vec<(String, usize)> {
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let text = std::fs::read_to_string(root.join("docs").join(page)).expect("a page");
    let mut sections: Vec<(String, usize)> = vec![];
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push((heading.to_owned(), 0));
        } else if line.starts_with("| `")
            && let Some((_, rows)) = sections.last_mut()
        {
            *rows += 1;
        }
    }
    sections
}

#[test]
fn every_canister_has_its_place_in_the_pages() {
    let canisters = canisters();
    let cores: Vec<_> = cores().iter().map(|core| core.name.to_owned()).collect();
    assert_eq!(cores, canisters, "`cores` in this file: one row for each canister, by name");
    // Each shell writes its own section: see `observe/families.rs` of any of them.
    // So does the exporter of the tool.
    let others = ["Every canister".to_owned(), "granary exporter".to_owned()];
    let mut expected = [&others, canisters.as_slice()].concat();
    expected.sort();
    let metrics = sections("METRICS.md");
    let found: Vec<_> = metrics.iter().map(|(heading, _)| heading.clone()).collect();
    assert_eq!(found, expected, "docs/METRICS.md: a test of the shell writes its section");
    for (heading, rows) in metrics {
        assert!(rows >= 3, "docs/METRICS.md: `{heading}` has {rows} rows");
    }
}
