//! What schema 1 wrote: its rows, byte by byte, and an image made of them. Nothing of it is shared
//! with the code under test but the structures below the rows.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

use candid::Principal;
use granary_kernel::roles::principal_array;
use granary_kernel::row::RowWriter;
use granary_kernel::{Base, Phase, Profile, RoleGrant, roles::RoleKey};
use granary_stable::cell::RecordCell;
use granary_stable::header::{Header, HeaderCell};
use granary_stable::journal::{Journal, NewEvent};
use granary_stable::keys::{FixedKey, PrincipalBytes};
use granary_stable::layout as suite;
use granary_stable::record::{self, Stored};
use granary_stable::regions::Regions;
use granary_stable::slots::{Slot, Slots};
use granary_units::Timestamp;
use ic_stable_structures::memory_manager::MemoryId;
use ic_stable_structures::{StableBTreeMap, VectorMemory};
use registry_core::records::{Config, Event, EventKind};

use crate::support::{START, compliance, governor, person, policies, registrar};

/// A user's row of schema 1.
#[derive(Clone)]
pub(crate) struct FirstUser {
    /// 0 active, 1 suspended, 2 closed.
    pub(crate) status: u8,
    /// 0 conservative, 1 moderate, 2 aggressive, 3 custom.
    pub(crate) class: u8,
    pub(crate) identities: Vec<Principal>,
    pub(crate) name: String,
    pub(crate) wallets: u32,
    pub(crate) wallets_ever: u32,
    pub(crate) newest_wallet: u32,
}

impl Slot for FirstUser {
    const SIZE: u32 = 512;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(self.status).time(Timestamp::from_nanos(START)).u8(self.class);
        row.u8(u8::try_from(self.identities.len()).expect("few"));
        for at in 0..5 {
            let nobody = Principal::management_canister();
            row.principal(self.identities.get(at).unwrap_or(&nobody));
        }
        row.raw().short(self.name.as_bytes(), 64);
        row.u32(self.wallets).u32(self.wallets_ever).u32(self.newest_wallet);
    }

    fn read(_: &[u8]) -> Self {
        unreachable!("schema 1 is only written here")
    }
}

/// A wallet's row of schema 1.
#[derive(Clone)]
pub(crate) struct FirstWallet {
    pub(crate) user: u32,
    /// The management canister for a Bitcoin address.
    pub(crate) ledger: Principal,
    pub(crate) address: String,
    /// 0 unverified, 1 verified, 2 revoked.
    pub(crate) status: u8,
    pub(crate) user_prev: u32,
}

impl Slot for FirstWallet {
    const SIZE: u32 = 320;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u32(self.user).principal(&self.ledger);
        row.raw().short(self.address.as_bytes(), 130);
        row.raw().short(b"old", 64);
        row.u8(self.status).u8(1).u64(START + 1).u64(START).u64(0).u32(self.user_prev);
    }

    fn read(_: &[u8]) -> Self {
        unreachable!("schema 1 is only written here")
    }
}

/// The totals of schema 1: users by status, identities, wallets by status.
struct FirstTotals([u64; 7]);

impl Slot for FirstTotals {
    const SIZE: u32 = 256;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        for figure in self.0 {
            row.u64(figure);
        }
    }

    fn read(_: &[u8]) -> Self {
        unreachable!("schema 1 is only written here")
    }
}

/// A memory as schema 1 left it.
pub(crate) fn image(users: &[FirstUser], wallets: &[FirstWallet]) -> VectorMemory {
    let memory = VectorMemory::default();
    let regions = Regions::open(memory.clone(), suite::BUCKET_PAGES).expect("fresh");
    let at = |id: u8| regions.get(MemoryId::new(id));
    let start = Timestamp::from_nanos(START);
    let header = Header::first("registry", 1, "0.0.1", start);
    HeaderCell::create(regions.get(suite::HEADER), header).expect("fresh");
    let mut journal =
        Journal::open(regions.get(suite::JOURNAL_INDEX), regions.get(suite::JOURNAL_DATA));
    let payload = record::encode(&Event::new(EventKind::Installed, 0));
    let actor = PrincipalBytes::from_slice(governor().as_slice()).expect("short");
    journal.append(&NewEvent { at: start, actor, trace_id: 1, payload: &payload }).expect("room");
    let base = Base::new(Profile::Testing, Phase::Running);
    let mut config = RecordCell::<Config, _>::open(at(10)).expect("fresh");
    config.set(Some(Config { base, policies: policies() })).expect("room");
    let mut roles = StableBTreeMap::init(at(11));
    for (role, holder) in [(6, governor()), (0, registrar()), (1, compliance())] {
        let key: RoleKey = FixedKey::of(|key| {
            key.u8(role).put(&principal_array(&holder));
        });
        roles.insert(key, Stored(RoleGrant { since: start, granted_by: governor() }));
    }
    let mut rows = Slots::<FirstUser, _>::open(at(13)).expect("fresh");
    let mut identities = StableBTreeMap::init(at(14));
    let mut totals = [0; 7];
    for (number, user) in (1_u32..).zip(users) {
        rows.push(user).expect("room");
        totals[usize::from(user.status)] += 1;
        for identity in user.identities.iter().filter(|_| user.status != 2) {
            identities.insert(FixedKey(principal_array(identity)), number);
            totals[3] += 1;
        }
    }
    let mut rows = Slots::<FirstWallet, _>::open(at(15)).expect("fresh");
    for wallet in wallets {
        rows.push(wallet).expect("room");
        totals[4 + usize::from(wallet.status)] += 1;
    }
    Slots::open(at(16)).expect("fresh").push(&FirstTotals(totals)).expect("room");
    memory
}

/// Writes these totals over those of an image: active, suspended, closed users, identities,
/// unverified, verified, revoked wallets.
pub(crate) fn recount(memory: &VectorMemory, figures: [u64; 7]) {
    let regions = Regions::open(memory.clone(), suite::BUCKET_PAGES).expect("an image");
    let mut totals = Slots::open(regions.get(MemoryId::new(16))).expect("totals");
    totals.set(0, &FirstTotals(figures)).expect("the one row");
}

/// Users and wallets of every kind schema 1 knew; the fifth wallet is verified with the address of
/// the first, which schema 1 allowed.
pub(crate) fn everything() -> (Vec<FirstUser>, Vec<FirstWallet>) {
    let user = |n: u8, status, class, wallets: (u32, u32, u32)| FirstUser {
        status,
        class,
        identities: vec![person(n), person(n + 20)],
        name: format!("Old {n}"),
        wallets: wallets.0,
        wallets_ever: wallets.1,
        newest_wallet: wallets.2,
    };
    let users = vec![
        user(0, 0, 0, (3, 4, 4)),
        user(1, 1, 1, (1, 1, 5)),
        user(2, 2, 2, (0, 1, 6)),
        user(3, 0, 3, (0, 0, 0)),
    ];
    let owner = person(0).to_text();
    let wallet = |user, ledger, address: &str, status, user_prev| FirstWallet {
        user,
        ledger,
        address: address.to_owned(),
        status,
        user_prev,
    };
    let bitcoin = Principal::management_canister();
    let wallets = vec![
        wallet(1, person(90), &owner, 1, 0),
        wallet(1, bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", 0, 1),
        wallet(1, person(90), &format!("{owner}.{}", "07".repeat(32)), 2, 2),
        wallet(1, bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 1, 3),
        wallet(2, person(90), &owner, 1, 0),
        wallet(3, person(90), &owner, 2, 0),
    ];
    (users, wallets)
}
