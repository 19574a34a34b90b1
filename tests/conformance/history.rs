//! What `canister_info` tells of a canister's past, and threshold keys.

use candid::{CandidType, Encode, Principal};
use ic_management_canister_types::{
    CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, ChangeDetails, ChangeOrigin,
    CodeDeploymentMode, CodeDeploymentRecord, ControllersChangeRecord, CreationRecord, EcdsaCurve,
    EcdsaKeyId, EcdsaPublicKeyArgs, FromUserRecord, InstallCodeArgs,
};
use sha2::{Digest, Sha256};
use universal::program::nothing;

use crate::{
    area::{Area, Case, case},
    settings,
    stage::{CYCLES, Stage, UPGRADE, created, other, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let source = "ic-hs Spec/CanisterHistory.hs";
    let cases = [tracked(), asked()].concat();
    vec![
        Area { title: "canister history", source, cases },
        Area { title: "tECDSA", source: "ic-hs Spec/TECDSA.hs", cases: keys() },
    ]
}

fn args(canister_id: Principal, num_requested_changes: Option<u64>) -> Vec<u8> {
    Encode!(&CanisterInfoArgs { canister_id, num_requested_changes }).unwrap()
}

/// `canister_info`, as the shared canister gets it.
fn info(s: &Stage, canister: Principal, changes: Option<u64>) -> CanisterInfoResult {
    let answer = s.manage_via(s.shared(), "canister_info", args(canister, changes), 0);
    candid::decode_one(&answer.unwrap()).unwrap()
}

fn by_user() -> ChangeOrigin {
    ChangeOrigin::FromUser(FromUserRecord { user_id: user() })
}

/// There were so many changes, and the last are these, by [`user`], with the versions.
#[track_caller]
fn checked(s: &Stage, canister: Principal, total: u64, last: &[(u64, ChangeDetails)]) {
    let info = info(s, canister, Some(last.len() as u64));
    assert_eq!(info.total_num_changes, total);
    assert_eq!(info.recent_changes.len(), last.len());
    for (change, (version, details)) in info.recent_changes.iter().zip(last) {
        assert_eq!(change.canister_version, *version);
        assert_eq!(change.origin, by_user());
        assert_eq!(change.details.as_ref(), Some(details));
    }
}

fn trivial() -> Vec<u8> {
    wat::parse_str("(module)").unwrap()
}

fn deployed(mode: CodeDeploymentMode, module: &[u8]) -> ChangeDetails {
    let module_hash = Sha256::digest(module).to_vec();
    ChangeDetails::CodeDeployment(CodeDeploymentRecord { mode, module_hash })
}

fn creation() -> ChangeDetails {
    let controllers = vec![user()];
    ChangeDetails::Creation(CreationRecord { controllers, environment_variables_hash: None })
}

/// The controllers, in the order in which the platform keeps them.
fn controlled(mut controllers: Vec<Principal>) -> ChangeDetails {
    controllers.sort();
    ChangeDetails::ControllersChange(ControllersChangeRecord { controllers })
}

fn set(s: &Stage, canister: Principal, to: &[Principal]) {
    let args = settings::controllers(canister, to);
    s.manage(user(), canister, "update_settings", &args).unwrap();
}

fn tracked() -> Vec<Case> {
    vec![
        case("after creation and code deployments", |s| {
            let canister = s.create();
            let code = |mode| s.install_code(canister, mode, trivial(), vec![]).unwrap();
            checked(s, canister, 1, &[(0, creation())]);
            code(CanisterInstallMode::Install);
            let install = deployed(CodeDeploymentMode::Install, &trivial());
            checked(s, canister, 2, &[(1, install)]);
            code(CanisterInstallMode::Reinstall);
            let reinstall = deployed(CodeDeploymentMode::Reinstall, &trivial());
            checked(s, canister, 3, &[(2, reinstall)]);
            code(UPGRADE);
            let upgrade = deployed(CodeDeploymentMode::Upgrade, &trivial());
            checked(s, canister, 4, &[(3, upgrade)]);
        }),
        case("after uninstall", |s| {
            let canister = s.idle();
            s.uninstall(canister);
            checked(s, canister, 3, &[(2, ChangeDetails::CodeUninstall)]);
        }),
        case("after changing controllers", |s| {
            let canister = s.create();
            let both = || controlled(vec![user(), other()]);
            set(s, canister, &[other(), user(), user()]);
            checked(s, canister, 2, &[(1, both())]);
            set(s, canister, &[user(), other(), user()]);
            checked(s, canister, 3, &[(2, both())]);
        }),
        case("after many changes", |s| {
            let canister = s.create();
            for _ in 0..24 {
                set(s, canister, &[user()]);
            }
            let last: Vec<_> =
                (5..=24).map(|version| (version, controlled(vec![user()]))).collect();
            checked(s, canister, 25, &last);
        }),
        case("does not track all update_settings calls", |s| {
            let canister = s.create();
            crate::version::freeze(s, canister, 1 << 10).unwrap();
            s.install_code(canister, CanisterInstallMode::Install, trivial(), vec![]).unwrap();
            let install = deployed(CodeDeploymentMode::Install, &trivial());
            checked(s, canister, 2, &[(0, creation()), (2, install)]);
        }),
    ]
}

fn by_canister(s: &Stage) {
    let maker = s.idle();
    let answer = s.manage_via(maker, "create_canister", settings::no_settings(), CYCLES / 5);
    let canister_id = created(&answer.unwrap());
    let args = InstallCodeArgs {
        mode: CanisterInstallMode::Install,
        canister_id,
        wasm_module: trivial(),
        arg: vec![],
        sender_canister_version: None,
    };
    s.manage_via(maker, "install_code", Encode!(&args).unwrap(), 0).unwrap();
    for change in info(s, canister_id, Some(2)).recent_changes {
        match change.origin {
            ChangeOrigin::FromCanister(from) => {
                assert_eq!((from.canister_id, from.canister_version), (maker, None));
            }
            ChangeOrigin::FromUser(_) => panic!("no user did that"),
        }
    }
}

fn asked() -> Vec<Case> {
    vec![
        case("changes from canister", by_canister),
        case("incorrect sender_canister_version", |s| {
            #[derive(CandidType)]
            struct Args {
                sender_canister_version: Option<u64>,
            }
            let args = Encode!(&Args { sender_canister_version: Some(666) }).unwrap();
            rejected(s.managing(s.shared(), "create_canister", args, CYCLES / 50), &[5]);
        }),
        case("user call to canister_info", |s| {
            let canister = s.shared();
            rejected(s.manage(user(), canister, "canister_info", &args(canister, None)), &[4]);
        }),
        case("calling canister_info", |s| {
            let canister = s.idle();
            s.upgrade(canister, &nothing()).unwrap();
            s.uninstall(canister);
            set(s, canister, &[other(), user()]);
            let all = info(s, canister, Some(20));
            assert_eq!((all.total_num_changes, all.module_hash), (5, None));
            let versions: Vec<_> =
                all.recent_changes.iter().map(|change| change.canister_version).collect();
            assert_eq!(versions, [0, 1, 2, 3, 4]);
            for (asked, got) in [(None, 0), (Some(0), 0), (Some(1), 1), (Some(2), 2), (Some(5), 5)]
            {
                let some = info(s, canister, asked);
                assert_eq!(some.total_num_changes, 5);
                assert_eq!(some.recent_changes, all.recent_changes[5 - got..]);
            }
        }),
    ]
}

/// The code of the rejection of `ecdsa_public_key`.
fn refused_key(s: &Stage, canister: Principal) -> Option<u32> {
    let key_id = EcdsaKeyId { curve: EcdsaCurve::Secp256k1, name: "dfx_test_key".to_owned() };
    let args = EcdsaPublicKeyArgs { canister_id: Some(canister), derivation_path: vec![], key_id };
    let args = Encode!(&args).unwrap();
    s.manage_via(s.shared(), "ecdsa_public_key", args, 0).err()
}

fn keys() -> Vec<Case> {
    vec![case("id of non-existent canister", |s| {
        let nobody = Principal::from_slice(&[0, 0, 0, 0, 0, 1]);
        assert_eq!(refused_key(s, nobody), Some(3));
    })]
}
