//! The state of schema 1 under the module as it is deployed.

use std::{io::Read, path::Path};

use flate2::read::GzDecoder;
use granary_api::{common as c, registry as g};
use granary_tests::{
    clock::MINUTE,
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::REGISTRY,
};
use pocket_ic::common::rest::BlobCompression;

use crate::world_of;

/// The pages of an image; see the golden test of `registry-core`.
fn image() -> Vec<u8> {
    let path = "../canisters/registry/core/tests/golden/schema-0001.bin.gz";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut bytes = vec![];
    let file = std::fs::File::open(path).expect("a committed image");
    GzDecoder::new(file).read_to_end(&mut bytes).expect("a whole image");
    let (pages, mut rest) = bytes.split_at(8);
    let pages = usize::try_from(u64::from_be_bytes(pages.try_into().unwrap())).unwrap();
    let mut memory = vec![0; pages * 65_536];
    while !rest.is_empty() {
        let (number, behind) = rest.split_at(8);
        let (block, behind) = behind.split_at(4_096);
        let at = usize::try_from(u64::from_be_bytes(number.try_into().unwrap())).unwrap();
        memory[at..at + block.len()].copy_from_slice(block);
        rest = behind;
    }
    memory
}

#[test]
fn the_state_of_schema_1_is_carried_over_by_an_upgrade() {
    let world = world_of(&REGISTRY);
    world.stop();
    let compression = BlobCompression::NoCompression;
    world.network().set_stable_memory(world.canister, image(), compression);
    world.upgrade();
    world.start();
    let governor = world.caller_principal(candid::Principal::from_slice(&[10, 7]));
    for _ in 0..10 {
        world.advance(MINUTE);
        world.settle();
    }
    let status: c::MigrationStatus = governor.plain("get_migration_status").value("public");
    assert_eq!((status.schema, status.target), (5, 5), "{status:?}");
    let args = g::ListUsersArgs { status: Some(g::UserStatus::Active), after: None, limit: 10 };
    let page: g::UserPage = governor.query("list_users", &args).value("listed");
    assert_eq!(page.items.iter().map(|user| user.id).collect::<Vec<_>>(), [1, 4]);
    let found: g::UserConsistency =
        governor.query("validate_user_consistency", &()).value("counts and indexes");
    assert!(found.consistent, "{found:?}");
    // And life goes on: the old registrar admits somebody new.
    let newcomer = world.caller_principal(person("newcomer"));
    let user = newcomer.receipt("register_user", &super::registration()).value("waits").id;
    let registrar = world.caller_principal(candid::Principal::from_slice(&[8, 7]));
    registrar.receipt("activate_user", &g::UserArgs { user }).value("admitted");
    assert_eq!(user, 5);
}

#[test]
fn people_and_roles_survive_an_upgrade_and_a_restored_snapshot() {
    let world = world_of(&REGISTRY);
    let user = super::admit(&world, person("alice"));
    super::grant(&world, g::PersonRole::Reviewer, g::Holder::User(user));
    let wallet = super::add_wallet(&world, person("alice"), super::account(person("alice"), 1));
    let before = super::standing(&world, person("alice"));
    world.upgrade();
    assert_eq!(super::standing(&world, person("alice")), before);
    let point = world.snapshot();
    let revoke = g::WalletArgs { wallet };
    world.caller_principal(person("alice")).receipt("revoke_wallet", &revoke).value("its own");
    assert_ne!(super::standing(&world, person("alice")), before);
    world.restore(&point);
    assert_eq!(super::standing(&world, person("alice")), before);
    let _ = Who::Governor;
    fixtures::assert_valid(&world);
}
