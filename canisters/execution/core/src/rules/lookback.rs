//! What happened after a snapshot that was restored (E7).
//!
//! A restore takes memory back and leaves the ledger where it is: what was sent after the snapshot
//! was taken is forgotten here. So before anything is sent again, every block the snapshot does not
//! know is looked at. A payment carries the memo of its intent, and the memo follows from who
//! submitted it under which key: an intent that is known is settled by it, and one that is
//! forgotten is settled by it when it is submitted again. What was sent before the restore and is
//! not in the ledger yet cannot come later than a bounded wait, so the end of the log is believed
//! only a while after the restore.
//!
//! A drain that ended by itself is treated alike: a state that was rewound looks exactly so.

use granary_kernel::Base;
use granary_resilience::failure::Failure;

use crate::limits;
use crate::records::{AssetRow, Event, EventKind, IntentRow, Lookback, Marks};
use crate::rules::scan::{Outgoing, Page, Seen, check};
use crate::types::{AssetId, IntentState, Timestamp};

/// What the blocks of an asset must have been looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Restores there were, counted from 1.
    pub restores: u64,
    /// The drain that ended by itself; 0 when none did.
    pub drain: u64,
}

/// What must have been looked at now.
pub fn wanted(restore_epoch: u64, base: &Base, now: Timestamp) -> Wanted {
    let over = base.drain.filter(|_| base.drain_at(now).is_none());
    Wanted { restores: restore_epoch.saturating_add(1), drain: over.map_or(0, |drain| drain.epoch) }
}

/// True when nothing is left to be looked at.
pub const fn is_clear(asset: &AssetRow, wanted: Wanted) -> bool {
    asset.cleared == wanted.restores && asset.cleared_drain >= wanted.drain
}

/// What to do about an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask the ledger for blocks from here on.
    Ask {
        /// The first.
        from: u64,
    },
}

/// The next look, beginning one where one is wanted.
pub fn next(
    id: AssetId,
    asset: &mut AssetRow,
    wanted: Wanted,
    now: Timestamp,
) -> (Look, Option<Event>) {
    if is_clear(asset, wanted) {
        asset.lookback = None;
        return (Look::Over, None);
    }
    let mut event = None;
    let mut look = asset.lookback.unwrap_or_else(|| {
        // Never looked at means from the beginning of the log.
        let next_block = if asset.cleared == 0 { 0 } else { asset.tip };
        let started = Event::new(EventKind::LookbackStarted, id.wire()).number(next_block);
        event = Some(started);
        begun(next_block, 0, wanted, now)
    });
    if (look.restores, look.drain) != (wanted.restores, wanted.drain) {
        // The snapshot was taken while its own blocks were looked at: what was seen then is known,
        // and the wait for what was sent since begins anew.
        look = begun(look.next_block, look.turn, wanted, now);
        event = Some(Event::new(EventKind::LookbackStarted, id.wire()).number(look.next_block));
    }
    if let Some(until) = look.busy_until
        && now < until.min(now.saturating_add(limits::CALL_LEASE))
    {
        return (Look::Wait(until), event);
    }
    look.turn = look.turn.saturating_add(1);
    look.busy_until = Some(now.saturating_add(limits::CALL_LEASE));
    asset.lookback = Some(look);
    (Look::Ask { from: look.next_block }, event)
}

const fn begun(next_block: u64, turn: u32, wanted: Wanted, now: Timestamp) -> Lookback {
    let Wanted { restores, drain } = wanted;
    Lookback { started_at: now, next_block, busy_until: None, turn, failures: 0, restores, drain }
}

/// The blocks of a page, or why there are none; none when the answer is not to the newest look.
pub fn accept(
    asset: &mut AssetRow,
    turn: u32,
    answer: Result<Page, Failure>,
) -> Option<Result<Page, Failure>> {
    let look = asset.lookback.as_mut().filter(|look| look.turn == turn)?;
    look.busy_until = None;
    let from = look.next_block;
    Some(answer.and_then(|page| check(&page, from).map(|()| page)))
}

/// A look failed: when the next one is made.
pub fn failed(asset: &mut AssetRow, now: Timestamp, failure: &Failure) -> Timestamp {
    let Some(look) = asset.lookback.as_mut() else { return now };
    look.failures = look.failures.saturating_add(1);
    let delay = limits::RETRY.delay(look.failures, u64::from(look.turn));
    let named = failure.not_before.unwrap_or(now);
    now.saturating_add(delay).max(named.min(now.saturating_add(limits::RETRY.max_delay)))
}

/// Where a look stands after a page: when to look again; none when it is over.
pub fn advance(
    id: AssetId,
    asset: &mut AssetRow,
    page: &Page,
    asked_at: Timestamp,
    wanted: Wanted,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Event>) {
    let Some(look) = asset.lookback.as_mut() else { return (None, None) };
    look.failures = 0;
    if let Some(last) = page.blocks.last() {
        look.next_block = last.index.saturating_add(1);
    }
    asset.tip = asset.tip.max(look.next_block);
    if look.next_block < page.length {
        return (Some(now), None);
    }
    let quiet = look.started_at.saturating_add(limits::RESTORE_QUIET);
    // A clock that went back makes the wait longer, never shorter.
    if asked_at < quiet {
        return (Some(quiet.min(now.saturating_add(limits::RESTORE_QUIET))), None);
    }
    let event = Event::new(EventKind::LookbackEnded, id.wire()).number(look.next_block);
    asset.lookback = None;
    asset.looks = asset.looks.saturating_add(1);
    asset.cleared = wanted.restores;
    asset.cleared_drain = asset.cleared_drain.max(wanted.drain);
    (None, Some(event))
}

/// What a payment in a block is to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It is known as paid by this block.
    Known,
    /// It is this intent's payment.
    Pays,
    /// It contradicts what is known of the intent.
    Contradicts,
}

/// A payment with an intent's memo.
pub fn compare(row: &IntentRow, seen: &Seen, out: &Outgoing) -> Match {
    let same = out.to == row.to.outside() && out.amount == row.amount;
    match row.state {
        IntentState::Settled if row.block == Some(seen.index) => Match::Known,
        IntentState::Settled
        | IntentState::Cancelled
        | IntentState::Expired
        | IntentState::Denied => Match::Contradicts,
        IntentState::Created
        | IntentState::Assessed
        | IntentState::AwaitingApproval
        | IntentState::Timelocked
        | IntentState::Ready
        | IntentState::Submitting
        | IntentState::Unknown
        | IntentState::Reconciling
        | IntentState::Quarantined => {
            if same {
                Match::Pays
            } else {
                Match::Contradicts
            }
        }
    }
}

/// The intent was paid although this canister does not remember sending it.
pub fn pay(work: &mut super::Work, block: u64, fee: u128) {
    work.row.marks.set(Marks::FOUND);
    work.row.busy_until = None;
    work.settle(block, fee, "found after a restore");
}

#[cfg(test)]
mod tests {
    use granary_kernel::{Drain, Phase, Profile};
    use granary_resilience::failure::FailureKind;

    use super::*;
    use crate::rules::fixtures::{NOW, TIP, asset, at, intent};
    use crate::types::Duration;

    const FIRST: Wanted = Wanted { restores: 1, drain: 0 };
    const SECOND: Wanted = Wanted { restores: 2, drain: 0 };

    fn id() -> AssetId {
        AssetId::new(1).expect("not zero")
    }

    fn cleared() -> AssetRow {
        AssetRow { cleared: 1, ..asset() }
    }

    fn quiet(index: u64) -> Seen {
        Seen { index, at: at(NOW), outgoing: None }
    }

    #[test]
    fn e7_a_restore_is_looked_after_from_what_the_snapshot_knows() {
        let mut asset = cleared();
        assert_eq!(next(id(), &mut asset, FIRST, at(NOW)), (Look::Over, None));
        let (look, event) = next(id(), &mut asset, SECOND, at(NOW));
        assert_eq!(look, Look::Ask { from: TIP });
        assert_eq!(event.map(|event| event.kind), Some(EventKind::LookbackStarted));
        assert!(!is_clear(&asset, SECOND));
        let mut never = AssetRow { cleared: 0, ..cleared() };
        assert_eq!(next(id(), &mut never, SECOND, at(NOW)).0, Look::Ask { from: 0 });
    }

    #[test]
    fn e7_the_end_of_the_log_is_believed_only_after_a_while() {
        let mut asset = cleared();
        next(id(), &mut asset, SECOND, at(NOW));
        let page = Page { length: TIP + 1, blocks: vec![quiet(TIP)] };
        let early = at(NOW + limits::RESTORE_QUIET.as_nanos() - 1);
        let (again, event) = advance(id(), &mut asset, &page, early, SECOND, early);
        assert_eq!((again, event), (Some(at(NOW + limits::RESTORE_QUIET.as_nanos())), None));
        assert!(!is_clear(&asset, SECOND));
        let late = at(NOW + limits::RESTORE_QUIET.as_nanos());
        let end = Page { length: TIP + 1, blocks: vec![] };
        let (again, event) = advance(id(), &mut asset, &end, late, SECOND, late);
        assert_eq!(again, None);
        assert_eq!(event.map(|event| event.kind), Some(EventKind::LookbackEnded));
        assert!(is_clear(&asset, SECOND) && asset.tip == TIP + 1);
    }

    #[test]
    fn e7_a_snapshot_of_a_look_under_way_waits_anew() {
        let mut asset = cleared();
        next(id(), &mut asset, SECOND, at(NOW));
        let page = Page { length: TIP + 2, blocks: vec![quiet(TIP)] };
        advance(id(), &mut asset, &page, at(NOW), SECOND, at(NOW));
        let third = Wanted { restores: 3, drain: 0 };
        let later = at(NOW + 2 * limits::RESTORE_QUIET.as_nanos());
        let (look, event) = next(id(), &mut asset, third, later);
        assert_eq!(look, Look::Ask { from: TIP + 1 });
        assert_eq!(event.map(|event| event.kind), Some(EventKind::LookbackStarted));
        let end = Page { length: TIP + 1, blocks: vec![] };
        advance(id(), &mut asset, &end, later, third, later);
        assert!(!is_clear(&asset, third), "the end of the log is not believed yet");
    }

    #[test]
    fn e7_a_drain_that_ended_by_itself_counts_as_a_restore() {
        let mut base = Base::new(Profile::Production, Phase::Running);
        assert_eq!(wanted(0, &base, at(NOW)), FIRST);
        base.drain = Some(Drain { epoch: 4, deadline: at(NOW) });
        assert_eq!(wanted(0, &base, at(NOW)).drain, 0, "it is running");
        let over = wanted(0, &base, at(NOW + 1));
        assert_eq!(over.drain, 4);
        assert!(!is_clear(&cleared(), over));
    }

    #[test]
    fn an_answer_to_an_older_look_counts_for_nothing() {
        let mut asset = cleared();
        next(id(), &mut asset, SECOND, at(NOW));
        let page = || Ok(Page { length: TIP, blocks: vec![] });
        assert_eq!(accept(&mut asset, 0, page()), None);
        assert!(matches!(accept(&mut asset, 1, page()), Some(Ok(_))));
        let hole = Ok(Page { length: TIP + 3, blocks: vec![quiet(TIP + 1)] });
        assert!(matches!(accept(&mut asset, 1, hole), Some(Err(_))));
        let failure = Failure::new(FailureKind::Timeout, "slow");
        let (one, two) =
            (failed(&mut asset, at(NOW), &failure), failed(&mut asset, at(NOW), &failure));
        assert!(one > at(NOW) && two > one, "each wait is longer");
    }

    #[test]
    fn e7_a_payment_settles_its_intent_or_contradicts_it() {
        let row = intent(IntentState::Ready);
        let mut out =
            Outgoing { memo: Some(row.memo), to: row.to.outside(), amount: 1_000, fee: 10 };
        let seen = quiet(TIP);
        for state in IntentState::ALL {
            let mut row = intent(state);
            let expected = match state {
                IntentState::Settled => Match::Contradicts,
                state if state.is_failed() => Match::Contradicts,
                _ => Match::Pays,
            };
            assert_eq!(compare(&row, &seen, &out), expected, "{state:?}");
            row.block = Some(TIP);
            if state == IntentState::Settled {
                assert_eq!(compare(&row, &seen, &out), Match::Known);
            }
        }
        out.amount = 999;
        assert_eq!(compare(&row, &seen, &out), Match::Contradicts);
    }

    #[test]
    fn a_look_under_way_is_not_begun_twice() {
        let mut asset = cleared();
        next(id(), &mut asset, SECOND, at(NOW));
        let until = at(NOW).saturating_add(limits::CALL_LEASE);
        assert_eq!(next(id(), &mut asset, SECOND, at(NOW + 1)).0, Look::Wait(until));
        let lost = until.saturating_add(Duration::from_nanos(1));
        assert!(matches!(next(id(), &mut asset, SECOND, lost).0, Look::Ask { .. }));
    }
}
