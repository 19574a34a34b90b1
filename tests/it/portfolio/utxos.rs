//! Outputs and headers, over the wire.

use granary_api::portfolio as p;
use granary_errors::Category;
use granary_proof::bitcoin::{
    double_sha256,
    header::{hash, meets, target},
    inclusion::branch_of,
};
use granary_tests::{
    engine::GENESIS_NS, fixtures::assert_valid, people::Who, reply::Expect, subject::PORTFOLIO,
    world::World,
};
use serde_bytes::ByteBuf;

use super::bitcoin;

const USER: p::AccountOwner = p::AccountOwner::User(7);

fn outpoint(n: u8) -> p::Outpoint {
    p::Outpoint { txid: ByteBuf::from([n; 32]), vout: 0 }
}

fn look(world: &World, asset: u64, tip_height: u32, heights: &[(u8, u32)]) -> p::SyncReport {
    let utxos = heights
        .iter()
        .map(|(n, height)| p::ObservedUtxo {
            outpoint: outpoint(*n),
            value_sat: 10_000 * u64::from(*n),
            height: *height,
        })
        .collect();
    let args = p::SyncUtxosArgs { owner: USER, asset, tip_height, utxos };
    world.caller(Who::Operator).update("sync_utxos", &args).value("a look")
}

fn balance(world: &World, asset: u64) -> i64 {
    let args = p::GetBalancesArgs { owner: USER, assets: Some(vec![asset]) };
    let balances: Vec<p::Balance> =
        world.caller(Who::Reader).query("get_balances", &args).value("balances");
    balances.first().map_or(0, |balance| i64::try_from(&balance.balance_units.0).unwrap())
}

#[test]
fn a_deposit_is_seen_booked_held_and_spent() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = bitcoin(&world);
    assert_eq!(look(&world, asset, 104, &[(1, 100), (2, 100)]).seen, 2);
    assert_eq!(balance(&world, asset), 0);
    assert_eq!(look(&world, asset, 105, &[(1, 100), (2, 100)]).available, 2);
    assert_eq!(balance(&world, asset), 30_000);

    let execution = world.caller(Who::Execution);
    let hold = |intent, n| p::ReserveUtxosArgs { intent, outpoints: vec![outpoint(n)] };
    execution.receipt("reserve_utxos", &hold(5, 1)).value("available");
    let error = execution
        .receipt("reserve_utxos", &hold(6, 1))
        .refused(Category::StateError, "another intent holds it");
    assert_eq!(error.code(), "portfolio.utxo.held");
    let spend = |txid: u8| p::MarkSpentArgs {
        intent: 5,
        outpoints: vec![outpoint(1)],
        txid: ByteBuf::from([txid; 32]),
    };
    execution.receipt("mark_spent", &spend(9)).value("held");
    execution.receipt("mark_spent", &spend(9)).value("the same transaction");
    let other = execution.receipt("mark_spent", &spend(8));
    assert_eq!(other.code("another transaction"), "portfolio.utxo.held");
    assert_eq!(balance(&world, asset), 20_000);

    let args =
        p::ListUtxosArgs { of: Some(p::AccountRef { owner: USER, asset }), after: None, limit: 10 };
    let page: p::UtxoPage = world.caller(Who::Auditor).query("list_utxos", &args).value("a page");
    let states: Vec<_> = page.items.iter().map(|utxo| (utxo.id, utxo.state)).collect();
    assert_eq!(states, [(2, p::UtxoState::Available), (1, p::UtxoState::Spent)]);
    assert_valid(&world);
    world.upgrade();
    assert_eq!(balance(&world, asset), 20_000);
    assert_valid(&world);
}

#[test]
fn wrong_looks_change_nothing() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = bitcoin(&world);
    look(&world, asset, 105, &[(1, 100)]);
    let before = granary_tests::digest::state(&world);
    let operator = world.caller(Who::Operator);
    let send = |args: &p::SyncUtxosArgs| operator.update::<p::SyncReport>("sync_utxos", args);
    let args = |owner, value_sat, height, txid: &[u8]| p::SyncUtxosArgs {
        owner,
        asset,
        tip_height: 105,
        utxos: vec![p::ObservedUtxo {
            outpoint: p::Outpoint { txid: ByteBuf::from(txid), vout: 0 },
            value_sat,
            height,
        }],
    };
    let cases = [
        (args(USER, 0, 100, &[2; 32]), "portfolio.utxo.invalid"),
        (args(USER, u64::MAX, 100, &[2; 32]), "portfolio.utxo.invalid"),
        (args(USER, 1, 106, &[2; 32]), "portfolio.utxo.invalid"),
        (args(USER, 1, 100, &[2; 31]), "common.hash.size"),
        (args(p::AccountOwner::User(8), 10_000, 100, &[1; 32]), "portfolio.utxo.foreign"),
        (p::SyncUtxosArgs { asset: 99, ..args(USER, 1, 1, &[2; 32]) }, "portfolio.asset.not_found"),
    ];
    for (args, code) in cases {
        assert_eq!(send(&args).code("refused"), code);
    }
    let many = p::SyncUtxosArgs {
        utxos: vec![args(USER, 1, 1, &[3; 32]).utxos[0].clone(); 201],
        ..args(USER, 1, 1, &[3; 32])
    };
    assert_eq!(send(&many).code("too many"), "common.list.size");
    assert_eq!(granary_tests::digest::state(&world), before);
}

/// `count` regtest headers on top of `previous`, each over `root`.
fn headers(previous: [u8; 32], root: [u8; 32], from: u32, count: u32) -> Vec<ByteBuf> {
    let mut previous = previous;
    let easy = target(0x207f_ffff).unwrap();
    (0..count)
        .map(|step| {
            let mut bytes = [0; 80];
            bytes[4..36].copy_from_slice(&previous);
            bytes[36..68].copy_from_slice(&root);
            bytes[68..72].copy_from_slice(&(from + 60 * step).to_le_bytes());
            bytes[72..76].copy_from_slice(&0x207f_ffff_u32.to_le_bytes());
            while !meets(&hash(&bytes), easy) {
                bytes[76] += 1;
            }
            previous = hash(&bytes);
            ByteBuf::from(bytes)
        })
        .collect()
}

fn tip(headers: &[ByteBuf]) -> [u8; 32] {
    hash(headers.last().unwrap()[..].try_into().unwrap())
}

fn chain_of(world: &World) -> p::HeaderChain {
    let nothing = candid::encode_args(()).unwrap();
    let chain = world.caller(Who::Stranger).raw_query("get_header_chain", nothing);
    granary_tests::reply::typed(chain).value("a chain")
}

#[test]
fn headers_link_fork_and_freeze_and_prove_inclusion() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = bitcoin(&world);
    let now = u32::try_from(GENESIS_NS / 1_000_000_000).unwrap() - 100_000;
    let txs: Vec<Vec<u8>> = (0..5_u8).map(|n| vec![n; 100]).collect();
    let ids: Vec<_> = txs.iter().map(|tx| double_sha256(tx)).collect();
    let (branch, root) = branch_of(&ids, 4).unwrap();
    let first = headers([0; 32], root, now, 1);
    let governor = world.caller(Who::Governor);
    let start = p::StartHeadersArgs {
        network: p::BtcNetwork::Regtest,
        height: 100,
        header: first[0].clone(),
    };
    governor.receipt("start_headers", &start).value("the first");
    let again = governor.receipt("start_headers", &start);
    assert_eq!(again.code("there is one"), "portfolio.headers.begun");

    let operator = world.caller(Who::Operator);
    let submit = |headers: &[ByteBuf]| {
        operator.receipt("submit_headers", &p::SubmitHeadersArgs { headers: headers.to_vec() })
    };
    let proof = |index, transaction: &[u8]| p::VerifyInclusionArgs {
        asset,
        height: 100,
        transaction: ByteBuf::from(transaction),
        index,
        count: 5,
        branch: branch.iter().map(|node| ByteBuf::from(*node)).collect(),
    };
    let included = |args: &p::VerifyInclusionArgs| {
        operator.query::<p::IncludedTransaction>("verify_tx_inclusion", args)
    };
    let young = included(&proof(4, &txs[4]));
    assert_eq!(young.code("one confirmation"), "portfolio.inclusion.confirmations");
    let chain = headers(tip(&first), [1; 32], now + 60, 12);
    submit(&chain).value("twelve more");
    let found = included(&proof(4, &txs[4])).value("deep enough");
    assert_eq!((found.txid[..].to_vec(), found.confirmations), (ids[4].to_vec(), 13));
    for (index, transaction) in [(3, &txs[4][..]), (4, &txs[3]), (4, &[0; 64])] {
        let refused = included(&proof(index, transaction));
        assert_eq!(refused.code("no proof"), "portfolio.inclusion.invalid");
    }

    // Forks: less work is refused, a deep one freezes deposits, a governor may still take it.
    let fork = tip(&chain[..6]);
    let shorter = headers(fork, [2; 32], now + 420, 6);
    assert_eq!(submit(&shorter).code("not more"), "portfolio.headers.not_more_work");
    let longer = headers(fork, [2; 32], now + 420, 7);
    submit(&longer).value("six removed, seven added");
    let deep = headers(tip(&chain[..2]), [3; 32], now + 180, 14);
    submit(&deep).value("it freezes");
    let frozen = chain_of(&world);
    assert_eq!((frozen.tip_height, frozen.frozen_since_ns.is_some()), (113, true));
    assert_eq!(frozen.tip_hash[..], tip(&longer));
    look(&world, asset, 120, &[(1, 100)]);
    assert_eq!(balance(&world, asset), 0, "deposits wait");
    governor
        .receipt("submit_headers", &p::SubmitHeadersArgs { headers: deep.clone() })
        .value("a governor decides");
    governor.update_plain::<granary_api::common::Receipt>("thaw_deposits").value("it was frozen");
    let taken = chain_of(&world);
    assert_eq!((taken.tip_height, taken.frozen_since_ns), (116, None));
    assert_eq!(taken.tip_hash[..], tip(&deep));
    look(&world, asset, 120, &[(1, 100)]);
    assert_eq!(balance(&world, asset), 10_000);
    assert_valid(&world);
}
