//! Wire types to the core's. What has no counterpart there is refused by name; everything else is
//! left to the rules.

use governor_core::records::{
    Escalation, IncidentPhase, MemberSpec, Method, Placement, Recovery, Role, Rules,
};
use governor_core::rules::vote::Seen;
use governor_core::store::ProposalFilter;
use governor_core::types::{Duration, Hash, Permissions, Principal, Timestamp, VotingRule};
use granary_api::governor as g;
use granary_kernel::{Fault, checks};
use serde_bytes::ByteBuf;

/// A canister-wide role.
pub const fn role(role: g::Role) -> Role {
    match role {
        g::Role::Operator => Role::Operator,
        g::Role::Auditor => Role::Auditor,
        g::Role::Backup => Role::Backup,
        g::Role::Governor => Role::Governor,
    }
}

fn permissions(given: &[g::Permission]) -> Permissions {
    let one = |one: &g::Permission| match one {
        g::Permission::Propose => Permissions::PROPOSE,
        g::Permission::Approve => Permissions::APPROVE,
        g::Permission::Execute => Permissions::EXECUTE,
        g::Permission::Veto => Permissions::VETO,
    };
    Permissions::of(&given.iter().map(one).collect::<Vec<_>>())
}

/// Members as they are named.
pub fn members(given: Vec<g::MemberSpec>) -> Vec<MemberSpec> {
    let member = |member: g::MemberSpec| MemberSpec {
        principal: member.principal,
        permissions: permissions(&member.permissions),
        weight: member.weight,
        expires_at: member.expires_at_ns.map(Timestamp::from_nanos),
    };
    given.into_iter().map(member).collect()
}

/// Members as the recovery canister names them: each gets every permission.
pub fn rotated(given: &[Principal]) -> Vec<MemberSpec> {
    let member = |principal: &Principal| MemberSpec {
        principal: *principal,
        permissions: Permissions::ALL,
        weight: 1,
        expires_at: None,
    };
    given.iter().map(member).collect()
}

/// The rules of deciding.
pub const fn rules(given: g::Rules) -> Rules {
    Rules {
        threshold: given.threshold,
        voting: match given.voting {
            g::VotingRule::OneMemberOneVote => VotingRule::OneMemberOneVote,
            g::VotingRule::Weighted => VotingRule::Weighted,
        },
        min_delay: Duration::from_nanos(given.min_delay_ns),
        long_delay: Duration::from_nanos(given.long_delay_ns),
        approval_ttl: Duration::from_nanos(given.approval_ttl_ns),
        discussion: Duration::from_nanos(given.discussion_ns),
        voting_period: Duration::from_nanos(given.voting_period_ns),
        execution_window: Duration::from_nanos(given.execution_window_ns),
        observation: Duration::from_nanos(given.observation_ns),
        rehearsal_ttl: Duration::from_nanos(given.rehearsal_ttl_ns),
        late_quorum: Duration::from_nanos(given.late_quorum_ns),
        late_extension: Duration::from_nanos(given.late_extension_ns),
        heartbeat: Duration::from_nanos(given.heartbeat_ns),
        attestations: given.attestations,
    }
}

/// Who repairs this canister.
pub fn recovery(given: g::RecoverySpec) -> Recovery {
    let g::RecoverySpec { canister, committee, quorum } = given;
    Recovery { canister, committee, quorum }
}

/// A method that may be called.
pub fn method(given: g::Method) -> Method {
    let g::Method { target, method } = given;
    Method { target, method }
}

/// Whom to call.
pub fn escalation(given: g::Escalation) -> Escalation {
    let g::Escalation { primary, backup, channel, path } = given;
    Escalation { primary, backup, channel, path }
}

/// Where a canister stands in a release.
pub fn placement(given: g::Placement) -> Placement {
    let g::Placement { name, phase, order, dependencies } = given;
    Placement { name, phase, order, dependencies }
}

/// A canister under control from the first moment.
pub fn first_target(given: g::TargetSpec) -> (Principal, Placement) {
    (given.canister, placement(given.placement))
}

/// What a member says it saw.
pub fn seen(args: &g::VoteArgs) -> Result<Seen, Fault> {
    let rehearsal = args.rehearsal.as_ref().map(|bytes| hash("rehearsal", bytes)).transpose()?;
    Ok(Seen { digest: hash("digest", &args.digest)?, epoch: args.epoch, rehearsal })
}

/// Thirty-two bytes.
pub fn hash(field: &str, bytes: &ByteBuf) -> Result<Hash, Fault> {
    checks::hash(field, bytes)
}

/// Which proposals to list.
pub const fn filter(filter: g::ProposalFilter) -> ProposalFilter {
    match filter {
        g::ProposalFilter::All => ProposalFilter::All,
        g::ProposalFilter::Open => ProposalFilter::Open,
    }
}

/// What people are at.
pub const fn phase(phase: g::IncidentPhase) -> IncidentPhase {
    match phase {
        g::IncidentPhase::ImmediateActions => IncidentPhase::ImmediateActions,
        g::IncidentPhase::Assessment => IncidentPhase::Assessment,
        g::IncidentPhase::Recovery => IncidentPhase::Recovery,
        g::IncidentPhase::PostIncident => IncidentPhase::PostIncident,
        g::IncidentPhase::Closed => IncidentPhase::Closed,
    }
}
