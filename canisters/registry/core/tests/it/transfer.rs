//! Export, import, what an upgrade keeps (C3), what a repeated request gets (C11), and that the
//! check finds what is wrong.

use crate::support::{
    DAY, START, World, account, admitted, at, compliance, governor, grant, holder, install_args,
    name, person, registrar, rich, world,
};
use granary_kernel::transfer::{Families, StatePage, digest_of, domain_names};
use granary_kernel::{CanisterStore, Mode};
use ic_stable_structures::VectorMemory;
use registry_core::errors::{RegistryError, StateFault};
use registry_core::invariants;
use registry_core::store::{Registration, Upgrade};
use registry_core::types::{Holder, PersonRole};

fn pages(store: &World, max_bytes: u32) -> Vec<StatePage> {
    let mut pages = vec![];
    for domain in domain_names::<World>() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor.take(), max_bytes).expect("a domain");
            cursor.clone_from(&page.next);
            pages.push(page);
            if cursor.is_none() {
                break;
            }
        }
    }
    pages
}

fn digests(store: &World) -> Vec<[u8; 32]> {
    domain_names::<World>()
        .into_iter()
        .map(|domain| store.state_digest(domain).expect("a domain"))
        .collect()
}

fn empty() -> World {
    let ctx = at(START, governor());
    World::install(VectorMemory::default(), install_args(true), &ctx).expect("fresh")
}

#[test]
fn c3_an_upgrade_keeps_every_domain_but_its_own_event() {
    let (memory, store) = rich();
    let before = digests(&store);
    drop(store);
    let ctx = at(START + 5 * DAY, governor());
    let store = World::upgrade(memory, Upgrade::default(), &ctx).expect("the same schema");
    let after = digests(&store);
    let journal = before.len() - 1;
    assert_eq!(before[..journal], after[..journal]);
    assert_ne!(before[journal], after[journal]);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn an_import_rebuilds_everything() {
    let (_, mut original) = rich();
    let mut copy = empty();
    let ctx = at(START, governor());
    let refused = copy.register_user(&at(START, person(1)), &name(1), None);
    assert!(refused.is_err(), "nobody works while the canister is filled");
    let pages = pages(&original, 1);
    let last = pages.len() - 1;
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(copy.import_state(&ctx, page), Ok(index == last), "{}", page.domain);
    }
    let journal = domain_names::<World>().len() - 1;
    assert_eq!(digests(&original)[..journal], digests(&copy)[..journal]);
    assert_eq!(invariants::check_all(&copy), []);
    assert_eq!(copy.totals(), original.totals(), "counts and lists are made anew");
    for n in 0..10 {
        let now = at(START + 4 * DAY, governor()).now;
        assert_eq!(original.standing(&person(n), now), copy.standing(&person(n), now));
    }
    // What waited for its time waits in the copy as well.
    let ctx = at(START + 60 * DAY, governor());
    for store in [&mut original, &mut copy] {
        let report = store.tick(&ctx, &mut || true).expect("running");
        assert!(report.applied >= 3, "two roles without a sign of life, two who wait: {report:?}");
    }
    assert_eq!(digests(&original)[..journal], digests(&copy)[..journal]);
}

#[test]
fn an_import_refuses_what_is_out_of_order_or_changed() {
    let (_, store) = rich();
    let ctx = at(START, governor());
    let mut copy = empty();
    let pages = pages(&store, 1_500_000);
    assert!(copy.import_state(&ctx, &pages[1]).is_err(), "not the first");
    let mut changed = pages[0].clone();
    changed.records[0][9] ^= 1;
    assert!(copy.import_state(&ctx, &changed).is_err(), "another digest");
    assert!(copy.import_state(&at(START, registrar()), &pages[0]).is_err(), "no governor");
    assert_eq!(copy.import_state(&ctx, &pages[0]), Ok(false));
    let (_, mut running) = rich();
    assert!(running.import_state(&ctx, &pages[0]).is_err(), "not open for an import");
}

#[test]
fn c11_a_repeated_request_gets_the_first_answer() {
    let (_, mut store) = world();
    let ctx = at(START + 1, person(0));
    let first = store.register_user(&ctx, &name(0), Some("k")).expect("fresh");
    let events = store.journal_head();
    let later = at(START + DAY / 2, person(0));
    assert_eq!(store.register_user(&later, &name(0), Some("k")), Ok(first));
    assert_eq!(store.journal_head(), events);
    assert!(store.register_user(&later, &name(1), Some("k")).is_err(), "another name");
    let theirs = store.register_user(&at(START + 2, person(1)), &name(0), Some("k"));
    assert_ne!(theirs.expect("keys are the caller's own").id, first.id);
}

#[test]
fn c10_c12_a_drain_and_a_mode_refuse_what_they_say() {
    let (_, mut store) = world();
    let user = admitted(&mut store, 0, START);
    let ctx = at(START + 1, person(0));
    let deadline = at(START + DAY, governor()).now;
    store.prepare_upgrade(&at(START, governor()), 1, deadline).expect("governs");
    assert!(store.add_wallet(&ctx, account(0), "", None).is_err(), "nothing new");
    store.link_identity(&ctx, person(5)).expect("what exists moves on");
    store.resume(&at(START, governor()), 1, false).expect("the epoch");
    store.set_mode(&at(START, governor()), Mode::ReadOnly, "an audit").expect("governs");
    assert!(store.unlink_identity(&ctx, person(5), None).is_err());
    assert!(store.suspend_user(&at(START, compliance()), user, "why").is_err());
}

#[test]
fn u5_the_wall_between_guardian_and_treasurer_holds_from_every_side() {
    let (_, mut store) = world();
    let now = START + 1;
    let user = admitted(&mut store, 0, START);
    let by = at(now, governor());
    let give = |store: &mut World, role, holder| {
        store.grant_role(&by, grant(role, holder, now), None).map(|receipt| receipt.id)
    };
    let (guardian, treasurer) = (PersonRole::Guardian, PersonRole::Treasurer);
    let clash = |role, held| Err(RegistryError::from(StateFault::Excluded { role, held }));
    give(&mut store, guardian, Holder::Principal(person(5))).expect("nobody's identity");
    let held = give(&mut store, treasurer, holder(user)).expect("no guardian yet");
    assert_eq!(give(&mut store, guardian, holder(user)), clash(guardian, treasurer));
    let own = Holder::Principal(person(0));
    assert_eq!(give(&mut store, guardian, own), clash(guardian, treasurer), "by its identity");
    store.link_identity(&at(now, person(0)), person(5)).expect("asked");
    let joined = store.accept_identity_link(&at(now, person(5)), user);
    assert_eq!(joined.map(|_| 0), clash(guardian, treasurer), "by a new identity");
    store.revoke_role(&by, held).expect("taken back");
    store.accept_identity_link(&at(now, person(5)), user).expect("no treasurer any more");
    assert_eq!(give(&mut store, treasurer, holder(user)), clash(treasurer, guardian));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn u6_what_was_approved_under_a_version_keeps_its_limits() {
    let (_, mut store) = world();
    let before = store.profile_version(2, 1).expect("standard");
    let (class, high) = registry_core::records::profile::STANDARD[2];
    for n in 0..5 {
        let by = at(START + n, compliance());
        store.define_risk_profile(&by, Some(2), class, high, None).expect("defined");
    }
    assert_eq!(store.profile_version(2, 1), Ok(before), "version 1 is what it was");
    assert_eq!(store.profile_version(2, 6).expect("the newest").limits, high);
    assert!(store.profile_version(2, 7).is_err());
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn u8_the_storage_of_one_user_ends_at_its_bounds() {
    use registry_core::limits::{MAX_GRANTS_EVER, MAX_WALLETS_EVER, USER_STORAGE_BYTES};
    let (_, mut store) = world();
    let user = admitted(&mut store, 0, START);
    let owner = at(START, person(0));
    let mut taken = 0_u64;
    for n in 0..u8::MAX {
        let Ok(receipt) = store.add_wallet(&owner, account(n), &"l".repeat(64), None) else {
            break;
        };
        store.revoke_wallet(&owner, receipt.id).expect("its own");
        taken += 1;
    }
    assert_eq!(taken, u64::from(MAX_WALLETS_EVER));
    let by = at(START, governor());
    let mut given = 0_u64;
    while given < 1_000 {
        let input = grant(PersonRole::Member, holder(user), START);
        let Ok(receipt) = store.grant_role(&by, input, None) else { break };
        store.revoke_role(&by, receipt.id).expect("taken back");
        given += 1;
    }
    assert_eq!(given, u64::from(MAX_GRANTS_EVER));
    assert!(512 + taken * 320 + given * 224 <= USER_STORAGE_BYTES);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn the_queue_empties_itself_and_an_invitation_is_never_shut_out() {
    let (_, mut store) = world();
    for n in 0..3 {
        store.register_user(&at(START, person(n)), &name(n), None).expect("room");
    }
    assert!(store.register_user(&at(START, person(3)), &name(3), None).is_err(), "full");
    let guest = Registration { name: "Guest".to_owned(), identity: Some(person(4)) };
    let id = store.register_user(&at(START, registrar()), &guest, None).expect("invited").id;
    store.accept_identity_link(&at(START, person(4)), id).expect("asked");
    let later = START + 15 * DAY;
    store.tick(&at(later, governor()), &mut || true).expect("running");
    assert_eq!(store.totals().users, [0, 1, 0, 3]);
    store.register_user(&at(later, person(0)), &name(0), None).expect("free again");
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn the_check_finds_what_is_wrong_and_names_the_invariant() {
    let (_, store) = rich();
    let report = invariants::check(&store, None, 3).expect("a piece");
    assert!(report.next.is_some() && report.checked <= 4);
    assert!(invariants::check(&store, Some(&[1, 2, 3]), 3).is_err());
    // A record's value begins behind family, lengths and a key of four bytes.
    let head = 1 + 2 + 4 + 4;
    let tampered = |domain: &str, record: usize, at: usize, to: u8| -> Vec<&'static str> {
        let mut copy = empty();
        for mut page in pages(&store, 1_500_000) {
            if page.domain == domain {
                page.records[record][head + at] = to;
                page.digest = digest_of(&page.records);
            }
            copy.import_state(&at_start(), &page).expect("plausible");
        }
        let mut rules: Vec<_> =
            invariants::check_all(&copy).iter().map(|found| found.rule).collect();
        rules.dedup();
        rules
    };
    assert_eq!(tampered("users", 0, 25, 9), [""; 0], "a version is free");
    // Status of user 3, who waits to be invited and has no identity: Active.
    assert!(tampered("users", 3, 13, 1).contains(&"U2"), "an active user without identity");
    // The key of wallet 3.
    assert!(tampered("wallets", 2, 1, 0).contains(&"U3"), "a key that is not its address's");
    // The version of the second profile's first version.
    assert!(tampered("profiles", 1, 8, 9).contains(&"U6"), "a version out of order");
    // When grant 3 takes effect: in 1970, before it was given.
    let effective_at = 1 + 2 + 4 + 30 + 65 + 30 + 8;
    assert!(tampered("grants", 2, effective_at, 0).contains(&"U4"), "before it was given");
}

fn at_start() -> granary_kernel::Ctx {
    at(START, governor())
}
