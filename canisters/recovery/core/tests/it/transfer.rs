//! A backup holds everything, what is filled from it works, and the check finds what is wrong.

use crate::support::sparse::SparseMemory;
use crate::support::{
    DAY, Governor, START, World, at, drive, governor, own, rich, settings, upgrade,
};
use granary_kernel::transfer::{digest_of, domain_names};
use granary_kernel::{CanisterStore, Families, StatePage};
use recovery_core::invariants;
use recovery_core::store::Store;
use recovery_core::types::StateKind;

fn pages(store: &World) -> Vec<StatePage> {
    let domains = domain_names::<World>().into_iter();
    domains.map(|domain| store.export_state(domain, None, 1_500_000).expect("a domain")).collect()
}

fn filled(pages: &[StatePage]) -> World {
    let ctx = at(START + 9 * DAY, governor());
    let mut copy =
        Store::install(SparseMemory::default(), settings(true), &ctx).expect("empty memory");
    for page in pages {
        copy.import_state(&ctx, page).expect("the next page");
    }
    copy
}

#[test]
fn c3_an_import_gives_the_same_state() {
    let (_, store) = rich();
    assert_eq!(invariants::check_all(&store), []);
    let mut copy = filled(&pages(&store));
    assert_eq!(invariants::check_all(&copy), []);
    for domain in ["config", "roles", "requests"] {
        let before = store.state_digest(domain).expect("a domain");
        assert_eq!(copy.state_digest(domain).expect("a domain"), before, "{domain}");
    }
    assert_eq!(copy.totals(), store.totals(), "figures are made anew");
    // What was under way is looked at, and goes on.
    drive(&mut copy, START + 9 * DAY, 4, &mut Governor::new());
    assert!(copy.request(4).expect("it").1.state.executed_at().is_some());
    assert_eq!(invariants::check_all(&copy), []);
}

#[test]
fn c3_an_upgrade_keeps_every_domain_but_its_own_event() {
    let (memory, store) = rich();
    let before: Vec<_> = pages(&store).iter().map(|page| page.digest).collect();
    drop(store);
    let ctx = at(START + 9 * DAY, governor());
    let store = World::upgrade(memory, upgrade(), &ctx).expect("the same schema");
    let after: Vec<_> = pages(&store).iter().map(|page| page.digest).collect();
    assert_eq!(before[..3], after[..3]);
    assert_ne!(before[3], after[3]);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn what_waits_in_a_backup_expires_in_the_copy() {
    let (_, store) = rich();
    let mut copy = filled(&pages(&store));
    copy.tick(&at(START + 16 * DAY, own()), &mut || true).expect("running");
    let state = |number| copy.request(number).expect("it").1.state.kind();
    assert_eq!([state(5), state(6)], [StateKind::Expired; 2]);
}

#[test]
fn the_check_finds_what_is_wrong_and_names_the_invariant() {
    let (_, store) = rich();
    let report = invariants::check(&store, None, 3).expect("a piece");
    assert!(report.next.is_some());
    assert!(invariants::check(&store, Some(&[1, 2, 3]), 3).is_err());
    let config = pages(&store);
    // The target's first byte: the running execution was approved for another governor.
    let target = governor();
    let at = config[0].records[0]
        .windows(target.as_slice().len())
        .position(|part| part == target.as_slice())
        .expect("the governor");
    let mut moved = config.clone();
    moved[0].records[0][at] ^= 64;
    moved[0].digest = digest_of(&moved[0].records);
    let rules = |pages: &[StatePage]| -> Vec<&'static str> {
        invariants::check_all(&filled(pages)).iter().map(|found| found.rule).collect()
    };
    assert_eq!(rules(&config), [""; 0]);
    assert_eq!(rules(&moved), ["Y1"]);
    // Without its requests' approvals by a member nobody is ready: the committee of another state.
    let mut other = config.clone();
    let member = crate::support::member(3);
    let record = &mut other[0].records[0];
    let at = record.windows(2).rposition(|part| part == member.as_slice()).expect("a member");
    record[at] = 60;
    other[0].digest = digest_of(&other[0].records);
    assert_eq!(rules(&other), ["Y2", "Y2"]);
}
