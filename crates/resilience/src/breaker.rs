//! A circuit breaker: after enough failures nobody asks for a while, then a few ask carefully.
//!
//! `Closed → Open → HalfOpen → Closed | Open`. Time is an argument and the state is small and can
//! be stored, so an upgrade does not forget that a peer was down.

use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

use crate::failure::{Failure, FailureKind};

/// When a breaker opens and how it closes again. A zero among the counts means one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// Failures in a row that open it.
    pub failure_threshold: u32,
    /// Successful probes that close it again.
    pub success_threshold: u32,
    /// How long it stays open before it lets probes through.
    pub open_for: Duration,
    /// Probes that may be under way at the same time.
    pub probe_budget: u32,
    /// After this long without an answer, probes are taken for lost.
    pub probe_timeout: Duration,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum BreakerState {
    /// Everybody may ask.
    #[n(0)]
    Closed {
        /// Failures since the last success.
        #[n(0)]
        failures: u32,
    },
    /// Nobody may ask.
    #[n(1)]
    Open {
        /// Until then.
        #[n(0)]
        until: Timestamp,
    },
    /// A few may ask.
    #[n(2)]
    HalfOpen {
        /// Probes under way.
        #[n(0)]
        probes: u32,
        /// Probes that succeeded.
        #[n(1)]
        successes: u32,
        /// When the newest probe left.
        #[n(2)]
        last_probe: Timestamp,
    },
}

impl BreakerState {
    /// Its name in health reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half_open",
        }
    }
}

/// The right to ask once; give it back with what became of it.
///
/// One that is never given back (its message was lost) costs a probe until the probes time out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Permit {
    /// The turn in which it was given; an answer of another turn says nothing about this one.
    #[n(0)]
    turn: u64,
}

impl Permit {
    /// The turn in which it was given, for whoever keeps it in a row of fixed width.
    pub const fn turn(self) -> u64 {
        self.turn
    }

    /// The permit that was given in this turn.
    pub const fn of_turn(turn: u64) -> Self {
        Self { turn }
    }
}

/// A breaker; the part of a record that guards one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Breaker {
    #[n(0)]
    state: BreakerState,
    #[n(1)]
    turn: u64,
    #[n(2)]
    opened: u64,
    #[n(3)]
    since: Timestamp,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new()
    }
}

impl Breaker {
    /// A closed breaker.
    pub const fn new() -> Self {
        let state = BreakerState::Closed { failures: 0 };
        Self { state, turn: 0, opened: 0, since: Timestamp::ZERO }
    }

    /// Where it stands, as of the last call of a method that changes it.
    pub const fn state(&self) -> BreakerState {
        self.state
    }

    /// How often it opened in its life.
    pub const fn times_opened(&self) -> u64 {
        self.opened
    }

    /// When it came into this state.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether a call may be made at `now`. Ask this directly before the call and give the permit
    /// back through [`Breaker::record`]. The refusal names the time at which asking makes sense.
    pub fn admit(&mut self, rule: &BreakerRule, now: Timestamp) -> Result<Permit, Failure> {
        if let BreakerState::Open { until } = self.state {
            // Never later than a whole period from now, whatever the clock did in between.
            let until = until.min(now.saturating_add(rule.open_for));
            if now < until {
                self.state = BreakerState::Open { until };
                return Err(open(until));
            }
            let state = BreakerState::HalfOpen { probes: 0, successes: 0, last_probe: now };
            self.enter(state, now);
        }
        if let BreakerState::HalfOpen { probes, successes, last_probe } = self.state {
            let lost_at = last_probe.saturating_add(rule.probe_timeout);
            let busy = probes >= rule.probe_budget.max(1);
            if busy && now < lost_at {
                return Err(open(lost_at));
            }
            if busy {
                self.turn = self.turn.saturating_add(1);
            }
            let probes = if busy { 1 } else { probes.saturating_add(1) };
            self.state = BreakerState::HalfOpen { probes, successes, last_probe: now };
        }
        Ok(Permit { turn: self.turn })
    }

    /// What became of a call: nothing, or the kind of failure. A kind that does not
    /// [blame the peer](FailureKind::blames_the_peer) counts as an answer.
    pub fn record(
        &mut self,
        rule: &BreakerRule,
        permit: Permit,
        failure: Option<FailureKind>,
        now: Timestamp,
    ) {
        if permit.turn != self.turn {
            return;
        }
        let failed = failure.is_some_and(FailureKind::blames_the_peer);
        match self.state {
            BreakerState::Closed { failures } => {
                let failures = if failed { failures.saturating_add(1) } else { 0 };
                self.state = BreakerState::Closed { failures };
                if failures >= rule.failure_threshold.max(1) {
                    self.open(rule, now);
                }
            }
            BreakerState::HalfOpen { .. } if failed => self.open(rule, now),
            BreakerState::HalfOpen { probes, successes, last_probe } => {
                let (probes, successes) = (probes.saturating_sub(1), successes.saturating_add(1));
                self.state = BreakerState::HalfOpen { probes, successes, last_probe };
                if successes >= rule.success_threshold.max(1) {
                    self.enter(BreakerState::Closed { failures: 0 }, now);
                }
            }
            // No permit is of this turn.
            BreakerState::Open { .. } => {}
        }
    }

    /// A person closes it: the peer is known to be well.
    pub fn reset(&mut self, now: Timestamp) {
        self.enter(BreakerState::Closed { failures: 0 }, now);
    }

    fn open(&mut self, rule: &BreakerRule, now: Timestamp) {
        self.opened = self.opened.saturating_add(1);
        self.enter(BreakerState::Open { until: now.saturating_add(rule.open_for) }, now);
    }

    const fn enter(&mut self, state: BreakerState, now: Timestamp) {
        self.state = state;
        self.turn = self.turn.saturating_add(1);
        self.since = now;
    }
}

fn open(until: Timestamp) -> Failure {
    Failure::new(FailureKind::BreakerOpen, "the circuit breaker is open").not_before(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BreakerRule = BreakerRule {
        failure_threshold: 3,
        success_threshold: 2,
        open_for: Duration::seconds(30),
        probe_budget: 2,
        probe_timeout: Duration::seconds(10),
    };
    const BAD: Option<FailureKind> = Some(FailureKind::Temporary);

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn ask(breaker: &mut Breaker, failure: Option<FailureKind>, seconds: u32) {
        let permit = breaker.admit(&RULE, at(seconds)).expect("admitted");
        breaker.record(&RULE, permit, failure, at(seconds));
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new();
        (0..3).for_each(|_| ask(&mut breaker, BAD, 100));
        breaker
    }

    #[test]
    fn it_opens_after_enough_failures_in_a_row() {
        let mut breaker = Breaker::new();
        for failure in [BAD, BAD, None, BAD, BAD] {
            ask(&mut breaker, failure, 100);
        }
        assert_eq!(breaker.state(), BreakerState::Closed { failures: 2 });
        ask(&mut breaker, BAD, 100);
        assert_eq!(breaker.state(), BreakerState::Open { until: at(130) });
        assert_eq!((breaker.times_opened(), breaker.since()), (1, at(100)));
    }

    #[test]
    fn open_refuses_and_names_the_time() {
        let refusal = opened().admit(&RULE, at(129)).expect_err("open");
        assert_eq!(refusal.kind, FailureKind::BreakerOpen);
        assert_eq!(refusal.not_before, Some(at(130)));
    }

    #[test]
    fn half_open_recovers_after_enough_successes() {
        let mut breaker = opened();
        ask(&mut breaker, None, 130);
        assert_eq!(breaker.state().name(), "half_open");
        ask(&mut breaker, None, 131);
        assert_eq!(breaker.state(), BreakerState::Closed { failures: 0 });
        assert_eq!(breaker.since(), at(131));
    }

    #[test]
    fn one_failed_probe_opens_it_again() {
        let mut breaker = opened();
        ask(&mut breaker, None, 130);
        ask(&mut breaker, BAD, 131);
        assert_eq!(breaker.state(), BreakerState::Open { until: at(161) });
        assert_eq!(breaker.times_opened(), 2);
        assert!(breaker.admit(&RULE, at(160)).is_err());
    }

    #[test]
    fn probes_have_a_budget() {
        let mut breaker = opened();
        let first = breaker.admit(&RULE, at(130)).expect("a probe");
        breaker.admit(&RULE, at(131)).expect("another");
        let refusal = breaker.admit(&RULE, at(132)).expect_err("no third");
        assert_eq!(refusal.not_before, Some(at(141)));
        breaker.record(&RULE, first, None, at(133));
        breaker.admit(&RULE, at(134)).expect("an answered probe makes room");
        assert!(breaker.admit(&RULE, at(135)).is_err());
    }

    #[test]
    fn lost_probes_do_not_block_for_ever() {
        let mut breaker = opened();
        let lost = breaker.admit(&RULE, at(130)).expect("a probe");
        breaker.admit(&RULE, at(130)).expect("another");
        assert!(breaker.admit(&RULE, at(139)).is_err());
        let fresh = breaker.admit(&RULE, at(140)).expect("both are taken for lost");
        breaker.record(&RULE, lost, BAD, at(141));
        assert_eq!(breaker.state().name(), "half_open", "a late answer says nothing");
        breaker.record(&RULE, fresh, None, at(141));
        ask(&mut breaker, None, 142);
        assert_eq!(breaker.state().name(), "closed");
    }

    #[test]
    fn answers_of_another_turn_are_ignored() {
        let mut breaker = Breaker::new();
        let early = breaker.admit(&RULE, at(100)).expect("closed");
        (0..3).for_each(|_| ask(&mut breaker, BAD, 100));
        breaker.record(&RULE, early, None, at(101));
        assert_eq!(breaker.state().name(), "open", "a success from before it opened");
        let probe = breaker.admit(&RULE, at(130)).expect("a probe");
        breaker.record(&RULE, early, BAD, at(131));
        assert_eq!(breaker.state().name(), "half_open", "a failure from before it opened");
        breaker.record(&RULE, probe, BAD, at(131));
        assert_eq!(breaker.state().name(), "open");
    }

    #[test]
    fn a_refusal_of_one_request_is_an_answer() {
        let mut breaker = Breaker::new();
        for failure in [BAD, BAD, Some(FailureKind::Permanent), BAD, BAD] {
            ask(&mut breaker, failure, 100);
        }
        assert_eq!(breaker.state().name(), "closed");
    }

    #[test]
    fn a_clock_that_goes_back_cannot_keep_it_open() {
        let mut breaker = opened();
        assert!(breaker.admit(&RULE, at(10)).is_err());
        assert_eq!(breaker.state(), BreakerState::Open { until: at(40) });
        assert!(breaker.admit(&RULE, at(40)).is_ok());
    }

    #[test]
    fn zero_thresholds_mean_one() {
        let zero =
            BreakerRule { failure_threshold: 0, success_threshold: 0, probe_budget: 0, ..RULE };
        let mut breaker = Breaker::new();
        assert!(breaker.admit(&zero, at(1)).is_ok(), "no failure, not open");
        let permit = breaker.admit(&zero, at(1)).expect("closed");
        breaker.record(&zero, permit, BAD, at(1));
        assert_eq!(breaker.state().name(), "open");
        let probe = breaker.admit(&zero, at(31)).expect("one probe");
        assert!(breaker.admit(&zero, at(31)).is_err());
        breaker.record(&zero, probe, None, at(31));
        assert_eq!(breaker.state().name(), "closed");
    }

    #[test]
    fn a_person_can_close_it() {
        let mut breaker = opened();
        breaker.reset(at(101));
        assert!(breaker.admit(&RULE, at(101)).is_ok());
    }

    #[test]
    fn every_state_comes_back_from_storage() {
        let mut half_open = opened();
        half_open.admit(&RULE, at(130)).expect("a probe");
        for breaker in [Breaker::new(), opened(), half_open] {
            let bytes = minicbor::to_vec(breaker).expect("writing to a vector");
            assert!(bytes.len() <= 64, "{}", bytes.len());
            assert_eq!(minicbor::decode::<Breaker>(&bytes).expect("own bytes"), breaker);
        }
    }
}
