//! A proposal from its creation to its end, with members at hand: on a network of this machine,
//! where all keys are.
//!
//! What to do next is read from the proposal alone, so a run that was interrupted is taken up by
//! the next one.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use granary_api::governor::{
    Audit, CreateProposalArgs, Payload, ProposalArgs, ProposalState, Release, Verdict,
};

use super::{
    developers,
    follow::{self, LOOK_EVERY, View},
    staging,
    vote::Seen,
};
use crate::{
    client::{
        Client,
        governor::{
            APPROVE, AUDIT_PROPOSAL, CREATE_PROPOSAL, EXECUTE, GET_AUDIT, REHEARSE_RELEASE,
        },
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    render::Progress,
};

/// Something else changes canisters, or is rehearsed, just now.
const BUSY: &str = "governor.execution.running";

/// The governor, as each of its members sees it. The first proposes and executes.
#[derive(Clone)]
pub(crate) struct Assembly<C> {
    pub(crate) members: Vec<Remote<C>>,
}

impl<C: Client> Assembly<C> {
    /// The development identities that govern a network of this machine.
    pub(crate) fn of(governor: &Remote<C>, seed: u64) -> Result<Self, Failure> {
        let members: Result<_, _> =
            developers(seed).iter().map(|one| governor.acting_as(one)).collect();
        Ok(Self { members: members? })
    }

    /// Has the modules of the release at the governor, and proposes it. Answers the number of the
    /// proposal.
    pub(crate) async fn propose(
        &self,
        release: Release,
        modules: &BTreeMap<String, Vec<u8>>,
        progress: &Progress,
    ) -> Result<u64, Failure> {
        let governor = self.first()?;
        let staged = staging::stage_all(governor, &release, modules, progress).await?;
        let names: Vec<_> = staged.iter().map(|(name, ..)| name.as_str()).collect();
        let description =
            format!("New code for {}, installed as members decide.", names.join(", "));
        let call = CreateProposalArgs {
            title: format!("release {}", release.version),
            description,
            payload: Payload::UpgradeRelease(release),
            idempotency_key: None,
        };
        Ok(governor.update(CREATE_PROPOSAL, &call).await?.id)
    }

    fn first(&self) -> Result<&Remote<C>, Failure> {
        self.members.first().ok_or_else(|| {
            Failure::new(Exit::Usage, "cli.members", "nobody is here to decide anything")
                .next("granary members list")
        })
    }

    /// Brings a proposal to its end: audited, rehearsed, approved by as many as are needed, waited
    /// for, executed, watched. Answers how the command ends; `Degraded` when patience is over.
    pub(crate) async fn carry(
        &self,
        id: u64,
        patience: Duration,
        progress: &Progress,
    ) -> Result<(View, Exit), Failure> {
        let governor = self.first()?;
        let began = Instant::now();
        let mut done = Done::default();
        loop {
            let view = View::of(governor, id).await?;
            progress.say(view.headline());
            let late = (began.elapsed() >= patience).then_some(Exit::Degraded);
            if let Some(exit) = follow::outcome(view.state()).or(late) {
                progress.clear();
                return Ok((view, exit));
            }
            self.push(governor, &view, &mut done).await?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does what the proposal waits for, when it waits for members.
    async fn push(
        &self,
        governor: &Remote<C>,
        view: &View,
        done: &mut Done,
    ) -> Result<(), Failure> {
        let which = ProposalArgs { proposal: view.details.proposal.id };
        match view.state() {
            ProposalState::Staged if !done.audited => {
                governor.update(AUDIT_PROPOSAL, &which).await?;
                must_pass(&governor.query(GET_AUDIT, &which).await?)?;
                done.audited = true;
            }
            ProposalState::Audited if !done.rehearsed => {
                done.rehearsed = started(governor.update(REHEARSE_RELEASE, &which).await)?;
            }
            ProposalState::Voting => {
                must_have_proven_itself(view)?;
                if let Some(member) = self.members.get(done.votes) {
                    self.approve(member, view).await?;
                    done.votes = done.votes.saturating_add(1);
                }
            }
            ProposalState::Ready => {
                started(governor.update(EXECUTE, &which).await)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Approves as one member after the other until no more are needed, whatever the rehearsal
    /// showed.
    pub(crate) async fn approve_all_the_same(&self, id: u64) -> Result<(), Failure> {
        for member in &self.members {
            let view = View::of(member, id).await?;
            if view.state() != ProposalState::Voting {
                break;
            }
            self.approve(member, &view).await?;
        }
        Ok(())
    }

    /// Approves as one member, unless it did already.
    async fn approve(&self, member: &Remote<C>, view: &View) -> Result<(), Failure> {
        let own = member.client.principal();
        if view.details.votes.iter().any(|vote| vote.member == own && vote.counts) {
            return Ok(());
        }
        let seen = Seen::of(member, view.details.proposal.id, None).await?;
        member.update(APPROVE, &seen.vote()).await.map(drop)
    }
}

/// What was done once in this run.
#[derive(Default)]
struct Done {
    audited: bool,
    rehearsed: bool,
    votes: usize,
}

/// Refuses a release that its audit stops.
pub(crate) fn must_pass(audit: &Audit) -> Result<(), Failure> {
    let failed = audit.checks.iter().find(|check| check.verdict == Verdict::Fail);
    let Some(check) = failed.filter(|_| !audit.can_proceed) else { return Ok(()) };
    let message = format!("the audit refuses {}: {}", check.name, check.detail);
    Err(Failure::new(Exit::Refused, "cli.audit", message)
        .next(format!("granary proposal audit {}", audit.proposal)))
}

/// A release whose rehearsal failed is for people to look at: whoever approves it all the same does
/// so by hand.
fn must_have_proven_itself(view: &View) -> Result<(), Failure> {
    if !view.details.proposal.rehearsal_failed {
        return Ok(());
    }
    let id = view.details.proposal.id;
    let steps = view.run.iter().flat_map(|run| &run.steps);
    let why = steps.map(|step| step.error.as_str()).find(|error| !error.is_empty());
    let why = why.unwrap_or("no reason was given");
    let message = format!("the rehearsal of proposal {id} failed: {why}");
    Err(Failure::new(Exit::Failed, "cli.rehearsal", message)
        .next(format!("granary proposal rehearsal {id}")))
}

/// True when it began; false when something else is under way, which is waited for.
fn started<T>(asked: Result<T, Failure>) -> Result<bool, Failure> {
    match asked {
        Ok(_) => Ok(true),
        Err(failure) if failure.code == BUSY => Ok(false),
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use granary_api::{
        Error,
        common::Receipt,
        governor::{AuditCheck, Execution, Rendering},
    };
    use granary_errors::Code;

    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        identity::Caller,
        render::proposal::fixtures,
    };

    const NOT_FOUND: Code = Code::new("governor.execution.not_found");

    fn audit(passes: bool) -> Audit {
        let verdict = if passes { Verdict::Pass } else { Verdict::Fail };
        let name = "registry.schema".to_owned();
        let detail = "the state has schema 2 and not 1".to_owned();
        Audit {
            proposal: 3,
            at_ns: 1,
            by: candid::Principal::anonymous(),
            checks: vec![AuditCheck { name, verdict, detail }],
            can_proceed: passes,
        }
    }

    /// A governor whose proposal goes on as it is pushed: two approvals are enough.
    fn assembly(passes: bool) -> Assembly<FakeClient> {
        let state = Arc::new(Mutex::new((ProposalState::Staged, 0_u32)));
        let receipt = candid::encode_one(Ok::<_, Error>(Receipt { id: 3, event: 1, at_ns: 1 }));
        let receipt = receipt.expect("encodes");
        let moves = |to: fn((ProposalState, u32)) -> (ProposalState, u32)| {
            let (state, receipt) = (state.clone(), receipt.clone());
            move |_: &[u8]| {
                let mut now = state.lock().expect("nobody panicked");
                *now = to(*now);
                Ok(receipt.clone())
            }
        };
        let none: Result<Execution, Error> = Err(Error::not_found(NOT_FOUND, "execution", "3"));
        let shown = state.clone();
        let rendering = Rendering {
            proposal: 3,
            digest: vec![7; 32].into(),
            summary: "replaces code".to_owned(),
            lines: vec![],
        };
        let answers = Answers::default()
            .raw("get_proposal", move |_| {
                let mut details = fixtures::details();
                details.proposal.state = shown.lock().expect("nobody panicked").0;
                Ok(candid::encode_one(Ok::<_, Error>(details)).expect("encodes"))
            })
            .result("get_proposal_status", &Ok(fixtures::status()))
            .result("get_execution", &none)
            .result("render_proposal", &Ok(rendering))
            .result("get_audit", &Ok(audit(passes)))
            .raw("audit_proposal", moves(|(_, votes)| (ProposalState::Audited, votes)))
            .raw("rehearse_release", moves(|(_, votes)| (ProposalState::Voting, votes)))
            .raw(
                "approve",
                moves(|(state, votes)| match votes {
                    0 => (state, 1),
                    _ => (ProposalState::Ready, 2),
                }),
            )
            .raw("execute", moves(|(_, votes)| (ProposalState::Completed, votes)));
        let governor = answers.grants();
        let member = |name: &str| governor.acting_as(&Caller::development(0, name)).expect("a key");
        Assembly { members: vec![member("member-1"), member("member-2"), member("member-3")] }
    }

    #[tokio::test]
    async fn members_push_a_proposal_to_its_end() {
        let assembly = assembly(true);
        let carried = assembly.carry(3, Duration::from_mins(1), &Progress::hidden()).await;
        let (view, exit) = carried.expect("it ends");
        assert_eq!((view.state(), exit), (ProposalState::Completed, Exit::Ok));
        let is_change = |method: &&str| !method.starts_with("get_") && *method != "render_proposal";
        let sent = assembly.members[0].client.sent();
        let methods: Vec<_> = sent.iter().map(|(method, _)| *method).filter(is_change).collect();
        assert_eq!(
            methods,
            ["audit_proposal", "rehearse_release", "approve", "approve", "execute"]
        );
        let approvers: Vec<_> =
            sent.iter().filter(|(method, _)| *method == "approve").map(|(_, who)| *who).collect();
        assert_ne!(approvers[0], approvers[1], "nobody approves twice");
    }

    #[tokio::test]
    async fn a_release_its_audit_stops_is_not_rehearsed() {
        let assembly = assembly(false);
        let carried = assembly.carry(3, Duration::from_mins(1), &Progress::hidden()).await;
        let failure = carried.expect_err("the audit refuses");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Refused, "cli.audit"));
        assert!(failure.message.contains("registry.schema"), "{failure}");
        let sent = assembly.members[0].client.sent();
        assert!(sent.iter().all(|(method, _)| *method != "rehearse_release"));
    }

    #[test]
    fn a_release_whose_rehearsal_failed_is_left_to_people() {
        let mut view = View { details: fixtures::details(), status: fixtures::status(), run: None };
        assert_eq!(must_have_proven_itself(&view), Ok(()));
        view.details.proposal.rehearsal_failed = true;
        let failure = must_have_proven_itself(&view).expect_err("it failed");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Failed, "cli.rehearsal"));
        assert_eq!(failure.next, "granary proposal rehearsal 3");
    }

    #[tokio::test]
    async fn nobody_decides_nothing() {
        let nobody: Assembly<FakeClient> = Assembly { members: vec![] };
        let carried = nobody.carry(3, Duration::ZERO, &Progress::hidden()).await;
        assert_eq!(carried.expect_err("no members").code, "cli.members");
    }
}
