//! The memory image of the schema that is released: every later version opens it. The image of
//! schema 1 is opened where its shapes are still known, beside the migrations.
//!
//! An image is the pages of stable memory that are not zero, each behind its number, compressed.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::support::{START, at, execution, ledger, leg, operator, settings, token};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use granary_kernel::CanisterStore;
use ic_stable_structures::{Memory, VectorMemory};
use portfolio_core::invariants;
use portfolio_core::store::layout::SCHEMA;
use portfolio_core::store::{PostInput, ReferenceInput, Store};
use portfolio_core::types::{EntryKind, Owner, Signed};

const PAGE: usize = 65_536;
const BLOCK: usize = 4_096;

fn path() -> PathBuf {
    let file = format!("tests/golden/schema-{SCHEMA:04}.bin.gz");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Two assets, a deposit that stands for a block, and a transfer to a user.
fn books() -> (VectorMemory, Store<VectorMemory>) {
    let memory = VectorMemory::default();
    let ctx = at(START, operator());
    let mut store = Store::install(memory.clone(), settings(false), &ctx).expect("empty memory");
    for n in 1..=2 {
        store.register_asset(&ctx, &token(n)).expect("a new asset");
    }
    let mut post = |kind, external_ref, postings| {
        let input = PostInput { kind, intent: Some(9), external_ref, postings };
        store.post_entry(&at(START + 1, execution()), &input, None).expect("posted");
    };
    let outside = Owner::External([7; 32]);
    let block = ReferenceInput::Icrc { ledger: ledger(1), block: 7 };
    let deposit = vec![leg(Owner::Treasury, 1, 1_000), leg(outside, 1, -1_000)];
    post(EntryKind::Deposit, Some(block), deposit);
    let transfer = vec![leg(Owner::Treasury, 1, -250), leg(Owner::User(3), 1, 250)];
    post(EntryKind::Transfer, None, transfer);
    (memory, store)
}

/// Writes the image; run once when a schema is released:
/// `cargo test --release -p portfolio-core --test golden -- --ignored`.
#[test]
#[ignore = "writes the image of the schema that is being released"]
fn write_the_image() {
    let (memory, store) = books();
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
    let mut store = Store::open(load()).expect("a released schema");
    assert_eq!(store.header().schema, 4);
    assert_eq!(invariants::check_all(&store), []);
    let (_, entry) = store.entry_row(1).expect("the first");
    assert_eq!(entry.kind, EntryKind::Deposit);
    let accounts = store.accounts_of(Owner::User(3)).expect("no migration runs");
    let balances: Vec<_> = accounts.iter().map(|(_, row)| row.balance).collect();
    assert_eq!(balances, [Signed::plus(250)]);
    let postings = vec![leg(Owner::User(3), 1, -250), leg(Owner::Treasury, 1, 250)];
    let input = PostInput { kind: EntryKind::Transfer, intent: None, external_ref: None, postings };
    let receipt = store.post_entry(&at(START + 2, execution()), &input, None).expect("posted");
    assert_eq!(receipt.id, 3);
    assert_eq!(invariants::check_all(&store), []);
}
