//! What becomes of a queued payout: sent, settled, failed, or quarantined (G3).

use crate::errors::{GrantError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, GrantHead, Ledger, Milestone, PayoutHead, ProgramHead};
use crate::rules::{Change, GrantView};
use crate::types::{GrantState, MilestoneState, PayoutId, PayoutState, Timestamp};

/// A payout with its grant and the milestone it pays.
#[derive(Clone, Debug)]
pub struct View {
    /// Its number.
    pub id: PayoutId,
    /// Its row.
    pub head: PayoutHead,
    /// The grant.
    pub grant: GrantView,
    /// The milestone it pays.
    pub milestone: Option<Milestone>,
    /// Number of the event that tells of this step.
    pub event: u64,
}

fn need(head: &PayoutHead, allowed: &'static [PayoutState]) -> Result<(), GrantError> {
    if allowed.contains(&head.state) {
        return Ok(());
    }
    Err(StateFault::Payout { actual: head.state, allowed }.into())
}

/// The payout was handed to `execution` as the transfer intent `intent`. One that failed is queued
/// again by a person first.
pub fn send_payout(view: &View, intent: u64) -> Result<Change, GrantError> {
    need(&view.head, &[PayoutState::Queued])?;
    let head = PayoutHead { intent: Some(intent), ..view.head.moved(PayoutState::Sent) };
    Ok(Change {
        payout: Some((view.id, head)),
        ..Change::with(Event::new(EventKind::PayoutSent, view.id.wire()).number(intent))
    })
}

/// Money did not move, because of `why`: `quarantine` says that this is not certain and asks for a
/// person, otherwise it may be sent again.
pub fn fail_payout(view: &View, quarantine: bool, why: &str) -> Result<Change, GrantError> {
    let head = &view.head;
    let (next, kind) = if quarantine {
        need(head, &[PayoutState::Sent])?;
        (head.moved(PayoutState::Quarantined), EventKind::PayoutQuarantined)
    } else {
        need(head, &[PayoutState::Sent, PayoutState::Quarantined])?;
        let failures = head.failures.saturating_add(1);
        (PayoutHead { failures, ..head.moved(PayoutState::Failed) }, EventKind::PayoutFailed)
    };
    let why = why.get(..why.floor_char_boundary(limits::MAX_REASON_BYTES)).unwrap_or_default();
    Ok(Change {
        payout: Some((view.id, PayoutHead { told: Some(view.event), ..next })),
        ..Change::with(Event::new(kind, view.id.wire()).name(why))
    })
}

/// `execution` forgot the intent that carried the payout: it went back to a snapshot from before
/// it was handed over, and its numbers are never used again. The same attempt is handed over once
/// more: its key finds on the ledger what was paid under it.
pub fn forget_intent(view: &View) -> Result<Change, GrantError> {
    let head = &view.head;
    need(head, &[PayoutState::Sent, PayoutState::Quarantined])?;
    let next = PayoutHead { intent: None, ..head.moved(PayoutState::Queued) };
    let event = Event::new(EventKind::PayoutRetried, view.id.wire()).number(head.failures.into());
    Ok(Change { payout: Some((view.id, next)), ..Change::with(event) })
}

/// Money moved in ledger block `block`. Final: a settled payout never changes again.
pub fn settle_payout(view: &View, block: u64, now: Timestamp) -> Result<Change, GrantError> {
    need(&view.head, &[PayoutState::Sent, PayoutState::Quarantined])?;
    let PayoutHead { amount, milestone, .. } = view.head;
    let grant = &view.grant;
    let mut head = GrantHead {
        paid: grant.head.paid.checked_add(amount)?,
        queued: grant.head.queued.checked_sub(amount)?,
        ..grant.head
    };
    let before = grant.program.head.ledger;
    let ledger = Ledger {
        committed: before.committed.checked_sub(amount)?,
        paid: before.paid.checked_add(amount)?,
        queued: before.queued.checked_sub(amount)?,
        queued_payouts: before.queued_payouts.saturating_sub(1),
        ..before
    };
    let mut program = ProgramHead { ledger, ..grant.program.head };
    let mut events =
        vec![Event::new(EventKind::PayoutSettled, view.id.wire()).units(amount).number(block)];
    if head.paid == head.award && head.state.is_live() {
        head.state = GrantState::Completed;
        head.last_activity = now;
        program.live_grants = program.live_grants.saturating_sub(1);
        events.push(Event::new(EventKind::GrantCompleted, grant.id.wire()));
    }
    let step = milestone
        .zip(view.milestone.clone())
        .map(|(index, step)| (grant.id, index, Milestone { state: MilestoneState::Paid, ..step }));
    Ok(Change {
        program: Some((grant.program.id, program)),
        grant: Some((grant.id, head)),
        milestones: step.into_iter().collect(),
        payout: Some((view.id, view.head.moved(PayoutState::Settled))),
        events,
        ..Change::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures;
    use crate::types::Units;

    fn sent(amount: u128, award: u128) -> View {
        let mut grant = fixtures::grant(GrantState::Active, award);
        grant.head.queued = Units::new(amount);
        grant.program.head.ledger.queued = Units::new(amount);
        grant.program.head.ledger.queued_payouts = 1;
        let head = PayoutHead {
            grant: grant.id,
            milestone: None,
            amount: Units::new(amount),
            from: Units::ZERO,
            state: PayoutState::Sent,
            queued_at: fixtures::start(),
            intent: Some(4),
            failures: 0,
            tries: 9,
            next_at: fixtures::start(),
            told: None,
        };
        View { id: PayoutId::new(1).expect("not zero"), head, grant, milestone: None, event: 70 }
    }

    #[test]
    fn g3_a_payout_settles_once() {
        let mut view = sent(500, 500);
        let change = settle_payout(&view, 9, fixtures::start()).expect("sent");
        let (_, grant) = change.grant.expect("a row");
        assert_eq!((grant.state, grant.paid.get()), (GrantState::Completed, 500));
        let ledger = change.program.expect("a row").1.ledger;
        assert_eq!((ledger.committed, ledger.queued), (Units::ZERO, Units::ZERO));
        assert_eq!(ledger.paid.get(), 500);
        view.head = change.payout.expect("a row").1;
        assert!(settle_payout(&view, 10, fixtures::start()).is_err());
        assert!(fail_payout(&view, false, "").is_err());
        assert!(fail_payout(&view, true, "").is_err());
        assert!(send_payout(&view, 5).is_err());
    }

    #[test]
    fn g3_neither_a_failed_nor_a_quarantined_payout_is_sent_again_by_itself() {
        let mut view = sent(200, 500);
        let after =
            |change: Result<Change, GrantError>| change.expect("it may").payout.expect("a row").1;
        let failed = after(fail_payout(&view, false, "denied"));
        assert_eq!((failed.state, failed.failures), (PayoutState::Failed, 1));
        assert_eq!((failed.told, failed.tries), (Some(70), 0));
        let given_up = View { head: failed, ..view.clone() };
        assert!(send_payout(&given_up, 5).is_err(), "a person must ask for it");
        view.head = after(fail_payout(&view, true, "nobody knows"));
        assert_eq!((view.head.state, view.head.failures), (PayoutState::Quarantined, 0));
        assert!(send_payout(&view, 6).is_err());
        assert!(fail_payout(&view, true, "again").is_err(), "it is there already");
        // A person finds out: it did not move, or it did.
        assert_eq!(after(fail_payout(&view, false, "it did not move")).failures, 1);
        let change = settle_payout(&view, 9, fixtures::start()).expect("found on the ledger");
        assert_eq!(change.grant.expect("a row").1.state, GrantState::Active);
    }

    #[test]
    fn g3_e7_a_forgotten_intent_takes_the_same_attempt_back_and_nothing_else() {
        let mut view = sent(200, 500);
        view.head.failures = 1;
        for state in PayoutState::ALL {
            view.head.state = state;
            let change = forget_intent(&view);
            let on_its_way = matches!(state, PayoutState::Sent | PayoutState::Quarantined);
            assert_eq!(change.is_ok(), on_its_way, "{state:?}");
            let Ok(change) = change else { continue };
            assert!(change.grant.is_none() && change.program.is_none(), "the money stays queued");
            let (_, head) = change.payout.expect("a row");
            assert_eq!((head.state, head.intent), (PayoutState::Queued, None));
            assert_eq!((head.failures, head.tries), (1, 0), "the attempt keeps its key");
        }
    }

    #[test]
    fn reasons_are_cut_at_a_character() {
        let long = "\u{fc}".repeat(150);
        let change = fail_payout(&sent(1, 2), false, &format!("x{long}")).expect("sent");
        let name = change.events[0].name.clone().expect("a reason");
        assert_eq!(name.len(), 199);
    }
}
