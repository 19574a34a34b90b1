//! Stable memory through the calls: values, bounds, and the deprecated 32-bit family.

use crate::{
    message::Keep,
    runtime::{
        ExecutionState, StableMemory,
        limits::MAX_STABLE_PAGES,
        testing::{ENGINE, compile, fault, go, number, replied, reply, update},
    },
};

#[test]
fn both_families_see_the_same_memory() {
    let body = "(if (i32.ne (call $stable_grow (i32.const 2)) (i32.const 0)) (then unreachable))
        (if (i64.ne (call $stable64_grow (i64.const 1)) (i64.const 2)) (then unreachable))
        (if (i32.ne (call $stable_size) (i32.const 3)) (then unreachable))
        (if (i64.ne (call $stable64_size) (i64.const 3)) (then unreachable))
        (i64.store (i32.const 0) (i64.const 0x1122334455667788))
        (call $stable_write (i32.const 65530) (i32.const 0) (i32.const 8))
        (call $stable64_read (i64.const 16) (i64.const 65532) (i64.const 4))
        (call $stable_read (i32.const 20) (i32.const 65530) (i32.const 4))
        (call $reply_i64 (i64.load (i32.const 16)))";
    assert_eq!(number(&reply(body, go())), 0x5566_7788_3344_5566);
}

#[test]
fn growing_too_far_answers_minus_one() {
    let body = format!(
        "(if (i64.ne (call $stable64_grow (i64.const {})) (i64.const -1)) (then unreachable))
         (if (i32.ne (call $stable_grow (i32.const 65537)) (i32.const -1)) (then unreachable))
         (call $reply_i64 (call $stable64_size))",
        MAX_STABLE_PAGES + 1
    );
    assert_eq!(number(&reply(&body, go())), 0);
}

#[test]
fn accesses_stay_inside() {
    let grow = "(drop (call $stable64_grow (i64.const 1)))";
    for call in [
        "(call $stable64_write (i64.const 65535) (i64.const 0) (i64.const 2))",
        "(call $stable64_read (i64.const 0) (i64.const 65535) (i64.const 2))",
        "(call $stable_write (i32.const -1) (i32.const 0) (i32.const 1))",
        "(call $stable_read (i32.const 0) (i32.const -1) (i32.const 1))",
    ] {
        let message = fault(&format!("{grow} {call}"), go()).message;
        assert_eq!(message, "Canister trapped: stable memory out of bounds", "{call}");
    }
    let heap = "(call $stable64_write (i64.const 0) (i64.const 65536) (i64.const 1))";
    assert_eq!(
        fault(&format!("{grow} {heap}"), go()).message,
        "Canister trapped: heap out of bounds"
    );
}

#[test]
fn the_32_bit_calls_end_at_four_gibibytes() {
    let mut large = StableMemory::new();
    large.grow(65_537).unwrap();
    for call in [
        "(drop (call $stable_size))",
        "(drop (call $stable_grow (i32.const 0)))",
        "(call $stable_write (i32.const 0) (i32.const 0) (i32.const 1))",
        "(call $stable_read (i32.const 0) (i32.const 0) (i32.const 1))",
    ] {
        let module = compile(&update(call));
        let mut state = ExecutionState::new(&ENGINE, module, large.clone());
        let fault = state.run(go(), Keep::Commit).fault.unwrap();
        assert_eq!(
            fault.message,
            "Canister trapped: 32 bit stable memory api used on a memory larger than 4GB"
        );
    }
    let module = compile(&update("(call $reply_i64 (call $stable64_size))"));
    let mut state = ExecutionState::new(&ENGINE, module, large);
    assert_eq!(number(&replied(state.run(go(), Keep::Commit))), 65_537);
}

#[test]
fn an_image_handed_in_is_read_by_the_canister() {
    let body = "(call $stable64_read (i64.const 0) (i64.const 1) (i64.const 3))
        (call $reply_bytes (i32.const 0) (i32.const 3))";
    let module = compile(&update(body));
    let mut state = ExecutionState::new(&ENGINE, module, StableMemory::new());
    assert!(state.run(go(), Keep::Commit).fault.is_some());
    state.set_stable(StableMemory::from_bytes(b"abcd"));
    assert_eq!(replied(state.run(go(), Keep::Commit)), b"bcd");
}
