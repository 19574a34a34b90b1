//! Stopping, starting, deleting, upgrading.

use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

use super::{
    management,
    puppet::{self, manage, program},
    world::{World, number, record, stranger, user},
};

fn id(canister: candid::Principal) -> (mg::CanisterIdRecord,) {
    (mg::CanisterIdRecord { canister_id: canister },)
}

#[test]
fn a_stopped_canister_takes_no_calls_until_it_is_started() {
    let mut world = World::new();
    let canister = world.puppet();
    let version = world.status(canister).version;
    world.manage("stop_canister", id(canister)).expect("stopped");
    assert_eq!(world.status(canister).status, mg::CanisterStatusType::Stopped);
    let error = world.run(canister, program().reply()).expect_err("stopped");
    assert_eq!(error.error_code, ErrorCode::CanisterStopped);
    assert!(world.query(canister, "read", program().reply()).is_err());
    world.manage("stop_canister", id(canister)).expect("stopping twice is fine");
    world.manage("start_canister", id(canister)).expect("started");
    assert_eq!(world.status(canister).version, version + 3);
    world.run(canister, program().reply()).expect("runs");
}

#[test]
fn stopping_waits_for_open_calls() {
    let mut world = World::new();
    let canister = world.puppet();
    let outcall = manage("http_request", management::http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().count(1).reply());
    let open = world.submit(user(), canister, "run", program().call(outcall).0).expect("taken");
    world.net.tick();
    let management = candid::Principal::management_canister();
    let stop = world.submit(user(), management, "stop_canister", record(canister)).expect("taken");
    world.net.tick();
    assert!(!world.net.ingress_status(&stop).is_final());
    assert_eq!(world.status(canister).status, mg::CanisterStatusType::Stopping);
    let error = world.run(canister, program().reply()).expect_err("stopping");
    assert_eq!(error.error_code, ErrorCode::CanisterStopping);
    let request = world.net.pending_http_requests().remove(0);
    management::respond(&mut world, request.request_id, b"x");
    world.wait(&open).expect("callback ran while stopping");
    world.wait(&stop).expect("stopped");
    assert_eq!(world.count_stopped(canister), 1);
}

#[test]
fn a_stop_request_times_out_or_is_cancelled_by_a_start() {
    let mut world = World::new();
    let canister = world.puppet();
    // The canister waits for itself: a call to its own stopping never ends.
    world.share(canister, canister);
    let never = manage("stop_canister", record(canister))
        .cycles(1_000)
        .on_reject(program().append_reject().append_refund().reply());
    let open = world.submit(user(), canister, "run", program().call(never).0).expect("taken");
    world.net.tick();
    world.net.tick();
    assert_eq!(world.status(canister).status, mg::CanisterStatusType::Stopping);
    let later = world.net.time_ns() + 301_000_000_000;
    world.net.set_time(later).expect("future");
    let reply = world.wait(&open).expect("reject callback");
    assert_eq!(reply[0], 2);
    let text = String::from_utf8_lossy(&reply).into_owned();
    assert!(text.contains("timed out"), "{text}");
    assert_eq!(number(&reply[reply.len() - 8..]), 1_000);
    world.net.tick();
    world.check();

    world.manage("start_canister", id(canister)).expect("started");
    let never =
        manage("stop_canister", record(canister)).on_reject(program().append_reject().reply());
    let open = world.submit(user(), canister, "run", program().call(never).0).expect("taken");
    world.net.tick();
    world.manage("start_canister", id(canister)).expect("started");
    let reply = world.wait(&open).expect("reject callback");
    assert!(String::from_utf8_lossy(&reply).contains("cancelled"));
}

#[test]
fn only_stopped_canisters_can_be_deleted() {
    let mut world = World::new();
    let canister = world.puppet();
    let error = world.manage("delete_canister", id(canister)).expect_err("running");
    assert_eq!(error.error_code, ErrorCode::CanisterNotStopped);
    world.manage("stop_canister", id(canister)).expect("stopped");
    world.manage("delete_canister", id(canister)).expect("deleted");
    world.check();
    assert!(!world.net.canister_exists(canister));
    let error = world.run(canister, program()).expect_err("gone");
    assert_eq!(error.error_code, ErrorCode::CanisterNotFound);
}

#[test]
fn only_controllers_manage() {
    let mut world = World::new();
    let canister = world.puppet();
    for method in ["stop_canister", "start_canister", "delete_canister", "uninstall_code"] {
        let error = world.manage_as(stranger(), method, id(canister)).expect_err("not allowed");
        assert_eq!(error.error_code, ErrorCode::CanisterInvalidController, "{method}");
    }
    let error = world.manage_as(stranger(), "canister_status", id(canister)).expect_err("hidden");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidController);
    let other = world.puppet();
    for method in ["stop_canister", "uninstall_code", "delete_canister", "canister_status"] {
        let ask = manage(method, record(canister)).on_reject(program().append_reject().reply());
        let reply = world.run(other, program().call(ask)).expect("rejected");
        let text = String::from_utf8_lossy(&reply).into_owned();
        assert!(text.contains("Only the controllers"), "{method}: {text}");
    }
    world.run(canister, program().reply()).expect("still there");
}

#[test]
fn an_upgrade_keeps_stable_memory_and_drops_the_heap() {
    let mut world = World::new();
    let canister = world.puppet();
    let hook = program().stable_write(0, b"from pre");
    world
        .run(canister, program().count(5).certify(b"data").before_upgrade(&hook).reply())
        .expect("reply");
    let upgrade = mg::CanisterInstallMode::Upgrade(None);
    world.install_mode(canister, upgrade, puppet::wasm(), program()).expect("upgraded");
    assert_eq!(world.count(canister), 0);
    let read = world.query(canister, "read", program().append_stable(0).reply()).expect("stable");
    assert_eq!(number(&read), u64::from_le_bytes(*b"from pre"));
    assert_eq!(world.net.certified_data(canister), Some(b"data".as_slice()));
    let skip = mg::CanisterInstallMode::Upgrade(Some(mg::UpgradeFlags {
        skip_pre_upgrade: Some(true),
        wasm_memory_persistence: Some(mg::WasmMemoryPersistence::Keep),
    }));
    let trap = program().trap("never run");
    world.run(canister, program().count(7).before_upgrade(&trap).reply()).expect("reply");
    world.install_mode(canister, skip, lasting(), program()).expect("skipped pre_upgrade");
    assert_eq!(world.count(canister), 7, "the heap stayed");
    world
        .install_mode(canister, mg::CanisterInstallMode::Reinstall, puppet::wasm(), program())
        .expect("reinstalled");
    assert_eq!(world.net.certified_data(canister), Some(b"".as_slice()));
    assert_eq!(world.net.stable_memory(canister).expect("memory").len(), 0);
}

/// A puppet whose heap outlives upgrades.
fn lasting() -> Vec<u8> {
    puppet::wasm_with(r#"(@custom "icp:private enhanced-orthogonal-persistence" "")"#)
}

fn upgrade(persistence: Option<mg::WasmMemoryPersistence>) -> mg::CanisterInstallMode {
    mg::CanisterInstallMode::Upgrade(Some(mg::UpgradeFlags {
        skip_pre_upgrade: None,
        wasm_memory_persistence: persistence,
    }))
}

#[test]
fn a_heap_that_outlives_upgrades_is_neither_lost_nor_taken_over_by_oversight() {
    use mg::WasmMemoryPersistence::{Keep, Replace};
    let mut world = World::new();
    let canister = world.puppet();
    let error = world.install_mode(canister, upgrade(Some(Keep)), puppet::wasm(), program());
    let error = error.expect_err("a module that is not made for it");
    assert_eq!(error.error_code, ErrorCode::CanisterContractViolation);
    assert!(error.reject_message.starts_with("Invalid upgrade option: "), "{error:?}");

    world.install_mode(canister, upgrade(None), lasting(), program()).expect("nothing is lost");
    let hook = program().count(1).stable_write(0, b"gone too");
    world.run(canister, program().count(7).before_upgrade(&hook).reply()).expect("reply");
    for mode in [upgrade(None), mg::CanisterInstallMode::Upgrade(None)] {
        for module in [lasting(), puppet::wasm()] {
            let error = world.install_mode(canister, mode, module, program()).expect_err("named");
            assert_eq!(error.error_code, ErrorCode::CanisterContractViolation);
            assert!(error.reject_message.starts_with("Missing upgrade option: "), "{error:?}");
        }
    }
    assert_eq!(world.count(canister), 7, "a refusal undoes the hook");
    world.install_mode(canister, upgrade(Some(Keep)), lasting(), program()).expect("kept");
    assert_eq!(world.count(canister), 8, "with what the hook left behind");
    world.run(canister, program().before_upgrade(&program()).reply()).expect("reply");
    world.install_mode(canister, upgrade(Some(Replace)), lasting(), program()).expect("replaced");
    assert_eq!(world.count(canister), 0);
    let reinstall = mg::CanisterInstallMode::Reinstall;
    world.install_mode(canister, reinstall, puppet::wasm(), program()).expect("asked for");
}

#[test]
fn a_failed_upgrade_changes_nothing() {
    let mut world = World::new();
    let canister = world.puppet();
    let due = world.net.time_ns() + 1_000_000_000_000;
    let hook = program().stable_write(0, b"changed!").certify(b"changed");
    let setup = program()
        .count(5)
        .stable_write(0, b"original")
        .certify(b"data")
        .timer(due)
        .before_upgrade(&hook);
    world.run(canister, setup.reply()).expect("reply");
    let before = (
        world.net.module_hash(canister),
        world.net.state_digest(canister),
        world.net.certified_data(canister).map(<[u8]>::to_vec),
        world.status(canister).version,
        world.net.canisters[&canister].global_timer,
    );
    let other = puppet::wasm_with(r#"(func (export "canister_query more"))"#);
    let upgrade = mg::CanisterInstallMode::Upgrade(None);
    let bad = program().stable_write(0, b"in post!").certify(b"post").timer(1).trap("bad release");
    let error = world.install_mode(canister, upgrade, other.clone(), bad).expect_err("trap");
    assert_eq!(error.error_code, ErrorCode::CanisterCalledTrap);
    assert!(error.reject_message.contains("bad release"), "{}", error.reject_message);
    let after = (
        world.net.module_hash(canister),
        world.net.state_digest(canister),
        world.net.certified_data(canister).map(<[u8]>::to_vec),
        world.status(canister).version,
        world.net.canisters[&canister].global_timer,
    );
    assert_eq!(before, after);
    assert_eq!(world.count(canister), 5);
    world.install_mode(canister, upgrade, other, program()).expect("the good release");
    assert_ne!(world.net.module_hash(canister), before.0);
    assert_eq!(world.net.canisters[&canister].global_timer, 0, "timers end with the old code");
}

#[test]
fn installing_wants_an_empty_canister_and_valid_code() {
    let mut world = World::new();
    let canister = world.puppet();
    let install = mg::CanisterInstallMode::Install;
    let error = world.install_mode(canister, install, puppet::wasm(), program()).expect_err("full");
    assert_eq!(error.error_code, ErrorCode::CanisterNonEmpty);
    let empty = world.create();
    let upgrade = mg::CanisterInstallMode::Upgrade(None);
    let error = world.install_mode(empty, upgrade, puppet::wasm(), program()).expect_err("empty");
    assert_eq!(error.error_code, ErrorCode::CanisterWasmModuleNotFound);
    let error = world.install_mode(empty, install, b"junk".to_vec(), program()).expect_err("junk");
    assert_eq!(error.error_code, ErrorCode::CanisterInvalidWasm);
    let error = world
        .install_mode(empty, install, puppet::wasm(), program().trap("init"))
        .expect_err("init trapped");
    assert!(error.reject_message.contains("init"), "{}", error.reject_message);
    assert!(world.net.module_hash(empty).is_none());
}

#[test]
fn calls_in_flight_survive_an_upgrade_that_keeps_the_table() {
    let mut world = World::new();
    let canister = world.puppet();
    let outcall = manage("http_request", management::http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().append(b"after upgrade").reply())
        .on_cleanup(program());
    let open = world.submit(user(), canister, "run", program().call(outcall).0).expect("taken");
    world.net.tick();
    let keep = mg::CanisterInstallMode::Upgrade(Some(mg::UpgradeFlags {
        skip_pre_upgrade: None,
        wasm_memory_persistence: Some(mg::WasmMemoryPersistence::Keep),
    }));
    world.install_mode(canister, keep, lasting(), program()).expect("upgraded");
    let request = world.net.pending_http_requests().remove(0);
    management::respond(&mut world, request.request_id, b"x");
    assert_eq!(world.wait(&open).expect("reply"), b"after upgrade");
}

impl World {
    /// The counter of a canister that is stopped and cannot be queried.
    fn count_stopped(&mut self, canister: candid::Principal) -> u32 {
        self.manage("start_canister", id(canister)).expect("started");
        self.count(canister)
    }
}
