//! What people do to an intent: approve it, take the approval back, reject it, take it back.

use granary_kernel::Fault;
use sha2::{Digest, Sha256};

use crate::errors::{AccessFault, ExecutionError, InputFault, StateFault};
use crate::limits;
use crate::records::{ApprovalRow, Event, EventKind, Marks};
use crate::rules::{Change, Ctx, Work};
use crate::types::{ApprovalId, Hash, IntentState, Principal, Timestamp};

/// States in which approvals are taken: before anything could have been sent.
const APPROVABLE: &[IntentState] = IntentState::OPEN;

/// An approval as it counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The approval.
    pub row: ApprovalRow,
    /// Since when the approver has the role without a gap; none when they have it no more.
    pub role_since: Option<Timestamp>,
}

/// True when the approval counts: for this intent as it is, in time, not taken back, by somebody
/// who had the role all along, and not by who wants it paid.
pub fn counts(approval: &Standing, digest: &Hash, initiator: &Principal, now: Timestamp) -> bool {
    let Standing { row, role_since } = approval;
    !row.revoked
        && row.digest == *digest
        && row.approver != *initiator
        && now <= row.expires_at
        && role_since.is_some_and(|since| since <= row.at)
}

/// Approvals that count. The newest of each person decides, so nobody counts twice.
pub fn counted(
    approvals: &[Standing],
    digest: &Hash,
    initiator: &Principal,
    now: Timestamp,
) -> Vec<Principal> {
    let mut people: Vec<Principal> = vec![];
    for approval in approvals.iter().filter(|one| counts(one, digest, initiator, now)) {
        if !people.contains(&approval.row.approver) {
            people.push(approval.row.approver);
        }
    }
    people
}

fn need(work: &Work, allowed: &'static [IntentState]) -> Result<(), ExecutionError> {
    let actual = work.row.state;
    if allowed.contains(&actual) {
        return Ok(());
    }
    Err(StateFault::Intent { id: work.wire(), actual, allowed }.into())
}

/// Approves what the approver saw: `given` is its digest.
pub fn approve(
    mut work: Work,
    approvals: &[Standing],
    digest: &Hash,
    given: &Hash,
    next: ApprovalId,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    need(&work, APPROVABLE)?;
    if ctx.actor == work.row.initiator {
        return Err(AccessFault::SelfApproval.into());
    }
    if given != digest {
        return Err(InputFault::Digest.into());
    }
    if counted(approvals, digest, &work.row.initiator, ctx.now).contains(&ctx.actor) {
        return Err(StateFault::Approved.into());
    }
    if work.row.approvals >= limits::MAX_APPROVALS {
        let max = limits::MAX_APPROVALS.into();
        return Err(Fault::Full { what: "the list of the intent's approvals", max }.into());
    }
    let row = ApprovalRow {
        intent: work.id,
        approver: ctx.actor,
        digest: *digest,
        at: ctx.now,
        expires_at: ctx.now.saturating_add(limits::APPROVAL_LIFE),
        revoked: false,
        prev: work.row.newest_approval,
    };
    work.row.newest_approval = Some(next);
    work.row.approvals = work.row.approvals.saturating_add(1);
    work.due = Some(ctx.now);
    work.say(|event| event.party(ctx.actor).digest(*digest), EventKind::IntentApproved);
    Ok(Change { approval: Some((next, row)), ..work.finish() })
}

/// Takes an approval back.
pub fn revoke(
    mut work: Work,
    own: Option<(ApprovalId, ApprovalRow)>,
    ctx: &Ctx,
) -> Result<Change, ExecutionError> {
    need(&work, APPROVABLE)?;
    let (id, row) = own.ok_or(StateFault::NotApproved)?;
    work.due = Some(ctx.now);
    work.say(|event| event.party(ctx.actor), EventKind::IntentApprovalRevoked);
    Ok(Change { approval: Some((id, ApprovalRow { revoked: true, ..row })), ..work.finish() })
}

/// Rejects it for good.
pub fn reject(mut work: Work, reason: &str) -> Result<Change, ExecutionError> {
    need(&work, IntentState::OPEN)?;
    work.fail(IntentState::Denied);
    let digest = Sha256::digest(reason.as_bytes()).into();
    work.say(|event| event.name("rejected").digest(digest), EventKind::IntentDenied);
    Ok(work.finish())
}

/// Takes it back.
pub fn cancel(mut work: Work, reason: &str) -> Result<Change, ExecutionError> {
    need(&work, IntentState::OPEN)?;
    work.fail(IntentState::Cancelled);
    let digest = Sha256::digest(reason.as_bytes()).into();
    work.say(|event| event.digest(digest), EventKind::IntentCancelled);
    Ok(work.finish())
}

/// Has it looked at now, whatever it waits for.
pub fn wake(mut work: Work) -> Change {
    if work.put_off_until().is_some() {
        work.put_off(work.now);
    }
    work.due = Some(work.now);
    work.row.marks.clear(Marks::LOOK);
    let event = Event::new(EventKind::IntentsWoken, work.wire()).number(1);
    work.events.push(event);
    work.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, at, ctx, person, work};

    const DIGEST: Hash = [8; 32];

    fn by(n: u8) -> Standing {
        let row = ApprovalRow {
            intent: crate::types::IntentId::new(1).expect("not zero"),
            approver: person(n),
            digest: DIGEST,
            at: at(NOW - 10),
            expires_at: at(NOW + 10),
            revoked: false,
            prev: None,
        };
        Standing { row, role_since: Some(at(NOW - 10)) }
    }

    fn one(change: impl FnOnce(&mut Standing)) -> usize {
        let mut approval = by(2);
        change(&mut approval);
        counted(&[approval], &DIGEST, &person(1), at(NOW)).len()
    }

    #[test]
    fn an_approval_counts_while_it_is_good() {
        assert_eq!(one(|_| ()), 1);
        assert_eq!(one(|approval| approval.row.revoked = true), 0);
        assert_eq!(one(|approval| approval.row.digest = [9; 32]), 0);
        assert_eq!(one(|approval| approval.row.expires_at = at(NOW - 1)), 0);
        assert_eq!(one(|approval| approval.row.approver = person(1)), 0, "the submitter's own");
        assert_eq!(one(|approval| approval.role_since = None), 0, "the role is gone");
        let again = |approval: &mut Standing| approval.role_since = Some(at(NOW - 9));
        assert_eq!(one(again), 0, "a role given again does not bring it back");
    }

    #[test]
    fn nobody_counts_twice() {
        let people = counted(&[by(2), by(2), by(3)], &DIGEST, &person(1), at(NOW));
        assert_eq!(people, [person(2), person(3)]);
    }

    #[test]
    fn an_approver_approves_what_they_saw_once_and_never_their_own() {
        let next = ApprovalId::new(1).expect("not zero");
        let go = |approvals: &[Standing], given: &Hash, who| {
            let work = work(IntentState::AwaitingApproval);
            approve(work, approvals, &DIGEST, given, next, &ctx(who)).map(|change| change.approval)
        };
        assert!(matches!(go(&[], &DIGEST, 2), Ok(Some((_, row))) if row.approver == person(2)));
        assert_eq!(go(&[], &[1; 32], 2), Err(InputFault::Digest.into()));
        assert_eq!(go(&[], &DIGEST, 1), Err(AccessFault::SelfApproval.into()));
        assert_eq!(go(&[by(2)], &DIGEST, 2), Err(StateFault::Approved.into()));
        let mut full = work(IntentState::AwaitingApproval);
        full.row.approvals = limits::MAX_APPROVALS;
        let found = approve(full, &[], &DIGEST, &DIGEST, next, &ctx(2));
        assert!(matches!(found, Err(ExecutionError::Kernel(Fault::Full { .. }))));
    }

    #[test]
    fn what_may_be_under_way_is_neither_cancelled_nor_rejected() {
        for state in IntentState::ALL {
            let open = state.is_open();
            assert_eq!(cancel(work(state), "why").is_ok(), open, "{state:?}");
            assert_eq!(reject(work(state), "why").is_ok(), open, "{state:?}");
            let revoked = revoke(work(state), None, &ctx(2)).expect_err("there is none");
            let missing = ExecutionError::from(StateFault::NotApproved);
            assert_eq!(revoked == missing, open, "{state:?}");
        }
    }
}
