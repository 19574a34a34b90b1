//! The guard hears of who did not answer, several at a time.
//!
//! What was paid is an answer, and the guard counts it when the payment is committed. A silence it
//! can only be told. Silences wait on the heap: an upgrade forgets them, which costs the guard some
//! samples and nobody money.

use core::cell::RefCell;

use candid::Principal;
use execution_core::limits::TELLING;
use execution_core::store::TELL;
use granary_api::risk_guard::RecordOutcomeArgs;
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use granary_resilience::batch::{Batch, Step};
use granary_units::Timestamp;

use crate::ports::Peers;
use crate::state::Here;

thread_local! {
    static VOLATILE_SILENCES: RefCell<Batch<RecordOutcomeArgs>> =
        const { RefCell::new(Batch::new()) };
}

/// Lets a silence wait to be told; when too many wait it is dropped: the guard knows enough.
pub fn note(silence: RecordOutcomeArgs, now: Timestamp) {
    VOLATILE_SILENCES.with_borrow_mut(|silences| silences.push(&TELLING, silence, now).ok());
}

/// When the guard should be told; none when there is nothing to tell.
pub fn due(now: Timestamp) -> Option<Timestamp> {
    VOLATILE_SILENCES.with_borrow(|silences| match silences.due(&TELLING, now) {
        Some(_) => Some(now),
        None => silences.due_at(&TELLING),
    })
}

/// Hands out what is due, at most one batch and while `used` instructions are few.
pub fn hand_out(
    now: Timestamp,
    used: impl FnMut() -> u64,
    mut send: impl FnMut(RecordOutcomeArgs),
) {
    VOLATILE_SILENCES.with_borrow_mut(|silences| {
        if silences.due(&TELLING, now).is_some() {
            silences.run(&TELLING, now, used, |silence| {
                send(*silence);
                Step::Done
            });
        }
    });
}

/// Tells the guard. It counts what it is told, so only what it did not take is told again.
pub async fn run<P: Peers>(peers: &P, guard: Principal, silence: RecordOutcomeArgs) {
    if is_untold(&peers.record_outcome(guard, &silence).await) {
        let ctx = actor();
        note(silence, ctx.now);
        Here::write(|store| {
            if let Some(at) = due(ctx.now) {
                store.ensure_job(TELL, 0, at);
            }
            tasks::wake::<Here>(store, &ctx);
        });
    }
}

const fn is_untold<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Answer::NotApplied { .. })
}

#[cfg(test)]
mod tests {
    use granary_api::risk_guard::Service;

    use super::*;

    const SILENCE: RecordOutcomeArgs =
        RecordOutcomeArgs { service: Service::Portfolio, answered: false, intent: None };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(granary_units::Duration::seconds(seconds))
    }

    fn told(now: Timestamp, used: u64) -> usize {
        let mut count = 0;
        hand_out(now, || used, |_| count += 1);
        count
    }

    #[test]
    fn a_few_wait_for_a_minute_and_many_do_not() {
        assert_eq!(due(at(0)), None);
        note(SILENCE, at(0));
        assert_eq!((due(at(1)), told(at(1), 0)), (Some(at(60)), 0));
        assert_eq!((due(at(60)), told(at(60), 0)), (Some(at(60)), 1));
        (0..=TELLING.size).for_each(|_| note(SILENCE, at(61)));
        assert_eq!((due(at(61)), told(at(61), 0)), (Some(at(61)), TELLING.size));
        assert_eq!(due(at(61)), Some(at(121)), "the one that is left waits its minute");
        assert_eq!(told(at(121), 0), 1);
    }

    #[test]
    fn a_beat_that_is_long_already_tells_one_and_leaves_the_rest() {
        (0..TELLING.size).for_each(|_| note(SILENCE, at(0)));
        assert_eq!(told(at(0), TELLING.instructions), 1);
        assert_eq!(told(at(60), 0), TELLING.size - 1);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        (0..TELLING.capacity + 5).for_each(|_| note(SILENCE, at(0)));
        let rounds = (0..).map(|_| told(at(60), 0)).take_while(|count| *count > 0);
        assert_eq!(rounds.sum::<usize>(), TELLING.capacity);
    }

    #[test]
    fn what_the_guard_may_have_counted_is_not_told_again() {
        let reason = String::new;
        assert!(is_untold(&Answer::<()>::NotApplied { reason: reason() }));
        assert!(!is_untold(&Answer::<()>::Unknown { reason: reason() }));
        assert!(!is_untold(&Answer::Done(())));
    }
}
