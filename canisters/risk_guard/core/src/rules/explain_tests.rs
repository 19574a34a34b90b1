//! Every way out is named, and none is weaker than what the rules ask.

use super::*;
use crate::records::FlowRow;
use crate::rules::fixtures::{after, breaker_rule, outflow, rules, view};

const DAY: u32 = 86_400;

fn explained(amount: u128, change: impl FnOnce(&mut OutflowView<'_>)) -> Vec<Path> {
    let (rules, rule) = (rules(), breaker_rule());
    let mut view = view(&rules, &rule);
    change(&mut view);
    let question = Question { outflow: outflow(amount), purpose: None, is_named: false };
    explain(&mut view, &question, after(0))
}

fn of(paths: &[Path], way: Way, purpose: Purpose, kind: Kind) -> Path {
    let is = |path: &&Path| path.way == way && path.purpose == purpose && path.destination == kind;
    *paths.iter().find(is).expect("every way is named")
}

#[test]
fn every_purpose_and_every_kind_of_destination_is_asked() {
    let paths = explained(100, |_| {});
    for purpose in Purpose::ALL {
        for kind in [Kind::Known, Kind::New, Kind::Unlisted] {
            let direct = of(&paths, Way::Direct, purpose, kind);
            let needs = direct.needs.expect("within every limit");
            assert_eq!((direct.wait, needs.approvals), (Duration::ZERO, 1));
            let first = if kind == Kind::Known { 0 } else { 3_600 };
            assert_eq!(needs.delay, Duration::seconds(first));
            let announced = of(&paths, Way::Announced, purpose, kind);
            assert_eq!(announced.wait, Duration::seconds(3 * DAY));
            let changed = of(&paths, Way::AfterPolicyChange, purpose, kind);
            assert_eq!(changed.wait, Duration::seconds(2 * DAY));
        }
    }
}

#[test]
fn what_does_not_fit_at_once_leaves_in_parts_and_takes_its_time() {
    let paths = explained(12_000, |_| {});
    let direct = of(&paths, Way::Direct, Purpose::Grant, Kind::Known);
    assert_eq!(direct.denial.expect("too much for one").rule, Rule::MaxPerTx);
    let parts = of(&paths, Way::InParts { parts: 12 }, Purpose::Grant, Kind::Known);
    assert_eq!(parts.wait, Duration::seconds(2 * DAY), "5,000 a day");
    let needs = parts.needs.expect("each part fits");
    assert_eq!(needs.approvals, 2, "a part of 1,000 is worth more than 500.00");
    let announced = of(&paths, Way::Announced, Purpose::Grant, Kind::Known);
    assert_eq!(announced.denial.expect("one outflow is bounded").rule, Rule::MaxPerTx);
}

#[test]
fn a_seal_is_lifted_by_a_governor_or_ends() {
    let paths = explained(100, |view| view.sealed = Some(after(9)));
    let direct = of(&paths, Way::Direct, Purpose::Manual, Kind::Known);
    assert_eq!(direct.denial.expect("sealed").retry_at, Some(after(9)));
    let lifted = of(&paths, Way::AfterLift, Purpose::Manual, Kind::Known);
    assert_eq!((lifted.needs.is_some(), lifted.way.who()), (true, &["Governor"][..]));
    let changed = of(&paths, Way::AfterPolicyChange, Purpose::Manual, Kind::Known);
    assert_eq!(changed.denial.expect("no policy lifts a seal").rule, Rule::Seal);
}

#[test]
fn what_no_policy_rules_stays_whatever_the_policy_becomes() {
    let paths = explained(100, |view| view.is_insolvent = true);
    for path in &paths {
        let stopped = matches!(path.purpose, Purpose::Grant | Purpose::Plan);
        let rule = path.denial.map(|denial| denial.rule);
        assert_eq!(rule, stopped.then_some(Rule::Solvency), "{path:?}");
        assert!(rule.is_none_or(|rule| BEYOND_POLICY.contains(&rule)));
    }
}

/// The explanation is exhaustive: whatever the rules let through directly is a way of it, with
/// exactly those needs; and what they deny is denied there too.
#[test]
fn no_way_out_is_missing_or_weaker_than_the_rules() {
    for amount in [1, 500, 501, 1_000, 1_001, 5_000, u128::MAX] {
        for used in [0, 4_500, 5_000] {
            let fill = |view: &mut OutflowView<'_>| {
                view.flows.iter_mut().for_each(|flow: &mut FlowRow| flow.add(used));
            };
            let paths = explained(amount, fill);
            let (rules, rule) = (rules(), breaker_rule());
            for purpose in Purpose::ALL {
                let mut view = view(&rules, &rule);
                fill(&mut view);
                view.destination = Kind::Known.row(view.destination);
                let wanted = Outflow { purpose, ..outflow(amount) };
                let decided = needs_of(&view, &wanted, after(0));
                let direct = of(&paths, Way::Direct, purpose, Kind::Known);
                assert_eq!((direct.needs, direct.denial), (decided.ok(), decided.err()));
            }
        }
    }
}

#[test]
fn a_named_destination_and_purpose_are_asked_alone() {
    let (rules, rule) = (rules(), breaker_rule());
    let mut view = view(&rules, &rule);
    let purpose = Some(Purpose::Plan);
    let question = Question { outflow: outflow(9), purpose, is_named: true };
    let paths = explain(&mut view, &question, after(0));
    assert!(paths.iter().all(|path| path.purpose == Purpose::Plan));
    assert!(paths.iter().all(|path| path.destination == Kind::Asked));
    assert_eq!(paths.len(), 3);
}
