//! Which stable memory holds what. Nothing is kept on the heap, so upgrades and snapshots keep all.

use std::borrow::Cow;

use ic_stable_structures::memory_manager::{MemoryId, MemoryManager, VirtualMemory};
use ic_stable_structures::storable::Bound;
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell, StableLog, Storable};
use minicbor::{Decode, Encode};

use crate::account::KEY_BYTES;
use crate::hashing::Hash;
use crate::ledger::{Book, Settings};

/// One of the memories below.
pub type Memory = VirtualMemory<DefaultMemoryImpl>;
/// Key: an account. Value: what it has.
pub type Balances = StableBTreeMap<[u8; KEY_BYTES], u128, Memory>;
/// Key: an owner and a spender. Value: how much, and until when (zero is for ever).
pub type Allowances = StableBTreeMap<[u8; 2 * KEY_BYTES], (u128, u64), Memory>;
/// Key: when a transaction was made, and its hash. Value: its block.
pub type Recent = StableBTreeMap<(u64, Hash), u64, Memory>;
/// Every block.
pub type Blocks = StableLog<Vec<u8>, Memory, Memory>;

const SETTINGS: MemoryId = MemoryId::new(0);
const BOOK: MemoryId = MemoryId::new(1);
const FAULTS: MemoryId = MemoryId::new(2);
const BALANCES: MemoryId = MemoryId::new(3);
const ALLOWANCES: MemoryId = MemoryId::new(4);
const RECENT: MemoryId = MemoryId::new(5);
const BLOCKS_INDEX: MemoryId = MemoryId::new(6);
const BLOCKS_DATA: MemoryId = MemoryId::new(7);

/// A memory grows by a megabyte: there are few, and a test has many ledgers.
const BUCKET_PAGES: u16 = 16;

/// Everything that is stored.
pub struct Layout {
    pub settings: StableCell<Row<Option<Settings>>, Memory>,
    pub book: StableCell<Row<Book>, Memory>,
    /// The faults as Candid, in the shape of the wire.
    pub faults: StableCell<Vec<u8>, Memory>,
    pub balances: Balances,
    pub allowances: Allowances,
    pub recent: Recent,
    pub blocks: Blocks,
}

impl Layout {
    /// Opens what is stored; empty memory is an empty ledger.
    pub fn open(memory: DefaultMemoryImpl) -> Self {
        let memories = MemoryManager::init_with_bucket_size(memory, BUCKET_PAGES);
        Self {
            settings: StableCell::init(memories.get(SETTINGS), Row(None)),
            book: StableCell::init(memories.get(BOOK), Row(Book::default())),
            faults: StableCell::init(memories.get(FAULTS), Vec::new()),
            balances: StableBTreeMap::init(memories.get(BALANCES)),
            allowances: StableBTreeMap::init(memories.get(ALLOWANCES)),
            recent: StableBTreeMap::init(memories.get(RECENT)),
            blocks: StableLog::init(memories.get(BLOCKS_INDEX), memories.get(BLOCKS_DATA)),
        }
    }
}

impl core::fmt::Debug for Layout {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Layout").field("blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

/// A value that is stored as CBOR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T>(pub T);

impl<T> Storable for Row<T>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    const BOUND: Bound = Bound::Unbounded;

    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(minicbor::to_vec(&self.0).expect("BUG: writing to a vector fails"))
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(minicbor::decode(&bytes).expect("BUG: a stored row does not read back"))
    }
}
