//! The event journal: nothing can be changed, moved or taken out unnoticed.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use granary_stable::journal::{Event, Journal, JournalFault, NewEvent, hash};
use granary_stable::keys::PrincipalBytes;
use granary_units::Timestamp;
use ic_stable_structures::{Memory, VectorMemory};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

fn regions() -> (VectorMemory, VectorMemory) {
    (VectorMemory::default(), VectorMemory::default())
}

fn filled(payloads: &[Vec<u8>]) -> ((VectorMemory, VectorMemory), Journal<VectorMemory>) {
    let (index, data) = regions();
    let mut journal = Journal::open(index.clone(), data.clone());
    for (number, payload) in (0_u64..).zip(payloads) {
        let event = NewEvent {
            at: Timestamp::from_nanos(number * 10),
            actor: PrincipalBytes::from_slice(&payload[..payload.len().min(29)]).unwrap(),
            trace_id: number,
            payload,
        };
        assert_eq!(journal.append(&event).unwrap().index, number);
    }
    ((index, data), journal)
}

proptest! {
    #[test]
    fn events_come_back_and_chain(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..20)
    ) {
        let ((index, data), journal) = filled(&payloads);
        let head = journal.head();
        drop(journal);
        let journal = Journal::open(index, data);
        prop_assert_eq!(journal.head(), head);
        prop_assert_eq!(journal.len(), payloads.len() as u64);
        prop_assert_eq!(journal.verify(0, u64::MAX), Ok(payloads.len() as u64));
        let mut before = [0; 32];
        for (number, payload) in (0_u64..).zip(&payloads) {
            let event = journal.get(number).unwrap().unwrap();
            prop_assert_eq!(&event.payload, payload);
            prop_assert_eq!(event.prev_hash, before);
            let stored = journal.stored(number).unwrap();
            prop_assert_eq!(&event.encode(), &stored);
            before = hash(&stored);
        }
        prop_assert_eq!(before, head);
    }

    #[test]
    fn a_changed_byte_is_noticed(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 2..10),
        place in any::<proptest::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let ((index, data), journal) = filled(&payloads);
        let head = journal.head();
        let total: usize = (0..journal.len()).map(|i| journal.stored(i).unwrap().len()).sum();
        drop(journal);
        let at = 32 + place.index(total) as u64;
        let mut byte = [0];
        data.read(at, &mut byte);
        data.write(at, &[byte[0] ^ flip]);
        let journal = Journal::open(index, data);
        let noticed = journal.verify(0, u64::MAX).is_err() || journal.head() != head;
        prop_assert!(noticed);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = Event::decode(0, &bytes);
        let mut like = bytes;
        if let Some(first) = like.first_mut() {
            *first = 1;
        }
        let _ = Event::decode(0, &like);
    }
}

#[test]
fn a_range_is_verified_alone() {
    let (_, journal) = filled(&[vec![1], vec![2], vec![3], vec![4]]);
    assert_eq!(journal.verify(2, 3), Ok(1));
    assert_eq!(journal.verify(4, 9), Ok(0));
    assert_eq!(journal.verify(9, 9), Err(JournalFault::Missing { index: 8 }));
    assert!(journal.get(4).is_none());
}

#[test]
fn an_event_in_the_wrong_place_is_refused() {
    let (_, journal) = filled(&[vec![1], vec![2]]);
    let stored = journal.stored(1).unwrap();
    assert_eq!(Event::decode(0, &stored), Err(JournalFault::Misplaced { index: 0, says: 1 }));
}
