//! What kind of failure something is: that alone decides whether it may be tried again.

use core::fmt;

use granary_errors::{Error, Outcome};
use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

/// The kinds of failure. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum FailureKind {
    /// Nothing happened and trying again may help.
    #[n(0)]
    Temporary,
    /// Nothing happened and trying again will not help.
    #[n(1)]
    Permanent,
    /// No answer in time from something that changes nothing: asking again is harmless.
    #[n(2)]
    Timeout,
    /// Not even asked: the breaker is open.
    #[n(3)]
    BreakerOpen,
    /// Refused because there were too many.
    #[n(4)]
    RateLimited,
    /// It may have happened. Find out; never repeat.
    #[n(5)]
    OutcomeUnknown,
}

impl FailureKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Temporary,
        Self::Permanent,
        Self::Timeout,
        Self::BreakerOpen,
        Self::RateLimited,
        Self::OutcomeUnknown,
    ];

    /// Its name in logs, health reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Temporary => "temporary",
            Self::Permanent => "permanent",
            Self::Timeout => "timeout",
            Self::BreakerOpen => "breaker_open",
            Self::RateLimited => "rate_limited",
            Self::OutcomeUnknown => "outcome_unknown",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::Temporary | Self::Timeout | Self::BreakerOpen | Self::RateLimited => {
                Remedy::TryAgain
            }
            Self::Permanent => Remedy::GiveUp,
            Self::OutcomeUnknown => Remedy::Reconcile,
        }
    }

    /// Whether it says something about the health of who was asked. A refusal of one request does
    /// not, and neither does a limit or a breaker of our own.
    pub const fn blames_the_peer(self) -> bool {
        matches!(self, Self::Temporary | Self::Timeout | Self::OutcomeUnknown)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Try again later.
    TryAgain,
    /// Tell whoever asked.
    GiveUp,
    /// Find out what happened before anything else.
    Reconcile,
}

/// A failure of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// Why, for people.
    pub reason: String,
    /// Not before this time, when the other side (or the breaker, or the limiter) named one.
    pub not_before: Option<Timestamp>,
}

impl Failure {
    /// A failure of `kind` because of `reason`.
    pub fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), not_before: None }
    }

    /// The same, to be tried again at `at` or later.
    pub fn not_before(self, at: Timestamp) -> Self {
        Self { not_before: Some(at), ..self }
    }

    /// What an error of another canister of the suite means for whoever asked with `effect`.
    ///
    /// The reply was read, so the call was made and refused; only [`Outcome::Unknown`] leaves open
    /// whether something happened behind it.
    pub fn from_error(error: &Error, effect: Effect, now: Timestamp) -> Self {
        let fault = error.fault();
        let reason = format!("{}: {}", fault.code, fault.message);
        match error {
            Error::InvalidInput { .. }
            | Error::Unauthorized { .. }
            | Error::InsufficientFunds { .. }
            | Error::NotFound { .. } => Self::new(FailureKind::Permanent, reason),
            // A state passes: draining, read-only, migrating.
            Error::StateError { .. } => Self::new(FailureKind::Temporary, reason),
            Error::SystemError { outcome, retry_after_ns, .. } => {
                let limited = fault.code == granary_errors::common::RATE_LIMITED.as_str();
                let kind = match (outcome, effect) {
                    (Outcome::NotApplied, _) if limited => FailureKind::RateLimited,
                    (Outcome::NotApplied, _) => FailureKind::Temporary,
                    (Outcome::Unknown, Effect::Read) => FailureKind::Timeout,
                    (Outcome::Unknown, Effect::Write) => FailureKind::OutcomeUnknown,
                };
                let wait = retry_after_ns.map(Duration::from_nanos);
                let not_before = wait.map(|wait| now.saturating_add(wait));
                Self { kind, reason, not_before }
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

impl std::error::Error for Failure {}

/// Whether what was asked changes something on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing, or the other side knows a repetition when it sees one.
    Read,
    /// It changes something each time.
    Write,
}

/// What became of a call that brought no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The call could not be made at all.
    NotSent,
    /// The network or the other side rejected it with this code.
    Rejected(u32),
    /// A reply came and could not be read.
    Unreadable,
}

impl Unanswered {
    /// The kind of failure this is for a call with `effect`.
    ///
    /// | what | a read | a write |
    /// |---|---|---|
    /// | not sent | temporary | temporary |
    /// | 1 system, for good | permanent | permanent |
    /// | 2 system, for now | temporary | temporary |
    /// | 3 no such canister or method | permanent | permanent |
    /// | 4 the canister rejects | permanent | outcome unknown |
    /// | 5 the canister traps | temporary | outcome unknown |
    /// | 6 and any newer code | timeout | outcome unknown |
    /// | unreadable reply | permanent | outcome unknown |
    ///
    /// Codes 4 and 5 may come after the callee awaited something and kept what it did before.
    pub const fn kind(self, effect: Effect) -> FailureKind {
        match (self, effect) {
            (Self::NotSent | Self::Rejected(2), _) | (Self::Rejected(5), Effect::Read) => {
                FailureKind::Temporary
            }
            (Self::Rejected(1 | 3), _) | (Self::Rejected(4) | Self::Unreadable, Effect::Read) => {
                FailureKind::Permanent
            }
            (Self::Rejected(_), Effect::Read) => FailureKind::Timeout,
            (Self::Rejected(_) | Self::Unreadable, Effect::Write) => FailureKind::OutcomeUnknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use granary_errors::common;

    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(1_000);

    #[test]
    fn only_what_certainly_did_not_happen_is_tried_again() {
        let may_repeat: Vec<&str> = FailureKind::ALL
            .into_iter()
            .filter(|kind| kind.remedy() == Remedy::TryAgain)
            .map(FailureKind::name)
            .collect();
        assert_eq!(may_repeat, ["temporary", "timeout", "breaker_open", "rate_limited"]);
        assert_eq!(FailureKind::OutcomeUnknown.remedy(), Remedy::Reconcile);
        assert_eq!(FailureKind::Permanent.remedy(), Remedy::GiveUp);
    }

    #[test]
    fn every_reject_code_has_a_row() {
        use FailureKind::{OutcomeUnknown, Permanent, Temporary, Timeout};
        let rows = [
            (Unanswered::NotSent, Temporary, Temporary),
            (Unanswered::Rejected(1), Permanent, Permanent),
            (Unanswered::Rejected(2), Temporary, Temporary),
            (Unanswered::Rejected(3), Permanent, Permanent),
            (Unanswered::Rejected(4), Permanent, OutcomeUnknown),
            (Unanswered::Rejected(5), Temporary, OutcomeUnknown),
            (Unanswered::Rejected(6), Timeout, OutcomeUnknown),
            (Unanswered::Rejected(0), Timeout, OutcomeUnknown),
            (Unanswered::Rejected(u32::MAX), Timeout, OutcomeUnknown),
            (Unanswered::Unreadable, Permanent, OutcomeUnknown),
        ];
        for (what, read, write) in rows {
            assert_eq!(what.kind(Effect::Read), read, "{what:?}");
            assert_eq!(what.kind(Effect::Write), write, "{what:?}");
        }
    }

    #[test]
    fn the_six_wire_categories_have_a_kind() {
        let code = common::CALL_REJECTED;
        let of = |error: &Error| Failure::from_error(error, Effect::Write, NOW).kind;
        assert_eq!(of(&Error::invalid_input(code, "a", "m")), FailureKind::Permanent);
        assert_eq!(of(&Error::unauthorized(code, "a", "m")), FailureKind::Permanent);
        assert_eq!(of(&Error::not_found(code, "a", "1")), FailureKind::Permanent);
        let funds = Error::insufficient_funds(code, 2, 1, "e8s", "m");
        assert_eq!(of(&funds), FailureKind::Permanent);
        assert_eq!(of(&Error::state_error(code, "a", &["b"], "m")), FailureKind::Temporary);
        assert_eq!(of(&Error::not_applied(code, None, "m")), FailureKind::Temporary);
        let unknown = Error::unknown_outcome(common::CALL_UNKNOWN, "m");
        assert_eq!(of(&unknown), FailureKind::OutcomeUnknown);
        let read = Failure::from_error(&unknown, Effect::Read, NOW);
        assert_eq!(read.kind, FailureKind::Timeout);
    }

    #[test]
    fn the_wait_another_canister_names_is_kept() {
        let limited = Error::not_applied(common::RATE_LIMITED, Some(500), "slow down");
        let failure = Failure::from_error(&limited, Effect::Write, NOW);
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert_eq!(failure.not_before, Some(Timestamp::from_nanos(1_500)));
        assert_eq!(failure.to_string(), "rate_limited: common.rate_limited: slow down");
    }

    #[test]
    fn a_refusal_says_nothing_about_health() {
        assert!(!FailureKind::Permanent.blames_the_peer());
        assert!(!FailureKind::BreakerOpen.blames_the_peer());
        assert!(!FailureKind::RateLimited.blames_the_peer());
        assert!(FailureKind::Timeout.blames_the_peer());
    }
}
