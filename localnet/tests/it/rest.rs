//! The rarer calls of the `PocketIC` client: snapshots in folders, figures of subnets, blocks.

use std::{collections::BTreeMap, path::Path};

use candid::Principal;
use pocket_ic::{
    PocketIc,
    common::rest::{BlobCompression, RawNodeId, RawSubnetBlockmakers, RawTickConfigs},
};

use crate::support::{builder, http, install, network, number, refused, sample};

const ANYONE: Principal = Principal::anonymous();

/// The files below a folder, by their path in it.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

fn take(network: &PocketIc, canister: Principal) -> Vec<u8> {
    network.stop_canister(canister, None).unwrap();
    let snapshot = network.take_canister_snapshot(canister, None, None).unwrap();
    network.start_canister(canister, None).unwrap();
    snapshot.id
}

#[test]
fn a_snapshot_goes_to_a_folder_and_comes_back_from_it() {
    let network = network();
    let canister = install(&network, sample());
    network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    let stable: Vec<u8> = (0..2_200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    network.set_stable_memory(canister, stable.clone(), BlobCompression::NoCompression);
    let chunk = network.upload_chunk(canister, None, vec![7; 1_000_000]).unwrap();
    let snapshot = take(&network, canister);

    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("first");
    network.canister_snapshot_download(canister, ANYONE, snapshot.clone(), first.clone());
    let downloaded = files(&first);
    let chunk = format!("wasm_chunk_store/{}.bin", hex::encode(chunk));
    let names =
        ["metadata.json", "stable_memory.bin", &chunk, "wasm_memory.bin", "wasm_module.bin"];
    assert_eq!(downloaded.keys().map(String::as_str).collect::<Vec<_>>(), names);
    assert_eq!(downloaded["wasm_module.bin"], sample());
    assert_eq!(downloaded["stable_memory.bin"][..stable.len()], stable);
    assert_eq!(downloaded["wasm_memory.bin"].len(), 40 * 65_536);
    assert_eq!(downloaded[&chunk], vec![7; 1_000_000]);
    let metadata: serde_json::Value = serde_json::from_slice(&downloaded["metadata.json"]).unwrap();
    assert_eq!(metadata["wasm_module_size"], sample().len());
    assert_eq!(metadata["global_timer"], "inactive");

    // On another network, where the counter goes on where it was.
    let other = self::network();
    let copy = install(&other, sample());
    let uploaded = other.canister_snapshot_upload(copy, ANYONE, None, first);
    other.stop_canister(copy, None).unwrap();
    other.load_canister_snapshot(copy, None, uploaded.clone()).unwrap();
    other.start_canister(copy, None).unwrap();
    assert_eq!(number(&other.update_call(copy, ANYONE, "bump", vec![]).unwrap()), 2);
    assert_eq!(other.get_stable_memory(copy)[..stable.len()], stable);
    let second = dir.path().join("second");
    other.canister_snapshot_download(copy, ANYONE, uploaded.clone(), second.clone());
    let (mut expected, mut found) = (downloaded, files(&second));
    expected.remove("metadata.json").unwrap();
    found.remove("metadata.json").unwrap();
    assert_eq!(found, expected);
    let replaced = other.canister_snapshot_upload(copy, ANYONE, Some(uploaded), second);
    let ids = other.list_canister_snapshots(copy, None).unwrap().into_iter().map(|one| one.id);
    assert_eq!(ids.collect::<Vec<_>>(), [replaced]);
}

#[test]
fn a_folder_with_something_in_it_and_a_stranger_are_refused() {
    let network = network();
    let canister = install(&network, sample());
    let snapshot = take(&network, canister);
    let dir = tempfile::tempdir().unwrap();
    let download = |sender, dir: &Path| {
        let (snapshot, dir) = (snapshot.clone(), dir.to_owned());
        let action = || network.canister_snapshot_download(canister, sender, snapshot, dir);
        refused(std::panic::AssertUnwindSafe(action))
    };
    let stranger = Principal::self_authenticating(b"a stranger");
    let said = download(stranger, dir.path());
    assert!(said.contains("Only the controllers"), "{said}");
    assert!(files(dir.path()).is_empty(), "nothing is written for a stranger");
    std::fs::write(dir.path().join("letter"), "dear").unwrap();
    let said = download(ANYONE, dir.path());
    assert!(said.contains("is not empty"), "{said}");
    let from = || dir.path().to_owned();
    let upload = || drop(network.canister_snapshot_upload(canister, ANYONE, None, from()));
    let said = refused(std::panic::AssertUnwindSafe(upload));
    assert!(said.contains("metadata.json"), "{said}");
}

#[test]
fn a_subnet_tells_its_figures_in_a_certificate() {
    let network = builder().with_application_subnet().with_application_subnet().build();
    let subnets = network.topology().get_app_subnets();
    let canister = network.create_canister_on_subnet(None, None, subnets[0]);
    network.add_cycles(canister, 1_000_000_000_000_000);
    let before = network.get_subnet_metrics(subnets[0]).unwrap();
    assert_eq!((before.num_canisters, before.update_transactions_total), (1, 0));
    network.install_canister(canister, sample(), vec![], None);
    let installed = network.get_subnet_metrics(subnets[0]).unwrap().update_transactions_total;
    for _ in 0..3 {
        network.update_call(canister, ANYONE, "bump", vec![]).unwrap();
    }
    let after = network.get_subnet_metrics(subnets[0]).unwrap();
    assert_eq!(after.num_canisters, 1);
    assert_eq!(after.update_transactions_total, installed + 3);
    assert!(after.canister_state_bytes > before.canister_state_bytes + 40 * 65_536);
    assert!(after.consumed_cycles_total > before.consumed_cycles_total + 3 * 5_000_000);
    let other = network.get_subnet_metrics(subnets[1]).unwrap();
    assert_eq!((other.num_canisters, other.update_transactions_total), (0, 0));
    assert!(network.get_subnet_metrics(canister).is_none(), "a canister is no subnet");
}

#[test]
fn a_round_may_name_its_block_makers() {
    let network = network();
    let (id, port) = (network.instance_id(), network.get_server_url().port().unwrap());
    let tick = |subnet: Principal| {
        let node =
            || RawNodeId { node_id: Principal::self_authenticating(b"a node").as_slice().into() };
        let makers = RawSubnetBlockmakers {
            subnet: subnet.into(),
            blockmaker: node(),
            failed_blockmakers: vec![node()],
        };
        let config = RawTickConfigs { blockmakers: Some(vec![makers]) };
        let body = serde_json::to_vec(&config).unwrap();
        http(port, "POST", &format!("/instances/{id}/update/tick"), "localhost", &body)
    };
    let before = network.get_time();
    assert_eq!(tick(network.topology().get_app_subnets()[0]).status, 200);
    assert!(network.get_time() > before);
    let refused = tick(ANYONE);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("SubnetNotFound"), "{}", refused.text());
}

#[test]
fn a_blob_is_kept_under_its_hash() {
    let port = network().get_server_url().port().unwrap();
    let id = http(port, "POST", "/blobstore", "localhost", b"some bytes").text();
    assert_eq!(
        http(port, "GET", &format!("/blobstore/{id}"), "localhost", b"").body,
        b"some bytes"
    );
    for unknown in ["00", "no hexadecimal"] {
        let path = format!("/blobstore/{}", unknown.replace(' ', "%20"));
        assert_eq!(http(port, "GET", &path, "localhost", b"").status, 404);
    }
}
