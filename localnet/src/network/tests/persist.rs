//! Saving a network and going on from there.

use ic_management_canister_types as mg;

use super::{
    management,
    puppet::{self, manage, program},
    world::{World, number, user},
};
use crate::network::{IngressStatus, Network, NetworkConfig};

#[test]
fn a_saved_network_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::seeded(5);
    let canister = world.puppet();
    let due = world.net.time_ns() + 60_000_000_000;
    let setup = program()
        .count(7)
        .stable_write(0, b"on disk!")
        .certify(b"data")
        .print("hello")
        .on_timer(&program().count(100))
        .timer(due);
    world.run(canister, setup.reply()).expect("reply");
    let args = mg::TakeCanisterSnapshotArgs {
        canister_id: canister,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    world.manage("take_canister_snapshot", (args,)).expect("taken");
    let chunk = mg::UploadChunkArgs { canister_id: canister, chunk: b"chunk".to_vec() };
    world.manage("upload_chunk", (chunk,)).expect("uploaded");
    // One call open, one message waiting.
    let outcall = manage("http_request", management::http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().count(1).append_arg().reply());
    let open = world.submit(user(), canister, "run", program().call(outcall).0).expect("taken");
    world.net.tick();
    let waiting =
        world.submit(user(), canister, "run", program().count(20).reply().0).expect("taken");
    let before =
        (world.net.time_ns(), world.net.cycles_account(), world.net.state_digest(canister));
    for _ in 0..2 {
        world.net.save(dir.path()).expect("saved, twice");
    }

    let mut back =
        World { net: Network::load(dir.path(), NetworkConfig::default()).expect("loaded") };
    back.check();
    assert_eq!(back.net.time_ns(), before.0 + 2);
    assert_eq!((back.net.cycles_account(), back.net.state_digest(canister)), (before.1, before.2));
    assert_eq!(back.net.config().seed, 5);
    assert_eq!(back.net.certified_data(canister), Some(b"data".as_slice()));
    assert_eq!(back.net.ingress_status(&waiting), IngressStatus::Received);
    assert_eq!(back.count(canister), 7);
    back.wait(&waiting).expect("reply");
    assert_eq!(back.count(canister), 27);
    let itself = puppet::call(canister, program().append(b"new").reply());
    let new = program().call(itself.on_reply(program().append_arg().reply()));
    assert_eq!(back.run(canister, new).expect("a call beside the old one"), b"new");
    let request = back.net.pending_http_requests().remove(0);
    management::respond(&mut back, request.request_id, b"x");
    back.wait(&open).expect("reply");
    assert_eq!(back.count(canister), 28);
    back.net.set_time(due).expect("future");
    back.net.tick();
    assert_eq!(back.count(canister), 128, "the timer survived");
    let read = back.query(canister, "read", program().append_stable(0).reply()).expect("stable");
    assert_eq!(number(&read), u64::from_le_bytes(*b"on disk!"));
    let known = &back.net.canisters[&canister];
    assert_eq!((known.snapshots.len(), known.chunks.len()), (1, 1));
    assert_eq!(known.logs.records().count(), 1);
    // Ids go on where they were.
    let next = back.create();
    assert_eq!(next.to_text(), "lqy7q-dh777-77777-aaaaq-cai");
}

#[test]
fn a_chosen_id_keeps_its_subnet() {
    let dir = tempfile::tempdir().expect("directory");
    let mut world = World::new();
    let ledger = candid::Principal::from_text("ryjl3-tyaaa-aaaaa-aaaba-cai").expect("id");
    let args = mg::ProvisionalCreateCanisterWithCyclesArgs {
        specified_id: Some(ledger),
        ..Default::default()
    };
    world.manage("provisional_create_canister_with_cycles", (args,)).expect("created");
    world.net.save(dir.path()).expect("saved");
    let back = Network::load(dir.path(), NetworkConfig::default()).expect("loaded");
    assert_eq!(back.subnet_of(ledger), world.net.subnet_of(ledger));
    assert_eq!(back.topology().subnets().len(), 2);
}

#[test]
fn what_is_not_a_saved_network_is_refused() {
    let dir = tempfile::tempdir().expect("directory");
    let error = Network::load(dir.path(), NetworkConfig::default()).expect_err("empty");
    assert!(error.contains("no saved network"), "{error}");
    std::fs::create_dir(dir.path().join("current")).expect("directory");
    std::fs::write(dir.path().join("current/network.cbor"), b"junk").expect("written");
    let error = Network::load(dir.path(), NetworkConfig::default()).expect_err("junk");
    assert!(error.contains("cannot read"), "{error}");
}
