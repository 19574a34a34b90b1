//! Every fault of the ledger, and that it ends.

use std::time::Duration;

use candid::Nat;
use granary_api::{
    icrc::{TransferArgs, TransferError},
    test_ledger::{ControlError, Faults},
};
use granary_tests::{
    clock::SECOND,
    ledger::{FEE, TestLedger, transfer_args},
    people::Who,
};

use super::{RICHES, install, network, poor, rich};

fn gives(amount: u128) -> TransferArgs {
    transfer_args(poor(), amount)
}

fn transfer(ledger: &TestLedger<'_>, args: &TransferArgs) -> Result<Nat, TransferError> {
    ledger.transfer(rich(), args).expect("an answer")
}

#[test]
fn unavailable_for_so_many_calls_and_then_not() {
    let network = network();
    let ledger = install(&network);
    ledger.set_faults(&Faults { unavailable_calls: 2, ..Faults::default() });
    for _ in 0..2 {
        let refused = transfer(&ledger, &gives(5));
        assert_eq!(refused, Err(TransferError::TemporarilyUnavailable));
    }
    assert_eq!(ledger.balance(poor()), 0, "nothing happened");
    assert_eq!(transfer(&ledger, &gives(5)), Ok(1_u8.into()));
    let left: Faults = ledger.query("get_faults", ()).unwrap();
    assert_eq!(left, Faults::default());
}

#[test]
fn a_lost_answer_was_done_and_the_repetition_says_so() {
    let network = network();
    let ledger = install(&network);
    ledger.set_faults(&Faults { lost_replies: 1, ..Faults::default() });
    let created_at_time = Some(network.get_time().as_nanos_since_unix_epoch());
    let args = TransferArgs { created_at_time, ..gives(5) };
    let lost = ledger.transfer(rich(), &args).expect_err("the answer is lost");
    assert!(lost.reject_message.contains("the answer is lost"), "{lost}");
    assert_eq!(ledger.balance(poor()), 5, "and yet it was done");
    let again = transfer(&ledger, &args);
    assert_eq!(again, Err(TransferError::Duplicate { duplicate_of: 1_u8.into() }));
    assert_eq!(ledger.balance(poor()), 5, "once");
}

#[test]
fn a_late_answer_comes_when_its_time_has_come() {
    let network = network();
    let ledger = install(&network);
    ledger.set_faults(&Faults { late_replies: 1, late_seconds: 30, ..Faults::default() });
    let bytes = candid::encode_one(gives(5)).unwrap();
    let call = network.submit_call(ledger.canister, rich(), "icrc1_transfer", bytes).unwrap();
    for _ in 0..5 {
        network.tick();
    }
    assert!(network.ingress_status(call.clone()).is_none(), "no answer yet");
    assert_eq!(ledger.balance(poor()), 5, "but it is done");
    network.advance_time(Duration::from_nanos(31 * SECOND));
    let reply = network.await_call(call).expect("an answer");
    let answer: Result<Nat, TransferError> = candid::decode_one(&reply).unwrap();
    assert_eq!(answer, Ok(1_u8.into()));
}

#[test]
fn another_fee_is_told_and_asked_for() {
    let network = network();
    let ledger = install(&network);
    ledger.set_faults(&Faults { fee: Some(20_000_u32.into()), ..Faults::default() });
    let fee: Nat = ledger.query("icrc1_fee", ()).unwrap();
    assert_eq!(fee, 20_000_u32);
    let old = TransferArgs { fee: Some(FEE.into()), ..gives(5) };
    let expected_fee = Nat::from(20_000_u32);
    assert_eq!(transfer(&ledger, &old), Err(TransferError::BadFee { expected_fee }));
    assert_eq!(transfer(&ledger, &gives(5)), Ok(1_u8.into()));
    assert_eq!(ledger.balance(rich()), RICHES - 20_000 - 5);
    ledger.set_faults(&Faults::default());
    assert_eq!(transfer(&ledger, &old), Ok(2_u8.into()));
}

#[test]
fn a_shorter_window_forgets() {
    let network = network();
    let ledger = install(&network);
    ledger.set_faults(&Faults { dedup_window_ns: Some(60 * SECOND), ..Faults::default() });
    let created_at_time = Some(network.get_time().as_nanos_since_unix_epoch());
    let args = TransferArgs { created_at_time, ..gives(5) };
    assert_eq!(transfer(&ledger, &args), Ok(1_u8.into()));
    // The window and what clocks may differ: a minute and two.
    network.advance_time(Duration::from_nanos(170 * SECOND));
    let again = transfer(&ledger, &args);
    assert_eq!(again, Err(TransferError::Duplicate { duplicate_of: 1_u8.into() }));
    network.advance_time(Duration::from_nanos(20 * SECOND));
    assert_eq!(transfer(&ledger, &args), Err(TransferError::TooOld));
}

#[test]
fn balances_are_lied_about_and_reads_fail_on_demand() {
    let network = network();
    let ledger = install(&network);
    ledger.lie_about(rich(), -7);
    assert_eq!((ledger.balance(rich()), ledger.balance(poor())), (RICHES - 7, 0));
    ledger.lie_about(poor(), -1);
    assert_eq!(ledger.balance(poor()), 0, "no balance is below nothing");
    assert_eq!(ledger.balance(rich()), RICHES);
    // The lie is about what is told and not about what can be spent.
    ledger.lie_about(poor(), 1_000_000);
    assert_eq!(ledger.balance(poor()), 1_000_000);
    let spent = ledger.transfer(poor(), &transfer_args(rich(), 1)).unwrap();
    assert_eq!(spent, Err(TransferError::InsufficientFunds { balance: 0_u8.into() }));
    ledger.set_faults(&Faults { unreadable: true, ..Faults::default() });
    let account = granary_api::icrc::Account::from(rich());
    let read = ledger.query::<_, Nat>("icrc1_balance_of", (account,));
    assert!(read.expect_err("unreadable").reject_message.contains("cannot be read"));
    assert_eq!(transfer(&ledger, &gives(5)), Ok(1_u8.into()), "writing goes on");
}

#[test]
fn strangers_do_not_disturb_the_ledger() {
    let network = network();
    let ledger = install(&network);
    let faults = Faults { unavailable_calls: 1, ..Faults::default() };
    for who in [rich(), Who::Anonymous.principal(), Who::Stranger.principal()] {
        let set: Result<(), ControlError> = ledger.update(who, "set_faults", (&faults,)).unwrap();
        assert_eq!(set, Err(ControlError::NotAllowed));
    }
    let by_controller: Result<(), ControlError> =
        ledger.update(super::controller(), "set_faults", (&faults,)).unwrap();
    assert_eq!(by_controller, Ok(()));
}
