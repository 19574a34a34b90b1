//! State as schema 1 wrote it, and the way from there.
//!
//! Schema 1 was never released: the image is made on purpose, so that every step has something real
//! to go through. The rows are written by the code below, as schema 1 kept them: two's complement
//! of 128 bits, blocks without their asset, accounts without chains, no index of references.

use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use granary_kernel::{CanisterStore, Ctx, Fault, Profile, Upgrade};
use granary_stable::bytes::Writer;
use granary_stable::keys::FixedKey;
use granary_stable::migrate::{Migratable, MigrationFault};
use granary_stable::regions::Regions;
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::{Memory, StableBTreeMap, VectorMemory};

use crate::errors::PortfolioError;
use crate::invariants;
use crate::records::{
    AccountRow, AssetKind, EntryRow, ExternalRef, LedgerAccount, PostingRow, Role, Totals,
};
use crate::rules::register_asset::AssetInput;
use crate::store::layout;
use crate::store::{PostInput, PostingInput, ReferenceInput, Settings, Store, Tuning};
use crate::types::{EntryKind, Owner, Principal, Signed, Timestamp};

const PAGE: usize = 65_536;
const BLOCK: usize = 4_096;

/// Rows of schema 1, the size of today's.
struct First<R>(R);

fn old(value: Signed) -> [u8; 16] {
    let magnitude = i128::try_from(value.magnitude()).expect("schema 1 held no more");
    if value.is_negative() { (-magnitude).to_be_bytes() } else { magnitude.to_be_bytes() }
}

impl Slot for First<AccountRow> {
    const SIZE: u32 = AccountRow::SIZE;
    fn write(&self, out: &mut [u8]) {
        let row = &self.0;
        Writer::new(out)
            .u8(1)
            .u32(row.asset.get())
            .u32(0)
            .put(&row.owner.key())
            .put(&old(row.balance))
            .u32(row.newest.map_or(0, crate::types::Id::get))
            .u32(row.postings)
            .u64(row.opened_at.as_nanos());
    }
    fn read(bytes: &[u8]) -> Self {
        Self(AccountRow::read(bytes))
    }
}

impl Slot for First<PostingRow> {
    const SIZE: u32 = PostingRow::SIZE;
    fn write(&self, out: &mut [u8]) {
        let row = &self.0;
        Writer::new(out)
            .u8(1)
            .u32(row.entry.get())
            .u32(row.account.get())
            .u32(row.prev.map_or(0, crate::types::Id::get))
            .put(&old(row.delta))
            .put(&old(row.after));
    }
    fn read(bytes: &[u8]) -> Self {
        Self(PostingRow::read(bytes))
    }
}

impl Slot for First<EntryRow> {
    const SIZE: u32 = EntryRow::SIZE;
    fn write(&self, out: &mut [u8]) {
        self.0.write(out);
        out[0] = 1;
        // Behind version, kind, time, intent, event, first posting and count stands the reference:
        // its kind at 32, then its asset.
        if let Some(ExternalRef::Icrc { .. }) = self.0.external_ref {
            out[33..37].fill(0);
        }
    }
    fn read(bytes: &[u8]) -> Self {
        Self(EntryRow::read(bytes))
    }
}

fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}

fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: 1 }
}

fn settings() -> Settings {
    let base = granary_kernel::Install {
        governor: person(1),
        roles: vec![(Role::Execution, person(2)), (Role::Operator, person(3))],
        profile: Profile::Production,
        importing: false,
        peers: vec![],
        code_version: "0.0.1".to_owned(),
    };
    Settings { base, tuning: Tuning::default() }
}

fn post(store: &mut Store<VectorMemory>, legs: &[(Owner, u64, i128)], block: Option<u64>) {
    let leg = |(owner, asset, delta): &(Owner, u64, i128)| PostingInput {
        owner: *owner,
        asset: *asset,
        delta: Signed::new(*delta < 0, delta.unsigned_abs()),
    };
    let input = PostInput {
        kind: EntryKind::Deposit,
        intent: None,
        external_ref: block.map(|block| ReferenceInput::Icrc { ledger: person(101), block }),
        postings: legs.iter().map(leg).collect(),
    };
    store.post_entry(&at(10, person(2)), &input, None).expect("it balances");
}

/// The books of schema 1: two assets, three users, a wallet that is owed to, and a block.
fn first() -> VectorMemory {
    let memory = VectorMemory::default();
    let ctx = at(5, person(3));
    let mut store = Store::install(memory.clone(), settings(), &ctx).expect("empty memory");
    for n in [101, 102] {
        let asset = AssetInput {
            symbol: format!("T{n}"),
            decimals: 8,
            kind: AssetKind::Icrc { ledger: person(n), fee: 10 },
            treasury: LedgerAccount { owner: person(9), subaccount: [0; 32] },
            first_block: 0,
        };
        store.register_asset(&ctx, &asset).expect("a new asset");
    }
    let wallet = Owner::External([4; 32]);
    post(&mut store, &[(Owner::Treasury, 1, 900), (wallet, 1, -900)], Some(7));
    post(&mut store, &[(Owner::User(1), 1, 40), (wallet, 1, -40)], None);
    post(&mut store, &[(Owner::User(1), 2, 30), (wallet, 2, -30)], None);
    post(&mut store, &[(Owner::User(2), 2, 20), (Owner::User(3), 2, 5), (wallet, 2, -25)], None);
    rewrite(&memory, &mut store);
    memory
}

/// Turns what today's code wrote into what schema 1 wrote.
fn rewrite(memory: &VectorMemory, store: &mut Store<VectorMemory>) {
    let regions = Regions::open(memory.clone(), granary_stable::layout::BUCKET_PAGES);
    let regions = regions.expect("the same regions");
    let mut tree: StableBTreeMap<FixedKey<37>, u32, _> =
        StableBTreeMap::init(regions.get(layout::ACCOUNT_TREE));
    let mut accounts =
        Slots::<First<AccountRow>, _>::open(regions.get(layout::ACCOUNTS)).expect("open");
    for slot in 0..accounts.len() {
        let row = accounts.get(slot).expect("within");
        let key = FixedKey::of(|key| {
            key.u32(row.0.asset.get()).put(&row.0.owner.key());
        });
        tree.insert(key, u32::try_from(slot + 1).expect("few"));
        accounts.set(slot, &row).expect("room");
    }
    let mut postings =
        Slots::<First<PostingRow>, _>::open(regions.get(layout::POSTINGS)).expect("open");
    for slot in 0..postings.len() {
        postings.set(slot, &postings.get(slot).expect("within")).expect("room");
    }
    let mut entries =
        Slots::<First<EntryRow>, _>::open(regions.get(layout::ENTRIES)).expect("open");
    for slot in 0..entries.len() {
        entries.set(slot, &entries.get(slot).expect("within")).expect("room");
    }
    let owners: Vec<_> = store.owners.map().iter().map(|entry| *entry.key()).collect();
    for key in owners {
        store.owners.remove(&key);
    }
    let references: Vec<_> = store.references.map().iter().map(|entry| *entry.key()).collect();
    for key in references {
        store.references.remove(&key);
    }
    store.totals.set(0, &Totals::default()).expect("room");
    store.set_schema(1).expect("room");
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schema-0001.bin.gz")
}

/// Writes the image; run once: `cargo test -p portfolio-core write_the_image -- --ignored`.
#[test]
#[ignore = "writes the image of schema 1"]
fn write_the_image() {
    let memory = first();
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

fn upgrade(memory: &VectorMemory) -> Store<VectorMemory> {
    let args = Upgrade { code_version: "0.1.0".to_owned(), ..Upgrade::default() };
    Store::upgrade(memory.clone(), args, Tuning::default(), &at(20, person(1))).expect("a path")
}

fn moved(store: &mut Store<VectorMemory>) -> Result<u64, PortfolioError> {
    let leg = |owner, delta| PostingInput { owner, asset: 1, delta };
    let input = PostInput {
        kind: EntryKind::Transfer,
        intent: None,
        external_ref: None,
        postings: vec![
            leg(Owner::User(1), Signed::minus(1)),
            leg(Owner::Treasury, Signed::plus(1)),
        ],
    };
    store.post_entry(&at(30, person(2)), &input, None).map(|receipt| receipt.id)
}

#[test]
fn the_image_of_schema_1_is_brought_up_record_by_record() {
    let memory = load();
    let mut store = upgrade(&memory);
    assert_eq!(store.header().schema, 1);
    // What it held can be read, and nothing is posted to books that are between two formats.
    let (_, entry) = store.entry_row(1).expect("the first");
    assert!(matches!(entry.external_ref, Some(ExternalRef::Icrc { block: 7, .. })));
    let waiting = PortfolioError::from(Fault::Migrating { what: "the books" });
    assert_eq!(moved(&mut store), Err(waiting.clone()));
    assert_eq!(store.accounts_of(Owner::User(1)), Err(waiting));
    let mut steps = vec![];
    while !store.migration().is_complete() {
        let mut left = 1;
        let mut one = || {
            left -= 1;
            left >= 0
        };
        store.migrate(&mut one).expect("sound books");
        let progress = store.migration();
        if steps.last() != Some(&progress.phase) {
            steps.push(progress.phase);
        }
        // An upgrade in between changes nothing.
        store = Store::open(memory.clone()).expect("its own state");
    }
    let wanted =
        ["migrate_portfolio_schema", "update_transaction_format", "validate_utxo_consistency", ""];
    assert!(wanted.iter().filter(|name| steps.contains(name)).count() >= 3, "{steps:?}");
    assert_eq!(store.header().schema, layout::SCHEMA);
    assert_eq!(invariants::check_all(&store), []);
    assert_eq!(store.totals().portfolios, 3);
    let balances = |store: &Store<VectorMemory>, owner| {
        let found = store.accounts_of(owner).expect("chained");
        found.into_iter().map(|(_, row)| (row.asset.get(), row.balance)).collect::<Vec<_>>()
    };
    let mine = [(2, Signed::plus(30)), (1, Signed::plus(40))];
    assert_eq!(balances(&store, Owner::User(1)), mine);
    let wallet = [(2, Signed::minus(55)), (1, Signed::minus(940))];
    assert_eq!(balances(&store, Owner::External([4; 32])), wallet);
    assert_eq!(moved(&mut store), Ok(5));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_block_that_was_booked_twice_stops_the_migration() {
    let memory = first();
    let mut store = Store::<VectorMemory>::open(memory).expect("its own state");
    let (_, entry) = store.entry_row(1).expect("the first");
    let second = EntryRow { external_ref: entry.external_ref, ..store.entry_row(2).expect("it").1 };
    store.entries.set(1, &second).expect("room");
    let failed = store.migrate(&mut || true);
    let Err(MigrationFault::Step { name, message }) = failed else { panic!("{failed:?}") };
    assert_eq!(name, "update_transaction_format");
    assert_eq!(message, "entries 1 and 2 book the same reference");
    assert_eq!(store.header().schema, 2);
}
