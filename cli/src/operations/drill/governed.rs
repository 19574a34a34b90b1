//! Releases of the drill that members decide: the governor installs them, and takes them back.

use std::collections::BTreeMap;

use granary_api::governor as wire;

use super::{Modules, broken::Broken, stage::Stage, stuck};
use crate::{
    client::Client,
    failure::Failure,
    operations::{
        demo::governing::{Ended, Governing},
        deploy,
        release::{
            report::{Outcome, ReleaseReport, Released},
            trigger::Trigger,
        },
    },
    render::Progress,
    suite::REGISTRY,
};

/// What a module is installed with when it must trap: a schema that no state has.
const IMPOSSIBLE_SCHEMA: u32 = u32::MAX;

/// Brings the whole suite under a governor with members.
pub(super) async fn found<C: Client>(
    stage: &Stage<C>,
    seed: u64,
    module: &[u8],
    progress: &Progress,
) -> Result<Governing<C>, Failure> {
    Governing::found(
        stage.client.clone(),
        &stage.caller("governor"),
        &stage.places,
        seed,
        module,
        progress,
    )
    .await
}

/// The release `name` from its proposal to its end. One that is `broken` changes two canisters: the
/// one at fault, and one before it that has to come back with it.
pub(super) async fn release<C: Client>(
    stage: &Stage<C>,
    governing: &Governing<C>,
    name: &str,
    modules: &Modules,
    broken: Option<&Broken>,
    progress: &Progress,
) -> Result<ReleaseReport, Failure> {
    let is_part = |canister: &str| {
        broken.is_none_or(|broken| [REGISTRY.name, broken.canister].contains(&canister))
    };
    let modules: BTreeMap<String, Vec<u8>> = modules
        .iter()
        .filter(|(canister, _)| is_part(canister))
        .map(|(canister, module)| (canister.clone(), module.clone()))
        .collect();
    let mut plan = governing.plan(&modules, progress).await?;
    if let Some(broken) = broken.filter(|broken| broken.demands_too_much()) {
        let demand = deploy::upgrade_arg(broken.canister, Some(IMPOSSIBLE_SCHEMA))?;
        let at_fault = stage.places[broken.canister];
        let items = plan.items.iter_mut().filter(|item| item.target == at_fault);
        items.for_each(|item| item.arg = demand.clone().into());
    }
    let ended = governing.decide(plan, &modules, progress).await?;
    report(stage, name, &ended)
}

/// What the governor did, in the words of a release that a person makes.
fn report<C: Client>(
    stage: &Stage<C>,
    name: &str,
    ended: &Ended,
) -> Result<ReleaseReport, Failure> {
    let details = &ended.view.details;
    let wire::Payload::UpgradeRelease(release) = &details.payload else {
        return Err(stuck(format!("proposal {} is no release", details.proposal.id)));
    };
    let run = ended.view.run.as_ref();
    let steps = run.map(|run| run.steps.as_slice()).unwrap_or_default();
    let row = |item: &wire::ReleaseItem| {
        let place = stage.places.iter().find(|(_, canister)| **canister == item.target);
        Released {
            name: place.map(|(name, _)| (*name).to_owned()).unwrap_or_default(),
            canister: item.target.to_text(),
            from_hash: hex::encode(&item.from_module),
            to_hash: hex::encode(&item.module),
            snapshot: ended.snapshot.map(|id| id.to_string()),
            state_sha256: None,
            proven_sha256: None,
            restored: done(steps, item, "Load").is_some(),
            writes_paused_ms: paused(steps, item),
        }
    };
    Ok(ReleaseReport {
        release: name.to_owned(),
        network: "drill".to_owned(),
        outcome: match details.proposal.state {
            wire::ProposalState::Completed => Outcome::Released,
            wire::ProposalState::RolledBack => Outcome::RolledBack,
            _ => Outcome::NothingChanged,
        },
        trigger: run.and_then(|run| run.trigger).map(trigger),
        reason: run.map(|run| run.reason.clone()).filter(|reason| !reason.is_empty()),
        asked: false,
        canisters: release.items.iter().map(row).collect(),
        snapshots_deleted: 0,
    })
}

/// The last step of this name on the canister of `item`, once it is done.
fn done<'a>(
    steps: &'a [wire::Step],
    item: &wire::ReleaseItem,
    name: &str,
) -> Option<&'a wire::Step> {
    let mut steps = steps.iter().rev();
    steps.find(|step| {
        step.target == item.target && step.step == name && step.state == wire::StepState::Done
    })
}

/// From the drain to the word that it may work again, in milliseconds.
fn paused(steps: &[wire::Step], item: &wire::ReleaseItem) -> Option<u64> {
    let resumed = done(steps, item, "ResumeRestored").or_else(|| done(steps, item, "Resume"))?;
    let drained = done(steps, item, "Drain")?;
    let (from, to) = (drained.begun_at_ns?, resumed.ended_at_ns?);
    Some(to.saturating_sub(from) / 1_000_000)
}

const fn trigger(trigger: wire::Trigger) -> Trigger {
    match trigger {
        wire::Trigger::HealthCheckFailed => Trigger::HealthCheckFailed,
        wire::Trigger::ConnectionFailed => Trigger::ConnectionFailed,
        wire::Trigger::CriticalFunction => Trigger::CriticalFunctionFailed,
        wire::Trigger::DataInconsistent => Trigger::DataInconsistent,
        wire::Trigger::Members => Trigger::Asked,
    }
}
