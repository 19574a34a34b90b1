//! What is no module, and why.

use granary_module::{
    Module, ModuleFault, Stated,
    limits::{METADATA_BYTES_MAX, MODULE_BYTES_MAX},
    sections::Sections,
};

use crate::samples::{CANISTER, custom, number, packed, raw, wasm};

fn fault(module: &[u8]) -> ModuleFault {
    let fault = Sections::read(module).expect_err("it is none");
    // Whoever reads all of it is told the same, in either form.
    assert_eq!(Stated::read(module).as_ref(), Err(&fault));
    assert_eq!(Module::read(module, MODULE_BYTES_MAX).as_ref(), Err(&fault));
    assert_eq!(Stated::read(&packed(module)).as_ref(), Err(&fault));
    fault
}

#[test]
fn what_does_not_begin_as_wasm_is_none() {
    for bytes in [&b""[..], b"\0as", b"MZ", b"no module at all"] {
        assert_eq!(fault(bytes), ModuleFault::NotWasm);
    }
    assert_eq!(fault(b"\0asm\x01\0"), ModuleFault::Truncated { at: 6 });
    assert_eq!(fault(b"\0asm\x0d\0\x01\0"), ModuleFault::Version { found: 65_549 });
    assert!(Stated::read(b"\0asm\x01\0\0\0").is_ok(), "the empty module is one");
}

#[test]
fn sections_have_their_length_and_place() {
    let header = raw(&[]);
    let with = |bytes: &[u8]| [&header, bytes].concat();
    assert_eq!(fault(&with(&[1])), ModuleFault::Truncated { at: 9 });
    let oversized = ModuleFault::SectionOversized { id: 1, bytes: 5, left: 2 };
    assert_eq!(fault(&with(&[1, 5, 0, 0])), oversized);
    let huge = ModuleFault::SectionOversized { id: 10, bytes: 4_294_967_295, left: 0 };
    assert_eq!(fault(&with(&[10, 0xff, 0xff, 0xff, 0xff, 0x0f])), huge);
    let endless = with(&[10, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(fault(&endless), ModuleFault::Number { at: 9 });
    assert_eq!(fault(&raw(&[(14, &[])])), ModuleFault::SectionUnknown { id: 14 });
    let twice = raw(&[(7, &[0]), (7, &[0])]);
    assert_eq!(fault(&twice), ModuleFault::SectionMisplaced { id: 7 });
    let late = raw(&[(7, &[0]), (2, &[0])]);
    assert_eq!(fault(&late), ModuleFault::SectionMisplaced { id: 2 });
    // Tags stand before globals, and the count of data before the code.
    assert!(Sections::read(&raw(&[(13, &[0]), (6, &[0]), (12, &[0]), (10, &[0])])).is_ok());
    let rest = raw(&[(7, &[0, 9])]);
    assert_eq!(fault(&rest), ModuleFault::SectionRest { id: 7, at: 13 });
    let many: Vec<(u8, &[u8])> = vec![(0, &[1, b'x']); 201];
    assert!(Sections::read(&raw(&many[..200])).is_ok());
    assert_eq!(fault(&raw(&many)), ModuleFault::TooMany { what: "sections", limit: 200 });
}

#[test]
fn exports_and_imports_are_what_they_say() {
    let exports = |content: &[u8]| fault(&raw(&[(7, content)]));
    assert_eq!(exports(&[1]), ModuleFault::Truncated { at: 13 });
    assert_eq!(exports(&[1, 5, b'a']), ModuleFault::Truncated { at: 15 });
    assert_eq!(exports(&[1, 1, 0xff, 0, 0]), ModuleFault::Name { at: 13 });
    assert_eq!(exports(&[1, 1, b'a', 5, 0]), ModuleFault::Kind { kind: 5, at: 15 });
    let twice = exports(&[2, 1, b'a', 0, 0, 1, b'a', 3, 0]);
    assert_eq!(twice, ModuleFault::ExportTwice { name: "a".to_owned() });
    // 2,001 = 0b1111_1010001
    assert_eq!(exports(&[0xd1, 0x0f]), ModuleFault::TooMany { what: "exports", limit: 2_000 });
    let imports = |content: &[u8]| fault(&raw(&[(2, content)]));
    // 1,001 = 0b111_1101001
    assert_eq!(imports(&[0xe9, 0x07]), ModuleFault::TooMany { what: "imports", limit: 1_000 });
    assert_eq!(imports(&[1, 0, 0, 0x7f]), ModuleFault::Kind { kind: 0x7f, at: 16 - 1 });
    let memory = imports(&[1, 0, 0, 2, 0x10, 1]);
    assert_eq!(memory, ModuleFault::Kind { kind: 0x10, at: 16 });
}

#[test]
fn metadata_is_held_to_what_the_network_accepts() {
    let sections = |named: &[(&str, usize)]| {
        let contents: Vec<Vec<u8>> =
            named.iter().map(|(name, bytes)| custom(name, &vec![b'x'; *bytes])).collect();
        let sections: Vec<(u8, &[u8])> = contents.iter().map(|c| (0, c.as_slice())).collect();
        raw(&sections)
    };
    assert_eq!(fault(&sections(&[("icp:secret a", 1)])), ModuleFault::MetadataName);
    assert_eq!(fault(&sections(&[("icp:publica", 1)])), ModuleFault::MetadataName);
    let twice = fault(&sections(&[("icp:public a", 1), ("icp:private a", 1)]));
    assert_eq!(twice, ModuleFault::MetadataTwice { name: "a".to_owned() });
    assert!(Sections::read(&sections(&[("a", 1), ("a", 1)])).is_ok(), "the network ignores these");
    let full = METADATA_BYTES_MAX - 1;
    assert!(Sections::read(&sections(&[("icp:public a", full)])).is_ok());
    let limit = METADATA_BYTES_MAX;
    let over = fault(&sections(&[("icp:public a", full), ("icp:public b", 0)]));
    assert_eq!(over, ModuleFault::MetadataOversized { limit });
    let names: Vec<String> = (0..17).map(|n| format!("icp:public {n}")).collect();
    let many: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    assert!(Sections::read(&sections(&many[..16])).is_ok());
    let too_many = ModuleFault::TooMany { what: "metadata sections", limit: 16 };
    assert_eq!(fault(&sections(&many)), too_many);
    let nameless = raw(&[(0, &number(9))]);
    assert_eq!(fault(&nameless), ModuleFault::Truncated { at: 15 });
}

#[test]
fn nobody_states_a_long_name() {
    let with = |bytes: usize| raw(&[(0, &custom("icp:public suite:version", &vec![b'1'; bytes]))]);
    assert_eq!(Stated::read(&with(200)).map(|stated| stated.version.len()), Ok(200));
    let long = ModuleFault::StatedTooLong { section: "suite:version", limit: 200 };
    assert_eq!(Stated::read(&with(201)), Err(long));
    let no_text = raw(&[(0, &custom("icp:public suite:version", b"\xff"))]);
    assert_eq!(Stated::read(&no_text), Ok(Stated::default()));
}

#[test]
fn a_packed_module_ends_with_its_packing() {
    let gzip = packed(&wasm(CANISTER));
    assert_eq!(Stated::read(&gzip[..gzip.len() - 1]), Err(ModuleFault::Packing));
    let longer = [gzip.as_slice(), b"and more"].concat();
    assert_eq!(Stated::read(&longer), Err(ModuleFault::Trailing { bytes: 8 }));
    // Packed twice it is no module: the network unpacks once.
    assert_eq!(Stated::read(&packed(&gzip)), Err(ModuleFault::NotWasm));
}

/// The largest module allowed is a hundred kibibytes of packed zeros away.
#[test]
fn a_bomb_is_refused_by_the_bound() {
    let zeros = packed(&vec![0; (100 << 20) + 1]);
    assert!(zeros.len() < 120_000, "{}", zeros.len());
    let limit = MODULE_BYTES_MAX;
    assert_eq!(Stated::read(&zeros), Err(ModuleFault::TooLarge { limit }));
    let small = Module::read(&zeros, 1 << 20);
    assert_eq!(small, Err(ModuleFault::TooLarge { limit: 1 << 20 }));
}
