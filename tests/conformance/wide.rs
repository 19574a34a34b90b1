//! Modules with a 64-bit memory, and heaps that outlive upgrades.

use candid::{Encode, Principal};
use ic_management_canister_types::{
    CanisterInstallMode, InstallCodeArgs, UpgradeFlags, WasmMemoryPersistence,
};

use crate::{
    SPEC_TEXT,
    area::{Area, Case, case},
    stage::{Answer, Stage, number, rejected, user},
};

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC_TEXT, cases };
    vec![
        area("64-bit memory: modules", modules()),
        area("64-bit memory: API", api()),
        area("Enhanced orthogonal persistence", persistence()),
    ]
}

const SECTION: &str = r#"(@custom "icp:private enhanced-orthogonal-persistence" "")"#;

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).unwrap()
}

fn install(s: &Stage, module: Vec<u8>) -> Answer {
    s.install_code(s.create(), CanisterInstallMode::Install, module, vec![])
}

fn good(name: &str, text: &'static str) -> Case {
    case(format!("valid: {name}"), move |s| drop(install(s, wat(text)).unwrap()))
}

fn bad(name: &str, text: &'static str) -> Case {
    case(format!("invalid: {name}"), move |s| rejected(install(s, wat(text)), &[5]))
}

fn modules() -> Vec<Case> {
    vec![
        good("a 64-bit memory", "(memory i64 1)"),
        good("6 GiB at most", "(memory i64 1 98304)"),
        good(
            "64-bit pointers with a 64-bit memory",
            r#"(import "ic0" "msg_arg_data_copy" (func (param i64 i64 i64))) (memory i64 1)"#,
        ),
        good(
            "32-bit pointers without a memory",
            r#"(import "ic0" "msg_arg_data_copy" (func (param i32 i32 i32)))"#,
        ),
        good(
            "numbers that are no pointers keep their width",
            r#"(import "ic0" "msg_reject_code" (func (result i32)))
            (import "ic0" "call_with_best_effort_response" (func (param i32)))
            (import "ic0" "performance_counter" (func (param i32) (result i64))) (memory i64 1)"#,
        ),
        bad(
            "32-bit pointers with a 64-bit memory",
            r#"(import "ic0" "msg_arg_data_copy" (func (param i32 i32 i32))) (memory i64 1)"#,
        ),
        bad(
            "64-bit pointers with a 32-bit memory",
            r#"(import "ic0" "msg_arg_data_copy" (func (param i64 i64 i64))) (memory 1)"#,
        ),
        bad(
            "64-bit pointers without a memory",
            r#"(import "ic0" "msg_arg_data_copy" (func (param i64 i64 i64)))"#,
        ),
        bad(
            "stable_size with a 64-bit memory",
            r#"(import "ic0" "stable_size" (func (result i32))) (memory i64 1)"#,
        ),
        bad(
            "canister_cycle_balance with a 64-bit memory",
            r#"(import "ic0" "canister_cycle_balance" (func (result i64))) (memory i64 1)"#,
        ),
        bad("two memories", "(memory i64 1) (memory 1)"),
    ]
}

/// What replies with `body`'s bytes at address 0, so many as `size` says.
fn replying(size: u64, imports: &str, body: &str) -> Vec<u8> {
    wat(&format!(
        r#"(import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param i64 i64)))
        {imports}
        (memory i64 1)
        (data (i64.const 1024) "key_1")
        (table funcref (elem $called_back))
        (func $called_back (param i64)
            (i64.store (i64.const 0) (local.get 0))
            (call $append (i64.const 0) (i64.const 8))
            (call $reply))
        (func (export "canister_update go") {body}
            (call $append (i64.const 0) (i64.const {size})) (call $reply))
        (func (export "canister_update call") {body})"#
    ))
}

fn replied(s: &Stage, method: &str, module: Vec<u8>) -> (Principal, Vec<u8>) {
    let canister = s.create();
    s.install_code(canister, CanisterInstallMode::Install, module, vec![]).unwrap();
    let answer = s.network.update_call(canister, user(), method, b"arg".to_vec()).unwrap();
    (canister, answer)
}

fn api() -> Vec<Case> {
    vec![
        case("msg_arg_data", |s| {
            let imports = r#"(import "ic0" "msg_arg_data_size" (func $size (result i64)))
                (import "ic0" "msg_arg_data_copy" (func $copy (param i64 i64 i64)))"#;
            let body = "(call $copy (i64.const 0) (i64.const 0) (call $size))";
            assert_eq!(replied(s, "go", replying(3, imports, body)).1, b"arg");
        }),
        case("msg_caller", |s| {
            let imports = r#"(import "ic0" "msg_caller_size" (func $size (result i64)))
                (import "ic0" "msg_caller_copy" (func $copy (param i64 i64 i64)))"#;
            let body = "(call $copy (i64.const 0) (i64.const 0) (call $size))";
            assert_eq!(replied(s, "go", replying(29, imports, body)).1, user().as_slice());
        }),
        case("canister_self", |s| {
            let imports = r#"(import "ic0" "canister_self_copy" (func $copy (param i64 i64 i64)))"#;
            let body = "(call $copy (i64.const 0) (i64.const 0) (i64.const 10))";
            let (canister, told) = replied(s, "go", replying(10, imports, body));
            assert_eq!(told, canister.as_slice());
        }),
        case("canister_cycle_balance128", |s| {
            let imports = r#"(import "ic0" "canister_cycle_balance128" (func $get (param i64)))"#;
            let told = replied(s, "go", replying(16, imports, "(call $get (i64.const 0))")).1;
            assert!(number(&told[..8]) > 1_000_000_000_000);
        }),
        case("stable64_write and stable64_read", |s| {
            let imports = r#"(import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
                (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
                (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))"#;
            let body = "(drop (call $grow (i64.const 1)))
                (call $write (i64.const 9) (i64.const 1024) (i64.const 5))
                (call $read (i64.const 0) (i64.const 9) (i64.const 5))";
            assert_eq!(replied(s, "go", replying(5, imports, body)).1, b"key_1");
        }),
        case("cost_sign_with_ecdsa", |s| {
            let imports = r#"(import "ic0" "cost_sign_with_ecdsa"
                (func $cost (param i64 i64 i32 i64) (result i32)))"#;
            let body = "(if (call $cost (i64.const 1024) (i64.const 5) (i32.const 0) (i64.const 0))
                (then unreachable))";
            let told = replied(s, "go", replying(16, imports, body)).1;
            assert_eq!(number(&told[..8]), 26_153_846_153);
        }),
        case("a callback gets a 64-bit environment", |s| {
            let imports = r#"(import "ic0" "call_new"
                    (func $new (param i64 i64 i64 i64 i64 i64 i64 i64)))
                (import "ic0" "call_perform" (func $perform (result i32)))"#;
            let body = "(call $new (i64.const 0) (i64.const 0) (i64.const 1024) (i64.const 5)
                    (i64.const 0) (i64.const 0x123456789a) (i64.const 0) (i64.const 0x123456789a))
                (drop (call $perform))";
            let told = replied(s, "call", replying(0, imports, body)).1;
            assert_eq!(number(&told), 0x12_3456_789a);
        }),
        beyond_4_gib(),
    ]
}

fn beyond_4_gib() -> Case {
    case("heap addresses beyond 4 GiB", |s| {
        let body = "(drop (memory.grow (i64.const 65536)))
            (i32.store8 (i64.const 0x1_0000_0001) (i32.const 77))
            (i32.store8 (i64.const 0) (i32.load8_u (i64.const 0x1_0000_0001)))
            (unreachable)";
        let canister = s.create();
        // Unless something else is asked for, a canister's heap ends at 3 GiB.
        let settings = pocket_ic::CanisterSettings {
            wasm_memory_limit: Some(0_u64.into()),
            ..Default::default()
        };
        s.network.update_canister_settings(canister, Some(user()), settings).unwrap();
        let module = replying(1, "", body);
        s.install_code(canister, CanisterInstallMode::Install, module, vec![]).unwrap();
        let answer = s.network.update_call(canister, user(), "go", vec![]);
        let text = answer.unwrap_err().reject_message;
        assert!(text.contains("unreachable"), "{text}");
    })
}

/// A module that counts on its heap, from a start that says which module it is.
fn counting(memory: &str, pointer: &str, sections: &str) -> Vec<u8> {
    wat(&format!(
        r#"(import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param {pointer} {pointer})))
        (memory {memory} 1) {sections}
        (func (export "canister_pre_upgrade")
            (i64.store ({pointer}.const 0)
                (i64.add (i64.load ({pointer}.const 0)) (i64.const 100))))
        (func (export "canister_update count")
            (i64.store ({pointer}.const 0)
                (i64.add (i64.load ({pointer}.const 0)) (i64.const 1)))
            (call $append ({pointer}.const 0) ({pointer}.const 8)) (call $reply))"#
    ))
}

fn lasting() -> Vec<u8> {
    counting("i64", "i64", SECTION)
}

fn upgrade(
    s: &Stage,
    canister: Principal,
    module: Vec<u8>,
    skip: bool,
    persistence: Option<WasmMemoryPersistence>,
) -> Answer {
    let flags = UpgradeFlags { skip_pre_upgrade: Some(skip), wasm_memory_persistence: persistence };
    let args = InstallCodeArgs {
        mode: CanisterInstallMode::Upgrade(Some(flags)),
        canister_id: canister,
        wasm_module: module,
        arg: vec![],
        sender_canister_version: None,
    };
    s.manage(user(), canister, "install_code", &Encode!(&args).unwrap())
}

fn counted(s: &Stage, module: Vec<u8>) -> Principal {
    let canister = s.create();
    s.install_code(canister, CanisterInstallMode::Install, module, vec![]).unwrap();
    assert_eq!(count(s, canister), 1);
    canister
}

fn count(s: &Stage, canister: Principal) -> u64 {
    number(&s.network.update_call(canister, user(), "count", vec![]).unwrap())
}

fn persistence() -> Vec<Case> {
    use WasmMemoryPersistence::{Keep, Replace};
    vec![
        case("keep preserves the heap and what pre_upgrade wrote", |s| {
            let canister = counted(s, lasting());
            upgrade(s, canister, lasting(), false, Some(Keep)).unwrap();
            assert_eq!(count(s, canister), 102);
        }),
        case("keep with skip_pre_upgrade", |s| {
            let canister = counted(s, lasting());
            upgrade(s, canister, lasting(), true, Some(Keep)).unwrap();
            assert_eq!(count(s, canister), 2);
        }),
        case("replace discards the heap", |s| {
            let canister = counted(s, lasting());
            upgrade(s, canister, lasting(), false, Some(Replace)).unwrap();
            assert_eq!(count(s, canister), 1);
        }),
        case("the option must be given when the old module has the section", |s| {
            let canister = counted(s, lasting());
            rejected(upgrade(s, canister, lasting(), false, None), &[5]);
            assert_eq!(count(s, canister), 2);
        }),
        case("keep needs the section in the new module", |s| {
            let canister = counted(s, lasting());
            let without = counting("i64", "i64", "");
            rejected(upgrade(s, canister, without.clone(), false, Some(Keep)), &[5]);
            assert_eq!(count(s, canister), 2);
            upgrade(s, canister, without, false, Some(Replace)).unwrap();
            assert_eq!(count(s, canister), 1);
        }),
        case("keep from a module without the section", |s| {
            let canister = counted(s, counting("i64", "i64", ""));
            upgrade(s, canister, lasting(), true, Some(Keep)).unwrap();
            assert_eq!(count(s, canister), 2);
        }),
        case("a public section does not count", |s| {
            let public = r#"(@custom "icp:public enhanced-orthogonal-persistence" "")"#;
            let canister = counted(s, counting("i64", "i64", public));
            upgrade(s, canister, counting("", "i32", ""), false, None).unwrap();
            assert_eq!(count(s, canister), 1);
        }),
        case("a 32-bit heap can be kept too", |s| {
            let canister = counted(s, counting("", "i32", SECTION));
            upgrade(s, canister, counting("", "i32", SECTION), true, Some(Keep)).unwrap();
            assert_eq!(count(s, canister), 2);
        }),
        case("reinstall discards the heap without being asked", |s| {
            let canister = counted(s, lasting());
            s.install_code(canister, CanisterInstallMode::Reinstall, lasting(), vec![]).unwrap();
            assert_eq!(count(s, canister), 1);
        }),
    ]
}
