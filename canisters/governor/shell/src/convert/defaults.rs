//! The rules of deciding that nobody named at the first install.

use governor_core::limits;
use governor_core::records::{MemberSpec, Rules};
use governor_core::rules::constitution::default_threshold;
use governor_core::types::{Duration, Permissions, VotingRule};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// A strict majority of those who approve, the shortest timelock there may be for ordinary
/// proposals, a week for what changes who decides.
pub fn rules(members: &[MemberSpec]) -> Rules {
    let approvers = members.iter().filter(|one| one.permissions.has(Permissions::APPROVE)).count();
    Rules {
        threshold: default_threshold(approvers),
        voting: VotingRule::OneMemberOneVote,
        min_delay: limits::MIN_DELAY,
        long_delay: Duration::seconds(7 * DAY),
        // Longer than the longest wait it can start: 7 d, a late threshold's 2 d, the window's 7 d.
        approval_ttl: Duration::seconds(30 * DAY),
        discussion: Duration::seconds(DAY),
        voting_period: Duration::seconds(7 * DAY),
        execution_window: Duration::seconds(7 * DAY),
        observation: Duration::seconds(DAY),
        rehearsal_ttl: Duration::seconds(30 * DAY),
        late_quorum: Duration::seconds(DAY),
        late_extension: Duration::seconds(2 * DAY),
        heartbeat: Duration::seconds(30 * DAY),
        attestations: limits::MIN_THRESHOLD,
    }
}

#[cfg(test)]
mod tests {
    use governor_core::records::Profile;
    use governor_core::rules::constitution::check_rules;
    use governor_core::types::Principal;

    use super::*;

    #[test]
    fn the_rules_nobody_named_hold_in_production() {
        for (count, threshold) in [(3, 2), (4, 3), (5, 3), (64, 33)] {
            let member = |at: u8| MemberSpec {
                principal: Principal::from_slice(&[at; 29]),
                permissions: Permissions::ALL,
                weight: 1,
                expires_at: None,
            };
            let rules = rules(&(0..count).map(member).collect::<Vec<_>>());
            assert_eq!(check_rules(&rules, Profile::Production), Ok(()));
            assert_eq!(rules.threshold, threshold, "of {count}");
        }
    }
}
