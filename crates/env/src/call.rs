//! Calls to other canisters, with the three outcomes money needs.
//!
//! Every call waits a bounded time. An answer that did not come, or that cannot be read, is
//! [`Answer::Unknown`]: the callee may have acted, so the caller reconciles and never repeats
//! blindly. Cycles are attached by [`call_paid`] alone, and few: a bounded wait may lose them.
//!
//! In a rehearsal no call is sent, to nobody: each is [`Answer::NotApplied`] in the same message.

use candid::utils::ArgumentEncoder;
use candid::{CandidType, Principal};
use granary_errors::{Error, common};
use ic_cdk::call::{Call, CallErrorExt, CallFailed};
use serde::de::DeserializeOwned;

use crate::rehearsal;

/// How long a call waits for its answer, in seconds, unless it says otherwise.
pub const WAIT_SECONDS: u32 = 60;

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The callee did it and answered.
    Done(T),
    /// The callee did nothing: the call may be made again.
    NotApplied {
        /// Why, for the log.
        reason: String,
    },
    /// The callee may have done it: find out first.
    Unknown {
        /// Why, for the log.
        reason: String,
    },
}

impl<T> Answer<T> {
    /// The answer as a result, with the outcome in the error.
    pub fn into_result(self, peer: &str) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::NotApplied { reason } => {
                let message = format!("{peer} did not take the call: {reason}");
                Err(Error::not_applied(common::CALL_REJECTED, None, message))
            }
            Self::Unknown { reason } => {
                let message = format!("it is not known whether {peer} acted: {reason}");
                Err(Error::unknown_outcome(common::CALL_UNKNOWN, message))
            }
        }
    }
}

/// Calls `method` of `peer` and waits at most [`WAIT_SECONDS`].
pub async fn call<A, T>(peer: Principal, method: &str, arguments: &A) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    call_within(peer, method, arguments, WAIT_SECONDS).await
}

/// Calls `method` of `peer` and waits at most `seconds`.
pub async fn call_within<A, T>(
    peer: Principal,
    method: &str,
    arguments: &A,
    seconds: u32,
) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    call_paid(peer, method, arguments, seconds, 0).await
}

/// As [`call_within`], with cycles the callee may take. What it leaves comes back with its answer,
/// and is lost when no answer comes in time: attach what one may lose.
pub async fn call_paid<A, T>(
    peer: Principal,
    method: &str,
    arguments: &A,
    seconds: u32,
    cycles: u128,
) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    if rehearsal::is_on() {
        return not_sent();
    }
    let call = Call::bounded_wait(peer, method).change_timeout(seconds);
    match call.with_cycles(cycles).with_args(arguments).await {
        Ok(response) => match response.candid::<T>() {
            Ok(value) => Answer::Done(value),
            // It answered, so it acted; only the answer is lost on us.
            Err(fault) => Answer::Unknown { reason: fault.to_string() },
        },
        Err(failed) => classify(&failed),
    }
}

/// Thirty-two unpredictable bytes from the subnet.
pub async fn random_bytes() -> Answer<[u8; 32]> {
    if rehearsal::is_on() {
        return not_sent();
    }
    let sent = Call::bounded_wait(Principal::management_canister(), "raw_rand");
    match sent.await {
        Ok(response) => {
            let bytes = response.candid::<serde_bytes::ByteBuf>();
            match bytes.map(|bytes| <[u8; 32]>::try_from(bytes.as_slice())) {
                Ok(Ok(bytes)) => Answer::Done(bytes),
                _ => Answer::Unknown { reason: "raw_rand gave no 32 bytes".to_owned() },
            }
        }
        Err(failed) => classify(&failed),
    }
}

pub(crate) fn not_sent<T>() -> Answer<T> {
    Answer::NotApplied { reason: rehearsal::NOT_SENT.to_owned() }
}

pub(crate) fn classify<T>(failed: &CallFailed) -> Answer<T> {
    let reason = failed.to_string();
    if failed.is_clean_reject() {
        Answer::NotApplied { reason }
    } else {
        Answer::Unknown { reason }
    }
}

#[cfg(test)]
mod tests {
    use granary_errors::Outcome;
    use ic_cdk::call::{CallPerformFailed, CallRejected};

    use super::*;

    fn outcome(code: u32) -> Answer<()> {
        classify(&CallFailed::CallRejected(CallRejected::with_rejection(code, "why".to_owned())))
    }

    #[test]
    fn only_clean_rejects_say_that_nothing_happened() {
        for code in [1, 2, 3] {
            assert!(matches!(outcome(code), Answer::NotApplied { .. }), "{code}");
        }
        // The callee's own reject and trap may come after it acted; no answer in time says nothing.
        for code in [4, 5, 6, 99] {
            assert!(matches!(outcome(code), Answer::Unknown { .. }), "{code}");
        }
        let unsent = classify::<()>(&CallFailed::CallPerformFailed(CallPerformFailed));
        assert!(matches!(unsent, Answer::NotApplied { .. }));
    }

    #[test]
    fn a_rehearsal_sends_nothing() {
        use core::pin::pin;
        use core::task::{Context, Poll, Waker};

        fn shut<T>() -> Poll<Answer<T>> {
            Poll::Ready(Answer::NotApplied { reason: rehearsal::NOT_SENT.to_owned() })
        }

        rehearsal::begin();
        let mut context = Context::from_waker(Waker::noop());
        let peer = Principal::management_canister();
        // Answered at once: a call that was sent would make the platform's absence known.
        let paid = pin!(call_paid::<_, (u64,)>(peer, "anything", &(7_u64,), 60, 5));
        assert_eq!(paid.poll(&mut context), shut());
        let random = pin!(random_bytes());
        assert_eq!(random.poll(&mut context), shut());
    }

    #[test]
    fn the_error_carries_the_outcome() {
        let of = |answer: Answer<()>| match answer.into_result("execution") {
            Err(Error::SystemError { outcome, .. }) => Some(outcome),
            _ => None,
        };
        assert_eq!(of(outcome(2)), Some(Outcome::NotApplied));
        assert_eq!(of(outcome(6)), Some(Outcome::Unknown));
        assert_eq!(of(Answer::Done(())), None);
    }
}
