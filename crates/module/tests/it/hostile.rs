//! Bytes somebody chose: whatever they are, reading them ends, and soon.

use granary_module::{Module, Stated, checks, interface, sections::Sections};
use proptest::{collection::vec, prelude::*};

use crate::samples::{CANISTER, packed, raw, soon, wasm};

fn ends(bytes: &[u8]) {
    soon(|| read(bytes));
}

fn read(bytes: &[u8]) {
    if let Ok(module) = Module::read(bytes, 1 << 20) {
        assert_eq!(module.bytes, bytes.len());
        assert!(module.raw_bytes <= 1 << 20);
        for line in checks::foreign_imports(&module.imports) {
            assert!(line.len() < 1_000, "{line}");
        }
        assert!(checks::missing_methods(&module.exports, &checks::COMMON_METHODS).len() <= 7);
        assert!(checks::forbidden_exports(&module.exports).len() <= 2);
        module.stated.serves(Some(b"service : { a : () -> (nat) query }"));
    }
    if let Err(fault) = Stated::read(bytes) {
        assert!(!fault.to_string().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        ends(&bytes);
        ends(&[b"\0asm\x01\0\0\0", bytes.as_slice()].concat());
        ends(&[b"\x1f\x8b\x08", bytes.as_slice()].concat());
        ends(&packed(&bytes));
    }

    /// Sections of every kind with whatever content: the readers of exports, imports and names see
    /// what their lengths let through.
    #[test]
    fn any_sections(sections in vec((0_u8..15, vec(any::<u8>(), 0..60)), 0..6)) {
        let sections: Vec<(u8, &[u8])> =
            sections.iter().map(|(id, content)| (*id, content.as_slice())).collect();
        ends(&raw(&sections));
    }

    #[test]
    fn a_module_somebody_changed(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        packs in any::<bool>(),
    ) {
        let mut bytes = wasm(CANISTER);
        if packs {
            bytes = packed(&bytes);
        }
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        ends(&bytes);
        ends(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn any_text(text in "[a-zA-C0-9=(){};,:\"\\\\ /*>\\-\n]{0,200}") {
        let _ = interface::breaks(&text, "service : { a : () -> (nat) query }");
        let _ = interface::breaks(&format!("type A = {text};"), &text);
        let _ = interface::breaks(&format!("service : {{ a : ({text}) -> () }}"), &text);
    }
}

/// An honest module that is cut short is none, or says less: what stands behind its last metadata
/// are names for debuggers, which nobody reads.
#[test]
fn no_beginning_passes_for_the_whole() {
    let whole = wasm(CANISTER);
    let all = Sections::read(&whole).expect("a module");
    let last = b"(nat) query }";
    let told = whole.windows(last.len()).position(|found| found == last).expect("its end");
    for end in 0..told + last.len() {
        if let Ok(part) = Sections::read(&whole[..end]) {
            assert_ne!(part, all, "{end}");
        }
    }
}
