//! ICP that becomes cycles.

use super::{CREATE, MINT, T, TOP_UP, World, somebody};
use crate::standins::{
    CYCLES_LEDGER, ICP_LEDGER, MINTING,
    cycles::FEE,
    minting::{CreateArgs, MintArgs, NotifyError, NotifyOk, TopUpArgs},
};
use candid::{Nat, Principal};

type Notified<T> = Result<T, NotifyError>;

#[test]
fn icp_becomes_cycles_once() {
    let mut world = World::new();
    let one = somebody(1);
    world.give(ICP_LEDGER, one, 1_000_000_000);
    let block = world.pay_minting(one, one, 100_000_000, MINT);
    let supply: Nat = world.ask(ICP_LEDGER, "icrc1_total_supply", &());
    let arg = MintArgs { block_index: block, deposit_memo: None, to_subaccount: None };
    let minted: Notified<NotifyOk> = world.call(one, MINTING, "notify_mint_cycles", &arg);
    assert_eq!(minted.as_ref().map(|minted| minted.minted.clone()), Ok(Nat::from(5 * T)));
    assert_eq!(world.balance(CYCLES_LEDGER, one), 5 * T - FEE);
    let now: Nat = world.ask(ICP_LEDGER, "icrc1_total_supply", &());
    assert_eq!(now, supply - 100_000_000u64, "the ICP is gone");
    let again: Notified<NotifyOk> = world.call(one, MINTING, "notify_mint_cycles", &arg);
    assert_eq!(again, minted, "the same answer, and nothing minted");
    assert_eq!(world.balance(CYCLES_LEDGER, one), 5 * T - FEE);
    let theft: Notified<NotifyOk> = world.call(somebody(2), MINTING, "notify_mint_cycles", &arg);
    assert!(matches!(theft, Err(NotifyError::InvalidTransaction(_))), "{theft:?}");
    let absent = MintArgs { block_index: 999, ..arg };
    let absent: Notified<NotifyOk> = world.call(one, MINTING, "notify_mint_cycles", &absent);
    assert!(matches!(absent, Err(NotifyError::InvalidTransaction(_))), "{absent:?}");
}

#[test]
fn icp_that_buys_too_little_goes_back_less_a_fee() {
    let mut world = World::new();
    let one = somebody(1);
    world.give(ICP_LEDGER, one, 1_000_000);
    let block = world.pay_minting(one, one, 500_000, CREATE);
    let arg =
        CreateArgs { block_index: block, controller: one, subnet_selection: None, settings: None };
    let wrong = MintArgs { block_index: block, deposit_memo: None, to_subaccount: None };
    let wrong: Notified<NotifyOk> = world.call(one, MINTING, "notify_mint_cycles", &wrong);
    assert!(matches!(wrong, Err(NotifyError::InvalidTransaction(_))), "{wrong:?}");
    let refused: Notified<Principal> = world.call(one, MINTING, "notify_create_canister", &arg);
    assert!(matches!(&refused, Err(NotifyError::Refunded { block_index: Some(_), .. })));
    assert_eq!(world.balance(ICP_LEDGER, one), 1_000_000 - 20_000);
    let again: Notified<Principal> = world.call(one, MINTING, "notify_create_canister", &arg);
    assert_eq!(again, refused, "nothing is refunded twice");
    assert_eq!(world.balance(ICP_LEDGER, one), 1_000_000 - 20_000);
    let other = CreateArgs { controller: somebody(2), ..arg };
    let other: Notified<Principal> = world.call(one, MINTING, "notify_create_canister", &other);
    assert!(matches!(other, Err(NotifyError::Other { .. })), "{other:?}");
}

#[test]
fn icp_buys_canisters_and_tops_them_up() {
    let mut world = World::new();
    let one = somebody(1);
    world.give(ICP_LEDGER, one, 1_000_000_000);
    let block = world.pay_minting(one, one, 100_000_000, CREATE);
    let arg =
        CreateArgs { block_index: block, controller: one, subnet_selection: None, settings: None };
    let created: Result<Principal, NotifyError> =
        world.call(one, MINTING, "notify_create_canister", &arg);
    let id = created.expect("created");
    assert_eq!(world.0.controllers(id), Some(&[one][..]));
    let before = world.0.cycles(id).expect("exists");
    let block = world.pay_minting(one, id, 100_000_000, TOP_UP);
    let arg = TopUpArgs { block_index: block, canister_id: id };
    let topped: Result<Nat, NotifyError> = world.call(one, MINTING, "notify_top_up", &arg);
    assert_eq!(topped, Ok(Nat::from(5 * T)));
    assert_eq!(world.0.cycles(id), Some(before + 5 * T));
}
