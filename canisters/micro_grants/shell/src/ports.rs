//! The canisters this one calls, as traits with their implementation.
//!
//! `registry` is asked how people stand, once the canister is told where it is.
//!
//! Payments are queued here and sent by `execution`, which the suite does not have yet. Until it
//! does, a queued payout stays `Queued`, where `get_budget` and `list_payouts` show it; nothing
//! pretends that money moved.

use candid::Principal;
use granary_api::registry::{GetStandingsArgs, Standing};
use granary_env::call::Answer;
use granary_env::suite::calls::call_within;
use granary_errors::Error;

/// How long the registry may take, seconds: somebody waits for the answer.
const REGISTRY_SECONDS: u32 = 30;

/// Who people are and what they may do.
pub trait Registry {
    /// Which canister answers.
    fn canister(&self) -> Principal;

    /// How these people stand, in their order. Reading changes nothing there.
    fn get_standings(
        &self,
        people: &[Principal],
    ) -> impl Future<Output = Answer<Result<Vec<Standing>, Error>>>;
}

/// The registry at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryAt(pub Principal);

impl Registry for RegistryAt {
    fn canister(&self) -> Principal {
        self.0
    }

    async fn get_standings(&self, people: &[Principal]) -> Answer<Result<Vec<Standing>, Error>> {
        let arguments = (GetStandingsArgs { principals: people.to_vec() },);
        call_within("registry", self.0, "get_standings", &arguments, REGISTRY_SECONDS).await
    }
}

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
