//! V1 and V12: which members, rules and committees there may be.

use granary_kernel::Fault;

use super::*;
use crate::rules::fixtures::{DAY, config, later, own, person, rules, seat};

fn seats(n: u8) -> Vec<MemberSpec> {
    (1..=n).map(seat).collect()
}

fn check(members: &[MemberSpec], threshold: u32) -> Result<(), GovernorError> {
    check_members(members, threshold, VotingRule::OneMemberOneVote, &own(), later(0))
}

fn refused(members: &[MemberSpec], threshold: u32) -> bool {
    check(members, threshold).is_err()
}

#[test]
fn v1_three_members_and_half_of_them_are_the_least() {
    assert!(refused(&seats(2), 2), "two members");
    // The least threshold: two, and half rounded up.
    for (members, least) in [(3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (64, 32)] {
        assert!(refused(&seats(members), least - 1), "{members} members, {least} - 1");
        assert_eq!(check(&seats(members), least), Ok(()), "{members} members, {least}");
        assert_eq!(check(&seats(members), u32::from(members)), Ok(()));
        assert!(refused(&seats(members), u32::from(members) + 1), "unreachable");
    }
    assert!(refused(&seats(65), 40), "more than 64");
    assert_eq!([3, 4, 5, 6].map(default_threshold), [2, 3, 3, 4], "a strict majority");
}

#[test]
fn v1_nobody_is_listed_twice_and_nobody_is_nobody() {
    let mut twice = seats(3);
    twice.push(seat(1));
    let fault = Fault::DuplicatePerson { field: "members".to_owned() };
    assert_eq!(check(&twice, 3), Err(fault.into()));
    let with = |who| {
        let mut list = seats(3);
        list.push(MemberSpec { principal: who, ..seat(9) });
        refused(&list, 3)
    };
    assert!(with(Principal::anonymous()));
    assert!(with(Principal::management_canister()));
    assert!(with(own()), "the governor itself");
    assert!(!with(person(7)));
}

#[test]
fn v1_only_approvers_count_for_the_threshold() {
    let mut list = seats(5);
    for member in &mut list[3..] {
        member.permissions = Permissions::PROPOSE;
    }
    assert_eq!(check(&list, 3), Ok(()));
    assert!(refused(&list, 4), "three can approve");
    list[2].permissions = Permissions::EXECUTE;
    assert!(refused(&list, 2), "fewer than three approvers");
    list[0].permissions = Permissions::from_bits(0);
    assert!(refused(&list, 2), "no permission at all");
}

#[test]
fn v1_somebody_can_propose_execute_and_veto() {
    for lacking in [Permissions::PROPOSE, Permissions::EXECUTE, Permissions::VETO] {
        let mut list = seats(3);
        for member in &mut list {
            let rest = Permissions::ALL.bits() & !lacking.bits();
            member.permissions = Permissions::from_bits(rest);
        }
        assert!(refused(&list, 2), "{:?}", lacking.names());
    }
}

#[test]
fn v1_weights_need_more_than_half_and_never_one_member_alone() {
    let weighted = |weights: [u32; 3], threshold| {
        let mut list = seats(3);
        for (member, weight) in list.iter_mut().zip(weights) {
            member.weight = weight;
        }
        check_members(&list, threshold, VotingRule::Weighted, &own(), later(0)).is_ok()
    };
    assert!(!weighted([10, 10, 10], 15), "half is not more than half");
    assert!(weighted([10, 10, 10], 16));
    assert!(!weighted([50, 10, 10], 50), "one member alone");
    assert!(weighted([50, 10, 10], 51));
    assert!(!weighted([50, 10, 10], 71), "unreachable");
    assert!(!weighted([0, 10, 10], 11), "a weight of nothing");
    assert!(!weighted([1_000_001, 10, 10], 1_000_002), "too heavy");
}

#[test]
fn v1_delays_have_floors_that_only_the_testing_profile_goes_below() {
    let with = |hours: u64, profile| {
        let min_delay = Duration::from_nanos(hours * 3_600_000_000_000);
        check_rules(&Rules { min_delay, ..rules() }, profile).is_ok()
    };
    assert!(!with(47, Profile::Production));
    assert!(!with(47, Profile::Development));
    assert!(with(47, Profile::Testing));
    assert!(with(48, Profile::Production));
    assert!(!with(0, Profile::Testing), "no wait at all");
    let long = |days: u64| {
        let long_delay = Duration::from_nanos(days * DAY);
        let approval_ttl = Duration::from_nanos(120 * DAY);
        let rehearsal_ttl = approval_ttl;
        let rules = Rules { long_delay, approval_ttl, rehearsal_ttl, ..rules() };
        check_rules(&rules, Profile::Production).is_ok()
    };
    assert!(!long(1), "shorter than the ordinary one");
    assert!(long(90));
    assert!(!long(91));
}

#[test]
fn an_approval_outlives_the_wait_it_starts() {
    let days = |days: u64| Duration::from_nanos(days * DAY);
    // Four days of delay, one of extension, three of window.
    for (ttl, ok) in [(8, true), (7, false)] {
        let rules = Rules { approval_ttl: days(ttl), ..rules() };
        assert_eq!(check_rules(&rules, Profile::Production).is_ok(), ok, "{ttl}");
        let rules = Rules { approval_ttl: days(20), rehearsal_ttl: days(ttl), ..rules };
        assert_eq!(check_rules(&rules, Profile::Production).is_ok(), ok, "{ttl}");
    }
}

#[test]
fn v12_recovery_is_not_the_governors_in_other_clothes() {
    let members: Vec<_> = (1..=5).map(person).collect();
    let check = |people: &[u8], quorum| {
        let committee: Vec<_> = people.iter().map(|n| person(*n)).collect();
        check_recovery(&committee, quorum, &members, &own()).is_ok()
    };
    assert!(check(&[11, 12, 13], 2));
    assert!(check(&[1, 12, 13], 2), "one of both cannot act alone");
    assert!(!check(&[1, 2, 13], 2), "two of both can");
    assert!(!check(&[11, 12], 2), "two are too few");
    assert!(!check(&[11, 12, 13], 1));
    assert!(!check(&[11, 12, 13, 14], 2), "no strict majority");
    assert!(!check(&[11, 12, 13], 4), "unreachable");
    assert!(!check(&[11, 11, 12], 2));
}

#[test]
fn v12_a_shorter_delay_waits_for_the_difference() {
    let days = |days: u64| Duration::from_nanos(days * DAY);
    let before = config();
    let shorter = Rules { long_delay: days(3), min_delay: days(2), ..rules() };
    let (config, event) = with_rules(&before, shorter, later(0));
    assert_eq!((config.rules, config.epoch, event), (before.rules, 1, None));
    let pending = config.pending.clone().expect("waits");
    assert_eq!((pending.rules, pending.effective_at), (shorter, later(DAY)));
    let (config, event) = in_force(&config, pending.rules);
    assert_eq!((config.rules, config.epoch, config.pending), (shorter, 2, None));
    assert_eq!(event.number, Some(2));
    let longer = Rules { long_delay: days(9), ..rules() };
    let (config, event) = with_rules(&before, longer, later(0));
    assert_eq!((config.rules, config.epoch, event.is_some()), (longer, 2, true));
}

#[test]
fn members_keep_their_seats_and_an_epoch_begins() {
    let mut before = config();
    before.members[1].last_seen = later(7);
    let list = [seat(2), seat(6), seat(7)];
    let (after, event) = with_members(&before, &list, 2, later(9));
    assert_eq!((after.epoch, after.rules.threshold, event.number), (2, 2, Some(2)));
    let seats: Vec<_> = after.members.iter().map(|one| (one.joined_epoch, one.last_seen)).collect();
    assert_eq!(seats, [(1, later(7)), (2, later(9)), (2, later(9))]);
}

#[test]
fn rules_that_wait_do_not_bring_an_old_threshold_back() {
    let mut before = config();
    before.pending = Some(PendingRules { rules: rules(), effective_at: later(DAY) });
    let (after, _) = with_members(&before, &[seat(1), seat(2), seat(3)], 2, later(0));
    assert_eq!(after.pending.expect("still waits").rules.threshold, 2);
}
