//! What the ledger's answer to a transfer means.
//!
//! An answer that the money moved is believed whenever it comes. An answer that it did not is about
//! the send it answers and no other: when an earlier send of the same transfer went unanswered, a
//! refusal of the repetition says nothing about that one (E3).

use granary_resilience::failure::{Failure, FailureKind};

use crate::records::{EventKind, Marks};
use crate::rules::{Work, funds};
use crate::types::IntentState;

/// What became of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It moved the money in this block.
    Moved {
        /// The block.
        block: u64,
    },
    /// The ledger executed it before, in this block.
    Duplicate {
        /// The block.
        block: u64,
    },
    /// It moved the money in a block whose number cannot be counted.
    Uncountable,
    /// The ledger refused.
    Refused(Refusal),
    /// It never reached the ledger.
    NotSent(Failure),
    /// Nobody knows.
    Unknown(Failure),
}

/// Why the ledger moved nothing for this send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It expects another fee.
    BadFee {
        /// Which; none when it cannot be counted.
        expected: Option<u128>,
    },
    /// It expects a larger amount to be burnt.
    BadBurn,
    /// The account holds less.
    InsufficientFunds {
        /// What it holds.
        balance: u128,
    },
    /// The time the transfer carries is too long ago.
    TooOld,
    /// The time the transfer carries has not come.
    CreatedInFuture,
    /// Not now.
    Unavailable,
    /// Something else.
    Other {
        /// What the ledger says.
        message: String,
    },
}

/// An answer. `is_newest` is false when another step was begun since, and `was_uncertain` true when
/// an earlier send of the same attempt had no answer when this one was sent.
pub fn answered(work: &mut Work, sent: Sent, is_newest: bool, was_uncertain: bool) {
    let fee = work.row.fee;
    match sent {
        Sent::Moved { block } => return moved(work, block, fee, "transfer"),
        Sent::Duplicate { block } => return moved(work, block, fee, "duplicate"),
        Sent::Uncountable if work.row.state.is_in_flight() => {
            return work.quarantine("a block number beyond 64 bits");
        }
        Sent::Uncountable | Sent::Refused(_) | Sent::NotSent(_) | Sent::Unknown(_) => {}
    }
    let waits = matches!(work.row.state, IntentState::Submitting | IntentState::Reconciling);
    if !is_newest || !waits {
        return;
    }
    match sent {
        Sent::Refused(refusal) if was_uncertain => repetition_refused(work, &refusal),
        Sent::Refused(refusal) => refused(work, refusal),
        Sent::NotSent(failure) => {
            if was_uncertain {
                work.failed("probe", &failure);
            } else {
                back_to_ready(work);
                work.failed("transfer", &failure);
            }
        }
        Sent::Unknown(failure) => {
            if !was_uncertain {
                work.enter(IntentState::Unknown);
                work.note(EventKind::IntentUnknown);
            }
            work.failed(if was_uncertain { "probe" } else { "transfer" }, &failure);
        }
        Sent::Moved { .. } | Sent::Duplicate { .. } | Sent::Uncountable => {}
    }
}

fn moved(work: &mut Work, block: u64, fee: u128, how: &str) {
    if work.row.state == IntentState::Settled {
        if work.row.block != Some(block) {
            // Two blocks for one intent: whatever the ledger did, people must see it.
            work.row.marks.set(Marks::FOR_PEOPLE);
            work.say(|event| event.number(block).name("second block"), EventKind::IntentDelayed);
        }
        return;
    }
    work.settle(block, fee, how);
}

/// The only open send was refused: nothing moved, and nothing can any more but by a new send.
fn refused(work: &mut Work, refusal: Refusal) {
    match refusal {
        Refusal::BadFee { expected: Some(expected) } => {
            clear(work);
            funds::learn_fee(work, expected);
            funds::reprice(work, expected);
        }
        Refusal::BadFee { expected: None } => {
            clear(work);
            funds::reprice(work, u128::MAX);
        }
        Refusal::BadBurn => {
            clear(work);
            work.fail(IntentState::Denied);
            work.say(|event| event.name("burn"), EventKind::IntentDenied);
        }
        Refusal::InsufficientFunds { balance } => {
            back_to_ready(work);
            funds::short(work, &format!("the ledger counts {balance}"));
        }
        Refusal::TooOld => {
            back_to_ready(work);
            work.next_attempt();
            work.say(|event| event.name("too old"), EventKind::IntentReconciled);
        }
        Refusal::CreatedInFuture => put_back(work, "the ledger's clock is behind"),
        Refusal::Unavailable => put_back(work, "the ledger is temporarily unavailable"),
        Refusal::Other { message } => put_back(work, &message),
    }
}

/// The same transfer again after a while: what it carries stays (E2).
fn put_back(work: &mut Work, reason: &str) {
    back_to_ready(work);
    work.failed("transfer", &Failure::new(FailureKind::Temporary, reason));
}

fn back_to_ready(work: &mut Work) {
    clear(work);
    work.move_to(IntentState::Ready);
}

fn clear(work: &mut Work) {
    work.row.marks.clear(Marks::UNCERTAIN);
}

/// A repetition was refused: the first send may have moved the money all the same. The blocks are
/// looked at before it is repeated again.
fn repetition_refused(work: &mut Work, refusal: &Refusal) {
    let reason = match refusal {
        Refusal::TooOld => {
            work.row.marks.set(Marks::TOO_OLD);
            "the ledger takes it no more"
        }
        Refusal::BadFee { .. } => "the ledger asks for another fee",
        Refusal::InsufficientFunds { .. } => "the account holds less than it takes",
        Refusal::BadBurn => "the ledger burns no such amount",
        Refusal::CreatedInFuture => "the ledger's clock is behind",
        Refusal::Unavailable => "the ledger is temporarily unavailable",
        Refusal::Other { message } => message,
    };
    let failure = Failure::new(FailureKind::Temporary, reason);
    work.row.marks.set(Marks::LOOK);
    work.failed("probe", &failure);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::work;

    fn sending() -> Work {
        let mut work = work(IntentState::Submitting);
        work.row.marks.set(Marks::UNCERTAIN);
        work
    }

    fn searching() -> Work {
        let mut work = work(IntentState::Reconciling);
        work.row.marks.set(Marks::UNCERTAIN);
        work
    }

    fn lost() -> Failure {
        Failure::new(FailureKind::OutcomeUnknown, "no answer")
    }

    fn refusals() -> Vec<Refusal> {
        vec![
            Refusal::BadFee { expected: Some(20) },
            Refusal::BadFee { expected: None },
            Refusal::BadBurn,
            Refusal::InsufficientFunds { balance: 1 },
            Refusal::TooOld,
            Refusal::CreatedInFuture,
            Refusal::Unavailable,
            Refusal::Other { message: "no".to_owned() },
        ]
    }

    #[test]
    fn e1_yes_is_believed_whenever_it_comes() {
        for (sent, how) in
            [(Sent::Moved { block: 60 }, "transfer"), (Sent::Duplicate { block: 60 }, "duplicate")]
        {
            for (mut work, is_newest) in [(sending(), true), (searching(), false)] {
                answered(&mut work, sent.clone(), is_newest, true);
                assert_eq!(work.row.state, IntentState::Settled, "{how}");
                assert_eq!(work.row.block, Some(60));
                assert_eq!((work.asset.set_aside, work.asset.paid), (0, 1_010));
                assert_eq!(work.events[0].name.as_deref(), Some(how));
            }
        }
    }

    #[test]
    fn e3_no_to_a_repetition_says_nothing_about_the_first() {
        for refusal in refusals() {
            let mut work = searching();
            let before = work.row.attempt;
            answered(&mut work, Sent::Refused(refusal.clone()), true, true);
            assert_eq!(work.row.state, IntentState::Reconciling, "{refusal:?}");
            assert!(work.row.marks.has(Marks::UNCERTAIN), "{refusal:?}");
            assert!(work.row.marks.has(Marks::LOOK), "{refusal:?}");
            assert_eq!(work.row.attempt, before, "{refusal:?}");
            let too_old = work.row.marks.has(Marks::TOO_OLD);
            assert_eq!(too_old, refusal == Refusal::TooOld);
        }
    }

    #[test]
    fn e2_no_to_the_only_send_keeps_what_it_carries_unless_that_is_what_is_wrong() {
        for refusal in refusals() {
            let mut work = sending();
            let before = work.row.attempt;
            answered(&mut work, Sent::Refused(refusal.clone()), true, false);
            assert!(!work.row.marks.has(Marks::UNCERTAIN), "{refusal:?}");
            assert_eq!(work.asset.set_aside, 0, "{refusal:?}");
            let (state, keeps) = match &refusal {
                Refusal::BadFee { expected: Some(_) } => (IntentState::Created, false),
                Refusal::BadFee { expected: None } | Refusal::BadBurn => {
                    (IntentState::Denied, true)
                }
                Refusal::TooOld => (IntentState::Ready, false),
                _ => (IntentState::Ready, true),
            };
            assert_eq!(work.row.state, state, "{refusal:?}");
            assert_eq!(work.row.attempt == before, keeps, "{refusal:?}");
        }
    }

    #[test]
    fn e9_a_bad_fee_is_assessed_anew_with_the_new_fee() {
        let mut work = sending();
        let refusal = Refusal::BadFee { expected: Some(20) };
        answered(&mut work, Sent::Refused(refusal), true, false);
        assert_eq!((work.row.fee, work.asset.fee), (20, 20));
        assert_eq!(work.row.attempt.number, 2, "what carries another fee is another transfer");
        assert!(work.row.marks.has(Marks::REPRICED));
    }

    #[test]
    fn e3_silence_is_unknown_and_what_never_left_is_not() {
        let mut silent = sending();
        answered(&mut silent, Sent::Unknown(lost()), true, false);
        assert_eq!(silent.row.state, IntentState::Unknown);
        assert!(silent.row.marks.has(Marks::UNCERTAIN));
        let mut unsent = sending();
        answered(&mut unsent, Sent::NotSent(lost()), true, false);
        assert_eq!(unsent.row.state, IntentState::Ready);
        assert!(!unsent.row.marks.has(Marks::UNCERTAIN));
        let mut unsent_probe = searching();
        answered(&mut unsent_probe, Sent::NotSent(lost()), true, true);
        assert_eq!(unsent_probe.row.state, IntentState::Reconciling);
        assert!(unsent_probe.row.marks.has(Marks::UNCERTAIN));
    }

    #[test]
    fn e3_a_late_no_changes_nothing() {
        for sent in [Sent::Refused(Refusal::TooOld), Sent::NotSent(lost())] {
            let mut work = sending();
            let before = work.row;
            answered(&mut work, sent, false, false);
            assert_eq!(work.row, before);
        }
    }

    #[test]
    fn a_second_block_for_one_intent_is_for_people() {
        let mut work = sending();
        answered(&mut work, Sent::Moved { block: 60 }, true, false);
        answered(&mut work, Sent::Duplicate { block: 61 }, false, true);
        assert_eq!(work.row.block, Some(60));
        assert!(work.row.marks.has(Marks::FOR_PEOPLE));
    }
}
