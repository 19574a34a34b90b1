//! The life of canisters through the `PocketIC` client: creation, code, settings, cycles, memory.

use candid::Principal;
use pocket_ic::{
    CanisterSettings, CreateCanisterParams, ErrorCode, PocketIc, common::rest::BlobCompression,
};

use crate::support::{builder, install, network, number, refused, sample};

const ANYONE: Principal = Principal::anonymous();

fn value(network: &PocketIc, canister: Principal) -> u32 {
    number(&network.query_call(canister, ANYONE, "value", vec![]).unwrap())
}

#[test]
fn code_is_not_installed_without_cycles() {
    let text = refused(|| {
        let network = network();
        let none = CreateCanisterParams { cycles: Some(0), ..CreateCanisterParams::default() };
        let canister = network.create_canister_with_params(None, none).unwrap();
        network.install_canister(canister, sample(), vec![], None);
    });
    assert!(text.contains("is out of cycles"), "{text}");
}

#[test]
fn cycles_are_added_and_counted() {
    let network = network();
    let canister = network.create_canister();
    let before = network.cycle_balance(canister);
    assert!(before > 99_000_000_000_000, "{before}");
    assert_eq!(network.add_cycles(canister, 1 << 70), before + (1 << 70));
    assert_eq!(network.cycle_balance(canister), before + (1 << 70));
}

#[test]
fn a_canister_exists_from_creation_to_deletion() {
    let network = network();
    let canister = network.create_canister();
    assert!(network.canister_exists(canister));
    assert_eq!(network.get_subnet(canister), Some(network.topology().get_app_subnets()[0]));
    network.stop_canister(canister, None).unwrap();
    network.delete_canister(canister, None).unwrap();
    assert!(!network.canister_exists(canister));
    assert_eq!(network.get_subnet(canister), None);
}

#[test]
fn canisters_are_created_where_asked() {
    let network = builder().with_nns_subnet().with_application_subnet().build();
    let topology = network.topology();
    let nns = topology.get_nns().unwrap();
    let canister = network.create_canister_on_subnet(None, None, nns);
    assert_eq!(network.get_subnet(canister), Some(nns));
    let canister = network.create_canister();
    assert_eq!(network.get_subnet(canister), Some(topology.get_app_subnets()[0]));
}

#[test]
fn stable_memory_is_written_and_read_from_outside() {
    use std::io::Write as _;
    let network = network();
    let canister = install(&network, sample());
    let data: Vec<u8> = (0..70_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    network.set_stable_memory(canister, data.clone(), BlobCompression::NoCompression);
    assert_eq!(&network.get_stable_memory(canister)[..data.len()], &data[..]);

    let reversed: Vec<u8> = data.iter().rev().copied().collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&reversed).unwrap();
    network.set_stable_memory(canister, gzip.finish().unwrap(), BlobCompression::Gzip);
    assert_eq!(&network.get_stable_memory(canister)[..reversed.len()], &reversed[..]);
}

#[test]
fn a_module_above_the_message_limit_is_installed_in_chunks() {
    let network = network();
    let canister = network.create_canister();
    let mut wasm = sample();
    // A custom section of 3 MB: its id, its length, a one-letter name, zeros.
    wasm.push(0);
    leb128::write::unsigned(&mut wasm, 3_000_002).unwrap();
    wasm.extend([1, b'x']);
    wasm.extend(vec![0; 3_000_000]);
    network.install_canister(canister, wasm, vec![], None);
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    assert_eq!(value(&network, canister), 1);
}

#[test]
fn an_upgrade_keeps_nothing_of_the_heap_and_a_reinstall_likewise() {
    let network = network();
    let canister = install(&network, sample());
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    network.upgrade_canister(canister, sample(), vec![], None).unwrap();
    assert_eq!(value(&network, canister), 0);
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    network.reinstall_canister(canister, sample(), vec![], None).unwrap();
    assert_eq!(value(&network, canister), 0);
}

#[test]
fn an_uninstalled_canister_has_no_code() {
    let network = network();
    let canister = install(&network, sample());
    network.uninstall_canister(canister, None).unwrap();
    let error = network.update_call(canister, ANYONE, "bump", vec![]).unwrap_err();
    assert_eq!(error.error_code, ErrorCode::CanisterWasmModuleNotFound);
    assert_eq!(network.canister_status(canister, None).unwrap().module_hash, None);
    assert!(network.canister_exists(canister));
}

#[test]
fn settings_change_only_by_controllers() {
    let network = network();
    let owner = Principal::self_authenticating([1; 32]);
    let stranger = Principal::self_authenticating([2; 32]);
    let canister = network.create_canister_with_settings(Some(owner), None);
    let settings = CanisterSettings {
        compute_allocation: Some(0_u8.into()),
        freezing_threshold: Some(12_345_u64.into()),
        ..CanisterSettings::default()
    };
    let refusal = network.update_canister_settings(canister, Some(stranger), settings.clone());
    assert_eq!(refusal.unwrap_err().error_code, ErrorCode::CanisterInvalidController);
    network.update_canister_settings(canister, Some(owner), settings).unwrap();
    let status = network.canister_status(canister, Some(owner)).unwrap();
    assert_eq!(status.settings.freezing_threshold, 12_345_u64);
}

#[test]
fn controllers_are_listed_and_replaced() {
    let network = network();
    let canister = network.create_canister();
    assert_eq!(network.get_controllers(canister), [ANYONE]);
    let (a, b) = (Principal::self_authenticating([1; 32]), Principal::self_authenticating([2; 32]));
    network.set_controllers(canister, None, vec![a, b]).unwrap();
    let mut controllers = network.get_controllers(canister);
    controllers.sort();
    let mut expected = [a, b];
    expected.sort();
    assert_eq!(controllers, expected);
}

#[test]
fn a_canister_that_does_not_exist_has_no_controllers_and_no_cycles() {
    for read in [
        |network: &PocketIc, id| drop(network.get_controllers(id)),
        |network: &PocketIc, id| drop(network.cycle_balance(id).to_string()),
    ] {
        let text = refused(move || {
            let network = network();
            read(&network, Principal::from_text("rwlgt-iiaaa-aaaaa-aaaaa-cai").unwrap());
        });
        assert!(text.contains("CanisterNotFound(CanisterId"), "{text}");
    }
}

#[test]
fn a_snapshot_brings_the_state_back() {
    let network = network();
    let canister = install(&network, sample());
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    network.stop_canister(canister, None).unwrap();
    let snapshot = network.take_canister_snapshot(canister, None, None).unwrap();
    network.start_canister(canister, None).unwrap();
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    assert_eq!(value(&network, canister), 2);
    network.stop_canister(canister, None).unwrap();
    network.load_canister_snapshot(canister, None, snapshot.id.clone()).unwrap();
    network.start_canister(canister, None).unwrap();
    assert_eq!(value(&network, canister), 1);
    let listed = network.list_canister_snapshots(canister, None).unwrap();
    assert!(matches!(&listed[..], [only] if only.id == snapshot.id), "{listed:?}");
    network.delete_canister_snapshot(canister, None, snapshot.id.clone()).unwrap();
    assert!(network.list_canister_snapshots(canister, None).unwrap().is_empty());
    let gone = network.load_canister_snapshot(canister, None, snapshot.id).unwrap_err();
    assert_eq!(gone.error_code, ErrorCode::CanisterSnapshotNotFound);
}

#[test]
fn a_snapshot_of_one_canister_is_loaded_into_another_that_the_caller_controls_too() {
    let network = builder().with_application_subnet().with_application_subnet().build();
    let apps = network.topology().get_app_subnets();
    let [keeper, other] = [1, 2].map(|byte| Principal::self_authenticating([byte; 32]));
    let create = |subnet, controllers: &[Principal]| {
        let settings = CanisterSettings {
            controllers: Some(controllers.to_vec()),
            ..CanisterSettings::default()
        };
        let by = Some(controllers[0]);
        let canister = network.create_canister_on_subnet(by, Some(settings), subnet);
        network.add_cycles(canister, 10_000_000_000_000);
        canister
    };
    let source = create(apps[0], &[keeper]);
    network.install_canister(source, sample(), vec![], Some(keeper));
    network.update_call(source, ANYONE, "bump", vec![]).unwrap();
    let snapshot = network.take_canister_snapshot(source, Some(keeper), None).unwrap();
    let load =
        |canister, by| network.load_canister_snapshot(canister, Some(by), snapshot.id.clone());
    let copy = create(apps[0], &[other, keeper]);
    // Whoever controls the copy alone would read what they have no right to.
    let refused = load(copy, other).unwrap_err();
    assert_eq!(refused.error_code, ErrorCode::CanisterInvalidController);
    load(copy, keeper).unwrap();
    network.update_call(source, ANYONE, "bump", vec![]).unwrap();
    assert_eq!((value(&network, copy), value(&network, source)), (1, 2));
    let listed = network.list_canister_snapshots(copy, Some(keeper)).unwrap();
    assert!(listed.is_empty(), "the snapshot stays the other canister's");
    let elsewhere = create(apps[1], &[keeper]);
    let missing = load(elsewhere, keeper).unwrap_err();
    assert_eq!(missing.error_code, ErrorCode::CanisterSnapshotNotFound);
}
