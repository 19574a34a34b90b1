//! The core's types to the wire's: members, rules, proposals and votes, incidents.

use governor_core::records::{
    Ballot, Config, Escalation, Incident, IncidentPhase, Member, MemberSpec, Method, Note,
    PendingRules, Placement, Recovery, Role, Rules, Vote,
};
use governor_core::rules::tally::{self, Tally};
use governor_core::store::ProposalView;
use governor_core::types::{
    Hash, IncidentId, Permissions, Principal, ProposalState, Timestamp, VotingRule,
};
use granary_api::governor as g;
use granary_env::suite::convert as suite;
use granary_kernel::Page;
use serde_bytes::ByteBuf;

/// A canister-wide role.
pub const fn role(role: Role) -> g::Role {
    match role {
        Role::Operator => g::Role::Operator,
        Role::Auditor => g::Role::Auditor,
        Role::Backup => g::Role::Backup,
        Role::Governor => g::Role::Governor,
    }
}

/// A digest as bytes.
pub fn hash(hash: &Hash) -> ByteBuf {
    ByteBuf::from(hash.as_slice())
}

/// A digest that may be absent.
pub fn opt_hash(hash: Option<&Hash>) -> Option<ByteBuf> {
    hash.map(self::hash)
}

/// Nanoseconds since 1970 of what may be absent.
pub fn opt_time(at: Option<Timestamp>) -> Option<u64> {
    at.map(Timestamp::as_nanos)
}

fn permissions(set: Permissions) -> Vec<g::Permission> {
    let all = [
        (Permissions::PROPOSE, g::Permission::Propose),
        (Permissions::APPROVE, g::Permission::Approve),
        (Permissions::EXECUTE, g::Permission::Execute),
        (Permissions::VETO, g::Permission::Veto),
    ];
    all.into_iter().filter(|(one, _)| set.has(*one)).map(|(_, name)| name).collect()
}

/// A member as a proposal names it.
pub fn member_spec(member: &MemberSpec) -> g::MemberSpec {
    g::MemberSpec {
        principal: member.principal,
        permissions: permissions(member.permissions),
        weight: member.weight,
        expires_at_ns: opt_time(member.expires_at),
    }
}

fn member(member: &Member, config: &Config, now: Timestamp) -> g::Member {
    g::Member {
        principal: member.principal,
        permissions: permissions(member.permissions),
        weight: member.weight,
        joined_epoch: member.joined_epoch,
        last_seen_ns: member.last_seen.as_nanos(),
        expires_at_ns: opt_time(member.expires_at),
        is_member: member.is_member(now),
        is_live: is_live(member, config, now),
    }
}

/// True for a member who showed a sign in time.
pub fn is_live(member: &Member, config: &Config, now: Timestamp) -> bool {
    let silent_from = member.last_seen.saturating_add(config.rules.heartbeat);
    member.is_member(now) && now < silent_from
}

/// Members who may approve and showed a sign in time.
pub fn approvers_live(config: &Config, now: Timestamp) -> u32 {
    let able = config.able(Permissions::APPROVE, now);
    let live = able.filter(|member| is_live(member, config, now)).count();
    u32::try_from(live).unwrap_or(u32::MAX)
}

/// The members there are.
pub fn members(config: &Config, now: Timestamp) -> g::Members {
    g::Members {
        epoch: config.epoch,
        threshold: config.rules.threshold,
        approvers_live: approvers_live(config, now),
        members: config.members.iter().map(|one| member(one, config, now)).collect(),
    }
}

/// The rules of deciding.
pub const fn rules(rules: &Rules) -> g::Rules {
    g::Rules {
        threshold: rules.threshold,
        voting: match rules.voting {
            VotingRule::OneMemberOneVote => g::VotingRule::OneMemberOneVote,
            VotingRule::Weighted => g::VotingRule::Weighted,
        },
        min_delay_ns: rules.min_delay.as_nanos(),
        long_delay_ns: rules.long_delay.as_nanos(),
        approval_ttl_ns: rules.approval_ttl.as_nanos(),
        discussion_ns: rules.discussion.as_nanos(),
        voting_period_ns: rules.voting_period.as_nanos(),
        execution_window_ns: rules.execution_window.as_nanos(),
        observation_ns: rules.observation.as_nanos(),
        rehearsal_ttl_ns: rules.rehearsal_ttl.as_nanos(),
        late_quorum_ns: rules.late_quorum.as_nanos(),
        late_extension_ns: rules.late_extension.as_nanos(),
        heartbeat_ns: rules.heartbeat.as_nanos(),
        attestations: rules.attestations,
    }
}

/// A method that may be called.
pub fn method(method: &Method) -> g::Method {
    g::Method { target: method.target.clone(), method: method.method.clone() }
}

/// Whom to call.
pub fn escalation(escalation: &Escalation) -> g::Escalation {
    let Escalation { primary, backup, channel, path } = escalation.clone();
    g::Escalation { primary, backup, channel, path }
}

/// Where a canister stands in a release.
pub fn placement(placement: &Placement) -> g::Placement {
    let Placement { name, phase, order, dependencies } = placement.clone();
    g::Placement { name, phase, order, dependencies }
}

fn recovery(recovery: &Recovery) -> g::RecoverySpec {
    let Recovery { canister, committee, quorum } = recovery.clone();
    g::RecoverySpec { canister, committee, quorum }
}

/// What the governor goes by.
pub fn config(config: &Config) -> g::Config {
    let waiting = |pending: &PendingRules| g::PendingRules {
        rules: rules(&pending.rules),
        effective_at_ns: pending.effective_at.as_nanos(),
    };
    g::Config {
        epoch: config.epoch,
        profile: suite::profile(config.base.profile),
        rules: rules(&config.rules),
        pending: config.pending.as_ref().map(waiting),
        recovery: config.recovery.as_ref().map(recovery),
        methods: config.methods.iter().map(method).collect(),
        escalation: escalation(&config.escalation),
    }
}

/// Where a proposal stands.
pub const fn state(state: ProposalState) -> g::ProposalState {
    match state {
        ProposalState::Draft => g::ProposalState::Draft,
        ProposalState::Staged => g::ProposalState::Staged,
        ProposalState::Audited => g::ProposalState::Audited,
        ProposalState::Rehearsed => g::ProposalState::Rehearsed,
        ProposalState::Discussion => g::ProposalState::Discussion,
        ProposalState::Voting => g::ProposalState::Voting,
        ProposalState::Timelocked => g::ProposalState::Timelocked,
        ProposalState::Ready => g::ProposalState::Ready,
        ProposalState::Executing => g::ProposalState::Executing,
        ProposalState::Observing => g::ProposalState::Observing,
        ProposalState::RollingBack => g::ProposalState::RollingBack,
        ProposalState::Completed => g::ProposalState::Completed,
        ProposalState::RolledBack => g::ProposalState::RolledBack,
        ProposalState::RollbackFailed => g::ProposalState::RollbackFailed,
        ProposalState::Rejected => g::ProposalState::Rejected,
        ProposalState::Cancelled => g::ProposalState::Cancelled,
        ProposalState::Vetoed => g::ProposalState::Vetoed,
        ProposalState::Expired => g::ProposalState::Expired,
        ProposalState::Stale => g::ProposalState::Stale,
    }
}

/// What the words come to.
pub const fn tally(tally: Tally) -> g::Tally {
    g::Tally {
        approving: tally.approving,
        weight: tally.weight,
        rejecting: tally.rejecting,
        reachable: tally.reachable,
        needed: tally.needed,
        is_enough: tally.is_enough(),
    }
}

/// The head of a proposal.
pub fn proposal(view: ProposalView) -> g::Proposal {
    let ProposalView { id, proposal: head, tally: count, .. } = view;
    g::Proposal {
        id: id.wire(),
        kind: head.kind.name().to_owned(),
        title: head.title,
        proposer: head.proposer,
        created_at_ns: head.created_at.as_nanos(),
        digest: hash(&head.digest),
        epoch: head.epoch,
        state: state(head.state),
        since_ns: head.since.as_nanos(),
        until_ns: opt_time(head.until),
        voting_ends_ns: opt_time(head.voting_ends),
        eta_ns: opt_time(head.eta),
        rehearsal: opt_hash(head.rehearsal.as_ref()),
        rehearsed_at_ns: opt_time(head.rehearsed_at),
        rehearsal_failed: head.rehearsal_failed,
        tally: tally(count),
        approved_at_ns: opt_time(head.approved_at),
        started_at_ns: opt_time(head.started_at),
        ended_at_ns: opt_time(head.ended_at),
        reason: head.reason,
    }
}

/// What members said about a proposal.
pub fn votes(view: &ProposalView, config: &Config, now: Timestamp) -> Vec<g::Vote> {
    let able = |who: &Principal| config.may(who, Permissions::APPROVE, now);
    let counts = |who: &Principal, vote: &Vote| {
        able(who) && tally::counts(vote, config, &view.proposal, now)
    };
    let vote = |(who, vote): &(Principal, Vote)| g::Vote {
        member: *who,
        ballot: match vote.ballot {
            Ballot::Approve => g::Ballot::Approve,
            Ballot::Reject => g::Ballot::Reject,
            Ballot::Revoked => g::Ballot::Revoked,
        },
        at_ns: vote.at.as_nanos(),
        epoch: vote.epoch,
        rehearsal: opt_hash(vote.rehearsal.as_ref()),
        expires_at_ns: vote.expires_at.as_nanos(),
        counts: counts(who, vote),
    };
    view.votes.iter().map(vote).collect()
}

/// A page of proposals.
pub fn proposals(page: Page<ProposalView>) -> g::ProposalPage {
    let Page { items, next } = page.map(proposal);
    g::ProposalPage { items, next }
}

/// Where a proposal stands, and what it waits for.
pub fn status(view: &ProposalView) -> g::ProposalStatus {
    let ProposalView { id, proposal: head, tally: count, .. } = view;
    g::ProposalStatus {
        proposal: id.wire(),
        state: state(head.state),
        since_ns: head.since.as_nanos(),
        until_ns: opt_time(head.until),
        eta_ns: opt_time(head.eta),
        tally: tally(*count),
        waits_for: waits_for(head.state, count),
    }
}

fn waits_for(state: ProposalState, tally: &Tally) -> String {
    let text = match state {
        ProposalState::Draft => "its modules",
        ProposalState::Staged => "an audit that finds nothing against it",
        ProposalState::Audited => "a rehearsal",
        ProposalState::Rehearsed | ProposalState::Discussion => "the end of the discussion",
        ProposalState::Voting => {
            let short = tally.needed.saturating_sub(tally.weight);
            return format!("{short} more approvals of {} that are needed", tally.needed);
        }
        ProposalState::Timelocked => "the end of its timelock",
        ProposalState::Ready => "somebody who executes it",
        ProposalState::Executing => "its steps",
        ProposalState::Observing => "the end of the observation",
        ProposalState::RollingBack => "its way back",
        ProposalState::RollbackFailed => "people: the way back failed",
        ProposalState::Completed
        | ProposalState::RolledBack
        | ProposalState::Rejected
        | ProposalState::Cancelled
        | ProposalState::Vetoed
        | ProposalState::Expired
        | ProposalState::Stale => "nothing: it is over",
    };
    text.to_owned()
}

const fn phase(phase: IncidentPhase) -> g::IncidentPhase {
    match phase {
        IncidentPhase::ImmediateActions => g::IncidentPhase::ImmediateActions,
        IncidentPhase::Assessment => g::IncidentPhase::Assessment,
        IncidentPhase::Recovery => g::IncidentPhase::Recovery,
        IncidentPhase::PostIncident => g::IncidentPhase::PostIncident,
        IncidentPhase::Closed => g::IncidentPhase::Closed,
    }
}

/// An incident.
pub fn incident((id, row): (IncidentId, Incident)) -> g::Incident {
    let note = |note: Note| g::IncidentNote {
        phase: phase(note.phase),
        at_ns: note.at.as_nanos(),
        by: note.by,
        text: note.text,
    };
    g::Incident {
        id: id.wire(),
        title: row.title,
        phase: phase(row.phase),
        opened_at_ns: row.opened_at.as_nanos(),
        proposal: row.proposal,
        notes: row.notes.into_iter().map(note).collect(),
    }
}

/// A page of incidents.
pub fn incidents(page: Page<(IncidentId, Incident)>) -> g::IncidentPage {
    let Page { items, next } = page.map(incident);
    g::IncidentPage { items, next }
}
