//! Who acts in a release, and each step as one call that may be repeated.
//!
//! A step that got no answer is not a step that failed: what the network shows afterwards decides.

use std::time::Duration;

use candid::Principal;
use granary_api::common::{DrainState, Health, HealthStatus, PrepareUpgradeArgs, ResumeArgs};
use ic_management_canister_types::CanisterStatusType;

use super::{
    journal::{Event, Journal, Track},
    plan::Target,
    trigger::Trigger,
};
use crate::{
    client::{
        Client,
        common::{GET_DRAIN_STATUS, HEALTH_CHECK, PREPARE_UPGRADE, RESUME, RESUME_JOBS},
        management,
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    operations::{
        connections::{self, Connection},
        deploy, digest, validate,
    },
    render::Progress,
    suite::SUITE,
};

/// How long a canister may take to finish what it has.
const DRAIN: Duration = Duration::from_mins(10);
/// How often a canister may call itself critical, or another unreached, before it is believed.
const SETTLE_TRIES: u32 = 20;
/// Between two looks at something that takes a while.
const PAUSE: Duration = Duration::from_millis(500);

/// The identities that act.
#[derive(Clone)]
pub(crate) struct Crew<C> {
    /// Controls the canisters.
    pub(crate) controller: C,
    /// Governs them: drains and resumes.
    pub(crate) governor: C,
    /// May validate.
    pub(crate) auditor: C,
    /// May read the whole state.
    pub(crate) backup: C,
}

/// Why a release does not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It goes back.
    Back(Trigger, String),
    /// It stands where it is until somebody goes on with it.
    Pause(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Pause(failure)
    }
}

/// A failed step goes back, unless nobody answered.
pub(crate) fn back(trigger: Trigger) -> impl Fn(Failure) -> Stop {
    move |failure| match failure.exit {
        Exit::Unreachable => Stop::Pause(failure),
        _ => Stop::Back(trigger, failure.message),
    }
}

/// Milliseconds of this machine's clock.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The targets in the order in which connections are tried: what a canister says of itself is what
/// its callers hear, and it may still remember a peer as stopped that was asked amid the release.
fn behind_those_they_call(targets: &[Target]) -> impl Iterator<Item = &Target> {
    SUITE.iter().filter_map(|member| targets.iter().find(|target| target.name == member.name))
}

fn snapshot_id(text: &str) -> Result<Vec<u8>, Failure> {
    hex::decode(text).map_err(|error| {
        let message = format!("the journal names the snapshot `{text}` ({error})");
        Failure::new(Exit::Degraded, "cli.release_spoilt", message)
    })
}

impl<C: Client> Crew<C> {
    fn governed(&self, canister: Principal) -> Remote<C> {
        Remote { client: self.governor.clone(), canister }
    }

    /// Asks the canister to take no new work, and waits until it has finished what it had.
    pub(crate) async fn drain(
        &self,
        target: &Target,
        compare: bool,
        journal: &mut Journal,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let canister = target.id()?;
        let remote = self.governed(canister);
        let name = || target.name.clone();
        // A process that was killed may have left it stopped; the drain it was in goes on.
        self.start(target).await?;
        // A new epoch each time: after a pause the drain may have ended by its deadline.
        let epoch = now_ms();
        journal.note(Event::Draining { canister: name(), at_ms: epoch, epoch })?;
        self.quiet(target, epoch, progress).await?;
        let track = journal.track(&target.name);
        let (events, _) = validate::head(&remote).await?;
        if track.installing {
            // The installation and this drain are an event each. With more the canister took work
            // in between, its earlier drain being over; or another attempt drained it as well,
            // which is taken for the same.
            if !journal.plan.back && events > track.events.saturating_add(2) {
                journal.note(Event::Worked { canister: name() })?;
            }
            // The state of before is known, and this is no longer it.
            return Ok(());
        }
        let state_sha256 = if compare { Some(self.digest(target, progress).await?) } else { None };
        journal.note(Event::Drained { canister: name(), state_sha256, events })
    }

    /// Begins the drain `epoch` and waits until the canister has finished what it had.
    pub(crate) async fn quiet(
        &self,
        target: &Target,
        epoch: u64,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let remote = self.governed(target.id()?);
        let limit = u64::try_from(DRAIN.as_nanos()).unwrap_or(u64::MAX);
        let deadline_ns = epoch.saturating_mul(1_000_000).saturating_add(limit);
        remote.update(PREPARE_UPGRADE, &PrepareUpgradeArgs { epoch, deadline_ns }).await?;
        loop {
            let status = remote.ask(GET_DRAIN_STATUS).await?;
            progress.say(format_args!(
                "draining {}: {} jobs, {} calls",
                target.name, status.jobs_running, status.calls_outstanding
            ));
            match status.state {
                DrainState::Drained => return Ok(()),
                DrainState::Draining => tokio::time::sleep(PAUSE).await,
                DrainState::Running => {
                    let message = format!("{} did not finish its work in time", target.name);
                    return Err(Failure::new(Exit::Failed, "cli.drain", message));
                }
            }
        }
    }

    async fn digest(&self, target: &Target, progress: &Progress) -> Result<String, Failure> {
        progress.say(format_args!("hashing the state of {}", target.name));
        let remote = Remote { client: self.backup.clone(), canister: target.id()? };
        Ok(digest::digest(&remote, target.member()?).await?.sha256)
    }

    /// Stops the canister; one that is stopped stays so.
    pub(crate) async fn stop(&self, target: &Target) -> Result<(), Failure> {
        let canister = target.id()?;
        let answer = management::stop(&self.controller, canister).await;
        let status = management::status(&self.controller, canister).await?.status;
        match (answer, status) {
            (_, CanisterStatusType::Stopped) => Ok(()),
            (Err(failure), _) => Err(failure),
            (Ok(()), _) => {
                let message = format!("{} did not stop", target.name);
                Err(Failure::new(Exit::Failed, "cli.stop", message))
            }
        }
    }

    /// Starts the canister; one that runs goes on.
    pub(crate) async fn start(&self, target: &Target) -> Result<(), Failure> {
        management::start(&self.controller, target.id()?).await
    }

    /// Takes the way back of a stopped canister.
    pub(crate) async fn snapshot(
        &self,
        target: &Target,
        journal: &mut Journal,
    ) -> Result<(), Failure> {
        // Once the new code was asked for, the state of now is no way back.
        let track = journal.track(&target.name);
        if track.installing {
            return Ok(());
        }
        let void = track.void.as_deref().map(snapshot_id).transpose()?;
        let taken = management::take_snapshot(&self.controller, target.id()?, void).await?;
        let snapshot = hex::encode(taken.id);
        journal.note(Event::Snapshot { canister: target.name.clone(), snapshot })
    }

    /// The snapshots there are, by their ids.
    pub(crate) async fn snapshot_ids(&self, canister: Principal) -> Result<Vec<String>, Failure> {
        let snapshots = management::snapshots(&self.controller, canister).await?;
        Ok(snapshots.iter().map(|snapshot| hex::encode(&snapshot.id)).collect())
    }

    /// Installs the new code; what the network says runs decides whether it did.
    pub(crate) async fn install(&self, target: &Target, module: &[u8]) -> Result<(), Failure> {
        if self.runs(target).await? == target.to_hash {
            return Ok(());
        }
        let arg = deploy::upgrade_arg(&target.name, None)?;
        let answer = deploy::upgrade(&self.controller, target.id()?, module, arg).await;
        let runs = self.runs(target).await?;
        match answer {
            _ if runs == target.to_hash => Ok(()),
            Err(failure) => Err(failure),
            Ok(_) => {
                let message = format!("{} runs {runs} and not {}", target.name, target.to_hash);
                Err(Failure::new(Exit::Failed, "cli.module_hash", message))
            }
        }
    }

    /// SHA-256 of the code that runs, as the network certifies it.
    pub(crate) async fn runs(&self, target: &Target) -> Result<String, Failure> {
        let hash = self.controller.module_hash(target.id()?).await?;
        Ok(hash.map(hex::encode).unwrap_or_default())
    }

    /// The canister says that it is well, and its state is the one it was. Gives the state's
    /// digest, where the states are compared and nothing has changed it since.
    pub(crate) async fn prove(
        &self,
        target: &Target,
        journal: &Journal,
        progress: &Progress,
    ) -> Result<Option<String>, Stop> {
        self.healthy(target, progress).await?;
        let auditor = Remote { client: self.auditor.clone(), canister: target.id()? };
        let inconsistent = back(Trigger::DataInconsistent);
        let found = validate::validate(&auditor, progress).await.map_err(&inconsistent)?;
        if !found.ok {
            let first =
                found.violations.first().map(|one| format!("{}: {}", one.rule, one.message));
            let why = first.or(found.journal.problem).unwrap_or_default();
            let message = format!("{}: {why}", target.name);
            return Err(Stop::Back(Trigger::DataInconsistent, message));
        }
        let track = journal.track(&target.name);
        let Some(before) = track.state_sha256 else { return Ok(None) };
        let governed = self.governed(target.id()?);
        let (events, _) = validate::head(&governed).await.map_err(&inconsistent)?;
        // An installation is one event. With more the canister has worked, and is another.
        if events > track.events.saturating_add(1) {
            return Ok(None);
        }
        let after = self.digest(target, progress).await.map_err(&inconsistent)?;
        let schema = target.reads.is_none_or(|(_, current)| current == target.schema);
        if after == before || !schema {
            return Ok(Some(after));
        }
        let message = format!("{} had the state {before} and now has {after}", target.name);
        Err(Stop::Back(Trigger::DataInconsistent, message))
    }

    pub(crate) async fn healthy(&self, target: &Target, progress: &Progress) -> Result<(), Stop> {
        progress.say(format_args!("asking {} how it is", target.name));
        let ill = back(Trigger::HealthCheckFailed);
        let health = self.settled(&target.name, target.id()?).await.map_err(ill)?;
        if health.status == HealthStatus::Critical {
            let message = format!("{}: {}", target.name, health.reasons.join(", "));
            return Err(Stop::Back(Trigger::HealthCheckFailed, message));
        }
        Ok(())
    }

    /// How the canister `name` is, once it is not critical or was so for a while. It may only
    /// remember a peer as it was amid a release, so it is made to ask again.
    pub(super) async fn settled(&self, name: &str, canister: Principal) -> Result<Health, Failure> {
        let remote = self.governed(canister);
        let mut health = remote.ask(HEALTH_CHECK).await?;
        for _ in 1..SETTLE_TRIES {
            if health.status != HealthStatus::Critical {
                break;
            }
            // Whether it reaches them shows in its health.
            let _ = connections::test(name, &remote).await;
            tokio::time::sleep(PAUSE).await;
            health = remote.ask(HEALTH_CHECK).await?;
        }
        Ok(health)
    }

    /// Lets canisters ask those they work with again. Whoever asked one while it was stopped calls
    /// itself critical until it asks the next time, which may take minutes. What comes of it shows
    /// in their health.
    pub(crate) async fn reacquaint(&self, targets: &[Target], progress: &Progress) {
        for target in behind_those_they_call(targets) {
            progress.say(format_args!("trying the connections of {}", target.name));
            let _ = self.unreached(target).await;
        }
    }

    /// The canisters reach those they work with. The error says which one does not.
    pub(crate) async fn connected(
        &self,
        targets: &[Target],
        progress: &Progress,
    ) -> Result<(), (String, Stop)> {
        for target in behind_those_they_call(targets) {
            progress.say(format_args!("trying the connections of {}", target.name));
            self.reaches(target).await.map_err(|stop| (target.name.clone(), stop))?;
        }
        Ok(())
    }

    /// The canister reaches those it works with, or did not for a while.
    async fn reaches(&self, target: &Target) -> Result<(), Stop> {
        let mut broken = self.unreached(target).await?;
        for _ in 1..SETTLE_TRIES {
            if broken.is_none() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            broken = self.unreached(target).await?;
        }
        let Some(broken) = broken else { return Ok(()) };
        let message = format!("{} does not reach {}: {}", broken.from, broken.to, broken.reason);
        Err(Stop::Back(Trigger::ConnectionFailed, message))
    }

    /// The first canister that it works with and does not reach, or that calls itself critical,
    /// as one does that asked its own peers while they were being replaced.
    async fn unreached(&self, target: &Target) -> Result<Option<Connection>, Stop> {
        let remote = self.governed(target.id()?);
        let tried = connections::test(&target.name, &remote).await;
        let tried = tried.map_err(back(Trigger::ConnectionFailed))?;
        Ok(tried.into_iter().find(|tried| !tried.reached))
    }

    /// Refuses when the canister took work after its drain had ended by its deadline. One that does
    /// not answer took none.
    pub(crate) async fn took_no_work(&self, target: &Target, track: &Track) -> Result<(), Failure> {
        if !track.worked && !self.works(target, track).await? {
            return Ok(());
        }
        let message = format!(
            "{} took work after its drain had ended, and going back would lose it",
            target.name
        );
        Err(Failure::new(Exit::Degraded, "cli.release_loss", message))
    }

    async fn works(&self, target: &Target, track: &Track) -> Result<bool, Failure> {
        let remote = self.governed(target.id()?);
        let Ok(status) = remote.ask(GET_DRAIN_STATUS).await else { return Ok(false) };
        if status.state != DrainState::Running {
            return Ok(false);
        }
        let head = validate::head(&remote).await;
        Ok(head.is_ok_and(|(events, _)| events > track.events.saturating_add(1)))
    }

    /// Loads the way back into a stopped canister and starts it.
    pub(crate) async fn restore(&self, target: &Target, snapshot: &str) -> Result<(), Failure> {
        let canister = target.id()?;
        let id = snapshot_id(snapshot)?;
        let loaded = match self.stop(target).await {
            Ok(()) => management::load_snapshot(&self.controller, canister, id).await,
            Err(failure) => Err(failure),
        };
        // Whatever came of it, it is never left stopped.
        self.start(target).await?;
        loaded
    }

    /// Lets the canister take work again. It knows best which drain it is in: the newest one may
    /// never have reached it, and a restored state is in the one of its snapshot.
    pub(crate) async fn resume(&self, target: &Target, restored: bool) -> Result<(), Failure> {
        let remote = self.governed(target.id()?);
        let status = remote.ask(GET_DRAIN_STATUS).await?;
        let running = status.state == DrainState::Running;
        if running && !restored {
            // The drain ended by its deadline, or by a call whose answer was lost.
            return remote.update(RESUME_JOBS, &()).await.map(drop);
        }
        let epoch = if running { now_ms() } else { status.epoch };
        match remote.update(RESUME, &ResumeArgs { epoch, restored }).await {
            // It ended just now.
            Err(failure) if failure.code == "common.lifecycle.not_draining" => {}
            answer => drop(answer?),
        }
        remote.update(RESUME_JOBS, &()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use granary_api::{
        Error,
        common::{Dependency, HealthStatus},
    };

    use super::{super::plan::ORDER, *};
    use crate::{
        client::fake::{Answers, FakeClient},
        suite::Member,
    };

    fn dependency(status: HealthStatus) -> Dependency {
        Dependency {
            name: "other".to_owned(),
            canister: None,
            status,
            reason: "so it says".to_owned(),
            version: None,
            latency_ns: 0,
            checked_at_ns: 0,
        }
    }

    fn crew(client: &FakeClient) -> Crew<FakeClient> {
        Crew {
            controller: client.clone(),
            governor: client.clone(),
            auditor: client.clone(),
            backup: client.clone(),
        }
    }

    /// In the order of a release, in which execution stands before the guard it calls.
    fn targets(canister: Principal) -> Vec<Target> {
        let target = |member: &&Member| Target {
            name: member.name.to_owned(),
            canister: canister.to_text(),
            ..Target::default()
        };
        ORDER.iter().map(target).collect()
    }

    #[tokio::test]
    async fn whoever_is_called_asks_again_before_its_callers() {
        let answer: Result<_, Error> = Ok(dependency(HealthStatus::Healthy));
        let remote = Answers::default()
            .result("test_portfolio_connection", &answer)
            .result("test_risk_guard_connection", &answer)
            .result("test_execution_connection", &answer)
            .grants();
        let (crew, targets) = (crew(&remote.client), targets(remote.canister));
        let (books, guard) = ("test_portfolio_connection", "test_risk_guard_connection");
        let order = [books, books, guard, "test_execution_connection"];
        crew.reacquaint(&targets, &Progress::hidden()).await;
        assert!(crew.connected(&targets, &Progress::hidden()).await.is_ok());
        let sent: Vec<_> = remote.client.sent().into_iter().map(|(method, _)| method).collect();
        assert_eq!(sent, [order, order].concat());
    }

    #[tokio::test]
    async fn a_canister_that_is_not_reached_for_a_moment_is_asked_again() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let remote = Answers::default()
            .raw("test_execution_connection", move |_| {
                let status = match count.fetch_add(1, Ordering::Relaxed) {
                    0 => HealthStatus::Critical,
                    _ => HealthStatus::Healthy,
                };
                Ok(candid::encode_one(Ok::<_, Error>(dependency(status))).expect("encodes"))
            })
            .grants();
        let (crew, targets) = (crew(&remote.client), targets(remote.canister));
        let grants = targets.last().expect("the rounds come last");
        assert!(crew.reaches(grants).await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
