//! The digest of a state: the same in any pieces, another one after any change.

use ic_stable_structures::VectorMemory;

use super::*;
use crate::base::Mode;
use crate::open::Upgrade;
use crate::sample::{Note, SampleRole, SampleStore, at, clerk, governor, person};

/// Some notes, and the memory below them.
fn written() -> (VectorMemory, SampleStore) {
    let memory = VectorMemory::default();
    let mut store = SampleStore::install(memory.clone(), false).expect("fresh memory");
    for n in 0..40 {
        store.write(&at(10 + n, clerk()), n, None).expect("a clerk");
    }
    (memory, store)
}

fn owner() -> Principal {
    person(200)
}

fn step(store: &SampleStore, cursor: Option<&[u8]>, max_bytes: u32) -> Result<StateDigest, Fault> {
    store.digest_state(&owner(), cursor, max_bytes, &mut || true)
}

/// The digest in pieces of this size, and how many there were.
fn whole(store: &SampleStore, max_bytes: u32) -> (Hash, u64, u32) {
    let mut done = step(store, None, max_bytes).expect("a state");
    let mut pieces = 1;
    while let Some(next) = &done.next {
        done = step(store, Some(next), max_bytes).expect("its own cursor");
        pieces += 1;
    }
    (done.digest, done.records, pieces)
}

fn digest(store: &SampleStore) -> Hash {
    whole(store, u32::MAX).0
}

/// The chain as the documentation describes it, over the pages of an export.
fn by_hand(store: &SampleStore) -> Hash {
    let mut chain: Hash = Sha256::digest("sample").into();
    let mut add = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("small").to_be_bytes();
        chain = Sha256::digest([&chain[..], &length, bytes].concat()).into();
    };
    for domain in ["config", "roles", "notes"] {
        add(domain.as_bytes());
        let page = store.export_state(domain, None, limits::MAX_EXPORT_BYTES).expect("a domain");
        assert_eq!(page.next, None, "the domain is small");
        page.records.iter().for_each(|record| add(record));
    }
    chain
}

#[test]
fn the_digest_is_the_same_in_pieces_of_any_size() {
    let (_, store) = written();
    // The configuration, two roles, forty notes.
    let once = whole(&store, u32::MAX);
    assert_eq!(once, (by_hand(&store), 43, 1));
    assert_eq!(whole(&store, 0), (once.0, 43, 43), "a record at least");
    for max_bytes in [1, 26, 27, 28, 100, 1_000] {
        let (digest, records, pieces) = whole(&store, max_bytes);
        assert_eq!((digest, records), (once.0, 43), "{max_bytes}");
        assert!(pieces > 1, "{max_bytes}");
    }
}

#[test]
fn a_spent_budget_ends_a_piece_behind_its_first_record() {
    let (_, store) = written();
    let mut done = store.digest_state(&owner(), None, u32::MAX, &mut || false).expect("a state");
    assert_eq!(done.records, 1);
    for records in 2..=43 {
        let next = done.next.expect("more is to come");
        done = store
            .digest_state(&owner(), Some(&next), u32::MAX, &mut || false)
            .expect("its own cursor");
        assert_eq!(done.records, records);
    }
    assert_eq!((done.next, done.digest), (None, by_hand(&store)));
}

#[test]
fn every_record_counts_and_the_journal_does_not() {
    let (_, mut store) = written();
    let mut seen = vec![digest(&store)];
    let mut changed = |store: &SampleStore, what: &str| {
        let now = digest(store);
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    for slot in [0, 20, 39] {
        let note = store.notes.get(slot).expect("written");
        store.notes.set(slot, &Note { is_read: true, ..note }).expect("room");
        changed(&store, "a record became another");
    }
    store.write(&at(90, clerk()), 7, None).expect("a clerk");
    changed(&store, "a record came");
    let ctx = at(91, governor());
    store.set_role(&ctx, SampleRole::Clerk, person(9), true).expect("a governor");
    changed(&store, "a role was given");
    store.set_mode(&ctx, Mode::ReadOnly, "an incident").expect("a governor");
    changed(&store, "the configuration changed");
    let before = digest(&store);
    // Given again: an event, and the same grant but for its time.
    store.record(&[crate::sample::SampleEvent { subject: 0, text: "Said".to_owned() }], &ctx);
    assert_eq!(digest(&store), before);
}

#[test]
fn c3_an_upgrade_that_changes_no_schema_leaves_the_digest() {
    let (memory, store) = written();
    let before = whole(&store, 100);
    drop(store);
    for rehearsal in [true, false] {
        let args = Upgrade { rehearsal, code_version: "1.1.0".to_owned(), ..Upgrade::default() };
        let store = SampleStore::upgrade(memory.clone(), args, 100).expect("same schema");
        assert_eq!(whole(&store, 100), before);
    }
}

#[test]
fn a_cursor_is_good_where_it_was_given_and_as_long_as_nothing_happens() {
    let (_, mut store) = written();
    let next = step(&store, None, 200).expect("a state").next.expect("more is to come");
    let again = step(&store, Some(&next), 200);
    assert_eq!(step(&store, Some(&next), 200), again, "it may be asked again");
    assert!(again.is_ok());
    let elsewhere = store.digest_state(&person(201), Some(&next), 200, &mut || true);
    assert_eq!(elsewhere, Err(Fault::Cursor), "another canister's");
    for at in 0..next.len() {
        let mut wrong = next.clone();
        wrong[at] ^= 1;
        assert_eq!(step(&store, Some(&wrong), 200), Err(Fault::Cursor), "byte {at}");
    }
    for wrong in [&next[..0], &next[..7], &next[..8], &next[1..], &next[..next.len() - 1]] {
        assert_eq!(step(&store, Some(wrong), 200), Err(Fault::Cursor));
    }
    store.write(&at(90, clerk()), 7, None).expect("a clerk");
    assert_eq!(step(&store, Some(&next), 200), Err(Fault::CursorMoved));
}

#[test]
fn a_forged_cursor_ends_in_a_refusal_or_in_a_hash() {
    let (_, store) = written();
    let (events, _) = store.journal_head();
    let forged = |domain, place: &[u8]| {
        let place = place.to_vec();
        let walk = Walk { digest: [0; 32], records: u64::MAX, events, domain, place };
        step(&store, Some(&walk.cursor::<crate::sample::Sample>(&owner())), 200)
    };
    assert_eq!(forged(0, &[2]), Err(Fault::Cursor), "a family of another domain");
    assert_eq!(forged(2, &[14]), Err(Fault::Cursor), "the journal");
    assert_eq!(forged(3, &[]).map(|done| done.next), Ok(None), "behind the last domain");
    assert_eq!(forged(2, &[2, 255, 255, 255, 255, 0]).map(|done| done.next), Ok(None));
    assert!(forged(2, &[]).is_ok());
}
