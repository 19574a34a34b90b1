//! Whether code and controllers of the targets are what was approved: whoever else controls a
//! canister can replace it without a proposal, and the network's history is short.

use crate::records::{Drift, Event, EventKind, Target};
use crate::rules::Change;
use crate::rules::audit::Status;
use crate::types::{Hash, Principal, Timestamp};

/// What a look at a target came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the network says.
    pub status: Status,
    /// Changes of its code and controllers there ever were, as the network counts them.
    pub changes: u64,
    /// True when this canister changes it just now: then it is not judged.
    pub is_busy: bool,
    /// The code an execution of this canister left in it, when it did.
    pub left: Option<Hash>,
}

/// What differs from what was approved; none when nothing does.
fn differs(own: &Principal, target: &Target, seen: &Seen) -> Option<Drift> {
    if !seen.status.controllers.contains(own) {
        return Some(Drift::Lost);
    }
    let knows = |who: &&Principal| *who != own && !target.others.contains(who);
    if target.seen_at > Timestamp::ZERO && seen.status.controllers.iter().any(|who| knows(&who)) {
        return Some(Drift::Controllers);
    }
    let expected = seen.left.or(target.module);
    if expected.is_some() && expected != seen.status.module {
        return Some(Drift::Code);
    }
    None
}

/// Takes a look. The first one of an adopted canister is what later ones are held against.
pub fn look(
    own: &Principal,
    canister: Principal,
    target: &Target,
    seen: &Seen,
    now: Timestamp,
) -> Change {
    let mut after = target.clone();
    let mut events = vec![];
    let wrong = if seen.is_busy { None } else { differs(own, target, seen) };
    match (wrong, target.drifted_since) {
        (Some(what), None) => {
            after.drifted_since = Some(now);
            let event = Event::new(EventKind::DriftDetected, 0).party(canister).name(what.name());
            events.push(event.number(seen.changes));
        }
        (None, Some(_)) if !seen.is_busy => {
            after.drifted_since = None;
            events.push(Event::new(EventKind::DriftEnded, 0).party(canister));
        }
        (Some(_), Some(_)) | (None, _) => {}
    }
    if after.drifted_since.is_none() && !seen.is_busy {
        after.module = seen.status.module;
        let others = seen.status.controllers.iter().filter(|who| *who != own);
        after.others = others.copied().collect();
        after.changes_seen = seen.changes;
    }
    if !seen.is_busy {
        after.drift = wrong;
    }
    after.seen_at = now;
    Change { target: Some((canister, Some(after))), events, ..Change::default() }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
