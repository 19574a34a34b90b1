//! The committed document holds the facts of the Monero round, all of them and unchanged.

use crate::support::{document, original};

#[test]
fn the_document_has_the_figures_of_the_round() {
    let facts = document();
    let amounts: Vec<u128> = facts.iter().filter_map(|fact| fact.micros).collect();
    assert_eq!(facts.len(), 217);
    assert_eq!(amounts.len(), 71);
    assert_eq!(amounts.iter().sum::<u128>(), 1_506_652_762_000);
    let approved: Vec<_> = facts.iter().filter(|fact| fact.approved()).collect();
    assert_eq!(approved.len(), 70);
    assert!(approved.iter().all(|fact| fact.micros.is_some()));
    let lines: Vec<u64> = facts.iter().map(|fact| fact.line).collect();
    assert_eq!(lines, (2..=218).collect::<Vec<_>>());
}

#[test]
fn the_document_is_the_original_row_by_row() {
    let Some(original) = original() else { return };
    let document = document();
    assert_eq!(document.len(), original.len());
    for (ours, theirs) in document.iter().zip(&original) {
        assert_eq!(ours, theirs);
    }
}
