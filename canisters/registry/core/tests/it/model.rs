//! Random verbs against the store and a naive model of maps and scans; after each step both agree
//! on who was refused, on every status, identity, wallet and role, and every invariant holds.

use granary_kernel::CanisterStore;
use granary_units::Timestamp;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use registry_core::invariants;
use registry_core::rules::grant_role;
use registry_core::store::Registration;
use registry_core::types::{Holder, PersonRole, UserStatus};

mod op;
mod oracle;

use crate::support::{
    DAY, SECOND, World, account, at, compliance, governor, holder, name, person, registrar, world,
};
use op::{Op, Who};
use oracle::Model;

fn ops() -> impl Strategy<Value = Op> {
    let p = 0_u8..8;
    let office = prop_oneof![3 => 0_u8..8, 1 => 8_u8..10];
    let u = 1_u64..6;
    let w = 1_u64..8;
    let g = 1_u64..10;
    let role = prop_oneof![
        3 => Just(PersonRole::Treasurer),
        3 => Just(PersonRole::Guardian),
        2 => (0_usize..10).prop_map(|at| PersonRole::ALL[at]),
    ];
    let who = prop_oneof![u.clone().prop_map(Who::User), p.clone().prop_map(Who::Person),];
    let leaver = prop_oneof![2 => p.clone(), 1 => Just(8)];
    let giver = prop_oneof![3 => Just(10_u8), 1 => Just(8)];
    let to_give = (giver, role, who, any::<bool>(), 0_u64..3, 0_u64..60);
    let people = prop_oneof![
        4 => p.clone().prop_map(Op::Register),
        1 => p.clone().prop_map(Op::Invite),
        4 => u.clone().prop_map(Op::Activate),
        4 => (p.clone(), p.clone()).prop_map(|(a, b)| Op::Link(a, b)),
        4 => (p.clone(), u.clone()).prop_map(|(a, b)| Op::Accept(a, b)),
        2 => (p.clone(), p.clone()).prop_map(|(a, b)| Op::Unlink(a, b)),
        1 => u.clone().prop_map(Op::Suspend),
        1 => u.clone().prop_map(Op::Reactivate),
        1 => (leaver, u.clone()).prop_map(|(a, b)| Op::Close(a, b)),
        2 => (prop_oneof![p.clone(), Just(9)], u.clone(), 0_u64..5)
            .prop_map(|(a, b, c)| Op::SetProfile(a, b, c)),
    ];
    let wallets = prop_oneof![
        4 => (p.clone(), 0_u8..12).prop_map(|(a, b)| Op::AddWallet(a, b)),
        4 => (office.clone(), w.clone()).prop_map(|(a, b)| Op::Verify(a, b)),
        1 => (office, w).prop_map(|(a, b)| Op::RevokeWallet(a, b)),
    ];
    let roles = prop_oneof![
        6 => to_give.prop_map(|(by, role, who, scope, wait, life)| {
            Op::Grant { by, role, who, scope, wait, life }
        }),
        1 => (prop_oneof![p.clone(), 8_u8..11], g.clone()).prop_map(|(a, b)| Op::RevokeRole(a, b)),
        2 => (p, g).prop_map(|(a, b)| Op::Beat(a, b)),
    ];
    prop_oneof![6 => people, 3 => wallets, 4 => roles, 2 => (1_u64..20).prop_map(Op::Wait)]
}

/// Short courses that lead deep.
fn scripts() -> impl Strategy<Value = Vec<Op>> {
    let p = 0_u8..8;
    let u = 1_u64..6;
    prop_oneof![
        10 => ops().prop_map(|op| vec![op]),
        3 => (p.clone(), u.clone()).prop_map(|(p, u)| vec![Op::Register(p), Op::Activate(u)]),
        2 => (p.clone(), p.clone(), u.clone())
            .prop_map(|(p, q, u)| vec![Op::Link(p, q), Op::Accept(q, u)]),
        2 => (p.clone(), u.clone()).prop_map(|(p, u)| vec![Op::Invite(p), Op::Accept(p, u)]),
        2 => (p, u, 2_u64..40).prop_map(|(p, u, days)| {
            let role = PersonRole::Guardian;
            let who = Who::User(u);
            vec![
                Op::Grant { by: 10, role, who, scope: false, wait: 1, life: 90 },
                Op::Wait(days),
                Op::Beat(p, 1),
                Op::Wait(days),
            ]
        }),
    ]
}

fn scope(given: bool) -> String {
    if given { "micro_grants/1".to_owned() } else { String::new() }
}

/// Applies `op` to the store; true when it was taken.
fn apply(store: &mut World, op: &Op, now: u64) -> bool {
    let by = |n: u8| at(now, person(n));
    match *op {
        Op::Register(p) => store.register_user(&by(p), &name(p), None).is_ok(),
        Op::Invite(q) => {
            let guest = Registration { identity: Some(person(q)), ..name(q) };
            store.register_user(&at(now, registrar()), &guest, None).is_ok()
        }
        Op::Activate(u) => store.activate_user(&at(now, registrar()), u).is_ok(),
        Op::Link(p, q) => store.link_identity(&by(p), person(q)).is_ok(),
        Op::Accept(q, u) => store.accept_identity_link(&by(q), u).is_ok(),
        Op::Unlink(p, q) => store.unlink_identity(&by(p), person(q), None).is_ok(),
        Op::AddWallet(p, a) => store.add_wallet(&by(p), account(a), "", None).is_ok(),
        Op::Verify(p, w) => store.verify_wallet(&by(p), w, Some([1; 32])).is_ok(),
        Op::RevokeWallet(p, w) => store.revoke_wallet(&by(p), w).is_ok(),
        Op::Suspend(u) => store.suspend_user(&at(now, compliance()), u, "why").is_ok(),
        Op::Reactivate(u) => store.reactivate_user(&at(now, compliance()), u, "why").is_ok(),
        Op::Close(p, u) => store.close_user(&by(p), u, "why").is_ok(),
        Op::Grant { by: giver, role, who, scope: scoped, wait, life } => {
            let holder = match who {
                Who::User(u) => holder(u),
                Who::Person(p) => Holder::Principal(person(p)),
            };
            let from = now + wait * DAY;
            let input = grant_role::Input {
                role,
                holder,
                scope: scope(scoped),
                effective_at: Some(Timestamp::from_nanos(from)),
                expires_at: Timestamp::from_nanos(from + life * DAY),
            };
            store.grant_role(&by(giver), input, None).is_ok()
        }
        Op::RevokeRole(p, g) => store.revoke_role(&by(p), g).is_ok(),
        Op::Beat(p, g) => store.role_heartbeat(&by(p), g).is_ok(),
        Op::SetProfile(p, u, profile) => store.set_risk_profile(&by(p), u, profile).is_ok(),
        Op::Wait(_) => {
            let report = store.tick(&at(now, governor()), &mut || true).expect("running");
            assert_eq!(report.failed.len(), 0, "{report:?}");
            true
        }
    }
}

fn compare(store: &World, model: &Model) {
    let now = Timestamp::from_nanos(model.now);
    let few = |n: usize| u64::try_from(n).expect("few");
    let [users, wallets, _, grants] = store.counts();
    let counts = (few(model.users.len()), few(model.wallets.len()), few(model.grants.len()));
    assert_eq!((users, wallets, grants), counts);
    for (id, user) in &model.users {
        let head = store.user(*id).expect("in both").head;
        assert_eq!(head.status, user.status, "user {id}");
        let identities: Vec<_> = user.identities.iter().map(|n| person(*n)).collect();
        assert_eq!(head.identities, identities, "user {id}");
        assert_eq!(head.profile.wire(), user.profile, "user {id}");
    }
    for (id, wallet) in &model.wallets {
        let head = store.wallet(*id).expect("in both").head;
        let expected = match (wallet.revoked, wallet.verified) {
            (true, _) => "Revoked",
            (false, true) => "Verified",
            (false, false) => "Unverified",
        };
        assert_eq!(head.status.name(), expected, "wallet {id}");
        assert_eq!((head.user.wire(), head.address), (wallet.user, account(wallet.address)));
    }
    for n in 0..12 {
        let standing = store.standing(&person(n), now);
        let user = model.user_of(n);
        assert_eq!(standing.user.map(|(id, _)| id.wire()), user, "person {n}");
        let roles: Vec<_> =
            model.roles_of(n).into_iter().map(|(role, scoped)| (role, scope(scoped))).collect();
        assert_eq!(standing.roles, roles, "U4: person {n} at {now}");
        let live = |w: &&oracle::Wallet| Some(w.user) == user && !w.revoked;
        let mut keys: Vec<_> =
            model.wallets.values().filter(live).map(|w| account(w.address).key()).collect();
        let mut shown = standing.wallets;
        keys.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, keys, "person {n}");
    }
    for status in UserStatus::ALL {
        let mut listed: Vec<u64> = pages(store, status);
        listed.sort_unstable();
        let is = |(_, user): &(&u64, &oracle::User)| user.status == status;
        let expected: Vec<u64> = model.users.iter().filter(is).map(|(id, _)| *id).collect();
        assert_eq!(listed, expected, "{status:?}");
    }
    assert!(store.consistency().holds(), "U7: {:?}", store.consistency());
    assert_eq!(invariants::check_all(store), []);
}

fn pages(store: &World, status: UserStatus) -> Vec<u64> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let page = store.list_users(Some(status), after, 2).expect("a page");
        all.extend(page.items.iter().map(|user| user.id.wire()));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_store_agrees_with_the_model(scripts in proptest::collection::vec(scripts(), 1..70)) {
        let (memory, mut store) = world();
        let mut model = Model::new();
        for (index, op) in scripts.iter().flatten().enumerate() {
            model.now += if let Op::Wait(days) = op { days * DAY } else { SECOND };
            let events = store.journal_head();
            let expected = model.step(op);
            let taken = apply(&mut store, op, model.now);
            assert_eq!(taken, expected, "step {index}: {op:?}");
            if !taken {
                assert_eq!(store.journal_head(), events, "C2: a refusal leaves no trace");
            }
            if index % 16 == 0 {
                store = World::open(memory.clone()).expect("its own state");
            }
            compare(&store, &model);
        }
    }
}
