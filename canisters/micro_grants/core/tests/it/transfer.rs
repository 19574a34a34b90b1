//! Export, import, and what an upgrade keeps (C3).

use crate::support::{
    DAY, START, World, applicant, at, content, draft, governor, install_args, manager, release,
    rich, world,
};
use ic_stable_structures::VectorMemory;
use micro_grants_core::invariants;
use micro_grants_core::store::{CanisterStore, Families, StatePage, Upgrade, domain_names};

fn pages(store: &World, max_bytes: u32) -> Vec<StatePage> {
    let mut pages = vec![];
    for domain in domain_names::<World>() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor.take(), max_bytes).expect("a domain");
            cursor.clone_from(&page.next);
            pages.push(page);
            if cursor.is_none() {
                break;
            }
        }
    }
    pages
}

fn digests(store: &World) -> Vec<[u8; 32]> {
    domain_names::<World>()
        .into_iter()
        .map(|domain| store.state_digest(domain).expect("a domain"))
        .collect()
}

#[test]
fn c3_an_upgrade_keeps_every_domain_but_its_own_event() {
    let (memory, store) = rich();
    let before = digests(&store);
    drop(store);
    let upgrade = release("0.2.0");
    let ctx = at(START + 5 * DAY, governor());
    let store = World::upgrade(memory.clone(), upgrade.clone(), &ctx).expect("the same schema");
    let after = digests(&store);
    let journal = before.len() - 1;
    assert_eq!(before[..journal], after[..journal]);
    assert_ne!(before[journal], after[journal]);
    assert_eq!(invariants::check_all(&store), []);
    let [(number, row)] = <[_; 1]>::try_from(store.upgrades(0, 10)).expect("one upgrade");
    assert_eq!(number, 0);
    assert_eq!((row.from_version.as_str(), row.to_version.as_str()), ("0.1.0", "0.2.0"));
    let (head_before, _) = store.journal_head();
    assert_eq!(row.events + 1, head_before);
    assert_eq!(store.header().upgrade_count, 1);
    drop(store);
    let common = granary_kernel::Upgrade { expected_schema: Some(9), ..upgrade.common.clone() };
    let wrong = Upgrade { common, ..upgrade };
    assert!(World::upgrade(memory, wrong, &ctx).is_err());
}

#[test]
fn an_import_rebuilds_everything() {
    let (_, store) = rich();
    for max_bytes in [1, 1_500_000] {
        let ctx = at(START, governor());
        let memory = VectorMemory::default();
        let mut copy = World::install(memory, install_args(true), &ctx).expect("fresh");
        let refused = copy.save_draft(&at(START, applicant(0)), draft(content(0, 0)), None);
        assert!(refused.is_err(), "nobody works while the canister is filled");
        let pages = pages(&store, max_bytes);
        let last = pages.len() - 1;
        for (index, page) in pages.iter().enumerate() {
            assert_eq!(copy.import_state(&ctx, page), Ok(index == last), "{}", page.domain);
        }
        let journal = domain_names::<World>().len() - 1;
        assert_eq!(digests(&store)[..journal], digests(&copy)[..journal]);
        assert_eq!(invariants::check_all(&copy), []);
        let head = store.journal_head().0;
        for index in 0..head {
            assert_eq!(store.event_bytes(index), copy.event_bytes(index));
        }
        assert_eq!(copy.journal_head().0, head + 1, "the import's own event");
        // What waited for its time waits in the copy as well.
        let (_, mut original) = rich();
        let ctx = at(START + 100 * DAY, governor());
        for store in [&mut original, &mut copy] {
            let report = store.tick(&ctx, &mut || true).expect("running");
            assert!(report.applied >= 2, "an inactive grant, an expired change");
        }
        assert_eq!(digests(&original)[..journal], digests(&copy)[..journal]);
    }
}

#[test]
fn an_import_refuses_what_is_out_of_order_or_changed() {
    let (_, store) = rich();
    let ctx = at(START, governor());
    let mut copy =
        World::install(VectorMemory::default(), install_args(true), &ctx).expect("fresh");
    let pages = pages(&store, 1_500_000);
    assert!(copy.import_state(&ctx, &pages[1]).is_err(), "not the first");
    let mut changed = pages[0].clone();
    changed.records[0][9] ^= 1;
    assert!(copy.import_state(&ctx, &changed).is_err(), "another digest");
    assert!(copy.import_state(&at(START, manager()), &pages[0]).is_err(), "no governor");
    assert_eq!(copy.import_state(&ctx, &pages[0]), Ok(false));
    let (_, mut running) = rich();
    assert!(running.import_state(&ctx, &pages[0]).is_err(), "not open for an import");
}

#[test]
fn c11_a_repeated_request_gets_the_first_answer() {
    let (_, mut store) = world();
    let ctx = at(START + 1, applicant(0));
    let submit = |store: &mut World, units, now| {
        store.submit_application(&at(now, applicant(0)), draft(content(units, 0)), Some("k"))
    };
    let first = submit(&mut store, 300, START + 1).expect("fresh");
    let events = store.journal_head();
    assert_eq!(submit(&mut store, 300, START + DAY / 2), Ok(first));
    assert_eq!(store.journal_head(), events);
    assert!(submit(&mut store, 301, START + 2).is_err(), "other arguments");
    let other = at(START + 2, applicant(1));
    let theirs = store.submit_application(&other, draft(content(300, 0)), Some("k"));
    assert_ne!(theirs.expect("keys are the caller's own").id, first.id);
    let empty = store.submit_application(&ctx, draft(content(300, 0)), Some(""));
    assert!(empty.is_err());
}

#[test]
fn the_check_finds_what_is_wrong() {
    let (_, store) = rich();
    let report = invariants::check(&store, None, 3).expect("a piece");
    assert!(report.next.is_some() && report.checked <= 4);
    assert!(invariants::check(&store, Some(&[1, 2, 3]), 3).is_err());
    // A row of another programme's money: the budget no longer adds up.
    let ctx = at(START, governor());
    let mut copy =
        World::install(VectorMemory::default(), install_args(true), &ctx).expect("fresh");
    for mut page in pages(&store, 1_500_000) {
        if page.domain == "programs" {
            // Last byte of the available amount: state, time, bounds, budget, amount.
            let at = 7 + 4 + 1 + 1 + 8 + 116 + 16 + 15;
            page.records[0][at] ^= 1;
            page.digest = redigest(&page.records);
        }
        copy.import_state(&ctx, &page).expect("plausible");
    }
    let rules: Vec<_> = invariants::check_all(&copy).iter().map(|found| found.rule).collect();
    assert!(rules.contains(&"G1"), "{rules:?}");
}

fn redigest(records: &[Vec<u8>]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for record in records {
        hasher.update(u32::try_from(record.len()).expect("small").to_be_bytes());
        hasher.update(record);
    }
    hasher.finalize().into()
}
