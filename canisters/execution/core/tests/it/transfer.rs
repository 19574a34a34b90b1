//! A backup holds everything, and whoever is filled from it looks at every block before it pays.

use crate::support::sparse::SparseMemory;
use crate::support::{HOUR, SECOND, START, World, at, governor, own, rich, settings};
use execution_core::invariants;
use execution_core::rules::next::Ask;
use execution_core::rules::scan::{Outgoing, Page, Seen};
use execution_core::store::{LookStep, Step, Store};
use execution_core::types::{IntentState, Timestamp};
use granary_kernel::{CanisterStore, Families, StatePage};

fn pages(store: &World) -> Vec<StatePage> {
    let mut pages = vec![];
    for domain in granary_kernel::transfer::domain_names::<World>() {
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

fn filled(store: &World) -> World {
    let memory = SparseMemory::default();
    let ctx = at(START + 10 * HOUR, governor());
    let mut copy = Store::install(memory, settings(true), &ctx).expect("empty memory");
    for page in pages(store) {
        copy.import_state(&ctx, &page).expect("the next page");
    }
    copy
}

#[test]
fn c3_an_import_gives_the_same_state() {
    let (_, store) = rich();
    assert_eq!(invariants::check_all(&store), []);
    let copy = filled(&store);
    assert_eq!(invariants::check_all(&copy), []);
    for domain in ["roles", "assets", "intents"] {
        let before = store.state_digest(domain).expect("a domain");
        assert_eq!(copy.state_digest(domain).expect("a domain"), before, "{domain}");
    }
}

#[test]
fn c3_reopening_changes_nothing() {
    let (memory, store) = rich();
    let before: Vec<_> = pages(&store).iter().map(|page| page.digest).collect();
    drop(store);
    let store = World::open(memory).expect("its own memory");
    let after: Vec<_> = pages(&store).iter().map(|page| page.digest).collect();
    assert_eq!(after, before);
    assert_eq!(invariants::check_all(&store), []);
}

/// The backup is older than the ledger: an intent that was under way in it was paid since.
#[test]
fn e7_whoever_is_filled_from_a_backup_looks_before_it_pays() {
    let (_, store) = rich();
    let mut copy = filled(&store);
    let mut now = START + 20 * HOUR;
    for intent in 1..=5 {
        let step = copy.begin_step(&at(now, own()), intent).expect("running");
        assert!(!matches!(step, Step::Call(ticket) if ticket.ask != Ask::Commit), "{intent}");
    }
    let row = copy.intent(5).expect("it").1;
    assert_eq!(row.state, IntentState::Submitting);
    let out =
        Outgoing { memo: Some(row.memo), to: row.to.outside(), amount: row.amount, fee: row.fee };
    let blocks: Vec<Seen> = (0..3)
        .map(|index| Seen {
            index,
            at: Timestamp::from_nanos(START),
            outgoing: (index == 2).then_some(out),
        })
        .collect();
    let mut from_first = false;
    for _ in 0..6 {
        let look = copy.begin_look(&at(now, own()), 1).expect("running");
        if let LookStep::Call(ticket) = look {
            from_first |= ticket.from == 0;
            let start = usize::try_from(ticket.from).expect("small");
            let rest = blocks.iter().skip(start).copied().collect();
            let page = Page { length: 3, blocks: rest };
            copy.settle_look(&at(now, own()), &ticket, Ok(page)).expect("running");
        }
        now += 700 * SECOND;
    }
    assert!(from_first, "the whole log is looked at");
    let row = copy.intent(5).expect("it").1;
    assert_eq!((row.state, row.block), (IntentState::Settled, Some(2)));
    let asset = copy.asset(1).expect("adopted").1;
    assert!(copy.is_cleared(&asset, Timestamp::from_nanos(now)));
    assert_eq!(invariants::check_all(&copy), []);
}
