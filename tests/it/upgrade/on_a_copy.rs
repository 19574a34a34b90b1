//! A release is tried on a copy inside the network: with a person as its controller, as the
//! governor canister does it by calls.

use candid::{Encode, Principal};
use granary_api::{
    common::{GetStateDigestArgs, StateDigest},
    portfolio as p,
};
use granary_errors::{Error, common};
use granary_tests::{
    clock::HOUR,
    digest, fixtures,
    people::Who,
    reply::Expect,
    subject::{CommonRole, CommonUpgrade, PORTFOLIO},
    world::World,
};
use universal::program::Call;

use super::migration::{APPLICATIONS, PIECE, filled, rehearsal, status};
use crate::{
    portfolio::{fund, token},
    standard::rehearsal::{messages, rehearse, whole},
    world_of,
};

/// The books with some entries.
fn books() -> (World, u64) {
    let world = world_of(&PORTFOLIO);
    let asset = token(&world, "TOK");
    for user in 0..30 {
        fund(&world, p::AccountOwner::User(user), asset, 1_000 + i64::try_from(user).unwrap());
    }
    (world, asset)
}

#[test]
fn a_copy_of_the_books_migrates_is_checked_and_compared_and_goes_away() {
    let (world, asset) = books();
    let before = whole(&world);
    let copy = rehearse(&world, PORTFOLIO.next(1));
    let ran = messages(&copy);
    let receipt = copy.caller(Who::Governor).resume_jobs().value("goes on with the migration");
    assert_eq!(receipt.id, 0, "there is none");
    fixtures::assert_valid(&copy);
    assert_eq!(whole(&copy), before);
    copy.advance(HOUR);
    assert_eq!(messages(&copy), ran + 1, "the one that was asked for, and no alarm");
    // It is a copy of everything, and nothing it says reaches the books.
    let args = p::GetBalancesArgs { owner: p::AccountOwner::User(7), assets: None };
    let balances = |world: &World| {
        world.caller(Who::Reader).query::<Vec<p::Balance>>("get_balances", &args).value("balances")
    };
    assert_eq!(balances(&copy), balances(&world));
    let reconcile = p::ReconcileArgs { asset };
    let asked = copy.caller(Who::Operator).update::<p::Reconciliation>("reconcile", &reconcile);
    assert_eq!(asked.code("a question to the ledger"), common::LIFECYCLE_REHEARSING.as_str());
    fund(&world, p::AccountOwner::User(7), asset, 5);
    assert_ne!(balances(&copy), balances(&world));
    assert_ne!(whole(&world), before, "an entry is a part of the state");
    assert_eq!(whole(&copy), before);
    let controller = Some(Who::Controller.principal());
    copy.stop();
    world.network().delete_canister(copy.canister, controller).expect("it has done its part");
    fund(&world, p::AccountOwner::User(8), asset, 5);
}

#[test]
fn a_migration_is_driven_on_a_copy_to_its_end() {
    let (world, _) = filled();
    let (before, schema) = (whole(&world), status(&world).schema);
    let copy = rehearse(&world, rehearsal(0));
    copy.advance(HOUR);
    assert_eq!(status(&copy).done, 0, "no alarm moves it");
    let args = GetStateDigestArgs { cursor: None, max_bytes: u32::MAX };
    let asked = copy.caller(Who::Backup).get_state_digest(&args);
    assert_eq!(asked.code("amid a migration"), common::MIGRATION_RUNNING.as_str());
    let total = u64::try_from(APPLICATIONS).unwrap();
    for slice in 1..=total.div_ceil(PIECE) {
        let receipt = copy.caller(Who::Governor).resume_jobs().value("a slice");
        let is_last = slice * PIECE >= total;
        assert_eq!(receipt.id, u64::from(!is_last), "slice {slice}");
        let status = status(&copy);
        let expected = if is_last { (schema + 1, 0) } else { (schema, slice * PIECE) };
        assert_eq!((status.schema, status.done), expected, "slice {slice}");
    }
    assert_eq!(copy.caller(Who::Stranger).resume_jobs().value("again").id, 0);
    fixtures::assert_valid(&copy);
    let after = whole(&copy);
    assert_eq!(after, before, "this migration changes no record");
    assert_eq!(status(&world).schema, schema, "the canister is where it was");
}

#[test]
fn a_canister_told_to_rehearse_stands_still_says_so_and_is_woken_by_a_plain_upgrade() {
    let (world, asset) = books();
    let args = CommonUpgrade { rehearsal: Some(true), ..CommonUpgrade::default() };
    world.upgrade_common(PORTFOLIO.next(0), args).expect("a mistake");
    let reader = world.caller(Who::Stranger);
    assert_eq!(reader.get_version().value("version").rehearsal, Some(true));
    let page = reader.http_get("/monitoring/alerts").value("alerts");
    let text = String::from_utf8(page.body.into_vec()).expect("text");
    assert!(text.contains("\"component\":\"rehearsal\""), "{text}");
    // Stopping, starting and time do not end it.
    world.stop();
    world.advance(HOUR);
    world.start();
    world.settle();
    assert_eq!(reader.get_version().value("version").rehearsal, Some(true));
    let before = digest::state(&world);
    world.upgrade();
    assert_eq!(reader.get_version().value("version").rehearsal, None);
    assert_eq!(digest::state(&world)["transactions"], before["transactions"]);
    fund(&world, p::AccountOwner::User(7), asset, 5);
}

/// What a canister gets for a piece of the digest.
fn asked_by(world: &World, canister: Principal, args: &GetStateDigestArgs) -> StateDigest {
    let call = Call::new(world.canister, "get_state_digest").argument(Encode!(args).unwrap());
    let caller = Who::Stranger.principal();
    let answer = world.network().update_call(canister, caller, "update", call.make().0).unwrap();
    let (code, reply) = answer.split_at(4);
    assert_eq!(code, [0; 4], "the call is answered");
    candid::decode_one::<Result<StateDigest, Error>>(reply).unwrap().expect("with a digest")
}

#[test]
fn a_canister_gets_the_digest_that_a_person_gets() {
    let (world, _) = books();
    let controller = Who::Controller.principal();
    let canister = world.network().create_canister_with_settings(Some(controller), None);
    world.network().add_cycles(canister, 100_000_000_000_000);
    let module = granary_build::canister("universal").unwrap().bytes;
    world.network().install_canister(canister, module, vec![], Some(controller));
    let governor = world.caller(Who::Governor);
    governor.receipt("set_role", &CommonRole::Governor.set(canister, true)).value("it governs");
    let expected = whole(&world);
    let mut cursor = None;
    let mut calls = 0;
    let found = loop {
        let done = asked_by(&world, canister, &GetStateDigestArgs { cursor, max_bytes: 2_048 });
        calls += 1;
        if done.next.is_none() {
            break done;
        }
        cursor = done.next;
    };
    assert!(calls > 1, "{calls} calls");
    assert_eq!(found, expected);
}
