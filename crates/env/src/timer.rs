//! One wake-up alarm.
//!
//! What is to be done stands in the job table; the alarm only says "look now". It must therefore
//! survive everything that loses timers:
//!
//! * a trap in the handler takes back whatever the handler armed. So each alarm comes with a guard
//!   that does nothing but arm the next alarm, and a guard does nothing that can trap;
//! * an upgrade forgets all timers: `post_upgrade` arms the alarm again;
//! * a restored snapshot brings back a heap that believes a timer is set which the platform has
//!   forgotten: arming therefore always tells the platform, whatever the heap believes;
//! * a long stop or a leap of time must not cause a burst of missed beats: nothing repeats by
//!   itself, each alarm is armed by the one before.

use core::cell::Cell;
use core::time::Duration;

use granary_units::Timestamp;
use ic_cdk_timers::TimerId;

use crate::rehearsal;

/// How long after the alarm the guard looks whether it rang.
const GUARD_SECONDS: u64 = 120;

/// What an alarm does.
pub type Handler = fn();

#[derive(Clone, Copy)]
struct Armed {
    at: u64,
    alarm: TimerId,
    guard: TimerId,
}

thread_local! {
    /// What this instance has armed; forgotten by upgrades, stale after a restore.
    static ARMED: Cell<Option<Armed>> = const { Cell::new(None) };
}

/// Rings `handler` at `at`, unless an earlier alarm stands.
///
/// The handler arms the next alarm with [`rearm`].
pub fn arm(at: Timestamp, handler: Handler) {
    let earlier = ARMED.get().is_some_and(|armed| armed.at <= at.as_nanos());
    if !earlier {
        rearm(at, handler);
    }
}

/// Rings `handler` at `at`, whatever was armed before; never in a rehearsal.
pub fn rearm(at: Timestamp, handler: Handler) {
    if rehearsal::is_on() {
        return;
    }
    if let Some(old) = ARMED.take() {
        ic_cdk_timers::clear_timer(old.alarm);
        ic_cdk_timers::clear_timer(old.guard);
    }
    let now = ic_cdk::api::time();
    let delay = Duration::from_nanos(at.as_nanos().saturating_sub(now));
    let guard_delay = delay.saturating_add(Duration::from_secs(GUARD_SECONDS));
    let alarm = ic_cdk_timers::set_timer(delay, async move { handler() });
    let guard = ic_cdk_timers::set_timer(guard_delay, async move {
        ARMED.set(None);
        rearm(Timestamp::from_nanos(ic_cdk::api::time()), handler);
    });
    let at = now.saturating_add(u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX));
    ARMED.set(Some(Armed { at, alarm, guard }));
    // The timer library tells the platform only when it believes this alarm to be the first; after
    // a restore it may believe so wrongly. Zero would switch the timer off.
    ic_cdk::api::global_timer_set(at.max(1));
}

/// When the alarm rings next, as far as this instance knows.
pub fn armed_at() -> Option<Timestamp> {
    ARMED.get().map(|armed| Timestamp::from_nanos(armed.at))
}
