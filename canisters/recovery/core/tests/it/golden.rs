//! The memory image of the schema that is released: every later version opens it.
//!
//! An image is the blocks of stable memory that are not zero, each behind its offset, compressed.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::sparse::SparseMemory;
use crate::support::{DAY, Governor, START, at, drive, member, rich};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use granary_kernel::CanisterStore;
use ic_stable_structures::Memory;
use recovery_core::invariants;
use recovery_core::records::Operation;
use recovery_core::store::Store;
use recovery_core::store::layout::SCHEMA;
use recovery_core::types::StateKind;

const BLOCK: usize = 4_096;

fn path() -> PathBuf {
    let file = format!("tests/golden/schema-{SCHEMA:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Writes the image; run once when a schema is released:
/// `cargo test --release -p recovery-core --test golden -- --ignored`.
#[test]
#[ignore = "writes the image of the schema that is being released"]
fn write_the_image() {
    let (memory, store) = rich();
    assert_eq!(store.header().schema, SCHEMA);
    let mut bytes = memory.size().to_be_bytes().to_vec();
    for (offset, block) in memory.blocks() {
        bytes.extend_from_slice(&offset.to_be_bytes());
        bytes.extend_from_slice(&block);
    }
    let file = std::fs::File::create(path()).expect("the folder is there");
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(&bytes).expect("room on the disk");
    encoder.finish().expect("room on the disk");
}

fn load() -> SparseMemory {
    let file = std::fs::File::open(path()).expect("a committed image");
    let mut bytes = vec![];
    GzDecoder::new(file).read_to_end(&mut bytes).expect("a whole image");
    let (pages, mut rest) = bytes.split_at(8);
    let memory = SparseMemory::default();
    memory.grow(u64::from_be_bytes(pages.try_into().expect("eight bytes")));
    while !rest.is_empty() {
        let (number, behind) = rest.split_at(8);
        let (block, behind) = behind.split_at(BLOCK);
        memory.write(u64::from_be_bytes(number.try_into().expect("eight bytes")), block);
        rest = behind;
    }
    memory
}

#[test]
fn the_released_image_opens_and_works() {
    let mut store = Store::open(load()).expect("a released schema");
    assert_eq!(store.header().schema, 1);
    assert_eq!(invariants::check_all(&store), []);
    let states: Vec<StateKind> =
        (1..=6).map(|n| store.request(n).expect("six of them").1.state.kind()).collect();
    let expected = [
        StateKind::Completed,
        StateKind::Expired,
        StateKind::Failed,
        StateKind::Executing,
        StateKind::Ready,
        StateKind::Open,
    ];
    assert_eq!(states, expected);
    // The execution goes on where it was: what became of its call is looked at.
    let mut governor = Governor::new();
    drive(&mut store, START + 8 * DAY, 4, &mut governor);
    assert_eq!(store.request(4).expect("it").1.state.kind(), StateKind::Completed);
    let ctx = at(START + 8 * DAY, member(4));
    assert_eq!(store.submit_request(&ctx, Operation::Start, None).expect("joined").id, 6);
    assert_eq!(invariants::check_all(&store), []);
}
