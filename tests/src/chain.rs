//! The journal, recomputed by an outsider from what anybody can read.

use granary_api::common::{CertifiedHead, Event};
use sha2::{Digest, Sha256};

use crate::{client::MicroGrants, reply::Expect};

/// Events asked for at once.
const PAGE: u32 = 100;

/// Reads the whole journal and checks every link (C1).
///
/// # Panics
/// When an event does not follow from the one before it, or the head is not the last event.
#[track_caller]
pub fn checked(reader: &MicroGrants<'_>) -> Vec<Event> {
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
    // The certified data is a leaf of the certificate's tree, byte for byte.
    let certificate = head.certificate.expect("a query carries a certificate");
    let certified = certificate.windows(head.head.len()).any(|part| part == &head.head[..]);
    assert!(certified, "the head is the canister's certified data");
    events
}
