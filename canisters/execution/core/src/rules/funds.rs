//! Is the money there, and what does the transfer cost? Decided in the message that sets it aside
//! (E9), over figures nothing moved since.

use granary_resilience::failure::{Failure, FailureKind};

use crate::limits;
use crate::records::{EventKind, Marks};
use crate::rules::Work;
use crate::types::IntentState;

/// What the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funds {
    /// What the treasury's account holds.
    pub balance: u128,
    /// What a transfer costs.
    pub fee: u128,
    /// Blocks there are.
    pub length: u64,
    /// Transfers of the asset that had ended when this was asked.
    pub moves: u64,
}

/// Fixes the transfer when the money is there.
pub fn funded(work: &mut Work, answer: Result<Funds, Failure>) {
    if work.row.state != IntentState::Ready {
        return;
    }
    let Funds { balance, fee, length, moves } = match answer {
        Ok(funds) => funds,
        Err(failure) => return work.failed("funds", &failure),
    };
    work.asset.tip = work.asset.tip.max(length);
    learn_fee(work, fee);
    if fee != work.row.fee {
        return reprice(work, fee);
    }
    if moves != work.asset.moves {
        // Something was paid meanwhile: the balance may be from before it.
        work.due = Some(work.now.saturating_add(limits::RETRY.first_delay));
        work.say(|event| event.name("moved"), EventKind::IntentDelayed);
        return;
    }
    let available = balance.saturating_sub(work.asset.set_aside);
    if available < work.row.total() {
        return short(work, &format!("{available} of {} are available", work.row.total()));
    }
    work.row.marks.clear(Marks::SHORT);
    work.recovered();
    let age = work.now.saturating_since(work.row.attempt.created_at);
    let ahead = work.row.attempt.created_at.saturating_since(work.now);
    if age > limits::RENEW_AFTER || ahead > limits::LEDGER_DRIFT {
        work.next_attempt();
    }
    if work.row.attempt.sends == 0 {
        work.row.attempt.from_block = length;
        work.row.attempt.next_block = length;
    }
    work.enter(IntentState::Submitting);
    let number = u64::from(work.row.attempt.number);
    work.say(|event| event.number(number), EventKind::IntentPrepared);
}

/// The ledger's fee is known anew.
pub fn learn_fee(work: &mut Work, fee: u128) {
    work.asset.fee = fee;
    work.asset.fee_at = work.now;
}

/// Another fee is another outflow: it is assessed anew, and what carries the new fee is a new
/// transfer. Only when the ledger said that the old one moved nothing (E9).
pub fn reprice(work: &mut Work, fee: u128) {
    // Before the fee changes: what was set aside is what it was.
    work.enter(IntentState::Created);
    work.row.fee = fee;
    work.row.marks.set(Marks::REPRICED);
    work.row.reserved_until = None;
    let small = u64::try_from(fee).unwrap_or(u64::MAX);
    work.say(|event| event.number(small), EventKind::IntentRepriced);
    if work.row.amount <= fee || work.row.amount.checked_add(fee).is_none() {
        work.fail(IntentState::Denied);
        work.say(|event| event.name("dust"), EventKind::IntentDenied);
    } else if work.row.attempt.sends > 0 {
        work.next_attempt();
    }
}

/// Waits for money.
pub fn short(work: &mut Work, reason: &str) {
    work.row.marks.set(Marks::SHORT);
    work.failed("funds", &Failure::new(FailureKind::Temporary, reason));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, TIP, at, work};

    fn funds(balance: u128, fee: u128) -> Funds {
        Funds { balance, fee, length: TIP + 3, moves: 0 }
    }

    #[test]
    fn e9_amount_and_fee_must_be_there_beside_what_is_set_aside() {
        for (balance, aside, is_enough) in
            [(1_010, 0, true), (1_009, 0, false), (1_510, 500, true), (1_510, 501, false)]
        {
            let mut work = work(IntentState::Ready);
            work.asset.set_aside = aside;
            funded(&mut work, Ok(funds(balance, 10)));
            assert_eq!(work.row.state == IntentState::Submitting, is_enough, "{balance} {aside}");
            assert_eq!(work.row.marks.has(Marks::SHORT), !is_enough);
            let expected = if is_enough { aside + 1_010 } else { aside };
            assert_eq!(work.asset.set_aside, expected);
        }
    }

    #[test]
    fn e9_a_balance_from_before_a_payment_counts_for_nothing() {
        let mut work = work(IntentState::Ready);
        work.asset.moves = 1;
        funded(&mut work, Ok(funds(u128::MAX, 10)));
        assert_eq!(work.row.state, IntentState::Ready);
    }

    #[test]
    fn e9_another_fee_is_assessed_anew_and_a_fee_above_the_amount_ends_it() {
        let mut dearer = work(IntentState::Ready);
        funded(&mut dearer, Ok(funds(9_999, 11)));
        assert_eq!((dearer.row.state, dearer.row.fee), (IntentState::Created, 11));
        assert!(dearer.row.marks.has(Marks::REPRICED));
        for fee in [1_000, u128::MAX] {
            let mut dust = work(IntentState::Ready);
            funded(&mut dust, Ok(funds(u128::MAX, fee)));
            assert_eq!(dust.row.state, IntentState::Denied, "{fee}");
        }
    }

    #[test]
    fn e2_the_time_is_kept_until_it_is_too_old_for_the_ledger() {
        let mut young = work(IntentState::Ready);
        let before = young.row.attempt;
        funded(&mut young, Ok(funds(9_999, 10)));
        assert_eq!(young.row.attempt, before, "sent before and refused: the very same again");
        let mut old = work(IntentState::Ready);
        old.now = at(NOW).saturating_add(limits::RENEW_AFTER);
        funded(&mut old, Ok(funds(9_999, 10)));
        assert_eq!((old.row.attempt.number, old.row.attempt.created_at), (2, old.now));
        assert_eq!(old.row.attempt.from_block, TIP + 3);
        let mut ahead = work(IntentState::Ready);
        ahead.row.attempt.created_at = at(NOW * 2);
        funded(&mut ahead, Ok(funds(9_999, 10)));
        assert_eq!(ahead.row.attempt.created_at, at(NOW), "the clock went back");
    }
}
