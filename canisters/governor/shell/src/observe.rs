//! What operators see of the constitution: health, metrics, figures.

pub mod families;

use governor_core::limits;
use governor_core::records::Totals;
use governor_core::types::{
    Duration, Permissions, ProposalId, ProposalState, Timestamp, VotingRule,
};
use granary_api::common::HealthStatus;
use granary_health::Check;

use crate::convert::output;
use crate::state::Constitution;

/// How long an execution may take before people should look: longer than a drain, a migration and
/// every try of the way back.
const LONG_EXECUTION: Duration = Duration::seconds(6 * 3_600);
/// How old the newest fleet snapshot may be once there is one.
const OLD_SNAPSHOT: Duration = Duration::seconds(30 * 86_400);

/// The components of health that only the constitution has; O(members).
pub fn checks(store: &Constitution, now: Timestamp) -> Vec<Check> {
    let totals = store.totals();
    let (bad, worst) = (HealthStatus::Degraded, HealthStatus::Critical);
    let count = |name, status, count: u64, what: &str| {
        if count == 0 {
            return Check::healthy(name);
        }
        Check::not_healthy(name, status, format!("{count} {what}"))
    };
    let ready = totals.count(ProposalState::Ready);
    vec![
        members(store, now),
        count("drift", worst, totals.drifted, "canisters are not what was approved"),
        count("incidents", bad, totals.open_incidents, "incidents are open"),
        count("ready", bad, ready, "proposals wait for somebody who executes them"),
        execution(store, &totals, now),
        snapshot(&totals, now),
        Check::capacity("open_proposals", totals.pending(), limits::MAX_PENDING),
        Check::capacity("proposals", store.proposal_count(), limits::MAX_PROPOSALS),
    ]
}

/// Whether those who showed a sign could still decide something.
fn members(store: &Constitution, now: Timestamp) -> Check {
    let config = store.config();
    let able = || config.able(Permissions::APPROVE, now);
    let live = able().filter(|member| output::is_live(member, config, now));
    let weight: u64 = match config.rules.voting {
        VotingRule::OneMemberOneVote => output::approvers_live(config, now).into(),
        VotingRule::Weighted => live.map(|member| u64::from(member.weight)).sum(),
    };
    let (need, live) = (config.rules.threshold, output::approvers_live(config, now));
    let all = able().count();
    if weight < u64::from(need) {
        let text = format!("{live} approvers showed a sign in time, {need} are needed");
        return Check::not_healthy("members", HealthStatus::Critical, text);
    }
    if u64::from(live) < u64::try_from(all).unwrap_or(u64::MAX) {
        let text = format!("{live} of {all} approvers showed a sign in time");
        return Check::not_healthy("members", HealthStatus::Degraded, text);
    }
    Check::healthy("members")
}

/// An execution or a way back that does not end. An observation may take its time.
fn execution(store: &Constitution, totals: &Totals, now: Timestamp) -> Check {
    let running = ProposalId::from_wire(totals.running);
    let stored = running.and_then(|id| store.stored(id.wire()).ok());
    let works = [ProposalState::Executing, ProposalState::RollingBack];
    let since = stored.filter(|one| works.contains(&one.proposal.state));
    match since.map(|one| (one.id.wire(), now.saturating_since(one.proposal.since))) {
        Some((id, took)) if took > LONG_EXECUTION => {
            let text = format!("proposal {id} has changed canisters for {} s", took.as_secs());
            Check::not_healthy("execution", HealthStatus::Critical, text)
        }
        _ => Check::healthy("execution"),
    }
}

fn snapshot(totals: &Totals, now: Timestamp) -> Check {
    let age = totals.newest_snapshot.map(|at| now.saturating_since(at));
    let is_old = age.is_some_and(|age| age > OLD_SNAPSHOT);
    let reason = "the newest fleet snapshot is older than 30 days";
    Check::require("snapshot", !is_old, HealthStatus::Degraded, reason)
}

/// What the page for people shows.
pub fn figures(store: &Constitution) -> Vec<(&'static str, String)> {
    let totals = store.totals();
    let config = store.config();
    let count = |state| totals.count(state).to_string();
    vec![
        ("Members", config.members.len().to_string()),
        ("Approvals needed", config.rules.threshold.to_string()),
        ("Proposals", totals.created.to_string()),
        ("Open", totals.pending().to_string()),
        ("In a vote", count(ProposalState::Voting)),
        ("Wait for their timelock", count(ProposalState::Timelocked)),
        ("Completed", count(ProposalState::Completed)),
        ("Taken back", totals.rollbacks.to_string()),
        ("Canisters that drifted", totals.drifted.to_string()),
        ("Open incidents", totals.open_incidents.to_string()),
    ]
}
