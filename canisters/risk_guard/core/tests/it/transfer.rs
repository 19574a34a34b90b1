//! A backup makes the same state anew; a page that is wrong changes nothing.

use crate::support::{HOUR, START, World, at, governor, install_args, rich, tick};
use granary_kernel::transfer::{Families, domain_names};
use granary_kernel::{Phase, Profile, StatePage};
use ic_stable_structures::VectorMemory;
use risk_guard_core::invariants;
use risk_guard_core::types::ReservationState;

fn pages(store: &World) -> Vec<StatePage> {
    let mut pages = vec![];
    for domain in domain_names::<World>() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor, 65_536).expect("a domain");
            let next = page.next.clone();
            pages.push(page);
            if next.is_none() {
                break;
            }
            cursor = next;
        }
    }
    pages
}

fn empty() -> World {
    let args = install_args(true, Profile::Production);
    let ctx = at(START + 50 * HOUR, governor());
    World::install(VectorMemory::default(), args, &ctx).expect("fresh memory")
}

#[test]
fn a_backup_makes_the_same_state() {
    let (_, store) = rich();
    let mut copy = empty();
    let ctx = at(START + 51 * HOUR, governor());
    let finished: Vec<bool> =
        pages(&store).iter().map(|page| copy.import_state(&ctx, page).expect("next")).collect();
    assert!(finished.iter().rev().skip(1).all(|done| !done) && finished.last() == Some(&true));
    assert_eq!(copy.base().phase, Phase::Running);
    for domain in domain_names::<World>() {
        // The journal has one event more: that the import is complete.
        if domain != "journal" {
            let same = copy.state_digest(domain) == store.state_digest(domain);
            assert!(same, "{domain} differs");
        }
    }
    assert_eq!(invariants::check_all(&copy), []);
    assert_eq!(copy.totals(), store.totals());
    // Jobs are made anew: what is held expires in the copy too.
    tick(&mut copy, START + 60 * HOUR);
    let (_, row) = copy.reservation_of(12).expect("held in the original");
    assert_eq!(row.state, ReservationState::Expired);
    assert_eq!(invariants::check_all(&copy), []);
}

#[test]
fn a_damaged_page_is_refused_and_changes_nothing() {
    let (_, store) = rich();
    let mut copy = empty();
    let ctx = at(START + 51 * HOUR, governor());
    for page in pages(&store) {
        for at_byte in 0..page.records.first().map_or(0, Vec::len).min(40) {
            let mut bad = page.clone();
            bad.records[0][at_byte] ^= 1;
            let before = copy.journal_head();
            assert!(copy.import_state(&ctx, &bad).is_err(), "{}", page.domain);
            assert_eq!(copy.journal_head(), before);
        }
        copy.import_state(&ctx, &page).expect("next");
    }
}
