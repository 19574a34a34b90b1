//! Calls that may take as long as they take: of the network's management, and of canisters the
//! caller controls, for what people voted for.
//!
//! Everywhere else a call waits a bounded time, so that no callee can keep the caller from
//! stopping. Here the callee is the network itself, or a canister the caller can stop: a bounded
//! wait would only add the outcome nobody knows, and would lose the cycles that were sent along.

use candid::{CandidType, Principal};
use ic_cdk::call::{Call, CallFailed, Response};
use serde::de::DeserializeOwned;

use crate::call::{Answer, classify, not_sent};
use crate::suite::counters::{self, Ended, Flight};
use crate::{message, rehearsal};

/// Calls a method of the network's management with one record, and cycles it may take.
pub async fn manage<A, T>(method: &str, argument: &A, cycles: u128) -> Answer<T>
where
    A: CandidType,
    T: CandidType + DeserializeOwned,
{
    if rehearsal::is_on() {
        return not_sent();
    }
    let call = Call::unbounded_wait(Principal::management_canister(), method);
    let call = call.with_arg(argument).with_cycles(cycles);
    read(counted("management", call.into_future()).await)
}

/// Calls a method of the network's management that answers nothing worth reading.
pub async fn manage_only<A: CandidType>(method: &str, argument: &A) -> Answer<()> {
    // Whatever a later version of the network adds to an empty answer is ignored.
    match manage::<A, candid::Reserved>(method, argument, 0).await {
        Answer::Done(_) => Answer::Done(()),
        Answer::NotApplied { reason } => Answer::NotApplied { reason },
        Answer::Unknown { reason } => Answer::Unknown { reason },
    }
}

/// Calls `method` of `canister` with an argument that is encoded already; the answer's bytes.
pub async fn call_raw(
    peer: &'static str,
    canister: Principal,
    method: &str,
    argument: Vec<u8>,
) -> Answer<Vec<u8>> {
    if rehearsal::is_on() {
        return not_sent();
    }
    let call = Call::unbounded_wait(canister, method).take_raw_args(argument);
    match counted(peer, call.into_future()).await {
        Ok(response) => Answer::Done(response.into_bytes()),
        Err(failed) => classify(&failed),
    }
}

fn read<T>(answer: Result<Response, CallFailed>) -> Answer<T>
where
    T: CandidType + DeserializeOwned,
{
    match answer {
        Ok(response) => match response.candid::<T>() {
            Ok(value) => Answer::Done(value),
            // It answered, so it acted; only the answer is lost on us.
            Err(fault) => Answer::Unknown { reason: fault.to_string() },
        },
        Err(failed) => classify(&failed),
    }
}

async fn counted(
    peer: &'static str,
    call: impl Future<Output = Result<Response, CallFailed>>,
) -> Result<Response, CallFailed> {
    let sent = message::now();
    let flight = Flight::start();
    let answer = call.await;
    drop(flight);
    let ended = match answer.as_ref().map_err(classify::<()>) {
        Ok(_) => Ended::Done,
        Err(Answer::NotApplied { .. }) => Ended::NotApplied,
        Err(Answer::Done(()) | Answer::Unknown { .. }) => Ended::Unknown,
    };
    counters::called(peer, ended, message::now().saturating_since(sent).as_nanos());
    answer
}
