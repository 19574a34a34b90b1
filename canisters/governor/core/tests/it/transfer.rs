//! A backup makes the same state anew; a page that is wrong changes nothing.

use crate::support::{
    DAY, START, World, approve, at, deny, install_args, person, proposal, propose, recovery, rich,
    state, tick,
};
use governor_core::invariants;
use governor_core::records::Payload;
use granary_kernel::transfer::{Families, domain_names};
use granary_kernel::{Phase, StatePage};
use ic_stable_structures::VectorMemory;

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
    let ctx = at(START + 5 * DAY, recovery());
    World::install(VectorMemory::default(), install_args(true), &ctx).expect("fresh memory")
}

#[test]
fn a_backup_makes_the_same_state() {
    let (_, store) = rich();
    let mut copy = empty();
    let ctx = at(START + 4 * DAY, recovery());
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
    let (mut ours, mut theirs) = (copy.totals(), store.totals());
    // Averages are of what happened here.
    (ours.approvals, ours.approval_seconds) = (0, 0);
    (theirs.approvals, theirs.approval_seconds) = (0, 0);
    assert_eq!(ours, theirs);
    // Jobs are made anew: what waits runs out in the copy too.
    tick(&mut copy, START + 40 * DAY);
    assert_eq!(state(&copy, 2, START + 40 * DAY), "Expired");
    assert_eq!(invariants::check_all(&copy), []);
}

#[test]
fn a_damaged_page_is_refused_and_changes_nothing() {
    let (_, store) = rich();
    let mut copy = empty();
    let ctx = at(START + 4 * DAY, recovery());
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

#[test]
fn what_was_under_way_when_the_backup_was_taken_is_over_in_the_copy() {
    let (_, mut store) = rich();
    let began = START + 4 * DAY;
    let take = proposal(Payload::TakeFleetSnapshot { targets: vec![], pinned: false });
    let id = propose(&mut store, began, take);
    for n in [1, 2, 3] {
        approve(&mut store, began + DAY, id, n);
    }
    store.execute(&at(began + 3 * DAY, person(1)), id, None).expect("ready");
    assert_eq!((state(&store, id, began + 3 * DAY), store.totals().running), ("Executing", id));
    let mut copy = empty();
    let ctx = at(began + 4 * DAY, recovery());
    for page in pages(&store) {
        copy.import_state(&ctx, &page).expect("next");
    }
    let ended = copy.stored(id).expect("known").proposal;
    assert_eq!((ended.state.name(), copy.totals().running), ("RollbackFailed", 0));
    assert!(ended.reason.contains("when the backup was taken"), "{}", ended.reason);
    assert_eq!(ended.ended_at, Some(ended.since));
    assert!(!copy.pending().iter().any(|one| one.wire() == id), "nothing waits for it");
    assert_eq!(invariants::check_all(&copy), []);
    // Nothing stands in the way of the next one.
    let next = propose(&mut copy, began + 4 * DAY, deny(9));
    for n in [1, 2, 3] {
        approve(&mut copy, began + 5 * DAY, next, n);
    }
    copy.execute(&at(began + 7 * DAY, person(1)), next, None).expect("nothing runs");
    assert_eq!(invariants::check_all(&copy), []);
}
