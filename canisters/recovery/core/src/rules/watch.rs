//! What was seen of the governor, and since when it fails.

use crate::records::{Event, EventKind, Outlook, Seen};
use crate::types::Timestamp;

/// The newest look, with what the journal says when it differs from the one before.
pub fn watch(before: &Outlook, seen: Seen, now: Timestamp) -> (Outlook, Option<Event>) {
    let failing_since = seen.fails().then(|| before.failing_since.unwrap_or(now));
    let event = match (before.failing_since, failing_since) {
        (None, Some(_)) => Some(Event::new(EventKind::GovernorFailing, 0).name(seen.name())),
        (Some(since), None) => {
            Some(Event::new(EventKind::GovernorBack, 0).number(since.as_nanos()))
        }
        (None, None) | (Some(_), Some(_)) => None,
    };
    (Outlook { last: Some((now, seen)), failing_since }, event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::at;

    #[test]
    fn an_outage_counts_from_the_first_look_of_the_row() {
        let kinds = |event: Option<Event>| event.map(|event| event.kind);
        let (one, event) = watch(&Outlook::default(), Seen::Silent, at(5));
        assert_eq!(
            (one.failing_since, kinds(event)),
            (Some(at(5)), Some(EventKind::GovernorFailing))
        );
        let (two, event) = watch(&one, Seen::Critical, at(9));
        assert_eq!((two.failing_since, kinds(event)), (Some(at(5)), None));
        let (three, event) = watch(&two, Seen::Degraded, at(11));
        assert_eq!((three.failing_since, kinds(event)), (None, Some(EventKind::GovernorBack)));
        assert_eq!(three.last, Some((at(11), Seen::Degraded)));
    }
}
