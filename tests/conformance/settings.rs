//! Settings, controllers, status, starting and stopping, deletion.

use candid::{CandidType, Encode, Nat, Principal};
use ic_management_canister_types::{CanisterSettings, CanisterStatusType, UpdateSettingsArgs};
use universal::{
    op::{self, hook},
    program::{
        Call, as_4, get, nothing, on, reply, set_global, stable_grow, stable_read, stable_write,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Answer, CYCLES, IC, Stage, created, number, only, other, rejected, relayed, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("management requests", requests()),
        area("Settings", settings()),
        area("Settings: invalid values", invalid()),
        area("canister lifecycle", lifecycle()),
        area("provisional_create_canister_with_cycles", specified()),
    ]
}

/// `create_canister` without settings.
pub(crate) fn no_settings() -> Vec<u8> {
    settings_of(&CanisterSettings::default())
}

fn settings_of<S: CandidType>(settings: &S) -> Vec<u8> {
    #[derive(CandidType)]
    struct Args<'s, S> {
        settings: Option<&'s S>,
    }
    Encode!(&Args { settings: Some(settings) }).unwrap()
}

/// `update_settings` that replaces the controllers.
pub(crate) fn controllers(canister_id: Principal, controllers: &[Principal]) -> Vec<u8> {
    let settings = with_controllers(controllers);
    Encode!(&UpdateSettingsArgs { canister_id, settings, sender_canister_version: None }).unwrap()
}

fn with_controllers(controllers: &[Principal]) -> CanisterSettings {
    CanisterSettings { controllers: Some(controllers.to_vec()), ..CanisterSettings::default() }
}

fn sorted(mut controllers: Vec<Principal>) -> Vec<Principal> {
    controllers.sort();
    controllers
}

fn set_by(s: &Stage, by: Principal, canister: Principal, to: &[Principal]) -> Answer {
    s.manage(by, canister, "update_settings", &controllers(canister, to))
}

fn status_by(s: &Stage, by: Principal, canister: Principal) -> Answer {
    s.manage(by, canister, "canister_status", &only(canister))
}

fn requests() -> Vec<Case> {
    vec![
        case("management requests", |s| {
            use ic_management_canister_types::CanisterInstallMode::{Install, Reinstall};
            let canister = s.create();
            let module = || wat::parse_str("(module)").unwrap();
            s.install_code(canister, Install, module(), vec![]).unwrap();
            rejected(s.install_code(canister, Install, module(), vec![]), &[3, 5]);
            s.install_code(canister, Reinstall, module(), vec![]).unwrap();
            s.install_code(canister, crate::stage::UPGRADE, module(), vec![]).unwrap();
            set_by(s, user(), canister, &[other()]).unwrap();
            rejected(set_by(s, user(), canister, &[other()]), &[3, 5]);
            rejected(s.install_code(canister, Reinstall, module(), vec![]), &[3, 5]);
            s.network.reinstall_canister(canister, module(), vec![], Some(other())).unwrap();
        }),
        case("canister_status", |s| {
            let canister = s.create();
            let status = s.status(canister);
            assert_eq!(status.status, CanisterStatusType::Running);
            assert_eq!(status.settings.controllers, [user()]);
            assert_eq!(status.module_hash, None);
            s.install_at(canister, &nothing());
            assert!(s.status(canister).module_hash.is_some());
        }),
        case("canister lifecycle (wrong controller)", |s| {
            let canister = s.shared();
            let methods = ["start_canister", "stop_canister", "canister_status", "delete_canister"];
            for method in methods {
                rejected(s.manage(other(), canister, method, &only(canister)), &[3, 5]);
            }
        }),
    ]
}

fn settings() -> Vec<Case> {
    vec![
        case("A canister can request its own status if it does not control itself", |s| {
            let both = [user(), other()];
            let canister = s.provisional(Some(CYCLES), &with_controllers(&both)).unwrap();
            s.install_at(canister, &nothing());
            let call = Call::new(IC.as_slice(), "canister_status").argument(only(canister));
            relayed(&s.call(canister, call.make()).unwrap()).unwrap();
            assert_eq!(sorted(s.status(canister).settings.controllers), sorted(both.to_vec()));
        }),
        case("Changing controllers", |s| {
            let canister = s.create();
            set_by(s, user(), canister, &[other()]).unwrap();
            rejected(status_by(s, user(), canister), &[3, 5]);
            status_by(s, other(), canister).unwrap();
        }),
        case("Multiple controllers (provisional)", |s| {
            let both = [user(), other()];
            let canister = s.provisional(Some(CYCLES), &with_controllers(&both)).unwrap();
            status_by(s, user(), canister).unwrap();
            status_by(s, other(), canister).unwrap();
        }),
        case("Multiple controllers (aaaaa-aa)", |s| {
            let both = settings_of(&with_controllers(&[user(), other()]));
            let answer = s.manage_via(s.shared(), "create_canister", both, 2_000_000_000_000);
            let canister = created(&answer.unwrap());
            status_by(s, user(), canister).unwrap();
            status_by(s, other(), canister).unwrap();
            assert_eq!(s.manage_via(s.shared(), "canister_status", only(canister), 0), Err(5));
        }),
        case("> 10 controllers", |s| {
            let many = settings_of(&with_controllers(&[user(); 11]));
            let answer = s.manage_via(s.shared(), "create_canister", many, 2_000_000_000_000);
            // The platform came to call it a rejection by the management canister.
            assert!(matches!(answer, Err(3..=5)), "{answer:?}");
        }),
        case("No controller", |s| {
            let none = settings_of(&with_controllers(&[]));
            let answer = s.manage_via(s.shared(), "create_canister", none, 2_000_000_000_000);
            let canister = created(&answer.unwrap());
            rejected(status_by(s, user(), canister), &[3, 5]);
            rejected(status_by(s, other(), canister), &[3, 5]);
        }),
        case("Controller is self", |s| {
            let canister = s.idle();
            set_by(s, user(), canister, &[canister]).unwrap();
            s.manage_via(canister, "canister_status", only(canister), 0).unwrap();
        }),
        case("Duplicate controllers", |s| {
            let some = with_controllers(&[user(), user(), other()]);
            let canister = s.provisional(Some(CYCLES), &some).unwrap();
            let found = sorted(s.status(canister).settings.controllers);
            assert_eq!(found, sorted(vec![user(), other()]));
        }),
        case("Valid allocations", |s| {
            let some = CanisterSettings {
                compute_allocation: Some(1_u8.into()),
                memory_allocation: Some((1024 * 1024_u32).into()),
                freezing_threshold: Some(1_000_000_u32.into()),
                ..with_controllers(&[user()])
            };
            let answer =
                s.manage_via(s.shared(), "create_canister", settings_of(&some), 20_000_000_000_000);
            let found = s.status(created(&answer.unwrap())).settings;
            assert_eq!(found.compute_allocation, Nat::from(1_u8));
            assert_eq!(found.memory_allocation, Nat::from(1024 * 1024_u32));
            assert_eq!(found.freezing_threshold, Nat::from(1_000_000_u32));
        }),
    ]
}

fn invalid() -> Vec<Case> {
    let values: [(&str, fn() -> CanisterSettings); 3] = [
        ("Invalid compute allocation (101)", || CanisterSettings {
            compute_allocation: Some(101_u8.into()),
            ..CanisterSettings::default()
        }),
        ("Invalid memory allocation (2^48+1)", || CanisterSettings {
            memory_allocation: Some(((1_u64 << 48) + 1).into()),
            ..CanisterSettings::default()
        }),
        ("Invalid freezing threshold (2^64)", || CanisterSettings {
            freezing_threshold: Some((1_u128 << 64).into()),
            ..CanisterSettings::default()
        }),
    ];
    values
        .into_iter()
        .flat_map(|(name, value)| {
            let provisional = "via provisional_create_canister_with_cycles";
            [
                case(format!("{provisional}: {name}"), move |s| {
                    match s.provisional(None, &value()) {
                        Ok(canister) => panic!("{canister} was created"),
                        Err(reject) => rejected(Err(reject), &[5]),
                    }
                }),
                case(format!("via create_canister: {name}"), move |s| {
                    let settings = settings_of(&value());
                    let answer =
                        s.manage_via(s.shared(), "create_canister", settings, 2_000_000_000_000);
                    assert_eq!(answer, Err(5));
                }),
                case(format!("via update_settings: {name}"), move |s| {
                    let canister_id = s.shared();
                    let args = UpdateSettingsArgs {
                        canister_id,
                        settings: value(),
                        sender_canister_version: None,
                    };
                    let args = Encode!(&args).unwrap();
                    rejected(s.manage(user(), canister_id, "update_settings", &args), &[5]);
                }),
            ]
        })
        .collect()
}

fn lifecycle() -> Vec<Case> {
    vec![
        case("canister lifecycle", lives),
        case("canister stopping", stops),
        case("starting a stopping canister", |s| {
            let canister = s.idle();
            let (hold, holder) = s.hold();
            let held = s.begin(canister, hold);
            let stop = s.begin_managing(canister, "stop_canister");
            s.pending(&stop);
            assert_eq!(s.status(canister).status, CanisterStatusType::Stopping);
            s.start(canister);
            assert_eq!(s.status(canister).status, CanisterStatusType::Running);
            s.release(holder);
            s.network.await_call(held).unwrap();
        }),
        case("canister deletion", deletes),
    ]
}

fn lives(s: &Stage) {
    let status = || as_4(get(op::CANISTER_STATUS));
    let hook = on(hook::PRE_UPGRADE, &(stable_grow(1) + stable_write(0, status())));
    let canister = s.install(&hook);
    assert_eq!(s.status(canister).status, CanisterStatusType::Running);
    assert_eq!(number(&s.read(canister, status())), 1);
    s.stop(canister);
    assert_eq!(s.status(canister).status, CanisterStatusType::Stopped);
    s.stop(canister);
    rejected(s.call(canister, reply()), &[5]);
    rejected(s.query(canister, reply()), &[5]);
    s.upgrade(canister, &set_global(status())).unwrap();
    s.start(canister);
    assert_eq!(s.status(canister).status, CanisterStatusType::Running);
    assert_eq!(number(&s.read(canister, status())), 1);
    assert_eq!(number(&s.read(canister, stable_read(0, 4))), 3, "stopped in pre_upgrade");
    assert_eq!(number(&s.global(canister)), 3, "stopped in post_upgrade");
    s.call(canister, reply()).unwrap();
    s.query(canister, reply()).unwrap();
    s.start(canister);
}

fn stops(s: &Stage) {
    let canister = s.idle();
    let (hold, holder) = s.hold();
    let held = s.begin(canister, hold);
    s.pending(&held);
    s.call(canister, reply()).unwrap();
    let stop = s.begin_managing(canister, "stop_canister");
    s.pending(&stop);
    assert_eq!(s.status(canister).status, CanisterStatusType::Stopping);
    let second = s.begin_managing(canister, "stop_canister");
    s.pending(&second);
    rejected(s.call(canister, reply()), &[5]);
    rejected(s.query(canister, reply()), &[5]);
    s.release(holder);
    assert_eq!(s.network.await_call(held).unwrap(), b"");
    s.network.await_call(stop).unwrap();
    s.network.await_call(second).unwrap();
    assert_eq!(s.status(canister).status, CanisterStatusType::Stopped);
    rejected(s.call(canister, reply()), &[5]);
    rejected(s.query(canister, reply()), &[5]);
}

fn deletes(s: &Stage) {
    let canister = s.idle();
    let delete = || s.manage(user(), canister, "delete_canister", &only(canister));
    rejected(delete(), &[5]);
    let (hold, holder) = s.hold();
    let held = s.begin(canister, hold);
    let stop = s.begin_managing(canister, "stop_canister");
    assert_eq!(s.status(canister).status, CanisterStatusType::Stopping);
    rejected(delete(), &[5]);
    s.release(holder);
    s.network.await_call(held).unwrap();
    s.network.await_call(stop).unwrap();
    delete().unwrap();
    let call = Call::new(canister, "update").make();
    assert_eq!(relayed(&s.call(s.shared(), call).unwrap()), Err(3));
    rejected(s.query(canister, reply()), &[3]);
    assert!(!s.network.canister_exists(canister));
}

fn specified() -> Vec<Case> {
    vec![case("specified_id already taken", |s| {
        #[derive(CandidType)]
        struct Args {
            amount: Option<Nat>,
            specified_id: Option<Principal>,
        }
        let taken = s.shared();
        let args = Encode!(&Args { amount: None, specified_id: Some(taken) }).unwrap();
        let method = "provisional_create_canister_with_cycles";
        rejected(s.manage(user(), taken, method, &args), &[3, 5]);
    })]
}
