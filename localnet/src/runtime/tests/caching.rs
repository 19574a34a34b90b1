//! Compiled modules are built once, in this process and the next.

use std::{fs, path::Path, sync::Arc};

use flate2::{Compression, write::GzEncoder};

use crate::{
    message::Keep,
    runtime::{
        Engine, EngineConfig, ExecutionState, StableMemory,
        testing::{ENGINE, go, number, replied, update},
    },
};

fn wasm() -> Vec<u8> {
    wat::parse_str(update("(call $reply_i32 (i32.const 42))")).unwrap()
}

fn engine(dir: &Path) -> Engine {
    Engine::new(EngineConfig { cache_dir: Some(dir.into()) }).unwrap()
}

fn files(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
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
    assert_eq!(kept.len(), 1, "one file per module and no temporary ones");
    assert_eq!(answer(&engine(&cache)), 42);
    assert_eq!(files(&cache), kept);

    let other = engine(&cache).compile(&wasm()).unwrap();
    let built = ENGINE.compile(&wasm()).unwrap();
    assert_eq!(other.instruction_count(), built.instruction_count());
    assert!(other.exported_functions().eq(built.exported_functions()));
}

#[test]
fn damaged_files_are_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(answer(&engine(dir.path())), 42);
    let (path, good) = files(dir.path()).remove(0);
    let middle = good.len() / 2;
    let mut flipped = good.clone();
    flipped[middle] ^= 1;
    for damaged in [flipped, good[..middle].to_vec(), Vec::new(), b"something else".to_vec()] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(answer(&engine(dir.path())), 42);
        assert_eq!(fs::read(&path).unwrap(), good, "the file is repaired");
    }
}

#[test]
fn compressed_modules_have_a_hash_of_their_own() {
    let plain = wasm();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut encoder, &plain).unwrap();
    let packed = encoder.finish().unwrap();
    let module = ENGINE.compile(&packed).unwrap();
    assert_ne!(module.hash(), ENGINE.compile(&plain).unwrap().hash());
    assert_eq!(module.wasm_size(), packed.len() as u64);
    assert!(module.has_update("go"));
}
