//! Storage: growing must not freeze a canister, and on a full subnet it is paid ahead.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

use super::{
    puppet::{self, call, program},
    world::World,
};
use crate::{
    fees::{self, Saturation},
    network::{NetworkConfig, StorageLimits},
};

const MIB: u64 = 1 << 20;

/// A network whose subnets pay ahead above `threshold` MiB of `capacity`.
fn tight(threshold: u64, capacity: u64) -> World {
    let storage =
        StorageLimits { threshold_bytes: threshold * MIB, capacity_bytes: capacity * MIB };
    World::with(NetworkConfig { storage, ..Default::default() })
}

fn reserved(world: &mut World, canister: Principal) -> u128 {
    world.net.canisters[&canister].reserved
}

fn usage(world: &World, canister: Principal) -> u64 {
    world.net.canisters[&canister].charged_bytes()
}

#[test]
fn below_the_threshold_nothing_is_paid_ahead() {
    let mut world = tight(64, 128);
    let canister = world.puppet();
    world.run(canister, program().grow_heap(16).stable_write(0, b"x").reply()).expect("grown");
    assert_eq!(reserved(&mut world, canister), 0);
}

#[test]
fn growth_above_the_threshold_is_paid_ahead_by_its_formula() {
    let mut world = tight(0, 1_024);
    let canister = world.puppet();
    let installed = reserved(&mut world, canister);
    let at = |usage| Saturation { usage, threshold: 0, capacity: 1_024 * MIB };
    let size = usage(&world, canister);
    assert!(installed > 0, "installing takes up storage too");
    assert!(installed <= fees::reservation(at(0), size, 13));

    let balance = world.balance(canister);
    world.run(canister, program().grow_heap(160).reply()).expect("grown");
    let grown = 160 * 65_536;
    let ahead = fees::reservation(at(size), grown, 13);
    assert_eq!(reserved(&mut world, canister) - installed, ahead);
    assert!(balance - world.balance(canister) > ahead, "it came out of the balance");
    let status = world.status(canister);
    assert_eq!(status.reserved_cycles, Nat::from(installed + ahead));

    let before = reserved(&mut world, canister);
    world.run(canister, program().grow_heap(160).trap("no")).expect_err("trapped");
    assert_eq!(reserved(&mut world, canister), before, "a trap undoes it");
    world.query(canister, "read", program().grow_heap(160).reply()).expect("query");
    assert_eq!(reserved(&mut world, canister), before, "queries take up nothing");
}

#[test]
fn what_is_paid_ahead_pays_for_storage_and_holds_off_freezing() {
    let mut world = tight(0, 1_024);
    let canister = world.puppet();
    world.run(canister, program().grow_heap(160).reply()).expect("grown");
    let ahead = reserved(&mut world, canister);
    let limit = world.net.freezing_limit(canister);
    let per_day = world.net.idle_per_day(canister);
    assert_eq!(limit, (per_day * 30).saturating_sub(ahead));
    let balance = world.balance(canister);
    let later = world.net.time_ns() + 10_000_000_000;
    world.net.set_time(later).expect("future");
    world.net.tick();
    world.check();
    let paid = ahead - reserved(&mut world, canister);
    assert!(paid > 0 && paid.abs_diff(per_day * 10 / 86_400) <= 1, "{paid} of {per_day} a day");
    assert_eq!(world.balance(canister), balance);
}

#[test]
fn a_canister_that_pays_nothing_ahead_cannot_grow_on_a_full_subnet() {
    let mut world = tight(0, 1_024);
    let canister = world.puppet();
    let paid = reserved(&mut world, canister);
    let set = |world: &mut World, limit: u128| {
        let settings = mg::CanisterSettings {
            reserved_cycles_limit: Some(Nat::from(limit)),
            ..Default::default()
        };
        let args = mg::UpdateSettingsArgs {
            canister_id: canister,
            settings,
            sender_canister_version: None,
        };
        world.manage("update_settings", (args,))
    };
    let error = set(&mut world, paid - 1).expect_err("less than is paid already");
    assert_eq!(error.error_code, ErrorCode::ReservedCyclesLimitIsTooLow);
    set(&mut world, paid).expect("as much as is paid");
    let error = world.run(canister, program().grow_heap(1).reply()).expect_err("no more");
    assert_eq!(error.error_code, ErrorCode::ReservedCyclesLimitExceededInMemoryGrow);
    let heap = world.net.canisters[&canister].heap_bytes();
    let error = world
        .run(canister, program().stable_write(0, b"x").reply())
        .expect_err("stable memory neither");
    assert_eq!(error.error_code, ErrorCode::ReservedCyclesLimitExceededInMemoryGrow);
    assert_eq!(world.net.canisters[&canister].heap_bytes(), heap);
    let chunk = mg::UploadChunkArgs { canister_id: canister, chunk: vec![1; 1_000_000] };
    let error = world.manage("upload_chunk", (chunk,)).expect_err("chunks neither");
    assert_eq!(error.error_code, ErrorCode::ReservedCyclesLimitExceededInMemoryGrow);
    let allocation =
        mg::CanisterSettings { memory_allocation: Some(Nat::from(64 * MIB)), ..Default::default() };
    let args = mg::UpdateSettingsArgs {
        canister_id: canister,
        settings: allocation,
        sender_canister_version: None,
    };
    let error = world.manage("update_settings", (args,)).expect_err("allocations neither");
    assert_eq!(error.error_code, ErrorCode::ReservedCyclesLimitExceededInMemoryAllocation);
    assert_eq!(world.status(canister).settings.memory_allocation, 0u8);
}

#[test]
fn a_subnet_holds_what_it_can_hold() {
    let mut world = tight(4, 4);
    let canister = world.puppet();
    let grow = |pages| program().grow_heap(pages).append_heap_pages().reply();
    let before = world.run(canister, grow(0)).expect("pages");
    let after = world.run(canister, grow(64)).expect("the growth is refused, nothing traps");
    assert_eq!(before, after);
    let chunk = mg::UploadChunkArgs { canister_id: canister, chunk: vec![1; 1_000_000] };
    for _ in 0..3 {
        world.manage("upload_chunk", (chunk.clone(),)).expect("the same chunk");
    }
    let other = world.puppet();
    let large =
        mg::CanisterSettings { memory_allocation: Some(Nat::from(4 * MIB)), ..Default::default() };
    let args = mg::UpdateSettingsArgs {
        canister_id: other,
        settings: large,
        sender_canister_version: None,
    };
    let error = world.manage("update_settings", (args,)).expect_err("no room");
    assert_eq!(error.error_code, ErrorCode::SubnetOversubscribed);
}

#[test]
fn a_canister_cannot_grow_until_it_is_frozen() {
    let mut world = World::new();
    let canister = world.create_with(3_000_000_000_000, mg::CanisterSettings::default());
    world.install(canister, puppet::wasm(), program());
    // A GiB costs 127,000 cycles a second: 30 days of 4 GiB are 1.3 T.
    world.update_settings(
        canister,
        mg::CanisterSettings {
            freezing_threshold: Some(Nat::from(300_000_000u64)),
            wasm_memory_limit: Some(Nat::from(0u8)),
            ..Default::default()
        },
    );
    let error = world.run(canister, program().grow_heap(16_384).reply()).expect_err("too large");
    assert_eq!(error.error_code, ErrorCode::InsufficientCyclesInMemoryGrow);
    let text = &error.reject_message;
    assert!(text.contains("cannot grow memory by 1073741824 bytes"), "{text}");
    assert!(text.contains("additional cycles are required"), "the controller is told: {text}");
    let outgoing = call(canister, program().grow_heap(16_384).reply())
        .on_reject(program().append_reject().reply());
    let other = world.puppet();
    let told = world.run(other, program().call(outgoing)).expect("relayed");
    assert!(!String::from_utf8_lossy(&told).contains("additional"), "others are not");
    // A response has to be handled, whatever it takes up.
    let back = program().grow_heap(16_384).append_heap_pages().reply();
    let outgoing = call(other, program().reply()).on_reply(back);
    world.run(canister, program().call(outgoing)).expect("grown in a callback");
    assert!(world.net.freezing_limit(canister) > world.balance(canister), "and now it is frozen");
}

#[test]
fn installing_must_not_freeze_either() {
    let mut world = World::new();
    let canister = world.create_with(3_000_000_000_000, mg::CanisterSettings::default());
    world.update_settings(
        canister,
        mg::CanisterSettings {
            freezing_threshold: Some(Nat::from(300_000_000u64)),
            ..Default::default()
        },
    );
    let large = wat::parse_str("(module (memory 16384))").expect("a module");
    let error = world
        .install_mode(canister, mg::CanisterInstallMode::Install, large, program())
        .expect_err("a GiB for ten years");
    assert_eq!(error.error_code, ErrorCode::InsufficientCyclesInMemoryGrow);
    assert!(world.net.module_hash(canister).is_none());
    world.install(canister, puppet::wasm(), program());
}
