//! Every power over every canister has its way, and holes are shown.

use super::*;
use crate::records::Recovery;
use crate::rules::fixtures::{DAY, config, later, own, person, target, targets};

fn days(days: u64) -> Duration {
    Duration::from_nanos(days * DAY)
}

fn find(ways: &[Way], power: Power, canister: Option<Principal>) -> &Way {
    let mut found = ways.iter().filter(|way| way.power == power && way.target == canister);
    let way = found.next().expect("listed");
    assert!(found.next().is_none(), "{power:?} is listed once");
    way
}

#[test]
fn every_power_over_every_canister_has_its_way() {
    let ways = explain(&config(), &targets(), later(0));
    assert_eq!(ways.len(), 2 * 6 + 3);
    for (power, needed, wait) in [
        (Power::Code, 3, 3),
        (Power::CodeUnproven, 4, 5),
        (Power::Rollback, 3, 3),
        (Power::Settings, 3, 3),
        (Power::Call, 3, 3),
        (Power::Control, 3, 5),
    ] {
        for n in [11, 12] {
            let way = find(&ways, power, Some(target(n)));
            assert_eq!(way.shortest, days(wait), "{power:?}");
            let Who::Members { needed: given, of, vetoers } = &way.who else { panic!("{way:?}") };
            assert_eq!((*given, of.len(), vetoers.len()), (needed, 5, 5), "{power:?}");
        }
    }
    for power in [Power::Members, Power::Rules, Power::Committee] {
        assert_eq!(find(&ways, power, None).shortest, days(5), "{power:?}");
    }
    assert!(ways.iter().all(|way| !way.is_weak));
}

#[test]
fn members_who_may_not_or_are_gone_are_not_listed() {
    let mut config = config();
    config.members[0].permissions = Permissions::VETO;
    config.members[1].expires_at = Some(later(5));
    let ways = explain(&config, &targets(), later(5));
    let way = find(&ways, Power::Rules, None);
    let Who::Members { needed, of, vetoers } = &way.who else { panic!("{way:?}") };
    assert_eq!((*needed, of.len(), vetoers.len()), (3, 3, 4));
}

#[test]
fn whoever_controls_a_canister_beside_the_governor_is_a_hole() {
    let mut targets = targets();
    targets[1].1.others = vec![person(7)];
    let ways = explain(&config(), &targets, later(0));
    let weak: Vec<_> = ways.iter().filter(|way| way.is_weak).collect();
    assert_eq!(weak.len(), 1);
    assert_eq!(weak[0].who, Who::Alone { principal: person(7) });
    assert_eq!((weak[0].target, weak[0].shortest), (Some(target(12)), Duration::ZERO));
}

#[test]
fn y3_recovery_is_replaced_by_the_longest_way_and_repairs_the_governor_only() {
    let mut config = config();
    let committee = vec![person(21), person(22), person(23)];
    config.recovery =
        Some(Recovery { canister: target(11), committee: committee.clone(), quorum: 2 });
    let ways = explain(&config, &targets(), later(0));
    for power in [Power::Code, Power::Settings, Power::Call, Power::Control] {
        assert_eq!(find(&ways, power, Some(target(11))).shortest, days(5), "{power:?}");
    }
    let back = |way: &&Way| way.power == Power::Rollback;
    assert_eq!(
        ways.iter().filter(back).map(|way| way.target).collect::<Vec<_>>(),
        [Some(target(12))]
    );
    let repair = find(&ways, Power::Repair, Some(own()));
    assert_eq!(repair.who, Who::Committee { needed: 2, of: committee });
    assert_eq!(repair.shortest, days(1));
}
