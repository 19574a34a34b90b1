//! Small Wasm modules: some fail on purpose, some stand for a peer.

use std::fmt::Write;

/// A module whose `post_upgrade` traps after it wrote over the first bytes of stable memory.
///
/// # Panics
/// Never: the text is constant.
pub fn trapping_after_write() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
            (import "ic0" "trap" (func $trap (param i32 i32)))
            (memory 1)
            (data (i32.const 0) "overwritten by a release that fails")
            (func (export "canister_post_upgrade")
                (call $write (i64.const 0) (i64.const 0) (i64.const 35))
                (call $trap (i32.const 15) (i32.const 20))))"#,
    )
    .expect("the text is a module")
}

/// A module that does nothing.
///
/// # Panics
/// Never: the text is constant.
pub fn empty() -> Vec<u8> {
    wat::parse_str("(module)").expect("the text is a module")
}

/// Bytes that are not a module.
pub fn not_a_module() -> Vec<u8> {
    b"\0asm\x01\0\0\0 this is no module".to_vec()
}

/// A module whose method `carry` calls `method` of another canister with `cycles` attached. Its
/// argument is the length of the other's identity, the identity, and the argument to carry; its
/// reply is the cycles that came back (sixteen bytes, lowest first) and the other's reply.
///
/// # Panics
/// When the name has more than 32 bytes.
pub fn messenger(method: &str, cycles: u64) -> Vec<u8> {
    assert!(method.len() <= 32, "the name fits its place");
    let length = method.len();
    wat::parse_str(format!(
        r#"(module
            (import "ic0" "msg_arg_data_size" (func $size (result i32)))
            (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
            (import "ic0" "msg_cycles_refunded128" (func $refunded (param i32)))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reject" (func $reject (param i32 i32)))
            (import "ic0" "msg_reject_msg_size" (func $reason_size (result i32)))
            (import "ic0" "msg_reject_msg_copy" (func $reason (param i32 i32 i32)))
            (import "ic0" "call_new" (func $call
                (param i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "ic0" "call_data_append" (func $data (param i32 i32)))
            (import "ic0" "call_cycles_add128" (func $pay (param i64 i64)))
            (import "ic0" "call_perform" (func $perform (result i32)))
            (memory 2)
            (data (i32.const 0) "{method}")
            (table funcref (elem $done $failed))
            (func $done (param i32)
                (call $refunded (i32.const 32))
                (call $append (i32.const 32) (i32.const 16))
                (call $copy (i32.const 64) (i32.const 0) (call $size))
                (call $append (i32.const 64) (call $size))
                (call $reply))
            (func $failed (param i32)
                (call $reason (i32.const 64) (i32.const 0) (call $reason_size))
                (call $reject (i32.const 64) (call $reason_size)))
            (func (export "canister_update carry") (local $id i32)
                (call $copy (i32.const 64) (i32.const 0) (call $size))
                (local.set $id (i32.load8_u (i32.const 64)))
                (call $call (i32.const 65) (local.get $id) (i32.const 0) (i32.const {length})
                    (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
                (call $data
                    (i32.add (i32.const 65) (local.get $id))
                    (i32.sub (i32.sub (call $size) (i32.const 1)) (local.get $id)))
                (call $pay (i64.const 0) (i64.const {cycles}))
                (drop (call $perform))))"#
    ))
    .expect("the text is a module")
}

/// A module each of whose entry points (`canister_update pay`, `canister_query look`) always
/// answers the same bytes.
///
/// # Panics
/// When a name is no name of an entry point.
pub fn replying(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut data, mut functions, mut at) = (String::new(), String::new(), 0);
    for (name, bytes) in entries {
        let size = bytes.len();
        write!(data, "(data (i32.const {at}) \"").expect("a text takes it");
        for byte in bytes {
            write!(data, "\\{byte:02x}").expect("a text takes it");
        }
        data.push_str("\")");
        write!(
            functions,
            r#"(func (export "{name}")
                (call $append (i32.const {at}) (i32.const {size}))
                (call $reply))"#
        )
        .expect("a text takes it");
        at += size;
    }
    wat::parse_str(format!(
        r#"(module
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_reply" (func $reply))
            (memory 1)
            {data}
            {functions})"#
    ))
    .expect("the text is a module")
}

/// A module that answers each of these exports, such as `canister_query health_check`, with the
/// bytes beside it, whatever it is asked, and keeps nothing. One that `traps` ends every upgrade.
///
/// # Panics
/// Never: the text is made of names and numbers.
pub fn answering(methods: &[(&str, Vec<u8>)], traps: bool) -> Vec<u8> {
    let (mut data, mut functions) = (String::new(), String::new());
    let mut at = 0;
    for (name, reply) in methods {
        for byte in reply {
            write!(data, "\\{byte:02x}").expect("texts grow");
        }
        write!(
            functions,
            "(func (export \"{name}\")
                (call $append (i32.const {at}) (i32.const {}))
                (call $reply))",
            reply.len()
        )
        .expect("texts grow");
        at += reply.len();
    }
    if traps {
        functions.push_str("(func (export \"canister_post_upgrade\") unreachable)");
    }
    wat::parse_str(format!(
        r#"(module
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (import "ic0" "msg_reply" (func $reply))
            (memory 2)
            (data (i32.const 0) "{data}")
            {functions})"#
    ))
    .expect("the text is a module")
}
