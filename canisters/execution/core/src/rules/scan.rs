//! What the ledger's blocks prove (E3).
//!
//! A block with the intent's memo out of the treasury is the payment. That there is none proves
//! something only when no such block can come any more: the ledger made a block later than it takes
//! the transfer, or said that it takes it no more before the rest was looked at.

use granary_resilience::failure::{Failure, FailureKind};

use crate::limits;
use crate::records::{EventKind, Marks};
use crate::rules::Work;
use crate::types::{Duration, Hash, IntentState, Timestamp};

/// A block, as far as it concerns the treasury's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its place.
    pub index: u64,
    /// When the ledger made it.
    pub at: Timestamp,
    /// What it took out of the treasury's account; none when it took nothing.
    pub outgoing: Option<Outgoing>,
}

/// A transfer out of the treasury's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its memo, when it has one of thirty-two bytes.
    pub memo: Option<Hash>,
    /// To whom, as the books name the account.
    pub to: Hash,
    /// What the destination got.
    pub amount: u128,
    /// What the ledger took.
    pub fee: u128,
}

/// Some blocks in order, from the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Blocks the log has.
    pub length: u64,
    /// The blocks.
    pub blocks: Vec<Seen>,
}

/// What a ledger's answer cannot be.
pub fn check(page: &Page, from: u64) -> Result<(), Failure> {
    let bad = |text: String| Err(Failure::new(FailureKind::Permanent, text));
    if page.length < from {
        return bad(format!("the ledger has {} blocks and {from} were known", page.length));
    }
    if page.blocks.is_empty() && page.length > from {
        return bad(format!("the ledger did not give block {from}"));
    }
    let mut expected = from;
    for block in &page.blocks {
        if block.index != expected || block.index >= page.length {
            return bad(format!("the ledger did not give block {expected}"));
        }
        expected = expected.saturating_add(1);
    }
    Ok(())
}

/// Takes a page of blocks that were asked for from `from` on.
pub fn scanned(work: &mut Work, from: u64, answer: Result<Page, Failure>) {
    if work.row.state != IntentState::Reconciling || work.row.attempt.next_block != from {
        return;
    }
    let page = match answer.and_then(|page| check(&page, from).map(|()| page)) {
        Ok(page) => page,
        Err(failure) => return no_evidence(work, &failure),
    };
    work.asset.tip = work.asset.tip.max(page.length);
    for block in &page.blocks {
        if let Some(out) = block.outgoing.filter(|out| out.memo == Some(work.row.memo)) {
            return found(work, block.index, &out);
        }
        if block.at > work.row.attempt.deadline() {
            return not_executed(work, "a later block");
        }
        work.row.attempt.next_block = block.index.saturating_add(1);
    }
    work.recovered();
    if work.row.attempt.next_block < page.length {
        work.due = Some(work.now);
        return;
    }
    if work.row.marks.has(Marks::TOO_OLD) {
        return not_executed(work, "the ledger takes it no more");
    }
    end_of_log(work);
}

/// All blocks were looked at, and it may still come.
fn end_of_log(work: &mut Work) {
    let attempt = work.row.attempt;
    work.row.marks.clear(Marks::LOOK);
    work.row.marks.put(Marks::SCANNED, work.now > attempt.deadline());
    if work.now > attempt.deadline().saturating_add(limits::MAX_SEARCH) {
        return work.quarantine("no evidence for too long");
    }
    work.put_off(work.now.saturating_add(patience(work)));
}

/// The longer it is searched for, the seldomer: a tenth of the time so far, within an hour.
fn patience(work: &Work) -> Duration {
    let searched = work.now.saturating_since(work.row.since).as_nanos();
    let tenth = searched.checked_div(10).unwrap_or_default();
    let (least, most) = (limits::LOOK_AGAIN.as_nanos(), limits::RETRY.max_delay.as_nanos());
    Duration::from_nanos(tenth.clamp(least, most))
}

fn no_evidence(work: &mut Work, failure: &Failure) {
    work.failed("scan", failure);
    // What cannot be looked at may still be repeated while the ledger knows a repetition.
    work.row.marks.clear(Marks::LOOK);
    if work.now > work.row.attempt.deadline().saturating_add(limits::MAX_SEARCH) {
        work.quarantine("the blocks cannot be read");
    }
}

fn found(work: &mut Work, block: u64, out: &Outgoing) {
    if out.to != work.row.to.outside() || out.amount != work.row.amount {
        return work.quarantine("a block with its memo pays something else");
    }
    work.settle(block, out.fee, "block");
}

/// It was not executed and cannot be any more: a new transfer is safe.
fn not_executed(work: &mut Work, evidence: &str) {
    let number = u64::from(work.row.attempt.number);
    work.recovered();
    work.next_attempt();
    work.enter(IntentState::Ready);
    work.say(|event| event.number(number).name(evidence), EventKind::IntentReconciled);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, TIP, at, work};

    fn searching() -> Work {
        let mut work = work(IntentState::Reconciling);
        work.row.marks.set(Marks::UNCERTAIN);
        work
    }

    fn quiet(index: u64, time: Timestamp) -> Seen {
        Seen { index, at: time, outgoing: None }
    }

    fn payment(work: &Work, index: u64) -> Seen {
        let out = Outgoing {
            memo: Some(work.row.memo),
            to: work.row.to.outside(),
            amount: 1_000,
            fee: 10,
        };
        Seen { index, at: at(NOW), outgoing: Some(out) }
    }

    fn page(length: u64, blocks: Vec<Seen>) -> Page {
        Page { length, blocks }
    }

    #[test]
    fn e3_a_block_with_the_memo_is_the_payment() {
        let mut work = searching();
        let blocks = vec![quiet(TIP, at(NOW)), payment(&work, TIP + 1)];
        scanned(&mut work, TIP, Ok(page(TIP + 9, blocks)));
        assert_eq!((work.row.state, work.row.block), (IntentState::Settled, Some(TIP + 1)));
    }

    #[test]
    fn a_block_with_the_memo_that_pays_something_else_is_for_people() {
        for change in [|out: &mut Outgoing| out.amount = 999, |out: &mut Outgoing| out.to = [0; 32]]
        {
            let mut work = searching();
            let mut seen = payment(&work, TIP);
            change(seen.outgoing.as_mut().expect("a payment"));
            scanned(&mut work, TIP, Ok(page(TIP + 1, vec![seen])));
            assert_eq!(work.row.state, IntentState::Quarantined);
            assert_eq!(work.asset.set_aside, 1_010, "it stays set aside");
        }
    }

    #[test]
    fn e3_only_a_block_later_than_the_deadline_proves_that_nothing_moved() {
        let deadline = searching().row.attempt.deadline();
        let mut early = searching();
        scanned(&mut early, TIP, Ok(page(TIP + 1, vec![quiet(TIP, deadline)])));
        assert_eq!(early.row.state, IntentState::Reconciling);
        let later = deadline.saturating_add(Duration::from_nanos(1));
        let mut late = searching();
        scanned(&mut late, TIP, Ok(page(TIP + 1, vec![quiet(TIP, later)])));
        assert_eq!((late.row.state, late.row.attempt.number), (IntentState::Ready, 2));
        assert!(!late.row.marks.has(Marks::UNCERTAIN));
        // The payment in front of the later block is found first.
        let mut paid = searching();
        let blocks = vec![payment(&paid, TIP), quiet(TIP + 1, later)];
        scanned(&mut paid, TIP, Ok(page(TIP + 2, blocks)));
        assert_eq!(paid.row.state, IntentState::Settled);
    }

    #[test]
    fn e3_on_a_quiet_ledger_its_own_word_and_the_rest_of_the_log_prove_it() {
        let mut work = searching();
        work.row.marks.set(Marks::TOO_OLD);
        scanned(&mut work, TIP, Ok(page(TIP + 2, vec![quiet(TIP, at(NOW))])));
        assert_eq!(work.row.state, IntentState::Reconciling, "one block is left");
        scanned(&mut work, TIP + 1, Ok(page(TIP + 2, vec![quiet(TIP + 1, at(NOW))])));
        assert_eq!(work.row.state, IntentState::Ready);
        let mut silent = searching();
        scanned(&mut silent, TIP, Ok(page(TIP, vec![])));
        assert_eq!(silent.row.state, IntentState::Reconciling, "its end alone proves nothing");
        assert!(!silent.row.marks.has(Marks::SCANNED));
    }

    #[test]
    fn a_log_with_holes_proves_nothing() {
        for (length, blocks) in [
            (TIP - 1, vec![]),
            (TIP + 1, vec![]),
            (TIP + 2, vec![quiet(TIP + 1, at(u64::MAX))]),
            (TIP, vec![quiet(TIP, at(u64::MAX))]),
        ] {
            let mut work = searching();
            scanned(&mut work, TIP, Ok(page(length, blocks)));
            assert_eq!(work.row.state, IntentState::Reconciling, "{length}");
            assert_eq!(work.row.attempt.next_block, TIP);
            assert_eq!(work.trouble.attempts, 1);
        }
    }

    #[test]
    fn a_search_without_an_end_is_for_people() {
        let mut work = searching();
        let long = work.row.attempt.deadline().saturating_add(limits::MAX_SEARCH);
        work.now = long.saturating_add(Duration::from_nanos(1));
        let mut blind = work.clone();
        scanned(&mut work, TIP, Ok(page(TIP, vec![])));
        assert_eq!(work.row.state, IntentState::Quarantined);
        let failure = Failure::new(FailureKind::Temporary, "down");
        scanned(&mut blind, TIP, Err(failure));
        assert_eq!(blind.row.state, IntentState::Quarantined);
    }

    #[test]
    fn an_answer_about_other_blocks_changes_nothing() {
        let mut work = searching();
        let before = work.row;
        let seen = payment(&work, TIP + 5);
        scanned(&mut work, TIP + 5, Ok(page(TIP + 6, vec![seen])));
        assert_eq!(work.row, before);
    }
}
