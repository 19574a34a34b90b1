//! Small Wasm modules that fail on purpose.

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
