//! Failed messages leave no trace: random programs against images taken before.

use std::fmt::Write;

use proptest::prelude::*;

use crate::{
    message::{Entry, Keep},
    runtime::testing::{canister, env, go, install, query},
};

/// One instruction of a random program that changes state.
#[derive(Clone, Debug)]
enum Change {
    Store(u32, u64),
    Fill(u32, u8, u32),
    GlobalInt(u64),
    GlobalFloat(u64),
    HeapGrow(u32),
    StableGrow(u64),
    /// Copies heap bytes into stable memory, modulo its size.
    StableWrite(u32, u32),
}

impl Change {
    fn wat(&self) -> String {
        match self {
            Self::Store(offset, value) => {
                format!("(i64.store (i32.const {offset}) (i64.const {value}))")
            }
            Self::Fill(offset, byte, length) => format!(
                "(memory.fill (i32.const {offset}) (i32.const {byte}) (i32.const {length}))"
            ),
            Self::GlobalInt(value) => format!("(global.set $int (i64.const {value}))"),
            Self::GlobalFloat(bits) => {
                format!("(global.set $float (f64.reinterpret_i64 (i64.const {bits})))")
            }
            Self::HeapGrow(pages) => format!("(drop (memory.grow (i32.const {pages})))"),
            Self::StableGrow(pages) => {
                format!("(drop (call $stable64_grow (i64.const {pages})))")
            }
            Self::StableWrite(offset, length) => {
                format!("(call $write (i64.const {offset}) (i64.const {length}))")
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..65_500u32, any::<u64>()).prop_map(|(offset, value)| Change::Store(offset, value)),
        (0..50_000u32, any::<u8>(), 0..15_000u32)
            .prop_map(|(offset, byte, length)| Change::Fill(offset, byte, length)),
        any::<u64>().prop_map(Change::GlobalInt),
        any::<u64>().prop_map(Change::GlobalFloat),
        (0..3u32).prop_map(Change::HeapGrow),
        (0..3u64).prop_map(Change::StableGrow),
        (any::<u32>(), 0..10_000u32)
            .prop_map(|(offset, length)| Change::StableWrite(offset, length)),
    ]
}

fn program(changes: &[Change]) -> String {
    changes.iter().fold(String::new(), |mut text, change| {
        write!(text, "{} ", change.wat()).unwrap();
        text
    })
}

const HELPERS: &str = "
    (global $int (mut i64) (i64.const 0))
    (global $float (mut f64) (f64.const 0))
    ;; Writes where stable memory has room, nothing where it has none.
    (func $write (param i64 i64) (local i64)
        (local.set 2 (i64.mul (call $stable64_size) (i64.const 65536)))
        (if (i64.ge_u (local.get 2) (i64.const 10000)) (then
            (call $stable64_write
                (i64.rem_u (local.get 0) (i64.sub (local.get 2) (i64.const 9999)))
                (i64.const 64) (local.get 1)))))
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_trap_leaves_the_state_as_it_was(
        kept in prop::collection::vec(change(), 0..12),
        lost in prop::collection::vec(change(), 0..12),
    ) {
        let (keep, lose) = (program(&kept), program(&lost));
        let wat = canister(&format!(
            r#"{HELPERS}
            (func (export "canister_update keep") {keep})
            (func (export "canister_update lose") {lose} unreachable)
            (func (export "canister_query look") {lose})
            (func (export "canister_update redo") {lose})"#
        ));
        let update = |method: &str| env(Entry::Update { method: method.into() });
        let mut state = install(&wat);
        for round in 0..3 {
            let before = state.image();
            let mut twin = state.clone();

            prop_assert!(state.run(update("lose"), Keep::Commit).fault.is_some());
            prop_assert_eq!(&state.image(), &before);
            prop_assert_eq!(state.run(query("look"), Keep::Discard).fault, None);
            prop_assert_eq!(&state.image(), &before);

            // The live instance is what its image says: it continues exactly like one that never
            // saw the failed messages.
            let method = if round == 1 { "redo" } else { "keep" };
            let outcome = state.run(update(method), Keep::Commit);
            prop_assert_eq!(outcome.fault.as_ref(), None);
            let reference = twin.run(update(method), Keep::Commit);
            prop_assert_eq!(outcome.instructions, reference.instructions);
            prop_assert_eq!(state.image(), twin.image());
        }
    }
}

#[test]
fn a_trap_at_any_instruction_leaves_the_state_as_it_was() {
    let wat = canister(&format!(
        r#"{HELPERS}
        (func (export "canister_init")
            (drop (call $stable64_grow (i64.const 1)))
            (memory.fill (i32.const 64) (i32.const 9) (i32.const 9000)))
        (func (export "canister_update go") (local i32)
            (loop
                (i32.store (i32.mul (local.get 0) (i32.const 512)) (local.get 0))
                (global.set $int (i64.add (global.get $int) (i64.const 1)))
                (call $write (i64.mul (global.get $int) (i64.const 3333)) (i64.const 700))
                (drop (memory.grow (i32.const 1)))
                (drop (call $stable64_grow (i64.const 1)))
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 0) (i32.const 20)))))"#
    ));
    let mut state = install(&wat);
    let before = state.image();
    let full = state.clone().run(go(), Keep::Commit);
    assert_eq!(full.fault, None);
    let last = full.instructions - 1;
    for cut in (0..last).step_by(211).chain([last]) {
        let mut message = go();
        message.instruction_limit = cut;
        let outcome = state.run(message, Keep::Commit);
        assert!(outcome.fault.is_some(), "cut at {cut}");
        assert_eq!(outcome.instructions, cut);
        assert_eq!(state.image(), before, "cut at {cut}");
    }
    let mut message = go();
    message.instruction_limit = full.instructions;
    let again = state.run(message, Keep::Commit);
    assert_eq!(again.fault, None);
    assert_eq!(again.instructions, full.instructions);
}
