//! Arguments of `post_entry`: nothing is read for whoever may not post, and whatever Candid allows
//! is read for whoever may.

use candid::{CandidType, Encode, Int, Nat, Principal};
use granary_api::{common::Receipt, portfolio as p};
use granary_errors::Error;
use granary_tests::{people::Who, reply::Expect, subject::PORTFOLIO, world::World};
use serde_bytes::ByteBuf;

use super::{fund, token};

fn transfer(asset: u64, units: i64) -> p::PostEntryArgs {
    let leg = |owner, units: i64| p::Posting { owner, asset, delta_units: units.into() };
    let (to, from) = (p::AccountOwner::User(7), p::AccountOwner::Treasury);
    p::PostEntryArgs {
        kind: p::EntryKind::Transfer,
        intent: None,
        external_ref: None,
        postings: vec![leg(to, units), leg(from, -units)],
        idempotency_key: None,
    }
}

fn post(world: &World, who: Who, bytes: Vec<u8>) -> Result<Receipt, Error> {
    let reply = world.caller(who).raw_update("post_entry", bytes).expect("an answer");
    candid::decode_one::<Result<Receipt, Error>>(&reply).expect("a result")
}

fn balance(world: &World, asset: u64) -> Int {
    let owner = p::AccountOwner::User(7);
    let args = p::GetBalancesArgs { owner, assets: Some(vec![asset]) };
    let found: Vec<p::Balance> =
        world.caller(Who::Reader).query("get_balances", &args).value("balances");
    found.into_iter().next().map_or(Int::from(0), |balance| balance.balance_units)
}

#[test]
fn what_nobody_may_post_is_not_read() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = token(&world, "T");
    let good = Encode!(&transfer(asset, 1)).expect("encodes");
    let broken = good[..good.len() - 1].to_vec();
    let other = Encode!(&"no entry").expect("encodes");
    for bytes in [good, broken.clone(), other.clone(), vec![0xff; 20_000], vec![]] {
        for who in [Who::Stranger, Who::Reader, Who::Governor] {
            let refused = post(&world, who, bytes.clone()).expect_err("may not post");
            assert_eq!(refused.code(), "common.not_allowed", "{who:?}");
        }
        let refused = post(&world, Who::Anonymous, bytes).expect_err("nobody");
        assert_eq!(refused.code(), "common.anonymous");
    }
    for bytes in [broken, other, vec![]] {
        let answer = world.caller(Who::Execution).raw_update("post_entry", bytes);
        let reject = answer.expect_err("it cannot be read");
        assert!(reject.reject_message.contains("arguments: "), "{}", reject.reject_message);
    }
}

#[test]
fn one_role_does_not_post_what_is_the_others() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = token(&world, "T");
    let adjust = p::PostEntryArgs { kind: p::EntryKind::Adjustment, ..transfer(asset, 1) };
    for (who, args) in [(Who::Operator, transfer(asset, 1)), (Who::Execution, adjust)] {
        let code = world.caller(who).receipt("post_entry", &args).code("the other's");
        assert_eq!(code, "common.not_allowed", "{who:?}");
    }
}

/// As a client of another version writes it: with more, with less, in other types.
#[derive(CandidType)]
struct Other {
    kind: p::EntryKind,
    postings: Vec<OtherPosting>,
    comment: &'static str,
}

#[derive(CandidType)]
struct OtherPosting {
    owner: OtherOwner,
    asset: u64,
    delta_units: Int,
    note: Option<Nat>,
}

#[derive(CandidType)]
enum OtherOwner {
    User(u64),
    Treasury,
}

#[test]
fn whatever_candid_allows_is_posted() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = token(&world, "T");
    fund(&world, p::AccountOwner::Treasury, asset, 1_000);
    let posted = |bytes, what: &str| {
        post(&world, Who::Execution, bytes).expect(what);
    };
    let leg = |owner, units: i64| OtherPosting {
        owner,
        asset,
        delta_units: units.into(),
        note: Some(Nat::from(1_u8)),
    };
    let postings = vec![leg(OtherOwner::User(7), 20), leg(OtherOwner::Treasury, -20)];
    let other = Other { kind: p::EntryKind::Transfer, postings, comment: "more than is known" };
    posted(Encode!(&other).expect("encodes"), "other fields");
    assert_eq!(balance(&world, asset), 20);
    let plain = transfer(asset, 5);
    posted(Encode!(&plain, &1_u8).expect("encodes"), "one more argument");
    assert_eq!(balance(&world, asset), 25);
    posted(Encode!(&plain).expect("encodes"), "its own form");
    assert_eq!(balance(&world, asset), 30);
    // More than 126 bits, which only the general decoder reads.
    let most: Int = "340282366920938463463374607431768211000".parse().expect("below 2^128");
    let outside = p::AccountOwner::External(ByteBuf::from(vec![7; 32]));
    let leg = |owner, delta_units| p::Posting { owner, asset, delta_units };
    let postings =
        vec![leg(p::AccountOwner::User(7), most.clone()), leg(outside, Int(-most.clone().0))];
    let wide = p::PostEntryArgs { kind: p::EntryKind::Deposit, postings, ..plain };
    let refused = post(&world, Who::Execution, Encode!(&wide).expect("encodes"));
    assert_eq!(refused.expect_err("beyond what fits").code(), "common.amount.range");
    let other = token(&world, "U");
    let mut wide = wide;
    wide.postings.iter_mut().for_each(|posting| posting.asset = other);
    posted(Encode!(&wide).expect("encodes"), "a large amount");
    assert_eq!(balance(&world, other), most);
    let reference = p::ExternalRef::Icrc { ledger: Principal::anonymous(), block: 1 };
    let foreign = p::PostEntryArgs { external_ref: Some(reference), ..transfer(asset, 1) };
    let code = world.caller(Who::Execution).receipt("post_entry", &foreign).code("no such ledger");
    assert_eq!(code, "portfolio.reference.foreign");
}
