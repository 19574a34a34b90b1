//! Payments within a ledger.

use super::{T, World, icp_payment, payment, somebody};
use crate::network::{Network, NetworkConfig};
use crate::standins::{
    CYCLES_LEDGER, ICP_LEDGER,
    accounts::Account,
    cycles::FEE,
    icp::{self, TimeStamp, Tokens},
    icrc1::{TransferArg, TransferError},
};
use candid::{Nat, Principal};
use serde_bytes::ByteBuf;

type Moved = Result<u64, icp::TransferError>;

#[test]
fn what_is_paid_arrives_and_the_fee_is_gone() {
    let mut world = World::new();
    for (ledger, fee) in [(CYCLES_LEDGER, FEE), (ICP_LEDGER, icp::FEE)] {
        let before = world.balance(ledger, Principal::anonymous());
        let supply: Nat = world.ask(ledger, "icrc1_total_supply", &());
        world.give(ledger, somebody(1), 5_000_000_000);
        assert_eq!(world.balance(ledger, somebody(1)), 5_000_000_000);
        let left = before - 5_000_000_000 - fee;
        assert_eq!(world.balance(ledger, Principal::anonymous()), left);
        let now: Nat = world.ask(ledger, "icrc1_total_supply", &());
        assert_eq!(now, supply - fee);
        let told: Nat = world.ask(ledger, "icrc1_fee", &());
        assert_eq!(told, fee);
    }
    assert_eq!(world.0.cycles_account().burned, FEE);
}

#[test]
fn a_payment_that_cannot_be_made_changes_nothing() {
    let mut world = World::new();
    world.give(CYCLES_LEDGER, somebody(1), T);
    let one = somebody(1);
    let poor = TransferError::InsufficientFunds { balance: T.into() };
    for amount in [T, T - FEE + 1, u128::MAX] {
        let error = world.transfer(one, CYCLES_LEDGER, &payment(somebody(2), amount));
        assert_eq!(error, Err(poor_copy(&poor)));
    }
    let wrong = TransferArg { fee: Some(1u8.into()), ..payment(somebody(2), 1) };
    let error = world.transfer(one, CYCLES_LEDGER, &wrong);
    assert_eq!(error, Err(TransferError::BadFee { expected_fee: FEE.into() }));
    let huge: Nat = "1000000000000000000000000000000000000000000000".parse().expect("a number");
    let error =
        world.transfer(one, CYCLES_LEDGER, &TransferArg { amount: huge, ..payment(one, 1) });
    assert_eq!(error, Err(poor_copy(&poor)));
    assert_eq!(world.balance(CYCLES_LEDGER, one), T);
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(2)), 0);
    world.transfer(one, CYCLES_LEDGER, &payment(somebody(2), T - FEE)).expect("all of it");
    assert_eq!(world.balance(CYCLES_LEDGER, one), 0);
}

fn poor_copy(error: &TransferError) -> TransferError {
    match error {
        TransferError::InsufficientFunds { balance } => {
            TransferError::InsufficientFunds { balance: balance.clone() }
        }
        other => panic!("not about funds: {other:?}"),
    }
}

#[test]
fn a_transaction_with_a_time_counts_once_and_in_its_window() {
    let mut world = World::new();
    let now = world.0.time_ns();
    let at = |time| TransferArg { created_at_time: Some(time), ..payment(somebody(1), 7) };
    let anonymous = Principal::anonymous();
    let first = world.transfer(anonymous, ICP_LEDGER, &at(now)).expect("moved");
    let again = world.transfer(anonymous, ICP_LEDGER, &at(now));
    assert_eq!(again, Err(TransferError::Duplicate { duplicate_of: first }));
    let other = TransferArg { memo: Some(ByteBuf::from([1])), ..at(now) };
    world.transfer(anonymous, ICP_LEDGER, &other).expect("another memo is another payment");
    world.transfer(anonymous, ICP_LEDGER, &payment(somebody(1), 7)).expect("no time, no memory");
    world.transfer(anonymous, ICP_LEDGER, &payment(somebody(1), 7)).expect("moved again");
    assert_eq!(world.balance(ICP_LEDGER, somebody(1)), 4 * 7);
    let late = world.transfer(anonymous, ICP_LEDGER, &at(now - 25 * 3_600_000_000_000));
    assert_eq!(late, Err(TransferError::TooOld));
    let early = world.transfer(anonymous, ICP_LEDGER, &at(now + 120_000_000_000));
    assert!(matches!(early, Err(TransferError::CreatedInFuture { .. })), "{early:?}");
    world.0.set_time(now + 25 * 3_600_000_000_000).expect("later");
    let forgotten = world.transfer(anonymous, ICP_LEDGER, &at(now));
    assert_eq!(forgotten, Err(TransferError::TooOld));
}

#[test]
fn the_old_interface_of_the_icp_ledger_knows_the_same_accounts() {
    let mut world = World::new();
    let to = Account::of(somebody(1)).id();
    let now = world.0.time_ns();
    let timed = icp::TransferArgs {
        created_at_time: Some(TimeStamp { timestamp_nanos: now }),
        ..icp_payment(to, 500, 1)
    };
    let anonymous = Principal::anonymous();
    let block = world.call::<Moved>(anonymous, ICP_LEDGER, "transfer", &timed).expect("paid");
    let again: Moved = world.call(anonymous, ICP_LEDGER, "transfer", &timed);
    assert_eq!(again, Err(icp::TransferError::TxDuplicate { duplicate_of: block }));
    let cheap = icp::TransferArgs { fee: Tokens { e8s: 1 }, ..icp_payment(to, 500, 1) };
    let refused: Moved = world.call(anonymous, ICP_LEDGER, "transfer", &cheap);
    let expected_fee = Tokens { e8s: 10_000 };
    assert_eq!(refused, Err(icp::TransferError::BadFee { expected_fee }));
    let poor: Moved = world.call(somebody(1), ICP_LEDGER, "transfer", &icp_payment(to, 1, 1));
    let balance = Tokens { e8s: 500 };
    assert_eq!(poor, Err(icp::TransferError::InsufficientFunds { balance }));
    assert_eq!(world.balance(ICP_LEDGER, somebody(1)), 500);
    let id: ByteBuf = world.ask(ICP_LEDGER, "account_identifier", &Account::of(somebody(1)));
    assert_eq!(id, to.as_slice());
}

#[test]
fn the_accounts_are_saved_with_the_network() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut world = World::new();
    world.give(CYCLES_LEDGER, somebody(1), 3 * T);
    let timed = TransferArg { created_at_time: Some(world.0.time_ns()), ..payment(somebody(2), T) };
    let block = world.transfer(somebody(1), CYCLES_LEDGER, &timed).expect("moved");
    world.0.save(dir.path()).expect("saved");
    let mut back = World(Network::load(dir.path(), NetworkConfig::default()).expect("loaded"));
    back.check();
    assert_eq!(back.balance(CYCLES_LEDGER, somebody(1)), 2 * T - FEE);
    assert_eq!(back.0.cycles_account(), world.0.cycles_account());
    let again = back.transfer(somebody(1), CYCLES_LEDGER, &timed);
    assert_eq!(again, Err(TransferError::Duplicate { duplicate_of: block }));
}
