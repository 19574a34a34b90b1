//! Compiled modules are built once, in this process and the next.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use flate2::{Compression, write::GzEncoder};

use crate::{
    message::Keep,
    runtime::{
        Engine, EngineConfig, ExecutionState, Module, StableMemory,
        testing::{ENGINE, go, number, replied, update},
    },
};

fn wasm() -> Vec<u8> {
    wat::parse_str(update("(call $reply_i32 (i32.const 42))")).unwrap()
}

fn pack(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut encoder, plain).unwrap();
    encoder.finish().unwrap()
}

fn engine(dir: &Path) -> Engine {
    Engine::new(EngineConfig { cache_dir: Some(dir.into()) }).unwrap()
}

/// What is kept; the file that is locked by whoever compiles holds nothing.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "lock"))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn answer(engine: &Engine) -> u64 {
    let module = engine.compile(&wasm()).unwrap();
    let mut state = ExecutionState::new(engine, module, StableMemory::new());
    number(&replied(state.run(go(), Keep::Commit)))
}

#[test]
fn the_same_bytes_are_compiled_once() {
    let first = ENGINE.compile(&wasm()).unwrap();
    let second = ENGINE.compile(&wasm()).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn a_second_engine_loads_what_the_first_compiled() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("deep/er");
    assert_eq!(answer(&engine(&cache)), 42);
    let kept = files(&cache);
    assert_eq!(kept.len(), 2, "one file of facts, one of code, and no temporary ones");
    assert_eq!(answer(&engine(&cache)), 42);
    assert_eq!(files(&cache), kept);

    let other = engine(&cache).compile(&wasm()).unwrap();
    let built = ENGINE.compile(&wasm()).unwrap();
    assert_eq!(other.instruction_count(), built.instruction_count());
    assert!(other.exported_functions().eq(built.exported_functions()));
}

#[test]
fn engines_that_share_a_directory_compile_a_module_once_between_them() {
    let dir = tempfile::tempdir().unwrap();
    // As many engines as processes would have: they share the directory alone.
    let engines = [(); 4].map(|()| engine(dir.path()));
    let all_here = std::sync::Barrier::new(engines.len());
    std::thread::scope(|scope| {
        for engine in &engines {
            scope.spawn(|| {
                all_here.wait();
                assert_eq!(answer(engine), 42);
            });
        }
    });
    assert_eq!(engines.iter().map(Engine::compiled).sum::<u64>(), 1, "{engines:?}");
    assert_eq!(files(dir.path()).len(), 2);
}

#[test]
fn damaged_files_are_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(answer(&engine(dir.path())), 42);
    for (path, good) in files(dir.path()) {
        let middle = good.len() / 2;
        let mut flipped = good.clone();
        flipped[middle] ^= 1;
        for damaged in [flipped, good[..middle].to_vec(), Vec::new(), b"something else".to_vec()] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(answer(&engine(dir.path())), 42);
            assert_eq!(fs::read(&path).unwrap(), good, "the file is repaired");
        }
    }
}

#[test]
fn modules_of_the_same_code_are_compiled_once_and_keep_what_is_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let marked = |release: &str| {
        let mut module = wasm();
        wasm_encoder::Section::append_to(
            &wasm_encoder::CustomSection {
                name: "icp:public release".into(),
                data: release.as_bytes().into(),
            },
            &mut module,
        );
        module
    };
    let releases = [marked("one"), marked("two"), pack(&marked("two"))];
    for _ in 0..2 {
        let engine = engine(dir.path());
        let [one, two, packed] = releases.each_ref().map(|bytes| engine.compile(bytes).unwrap());
        let release = |module: &Module| module.custom_section("release").unwrap().1.to_vec();
        assert_eq!([release(&one), release(&two)], [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(release(&packed), b"two");
        assert_ne!(two.hash(), packed.hash());
    }
    let of = |kind: &str| {
        files(dir.path()).iter().filter(|(path, _)| path.extension().unwrap() == kind).count()
    };
    assert_eq!((of("facts"), of("code")), (3, 1));
}

#[test]
fn names_alone_need_no_code_of_their_own_and_still_find_their_functions() {
    let dir = tempfile::tempdir().unwrap();
    let named = |one: &str, two: &str| {
        let wat = format!(
            r#"(module
                (import "ic0" "msg_reply" (func $reply))
                (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
                (memory 1) (data (i32.const 0) "\01\00\00\00\02\00\00\00")
                (func (export "canister_update {one}")
                    (call $append (i32.const 0) (i32.const 4)) (call $reply))
                (func (export "canister_update {two}")
                    (call $append (i32.const 4) (i32.const 4)) (call $reply)))"#
        );
        wat::parse_str(wat).unwrap()
    };
    for _ in 0..2 {
        let engine = engine(dir.path());
        for (one, two, expected) in [("go", "or", 1), ("or", "go", 2), ("of", "go", 2)] {
            let module = engine.compile(&named(one, two)).unwrap();
            assert!(
                module.exported_functions().any(|name| name == format!("canister_update {one}"))
            );
            let mut state = ExecutionState::new(&engine, module, StableMemory::new());
            assert_eq!(number(&replied(state.run(go(), Keep::Commit))), expected, "{one} {two}");
        }
    }
    let code = |(path, _): &&(PathBuf, Vec<u8>)| path.extension().unwrap() == "code";
    assert_eq!(files(dir.path()).iter().filter(code).count(), 1);
}

#[test]
fn compressed_modules_have_a_hash_of_their_own() {
    let plain = wasm();
    let packed = pack(&plain);
    let module = ENGINE.compile(&packed).unwrap();
    assert_ne!(module.hash(), ENGINE.compile(&plain).unwrap().hash());
    assert_eq!(module.wasm_size(), packed.len() as u64);
    assert!(module.has_update("go"));
}
