//! The memory image of the schema that is released: every later version opens it.
//!
//! An image is the pages of stable memory that are not zero, each behind its number, compressed.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::{DAY, START, World, rich, state, tick};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use governor_core::invariants;
use governor_core::store::layout::SCHEMA;
use granary_kernel::CanisterStore;
use ic_stable_structures::{Memory, VectorMemory};

const PAGE: usize = 65_536;
const BLOCK: usize = 4_096;

fn path() -> PathBuf {
    let file = format!("tests/golden/schema-{SCHEMA:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Writes the image; run once when a schema is released:
/// `cargo test --release -p governor-core --test golden -- --ignored`.
#[test]
#[ignore = "writes the image of the schema that is being released"]
fn write_the_image() {
    let (memory, store) = rich();
    assert_eq!(store.header().schema, SCHEMA);
    let image = memory.borrow();
    let mut bytes = u64::try_from(image.len() / PAGE).expect("small").to_be_bytes().to_vec();
    for (index, block) in image.chunks(BLOCK).enumerate() {
        if block.iter().any(|byte| *byte != 0) {
            let offset = u64::try_from(index * BLOCK).expect("small");
            bytes.extend_from_slice(&offset.to_be_bytes());
            bytes.extend_from_slice(block);
        }
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
    let mut store = World::open(load()).expect("a released schema");
    assert_eq!(store.header().schema, 1);
    assert_eq!(invariants::check_all(&store), []);
    let states = |store: &World, now| [1, 2, 3].map(|id| state(store, id, now));
    assert_eq!(states(&store, START + 3 * DAY), ["Staged", "Timelocked", "Vetoed"]);
    assert_eq!(store.config().members.len(), 5);
    assert_eq!(store.all_targets().len(), 2);
    assert_eq!(store.totals().open_incidents, 1);
    tick(&mut store, START + 31 * DAY);
    assert_eq!(states(&store, START + 31 * DAY), ["Expired", "Expired", "Vetoed"]);
    assert_eq!(invariants::check_all(&store), []);
}
