//! Rows that are broken behind the store's back are found, by the number of their rule.

#[path = "../../tests/it/support/mod.rs"]
mod support;

use granary_resilience::breaker::BreakerRule;
use granary_resilience::failure::FailureKind;
use granary_stable::record::Stored;
use support::{START, World, rich};

use super::check_all;
use crate::records::{
    AlertRow, AnnouncementRow, AssetRow, ChangeState, DestinationEntry, FlowRow, ReservationRow,
    SealRow, SeatRow, ServiceRow, Totals,
};
use crate::types::{AlertState, Duration, ReservationState, SealState, Timestamp};

/// The numbers of the rules that are found broken, each once.
fn found(breaks: impl FnOnce(&mut World)) -> Vec<&'static str> {
    let (_, mut store) = rich();
    assert_eq!(check_all(&store), []);
    breaks(&mut store);
    let mut rules: Vec<_> = check_all(&store).into_iter().map(|found| found.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn reservation(slot: u64, edit: impl FnOnce(&mut ReservationRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.reservations.get(slot).expect("a row");
        edit(&mut row);
        store.reservations.write_part(slot, 0, &row.part()).expect("a row");
    }
}

fn asset(edit: impl FnOnce(&mut AssetRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.assets.get(0).expect("a row");
        edit(&mut row);
        store.assets.set(0, &row).expect("a row");
    }
}

fn announcement(edit: impl FnOnce(&mut AnnouncementRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.announcements.get(0).expect("a row");
        edit(&mut row);
        store.announcements.set(0, &row).expect("a row");
    }
}

fn seal(edit: impl FnOnce(&mut SealRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.seals.get(0).expect("a row");
        edit(&mut row);
        store.seals.write_part(0, 0, &row.part()).expect("a row");
    }
}

fn seat(edit: impl FnOnce(&mut SeatRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.seats.get(0).expect("a row");
        edit(&mut row);
        store.seats.set(0, &row).expect("a row");
    }
}

fn alert(edit: impl FnOnce(&mut AlertRow)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.alerts.get(0).expect("a row");
        edit(&mut row);
        store.alerts.set(0, &row).expect("a row");
    }
}

fn totals(edit: impl FnOnce(&mut Totals)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.totals();
        edit(&mut row);
        store.totals.set(0, &row).expect("a row");
    }
}

fn change(
    number: u32,
    edit: impl FnOnce(&mut crate::records::ChangeRow),
) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.change(number.into()).expect("a row").1;
        edit(&mut row);
        store.changes.insert(number, Stored(row));
    }
}

#[test]
fn r1_windows_that_hold_something_else_are_found() {
    let forgets = |slots: core::ops::Range<u64>| {
        move |store: &mut World| {
            for slot in slots {
                store.flows.set(slot, &FlowRow::default()).expect("a row");
            }
        }
    };
    assert_eq!(found(forgets(0..4)), ["R1"], "all windows of an asset forget");
    assert_eq!(found(forgets(3..4)), ["R1"], "the longest forgets");
    let uncounted = |row: &mut ReservationRow| row.counted_at = None;
    assert_eq!(found(reservation(0, uncounted)), ["R1"], "it left and is not counted");
}

#[test]
fn r2_capacity_that_is_held_by_nobody_is_found() {
    assert_eq!(found(asset(|row| row.held += 1)), ["R2"]);
    assert_eq!(found(asset(|row| row.held_count = 0)), ["R2"]);
    let committed = |row: &mut ReservationRow| row.state = ReservationState::Committed;
    let held = |store: &World| {
        let rows = 0..store.reservations.len();
        let is_held = |slot: &u64| {
            let row = store.reservations.get(*slot).expect("a row");
            row.state == ReservationState::Held
        };
        rows.filter(is_held).last().expect("one is held")
    };
    let breaks = |store: &mut World| reservation(held(store), committed)(store);
    assert_eq!(found(breaks), ["R2"], "it is in the list of those that are held");
    let other = |row: &mut ReservationRow| row.outflow.intent = 77;
    assert_eq!(found(reservation(0, other)), ["R2"], "its intent does not find it");
    assert_eq!(found(totals(|row| row.reservations[0] += 1)), ["R2"]);
}

#[test]
fn r3_a_change_that_loosened_early_is_found() {
    let early = |row: &mut crate::records::ChangeRow| {
        assert!(!row.loosens.is_empty());
        (row.state, row.ended_at) = (ChangeState::Applied, Some(row.at));
    };
    assert_eq!(found(change(1, early)), ["R3"]);
    assert_eq!(found(change(1, |row| row.eta = row.at)), ["R3"]);
    assert_eq!(found(change(2, early_if_it_loosens)), [""; 0], "tightening is never early");
}

fn early_if_it_loosens(row: &mut crate::records::ChangeRow) {
    assert!(row.loosens.is_empty());
    row.ended_at = Some(Timestamp::ZERO);
}

#[test]
fn r4_seals_and_seats_beyond_their_bounds_are_found() {
    assert_eq!(found(seal(|row| row.state = SealState::Lifted)), ["R4"]);
    assert_eq!(found(seal(|row| row.expires_at = row.at)), ["R4"]);
    assert_eq!(found(seat(|row| row.times_used += 1)), ["R4"]);
    assert_eq!(found(seat(|row| row.alive_until = Timestamp::ZERO)), ["R10"]);
    assert_eq!(found(totals(|row| row.armed += 1)), ["R10"]);
}

#[test]
fn r6_more_probes_than_the_budget_are_found() {
    let breaks = |store: &mut World| {
        let rule = BreakerRule {
            failure_threshold: 1,
            success_threshold: 1,
            open_for: Duration::ZERO,
            probe_budget: 100,
            probe_timeout: Duration::seconds(60),
        };
        let now = Timestamp::from_nanos(START);
        let mut row = ServiceRow::default();
        let permit = row.breaker.admit(&rule, now).expect("closed");
        row.breaker.record(&rule, permit, Some(FailureKind::Temporary), now);
        for _ in 0..50 {
            row.breaker.admit(&rule, now).expect("room for another probe");
        }
        let mut totals = store.totals();
        store.put_service(crate::types::Service::Bitcoin, &row, &mut totals);
        store.totals.set(0, &totals).expect("a row");
    };
    assert_eq!(found(breaks), ["R6"]);
    assert_eq!(found(totals(|row| row.open_breakers += 1)), ["R6"]);
}

#[test]
fn r7_what_is_not_found_or_not_counted_is_found() {
    let breaks = |store: &mut World| {
        let entry = store.destination_rows.get(0).expect("a row");
        let entry = DestinationEntry { key: [77; 32], ..entry };
        store.destination_rows.set(0, &entry).expect("a row");
    };
    assert_eq!(found(breaks), ["R7"]);
    assert_eq!(found(totals(|row| row.assets += 1)), ["R7"]);
    assert_eq!(found(asset(|row| row.limits = None)), ["R7"]);
}

#[test]
fn r9_alerts_that_are_lost_are_found() {
    assert_eq!(found(alert(|row| row.state = AlertState::Resolved)), ["R9"]);
    assert_eq!(found(alert(|row| row.count = 0)), ["R9"]);
    assert_eq!(found(totals(|row| row.firing[0] += 1)), ["R9"]);
}

#[test]
fn r11_announcements_out_of_order_are_found() {
    assert_eq!(found(announcement(|row| row.earliest_at = Timestamp::ZERO)), ["R11"]);
    assert_eq!(found(announcement(|row| row.intent = Some(5))), ["R11"]);
    assert_eq!(found(totals(|row| row.announced += 1)), ["R11"]);
}
