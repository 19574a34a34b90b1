//! The pages of `docs/` that are made from all cores together: every error code, every region.

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
fn cores() -> [Core; 3] {
    use {micro_grants_core as grants, portfolio_core as books, registry_core as people};
    [
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
            name: people::store::layout::KIND,
            schema: people::store::layout::SCHEMA,
            regions: &people::store::layout::REGIONS,
            codes: people::errors::CATALOGUE.to_vec(),
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
