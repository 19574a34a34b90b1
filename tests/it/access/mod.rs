//! Every method for everybody: who may call it, and with which code the others are refused.
//!
//! The methods come from the interface file, so a method without a row fails. [`stage`] prepares
//! one entity for each method, so that the first caller who may succeeds.

pub(crate) mod execution;
pub(crate) mod governor;
pub(crate) mod portfolio;
pub(crate) mod recovery;
pub(crate) mod registry;
pub(crate) mod risk_guard;
mod row;
mod stage;
mod table;

use std::collections::BTreeSet;

use candid::Decode;
use granary_errors::{Category, Error, common};
use granary_tests::{
    did::Interface,
    digest, fixtures,
    people::Who,
    subject::{CommonUpgrade, MICRO_GRANTS, Subject},
    world::World,
};

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

fn call<S>(
    world: &World,
    interface: &Interface,
    row: &row::Row<S>,
    stage: &S,
    who: Who,
) -> Result<Got, String> {
    let client = world.caller(who);
    let bytes = (row.args)(stage);
    let reply = if interface.method(row.method).query {
        client.raw_query(row.method, bytes)
    } else {
        client.raw_update(row.method, bytes)
    };
    let reply = reply.map_err(|reject| format!("{} by {who:?}: {reject}", row.method))?;
    Ok(match Decode!(&reply, Result<candid::Reserved, Error>) {
        Ok(Err(error)) => Got::Code(error.code().to_owned(), error.category()),
        // A plain value is no result, and decodes as none.
        Ok(Ok(_)) | Err(_) => Got::Value,
    })
}

/// Fails unless the interface and the table have the same methods.
#[track_caller]
fn assert_complete<S>(subject: &Subject, rows: &[row::Row<S>]) {
    let methods: BTreeSet<String> =
        subject.interface().methods.into_iter().map(|method| method.name).collect();
    let named: BTreeSet<String> = rows.iter().map(|row| row.method.to_owned()).collect();
    assert_eq!(named.len(), rows.len(), "a method has one row");
    let missing: Vec<_> = methods.difference(&named).collect();
    assert!(missing.is_empty(), "methods nobody decided who may call: {missing:?}");
    let gone: Vec<_> = named.difference(&methods).collect();
    assert!(gone.is_empty(), "rows without a method: {gone:?}");
}

/// Fails unless everybody gets what the table says.
#[track_caller]
fn assert_kept<S>(world: &World, rows: &[row::Row<S>], stage: &S) {
    let interface = world.subject().interface();
    let wrong: Vec<String> =
        rows.iter().flat_map(|row| differences(world, &interface, row, stage)).collect();
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
    fixtures::assert_valid(world);
}

/// The cells of one row that are not as the table says.
fn differences<S>(
    world: &World,
    interface: &Interface,
    row: &row::Row<S>,
    stage: &S,
) -> Vec<String> {
    let mut wrong = Vec::new();
    // Those who may not come first: they must not have changed what the others need.
    for who in Who::ALL.into_iter().filter(|who| !row.allowed.contains(who)) {
        let expected = row.refusal(who);
        match call(world, interface, row, stage, who) {
            Ok(Got::Code(code, Category::Unauthorized)) if code == expected => {}
            got => wrong.push(format!("{} by {who:?}: {got:?}, not {expected}", row.method)),
        }
    }
    // The first one succeeds; the others may come too late, but are not turned away.
    for (number, who) in row.allowed.iter().enumerate() {
        match call(world, interface, row, stage, *who) {
            Ok(Got::Value) if row.answer.is_none() => {}
            Ok(Got::Code(code, _)) if row.answer == Some(code.as_str()) => {}
            Ok(Got::Value) if row.answer == Some(row::ANYTHING) => {}
            Ok(Got::Code(_, category))
                if row.answer == Some(row::ANYTHING) && category != Category::Unauthorized => {}
            Ok(Got::Code(code, category))
                if number > 0 && category != Category::Unauthorized && !code.is_empty() => {}
            got => wrong.push(format!("{} by {who:?}: {got:?}, not a value", row.method)),
        }
    }
    wrong
}

/// Methods that a rehearsal answers: it migrates, it is drained as any canister is, and it says
/// what a call would mean.
const REHEARSED: [&str; 4] =
    ["resume_jobs", "prepare_upgrade", "resume", "icrc21_canister_call_consent_message"];

/// Fails unless a canister that becomes a rehearsal refuses every update under one code, from
/// somebody who may make it and with the right arguments, and is left as it was.
#[track_caller]
fn assert_idle_in_a_rehearsal<S>(world: &World, rows: &[row::Row<S>], stage: &S) {
    let args = CommonUpgrade { rehearsal: Some(true), ..CommonUpgrade::default() };
    world.upgrade_common(world.subject().next(1), args).expect("the upgrade");
    let interface = world.subject().interface();
    let before = digest::state(world);
    let mut wrong = Vec::new();
    let mut refused = 0;
    for row in rows {
        let name = row.method;
        if interface.method(name).query || REHEARSED.contains(&name) {
            continue;
        }
        let who = row.allowed.iter().find(|who| **who != Who::Anonymous).expect("somebody may");
        match call(world, &interface, row, stage, *who) {
            Ok(Got::Code(code, Category::StateError))
                if code == common::LIFECYCLE_REHEARSING.as_str() =>
            {
                refused += 1;
            }
            got => wrong.push(format!("{name} by {who:?}: {got:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} updates go through:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused > 10, "{refused} updates were tried");
    // What is stored, the journal included.
    assert_eq!(digest::state(world), before);
}

#[test]
fn a_rehearsal_of_micro_grants_refuses_every_update() {
    let world = world();
    let stage = Stage::build(&world);
    assert_idle_in_a_rehearsal(&world, ROWS, &stage);
}

#[test]
fn every_method_of_micro_grants_has_a_row() {
    assert_complete(&MICRO_GRANTS, ROWS);
}

#[test]
fn everybody_gets_what_the_table_of_micro_grants_says() {
    let world = world();
    let stage = Stage::build(&world);
    assert_kept(&world, ROWS, &stage);
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
        domain: MICRO_GRANTS.domains[0].to_owned(),
        cursor: None,
        max_bytes: 100_000,
    };
    let newcomer = granary_tests::people::person("newcomer");
    let set = |granted| SetRoleArgs { role: Role::Backup, holder: newcomer, granted };
    let governor = world.by(Who::Governor);
    world.by_principal(newcomer).export_state(&args()).refused(Category::Unauthorized, "before");
    governor.set_role(set(true)).value("grant");
    world.by_principal(newcomer).export_state(&args()).value("with the role");
    world.upgrade();
    world.by_principal(newcomer).export_state(&args()).value("roles survive an upgrade");
    governor.set_role(set(false)).value("revoke");
    world.by_principal(newcomer).export_state(&args()).refused(Category::Unauthorized, "after");
    // Somebody always governs.
    let last =
        SetRoleArgs { role: Role::Governor, holder: Who::Governor.principal(), granted: false };
    assert_eq!(governor.set_role(last).code("the last"), "common.role.last_governor");
}
