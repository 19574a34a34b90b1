//! The pages of `docs/` that are made from the code.

use granary_errors::{catalogue, common};
use granary_stable::layout;
use micro_grants_core::errors::CATALOGUE;
use micro_grants_core::store::layout::{REGIONS, SCHEMA};

#[test]
fn every_code_is_explained_once() {
    let rows = || common::CATALOGUE.iter().chain(CATALOGUE);
    assert_eq!(catalogue::validate(rows()), Ok(rows().count()));
    for row in CATALOGUE {
        assert!(row.code.as_str().starts_with("micro_grants."), "{}", row.code);
    }
}

#[test]
fn generated_errors_page_is_current() {
    let text = format!(
        "# Errors\n\nEvery error code, generated from the code. The category says what the caller \
         should do: correct\nthe request, get a role, fund, look elsewhere, wait or reorder, retry \
         or reconcile.\n\n## Common to all canisters\n\n{}\n## micro_grants\n\n{}",
        catalogue::markdown(common::CATALOGUE),
        catalogue::markdown(CATALOGUE),
    );
    granary_build::generated("docs/ERRORS.md", &text);
}

#[test]
fn generated_memory_page_is_current() {
    let text = format!(
        "# Memory regions\n\nWhat is in stable memory, generated from the code. A number is never \
         used twice; the first ten\nmean the same in every canister.\n\n{}\nSchema {SCHEMA}.\n",
        layout::markdown("micro_grants", &REGIONS),
    );
    granary_build::generated("docs/MEMORY.md", &text);
}
