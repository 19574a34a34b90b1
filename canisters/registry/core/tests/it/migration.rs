//! From schema 1 to today's, in one piece and in the smallest pieces, while people go on working.

use crate::first::{everything, image};
use crate::support::{DAY, START, World, account, at, compliance, governor, person};
use granary_kernel::CanisterStore;
use granary_kernel::transfer::Families;
use granary_stable::migrate::MigrationFault;
use ic_stable_structures::VectorMemory;
use registry_core::errors::{RegistryError, SystemFault};
use registry_core::invariants;
use registry_core::records::{Address, EventKind};
use registry_core::store::Upgrade;
use registry_core::store::layout::SCHEMA;
use registry_core::types::{
    BitcoinNetwork, RiskClass, ScriptType, UserId, UserStatus, WalletStatus,
};

const NOW: u64 = START + 10 * DAY;

fn upgraded(memory: &VectorMemory) -> World {
    let common = granary_kernel::Upgrade {
        code_version: "0.1.0".to_owned(),
        ..granary_kernel::Upgrade::default()
    };
    let upgrade = Upgrade { common, policies: None };
    World::upgrade(memory.clone(), upgrade, &at(NOW, governor())).expect("a known schema")
}

fn migrated(store: &mut World) {
    assert!(store.migrate(&mut || true).expect("sound").is_complete());
}

fn old() -> VectorMemory {
    let (users, wallets) = everything();
    image(&users, &wallets)
}

#[test]
fn the_steps_are_a_path_from_the_first_schema_to_this_one() {
    assert!(World::migrator().is_well_formed());
    assert_eq!(World::STEPS.first().map(|step| step.from), Some(1));
    assert_eq!(World::STEPS.last().map(|step| step.to), Some(SCHEMA));
    let names: Vec<_> = World::STEPS.iter().map(|step| step.name).collect();
    for asked in ["migrate_user_schema", "update_wallet_format", "validate_user_consistency"] {
        assert!(names.iter().any(|name| name.ends_with(asked)), "{asked}");
    }
}

/// What must be true of the old state as soon as the new code has opened it.
fn everybody_is_there(store: &World) {
    let user = |id| store.user(id).expect("there").head;
    assert_eq!((user(1).status, user(1).profile.wire()), (UserStatus::Active, 1));
    assert_eq!((user(2).status, user(2).profile.wire()), (UserStatus::Suspended, 2));
    assert_eq!((user(3).status, user(3).profile.wire()), (UserStatus::Closed, 3));
    assert_eq!(user(4).profile.wire(), 2, "custom limits were never stored");
    assert_eq!(user(1).name, "Old 0");
    assert_eq!(user(1).identities, [person(0), person(20)]);
    assert_eq!(store.user_id_of(&person(20)).map(UserId::wire), Some(1));
    assert_eq!(store.user_id_of(&person(2)), None, "closed");
    let (_, profile) = store.profile(3).expect("standard");
    assert_eq!(profile.class, RiskClass::Aggressive);
    let wallet = |id| store.wallet(id).expect("there").head;
    let text = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".to_owned();
    let (network, script) = (BitcoinNetwork::Mainnet, ScriptType::P2wpkh);
    assert_eq!(wallet(2).address, Address::Bitcoin { network, text, script });
    let subaccount = [7; 32];
    let expected = Address::Icrc { ledger: person(90), owner: person(0), subaccount };
    assert_eq!((wallet(3).address, wallet(3).status), (expected, WalletStatus::Revoked));
    assert_eq!(wallet(1).key, wallet(5).key);
    let standing = store.standing(&person(0), at(NOW, governor()).now);
    let mut keys: Vec<_> = [4, 2, 1].map(|id| wallet(id).key).to_vec();
    let mut shown = standing.wallets;
    keys.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, keys, "in whatever shape the rows are");
    assert!(store.consistency().holds(), "{:?}", store.consistency());
}

#[test]
fn an_old_image_becomes_todays_state() {
    let memory = old();
    let mut store = upgraded(&memory);
    assert_eq!(store.header().schema, 2, "the eager step ran in the upgrade");
    everybody_is_there(&store);
    migrated(&mut store);
    assert_eq!(store.header().schema, SCHEMA);
    everybody_is_there_but_the_double(&store);
    assert_eq!(invariants::check_all(&store), []);
    for (status, ids) in [
        (UserStatus::Pending, vec![]),
        (UserStatus::Active, vec![1, 4]),
        (UserStatus::Suspended, vec![2]),
        (UserStatus::Closed, vec![3]),
    ] {
        let page = store.list_users(Some(status), None, 10).expect("listed");
        assert_eq!(page.items.iter().map(|user| user.id.wire()).collect::<Vec<_>>(), ids);
    }
    // What was migrated is as good as new.
    let mut again = upgraded(&memory);
    let ctx = at(NOW + 1, person(3));
    let id = again.add_wallet(&ctx, account(3), "new", None).expect("active").id;
    again.verify_wallet(&ctx, id, None).expect("its own");
    let by = at(NOW + 2, compliance());
    again.close_user(&by, 1, "moved away").expect("open");
    assert_eq!(invariants::check_all(&again), []);
}

/// U3: of two wallets that schema 1 had verified with one address the earlier keeps it.
fn everybody_is_there_but_the_double(store: &World) {
    everybody_is_there(store);
    let status = |id| store.wallet(id).expect("there").head.status;
    assert!(status(1).is_verified() && status(4).is_verified());
    assert_eq!(status(5), WalletStatus::Unverified);
    let last = store.journal_head().0;
    let told: Vec<_> = (0..last)
        .filter_map(|index| store.event(index))
        .filter(|(_, event)| event.kind == EventKind::WalletUnverified)
        .map(|(_, event)| (event.subject, event.number))
        .collect();
    assert_eq!(told, [(5, Some(2))]);
}

#[test]
fn the_smallest_pieces_lead_to_the_same_state() {
    let whole = {
        let mut store = upgraded(&old());
        migrated(&mut store);
        digests(&store)
    };
    let memory = old();
    let mut store = upgraded(&memory);
    let mut pieces = 0;
    loop {
        let mut left = 1;
        let progress = store
            .migrate(&mut || {
                left -= 1;
                left >= 0
            })
            .expect("sound");
        pieces += 1;
        if progress.is_complete() {
            break;
        }
        // An upgrade between any two pieces goes on where the one before stopped.
        store = World::open(memory.clone()).expect("its own state");
        assert!(pieces < 1_000, "it comes to an end");
    }
    assert!(pieces > 10, "{pieces}");
    assert_eq!(digests(&store), whole);
    assert_eq!(invariants::check_all(&store), []);
}

fn digests(store: &World) -> Vec<[u8; 32]> {
    let digest = |name: &str| store.state_digest(name).expect("a domain");
    ["profiles", "users", "wallets", "grants"].map(digest).to_vec()
}

#[test]
fn people_work_while_it_runs_and_what_is_not_ready_says_so() {
    let mut store = upgraded(&old());
    let owner = at(NOW + 1, person(0));
    let lists = store.list_users(Some(UserStatus::Active), None, 5).err();
    let what = "the list of users by status";
    assert_eq!(lists, Some(RegistryError::System(SystemFault::Migrating { what })));
    let verify = store.verify_wallet(&owner, 2, None).err();
    let what = "the index of verified addresses";
    assert_eq!(verify, Some(RegistryError::System(SystemFault::Migrating { what })));
    store.link_identity(&owner, person(6)).expect("of an old row");
    let new = store.add_wallet(&owner, account(8), "", None).expect("of an old row").id;
    store.revoke_wallet(&owner, 1).expect("an old row, in no chain yet");
    store.suspend_user(&at(NOW + 2, compliance()), 4, "asked").expect("an old row");
    let shown = store.standing(&person(0), owner.now).wallets.len();
    assert_eq!(shown, 3, "two old and one new");
    migrated(&mut store);
    assert_eq!(invariants::check_all(&store), []);
    let status = |id| store.wallet(id).expect("there").head.status;
    assert_eq!(status(1), WalletStatus::Revoked);
    assert!(status(5).is_verified(), "the address was free when its turn came");
    assert_eq!(status(new), WalletStatus::Unverified);
    assert_eq!(store.standing(&person(0), owner.now).wallets.len(), 3);
}

#[test]
fn a_contradiction_stops_the_migration_and_nothing_else() {
    let (mut users, wallets) = everything();
    users[3].wallets = 1;
    let mut store = upgraded(&image(&users, &wallets));
    let fault = store.migrate(&mut || true).expect_err("a wallet is missing");
    let MigrationFault::Step { name, message } = fault else { panic!("{fault:?}") };
    assert_eq!(name, "s0005_validate_user_consistency");
    assert!(message.starts_with("user 4: counts other wallets"), "{message}");
    assert_eq!(store.header().schema, SCHEMA - 1);
    store.link_identity(&at(NOW, person(0)), person(6)).expect("the rest goes on");
}

#[test]
fn u7_a_count_that_differs_from_its_index_is_found() {
    let right = [2, 1, 1, 6, 1, 3, 2];
    let memory = old();
    crate::first::recount(&memory, right);
    let mut store = upgraded(&memory);
    migrated(&mut store);
    assert!(store.consistency().holds(), "these are the figures");
    for wrong in 0..right.len() {
        let mut figures = right;
        figures[wrong] += 1;
        let memory = old();
        crate::first::recount(&memory, figures);
        let mut store = upgraded(&memory);
        let fault = store.migrate(&mut || true).expect_err("a wrong count");
        let MigrationFault::Step { message, .. } = fault else { panic!("{fault:?}") };
        assert!(message.ends_with("(U7)"), "{message}");
        assert!(!store.consistency().holds(), "figure {wrong}");
        let found = invariants::check_all(&store);
        assert!(found.iter().any(|violation| violation.rule == "U7"), "{found:?}");
    }
}

#[test]
fn a_newer_schema_is_not_opened() {
    let memory = old();
    let mut store = upgraded(&memory);
    migrated(&mut store);
    granary_stable::migrate::Migratable::set_schema(&mut *store, SCHEMA + 1).expect("room");
    drop(store);
    assert!(World::open(memory).is_err());
}
