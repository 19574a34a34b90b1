//! What a proposal causes, in plain words: the text people read before they approve comes from the
//! canister that will act, and carries the digest they approve. It is made from the stored payload
//! and from what the canister knows of the canisters, rules and snapshots named in it.

mod calls;
mod snapshots;
mod words;

use governor_core::records::{
    CallKind, Config, FleetSnapshot, Item, MemberSpec, MemoryPersistence, Payload, PayloadV1,
    Proposal, Release, Target,
};
use governor_core::rules::tally::needed;
use governor_core::types::{DelayClass, Hash, Permissions, Principal, Timestamp, VotingRule};

use words::{day, names};
pub use words::{hex, span};

/// What a proposal is seen against.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Members and rules.
    pub config: &'a Config,
    /// Canisters under control.
    pub targets: &'a [(Principal, Target)],
    /// The fleet snapshot the payload names, if there is one.
    pub snapshot: Option<&'a FleetSnapshot>,
    /// When it is looked at.
    pub now: Timestamp,
}

/// What it causes: a sentence, and a value behind each label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it causes.
    pub summary: String,
    /// The parts.
    pub lines: Vec<(String, String)>,
}

impl Words {
    fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), lines: vec![] }
    }

    fn line(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.lines.push((label.into(), value.into()));
        self
    }

    fn lines(mut self, more: impl IntoIterator<Item = (String, String)>) -> Self {
        self.lines.extend(more);
        self
    }
}

/// What the payload causes, and what it takes; `proposal` is its head, once there is one.
pub fn words(payload: &PayloadV1, proposal: Option<&Proposal>, scene: &Scene<'_>) -> Words {
    let caused = cause(&payload.payload, scene);
    let described = Words::new(caused.summary)
        .line("Kind", payload.payload.name())
        .line("Title", payload.title.clone())
        .line("Description", payload.description.clone())
        .lines(caused.lines);
    described.lines(terms(&payload.payload, proposal, scene))
}

/// Who approves, how long it waits, who may stop it.
fn terms(
    payload: &Payload,
    proposal: Option<&Proposal>,
    scene: &Scene<'_>,
) -> Vec<(String, String)> {
    let Scene { config, now, .. } = *scene;
    let rules = &config.rules;
    let able = |what| config.able(what, now).count();
    let need = proposal.map_or_else(|| rules.threshold.into(), |head| needed(config, head));
    let unit = match rules.voting {
        VotingRule::OneMemberOneVote => "approvals",
        VotingRule::Weighted => "of weight",
    };
    let approvals = format!("{need} {unit}, of {} members who may", able(Permissions::APPROVE));
    let recovery = config.recovery.as_ref().map(|recovery| &recovery.canister);
    let failed = proposal.is_some_and(|head| head.rehearsal_failed);
    let delay = match payload.delay(recovery) {
        DelayClass::Ordinary if !failed => rules.min_delay,
        DelayClass::Ordinary | DelayClass::Constitution => rules.long_delay,
    };
    let window = span(rules.execution_window);
    let mut lines = vec![
        ("Needs".to_owned(), approvals),
        ("Waits".to_owned(), format!("{} once enough approve", span(delay))),
        ("Can be executed".to_owned(), format!("for {window} after that")),
        ("Can be stopped by".to_owned(), format!("{} members", able(Permissions::VETO))),
    ];
    if let Some(head) = proposal {
        lines.push(("State".to_owned(), head.state.name().to_owned()));
        let at = |label: &str, at: Timestamp| (label.to_owned(), day(at));
        lines.extend(head.eta.map(|eta| at("Executable from", eta)));
        let seen = |hash: &Hash| ("Rehearsal".to_owned(), hex(hash));
        lines.extend(head.rehearsal.as_ref().map(seen));
        if failed {
            let text = "failed: one more must approve, and it waits longest";
            lines.push(("Rehearsal failed".to_owned(), text.to_owned()));
        }
    }
    lines
}

/// A canister under the name the suite gives it.
fn named(canister: &Principal, scene: &Scene<'_>) -> String {
    let known = scene.targets.iter().find(|(known, _)| known == canister);
    let name = known.map_or("a canister", |(_, target)| &target.placement.name);
    format!("{name} ({canister})")
}

fn cause(payload: &Payload, scene: &Scene<'_>) -> Words {
    match payload {
        Payload::UpgradeRelease(one) => release(one, scene),
        Payload::Rollback { epoch } => {
            let text = "Returns every canister of a fleet snapshot to what it was then; all that \
                        was written since is lost in them";
            Words::new(text).lines(snapshots::lines(*epoch, scene))
        }
        Payload::TakeFleetSnapshot { targets, pinned } => take(targets, *pinned, scene),
        Payload::PruneSnapshot { epoch } => {
            Words::new("Deletes a fleet snapshot: nothing leads back to it any more")
                .lines(snapshots::lines(*epoch, scene))
        }
        Payload::ChangeMembers { members, threshold } => change(members, *threshold, scene),
        Payload::ChangeConfig { rules, methods, escalation } => {
            let now = &scene.config.rules;
            Words::new("Replaces the rules of deciding; every other open proposal is void then")
                .lines(calls::rules(now, rules))
                .lines(calls::methods(methods.as_deref()))
                .lines(calls::escalation(escalation.as_ref()))
        }
        Payload::ChangeCanisterSettings { target, settings } => {
            Words::new("Changes settings of a canister; its controllers stay")
                .line("Canister", named(target, scene))
                .lines(calls::settings(settings))
        }
        Payload::AssetRelease { target, batch, evidence } => {
            Words::new("Puts a batch of assets in place that somebody prepared")
                .line("Canister", named(target, scene))
                .line("Batch", batch.to_string())
                .line("Evidence (SHA-256)", hex(evidence))
        }
        Payload::Call { kind, call } => typed(*kind, call, scene),
        Payload::AdoptCanister { target, placement } => {
            let text = "Takes sole control of a canister: its other controllers are removed";
            let place = format!("phase {}, place {}", placement.phase, placement.order);
            Words::new(text)
                .line("Canister", target.to_text())
                .line("Name", placement.name.clone())
                .line("In releases", place)
                .line("Calls", names(&placement.dependencies))
        }
        Payload::ReleaseControl { target, to } => {
            let text = "Gives control of a canister away: who gets it can read and replace \
                        everything in it";
            Words::new(text).line("Canister", named(target, scene)).line("To", to.to_text())
        }
        Payload::ChangeRecoveryCommittee { members, quorum } => {
            Words::new("Replaces the committee that can repair the governor")
                .lines(members.iter().map(|who| ("Member".to_owned(), who.to_text())))
                .line("Acting together", quorum.to_string())
        }
        Payload::DenyModules { hashes } => {
            let denied = hashes.iter().map(|one| ("Module (SHA-256)".to_owned(), hex(&one.module)));
            Words::new("Denies modules for ever: no release installs them").lines(denied)
        }
    }
}

fn typed(kind: CallKind, call: &governor_core::records::Call, scene: &Scene<'_>) -> Words {
    let (summary, parts) = calls::typed(kind, call);
    let argument = governor_core::types::digest_of("granary.argument", &[&call.arg]);
    Words::new(summary)
        .line("Canister", named(&call.target, scene))
        .line("Method", call.method.clone())
        .lines(parts)
        .line("Argument", format!("{} bytes, digest {}", call.arg.len(), hex(&argument)))
}

fn release(release: &Release, scene: &Scene<'_>) -> Words {
    let count = release.items.len();
    let text = format!(
        "Installs new code in {count} canisters, all or none: they are snapshotted first, watched \
         for {} after, and returned together when one of them fails",
        span(scene.config.rules.observation)
    );
    let sbom = release.sbom.as_ref().map_or_else(|| "none".to_owned(), |hash| hex(hash));
    Words::new(text)
        .line("Version", release.version.clone())
        .line("Source", format!("{} at {}", release.repository, release.commit))
        .line("Bill of materials (SHA-256)", sbom)
        .line("Window", release.window.clone())
        .line("If it fails", release.rollback_plan.clone())
        .line("Told", release.communication.clone())
        .lines(release.items.iter().flat_map(|one| item(one, scene)))
}

fn item(item: &Item, scene: &Scene<'_>) -> Vec<(String, String)> {
    let name = named(&item.target, scene);
    let schema = if item.schema_from == item.schema_to {
        format!("schema {} stays", item.schema_to)
    } else {
        format!("schema {} becomes {}", item.schema_from, item.schema_to)
    };
    let memory = match item.memory {
        MemoryPersistence::Unset => "",
        MemoryPersistence::Keep => "; main memory is kept",
        MemoryPersistence::Replace => "; main memory is replaced",
    };
    let callers = if item.may_break_callers { "; its callers may break" } else { "" };
    let argument = governor_core::types::digest_of("granary.argument", &[&item.arg]);
    vec![
        ("Canister".to_owned(), name),
        ("Module (SHA-256)".to_owned(), hex(&item.module)),
        ("Instead of".to_owned(), hex(&item.from_module)),
        ("Argument".to_owned(), format!("{} bytes, digest {}", item.arg.len(), hex(&argument))),
        ("State".to_owned(), format!("{schema}{memory}{callers}")),
    ]
}

fn take(targets: &[Principal], pinned: bool, scene: &Scene<'_>) -> Words {
    let kept = if pinned { "until a proposal prunes it" } else { "until newer ones replace it" };
    let each = targets.iter().map(|one| ("Canister".to_owned(), named(one, scene)));
    let all = targets.is_empty().then(|| ("Canisters".to_owned(), "all".to_owned()));
    Words::new("Stops canisters, snapshots them at one moment, and starts them again")
        .lines(each.chain(all))
        .line("Kept", kept)
}

/// Who comes, who goes, who may do what from then on.
fn change(members: &[MemberSpec], threshold: u32, scene: &Scene<'_>) -> Words {
    let before = &scene.config.members;
    let stays = |who: &Principal| before.iter().any(|old| old.principal == *who);
    let member = |one: &MemberSpec| {
        let label = if stays(&one.principal) { "Stays" } else { "Joins" };
        let until = one.expires_at.map(|at| format!(", until {}", day(at))).unwrap_or_default();
        let weight =
            if one.weight == 1 { String::new() } else { format!(", weight {}", one.weight) };
        let may = one.permissions.names().join(", ");
        (label.to_owned(), format!("{}: {may}{weight}{until}", one.principal))
    };
    let is_named = |who: &Principal| members.iter().any(|one| one.principal == *who);
    let gone = before.iter().filter(|old| !is_named(&old.principal));
    let gone = gone.map(|old| ("Leaves".to_owned(), old.principal.to_text()));
    let old = scene.config.rules.threshold;
    Words::new("Replaces the members; every other open proposal is void then")
        .lines(members.iter().map(member))
        .lines(gone)
        .line("Approvals needed", format!("{threshold} (now {old})"))
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
