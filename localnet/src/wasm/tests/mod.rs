//! Tests of the module rules.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fmt::Write;

use pocket_ic::ErrorCode;
use wasmparser::{Parser, Payload, Validator};

use super::{MEMORY, START, TABLE, Width, check, function_name, global_name, rewrite, unpack};

fn refusal(wat: &str) -> String {
    let fault = check(&wat::parse_str(wat).unwrap()).unwrap_err();
    assert_eq!(fault.code, ErrorCode::CanisterInvalidWasm);
    fault.message
}

fn assert_refused(wat: &str, reason: &str) {
    let message = refusal(wat);
    assert!(message.starts_with("Canister's Wasm module is not valid: "), "{message}");
    assert!(message.contains(reason), "{message} does not say {reason}");
}

#[test]
fn imports_come_from_ic0_with_the_right_signature() {
    assert_refused(
        r#"(module (import "env" "f" (func)))"#,
        "Only functions of module \"ic0\" can be imported, not \"f\" from \"env\"",
    );
    assert_refused(r#"(module (import "ic0" "f" (func)))"#, "has no function \"ic0.f\"");
    assert_refused(
        r#"(module (import "ic0" "time" (func (result i32))))"#,
        "\"ic0.time\" is imported with a wrong signature",
    );
    assert_refused(
        r#"(module (import "ic0" "memory" (memory 1)))"#,
        "Only functions can be imported, not \"memory\"",
    );
    assert_refused(r#"(module (import "ic0" "g" (global i32)))"#, "Only functions can be imported");
    assert_refused(
        r#"(module (import "ic0" "msg_reply_data_append" (func (param i64 i64))))"#,
        "wrong signature",
    );
}

#[test]
fn what_localnet_lacks_is_named() {
    assert_refused(
        "(module (global (mut funcref) (ref.null func)))",
        "localnet does not support mutable globals that hold references",
    );
    assert_refused("(module (memory 1) (memory 1))", "more than one memory");
    assert_refused("(component)", "localnet does not support the component model");
}

#[test]
fn memories_have_a_width_and_a_bound() {
    let width = |wat: &str| check(&wat::parse_str(wat).unwrap()).unwrap().width;
    assert_eq!(width("(module)"), Width::Wasm32);
    assert_eq!(width("(module (memory 1))"), Width::Wasm32);
    assert_eq!(width("(module (memory i64 98304 1000000))"), Width::Wasm64);
    assert_refused(
        "(module (memory i64 98305))",
        "declares a memory of 98305 pages, at most 98304 are allowed",
    );
    assert!(check(&wat::parse_str("(module (memory 65536))").unwrap()).is_ok());
    assert_refused("(module (memory 1) (memory i64 1))", "more than one memory");
}

#[test]
fn imports_are_as_wide_as_the_memory() {
    let module = |name: &str, params: &str, memory: &str| {
        format!(r#"(module (import "ic0" "{name}" (func (param {params}))) (memory {memory}))"#)
    };
    let valid = |wat: &str| check(&wat::parse_str(wat).unwrap()).is_ok();
    assert!(valid(&module("msg_reply_data_append", "i64 i64", "i64 1")));
    assert!(valid(&module("msg_reply_data_append", "i32 i32", "1")));
    // What is no address has one width only.
    assert!(valid(&module("call_with_best_effort_response", "i32", "i64 1")));
    assert!(valid(&module("stable64_read", "i64 i64 i64", "i64 1")));
    assert_refused(&module("msg_reply_data_append", "i32 i32", "i64 1"), "wrong signature");
    assert_refused(&module("msg_reply_data_append", "i64 i64", "1"), "wrong signature");
    assert_refused(&module("call_with_best_effort_response", "i64", "i64 1"), "wrong signature");
    assert_refused(
        &module("stable_write", "i32 i32 i32", "i64 1"),
        "has no function \"ic0.stable_write\" for 64-bit memories",
    );
}

#[test]
fn features_beyond_the_platform_are_refused() {
    for wat in [
        "(module (memory 1 1 shared))",
        "(module (func (param externref)))",
        "(module (tag))",
        "(module (type (struct)))",
    ] {
        let message = refusal(wat);
        assert!(message.contains("Failed to decode wasm module"), "{message}");
    }
}

#[test]
fn exports_are_well_formed() {
    assert_refused(
        r#"(module (func (export "canister_init") (param i32)))"#,
        "\"canister_init\" must take and return nothing",
    );
    assert_refused(
        r#"(module (func (export "canister_update x") (result i32) (i32.const 0)))"#,
        "must take and return nothing",
    );
    assert_refused(
        r#"(module (func (export "canister_update x")) (func (export "canister_query x")))"#,
        "The method \"x\" is exported as both",
    );
    for name in ["canister_foo", "canister_update", "canister_updates x", "canister_query"] {
        assert_refused(&format!(r#"(module (func (export "{name}")))"#), "is reserved");
    }
    assert_refused(r#"(module (func (export "localnet:start")))"#, "reserved by localnet");
    assert_refused(r#"(module (memory (export "localnet:memory") 1))"#, "reserved by localnet");
}

#[test]
fn methods_are_counted() {
    let module = |count: usize, name_bytes: usize| {
        let mut wat = String::from("(module (func $f)");
        for number in 0..count {
            let padding = "x".repeat(name_bytes - 5);
            write!(wat, r#"(export "canister_query {number:05}{padding}" (func $f))"#).unwrap();
        }
        wat + ")"
    };
    assert!(check(&wat::parse_str(module(1_000, 20)).unwrap()).is_ok());
    assert_refused(&module(1_001, 10), "More than 1000 methods");
    assert_refused(&module(1_000, 21), "more than 20000 bytes");
}

#[test]
fn functions_and_globals_are_counted() {
    let globals = |count: usize| format!("(module {})", "(global i32 (i32.const 0))".repeat(count));
    assert!(check(&wat::parse_str(globals(1_000)).unwrap()).is_ok());
    assert_refused(&globals(1_001), "defined 1001 globals");
    let functions = |count: usize| format!("(module {})", "(func)".repeat(count));
    assert!(check(&wat::parse_str(functions(50_000)).unwrap()).is_ok());
    assert_refused(&functions(50_001), "defined 50001 functions");
}

#[test]
fn custom_sections_follow_their_rules() {
    assert_refused(r#"(module (@custom "icp:secret x" ""))"#, "is neither");
    assert_refused(
        r#"(module (@custom "icp:public x" "") (@custom "icp:private x" ""))"#,
        "the name \"x\" is used twice",
    );
    let many = |count: usize| {
        let mut wat = String::from("(module");
        for number in 0..count {
            write!(wat, r#"(@custom "icp:public {number}" "")"#).unwrap();
        }
        wat + ")"
    };
    assert!(check(&wat::parse_str(many(16)).unwrap()).is_ok());
    assert_refused(&many(17), "more than 16");
    let big = format!(r#"(module (@custom "icp:public x" "{}"))"#, "y".repeat(1024 * 1024));
    assert_refused(&big, "more than 1048576");
    // Sections of other tools are none of our business.
    assert!(check(&wat::parse_str(r#"(module (@custom "name2" ""))"#).unwrap()).is_ok());
}

#[test]
fn garbage_and_bad_gzip_are_refused() {
    assert!(check(b"\0asm\x02\0\0\0").is_err());
    assert!(check(b"").is_err());
    let message = unpack(&[0x1f, 0x8b, 0x08, 0, 0]).unwrap_err().message;
    assert!(message.contains("failed to unpack gzip"), "{message}");
}

#[test]
fn rewriting_exports_all_state_and_takes_start_away() {
    let wat = r#"(module
        (memory 1) (table 1 funcref)
        (global i32 (i32.const 0)) (global (mut i64) (i64.const 0)) (global (mut f32) (f32.const 0))
        (func $s) (start $s)
        (func (export "canister_update x")) (export "extra" (global 0))
        (@custom "icp:public a" "b") (elem (i32.const 0) $s) (data (i32.const 0) "z"))"#;
    let wasm = wat::parse_str(wat).unwrap();
    let facts = check(&wasm).unwrap();
    assert_eq!(facts.mutable_globals, [1, 2]);
    let rewritten = rewrite(&wasm, &facts).unwrap();
    Validator::new().validate_all(&rewritten).unwrap();
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(&rewritten) {
        match payload.unwrap() {
            Payload::ExportSection(exports) => {
                names.extend(exports.into_iter().map(|export| export.unwrap().name));
            }
            Payload::StartSection { .. } | Payload::CustomSection(_) => panic!("left over"),
            _ => {}
        }
    }
    let (function, globals) = (function_name(0), [global_name(0), global_name(1)]);
    assert_eq!(
        names,
        [function.as_str(), MEMORY, TABLE, START, globals[0].as_str(), globals[1].as_str()]
    );
    assert_eq!(facts.functions.into_iter().collect::<Vec<_>>(), [("canister_update x".into(), 0)]);
}

#[test]
fn rewriting_adds_an_export_section_where_there_is_none() {
    for wat in ["(module (memory 1))", r#"(module (memory 1) (data (i32.const 0) "x"))"#] {
        let wasm = wat::parse_str(wat).unwrap();
        let rewritten = rewrite(&wasm, &check(&wasm).unwrap()).unwrap();
        Validator::new().validate_all(&rewritten).unwrap();
        let text = String::from_utf8_lossy(&rewritten).into_owned();
        assert!(text.contains(MEMORY));
    }
}

#[test]
fn the_end_of_initialised_data_is_known() {
    let end = |data: &str| {
        check(&wat::parse_str(format!("(module (memory 2) {data})")).unwrap()).unwrap().data_end
    };
    assert_eq!(end(""), 0);
    assert_eq!(
        end(r#"(data (i32.const 70000) "abc") (data (i32.const 5) "z") (data "q")"#),
        70_003
    );
    // An offset that is computed counts as the whole heap.
    let computed = r#"(data (i32.add (i32.const 1) (i32.const 2)) "abc")"#;
    assert!(end(computed) > u64::from(u32::MAX));
}
