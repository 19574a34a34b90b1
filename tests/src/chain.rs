//! The journal, recomputed by an outsider from what anybody can read.

use granary_api::common::{CertifiedHead, Event};
use granary_proof::certified::{self, Shown};
use sha2::{Digest, Sha256};

use crate::{caller::Caller, reply::Expect};

/// Events asked for at once.
const PAGE: u32 = 100;

/// Reads the whole journal and checks every link (C1).
///
/// # Panics
/// When an event does not follow from the one before it, or the head is not the last event.
#[track_caller]
pub fn checked(reader: &Caller<'_>) -> Vec<Event> {
    let head: CertifiedHead = reader.get_certified_head().value("the certified head");
    let mut events: Vec<Event> = Vec::new();
    loop {
        let start = u64::try_from(events.len()).expect("few events");
        let page = reader.get_events(start, PAGE).value("a page of events");
        assert_eq!(page.total, head.length, "the head counts every event");
        if page.events.is_empty() {
            break;
        }
        events.extend(page.events);
    }
    let mut previous = None;
    for (index, event) in (0_u64..).zip(&events) {
        assert_eq!(event.index, index, "events are numbered without holes");
        assert_eq!(
            event.hash[..],
            Sha256::digest(&event.data)[..],
            "event {index} has the hash of its bytes"
        );
        if let Some(previous) = previous {
            assert_eq!(&event.prev_hash, previous, "event {index} follows event {}", index - 1);
        }
        previous = Some(&event.hash);
    }
    assert_eq!(u64::try_from(events.len()).expect("few events"), head.length);
    assert_eq!(previous, Some(&head.head), "the head is the last event");
    assert_certified(head);
    events
}

/// The certified data, the head itself or the root of a tree that holds it, is a leaf of the
/// certificate's tree, byte for byte.
#[track_caller]
fn assert_certified(head: CertifiedHead) {
    let certificate = head.certificate.expect("a query carries a certificate");
    let certified = match head.witness {
        None => head.head.into_vec(),
        Some(witness) => {
            let tree = certified::read(&witness).expect("the witness is a tree");
            let root = tree.digest().to_vec();
            let shown = certified::verify(&root, &witness, Shown::Journal);
            assert_eq!(shown.expect("it shows the journal")[..], head.head[..]);
            root
        }
    };
    let found = certificate.windows(certified.len()).any(|part| part == &certified[..]);
    assert!(found, "the head is in the canister's certified data");
}
