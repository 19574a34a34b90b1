//! Rules of deciding as people give them: what is not named stays as it was.

use granary_api::governor::{Rules, VotingRule};

use crate::duration;

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// Each of them changes one rule.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct RuleFlags {
    /// Approvals needed.
    #[arg(long, value_name = "N")]
    pub(crate) threshold: Option<u32>,
    /// Timelock of ordinary proposals.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    min_delay: Option<u64>,
    /// Timelock of what changes who decides, and how.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    long_delay: Option<u64>,
    /// How long an approval counts.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    approval_ttl: Option<u64>,
    /// How long people talk before they vote.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    discussion: Option<u64>,
    /// How long they vote.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    voting: Option<u64>,
    /// How long after its eta a proposal may be executed.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    execution_window: Option<u64>,
    /// How long a release is watched.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    observation: Option<u64>,
    /// How long a rehearsal counts.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    rehearsal_ttl: Option<u64>,
    /// A threshold reached so close to the end of the vote is late.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    late_quorum: Option<u64>,
    /// By how much a late threshold prolongs the timelock.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    late_extension: Option<u64>,
    /// After so long without a sign a member is called inactive.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    heartbeat: Option<u64>,
    /// Equal builds each module of a release needs.
    #[arg(long, value_name = "N")]
    attestations: Option<u32>,
}

impl RuleFlags {
    /// True when no rule is named.
    pub(crate) fn is_empty(&self) -> bool {
        let spans = [
            self.min_delay,
            self.long_delay,
            self.approval_ttl,
            self.discussion,
            self.voting,
            self.execution_window,
            self.observation,
            self.rehearsal_ttl,
            self.late_quorum,
            self.late_extension,
            self.heartbeat,
        ];
        spans.iter().all(Option::is_none) && self.threshold.is_none() && self.attestations.is_none()
    }

    /// `rules` with what is named here.
    pub(crate) fn over(self, rules: Rules) -> Rules {
        let min_delay_ns = self.min_delay.unwrap_or(rules.min_delay_ns);
        // Whoever names a longer ordinary delay only does not mean that the long one is shorter.
        let long = self.long_delay.unwrap_or(rules.long_delay_ns.max(min_delay_ns));
        Rules {
            threshold: self.threshold.unwrap_or(rules.threshold),
            voting: rules.voting,
            min_delay_ns,
            long_delay_ns: long,
            approval_ttl_ns: self.approval_ttl.unwrap_or(rules.approval_ttl_ns),
            discussion_ns: self.discussion.unwrap_or(rules.discussion_ns),
            voting_period_ns: self.voting.unwrap_or(rules.voting_period_ns),
            execution_window_ns: self.execution_window.unwrap_or(rules.execution_window_ns),
            observation_ns: self.observation.unwrap_or(rules.observation_ns),
            rehearsal_ttl_ns: self.rehearsal_ttl.unwrap_or(rules.rehearsal_ttl_ns),
            late_quorum_ns: self.late_quorum.unwrap_or(rules.late_quorum_ns),
            late_extension_ns: self.late_extension.unwrap_or(rules.late_extension_ns),
            heartbeat_ns: self.heartbeat.unwrap_or(rules.heartbeat_ns),
            attestations: self.attestations.unwrap_or(rules.attestations),
        }
    }
}

/// Rules of a network nobody loses money on: seconds instead of days, and nobody builds twice.
pub(crate) fn testing(members: usize) -> Rules {
    Rules {
        threshold: majority(members),
        voting: VotingRule::OneMemberOneVote,
        min_delay_ns: 10 * SECOND,
        long_delay_ns: 20 * SECOND,
        approval_ttl_ns: 30 * DAY,
        discussion_ns: 0,
        voting_period_ns: HOUR,
        execution_window_ns: HOUR,
        observation_ns: 30 * SECOND,
        rehearsal_ttl_ns: 30 * DAY,
        late_quorum_ns: 0,
        late_extension_ns: 0,
        heartbeat_ns: 30 * DAY,
        attestations: 0,
    }
}

/// The rules a governor begins with when nobody names any: the shortest timelock there may be for
/// ordinary proposals, a week for what changes who decides.
pub(crate) fn standard(members: usize) -> Rules {
    Rules {
        threshold: majority(members),
        voting: VotingRule::OneMemberOneVote,
        min_delay_ns: 2 * DAY,
        long_delay_ns: 7 * DAY,
        approval_ttl_ns: 30 * DAY,
        discussion_ns: DAY,
        voting_period_ns: 7 * DAY,
        execution_window_ns: 7 * DAY,
        observation_ns: DAY,
        rehearsal_ttl_ns: 30 * DAY,
        late_quorum_ns: DAY,
        late_extension_ns: 2 * DAY,
        heartbeat_ns: 30 * DAY,
        attestations: 2,
    }
}

/// A strict majority, and never fewer than two.
pub(crate) fn majority(members: usize) -> u32 {
    let count = u32::try_from(members).unwrap_or(u32::MAX);
    (count / 2).saturating_add(1).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let rules = standard(5);
        assert_eq!(RuleFlags::default().over(rules), rules);
        assert!(RuleFlags::default().is_empty());
        let flags = RuleFlags { discussion: Some(0), threshold: Some(4), ..RuleFlags::default() };
        let changed = flags.over(rules);
        assert_eq!((changed.discussion_ns, changed.threshold), (0, 4));
        assert_eq!((changed.voting_period_ns, changed.attestations), (7 * DAY, 2));
        assert!(!flags.is_empty());
    }

    #[test]
    fn the_long_delay_is_not_left_behind() {
        let longer = RuleFlags { min_delay: Some(9 * DAY), ..RuleFlags::default() };
        assert_eq!(longer.over(standard(5)).long_delay_ns, 9 * DAY);
        let both = RuleFlags { long_delay: Some(DAY), ..longer };
        assert_eq!(both.over(standard(5)).long_delay_ns, DAY, "it is refused as what it is");
    }

    #[test]
    fn a_majority_is_strict() {
        let given = [0, 3, 4, 5, 64].map(majority);
        assert_eq!(given, [2, 2, 3, 3, 33]);
    }
}
