//! Which members and rules there may be (V1), and how they come into force (V12).

use granary_kernel::{Profile, checks};

use crate::errors::{GovernorError, InputFault};
use crate::limits;
use crate::records::{Config, Event, EventKind, Member, MemberSpec, PendingRules, Recovery, Rules};
use crate::types::{Duration, Permissions, Principal, Timestamp, VotingRule};

/// Refuses members and a threshold that let too few decide, or nobody (V1). `own` is this canister.
pub fn check_members(
    members: &[MemberSpec],
    threshold: u32,
    voting: VotingRule,
    own: &Principal,
    now: Timestamp,
) -> Result<(), GovernorError> {
    let people: Vec<Principal> = members.iter().map(|member| member.principal).collect();
    checks::people("members", &people, limits::MAX_MEMBERS)?;
    if people.len() < limits::MIN_MEMBERS {
        return Err(members_fault("are fewer than three"));
    }
    if people.contains(own) {
        return Err(members_fault("name the governor itself"));
    }
    for member in members {
        if member.permissions.is_empty() {
            return Err(members_fault("name somebody without a permission"));
        }
        if member.weight == 0 || member.weight > limits::MAX_WEIGHT {
            return Err(members_fault("have a weight outside of 1 to 1,000,000"));
        }
        if member.expires_at.is_some_and(|end| end <= now) {
            return Err(members_fault("name somebody whose membership is over"));
        }
    }
    let may = |what| members.iter().any(|member| member.permissions.has(what));
    for (what, lack) in [
        (Permissions::PROPOSE, "leave nobody to propose"),
        (Permissions::EXECUTE, "leave nobody to execute"),
        (Permissions::VETO, "leave nobody to veto"),
    ] {
        if !may(what) {
            return Err(members_fault(lack));
        }
    }
    check_threshold(members, threshold, voting)
}

/// Threshold ≥ max(2, half rounded up) of those who approve, and reachable; with weights more than
/// half of all weight, and by no single member.
fn check_threshold(
    members: &[MemberSpec],
    threshold: u32,
    voting: VotingRule,
) -> Result<(), GovernorError> {
    let approvers = members.iter().filter(|one| one.permissions.has(Permissions::APPROVE));
    let weights: Vec<u64> = approvers.map(|one| u64::from(one.weight)).collect();
    let count = u64::try_from(weights.len()).unwrap_or(u64::MAX);
    if weights.len() < limits::MIN_MEMBERS {
        return Err(members_fault("have fewer than three approvers"));
    }
    let (least, most) = match voting {
        VotingRule::OneMemberOneVote => {
            (u64::from(limits::MIN_THRESHOLD).max(count.div_ceil(2)), count)
        }
        VotingRule::Weighted => {
            let all = weights.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
            let largest = weights.iter().copied().max().unwrap_or_default();
            let majority = all.div_ceil(2).max(largest).saturating_add(1);
            (majority.min(all), all)
        }
    };
    let given = u64::from(threshold);
    checks::between("threshold", given, least, most)?;
    Ok(())
}

/// The threshold nobody named: a strict majority.
pub fn default_threshold(approvers: usize) -> u32 {
    let count = u32::try_from(approvers).unwrap_or(u32::MAX);
    (count >> 1).saturating_add(1).max(limits::MIN_THRESHOLD)
}

/// Refuses rules outside of their floors. Only the Testing profile goes below (C13).
pub fn check_rules(rules: &Rules, profile: Profile) -> Result<(), GovernorError> {
    let testing = profile == Profile::Testing;
    let floor = if testing { limits::MIN_TEST_DELAY } else { limits::MIN_DELAY };
    let span = |field: &str, given: Duration, min: Duration, max: Duration| {
        checks::between(field, given.as_nanos(), min.as_nanos(), max.as_nanos())
    };
    span("min_delay_ns", rules.min_delay, floor, limits::MAX_DELAY)?;
    span("long_delay_ns", rules.long_delay, rules.min_delay, limits::MAX_DELAY)?;
    span("discussion_ns", rules.discussion, Duration::ZERO, limits::MAX_DISCUSSION)?;
    let second = limits::MIN_TEST_DELAY;
    span("voting_period_ns", rules.voting_period, second, limits::MAX_VOTING)?;
    span("execution_window_ns", rules.execution_window, second, limits::MAX_EXECUTION_WINDOW)?;
    span("observation_ns", rules.observation, Duration::ZERO, limits::MAX_OBSERVATION)?;
    span("late_quorum_ns", rules.late_quorum, Duration::ZERO, rules.voting_period)?;
    span("late_extension_ns", rules.late_extension, Duration::ZERO, limits::MAX_DELAY)?;
    span("heartbeat_ns", rules.heartbeat, second, limits::MAX_HEARTBEAT)?;
    // An approval must outlive the wait it starts, or nothing could ever be executed.
    let outlives = rules
        .long_delay
        .as_nanos()
        .saturating_add(rules.late_extension.as_nanos())
        .saturating_add(rules.execution_window.as_nanos());
    let least = Duration::from_nanos(outlives.min(limits::MAX_APPROVAL_TTL.as_nanos()));
    span("approval_ttl_ns", rules.approval_ttl, least, limits::MAX_APPROVAL_TTL)?;
    span("rehearsal_ttl_ns", rules.rehearsal_ttl, least, limits::MAX_REHEARSAL_TTL)?;
    checks::at_most(
        "attestations",
        rules.attestations.into(),
        u64::try_from(limits::MAX_MEMBERS).unwrap_or(u64::MAX),
    )?;
    Ok(())
}

/// Refuses a recovery committee that the governors' majority could be, or that is too small: who
/// repairs the governor must not be who governs (V12).
pub fn check_recovery(
    committee: &[Principal],
    quorum: u32,
    members: &[Principal],
    own: &Principal,
) -> Result<(), GovernorError> {
    checks::people("committee", committee, limits::MAX_COMMITTEE)?;
    let wrong = |problem| Err(InputFault::Committee { problem }.into());
    let count = u32::try_from(committee.len()).unwrap_or(u32::MAX);
    if committee.len() < limits::MIN_MEMBERS {
        return wrong("has fewer than three members");
    }
    if committee.contains(own) {
        return wrong("names the governor itself");
    }
    if quorum > count || quorum < limits::MIN_THRESHOLD.max((count >> 1).saturating_add(1)) {
        return wrong("needs a strict majority of at least two as its quorum");
    }
    let both = committee.iter().filter(|one| members.contains(one)).count();
    if u32::try_from(both).unwrap_or(u32::MAX) >= quorum {
        return wrong("could act with governing members alone");
    }
    Ok(())
}

/// The members a list of them makes; whoever stays keeps when they joined and were seen.
pub fn seated(list: &[MemberSpec], before: &[Member], epoch: u64, now: Timestamp) -> Vec<Member> {
    let mut members: Vec<Member> = list
        .iter()
        .map(|spec| {
            let known = before.iter().find(|member| member.principal == spec.principal);
            Member {
                principal: spec.principal,
                permissions: spec.permissions,
                weight: spec.weight,
                joined_epoch: known.map_or(epoch, |member| member.joined_epoch),
                last_seen: known.map_or(now, |member| member.last_seen),
                expires_at: spec.expires_at,
            }
        })
        .collect();
    members.sort_by_key(|member| member.principal);
    members
}

/// The configuration with other members: a new epoch, in which no older approval counts (X3).
pub fn with_members(
    config: &Config,
    list: &[MemberSpec],
    threshold: u32,
    now: Timestamp,
) -> (Config, Event) {
    let epoch = config.epoch.saturating_add(1);
    let members = seated(list, &config.members, epoch, now);
    let rules = Rules { threshold, ..config.rules };
    // Rules that wait were made for other members: their threshold would come back with them.
    let pending = config
        .pending
        .clone()
        .map(|pending| PendingRules { rules: Rules { threshold, ..pending.rules }, ..pending });
    let config = Config { epoch, members, rules, pending, ..config.clone() };
    (config, Event::new(EventKind::MembersChanged, 0).number(epoch))
}

/// How long rules that shorten a delay wait beyond their timelock: the largest difference (V12).
pub fn difference(before: &Rules, after: &Rules) -> Duration {
    let less =
        |before: Duration, after: Duration| before.as_nanos().saturating_sub(after.as_nanos());
    let largest = less(before.min_delay, after.min_delay)
        .max(less(before.long_delay, after.long_delay))
        .max(less(before.observation, after.observation));
    Duration::from_nanos(largest)
}

/// The configuration with other rules: at once, or once the difference of the delays has passed.
pub fn with_rules(config: &Config, rules: Rules, now: Timestamp) -> (Config, Option<Event>) {
    let wait = difference(&config.rules, &rules);
    if wait > Duration::ZERO {
        let effective_at = now.saturating_add(wait);
        let pending = Some(PendingRules { rules, effective_at });
        return (Config { pending, ..config.clone() }, None);
    }
    let (config, event) = in_force(config, rules);
    (config, Some(event))
}

/// The rules are in force: a new epoch.
pub fn in_force(config: &Config, rules: Rules) -> (Config, Event) {
    let epoch = config.epoch.saturating_add(1);
    let config = Config { epoch, rules, pending: None, ..config.clone() };
    (config, Event::new(EventKind::ConfigChanged, 0).number(epoch))
}

/// Who repairs the governor, as a committee that was checked makes it.
pub fn with_committee(config: &Config, members: &[Principal], quorum: u32) -> Config {
    let recovery = config.recovery.as_ref().map(|recovery| Recovery {
        canister: recovery.canister,
        committee: members.to_vec(),
        quorum,
    });
    Config { recovery, ..config.clone() }
}

fn members_fault(problem: &'static str) -> GovernorError {
    InputFault::Members { problem }.into()
}

#[cfg(test)]
#[path = "constitution_tests.rs"]
mod tests;
