//! Answers that come late or never.
//!
//! A transaction is decided and booked in the message that brings it. A late or lost answer then
//! awaits something, which makes the booking final, before it answers or traps.

use granary_api::test_ledger::Faults;
use granary_env::{call, message};

use crate::ledger::Ledger;
use crate::refusal::Refusal;
use crate::state;

/// Rounds a late answer waits at most, whatever a test asked for.
const ROUNDS_MAX: u32 = 10_000;

/// How one call is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Not decided at all.
    pub unavailable: bool,
    /// The answer waits until then.
    pub late_until_ns: Option<u64>,
    /// The answer is lost.
    pub lost: bool,
}

impl Ledger {
    /// Uses up one call of each fault that counts calls. A call that is not decided uses up
    /// nothing else.
    pub fn next_delivery(&mut self, now_ns: u64) -> Delivery {
        let mut faults: Faults = self.faults().clone();
        let mut delivery = Delivery::default();
        if use_up(&mut faults.unavailable_calls) {
            delivery.unavailable = true;
        } else {
            delivery.lost = use_up(&mut faults.lost_replies);
            if use_up(&mut faults.late_replies) {
                let late_ns = u64::from(faults.late_seconds).saturating_mul(1_000_000_000);
                delivery.late_until_ns = Some(now_ns.saturating_add(late_ns));
            }
        }
        if delivery != Delivery::default() {
            self.put_faults(faults);
        }
        delivery
    }
}

fn use_up(calls: &mut u32) -> bool {
    let some = *calls > 0;
    *calls = calls.saturating_sub(1);
    some
}

/// Decides one call on the ledger and answers it as the faults want.
pub async fn answer<R: From<Refusal>, E: From<R>>(
    decide: impl FnOnce(&mut Ledger, u64) -> Result<u64, R>,
) -> Result<candid::Nat, E> {
    let now_ns = message::now().as_nanos();
    let (decided, delivery) = state::write(|ledger| {
        let delivery = ledger.next_delivery(now_ns);
        if delivery.unavailable {
            return (Err(R::from(Refusal::Unavailable)), delivery);
        }
        (decide(ledger, now_ns), delivery)
    });
    if let Some(until_ns) = delivery.late_until_ns {
        wait(until_ns).await;
    }
    if delivery.lost {
        pass_a_message().await;
        message::trap("the answer is lost, as the test asked");
    }
    decided.map(candid::Nat::from).map_err(E::from)
}

/// Randomness comes a round after it was asked for, so each question waits a round.
async fn wait(until_ns: u64) {
    for _ in 0..ROUNDS_MAX {
        pass_a_message().await;
        if message::now().as_nanos() >= until_ns {
            break;
        }
    }
}

async fn pass_a_message() {
    let _ = call::random_bytes().await;
}
