//! A programme runs out of money: it says so, and gives back what is not used.

use candid::Nat;
use granary_api::micro_grants::{Recommendation, UpdateProgramArgs};
use granary_errors::{Category, Error};
use granary_tests::{
    clock::{DAY, SECOND},
    fixtures::{self, DOLLAR},
    people::{Who, applicant},
    reply::Expect,
};

use crate::world;

#[test]
fn the_budget_binds_and_returns() {
    let world = world();
    let mut terms = fixtures::terms();
    terms.budget_units = Nat::from(100 * DOLLAR);
    terms.max_grant_units = Nat::from(60 * DOLLAR);
    terms.per_applicant_cap_units = Nat::from(60 * DOLLAR);
    terms.treasurer_above_units = Nat::from(60 * DOLLAR);
    let program = fixtures::open_program_with(&world, terms.clone());
    let submit = |number: usize| {
        let args = fixtures::submission(program, fixtures::content(60 * DOLLAR));
        world.by_principal(applicant(number)).submit_application(args).value("submit").id
    };
    let (first, second) = (submit(1), submit(2));
    fixtures::approve(&world, first);
    fixtures::panel(&world, second, &[0, 1], Recommendation::Approve);
    let manager = world.by(Who::Manager);
    let error = manager
        .finalize_application(second)
        .refused(Category::InsufficientFunds, "40 of 60 are left");
    assert_eq!(error.code(), "micro_grants.budget.exhausted");
    let Error::InsufficientFunds { required, available, .. } = error else { unreachable!() };
    assert_eq!((required, available), (60 * DOLLAR, 40 * DOLLAR));

    // More money makes room; less than what is promised is refused.
    manager.pause_program(program).value("pause");
    let mut less = terms.clone();
    less.budget_units = Nat::from(60 * DOLLAR - 1);
    less.max_grant_units = Nat::from(50 * DOLLAR);
    let code = manager
        .update_program(UpdateProgramArgs { program, terms: less })
        .code("below what is committed");
    assert_eq!(code, "micro_grants.budget.below_commitments");
    terms.budget_units = Nat::from(120 * DOLLAR);
    manager.update_program(UpdateProgramArgs { program, terms }).value("more money");
    manager.open_program(program).value("open");
    manager.finalize_application(second).value("there is enough now");
    let budget = manager.get_budget(program).value("budget");
    assert_eq!((budget.available_units, budget.committed_units), (0, 120 * DOLLAR));
    fixtures::assert_valid(&world);

    // Offers nobody accepts lapse after thirty days and give everything back.
    world.advance(30 * DAY + 2 * SECOND);
    let budget = manager.get_budget(program).value("budget");
    assert_eq!((budget.available_units, budget.committed_units), (120 * DOLLAR, 0));
    fixtures::assert_valid(&world);
}
