//! The ledger without a network: what is refused, what is booked, what is remembered.

use candid::Principal;
use granary_api::icrc::{ApproveArgs, TransferArgs, TransferFromArgs, Value};
use granary_api::test_ledger::InitialBalance;
use proptest::prelude::{any, prop_assert_eq, proptest};

use super::*;
use crate::refusal::{ApproveRefusal, FromRefusal, MoveRefusal};
use crate::timing::{DRIFT_NS, WINDOW_NS};

const NOW: u64 = 1_767_225_600_000_000_000;
const FEE: u128 = 10;

fn person(number: u8) -> Principal {
    Principal::from_slice(&[number, 1])
}

fn minter() -> Principal {
    person(0)
}

/// A ledger in which person 1 has 1,000.
fn ledger() -> Ledger {
    let args = InitArgs {
        minting_account: minter().into(),
        name: "Test".to_owned(),
        symbol: "TST".to_owned(),
        decimals: 2,
        fee: FEE.into(),
        balances: vec![InitialBalance { account: person(1).into(), amount: 1_000_u32.into() }],
    };
    Ledger::install(DefaultMemoryImpl::default(), &args, NOW).expect("a ledger")
}

fn sends(to: Principal, amount: u128) -> TransferArgs {
    TransferArgs {
        from_subaccount: None,
        to: to.into(),
        amount: amount.into(),
        fee: None,
        memo: None,
        created_at_time: None,
    }
}

fn approves(spender: Principal, amount: u128) -> ApproveArgs {
    ApproveArgs {
        from_subaccount: None,
        spender: spender.into(),
        amount: amount.into(),
        expected_allowance: None,
        expires_at: None,
        fee: None,
        memo: None,
        created_at_time: None,
    }
}

fn takes(from: Principal, to: Principal, amount: u128) -> TransferFromArgs {
    TransferFromArgs {
        spender_subaccount: None,
        from: from.into(),
        to: to.into(),
        amount: amount.into(),
        fee: None,
        memo: None,
        created_at_time: None,
    }
}

fn balance(ledger: &Ledger, who: Principal) -> u128 {
    ledger.balance(&account::key(&who.into()))
}

#[test]
fn a_transfer_costs_its_fee_and_the_fee_is_burnt() {
    let mut ledger = ledger();
    assert_eq!(ledger.transfer(NOW, person(1), sends(person(2), 100)), Ok(1));
    assert_eq!((balance(&ledger, person(1)), balance(&ledger, person(2))), (890, 100));
    assert_eq!(ledger.supply(), 990);
    let short = ledger.transfer(NOW, person(1), sends(person(2), 881));
    assert_eq!(short, Err(Refusal::InsufficientFunds { balance: 890 }.into()));
    let vast = TransferArgs { amount: Nat::from(u128::MAX) + 1_u8, ..sends(person(2), 0) };
    let refused = ledger.transfer(NOW, person(1), vast);
    assert_eq!(refused, Err(Refusal::InsufficientFunds { balance: 890 }.into()));
    assert_eq!(ledger.length(), 2, "what is refused leaves no block");
}

#[test]
fn mints_and_burns_are_free_and_burns_have_a_floor() {
    let mut ledger = ledger();
    assert_eq!(ledger.transfer(NOW, minter(), sends(person(2), 7)), Ok(1));
    // Nine are less than the fee, and more than the person has may not be burnt.
    let small = ledger.transfer(NOW, person(2), sends(minter(), 6));
    assert_eq!(small, Err(MoveRefusal::BadBurn { min: 7 }), "all of a small balance may go");
    assert_eq!(ledger.transfer(NOW, person(2), sends(minter(), 7)), Ok(2));
    let nothing = ledger.transfer(NOW, person(2), sends(minter(), 0));
    assert_eq!(nothing, Err(MoveRefusal::BadBurn { min: 1 }));
    let with_fee = TransferArgs { fee: Some(FEE.into()), ..sends(minter(), 100) };
    let refused = ledger.transfer(NOW, person(1), with_fee);
    assert_eq!(refused, Err(Refusal::BadFee { expected: 0 }.into()));
    let own = ledger.transfer(NOW, minter(), sends(minter(), 1));
    assert_eq!(own, Err(Refusal::Odd(Odd::MintingAccount).into()));
    assert_eq!(ledger.supply(), 1_000);
}

#[test]
fn the_supply_ends_at_128_bits() {
    let mut ledger = ledger();
    let most = u128::MAX - 1_000;
    let beyond = ledger.transfer(NOW, minter(), sends(person(2), most + 1));
    assert_eq!(beyond, Err(Refusal::Odd(Odd::TooLarge).into()));
    assert_eq!(ledger.transfer(NOW, minter(), sends(person(2), most)), Ok(1));
    assert_eq!(ledger.supply(), u128::MAX);
}

#[test]
fn a_repetition_is_known_for_a_day_and_then_too_old() {
    let mut ledger = ledger();
    let at = |now, ledger: &mut Ledger| {
        let args = TransferArgs { created_at_time: Some(NOW), ..sends(person(2), 1) };
        ledger.transfer(now, person(1), args)
    };
    assert_eq!(at(NOW - DRIFT_NS - 1, &mut ledger), {
        let now_ns = NOW - DRIFT_NS - 1;
        Err(Refusal::CreatedInFuture { now_ns }.into())
    });
    assert_eq!(at(NOW - DRIFT_NS, &mut ledger), Ok(1));
    assert_eq!(at(NOW, &mut ledger), Err(Refusal::Duplicate { of: 1 }.into()));
    let end = NOW + WINDOW_NS + DRIFT_NS;
    assert_eq!(at(end, &mut ledger), Err(Refusal::Duplicate { of: 1 }.into()));
    assert_eq!(at(end + 1, &mut ledger), Err(Refusal::TooOld.into()));
    // A shorter window forgets sooner; the entry itself goes when others come.
    ledger.put_faults(Faults { dedup_window_ns: Some(0), ..Faults::default() });
    assert_eq!(at(NOW + DRIFT_NS + 1, &mut ledger), Err(Refusal::TooOld.into()));
    assert_eq!(ledger.stored.recent.len(), 1);
    ledger.transfer(end + 1, person(1), sends(person(2), 1)).expect("a transfer");
    assert_eq!(ledger.stored.recent.len(), 0);
}

#[test]
fn the_fee_is_asked_for_before_a_repetition_is_looked_for() {
    let mut ledger = ledger();
    let args =
        TransferArgs { created_at_time: Some(NOW), fee: Some(FEE.into()), ..sends(person(2), 1) };
    assert_eq!(ledger.transfer(NOW, person(1), args.clone()), Ok(1));
    ledger.put_faults(Faults { fee: Some(11_u8.into()), ..Faults::default() });
    let again = ledger.transfer(NOW, person(1), args);
    assert_eq!(again, Err(Refusal::BadFee { expected: 11 }.into()));
}

#[test]
fn an_allowance_covers_amount_and_fee_until_it_ends() {
    let mut ledger = ledger();
    let until = ApproveArgs { expires_at: Some(NOW + 5), ..approves(person(2), 120) };
    assert_eq!(ledger.approve(NOW, person(1), until.clone()), Ok(1));
    let wrong = ApproveArgs { expected_allowance: Some(119_u8.into()), ..until };
    let changed = ledger.approve(NOW, person(1), wrong.clone());
    assert_eq!(changed, Err(ApproveRefusal::AllowanceChanged { current: 120 }));
    let late = ledger.approve(NOW + 5, person(1), wrong);
    assert_eq!(late, Err(ApproveRefusal::Expired { now_ns: NOW + 5 }));
    let much = ledger.transfer_from(NOW, person(2), takes(person(1), person(3), 111));
    assert_eq!(much, Err(FromRefusal::InsufficientAllowance { allowance: 120 }));
    let taken = ledger.transfer_from(NOW, person(2), takes(person(1), person(3), 100));
    assert_eq!(taken, Ok(2));
    assert_eq!(ledger.allowance(NOW, &person(1).into(), &person(2).into()), (10, Some(NOW + 5)));
    let after = ledger.transfer_from(NOW + 5, person(2), takes(person(1), person(3), 0));
    assert_eq!(after, Err(FromRefusal::InsufficientAllowance { allowance: 0 }));
    assert_eq!(balance(&ledger, person(1)), 1_000 - FEE - 100 - FEE);
}

#[test]
fn a_refused_taking_leaves_the_allowance_alone() {
    let mut ledger = ledger();
    ledger.approve(NOW, person(1), approves(person(2), 5_000)).expect("an allowance");
    let poor = ledger.transfer_from(NOW, person(2), takes(person(1), person(3), 2_000));
    let refusal = Refusal::InsufficientFunds { balance: 990 };
    assert_eq!(poor, Err(FromRefusal::Move(refusal.into())));
    assert_eq!(ledger.allowance(NOW, &person(1).into(), &person(2).into()), (5_000, None));
    let own = ledger.approve(NOW, person(1), approves(person(1), 1));
    assert_eq!(own, Err(Refusal::Odd(Odd::SelfApproval).into()));
}

#[test]
fn an_upgrade_finds_everything() {
    use ic_stable_structures::VectorMemory;
    let memory = VectorMemory::default();
    let args = InitArgs {
        minting_account: minter().into(),
        name: "Test".to_owned(),
        symbol: "TST".to_owned(),
        decimals: 2,
        fee: FEE.into(),
        balances: Vec::new(),
    };
    assert!(Ledger::open(memory.clone()).is_none(), "empty memory holds no ledger");
    let mut before = Ledger::install(memory.clone(), &args, NOW).expect("a ledger");
    before.transfer(NOW, minter(), sends(person(1), 500)).expect("a mint");
    before.approve(NOW, person(1), approves(person(2), 7)).expect("an allowance");
    before.put_faults(Faults { lost_replies: 3, ..Faults::default() });
    let (tip, root) = (before.tip(), before.certified_data());
    drop(before);
    let after = Ledger::open(memory).expect("a stored ledger");
    assert_eq!((after.tip(), after.certified_data()), (tip, root));
    assert_eq!((balance(&after, person(1)), after.supply()), (490, 490));
    assert_eq!(after.allowance(NOW, &person(1).into(), &person(2).into()), (7, None));
    assert_eq!(after.faults().lost_replies, 3);
    assert_eq!(after.settings().symbol, "TST");
}

proptest! {
    /// Whatever is sent, the balances add up to the supply and every block names the one before.
    #[test]
    fn the_balances_add_up_and_the_chain_holds(
        moves in proptest::collection::vec((0..4_u8, 0..4_u8, any::<u16>(), any::<bool>()), 1..40),
    ) {
        let mut ledger = ledger();
        for (from, to, amount, with_time) in moves {
            let args = TransferArgs {
                created_at_time: with_time.then_some(NOW),
                ..sends(person(to), amount.into())
            };
            let _ = ledger.transfer(NOW, person(from), args);
        }
        let sum: u128 = ledger.stored.balances.iter().map(|entry| entry.value()).sum();
        prop_assert_eq!(sum, ledger.supply());
        let mut parent = None;
        for index in 0..ledger.length() {
            let block = ledger.block(index).expect("a block");
            prop_assert_eq!(block.parent, parent);
            let Value::Map(entries) = block.value() else { panic!("a block is a map") };
            prop_assert_eq!(entries.iter().any(|(key, _)| key == "phash"), index > 0);
            parent = Some(block.hash());
        }
        prop_assert_eq!(ledger.tip().map(|(_, hash)| hash), parent);
    }
}
