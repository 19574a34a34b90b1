//! What this canister adds to the catalogue of codes.

use granary_errors::{catalogue, common};
use registry_core::errors::CATALOGUE;

#[test]
fn every_code_is_explained_once() {
    let rows = || common::CATALOGUE.iter().chain(CATALOGUE);
    assert_eq!(catalogue::validate(rows()), Ok(rows().count()));
    for row in CATALOGUE {
        assert!(row.code.as_str().starts_with("registry."), "{}", row.code);
    }
}
