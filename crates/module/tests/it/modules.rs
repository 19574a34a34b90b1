//! A module of the suite's kind, and what stands against others.

use granary_module::{
    Encoding, Module, ModuleFault, Stated, Verdict, checks,
    limits::MODULE_BYTES_MAX,
    sections::{Import, ItemKind, Sections, Visibility},
    sha256,
};

use crate::samples::{CANISTER, packed, wasm};

fn read(text: &str) -> Module {
    Module::read(&wasm(text), MODULE_BYTES_MAX).expect("a module")
}

#[test]
fn a_module_is_read_in_one_pass() {
    let raw = wasm(CANISTER);
    let module = Module::read(&raw, MODULE_BYTES_MAX).expect("a module");
    let stated = Stated {
        canister: "registry".to_owned(),
        version: "0.2.0".to_owned(),
        commit: "0f3c".to_owned(),
        reads: Some((2, 3)),
        interface: Some("service : { a : () -> (nat) query }".to_owned()),
    };
    assert_eq!(module.stated, stated);
    assert_eq!(Stated::read(&raw), Ok(stated));
    let names: Vec<&str> = module.exports.iter().map(|export| export.name.as_str()).collect();
    assert_eq!(names.len(), 14);
    assert_eq!(names[..3], ["memory", "__heap_base", "canister_init"]);
    assert_eq!(module.exports[0].kind, ItemKind::Memory);
    assert_eq!(module.exports[1].kind, ItemKind::Global);
    assert_eq!(module.exports[2].kind, ItemKind::Function);
    let import = |name: &str| Import {
        module: "ic0".to_owned(),
        name: name.to_owned(),
        kind: ItemKind::Function,
    };
    assert_eq!(module.imports, [import("msg_reply"), import("msg_caller_size")]);
    let methods: Vec<&str> = checks::methods(&module.exports).collect();
    assert_eq!(methods.first(), Some(&"health_check"));
    assert_eq!(methods.last(), Some(&"overview"));
    assert_eq!(methods.len(), 8);
}

#[test]
fn metadata_is_public_or_private() {
    let raw = wasm(CANISTER);
    let sections = Sections::read(&raw).expect("a module");
    assert_eq!(sections.metadata.len(), 6);
    let notes = sections.metadata.iter().find(|section| section.name == "notes");
    let notes = notes.expect("it is there");
    assert_eq!((notes.visibility, notes.content), (Visibility::Private, &b"for controllers"[..]));
    assert_eq!(sections.public("notes"), None);
    assert_eq!(sections.public("suite:version"), Some(&b"0.2.0"[..]));
}

/// K45: the hash of the exact bytes and the one of the Wasm in them, whatever the form.
#[test]
fn k45_both_hashes_are_told() {
    let raw = wasm(CANISTER);
    let gzip = packed(&raw);
    let plain = Module::read(&raw, MODULE_BYTES_MAX).expect("a module");
    let dense = Module::read(&gzip, MODULE_BYTES_MAX).expect("a module");
    assert_eq!((plain.encoding, dense.encoding), (Encoding::Raw, Encoding::Gzip));
    assert_eq!((plain.sha256, plain.raw_sha256), (sha256(&raw), sha256(&raw)));
    assert_eq!((dense.sha256, dense.raw_sha256), (sha256(&gzip), sha256(&raw)));
    assert_ne!(dense.sha256, dense.raw_sha256);
    assert_eq!((plain.bytes, plain.raw_bytes), (raw.len(), raw.len()));
    assert_eq!((dense.bytes, dense.raw_bytes), (gzip.len(), raw.len()));
    assert_eq!((&dense.stated, &dense.exports), (&plain.stated, &plain.exports));
    let short = Module::read(&gzip, raw.len() - 1);
    assert_eq!(short, Err(ModuleFault::TooLarge { limit: raw.len() - 1 }));
}

#[test]
fn nothing_stands_against_a_module_of_the_suite() {
    let module = read(CANISTER);
    let none = Vec::<String>::new();
    assert_eq!(checks::forbidden_exports(&module.exports), none);
    assert_eq!(checks::exports_nothing(&module.exports), none);
    assert_eq!(checks::missing_methods(&module.exports, &checks::COMMON_METHODS), none);
    assert_eq!(checks::foreign_imports(&module.imports), none);
}

#[test]
fn what_stands_against_exports_is_named() {
    let module = read(
        r#"(module (func $run)
            (export "canister_pre_upgrade" (func $run))
            (export "canister_heartbeat" (func $run))
            (export "canister_inspect_message" (func $run)))"#,
    );
    assert_eq!(
        checks::forbidden_exports(&module.exports),
        [
            "the new module exports canister_pre_upgrade, which no canister of the suite has",
            "the new module exports canister_heartbeat, which no canister of the suite has",
        ]
    );
    assert_eq!(
        checks::exports_nothing(&module.exports),
        ["the new module has no method that could be called"]
    );
    let less = CANISTER.replace("canister_update resume\"", "canister_update resumed\"");
    assert_eq!(
        checks::missing_methods(&read(&less).exports, &checks::COMMON_METHODS),
        ["the new module has no method resume"]
    );
    // What is no function is no method.
    let memory = read(r#"(module (memory (export "canister_query resume") 1))"#);
    assert_eq!(checks::exports_nothing(&memory.exports).len(), 1);
    assert_eq!(
        checks::missing_methods(&memory.exports, &["resume"]),
        ["the new module has no method resume"]
    );
}

#[test]
fn imports_the_network_does_not_give_are_named() {
    let module = read(
        r#"(module
            (import "ic0" "time" (func (result i64)))
            (import "env" "memory" (memory 1 2))
            (import "env" "table" (table 1 funcref))
            (import "ic0" "base" (global (mut i64)))
            (import "wbg" "a\0ab" (func))
            (import "env" "wide" (memory i64 1)))"#,
    );
    assert_eq!(
        checks::foreign_imports(&module.imports),
        [
            "the new module imports memory of env, which the network does not give",
            "the new module imports table of env, which the network does not give",
            "the new module imports base of ic0, which the network does not give",
            "the new module imports a b of wbg, which the network does not give",
            "the new module imports wide of env, which the network does not give",
        ]
    );
    let many = (0..7).map(|n| format!("(import \"env\" \"f{n}\" (func))"));
    let many = many.collect::<Vec<_>>().concat();
    let found = checks::foreign_imports(&read(&format!("(module {many})")).imports);
    assert_eq!(found.len(), 6);
    assert_eq!(found[5], "the new module imports 2 more that it does not give");
}

#[test]
fn a_module_is_for_one_canister_and_the_schemas_it_names() {
    let says = |canister: &str, reads: &str| {
        let (named, read) = ("suite:canister\" \"", "suite:schema\" \"");
        let text = CANISTER
            .replace(&format!("{named}registry"), &format!("{named}{canister}"))
            .replace(&format!("{read}2-3"), &format!("{read}{reads}"));
        Stated::read(&wasm(&text)).expect("a module")
    };
    assert_eq!(says("registry", "2-3").problems("registry", 3), Vec::<String>::new());
    assert_eq!(says("registry", "2-3").problems("registry", 2), Vec::<String>::new());
    for (stated, schema, words) in [
        (says("registry", "2-3"), 4, "its state has schema 4, the new code reads 2 to 3"),
        (says("registry", "2-3"), 1, "its state has schema 1, the new code reads 2 to 3"),
        (says("registry", "3"), 3, "the new module does not say which schemas it reads"),
        (says("registry", "4-3"), 3, "its state has schema 3, the new code reads 4 to 3"),
        (says("portfolio", "2-3"), 3, "the new module is portfolio and not registry"),
        (
            Stated::default(),
            3,
            "the new module is none of this suite: it does not say which canister it is for",
        ),
    ] {
        assert_eq!(stated.problems("registry", schema), [words]);
    }
}

#[test]
fn what_runs_decides_what_is_lost() {
    let stated = Stated::read(&wasm(CANISTER)).expect("a module");
    assert_eq!(stated.serves(None), (Verdict::Unpublished, vec![]));
    let same = b"service : { a : () -> (nat) query }";
    assert_eq!(stated.serves(Some(same)), (Verdict::Compatible, vec![]));
    let more = b"service : { a : () -> (nat) query; b : () -> () }";
    let lost = vec!["`b` is gone".to_owned()];
    assert_eq!(stated.serves(Some(more)), (Verdict::Breaking, lost));
    let (verdict, lost) = Stated::default().serves(Some(same));
    assert_eq!(verdict, Verdict::Breaking);
    assert_eq!(lost, ["the new module publishes no interface"]);
    let (verdict, lost) = stated.serves(Some(b"\xff"));
    assert_eq!((verdict, lost.len()), (Verdict::Breaking, 1));
}
