//! Whether a payload makes sense: it names canisters that are there, one each, and never the
//! governor itself.

use std::collections::BTreeSet;

use granary_kernel::{Fault, checks};

use crate::errors::{AccessFault, GovernorError, InputFault, Missing, StateFault};
use crate::limits;
use crate::records::{
    Call, CallKind, CanisterSettings, Config, Denied, Escalation, FleetSnapshot, Method, Payload,
    Placement, Release, SnapshotState, Target,
};
use crate::rules::constitution;
use crate::types::{Hash, Principal, Timestamp};

/// How much is kept of what proposals only add to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Fleet snapshots, those that are gone included.
    pub snapshots: u64,
    /// Denied modules.
    pub denied: u64,
}

/// What payloads are held against.
pub struct World<'a> {
    /// This canister.
    pub own: Principal,
    /// Canisters under control.
    pub targets: &'a [(Principal, Target)],
    /// The fleet snapshot of an epoch.
    pub snapshot: &'a dyn Fn(u64) -> Option<FleetSnapshot>,
    /// True for a module that is denied.
    pub denied: &'a dyn Fn(&Hash) -> bool,
    /// How full the lists are that only grow.
    pub kept: Kept,
}

impl core::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("World").field("targets", &self.targets.len()).finish_non_exhaustive()
    }
}

impl World<'_> {
    /// The target; never the governor itself (V15).
    pub fn target(&self, canister: &Principal) -> Result<&Target, GovernorError> {
        if *canister == self.own {
            return Err(AccessFault::SelfTarget.into());
        }
        let found = self.targets.iter().find(|(known, _)| known == canister);
        found
            .map(|(_, target)| target)
            .ok_or_else(|| Missing::Target { canister: *canister }.into())
    }

    fn named(&self, name: &str) -> Result<Principal, GovernorError> {
        let found = self.targets.iter().find(|(_, target)| target.placement.name == name);
        found.map(|(canister, _)| *canister).ok_or_else(|| {
            InputFault::Payload { field: "target", problem: "is no canister under control" }.into()
        })
    }
}

/// Decides.
pub fn check(
    payload: &Payload,
    config: &Config,
    world: &World<'_>,
    now: Timestamp,
) -> Result<(), GovernorError> {
    match payload {
        Payload::UpgradeRelease(release) => check_release(release, world),
        Payload::Rollback { epoch } => {
            check_snapshot(world, *epoch, &[SnapshotState::Complete, SnapshotState::Good])?;
            check_restored(config, world, *epoch)
        }
        Payload::PruneSnapshot { epoch } => {
            let any = [SnapshotState::Complete, SnapshotState::Good, SnapshotState::Partial];
            check_snapshot(world, *epoch, &any)
        }
        Payload::TakeFleetSnapshot { targets, .. } => {
            checks::people("targets", targets, limits::MAX_ITEMS)?;
            check_room(world)?;
            targets.iter().try_for_each(|target| world.target(target).map(drop))
        }
        Payload::ChangeMembers { members, threshold } => {
            let voting = config.rules.voting;
            constitution::check_members(members, *threshold, voting, &world.own, now)?;
            let people: Vec<_> = members.iter().map(|member| member.principal).collect();
            check_committee(config, &people, world)
        }
        Payload::ChangeConfig { rules, methods, escalation } => {
            constitution::check_rules(rules, config.base.profile)?;
            let members: Vec<_> = config.members.iter().map(as_spec).collect();
            let own = &world.own;
            constitution::check_members(&members, rules.threshold, rules.voting, own, now)?;
            methods.iter().try_for_each(|methods| check_methods(methods))?;
            escalation.iter().try_for_each(check_escalation)
        }
        Payload::ChangeCanisterSettings { target, settings } => {
            world.target(target)?;
            check_settings(settings)
        }
        Payload::AssetRelease { target, .. } => world.target(target).map(drop),
        Payload::Call { kind, call } => check_call(*kind, call, config, world),
        Payload::AdoptCanister { target, placement } => check_adopted(target, placement, world),
        Payload::ReleaseControl { target, to } => {
            checks::person("to", to)?;
            if *to == world.own {
                return Err(wrong("to", "is the governor itself"));
            }
            // K18: a canister alone with itself has lost its last controller.
            if to == target {
                return Err(wrong("to", "is the canister itself"));
            }
            world.target(target).map(drop)
        }
        Payload::ChangeRecoveryCommittee { members, quorum } => {
            if config.recovery.is_none() {
                return Err(StateFault::NoRecovery.into());
            }
            let people: Vec<_> = config.members.iter().map(|one| one.principal).collect();
            constitution::check_recovery(members, *quorum, &people, &world.own)
        }
        Payload::DenyModules { hashes } => {
            if hashes.is_empty() || hashes.len() > limits::MAX_ITEMS {
                return Err(wrong("hashes", "are none, or more than sixteen"));
            }
            check_denied(hashes, world)
        }
    }
}

fn as_spec(member: &crate::records::Member) -> crate::records::MemberSpec {
    crate::records::MemberSpec {
        principal: member.principal,
        permissions: member.permissions,
        weight: member.weight,
        expires_at: None,
    }
}

fn wrong(field: &'static str, problem: &'static str) -> GovernorError {
    InputFault::Payload { field, problem }.into()
}

fn check_committee(
    config: &Config,
    people: &[Principal],
    world: &World<'_>,
) -> Result<(), GovernorError> {
    let Some(recovery) = &config.recovery else { return Ok(()) };
    constitution::check_recovery(&recovery.committee, recovery.quorum, people, &world.own)
}

fn check_release(release: &Release, world: &World<'_>) -> Result<(), GovernorError> {
    let max = limits::MAX_NAME_BYTES;
    checks::text("version", &release.version, max)?;
    checks::text("repository", &release.repository, max)?;
    checks::text("commit", &release.commit, max)?;
    for (field, text) in [
        ("window", &release.window),
        ("rollback_plan", &release.rollback_plan),
        ("communication", &release.communication),
    ] {
        checks::text(field, text, limits::MAX_TEXT_BYTES)?;
    }
    if release.items.is_empty() || release.items.len() > limits::MAX_ITEMS {
        return Err(wrong("items", "are none, or more than sixteen"));
    }
    let targets: BTreeSet<_> = release.items.iter().map(|item| item.target).collect();
    if targets.len() != release.items.len() {
        return Err(wrong("items", "name a canister twice"));
    }
    for item in &release.items {
        let target = world.target(&item.target)?;
        if item.module == item.from_module {
            return Err(wrong("items", "install what runs already"));
        }
        if item.arg.len() > limits::MAX_ARG_BYTES {
            return Err(wrong("items", "have an argument of more than 64 KiB"));
        }
        if item.schema_to < item.schema_from || item.schema_from == 0 {
            return Err(wrong("items", "lead to an older schema, or from none"));
        }
        if (world.denied)(&item.module) {
            return Err(StateFault::Denied { module: item.module }.into());
        }
        if target.module.is_some_and(|runs| runs != item.from_module) {
            return Err(StateFault::FromModule { canister: item.target }.into());
        }
    }
    check_room(world)?;
    // A release of the recovery canister stands alone (Y4): its phases are not the suite's.
    let recovers = |item: &crate::records::Item| {
        world.target(&item.target).is_ok_and(|target| target.placement.name == RECOVERY)
    };
    if release.items.len() > 1 && release.items.iter().any(recovers) {
        return Err(wrong("items", "replace recovery together with something else"));
    }
    Ok(())
}

/// A fleet snapshot more has room.
fn check_room(world: &World<'_>) -> Result<(), GovernorError> {
    let max = limits::MAX_FLEET_SNAPSHOTS;
    if world.kept.snapshots >= max {
        return Err(Fault::Full { what: "the list of fleet snapshots", max }.into());
    }
    Ok(())
}

/// Modules that were not denied before have room.
fn check_denied(hashes: &[Denied], world: &World<'_>) -> Result<(), GovernorError> {
    let max = limits::MAX_DENIED;
    let new = hashes.iter().filter(|one| !(world.denied)(&one.module)).count();
    let new = u64::try_from(new).unwrap_or(u64::MAX);
    if world.kept.denied.saturating_add(new) > max {
        return Err(Fault::Full { what: "the list of denied modules", max }.into());
    }
    Ok(())
}

/// The name the suite gives the canister that repairs this one.
pub const RECOVERY: &str = "recovery";

fn check_snapshot(
    world: &World<'_>,
    epoch: u64,
    allowed: &[SnapshotState],
) -> Result<(), GovernorError> {
    let snapshot = (world.snapshot)(epoch).ok_or(Missing::Snapshot { epoch })?;
    if !allowed.contains(&snapshot.state) {
        return Err(StateFault::SnapshotState { epoch }.into());
    }
    snapshot.shots.iter().try_for_each(|shot| world.target(&shot.target).map(drop))
}

/// An earlier state of recovery has the committee and the code of then: bringing it back would
/// replace who repairs the governor by a shorter way than the longest (Y3).
fn check_restored(config: &Config, world: &World<'_>, epoch: u64) -> Result<(), GovernorError> {
    let Some(recovery) = &config.recovery else { return Ok(()) };
    let shots = (world.snapshot)(epoch).map(|snapshot| snapshot.shots).unwrap_or_default();
    if shots.iter().any(|shot| shot.target == recovery.canister) {
        return Err(wrong("snapshot", "holds recovery, which is never taken back"));
    }
    Ok(())
}

fn check_methods(methods: &[Method]) -> Result<(), GovernorError> {
    if methods.len() > limits::MAX_METHODS {
        return Err(wrong("methods", "are more than 64"));
    }
    for Method { target, method } in methods {
        checks::text("methods", target, limits::MAX_NAME_BYTES)?;
        checks::text("methods", method, limits::MAX_NAME_BYTES)?;
        if RESERVED.contains(&method.as_str()) {
            return Err(wrong("methods", "name one that only a release or a proposal calls"));
        }
    }
    Ok(())
}

/// Methods with a proposal kind or a step of their own: listing them would be a way around it.
const RESERVED: [&str; 8] = [
    "prepare_upgrade",
    "resume",
    "import_state",
    "arm_seat",
    "propose_policy",
    "resolve_quarantine",
    "set_committee",
    "commit_proposed_batch",
];

fn check_escalation(escalation: &Escalation) -> Result<(), GovernorError> {
    let Escalation { primary, backup, channel, path } = escalation;
    for text in [primary, backup, channel, path] {
        checks::text("escalation", text, limits::MAX_TEXT_BYTES)?;
    }
    Ok(())
}

fn check_settings(settings: &CanisterSettings) -> Result<(), GovernorError> {
    if *settings == CanisterSettings::default() {
        return Err(wrong("settings", "change nothing"));
    }
    if settings.compute_allocation.is_some_and(|percent| percent > 100) {
        return Err(wrong("settings", "allocate more than 100 percent"));
    }
    // Money canisters must survive months of nobody looking (K25).
    let least = 30_u64.saturating_mul(86_400);
    if settings.freezing_threshold_s.is_some_and(|seconds| seconds < least) {
        return Err(wrong("settings", "freeze the canister later than 30 days before its end"));
    }
    Ok(())
}

fn check_call(
    kind: CallKind,
    call: &Call,
    config: &Config,
    world: &World<'_>,
) -> Result<(), GovernorError> {
    let target = world.target(&call.target)?;
    checks::text("method", &call.method, limits::MAX_NAME_BYTES)?;
    if call.arg.len() > limits::MAX_ARG_BYTES {
        return Err(wrong("arg", "has more than 64 KiB"));
    }
    let expected = match kind {
        CallKind::ArmGuardianSeat => ("risk_guard", "arm_seat"),
        CallKind::ApplyRiskPolicy => ("risk_guard", "propose_policy"),
        CallKind::ResolveQuarantine => ("execution", "resolve_quarantine"),
        CallKind::CallRegisteredMethod => {
            let name = &target.placement.name;
            let listed = |one: &Method| one.target == *name && one.method == call.method;
            return if config.methods.iter().any(listed) {
                Ok(())
            } else {
                Err(AccessFault::Unregistered { method: call.method.clone() }.into())
            };
        }
    };
    if world.named(expected.0)? != call.target || call.method != expected.1 {
        return Err(wrong("call", "is not the method its kind names"));
    }
    Ok(())
}

fn check_adopted(
    canister: &Principal,
    placement: &Placement,
    world: &World<'_>,
) -> Result<(), GovernorError> {
    checks::person("target", canister)?;
    if *canister == world.own {
        return Err(AccessFault::SelfTarget.into());
    }
    if world.targets.len() >= limits::MAX_TARGETS {
        let max = u64::try_from(limits::MAX_TARGETS).unwrap_or(u64::MAX);
        return Err(Fault::Full { what: "the list of targets", max }.into());
    }
    checks::text("placement", &placement.name, limits::MAX_NAME_BYTES)?;
    checks::between("phase", placement.phase.into(), 1, 9)?;
    if placement.dependencies.len() > limits::MAX_TARGETS {
        return Err(wrong("placement", "has more dependencies than there are canisters"));
    }
    let known = |(other, target): &&(Principal, Target)| {
        other == canister || target.placement.name == placement.name
    };
    if world.targets.iter().any(|row| known(&row)) {
        return Err(StateFault::Adopted { canister: *canister }.into());
    }
    Ok(())
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
