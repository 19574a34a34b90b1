//! Who may decide.

use granary_kernel::checks;

use crate::errors::{InputFault, RecoveryError};
use crate::limits;
use crate::records::Committee;
use crate::types::Principal;

/// Refuses a committee that one absence ends, in which a few decide, or of which a canister of this
/// affair is a member.
pub fn check(
    committee: &Committee,
    target: &Principal,
    own: &Principal,
) -> Result<(), RecoveryError> {
    let wrong = |problem| Err(InputFault::Committee { problem }.into());
    let Committee { members, quorum } = committee;
    checks::people("members", members, limits::MAX_MEMBERS)?;
    if members.len() < limits::MIN_MEMBERS {
        return wrong("has fewer than 3 members");
    }
    if members.contains(target) || members.contains(own) {
        return wrong("has a canister it is to repair, or this one, as a member");
    }
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    if *quorum < limits::MIN_QUORUM || quorum.saturating_mul(2) <= count {
        return wrong("needs more than half of its members, and two at least, as quorum");
    }
    if *quorum > count {
        return wrong("has fewer members than its quorum");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{governor, person};

    #[test]
    fn y2_a_quorum_is_more_than_half_and_never_one() {
        let own = person(91);
        let fits = |count: u8, quorum| {
            let members = (1..=count).map(person).collect();
            check(&Committee { members, quorum }, &governor(), &own).is_ok()
        };
        // Members, and the smallest quorum that is taken.
        for (count, least) in [(3, 2), (4, 3), (5, 3), (19, 10), (20, 11)] {
            assert!(!fits(count, least - 1) && fits(count, least), "{count}");
            assert!(fits(count, count.into()) && !fits(count, u32::from(count) + 1), "{count}");
        }
        assert!(!fits(2, 2) && !fits(0, 0) && !fits(21, 11));
    }

    #[test]
    fn nobody_twice_and_no_canister_of_this_affair() {
        let own = person(91);
        let with = |who: Principal| {
            let members = vec![person(1), person(2), who];
            check(&Committee { members, quorum: 2 }, &governor(), &own).is_ok()
        };
        assert!(with(person(3)));
        for wrong in [person(1), governor(), own, Principal::anonymous()] {
            assert!(!with(wrong), "{wrong}");
        }
        assert!(!with(Principal::management_canister()));
    }
}
