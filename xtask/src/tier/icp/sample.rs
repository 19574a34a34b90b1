//! The canister most rows are about: it counts, and logs that it did.

/// In WebAssembly text. The answer is Candid: a header, and the counter behind it.
const HELLO: &str = r#"(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "debug_print" (func $print (param i32 i32)))
    (memory 1)
    (global $count (mut i32) (i32.const 0))
    (data (i32.const 0) "DIDL\00\01\79")
    (data (i32.const 32) "counted")
    (func $answer
        (i32.store (i32.const 7) (global.get $count))
        (call $append (i32.const 0) (i32.const 11))
        (call $reply))
    (func (export "canister_update count")
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $print (i32.const 32) (i32.const 7))
        (call $answer))
    (export "canister_query value" (func $answer))
    (@custom "icp:public candid:service"
        "service : { count : () -> (nat32); value : () -> (nat32) query }"))"#;

/// Bytes by which the large module is larger than one message may be.
const PADDING: usize = 3 * 1024 * 1024;

pub(super) fn hello() -> Result<Vec<u8>, String> {
    wat::parse_str(HELLO).map_err(|error| format!("the sample canister: {error}"))
}

/// The same with padding, so that it is installed in chunks.
pub(super) fn large() -> Result<Vec<u8>, String> {
    let padding = format!("(@custom \"padding\" \"{}\"))", "x".repeat(PADDING));
    let text = HELLO.strip_suffix(')').unwrap_or(HELLO).to_owned() + &padding;
    wat::parse_str(text).map_err(|error| format!("the large sample canister: {error}"))
}

/// The project file: the sample, and `networks` with what follows.
pub(super) fn manifest(networks: &str) -> String {
    let sample = "canisters:\n  - name: hello\n    build:\n      steps:\n        \
                  - type: pre-built\n          path: hello.wasm\n";
    format!("{sample}networks:\n{networks}")
}
