//! The ledger over its life: upgrade, snapshot, a long log.

use granary_api::{
    icrc::{Account, TransferArgs, TransferError},
    test_ledger::Faults,
};
use granary_tests::{
    engine::announce,
    ledger::{FEE, transfer_args},
};

use super::{RICHES, controller, install, network, poor, rich};

#[test]
fn an_upgrade_keeps_balances_blocks_faults_and_what_is_a_repetition() {
    let network = network();
    let ledger = install(&network);
    let created_at_time = Some(network.get_time().as_nanos_since_unix_epoch());
    let args = TransferArgs { created_at_time, ..transfer_args(poor(), 5) };
    ledger.transfer(rich(), &args).unwrap().unwrap();
    ledger.set_faults(&Faults { fee: Some(1_u8.into()), ..Faults::default() });
    let (blocks, tip) = (ledger.blocks(), ledger.tip_certificate().hash_tree);
    ledger.upgrade(controller());
    network.tick();
    assert_eq!((ledger.blocks(), ledger.tip_certificate().hash_tree), (blocks, tip));
    assert_eq!(ledger.balance(rich()), RICHES - 5 - FEE);
    let again = ledger.transfer(rich(), &args).unwrap();
    assert_eq!(again, Err(TransferError::Duplicate { duplicate_of: 1_u8.into() }));
    let faults: Faults = ledger.query("get_faults", ()).unwrap();
    assert_eq!(faults.fee, Some(1_u8.into()));
}

#[test]
fn a_restored_snapshot_is_the_ledger_of_then() {
    let network = network();
    let ledger = install(&network);
    ledger.transfer(rich(), &transfer_args(poor(), 5)).unwrap().unwrap();
    let (id, by) = (ledger.canister, Some(controller()));
    let snapshot = network.take_canister_snapshot(id, by, None).expect("a snapshot");
    ledger.transfer(rich(), &transfer_args(poor(), 6)).unwrap().unwrap();
    assert_eq!(ledger.balance(poor()), 11);
    network.stop_canister(id, by).expect("it stops");
    network.load_canister_snapshot(id, by, snapshot.id).expect("it is restored");
    network.start_canister(id, by).expect("it starts");
    assert_eq!(ledger.balance(poor()), 5);
    // The log goes on from there, and the chain with it.
    let next = ledger.transfer(rich(), &transfer_args(poor(), 1)).unwrap();
    assert_eq!(next, Ok(2_u8.into()));
}

/// The cost of a transfer, in cycles the ledger burns.
fn cost(network: &pocket_ic::PocketIc, ledger: &granary_tests::ledger::TestLedger<'_>) -> u128 {
    let before = network.cycle_balance(ledger.canister);
    ledger.transfer(rich(), &transfer_args(poor(), 1)).unwrap().unwrap();
    before - network.cycle_balance(ledger.canister)
}

#[test]
fn a_transfer_costs_the_same_on_a_long_log() {
    let network = network();
    let ledger = install(&network);
    let _ = cost(&network, &ledger);
    let short = cost(&network, &ledger);
    for _ in 0..3 {
        ledger.fill(20_000, 30_000);
    }
    let long = cost(&network, &ledger);
    announce(&format!("test_ledger: a transfer burns {short} cycles, {long} after 60,000 blocks"));
    // The balances lie in a tree: twenty thousand more of them are some levels, not a scan.
    assert!(long < short * 3 / 2, "{short} before, {long} after");
    let account = ledger.query::<_, candid::Principal>("numbered_account", (19_999_u32,)).unwrap();
    assert_eq!(ledger.balance(Account::from(account)), 3, "once in each filling");
    let page = ledger.page(59_990, 5);
    assert_eq!(page.blocks.len(), 5);
}
