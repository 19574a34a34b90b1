//! Calls to other canisters that are counted: outcome, latency, how many are under way.

use candid::utils::ArgumentEncoder;
use candid::{CandidType, Principal};
use serde::de::DeserializeOwned;

use super::counters::{self, Ended, Flight};
use crate::call::{self, Answer, WAIT_SECONDS};
use crate::message;

/// Calls `method` of `canister`, which this canister calls `peer`; waits [`WAIT_SECONDS`] at most.
pub async fn call<A, T>(
    peer: &'static str,
    canister: Principal,
    method: &str,
    arguments: &A,
) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    call_within(peer, canister, method, arguments, WAIT_SECONDS).await
}

/// As [`call()`], waiting at most `seconds`.
pub async fn call_within<A, T>(
    peer: &'static str,
    canister: Principal,
    method: &str,
    arguments: &A,
    seconds: u32,
) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    call_paid(peer, canister, method, arguments, seconds, 0).await
}

/// As [`call_within`], with cycles the callee may take; see [`call::call_paid`].
pub async fn call_paid<A, T>(
    peer: &'static str,
    canister: Principal,
    method: &str,
    arguments: &A,
    seconds: u32,
    cycles: u128,
) -> Answer<T>
where
    A: ArgumentEncoder,
    T: CandidType + DeserializeOwned,
{
    let sent = message::now();
    let flight = Flight::start();
    let answer = call::call_paid(canister, method, arguments, seconds, cycles).await;
    drop(flight);
    let ended = match &answer {
        Answer::Done(_) => Ended::Done,
        Answer::NotApplied { .. } => Ended::NotApplied,
        Answer::Unknown { .. } => Ended::Unknown,
    };
    counters::called(peer, ended, message::now().saturating_since(sent).as_nanos());
    answer
}
