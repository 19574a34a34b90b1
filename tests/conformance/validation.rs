//! Which modules can be installed.

use std::fmt::Write;

use ic_management_canister_types::CanisterInstallMode;

use crate::{
    area::{Area, Case, case},
    stage::{Stage, rejected, user},
};

const SOURCE: &str = "ic-hs Spec.hs, wabt-tests";

pub(crate) fn areas() -> Vec<Area> {
    let cases = [valid(), signatures(), invalid(), started(), metadata()].concat();
    vec![Area { title: "WebAssembly module validation", source: SOURCE, cases }]
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).unwrap()
}

/// Number in the variable length of the format.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// An empty module with custom sections.
fn sections(named: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut module = wat("");
    for (name, content) in named {
        let body = [leb(name.len()), name.to_vec(), content.clone()].concat();
        module.push(0);
        module.extend(leb(body.len()));
        module.extend(body);
    }
    module
}

/// So many public sections.
fn many_sections(count: usize) -> Vec<u8> {
    let names: Vec<_> = (0..count).map(|index| format!("icp:public s{index}")).collect();
    let named: Vec<_> = names.iter().map(|name| (name.as_bytes(), vec![1])).collect();
    sections(&named)
}

/// Two sections of so many bytes together, their names aside.
fn large_sections(size: usize) -> Vec<u8> {
    let half = vec![b'x'; size / 2];
    sections(&[(b"icp:public a", half.clone()), (b"icp:private b", half)])
}

/// Exported queries with names of so many bytes.
fn methods(count: usize, name_size: usize) -> Vec<u8> {
    let mut text = "(func $f)".to_owned();
    for index in 0..count {
        let name = format!("{index:0name_size$}");
        write!(text, "(export \"canister_query {name}\" (func $f))").unwrap();
    }
    wat(&text)
}

fn functions(count: usize) -> Vec<u8> {
    wat(&"(func)".repeat(count))
}

fn globals(count: usize) -> Vec<u8> {
    wat(&"(global i32 (i32.const 0))".repeat(count))
}

fn install(s: &Stage, module: Vec<u8>) -> crate::stage::Answer {
    s.install_code(s.create(), CanisterInstallMode::Install, module, vec![])
}

fn good(name: &str, module: fn() -> Vec<u8>) -> Case {
    case(format!("valid: {name}"), move |s| drop(install(s, module()).unwrap()))
}

fn bad(name: &str, module: impl Fn() -> Vec<u8> + 'static) -> Case {
    case(format!("invalid: {name}"), move |s| rejected(install(s, module()), &[5]))
}

fn valid() -> Vec<Case> {
    vec![
        good("empty_custom_section_name", || sections(&[(b"icp:public ", vec![b'a'])])),
        good("large_custom_sections", || large_sections(1_000_000)),
        good("long_exported_function_names.wat", || methods(2, 9_500)),
        good("many_custom_sections", || many_sections(16)),
        good("many_exports.wat", || methods(1_000, 4)),
        good("many_functions.wat", || functions(50_000)),
        good("many_globals.wat", || globals(1_000)),
        good("valid_import.wat", || wat(r#"(import "ic0" "msg_reply" (func))"#)),
    ]
}

/// Entry points that give or take something.
fn signatures() -> Vec<Case> {
    let entries = [
        ("canister_composite_query_cq", "canister_composite_query cq"),
        ("canister_global_timer", "canister_global_timer"),
        ("canister_heartbeat", "canister_heartbeat"),
        ("canister_init", "canister_init"),
        ("canister_inspect_message", "canister_inspect_message"),
        ("canister_post_upgrade", "canister_post_upgrade"),
        ("canister_pre_upgrade", "canister_pre_upgrade"),
        ("canister_query_que", "canister_query que"),
        ("canister_update_upd", "canister_update upd"),
    ];
    let kinds = [("reta", "(result i32) (i32.const 0)"), ("retb", "(param i32)")];
    entries
        .into_iter()
        .flat_map(|(name, export)| {
            kinds.map(|(kind, rest)| {
                bad(&format!("invalid_{name}_{kind}.wat"), move || {
                    wat(&format!("(func (export \"{export}\") {rest})"))
                })
            })
        })
        .collect()
}

/// One function exported under two names.
fn exported(first: &str, second: &str) -> Vec<u8> {
    wat(&format!("(func (export \"{first}\") (export \"{second}\"))"))
}

fn invalid() -> Vec<Case> {
    let (update, query) = ("canister_update m", "canister_query m");
    let composite = "canister_composite_query m";
    let pair = || (b"icp:public a".as_slice(), vec![1]);
    vec![
        bad("duplicate_custom_section", move || sections(&[pair(), pair()])),
        bad("invalid_canister_export.wat", || exported("canister_foo", "other")),
        bad("invalid_custom_section", || sections(&[(b"icp:dummy a", vec![1])])),
        bad("invalid_empty_custom_section_name", || sections(&[(b"icp:public", vec![1])])),
        bad("invalid_empty_query_name.wat", || exported("canister_query", "other")),
        bad("invalid_import.wat", || wat(r#"(import "ic0" "no_such_function" (func))"#)),
        bad("name_clash_query_composite_query.wat", move || exported(query, composite)),
        bad("name_clash_update_composite_query.wat", move || exported(update, composite)),
        bad("name_clash_update_query.wat", move || exported(update, query)),
        bad("too_large_custom_sections", || large_sections(1_100_000)),
        bad("too_long_exported_function_names.wat", || methods(2, 10_001)),
        bad("too_many_custom_sections", || many_sections(17)),
        bad("too_many_exports.wat", || methods(1_001, 4)),
        bad("too_many_functions.wat", || functions(50_001)),
        bad("too_many_globals.wat", || globals(1_001)),
    ]
}

/// A module that counts in its `start` and says how far in a method.
fn counting(start: &str, method: &str) -> Vec<u8> {
    wat(&format!(
        r#"(import "ic0" "msg_reply" (func $reply))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (memory 1)
        (func $count (i32.store (i32.const 0) (i32.const 4)))
        {start}
        (func (export "canister_query {method}")
            (call $append (i32.const 0) (i32.const 4))
            (call $reply))"#
    ))
}

fn counted(s: &Stage, start: &str, method: &str) -> Vec<u8> {
    let canister = s.create();
    let module = counting(start, method);
    s.install_code(canister, CanisterInstallMode::Install, module, vec![]).unwrap();
    s.network.update_call(canister, user(), method, vec![]).unwrap()
}

fn started() -> Vec<Case> {
    vec![
        case("(start) function", |s| {
            assert_eq!(counted(s, "(start $count)", "read"), [4, 0, 0, 0]);
        }),
        case("no (start) function", |s| assert_eq!(counted(s, "", "read"), [0; 4])),
        case("empty query name", |s| assert_eq!(counted(s, "", ""), [0; 4])),
        case("query name with spaces", |s| {
            assert_eq!(counted(s, "", "name with spaces"), [0; 4]);
        }),
    ]
}

/// The modules of the section on metadata; what is read of them is not asked here.
fn metadata() -> Vec<Case> {
    let two = |first: &'static [u8], second: &'static [u8]| {
        move || sections(&[(first, b"bar".to_vec()), (second, b"baz".to_vec())])
    };
    let (public, private) = (b"icp:public test", b"icp:private test");
    vec![
        bad("metadata: duplicate public", two(public, public)),
        bad("metadata: duplicate private", two(private, private)),
        bad("metadata: duplicate mixed", two(private, public)),
        bad("metadata: invalid utf8 in module", || {
            sections(&[(b"icp:public \xe2\x28\xa1", b"baz".to_vec())])
        }),
    ]
}
