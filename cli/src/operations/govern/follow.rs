//! A proposal, followed until it is over or until somebody must act.

use std::time::{Duration, Instant};

use granary_api::governor::{
    Execution, GetExecutionArgs, ProposalArgs, ProposalDetails, ProposalState, ProposalStatus,
    RunKind,
};

use crate::{
    client::{
        Client,
        governor::{GET_EXECUTION, GET_PROPOSAL, GET_PROPOSAL_STATUS},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
};

/// Between two looks.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The proposal has no steps on canisters.
const NO_STEPS: &str = "governor.execution.not_found";

/// A proposal at one moment.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) details: ProposalDetails,
    pub(crate) status: ProposalStatus,
    /// The steps that matter now: of the execution, or of the rehearsal before it.
    pub(crate) run: Option<Execution>,
}

impl View {
    /// Looks at it once.
    pub(crate) async fn of<C: Client>(governor: &Remote<C>, id: u64) -> Result<Self, Failure> {
        let which = ProposalArgs { proposal: id };
        let details = governor.query(GET_PROPOSAL, &which).await?;
        let status = governor.query(GET_PROPOSAL_STATUS, &which).await?;
        let begun = details.proposal.started_at_ns.is_some();
        let kind = if begun { RunKind::Execution } else { RunKind::Rehearsal };
        let run = steps(governor, id, kind).await?;
        Ok(Self { details, status, run })
    }

    pub(crate) fn state(&self) -> ProposalState {
        self.details.proposal.state
    }

    /// Where it stands, in a line.
    pub(crate) fn headline(&self) -> String {
        let (id, state) = (self.details.proposal.id, self.state());
        let step = self.run.as_ref().filter(|run| run.ended_at_ns.is_none()).and_then(|run| {
            let at = usize::try_from(run.at).unwrap_or(usize::MAX);
            let step = run.steps.get(at)?;
            Some(format!("step {} of {}: {}", at.saturating_add(1), run.steps.len(), step.step))
        });
        let what = step.unwrap_or_else(|| self.status.waits_for.clone());
        format!("proposal {id} {state:?}: {what}")
    }
}

async fn steps<C: Client>(
    governor: &Remote<C>,
    proposal: u64,
    kind: RunKind,
) -> Result<Option<Execution>, Failure> {
    match governor.query(GET_EXECUTION, &GetExecutionArgs { proposal, kind }).await {
        Ok(run) => Ok(Some(run)),
        Err(failure) if failure.code == NO_STEPS => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// How a command ends that waited for the proposal; none while something may still happen to it.
pub(crate) const fn outcome(state: ProposalState) -> Option<Exit> {
    match state {
        ProposalState::Completed => Some(Exit::Ok),
        ProposalState::RolledBack | ProposalState::Cancelled | ProposalState::Expired => {
            Some(Exit::Failed)
        }
        ProposalState::RollbackFailed => Some(Exit::Degraded),
        ProposalState::Rejected | ProposalState::Vetoed | ProposalState::Stale => {
            Some(Exit::Refused)
        }
        ProposalState::Draft
        | ProposalState::Staged
        | ProposalState::Audited
        | ProposalState::Rehearsed
        | ProposalState::Discussion
        | ProposalState::Voting
        | ProposalState::Timelocked
        | ProposalState::Ready
        | ProposalState::Executing
        | ProposalState::Observing
        | ProposalState::RollingBack => None,
    }
}

/// Follows a proposal for at most `patience`; what changes is told to `say`. Answers how the
/// command ends: `Degraded` when it is not over.
pub(crate) async fn follow<C: Client>(
    governor: &Remote<C>,
    id: u64,
    patience: Duration,
    mut say: impl FnMut(&View) -> Result<(), Failure> + Send,
) -> Result<(View, Exit), Failure> {
    let began = Instant::now();
    let mut told: Option<(ProposalState, Option<u32>)> = None;
    loop {
        let view = View::of(governor, id).await?;
        let now = (view.state(), view.run.as_ref().map(|run| run.at));
        if told != Some(now) {
            say(&view)?;
            told = Some(now);
        }
        let late = (began.elapsed() >= patience).then_some(Exit::Degraded);
        if let Some(exit) = outcome(view.state()).or(late) {
            return Ok((view, exit));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use granary_api::Error;
    use granary_errors::Code;

    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        render::proposal::fixtures,
    };

    /// A proposal that is in the next state at each look, and stays in the last.
    fn governor(states: &'static [ProposalState]) -> Remote<FakeClient> {
        const NOT_FOUND: Code = Code::new("governor.execution.not_found");
        let none: Result<Execution, Error> = Err(Error::not_found(NOT_FOUND, "execution", "3"));
        let at = Arc::new(AtomicUsize::new(0));
        Answers::default()
            .raw("get_proposal", move |_| {
                let look = at.fetch_add(1, Ordering::Relaxed).min(states.len() - 1);
                let mut details = fixtures::details();
                details.proposal.state = states[look];
                Ok(candid::encode_one(Ok::<_, Error>(details)).expect("encodes"))
            })
            .result("get_proposal_status", &Ok(fixtures::status()))
            .result("get_execution", &none)
            .grants()
    }

    #[tokio::test]
    async fn it_is_followed_to_its_end_and_each_change_is_told_once() {
        use ProposalState::{Completed, Executing, Observing};
        let governor = governor(&[Executing, Executing, Observing, Completed]);
        let mut told = Vec::new();
        let followed = follow(&governor, 3, Duration::from_mins(1), |view| {
            told.push(view.state());
            Ok(())
        });
        let (view, exit) = followed.await.expect("it ends");
        assert_eq!((view.state(), exit), (Completed, Exit::Ok));
        assert_eq!(told, [Executing, Observing, Completed]);
    }

    #[tokio::test]
    async fn what_does_not_end_is_left_when_patience_is_over() {
        let governor = governor(&[ProposalState::Voting]);
        let (view, exit) =
            follow(&governor, 3, Duration::ZERO, |_| Ok(())).await.expect("it answers");
        assert_eq!((view.state(), exit), (ProposalState::Voting, Exit::Degraded));
        assert_eq!(view.headline(), "proposal 3 Voting: two more approvals");
    }

    #[test]
    fn a_script_learns_how_it_ended() {
        let exits = |state| outcome(state).map(Exit::code);
        assert_eq!(exits(ProposalState::Completed), Some(0));
        assert_eq!(exits(ProposalState::RolledBack), Some(1));
        assert_eq!(exits(ProposalState::RollbackFailed), Some(3));
        assert_eq!(exits(ProposalState::Vetoed), Some(5));
        assert_eq!(exits(ProposalState::RollingBack), None);
    }
}
