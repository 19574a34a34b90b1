//! The memory image of the schema that is released: every later version opens it.
//!
//! An image is the blocks of stable memory that are not zero, each behind its offset, compressed.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::{HOUR, START, at, grants, payout, rich};
use execution_core::invariants;
use execution_core::store::Store;
use execution_core::store::layout::SCHEMA;
use execution_core::types::IntentState;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use granary_kernel::CanisterStore;
use ic_stable_structures::{Memory, VectorMemory};

const BLOCK: usize = 4_096;

fn path() -> PathBuf {
    let file = format!("tests/golden/schema-{SCHEMA:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Writes the image; run once when a schema is released:
/// `cargo test --release -p execution-core --test golden -- --ignored`.
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

fn load() -> VectorMemory {
    let file = std::fs::File::open(path()).expect("a committed image");
    let mut bytes = vec![];
    GzDecoder::new(file).read_to_end(&mut bytes).expect("a whole image");
    let (pages, mut rest) = bytes.split_at(8);
    let memory = VectorMemory::default();
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
    let states: Vec<IntentState> =
        (1..=5).map(|intent| store.intent(intent).expect("five of them").1.state).collect();
    let expected = [
        IntentState::Settled,
        IntentState::Unknown,
        IntentState::AwaitingApproval,
        IntentState::Cancelled,
        IntentState::Submitting,
    ];
    assert_eq!(states, expected);
    let ctx = at(START + 2 * HOUR, grants());
    let again = store.submit_intent(&ctx, &payout(1, 500)).expect("the same again");
    assert_eq!(again.id, 1);
    assert_eq!(store.submit_intent(&ctx, &payout(6, 77)).expect("new").id, 6);
    assert_eq!(invariants::check_all(&store), []);
}
