//! The invariants, checked in the background: piece by piece, over and over.
//!
//! Where the sweep stands is kept on the heap: an upgrade begins a new one, which is what one wants
//! after an upgrade. What a sweep found stays in health until a later sweep finds the state whole,
//! and in the counter of the watch for good.
//!
//! The check compares sums over many entities only when the journal did not grow while it ran. So a
//! sweep that was overtaken is not wrong but incomplete: it says so, and the next one comes sooner.
//!
//! A state that is damaged enough makes the check trap. So each slice runs in a message of its own:
//! its trap takes nothing else with it, and the next beat sees that it did not come back.

use core::cell::{Cell, RefCell};

use granary_api::common::HealthStatus;
use granary_errors::Error;
use granary_health::Check;
use granary_kernel::{CanisterStore, Ctx, Report};
use granary_stable::log_ring::Level;
use granary_units::{Duration, Timestamp};

use super::{Host, access, health, tasks};
use crate::{Env, message, rehearsal};

/// Entities one call of the check looks at.
const PIECE_ITEMS: u32 = 500;
/// Instructions one slice of the sweep takes: a small state is checked in one message.
const SLICE_INSTRUCTIONS: u64 = 500_000_000;
/// Pause between two slices: other messages come first.
const NEXT_SLICE: Duration = Duration::seconds(10);
/// How soon a sweep that was overtaken is followed by the next.
const AGAIN: Duration = Duration::seconds(3_600);
/// Pause after a sweep that compared everything.
pub(super) const PAUSE: Duration = Duration::seconds(21_600);
/// How long a running migration is left alone.
const WAIT: Duration = Duration::seconds(60);
/// How long a slice may be on its way before it counts as broken off.
const LOST: Duration = Duration::seconds(120);

/// How soon after its start a canister begins to check itself.
pub(super) const FIRST: Duration = Duration::seconds(30);

/// A sweep that reached the end of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// When.
    pub at: Timestamp,
    /// Entities looked at.
    pub checked: u64,
    /// Facts that contradict an invariant.
    pub violations: u64,
    /// True when nothing happened meanwhile, so that sums were compared too.
    pub with_sums: bool,
}

/// Where the sweep stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Where the running one goes on; none between two sweeps.
    cursor: Option<Vec<u8>>,
    /// Length of the journal when the running one began.
    events: u64,
    /// What the running one has seen.
    checked: u64,
    /// What the running one has found.
    violations: u64,
    /// The last that reached the end.
    last: Option<Finished>,
    /// When the slice under way was sent on it.
    sent: Option<Timestamp>,
    /// True when the last slice did not come back.
    broken: bool,
}

impl Sweep {
    /// Facts that contradict an invariant: of the running sweep or of the last one.
    pub fn found(&self) -> u64 {
        self.violations.max(self.last.map_or(0, |last| last.violations))
    }

    /// True when a slice did not come back.
    fn is_broken(&self, now: Timestamp) -> bool {
        self.broken || self.sent.is_some_and(|sent| now.saturating_since(sent) > LOST)
    }

    /// The last sweep that reached the end of the state.
    pub const fn last(&self) -> Option<Finished> {
        self.last
    }

    /// Takes what a piece found, with the journal at `events`; answers when to go on after it, or
    /// none for at once.
    fn take(&mut self, report: &Report, events: u64, now: Timestamp) -> Option<Timestamp> {
        let found = u64::try_from(report.violations.len()).unwrap_or(u64::MAX);
        self.checked = self.checked.saturating_add(report.checked);
        self.violations = self.violations.saturating_add(found);
        self.cursor.clone_from(&report.next);
        if report.next.is_some() {
            return None;
        }
        let with_sums = events == self.events;
        let (checked, violations) = (self.checked, self.violations);
        let last = Some(Finished { at: now, checked, violations, with_sums });
        *self = Self { last, sent: self.sent, ..Self::default() };
        Some(now.saturating_add(if with_sums { PAUSE } else { AGAIN }))
    }

    fn begin_unless_running(&mut self, events: u64) {
        if self.cursor.is_none() {
            (self.events, self.checked, self.violations) = (events, 0, 0);
        }
    }
}

thread_local! {
    static SWEEP: RefCell<Sweep> = RefCell::new(Sweep::default());
    /// A slice is due and has no message yet.
    static DUE: Cell<bool> = const { Cell::new(false) };
}

/// Where the sweep stands now.
pub fn now() -> Sweep {
    SWEEP.with_borrow(Clone::clone)
}

/// The component of health.
pub fn component(now: Timestamp) -> Check {
    let (found, broken) = SWEEP.with_borrow(|sweep| (sweep.found(), sweep.is_broken(now)));
    let reason = if found > 0 {
        format!("{found} stored facts contradict an invariant; the log names them")
    } else if broken {
        "the check of the stored state broke off".to_owned()
    } else {
        return Check::healthy("invariants");
    };
    Check::not_healthy("invariants", HealthStatus::Critical, reason)
}

/// A restored snapshot remembers a slice whose timer is gone: that one is not missed.
pub(super) fn forget_lost() {
    SWEEP.with_borrow_mut(|sweep| sweep.sent = None);
}

/// The sweep's job: has one slice run behind this message; answers when to look again at the
/// latest.
pub(super) fn due<H: Host>(store: &mut H::Store, ctx: &Ctx) -> Timestamp {
    if !store.migration().is_complete() {
        // Records of two schemas side by side contradict each other without being wrong.
        SWEEP.with_borrow_mut(|sweep| sweep.cursor = None);
        return ctx.now.saturating_add(WAIT);
    }
    let lost = SWEEP.with_borrow_mut(|sweep| {
        let lost = sweep.sent.replace(ctx.now).is_some();
        if lost {
            (sweep.broken, sweep.cursor) = (true, None);
        }
        lost
    });
    if lost {
        let text = "the check of the stored state broke off: it cannot be read";
        health::log::<H>(store, ctx, Level::Error, "invariants", "", text);
        count::<H>(store, 1);
    }
    DUE.set(true);
    ctx.now.saturating_add(PAUSE)
}

/// Sends the slice that is due on its way, behind the alarm that was just set.
pub(super) fn send<H: Host>() {
    if DUE.take() && !rehearsal::is_on() {
        ic_cdk_timers::set_timer(core::time::Duration::ZERO, async { slice::<H>() });
    }
}

/// One slice, in a message of its own.
fn slice<H: Host>() {
    let ctx = access::actor(&Env::own());
    H::write(|store| {
        let mut sweep = now();
        let next = work::<H>(store, &ctx, &mut sweep);
        sweep.sent = None;
        SWEEP.set(sweep);
        tasks::sweep_again::<H>(store, &ctx, next);
    });
}

/// Checks until the slice is used up or the state is; answers when to go on.
fn work<H: Host>(store: &mut H::Store, ctx: &Ctx, sweep: &mut Sweep) -> Timestamp {
    let end = message::instructions().saturating_add(SLICE_INSTRUCTIONS);
    while message::instructions() < end {
        let (events, _) = store.journal_head();
        sweep.begin_unless_running(events);
        let report = match H::invariants(store, sweep.cursor.as_deref(), PIECE_ITEMS) {
            Ok(report) => report,
            Err(refusal) => {
                // The next slice begins a new sweep: this one's place is of no use.
                sweep.cursor = None;
                let error: Error = refusal.into();
                let text = format!("the check of the state was refused: {error}");
                health::log::<H>(store, ctx, Level::Error, "invariants", error.code(), &text);
                health::count_failure::<H>(store);
                return ctx.now.saturating_add(AGAIN);
            }
        };
        record::<H>(store, ctx, &report);
        if let Some(next) = sweep.take(&report, events, ctx.now) {
            return next;
        }
    }
    ctx.now.saturating_add(NEXT_SLICE)
}

/// Counts and logs what a piece found.
fn record<H: Host>(store: &mut H::Store, ctx: &Ctx, report: &Report) {
    let Some(first) = report.violations.first() else { return };
    let count = u64::try_from(report.violations.len()).unwrap_or(u64::MAX);
    self::count::<H>(store, count);
    let text = format!(
        "{count} facts contradict an invariant, the first {}: {} {}: {}",
        first.rule, first.entity, first.id, first.message
    );
    health::log::<H>(store, ctx, Level::Error, "invariants", first.rule, &text);
}

fn count<H: Host>(store: &mut H::Store, violations: u64) {
    let mut watch = store.watch();
    watch.violations = watch.violations.saturating_add(violations);
    store.set_watch(&watch);
}

#[cfg(test)]
mod tests {
    use granary_kernel::Violation;

    use super::*;

    fn piece(violations: usize, next: Option<u8>) -> Report {
        let message = String::from("wrong");
        let violation = Violation { rule: "C1", entity: "event", id: 1, message };
        let next = next.map(|place| vec![place]);
        Report { violations: vec![violation; violations], checked: 10, next }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).expect("small")
    }

    #[test]
    fn findings_stay_until_a_sweep_finds_the_state_whole() {
        let mut sweep = Sweep::default();
        sweep.begin_unless_running(7);
        assert_eq!(sweep.take(&piece(2, Some(1)), 7, at(1)), None);
        assert_eq!(sweep.found(), 2, "before the sweep is over");
        let next = sweep.take(&piece(1, None), 7, at(2));
        assert_eq!(next, Some(at(2).saturating_add(PAUSE)));
        let last = sweep.last().expect("it ended");
        assert_eq!((last.checked, last.violations, last.with_sums), (20, 3, true));
        sweep.begin_unless_running(8);
        assert_eq!(sweep.take(&piece(0, Some(1)), 8, at(3)), None);
        assert_eq!(sweep.found(), 3, "the running one has not looked at everything");
        sweep.take(&piece(0, None), 8, at(4));
        assert_eq!(sweep.found(), 0);
    }

    #[test]
    fn a_slice_that_does_not_come_back_is_noticed() {
        let mut sweep = Sweep { sent: Some(at(100)), ..Sweep::default() };
        assert!(!sweep.is_broken(at(220)));
        assert!(sweep.is_broken(at(221)));
        sweep.broken = true;
        assert!(sweep.is_broken(at(100)));
        sweep.begin_unless_running(7);
        sweep.take(&piece(0, None), 7, at(300));
        sweep.sent = None;
        assert!(!sweep.is_broken(at(900)), "a whole sweep heals");
    }

    #[test]
    fn a_sweep_that_was_overtaken_is_followed_soon() {
        let mut sweep = Sweep::default();
        sweep.begin_unless_running(7);
        assert_eq!(sweep.take(&piece(0, Some(1)), 7, at(1)), None);
        sweep.begin_unless_running(9);
        let next = sweep.take(&piece(0, None), 9, at(2));
        assert_eq!(next, Some(at(2).saturating_add(AGAIN)));
        assert_eq!(sweep.last().map(|last| last.with_sums), Some(false));
    }
}
