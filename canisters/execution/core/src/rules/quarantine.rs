//! What people found out about an intent nobody could decide.

use sha2::{Digest, Sha256};

use crate::errors::{ExecutionError, StateFault};
use crate::records::EventKind;
use crate::rules::scan::{Outgoing, Seen};
use crate::rules::{Change, Work};
use crate::types::{Hash, IntentState};

/// What people say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The money moved in this block; the ledger is asked whether it is so.
    Settled {
        /// The block.
        block: u64,
    },
    /// It did not, and is to be paid.
    PayAgain,
    /// It did not, and is not to be paid any more.
    GiveUp,
}

const QUARANTINED: &[IntentState] = &[IntentState::Quarantined];

/// Refuses a finding that cannot be.
pub fn check(work: &Work, finding: Finding) -> Result<(), ExecutionError> {
    let actual = work.row.state;
    if actual != IntentState::Quarantined {
        let id = work.wire();
        return Err(StateFault::Intent { id, actual, allowed: QUARANTINED }.into());
    }
    let until = work.row.attempt.deadline();
    // As long as the ledger could still execute it, nobody can know that it was not.
    if !matches!(finding, Finding::Settled { .. }) && work.now <= until {
        return Err(StateFault::TooEarly { until }.into());
    }
    Ok(())
}

/// It was not executed: people looked.
pub fn not_executed(
    mut work: Work,
    finding: Finding,
    evidence: &str,
) -> Result<Change, ExecutionError> {
    check(&work, finding)?;
    let digest: Hash = Sha256::digest(evidence.as_bytes()).into();
    let name = match finding {
        Finding::PayAgain => {
            work.next_attempt();
            work.enter(IntentState::Ready);
            "pay again"
        }
        Finding::GiveUp | Finding::Settled { .. } => {
            work.fail(IntentState::Cancelled);
            "give up"
        }
    };
    work.recovered();
    work.say(|event| event.name(name).digest(digest), EventKind::QuarantineResolved);
    Ok(work.finish())
}

/// The ledger showed the block people named.
pub fn settled(mut work: Work, seen: &Seen, evidence: &str) -> Result<Change, ExecutionError> {
    check(&work, Finding::Settled { block: seen.index })?;
    let differs = |what| ExecutionError::from(StateFault::Evidence { what });
    let Some(Outgoing { memo, to, amount, fee }) = seen.outgoing else {
        return Err(differs("account it came from"));
    };
    if memo != Some(work.row.memo) {
        return Err(differs("memo"));
    }
    if to != work.row.to.outside() {
        return Err(differs("destination"));
    }
    if amount != work.row.amount {
        return Err(differs("amount"));
    }
    let digest: Hash = Sha256::digest(evidence.as_bytes()).into();
    work.settle(seen.index, fee, "people");
    work.say(|event| event.name("settled").digest(digest), EventKind::QuarantineResolved);
    Ok(work.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{NOW, at, work};
    use crate::types::Duration;

    fn late() -> Work {
        let mut work = work(IntentState::Quarantined);
        let end = work.row.attempt.deadline();
        work.now = end.saturating_add(Duration::from_nanos(1));
        work
    }

    #[test]
    fn e3_not_executed_is_believed_only_when_it_cannot_be_executed_any_more() {
        for finding in [Finding::PayAgain, Finding::GiveUp] {
            let early = not_executed(work(IntentState::Quarantined), finding, "looked");
            let fault = early.expect_err("too early");
            assert!(matches!(fault, ExecutionError::State(StateFault::TooEarly { .. })));
            assert!(not_executed(late(), finding, "looked").is_ok());
        }
        let (_, again) =
            not_executed(late(), Finding::PayAgain, "x").expect("late").intent.expect("it");
        assert_eq!((again.state, again.attempt.number), (IntentState::Ready, 2));
        let (_, over) =
            not_executed(late(), Finding::GiveUp, "x").expect("late").intent.expect("it");
        assert_eq!(over.state, IntentState::Cancelled);
    }

    #[test]
    fn a_block_is_believed_when_the_ledger_shows_the_payment() {
        let quarantined = || work(IntentState::Quarantined);
        let row = quarantined().row;
        let out =
            Outgoing { memo: Some(row.memo), to: row.to.outside(), amount: row.amount, fee: 12 };
        let seen = |out| Seen { index: 70, at: at(NOW), outgoing: out };
        let (_, paid) = settled(quarantined(), &seen(Some(out)), "tx")
            .expect("the payment")
            .intent
            .expect("it");
        assert_eq!((paid.state, paid.block, paid.fee), (IntentState::Settled, Some(70), 12));
        for wrong in [
            None,
            Some(Outgoing { memo: None, ..out }),
            Some(Outgoing { amount: 1, ..out }),
            Some(Outgoing { to: [0; 32], ..out }),
        ] {
            let found = settled(quarantined(), &seen(wrong), "tx").expect_err("not the payment");
            assert!(matches!(found, ExecutionError::State(StateFault::Evidence { .. })));
        }
    }

    #[test]
    fn only_what_is_in_quarantine_is_decided_by_people() {
        for state in IntentState::ALL {
            if state != IntentState::Quarantined {
                let mut work = late();
                work.row.state = state;
                assert!(not_executed(work, Finding::GiveUp, "x").is_err(), "{state:?}");
            }
        }
    }
}
