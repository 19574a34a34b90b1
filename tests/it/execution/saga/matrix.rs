//! Every call of a payment, disturbed in every way the platform may: it is paid once all the same.
//!
//! `GRANARY_CELL` names a part of the names of cells; only those are played. Every choice follows
//! from the number of the cell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use granary_tests::engine::announce;

use super::{
    Saga,
    awaits::{AWAITS, Await, Made, Part, Story},
    cell::{Cell, Fault},
    on_localnet,
};

/// Plays the cells of these rows. One that fails does not keep the others from being played.
fn play(is_meant: fn(&Await) -> bool) {
    if !on_localnet() {
        return;
    }
    let only = std::env::var("GRANARY_CELL").unwrap_or_default();
    let mut saga = Saga::new();
    let mut failed = vec![];
    for (number, row) in (0..).zip(AWAITS).filter(|(_, row)| is_meant(row)) {
        for (fault, kind) in (0..).zip(Fault::ALL) {
            let cell = Cell::new(&saga, *row, kind, number * 100 + fault);
            let name = cell.name();
            if !name.contains(&only) {
                announce(&format!("not asked for: {name}"));
            } else if catch_unwind(AssertUnwindSafe(|| cell.play())).is_err() {
                failed.push(name);
                saga = Saga::new();
            }
        }
    }
    assert!(failed.is_empty(), "{} cells failed:\n  {}", failed.len(), failed.join("\n  "));
}

fn is_of_grants_or_guard(row: &Await) -> bool {
    matches!(row.asking, Part::Grants | Part::Guard)
}

fn is_of_execution(row: &Await) -> bool {
    row.asking == Part::Execution && row.story == Story::Plain
}

fn is_at_the_ledger(row: &Await) -> bool {
    is_of_execution(row) && row.asked == Part::Ledger
}

fn is_at_guard_or_books(row: &Await) -> bool {
    is_of_execution(row) && row.asked != Part::Ledger
}

fn is_of_a_troubled_payment(row: &Await) -> bool {
    row.asking == Part::Execution && row.story != Story::Plain
}

const GROUPS: [fn(&Await) -> bool; 4] =
    [is_of_grants_or_guard, is_at_the_ledger, is_at_guard_or_books, is_of_a_troubled_payment];

#[test]
fn g3_r2_whatever_happens_to_calls_of_grants_and_guard_it_is_paid_once() {
    play(GROUPS[0]);
}

#[test]
fn e1_e3_whatever_happens_to_a_call_of_the_ledger_it_is_paid_once() {
    play(GROUPS[1]);
}

#[test]
fn e4_e5_whatever_happens_to_a_call_of_guard_or_books_it_is_paid_once() {
    play(GROUPS[2]);
}

#[test]
fn e5_e7_whatever_happens_to_a_troubled_payment_it_is_paid_once() {
    play(GROUPS[3]);
}

#[test]
fn every_row_is_played_by_one_group() {
    for row in AWAITS {
        assert_eq!(GROUPS.iter().filter(|is_meant| is_meant(row)).count(), 1, "{row:?}");
    }
}

fn calls(story: Story) -> Vec<Made> {
    let rows =
        AWAITS.iter().filter(|row| row.story == story && (row.skip == 0 || story != Story::Plain));
    rows.map(|row| (row.asking, row.asked, row.method.to_owned())).collect()
}

#[test]
fn every_call_of_a_payment_has_a_row() {
    if !on_localnet() {
        return;
    }
    let saga = Saga::new();
    let plain = calls(Story::Plain);
    let mut stories: Vec<Await> = vec![];
    for row in AWAITS {
        if stories.iter().all(|known| known.story != row.story) {
            stories.push(*row);
        }
    }
    for (seed, row) in (10_000..).zip(stories) {
        let made = Cell::new(&saga, row, Fault::Nothing, seed).play();
        let expected = calls(row.story);
        if row.story == Story::Plain {
            assert_eq!(made, expected, "in this order");
            continue;
        }
        for call in &expected {
            assert!(made.contains(call), "{call:?} is not made in {:?}: {made:?}", row.story);
        }
        for call in &made {
            let is_known = expected.contains(call) || plain.contains(call);
            assert!(is_known, "{call:?} of {:?} has no row", row.story);
        }
    }
}
