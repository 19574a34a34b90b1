//! What must not change by accident: codes, regions, stored bytes.

use core::fmt::Write;

use crate::support::{World, rich};
use governor_core::errors::CATALOGUE;
use governor_core::store::layout::{REGIONS, SCHEMA};
use granary_errors::{CodeEntry, catalogue, common};
use granary_kernel::transfer::{Families, domain_names};
use granary_stable::layout;

#[test]
fn codes_are_unique_in_the_suite_and_explained() {
    let rows: Vec<&CodeEntry> = CATALOGUE.iter().chain(common::CATALOGUE).collect();
    assert_eq!(catalogue::validate(rows.iter().copied()), Ok(rows.len()));
    assert!(CATALOGUE.iter().all(|row| row.code.as_str().starts_with("governor.")));
    insta::assert_snapshot!("codes", catalogue::markdown(CATALOGUE));
}

#[test]
fn regions_are_numbered_once() {
    let table = format!("schema {SCHEMA}\n\n{}", layout::markdown("governor", &REGIONS));
    insta::assert_snapshot!("regions", table);
}

/// The first record of every family of a fixed history: a changed byte is a changed format.
#[test]
fn stored_bytes_stay_as_they_are() {
    let (_, store) = rich();
    let mut text = String::new();
    for domain in domain_names::<World>() {
        let page = store.export_state(domain, None, 1_500_000).expect("a domain");
        let mut families = vec![];
        for record in &page.records {
            let family = record[0];
            if !families.contains(&family) {
                families.push(family);
                writeln!(text, "{domain} family {family}: {}", hex::encode(record)).expect("text");
            }
        }
    }
    insta::assert_snapshot!("records", text);
}
