//! Cycles that leave the ledger for canisters, and come back.

use super::{T, World, creation, somebody};
use crate::standins::{
    CYCLES_LEDGER, ICP_LEDGER, MINTING, Request,
    accounts::Account,
    cycles::{
        CreateCanisterArgs, CreateCanisterError, CreationArgs, DepositArgs, DepositResult, FEE,
        RejectionCode, WithdrawError,
    },
    minting::SubnetSelection,
};
use candid::{Encode, Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

#[test]
fn a_canister_is_created_for_the_caller_and_paid_from_the_account() {
    let mut world = World::new();
    world.give(CYCLES_LEDGER, somebody(1), 10 * T);
    let created = world.create(somebody(1), &creation(2 * T)).expect("created");
    let id = created.canister_id;
    assert_eq!(world.0.controllers(id), Some(&[somebody(1)][..]));
    assert_eq!(world.0.cycles(id), Some(2 * T - 500_000_000_000), "less the price of creation");
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(1)), 8 * T - FEE);
    let settings = mg::CanisterSettings {
        controllers: Some(vec![somebody(3)]),
        ..mg::CanisterSettings::default()
    };
    let subnets: Vec<Principal> = world.ask(MINTING, "get_default_subnets", &());
    let creation_args = Some(CreationArgs {
        subnet_selection: Some(SubnetSelection::Subnet { subnet: subnets[0] }),
        settings: Some(settings),
    });
    let arg = CreateCanisterArgs {
        creation_args,
        created_at_time: Some(world.0.time_ns()),
        ..creation(2 * T)
    };
    let other = world.create(somebody(1), &arg).expect("created");
    assert_eq!(world.0.controllers(other.canister_id), Some(&[somebody(3)][..]));
    let again = world.create(somebody(1), &arg);
    let canister_id = Some(other.canister_id);
    let duplicate = CreateCanisterError::Duplicate { duplicate_of: other.block_id, canister_id };
    assert_eq!(again, Err(duplicate));
}

#[test]
fn a_canister_that_cannot_be_created_is_paid_back() {
    let mut world = World::new();
    world.give(CYCLES_LEDGER, somebody(1), T);
    let error = world.create(somebody(1), &creation(T)).expect_err("the fee is missing");
    assert_eq!(error, CreateCanisterError::InsufficientFunds { balance: T.into() });
    let error = world.create(somebody(1), &creation(1_000_000_000)).expect_err("too little");
    assert!(matches!(error, CreateCanisterError::FailedToCreate { refund_block: Some(_), .. }));
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(1)), T - 2 * FEE);
    let elsewhere = Some(CreationArgs {
        subnet_selection: Some(SubnetSelection::Subnet { subnet: somebody(9) }),
        settings: None,
    });
    let arg = CreateCanisterArgs { creation_args: elsewhere, ..creation(T / 2) };
    let error = world.create(somebody(1), &arg).expect_err("no such subnet");
    assert!(
        matches!(&error, CreateCanisterError::FailedToCreate { error, .. }
        if error.contains("does not exist")),
        "{error:?}"
    );
    assert_eq!(world.0.canister_ids(), []);
}

#[test]
fn cycles_are_withdrawn_to_canisters_only() {
    let mut world = World::new();
    let anonymous = Principal::anonymous();
    let id = world.create(anonymous, &creation(2 * T)).expect("created").canister_id;
    let before = world.0.cycles(id).expect("exists");
    world.give(CYCLES_LEDGER, somebody(1), 3 * T);
    world.withdraw(somebody(1), id, T).expect("withdrawn");
    assert_eq!(world.0.cycles(id), Some(before + T));
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(1)), 2 * T - FEE);
    let receiver = somebody(2);
    let error = world.withdraw(somebody(1), receiver, T);
    assert_eq!(error, Err(WithdrawError::InvalidReceiver { receiver }));
    let error = world.withdraw(somebody(1), id, 2 * T);
    let balance = Nat::from(2 * T - FEE);
    assert_eq!(error, Err(WithdrawError::InsufficientFunds { balance }));
    assert!(matches!(world.withdraw(somebody(1), id, 0), Err(WithdrawError::GenericError { .. })));
    let nobody = Principal::from_slice(&[0, 0, 0, 0, 0, 9, 9, 9, 1, 1]);
    let error = world.withdraw(somebody(1), nobody, T).expect_err("no such canister");
    assert!(
        matches!(
            &error,
            WithdrawError::FailedToWithdraw {
                rejection_code: RejectionCode::DestinationInvalid,
                fee_block: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(1)), 2 * T - 3 * FEE);
}

#[test]
fn a_deposit_takes_the_attached_cycles_and_keeps_the_fee() {
    let mut world = World::new();
    let mut deposit = |cycles| {
        world.0.create_cycles(cycles);
        let args = DepositArgs { to: Account::of(somebody(1)), memo: None };
        let mut request = Request {
            caller: somebody(8),
            method: "deposit".to_owned(),
            arg: Encode!(&args).expect("encodes"),
            cycles,
            now_ns: 1,
        };
        let mut state = world.0.stand_ins.take().expect("stand-ins");
        let payload = state.update(&mut world.0, CYCLES_LEDGER, &mut request);
        world.0.stand_ins = Some(state);
        // What was not taken goes back to somebody; here it ends.
        world.0.burn(request.cycles);
        world.check();
        (payload, request.cycles)
    };
    let (payload, left) = deposit(T);
    let result: DepositResult = candid::decode_one(&payload.expect("deposited")).expect("decodes");
    assert_eq!((result.balance, left), (Nat::from(T - FEE), 0));
    assert_eq!(result.block_index, 1u8, "the first block is the endowment");
    let (payload, left) = deposit(FEE);
    assert_eq!(payload.expect_err("too little").error_code, ErrorCode::CanisterCalledTrap);
    assert_eq!(left, FEE, "refused cycles go back");
    assert_eq!(world.balance(CYCLES_LEDGER, somebody(1)), T - FEE);
}

#[test]
fn the_ids_of_stand_ins_cannot_be_chosen_for_canisters() {
    let mut world = World::new();
    let args = mg::ProvisionalCreateCanisterWithCyclesArgs {
        amount: None,
        settings: None,
        specified_id: Some(ICP_LEDGER),
        sender_canister_version: None,
    };
    let arg = Encode!(&args).expect("encodes");
    let method = "provisional_create_canister_with_cycles";
    let management = Principal::management_canister();
    let reject = world.raw(somebody(1), management, method, arg).expect_err("taken");
    assert_eq!(reject.error_code, ErrorCode::CanisterAlreadyInstalled);
}
