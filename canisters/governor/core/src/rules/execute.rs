//! Whether a proposal may be executed now (V4, V7, V10, V11), and what that does at once.

use crate::errors::{GovernorError, StateFault};
use crate::limits;
use crate::records::{Audit, Config, Denied, Event, EventKind, Payload, Proposal, Vote};
use crate::rules::payload::{self, World};
use crate::rules::{Change, Ctx, Looked, constitution, need, tally};
use crate::types::{Permissions, Principal, ProposalState, Timestamp};

/// What the rule reads.
#[derive(Debug)]
pub struct View<'a> {
    /// The proposal as time has left it.
    pub looked: &'a Looked,
    /// What it would do.
    pub payload: &'a Payload,
    /// Members and rules.
    pub config: &'a Config,
    /// The newest word of everybody who said something.
    pub votes: &'a [(Principal, Vote)],
    /// What payloads are held against.
    pub world: World<'a>,
    /// The audit, made again just now (V10); none for what is not a release.
    pub audit: Option<&'a Audit>,
    /// The proposal that changes canisters now; 0 for none.
    pub running: u64,
    /// When this canister's own code was replaced last.
    pub upgraded_at: Timestamp,
}

/// What executing begins with.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What is written.
    pub change: Change,
    /// True when steps on canisters follow; otherwise it is done.
    pub runs: bool,
}

/// Decides.
pub fn execute(view: &View<'_>, ctx: &Ctx) -> Result<Begun, GovernorError> {
    need(view.config, Permissions::EXECUTE, ctx)?;
    let (looked, config) = (view.looked, view.config);
    if let (ProposalState::Timelocked, Some(eta)) = (looked.proposal.state, looked.proposal.eta) {
        return Err(StateFault::TooEarly { until: eta }.into());
    }
    looked.need(&[ProposalState::Ready])?;
    if view.running != 0 {
        return Err(StateFault::Running { proposal: view.running }.into());
    }
    let tally = tally::tally(config, &looked.proposal, view.votes, ctx.now);
    if !tally.is_enough() {
        return Err(StateFault::TooFew { have: tally.weight, need: tally.needed }.into());
    }
    // What made sense when it was proposed may not any more.
    payload::check(view.payload, config, &view.world, ctx.now)?;
    let recovery = config.recovery.as_ref().map(|recovery| recovery.canister);
    let apart = view.upgraded_at.saturating_add(limits::APART);
    if view.payload.targets().iter().any(|target| Some(*target) == recovery) && ctx.now < apart {
        return Err(StateFault::Apart { until: apart }.into());
    }
    if view.payload.is_release() {
        let audit = view.audit.ok_or(StateFault::NotAudited)?;
        if !audit.can_proceed() {
            return Err(StateFault::AuditFailed { check: audit.first_failure() }.into());
        }
        let made = looked.proposal.rehearsed_at.ok_or(StateFault::NotRehearsed)?;
        if ctx.now >= made.saturating_add(config.rules.rehearsal_ttl) {
            return Err(StateFault::RehearsalOld.into());
        }
    }
    Ok(begin(view, ctx))
}

fn begin(view: &View<'_>, ctx: &Ctx) -> Begun {
    let looked = view.looked;
    let (proposal, event) = looked.moved(ProposalState::Executing, None, ctx.now);
    let proposal = Proposal { started_at: Some(ctx.now), ..proposal };
    let mut change = Change::of(looked.id, proposal, vec![event]);
    let runs = !at_once(view, ctx, &mut change);
    if !runs {
        let (Some((id, proposal)), reason) = (change.proposal.take(), "") else {
            return Begun { change, runs };
        };
        let (ended, event) =
            Looked { id, proposal }.ended(ProposalState::Completed, reason, ctx.now);
        change.proposal = Some((id, ended));
        change.events.push(event);
    }
    Begun { change, runs }
}

/// Does what changes this canister alone; false when steps on others are needed.
fn at_once(view: &View<'_>, ctx: &Ctx, change: &mut Change) -> bool {
    match view.payload {
        Payload::ChangeMembers { members, threshold } => {
            let (config, event) =
                constitution::with_members(view.config, members, *threshold, ctx.now);
            change.config = Some(config);
            change.events.push(event);
            true
        }
        Payload::ChangeConfig { rules, methods, escalation } => {
            let mut config = view.config.clone();
            if let Some(methods) = methods {
                config.methods.clone_from(methods);
            }
            if let Some(escalation) = escalation {
                config.escalation.clone_from(escalation);
            }
            let (config, event) = constitution::with_rules(&config, *rules, ctx.now);
            change.config = Some(config);
            change.events.extend(event);
            true
        }
        Payload::DenyModules { hashes } => {
            for Denied { module } in hashes {
                change.denied.push(*module);
                let denied = Event::new(EventKind::ModuleDenied, view.looked.id.wire());
                change.events.push(denied.digest(*module));
            }
            true
        }
        Payload::UpgradeRelease(_)
        | Payload::Rollback { .. }
        | Payload::TakeFleetSnapshot { .. }
        | Payload::PruneSnapshot { .. }
        | Payload::ChangeCanisterSettings { .. }
        | Payload::AssetRelease { .. }
        | Payload::Call { .. }
        | Payload::AdoptCanister { .. }
        | Payload::ReleaseControl { .. }
        | Payload::ChangeRecoveryCommittee { .. } => false,
    }
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
