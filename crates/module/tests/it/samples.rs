//! Modules to look at.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};

/// The text of a module like the ones this suite is made of, smaller.
pub(crate) const CANISTER: &str = r#"(module
    (type $plain (func))
    (import "ic0" "msg_reply" (func $reply (type $plain)))
    (import "ic0" "msg_caller_size" (func (result i32)))
    (memory (export "memory") 1)
    (global (export "__heap_base") i32 (i32.const 4096))
    (func $run (type $plain) call $reply)
    (export "canister_init" (func $run))
    (export "canister_post_upgrade" (func $run))
    (export "canister_inspect_message" (func $run))
    (export "canister_global_timer" (func $run))
    (export "canister_query health_check" (func $run))
    (export "canister_query validate_state" (func $run))
    (export "canister_query get_version" (func $run))
    (export "canister_update prepare_upgrade" (func $run))
    (export "canister_update resume" (func $run))
    (export "canister_update resume_jobs" (func $run))
    (export "canister_query get_drain_status" (func $run))
    (export "canister_composite_query overview" (func $run))
    (data (i32.const 16) "a treasury")
    (@custom "producers" "somebody")
    (@custom "icp:public suite:canister" "registry")
    (@custom "icp:public suite:version" "0.2.0")
    (@custom "icp:public suite:schema" "2-3")
    (@custom "icp:public git_commit_id" "0f3c")
    (@custom "icp:private notes" "for controllers")
    (@custom "icp:public candid:service" "service : { a : () -> (nat) query }"))"#;

pub(crate) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a module")
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

/// A module of sections as they are given: their kinds and contents of less than 2 MiB.
pub(crate) fn raw(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (id, content) in sections {
        module.push(*id);
        module.extend_from_slice(&number(content.len()));
        module.extend_from_slice(content);
    }
    module
}

/// A length of less than 2 MiB, in three bytes.
pub(crate) fn number(value: usize) -> [u8; 3] {
    let low = |shift: u32| u8::try_from((value >> shift) & 0x7f).expect("seven bits");
    assert!(value < 1 << 21);
    [low(0) | 0x80, low(7) | 0x80, low(14)]
}

/// The content of a custom section.
pub(crate) fn custom(name: &str, content: &[u8]) -> Vec<u8> {
    [&number(name.len())[..], name.as_bytes(), content].concat()
}

/// What `work` gives, and that it ends soon: it takes milliseconds, and a thousand times that is no
/// hang yet.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is told by a real clock")]
pub(crate) fn soon<T>(work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    done
}
