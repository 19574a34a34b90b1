//! Answers that come late or never. The cycles are kept before anything is awaited, as in the real
//! canister: who gets no answer has paid for it.

use granary_api::exchange_rate::{
    ExchangeRateError, GetExchangeRateRequest, GetExchangeRateResult,
};
use granary_api::price_feed::Faults;
use granary_env::{Env, call, message};

use crate::state;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Rounds a late answer waits at most, whatever a test asked for.
const ROUNDS_MAX: u32 = 10_000;

/// Answers one request as the faults want.
pub async fn answer(request: GetExchangeRateRequest) -> GetExchangeRateResult {
    let env = Env::here();
    let now_seconds = seconds(env.now().as_nanos());
    let cycles = ic_cdk::api::msg_cycles_available();
    let (answer, charge, lost, late_until) = state::write(|feed| {
        let (answer, charge) = feed.decide(now_seconds, env.caller(), cycles, &request);
        let lost = use_up(&mut feed.faults.lost_replies);
        let late = use_up(&mut feed.faults.late_replies);
        let Faults { late_seconds, .. } = feed.faults;
        let until = now_seconds.saturating_add(late_seconds.into());
        (answer, charge, lost, late.then_some(until))
    });
    if ic_cdk::api::msg_cycles_accept(charge) < charge {
        return Err(ExchangeRateError::FailedToAcceptCycles);
    }
    if let Some(until) = late_until {
        wait(until).await;
    }
    if lost {
        pass_a_message().await;
        message::trap("the answer is lost, as the test asked");
    }
    answer
}

fn use_up(calls: &mut u32) -> bool {
    let some = *calls > 0;
    *calls = calls.saturating_sub(1);
    some
}

/// Randomness comes a round after it was asked for, so each question waits a round.
async fn wait(until: u64) {
    for _ in 0..ROUNDS_MAX {
        pass_a_message().await;
        if seconds(message::now().as_nanos()) >= until {
            break;
        }
    }
}

async fn pass_a_message() {
    let _ = call::random_bytes().await;
}

fn seconds(nanos: u64) -> u64 {
    nanos.checked_div(NANOS_PER_SECOND).unwrap_or(0)
}
