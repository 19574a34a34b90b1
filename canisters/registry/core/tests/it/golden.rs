//! Memory images of schemas: every later version opens them all.
//!
//! An image is the pages of stable memory that are not zero, each behind its number, compressed.
//! The one of schema 1 is written by what that schema was (`first`), so it stays reproducible.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::{DAY, START, World, admitted, at, governor, person, rich};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use granary_kernel::CanisterStore;
use ic_stable_structures::{Memory, VectorMemory};
use registry_core::invariants;
use registry_core::store::Upgrade;
use registry_core::store::layout::SCHEMA;
use registry_core::types::UserStatus;

const PAGE: usize = 65_536;
const BLOCK: usize = 4_096;

fn path(schema: u32) -> PathBuf {
    let file = format!("tests/golden/schema-{schema:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn unpacked(schema: u32) -> Vec<u8> {
    let file = std::fs::File::open(path(schema)).expect("a committed image");
    let mut bytes = vec![];
    GzDecoder::new(file).read_to_end(&mut bytes).expect("a whole image");
    bytes
}

fn load(schema: u32) -> VectorMemory {
    let bytes = unpacked(schema);
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

fn packed(memory: &VectorMemory) -> Vec<u8> {
    let image = memory.borrow();
    let mut bytes = u64::try_from(image.len() / PAGE).expect("small").to_be_bytes().to_vec();
    for (index, block) in image.chunks(BLOCK).enumerate() {
        if block.iter().any(|byte| *byte != 0) {
            let offset = u64::try_from(index * BLOCK).expect("small");
            bytes.extend_from_slice(&offset.to_be_bytes());
            bytes.extend_from_slice(block);
        }
    }
    bytes
}

fn write(schema: u32, memory: &VectorMemory) {
    let file = std::fs::File::create(path(schema)).expect("the folder is there");
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(&packed(memory)).expect("room on the disk");
    encoder.finish().expect("room on the disk");
}

fn first_image() -> VectorMemory {
    let (users, wallets) = crate::first::everything();
    crate::first::image(&users, &wallets)
}

/// Writes the image of the current schema; run once when a schema is released:
/// `cargo test --release -p registry-core --test golden -- --ignored`.
#[test]
#[ignore = "writes the image of the schema that is being released"]
fn write_the_image() {
    let (memory, store) = rich();
    assert_eq!(store.header().schema, SCHEMA);
    write(SCHEMA, &memory);
}

/// Writes the image of schema 1, which no code of today writes.
#[test]
#[ignore = "writes the image of the oldest schema"]
fn write_the_first_image() {
    write(1, &first_image());
}

#[test]
fn the_first_image_is_what_schema_1_wrote() {
    assert!(unpacked(1) == packed(&first_image()), "a golden image never changes");
}

#[test]
fn the_image_of_schema_1_is_carried_over_and_works() {
    let memory = load(1);
    let common = granary_kernel::Upgrade::default();
    let upgrade = Upgrade { common, policies: None };
    let ctx = at(START + DAY, governor());
    let mut store = World::upgrade(memory, upgrade, &ctx).expect("a known schema");
    assert!(store.migrate(&mut || true).expect("sound").is_complete());
    assert_eq!(store.counts(), [4, 6, 3, 0]);
    assert_eq!(invariants::check_all(&store), []);
    let id = admitted(&mut store, 7, START + 2 * DAY);
    assert_eq!(id, 5);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn the_image_of_schema_5_opens_and_works() {
    let mut store = World::open(load(5)).expect("a released schema");
    assert_eq!(invariants::check_all(&store), []);
    assert_eq!(store.counts(), [5, 3, 4, 5]);
    let user = store.user(1).expect("the first").head;
    assert_eq!((user.status, user.identities.len()), (UserStatus::Active, 2));
    let standing = store.standing(&person(4), at(START + 5 * DAY, governor()).now);
    let roles: Vec<_> = standing.roles.iter().map(|(role, _)| role.name()).collect();
    assert_eq!(roles, ["member", "treasurer"]);
    assert_eq!(standing.wallets.len(), 2);
    let id = admitted(&mut store, 7, START + 6 * DAY);
    assert_eq!(id, 6);
    assert_eq!(invariants::check_all(&store), []);
}
