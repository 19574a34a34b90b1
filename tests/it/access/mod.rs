//! Every method for everybody: who may call it, and with which code the others are refused.
//!
//! The methods come from the interface file, so a method without a row fails. [`stage`] prepares
//! one entity for each method, so that the first caller who may succeeds.

mod stage;
mod table;

use std::collections::BTreeSet;

use candid::Decode;
use granary_errors::{Category, Error};
use granary_tests::{did::Interface, fixtures, people::Who, world::World};

pub(crate) use self::{
    stage::Stage,
    table::{ROWS, Row},
};
use crate::world;

/// What one caller got.
#[derive(Debug, PartialEq)]
enum Got {
    Value,
    Code(String, Category),
}

fn call(world: &World, interface: &Interface, row: &Row, stage: &Stage, who: Who) -> Got {
    let client = world.by(who);
    let bytes = (row.args)(stage);
    let reply = if interface.method(row.method).query {
        client.raw_query(row.method, bytes)
    } else {
        client.raw_update(row.method, bytes)
    };
    let reply = reply.unwrap_or_else(|reject| panic!("{} by {who:?}: {reject}", row.method));
    match Decode!(&reply, Result<candid::Reserved, Error>) {
        Ok(Err(error)) => Got::Code(error.code().to_owned(), error.category()),
        // A plain value is no result, and decodes as none.
        Ok(Ok(_)) | Err(_) => Got::Value,
    }
}

#[test]
fn every_method_has_a_row_and_every_row_a_method() {
    let methods: BTreeSet<String> =
        Interface::micro_grants().methods.into_iter().map(|method| method.name).collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.method.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a method has one row");
    let missing: Vec<_> = methods.difference(&rows).collect();
    assert!(missing.is_empty(), "methods nobody decided who may call: {missing:?}");
    let gone: Vec<_> = rows.difference(&methods).collect();
    assert!(gone.is_empty(), "rows without a method: {gone:?}");
}

#[test]
fn everybody_gets_what_the_table_says() {
    let world = world();
    let stage = Stage::build(&world);
    let interface = Interface::micro_grants();
    let mut wrong = Vec::new();
    for row in ROWS {
        check(&world, &interface, row, &stage, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
    fixtures::assert_valid(&world);
}

fn check(world: &World, interface: &Interface, row: &Row, stage: &Stage, wrong: &mut Vec<String>) {
    // Those who may not come first: they must not have changed what the others need.
    for who in Who::ALL.into_iter().filter(|who| !row.allowed.contains(who)) {
        let expected = row.refusal(who);
        match call(world, interface, row, stage, who) {
            Got::Code(code, Category::Unauthorized) if code == expected => {}
            got => wrong.push(format!("{} by {who:?}: {got:?}, not {expected}", row.method)),
        }
    }
    // The first one succeeds; the others may come too late, but are not turned away.
    for (number, who) in row.allowed.iter().enumerate() {
        match call(world, interface, row, stage, *who) {
            Got::Value if row.answer.is_none() => {}
            Got::Code(code, _) if row.answer == Some(code.as_str()) => {}
            Got::Code(code, category)
                if number > 0 && category != Category::Unauthorized && !code.is_empty() => {}
            got => {
                wrong.push(format!("{} by {who:?}: {got:?}, not a value", row.method));
            }
        }
    }
}

#[test]
fn a_role_that_is_taken_away_opens_nothing_any_more() {
    use granary_api::{
        common::ExportStateArgs,
        micro_grants::{Role, SetRoleArgs},
    };
    use granary_tests::reply::Expect;
    let world = world();
    let args = || ExportStateArgs {
        domain: granary_tests::digest::DOMAINS[0].to_owned(),
        cursor: None,
        max_bytes: 100_000,
    };
    let newcomer = granary_tests::people::person("newcomer");
    let set = |granted| SetRoleArgs { role: Role::Backup, holder: newcomer, granted };
    let governor = world.by(Who::Governor);
    world.by_principal(newcomer).export_state(args()).refused(Category::Unauthorized, "before");
    governor.set_role(set(true)).value("grant");
    world.by_principal(newcomer).export_state(args()).value("with the role");
    world.upgrade();
    world.by_principal(newcomer).export_state(args()).value("roles survive an upgrade");
    governor.set_role(set(false)).value("revoke");
    world.by_principal(newcomer).export_state(args()).refused(Category::Unauthorized, "after");
    // Somebody always governs.
    let last =
        SetRoleArgs { role: Role::Governor, holder: Who::Governor.principal(), granted: false };
    assert_eq!(governor.set_role(last).code("the last"), "common.role.last_governor");
}
