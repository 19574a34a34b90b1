//! Members approve, reject, and take their word back (V2, V3).

use crate::errors::{GovernorError, InputFault, StateFault};
use crate::limits;
use crate::records::{Ballot, Config, Event, EventKind, Payload, Proposal, Vote};
use crate::rules::tally::{self, Tally};
use crate::rules::{Change, Ctx, Looked, need};
use crate::types::{
    DelayClass, Duration, Hash, PayloadKind, Permissions, Principal, ProposalState, Timestamp,
};

/// What a member says it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The payload's digest.
    pub digest: Hash,
    /// The epoch.
    pub epoch: u64,
    /// Hash of the rehearsal's report; none where there is none.
    pub rehearsal: Option<Hash>,
}

/// What says how long a proposal waits: its payload. It is asked when enough approve, so that no
/// other vote reads one.
pub trait Waits {
    /// How long, where `recovery` is the canister that repairs this one.
    fn delay(&self, recovery: Option<&Principal>) -> DelayClass;
}

impl Waits for Payload {
    fn delay(&self, recovery: Option<&Principal>) -> DelayClass {
        Self::delay(self, recovery)
    }
}

impl<F: Fn(Option<&Principal>) -> DelayClass> Waits for F {
    fn delay(&self, recovery: Option<&Principal>) -> DelayClass {
        self(recovery)
    }
}

/// What the rules read.
pub struct View<'a> {
    /// The proposal as time has left it.
    pub looked: &'a Looked,
    /// Its payload.
    pub payload: &'a dyn Waits,
    /// Members and rules.
    pub config: &'a Config,
    /// The newest word of everybody who said something.
    pub votes: &'a [(Principal, Vote)],
}

impl core::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("View").field("looked", &self.looked).finish_non_exhaustive()
    }
}

const VOTED_ON: &[ProposalState] =
    &[ProposalState::Voting, ProposalState::Timelocked, ProposalState::Ready];

/// A member approves what it saw.
pub fn approve(view: &View<'_>, seen: Seen, ctx: &Ctx) -> Result<Change, GovernorError> {
    must_see(view, &seen, ctx)?;
    let proposal = &view.looked.proposal;
    if proposal.kind == PayloadKind::UpgradeRelease {
        let made = proposal.rehearsed_at.ok_or(StateFault::NotRehearsed)?;
        if ctx.now >= made.saturating_add(view.config.rules.rehearsal_ttl) {
            return Err(StateFault::RehearsalOld.into());
        }
    }
    said(view, Ballot::Approve, ctx)
}

/// A member is against it.
pub fn reject(view: &View<'_>, seen: Seen, ctx: &Ctx) -> Result<Change, GovernorError> {
    must_see(view, &seen, ctx)?;
    said(view, Ballot::Reject, ctx)
}

/// A member takes its word back. Below the threshold the vote goes on, and the wait starts anew
/// when it is reached again (V3).
pub fn revoke_approval(view: &View<'_>, ctx: &Ctx) -> Result<Change, GovernorError> {
    need(view.config, Permissions::APPROVE, ctx)?;
    view.looked.need(VOTED_ON)?;
    if word(view, ctx).is_none_or(|vote| vote.ballot == Ballot::Revoked) {
        return Err(StateFault::NotVoted.into());
    }
    said(view, Ballot::Revoked, ctx)
}

fn must_see(view: &View<'_>, seen: &Seen, ctx: &Ctx) -> Result<(), GovernorError> {
    need(view.config, Permissions::APPROVE, ctx)?;
    view.looked.need(VOTED_ON)?;
    let proposal = &view.looked.proposal;
    let differs = |what| Err(InputFault::NotSeen { what }.into());
    if seen.digest != proposal.digest {
        return differs("digest");
    }
    if seen.epoch != proposal.epoch {
        return differs("epoch");
    }
    if seen.rehearsal != proposal.rehearsal {
        return differs("rehearsal");
    }
    Ok(())
}

fn word<'a>(view: &'a View<'_>, ctx: &Ctx) -> Option<&'a Vote> {
    view.votes.iter().find(|(who, _)| *who == ctx.actor).map(|(_, vote)| vote)
}

/// Takes the word, and moves the proposal where the words lead.
fn said(view: &View<'_>, ballot: Ballot, ctx: &Ctx) -> Result<Change, GovernorError> {
    let (looked, config) = (view.looked, view.config);
    let before = word(view, ctx).filter(|vote| {
        vote.ballot == ballot && tally::counts(vote, config, &looked.proposal, ctx.now)
    });
    if before.is_some() {
        return Err(StateFault::Voted.into());
    }
    if looked.proposal.votes >= limits::MAX_VOTES {
        let max = u64::from(limits::MAX_VOTES);
        return Err(
            granary_kernel::Fault::Full { what: "the proposal's list of votes", max }.into()
        );
    }
    let vote = Vote {
        ballot,
        at: ctx.now,
        epoch: config.epoch,
        digest: looked.proposal.digest,
        rehearsal: looked.proposal.rehearsal,
        expires_at: ctx.now.saturating_add(config.rules.approval_ttl),
    };
    let mut votes: Vec<_> =
        view.votes.iter().filter(|(who, _)| *who != ctx.actor).cloned().collect();
    votes.push((ctx.actor, vote.clone()));
    let now = tally::tally(config, &looked.proposal, &votes, ctx.now);
    let mut counted = looked.clone();
    counted.proposal.votes = counted.proposal.votes.saturating_add(1);
    let (kind, number) = match ballot {
        Ballot::Approve => (EventKind::ApprovalGiven, now.approving),
        Ballot::Revoked => (EventKind::ApprovalRevoked, now.approving),
        Ballot::Reject => (EventKind::ProposalRejected, now.rejecting),
    };
    let event = Event::new(kind, looked.id.wire()).party(ctx.actor).number(number.into());
    let mut events = vec![event.digest(looked.proposal.digest)];
    let proposal = follow(view, &counted, now, ctx.now, &mut events);
    let mut change = Change::of(looked.id, proposal, events);
    change.vote = Some((ctx.actor, vote));
    change.config = seen_alive(config, ctx);
    Ok(change)
}

/// Where the words lead.
fn follow(
    view: &View<'_>,
    looked: &Looked,
    tally: Tally,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Proposal {
    let proposal = &looked.proposal;
    if !tally.is_possible() {
        let (proposal, event) =
            looked.ended(ProposalState::Rejected, "too many are against it", now);
        events.push(event);
        return proposal;
    }
    match (proposal.state == ProposalState::Voting, tally.is_enough()) {
        (true, true) => {
            let eta = now.saturating_add(wait(view, proposal, now));
            let (moved, event) = looked.moved(ProposalState::Timelocked, Some(eta), now);
            events.push(event);
            let at = eta.as_nanos();
            events.push(Event::new(EventKind::ProposalTimelocked, looked.id.wire()).number(at));
            let approved_at = proposal.approved_at.or(Some(now));
            Proposal { eta: Some(eta), approved_at, ..moved }
        }
        (false, false) => {
            let (moved, event) = looked.moved(ProposalState::Voting, proposal.voting_ends, now);
            events.push(event);
            Proposal { eta: None, ..moved }
        }
        (true, false) | (false, true) => proposal.clone(),
    }
}

/// How long it waits from now on: the delay of its kind, the longest when its rehearsal failed
/// (V11), longer when the threshold was reached late.
pub fn wait(view: &View<'_>, proposal: &Proposal, now: Timestamp) -> Duration {
    let rules = &view.config.rules;
    let recovery = view.config.recovery.as_ref().map(|recovery| &recovery.canister);
    let class = if proposal.rehearsal_failed {
        DelayClass::Constitution
    } else {
        view.payload.delay(recovery)
    };
    let delay = match class {
        DelayClass::Ordinary => rules.min_delay,
        DelayClass::Constitution => rules.long_delay,
    };
    let left = proposal.voting_ends.map(|end| end.saturating_since(now));
    if left.is_some_and(|left| left < rules.late_quorum) {
        let longer = delay.as_nanos().saturating_add(rules.late_extension.as_nanos());
        return Duration::from_nanos(longer);
    }
    delay
}

/// The configuration in which the member was seen, when it was not seen just now.
pub fn seen_alive(config: &Config, ctx: &Ctx) -> Option<Config> {
    let place = config.members.iter().position(|member| member.principal == ctx.actor)?;
    let seen = config.members.get(place)?.last_seen;
    // Once an hour is enough: who votes on ten proposals is written down once.
    if ctx.now < seen.saturating_add(HOUR) {
        return None;
    }
    let mut config = config.clone();
    config.members.get_mut(place)?.last_seen = ctx.now;
    Some(config)
}

const HOUR: Duration = Duration::seconds(3_600);

#[cfg(test)]
#[path = "vote_tests.rs"]
mod tests;
