//! Whether the execution of a request may begin.

use crate::errors::{RecoveryError, StateFault};
use crate::records::{Config, EventKind, Operation, Outlook, Request, Run, State, Step};
use crate::rules::{Change, operation, standing};
use crate::types::{RequestId, StateKind, Timestamp};

/// What an execution begins in.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The committee, the governor, the delays.
    pub config: &'a Config,
    /// What was seen of the governor.
    pub outlook: &'a Outlook,
    /// Restores of this canister.
    pub restore_epoch: u64,
    /// The request being executed.
    pub running: Option<RequestId>,
    /// When this canister got its code, unless that is its first.
    pub upgraded_at: Option<Timestamp>,
}

/// Everything is looked at again, whatever was true when the request became ready.
pub fn execute_request(
    around: Around<'_>,
    id: RequestId,
    request: Request,
    now: Timestamp,
) -> Result<Change, RecoveryError> {
    let Around { config, outlook, restore_epoch, running, upgraded_at } = around;
    standing::need(id, &request, &[StateKind::Ready])?;
    let State::Ready { since } = request.state else { return Err(StateFault::Stale.into()) };
    let is_same = operation::digest(&config.target, &request.operation) == request.digest;
    let has_quorum = standing::counted(&request, &config.committee) >= config.committee.quorum;
    let in_time = now < request.expires_at;
    if !(is_same && has_quorum && in_time) || request.restore_epoch != restore_epoch {
        return Err(StateFault::Stale.into());
    }
    let eta = standing::eta(since, outlook, &config.delays, now);
    if now < eta {
        return Err(StateFault::TooEarly { until: eta }.into());
    }
    if let Some(other) = running {
        return Err(StateFault::Running { id: other.wire() }.into());
    }
    let until = upgraded_at.map(|at| at.saturating_add(config.delays.apart));
    if let (Operation::Install { .. }, Some(until)) = (&request.operation, until)
        && now < until
    {
        return Err(StateFault::Apart { until }.into());
    }
    let first = request.operation.steps().first().copied().unwrap_or(Step::Start);
    let mut change = Change::new(id, request);
    change.request.state = State::Executing(Run::new(first, now));
    let digest = change.request.digest;
    change.events.push(change.event(EventKind::ExecutionStarted).digest(digest));
    Ok(change)
}

#[cfg(test)]
mod tests {
    use granary_kernel::{Base, Phase, Profile};

    use super::*;
    use crate::records::Delays;
    use crate::rules::fixtures::{at, committee, governor, install, number, person, request};

    const HOUR: u64 = 3_600_000_000_000;
    const DAY: u64 = 24 * HOUR;

    fn config() -> Config {
        let base = Base::new(Profile::Production, Phase::Running);
        Config { base, target: governor(), committee: committee(), delays: Delays::DEFAULT }
    }

    fn ready(operation: Operation) -> Request {
        let state = State::Ready { since: at(0) };
        Request { expires_at: at(7 * DAY), ..request(operation, &[1, 2], state) }
    }

    fn refusal(config: &Config, request: Request, now: u64) -> Option<RecoveryError> {
        let outlook = Outlook::default();
        let around = Around {
            config,
            outlook: &outlook,
            restore_epoch: 0,
            running: None,
            upgraded_at: None,
        };
        execute_request(around, number(1), request, at(now)).err()
    }

    #[test]
    fn y2_a_quorum_is_counted_again_when_it_is_used() {
        let mut config = config();
        assert_eq!(refusal(&config, ready(Operation::Start), DAY), None);
        config.committee.members = vec![person(1), person(4), person(5)];
        let stale = Some(StateFault::Stale.into());
        assert_eq!(refusal(&config, ready(Operation::Start), DAY), stale);
        config.committee.members.push(person(2));
        assert_eq!(refusal(&config, ready(Operation::Start), DAY), None);
    }

    #[test]
    fn y1_a_request_for_another_governor_is_not_executed() {
        let config = Config { target: person(91), ..config() };
        let stale = Some(StateFault::Stale.into());
        assert_eq!(refusal(&config, ready(Operation::Start), DAY), stale);
    }

    #[test]
    fn the_delay_and_the_end_are_kept() {
        let config = config();
        let early = StateFault::TooEarly { until: at(DAY) };
        assert_eq!(refusal(&config, ready(Operation::Start), DAY - 1), Some(early.into()));
        assert_eq!(refusal(&config, ready(Operation::Start), 7 * DAY - 1), None);
        let stale = Some(StateFault::Stale.into());
        assert_eq!(refusal(&config, ready(Operation::Start), 7 * DAY), stale);
        let restored = Request { restore_epoch: 1, ..ready(Operation::Start) };
        assert_eq!(refusal(&config, restored, DAY), stale);
    }

    #[test]
    fn y4_nothing_is_installed_by_code_that_is_new_itself() {
        let (config, outlook) = (config(), Outlook::default());
        let upgraded_at = Some(at(2 * DAY));
        let around = Around {
            config: &config,
            outlook: &outlook,
            restore_epoch: 0,
            running: None,
            upgraded_at,
        };
        let begins = |operation, now| {
            execute_request(around, number(1), ready(operation), at(now)).map(|_| ())
        };
        let apart = StateFault::Apart { until: at(3 * DAY) };
        assert_eq!(begins(install(1), 3 * DAY - 1), Err(apart.into()));
        assert_eq!(begins(install(1), 3 * DAY), Ok(()));
        assert_eq!(begins(Operation::Start, 2 * DAY), Ok(()), "that is no upgrade");
    }

    #[test]
    fn one_execution_at_a_time() {
        let (config, outlook) = (config(), Outlook::default());
        let running = Some(number(2));
        let around = Around {
            config: &config,
            outlook: &outlook,
            restore_epoch: 0,
            running,
            upgraded_at: None,
        };
        let found = execute_request(around, number(1), ready(Operation::Start), at(DAY));
        assert_eq!(found.err(), Some(StateFault::Running { id: 2 }.into()));
    }
}
