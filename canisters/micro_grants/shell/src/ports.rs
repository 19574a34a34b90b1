//! The canisters this one will call, as traits with their implementation.
//!
//! Payments are queued here and sent by `execution`, which the suite does not have yet. Until it
//! does, a queued payout stays `Queued`, where `get_budget` and `list_payouts` show it; nothing
//! pretends that money moved.

use granary_env::call::Answer;

/// What becomes of a payout that is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The transfer intent that carries it.
    pub intent: u64,
}

/// The hands of the suite.
pub trait Execution {
    /// True once the canister is told which `execution` it has.
    fn is_wired(&self) -> bool;

    /// Hands a queued payout over; its number makes the call repeatable.
    fn submit_intent(&self, payout: u64) -> impl Future<Output = Answer<Handed>>;
}

/// No `execution` is known: nothing is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unwired;

impl Execution for Unwired {
    fn is_wired(&self) -> bool {
        false
    }

    async fn submit_intent(&self, payout: u64) -> Answer<Handed> {
        let reason = format!("payout {payout} waits: no execution canister is known");
        Answer::NotApplied { reason }
    }
}

#[cfg(test)]
mod tests {
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn without_execution_nothing_is_handed_over() {
        let mut asked = pin!(Unwired.submit_intent(7));
        let answer = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Answer::NotApplied { reason }) = answer else {
            panic!("no call is made: {answer:?}");
        };
        assert!(reason.contains("payout 7"));
        assert!(!Unwired.is_wired());
    }
}
