//! A release from its first step to its last, taken up wherever it stands.
//!
//! All canisters stop taking work before the first is touched and take it again after the last has
//! proven itself. So going back loses nothing that anybody was told had happened, whichever
//! canister it is that fails.

use super::{
    crew::{Crew, Stop, back, now_ms},
    journal::{Event, Journal},
    plan::Target,
    report::{Outcome, ReleaseReport, Released},
    trigger::Trigger,
};
use crate::{
    client::{Client, remote::Remote},
    exit::Exit,
    failure::Failure,
    operations::backup::since::since,
    render::Progress,
};

/// Carries out what the journal's plan says, from where the journal ends.
///
/// A canister whose drain ended by its deadline while nobody went on with the release may have
/// taken work that going back would lose; that needs `accept_loss`.
pub(crate) async fn run<C: Client>(
    crew: &Crew<C>,
    journal: &mut Journal,
    accept_loss: bool,
    progress: &Progress,
) -> Result<ReleaseReport, Failure> {
    carry_on(crew, journal, accept_loss, progress).await.map_err(|failure| {
        let message = format!("the release stands where it is: {}", failure.message);
        Failure { message, ..failure }.next("granary upgrade --resume")
    })
}

async fn carry_on<C: Client>(
    crew: &Crew<C>,
    journal: &mut Journal,
    accept_loss: bool,
    progress: &Progress,
) -> Result<ReleaseReport, Failure> {
    let targets = journal.plan.targets.clone();
    if journal.triggered().is_none() {
        match forward(crew, &targets, journal, progress).await {
            Ok(()) => {}
            Err((_, Stop::Pause(failure))) => return Err(failure),
            Err((canister, Stop::Back(trigger, message))) => {
                journal.note(Event::Triggered { canister, trigger, message })?;
            }
        }
    }
    if journal.triggered().is_some() {
        go_back(crew, &targets, journal, accept_loss, progress).await?;
    }
    for target in &targets {
        let track = journal.track(&target.name);
        if track.draining_ms.is_some() && track.resumed_ms.is_none() {
            progress.say(format_args!("resuming {}", target.name));
            crew.resume(target, track.restored).await?;
            let at_ms = now_ms();
            journal.note(Event::Resumed { canister: target.name.clone(), at_ms })?;
        }
    }
    if journal.triggered().is_some() {
        // A canister that was back early may have asked one that was not.
        crew.reacquaint(&targets, progress).await;
    }
    journal.note(Event::Ended)?;
    Ok(report(journal, &targets))
}

/// Drains all, replaces and proves one after the other, and tries the connections. The error says
/// at which canister it ended.
async fn forward<C: Client>(
    crew: &Crew<C>,
    targets: &[Target],
    journal: &mut Journal,
    progress: &Progress,
) -> Result<(), (String, Stop)> {
    let failed = back(Trigger::CriticalFunctionFailed);
    // Whoever calls comes first, so that nobody is asked for work that would be refused.
    for target in targets.iter().rev() {
        let compare = journal.plan.compare;
        let drained = crew.drain(target, compare, journal, progress).await;
        drained.map_err(|failure| (target.name.clone(), failed(failure)))?;
    }
    if journal.plan.back {
        let message = "a person asked for the state of before the release".to_owned();
        return Err((String::new(), Stop::Back(Trigger::Asked, message)));
    }
    for target in targets {
        let same = as_rehearsed(crew, target, journal, progress).await;
        same.map_err(|stop| (target.name.clone(), stop))?;
    }
    for target in targets {
        let replaced = replace(crew, target, journal, progress).await;
        replaced.map_err(|stop| (target.name.clone(), stop))?;
    }
    crew.connected(targets, progress).await
}

/// Decides again on a drained canister what was decided when the release was planned: it did
/// nothing since the rehearsal. Whose code may have changed has been decided on before.
async fn as_rehearsed<C: Client>(
    crew: &Crew<C>,
    target: &Target,
    journal: &Journal,
    progress: &Progress,
) -> Result<(), Stop> {
    let Some((events, head)) = &target.rehearsed else { return Ok(()) };
    if journal.track(&target.name).installing {
        return Ok(());
    }
    let failed = back(Trigger::CriticalFunctionFailed);
    let remote = Remote { client: crew.auditor.clone(), canister: target.id()? };
    let since = since(&remote, *events, head, progress).await.map_err(failed)?;
    let Some(loss) = since.loss() else { return Ok(()) };
    let message = format!("its state is not the one rehearsed: it {loss}");
    Err(Stop::Back(Trigger::CriticalFunctionFailed, message))
}

async fn replace<C: Client>(
    crew: &Crew<C>,
    target: &Target,
    journal: &mut Journal,
    progress: &Progress,
) -> Result<(), Stop> {
    let name = || target.name.clone();
    let track = journal.track(&target.name);
    if track.proven {
        return Ok(());
    }
    let failed = back(Trigger::CriticalFunctionFailed);
    let module = journal.module(&target.name)?;
    progress.say(format_args!("replacing the code of {}", target.name));
    let swapped = async {
        crew.stop(target).await?;
        crew.snapshot(target, journal).await?;
        journal.note(Event::Installing { canister: name() })?;
        crew.install(target, &module).await
    }
    .await;
    // Whatever came of it, it is never left stopped.
    let started = crew.start(target).await;
    swapped.map_err(&failed)?;
    started.map_err(&failed)?;
    let state_sha256 = crew.prove(target, journal, progress).await?;
    Ok(journal.note(Event::Proven { canister: name(), state_sha256 })?)
}

/// Loads the snapshot of every canister whose code may have changed, last one first.
async fn go_back<C: Client>(
    crew: &Crew<C>,
    targets: &[Target],
    journal: &mut Journal,
    accept_loss: bool,
    progress: &Progress,
) -> Result<(), Failure> {
    for target in targets.iter().rev() {
        let track = journal.track(&target.name);
        let touched = track.installing && !track.restored;
        let Some(snapshot) = track.snapshot.clone().filter(|_| touched) else {
            crew.start(target).await?;
            continue;
        };
        if !accept_loss && !journal.plan.back {
            crew.took_no_work(target, &track).await?;
        }
        progress.say(format_args!("bringing {} back", target.name));
        crew.restore(target, &snapshot).await?;
        let runs = crew.runs(target).await?;
        let wanted = if journal.plan.back { &target.to_hash } else { &target.from_hash };
        if runs != *wanted {
            let message = format!("{} runs {runs} and not {wanted} again", target.name);
            return Err(Failure::new(Exit::Degraded, "cli.module_hash", message));
        }
        journal.note(Event::Restored { canister: target.name.clone() })?;
    }
    Ok(())
}

fn report(journal: &Journal, targets: &[Target]) -> ReleaseReport {
    let canisters: Vec<Released> = targets
        .iter()
        .map(|target| {
            let track = journal.track(&target.name);
            let paused = track.resumed_ms.zip(track.draining_ms);
            Released {
                name: target.name.clone(),
                canister: target.canister.clone(),
                from_hash: target.from_hash.clone(),
                to_hash: target.to_hash.clone(),
                snapshot: track.snapshot,
                state_sha256: track.state_sha256,
                proven_sha256: track.proven_sha256,
                restored: track.restored,
                writes_paused_ms: paused.map(|(to, from)| to.saturating_sub(from)),
            }
        })
        .collect();
    let trigger = journal.triggered();
    let outcome = match trigger {
        None => Outcome::Released,
        Some(_) if canisters.iter().any(|canister| canister.restored) => Outcome::RolledBack,
        Some(_) => Outcome::NothingChanged,
    };
    ReleaseReport {
        release: journal.plan.release.clone(),
        network: journal.plan.network.clone(),
        outcome,
        trigger: trigger.map(|(_, trigger, _)| trigger),
        reason: trigger.map(|(canister, _, why)| match canister {
            "" => why.to_owned(),
            canister => format!("{canister}: {why}"),
        }),
        asked: journal.plan.back,
        canisters,
        snapshots_deleted: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use granary_api::{
        Error,
        common::{CertifiedHead, DrainState, DrainStatus, Receipt},
    };
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        operations::release::plan::Plan,
    };

    /// A canister that drains at once, has so many events, and cannot be stopped.
    fn canister(events: u64) -> Remote<FakeClient> {
        let receipt: Result<Receipt, Error> = Ok(Receipt { id: 0, event: 0, at_ns: 0 });
        let (state, epoch, deadline_ns) = (DrainState::Drained, 1, 1);
        let status =
            DrainStatus { state, epoch, deadline_ns, jobs_running: 0, calls_outstanding: 0 };
        let head = ByteBuf::from(vec![0; 32]);
        let head = CertifiedHead { length: events, head, certificate: None, witness: None };
        Answers::default()
            .plain("start_canister", &())
            .plain("get_drain_status", &status)
            .plain("get_certified_head", &head)
            .result("prepare_upgrade", &receipt)
            .result("resume", &receipt)
            .result("resume_jobs", &receipt)
            .grants()
    }

    /// A release whose process ended when the new code had been asked for, after 7 events.
    fn interrupted(folder: &Path, canister: &Remote<FakeClient>) -> Journal {
        let (name, id) = ("registry".to_owned(), canister.canister.to_text());
        let target = Target { name: name.clone(), canister: id, ..Target::default() };
        let plan = Plan { release: "1".to_owned(), targets: vec![target], ..Plan::default() };
        let modules = BTreeMap::from([(name.clone(), b"module".to_vec())]);
        let mut journal = Journal::begin(folder, plan, &modules).expect("begins");
        for event in [
            Event::Drained { canister: name.clone(), state_sha256: None, events: 7 },
            Event::Snapshot { canister: name.clone(), snapshot: "01".to_owned() },
            Event::Installing { canister: name },
        ] {
            journal.note(event).expect("written");
        }
        journal
    }

    /// Goes on with it; nothing can be stopped, so it goes back, or refuses to.
    async fn resumed(events: u64, accept_loss: bool) -> (Failure, Vec<&'static str>) {
        let folder = tempfile::tempdir().expect("a folder");
        let canister = canister(events);
        let mut journal = interrupted(folder.path(), &canister);
        let client = canister.client.clone();
        let crew = Crew {
            controller: client.clone(),
            governor: client.clone(),
            auditor: client.clone(),
            backup: client.clone(),
        };
        let ended = run(&crew, &mut journal, accept_loss, &Progress::hidden()).await;
        let sent = client.sent().iter().map(|(method, _)| *method).collect();
        (ended.expect_err("nothing can be stopped"), sent)
    }

    #[tokio::test]
    async fn work_done_while_nobody_looked_is_not_taken_back_unasked() {
        // The installation and the second drain are two events; one more is somebody's work.
        let (failure, sent) = resumed(10, false).await;
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.release_loss"));
        assert!(!sent.contains(&"load_canister_snapshot"), "{sent:?}");
        for (events, accept_loss) in [(9, false), (10, true)] {
            let (failure, sent) = resumed(events, accept_loss).await;
            assert_ne!(failure.code, "cli.release_loss", "{events}");
            assert_eq!(sent.last(), Some(&"start_canister"), "never left stopped: {sent:?}");
        }
    }

    #[tokio::test]
    async fn a_canister_that_worked_since_the_rehearsal_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let canister = canister(7);
        let client = canister.client.clone();
        // Its journal is shorter than the one the code was tried on: it has another history.
        let target = Target {
            name: "registry".to_owned(),
            canister: canister.canister.to_text(),
            rehearsed: Some((9, "00".repeat(32))),
            ..Target::default()
        };
        let plan = Plan { release: "1".to_owned(), targets: vec![target], ..Plan::default() };
        let modules = BTreeMap::from([("registry".to_owned(), b"module".to_vec())]);
        let mut journal = Journal::begin(folder.path(), plan, &modules).expect("begins");
        let crew = Crew {
            controller: client.clone(),
            governor: client.clone(),
            auditor: client.clone(),
            backup: client.clone(),
        };
        let report = run(&crew, &mut journal, false, &Progress::hidden()).await.expect("it ends");
        assert_eq!(report.outcome, Outcome::NothingChanged);
        assert!(report.reason.is_some_and(|why| why.contains("not the one rehearsed")));
        let sent: Vec<_> = client.sent().iter().map(|(method, _)| *method).collect();
        assert!(!sent.contains(&"stop_canister") && sent.contains(&"resume"), "{sent:?}");
    }
}
