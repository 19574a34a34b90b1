//! Rounds and time.
//!
//! A round is one step of consensus: time moves, what is due happens, and messages execute until
//! none is left or the round's instructions are used up. Calls within a subnet are delivered in the
//! round they are made in, so a chain of them normally finishes in one; see [`super::xnet`] for
//! calls to another subnet.

use candid::Principal;

use super::{
    Network,
    canister::{Canister, Status, StopWaiter},
    context::Origin,
    journal::Asked,
    pool::Message,
    rejects,
};
use crate::message::Entry;

/// How long a stop request waits for open calls, in nanoseconds.
const STOP_TIMEOUT_NS: u64 = 300_000_000_000;

impl Network {
    /// Executes one round.
    pub fn tick(&mut self) {
        self.note(|network| Asked::Tick(network.pulse()));
        self.epoch += 1;
        if self.time_ns <= self.certified_time_ns {
            self.time_ns = self.certified_time_ns + 1;
        }
        self.round_instructions = 0;
        let mut messages = self.begin_fault_round();
        self.charge_idle();
        self.expire_calls();
        self.expire_outcalls();
        self.expire_stops();
        self.expire_ingress();
        self.run_due_tasks();
        while messages > 0 && self.round_instructions < self.config.round_instruction_limit {
            let Some(taken) = self.next_message() else { break };
            self.deliver_by_plan(taken);
            messages -= 1;
        }
        self.run_due_hooks();
        self.certified_time_ns = self.time_ns;
        self.blocks.made(self.time_ns);
        self.weigh(self.round_instructions);
    }

    /// Executes rounds until no message waits; false when `max_rounds` were not enough. Timers and
    /// heartbeats do not count as waiting.
    pub fn run_until_idle(&mut self, max_rounds: usize) -> bool {
        for _ in 0..max_rounds {
            if !self.has_pending() {
                return true;
            }
            self.tick();
        }
        !self.has_pending()
    }

    /// Whether a message waits for a round.
    pub fn has_pending(&self) -> bool {
        !self.pool.is_empty()
    }

    /// When the first timer of a running canister is due, in nanoseconds since 1970; None when
    /// there is none.
    pub fn next_timer_ns(&self) -> Option<u64> {
        let set = |canister: &&Canister| {
            canister.global_timer != 0 && canister.is_running() && canister.installed.is_some()
        };
        let timers = self.canisters.values().filter(set);
        timers.map(|canister| self.on_clock_of_all(canister.id, canister.global_timer)).min()
    }

    /// Time of the next round at the earliest, in nanoseconds since 1970.
    pub fn time_ns(&self) -> u64 {
        self.time_ns
    }

    /// Time of the last round, which is what queries and certificates show.
    pub fn certified_time_ns(&self) -> u64 {
        self.certified_time_ns
    }

    /// Time that certificates show: that of the last round, unless they are to look old.
    pub fn certificate_time_ns(&self) -> u64 {
        self.certified_time_ns.saturating_sub(self.faults.certificate_age_ns)
    }

    /// Sets the time of the next round. Refused when it lies in the past.
    pub fn set_time(&mut self, time_ns: u64) -> Result<(), String> {
        if time_ns < self.time_ns {
            return Err(format!("SettingTimeIntoPast(({}, {time_ns}))", self.time_ns));
        }
        self.note(|_| Asked::SetTime(time_ns));
        self.time_ns = time_ns;
        Ok(())
    }

    /// Sets the time and certifies it at once, without executing anything.
    pub fn set_certified_time(&mut self, time_ns: u64) -> Result<(), String> {
        self.set_time(time_ns)?;
        self.note(|_| Asked::SetCertifiedTime(time_ns));
        self.epoch += 1;
        self.certified_time_ns = time_ns;
        Ok(())
    }

    /// Global timers that are due, then heartbeats, each at most once per round.
    fn run_due_tasks(&mut self) {
        for id in self.canisters.keys().copied().collect::<Vec<_>>() {
            let now = self.on_clock_of(id, self.time_ns);
            let Some(canister) = self.canisters.get_mut(&id) else { continue };
            if !canister.is_running() || canister.installed.is_none() {
                continue;
            }
            if canister.global_timer != 0 && canister.global_timer <= now {
                canister.global_timer = 0;
                if canister.exports("canister_global_timer") {
                    self.run_task(id, Entry::GlobalTimer, "global_timer");
                }
            }
            let beats = self.canisters.get(&id).is_some_and(|canister| {
                canister.is_running() && canister.exports("canister_heartbeat")
            });
            if beats {
                self.run_task(id, Entry::Heartbeat, "heartbeat");
            }
        }
    }

    /// Low memory hooks that became due and had no message to run before.
    fn run_due_hooks(&mut self) {
        for id in self.canisters.keys().copied().collect::<Vec<Principal>>() {
            self.run_low_memory_hook(id);
        }
    }

    /// Tells callers that waited long enough that the outcome of their call is unknown. A call
    /// that has not started yet is taken back together with its cycles.
    fn expire_calls(&mut self) {
        let now = self.time_ns;
        let late = self.pool.drain(|message| match message {
            Message::Request(request) => request.deadline_ns != 0 && request.deadline_ns <= now,
            _ => false,
        });
        for message in late {
            if let Message::Request(request) = message {
                let why = Err(rejects::deadline_expired());
                self.respond_at_home(Origin::Call(request.call), why, request.cycles);
            }
        }
        let expired: Vec<_> = self
            .calls
            .iter()
            .filter(|(_, call)| call.deadline_ns != 0 && call.deadline_ns <= now && !call.answered)
            .map(|(id, _)| *id)
            .collect();
        for id in expired {
            self.respond_at_home(Origin::Call(id), Err(rejects::deadline_expired()), 0);
        }
    }

    /// Gives up on stop requests that waited too long; the canister stays stopping only while
    /// somebody waits for it.
    fn expire_stops(&mut self) {
        let now = self.time_ns;
        self.give_up_stops(|_, waiter| now.saturating_sub(waiter.since_ns) >= STOP_TIMEOUT_NS);
    }

    /// Tells those who wait for a canister to stop, and of whom this is true, that it took too
    /// long.
    pub(crate) fn give_up_stops(&mut self, is_late: impl Fn(Principal, &StopWaiter) -> bool) {
        let mut expired: Vec<(Principal, StopWaiter)> = Vec::new();
        for canister in self.canisters.values_mut() {
            let Status::Stopping { waiters } = &mut canister.status else { continue };
            let id = canister.id;
            expired.extend(waiters.iter().filter(|w| is_late(id, w)).cloned().map(|w| (id, w)));
            waiters.retain(|waiter| !is_late(id, waiter));
        }
        for (id, waiter) in expired {
            self.respond(waiter.origin, Err(rejects::stop_timed_out(id)), waiter.refund);
        }
    }
}
