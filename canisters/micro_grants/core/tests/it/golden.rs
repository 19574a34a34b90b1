//! Memory images of released schemas: every later version opens them all.
//!
//! An image is the pages of stable memory that are not zero, each behind its number, compressed.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::{DAY, START, World, applicant, at, content, draft, rich};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ic_stable_structures::{Memory, VectorMemory};
use micro_grants_core::invariants;
use micro_grants_core::store::CanisterStore;
use micro_grants_core::types::{ApplicationState, Timestamp};

const PAGE: usize = 65_536;
const BLOCK: usize = 4_096;

fn path(schema: u32) -> PathBuf {
    let file = format!("tests/golden/schema-{schema:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn load(schema: u32) -> VectorMemory {
    let file = std::fs::File::open(path(schema)).expect("a committed image");
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

/// Writes the image of the current schema; run once when a schema is released:
/// `cargo test --release -p micro_grants-core --test golden -- --ignored`.
#[test]
#[ignore = "writes the image of the schema that is being released"]
fn write_the_image() {
    let (memory, store) = rich();
    let schema = store.header().schema;
    let image = memory.borrow();
    let mut bytes = u64::try_from(image.len() / PAGE).expect("small").to_be_bytes().to_vec();
    for (index, block) in image.chunks(BLOCK).enumerate() {
        if block.iter().any(|byte| *byte != 0) {
            let offset = u64::try_from(index * BLOCK).expect("small");
            bytes.extend_from_slice(&offset.to_be_bytes());
            bytes.extend_from_slice(block);
        }
    }
    let file = std::fs::File::create(path(schema)).expect("the folder is there");
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(&bytes).expect("room on the disk");
    encoder.finish().expect("room on the disk");
}

#[test]
fn the_image_of_schema_1_opens_and_works() {
    let memory = load(1);
    let mut store = World::open(memory).expect("a released schema");
    assert_eq!(invariants::check_all(&store), []);
    assert_eq!(store.counts(), [1, 4, 2, 2]);
    let (_, head, body) = store.application(1).expect("the first");
    assert_eq!((head.state, body.title.as_str()), (ApplicationState::Approved, "Work for 900"));
    let grant = store.grant(1, Timestamp::from_nanos(START)).expect("its grant");
    assert_eq!((grant.head.paid.get(), grant.milestones.len()), (300, 3));
    let ctx = at(START + 6 * DAY, applicant(3));
    let id = store.submit_application(&ctx, draft(content(150, 0)), None).expect("open").id;
    assert_eq!(id, 5);
    assert_eq!(invariants::check_all(&store), []);
}
