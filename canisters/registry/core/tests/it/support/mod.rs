//! A small world for the tests: people, addresses, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

use candid::Principal;
use granary_kernel::{Ctx, Profile};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use registry_core::records::{Address, Policies, Role};
use registry_core::rules::grant_role;
use registry_core::store::{Install, Registration, Store};
use registry_core::types::{Holder, PersonRole, UserId};

pub(crate) type World = Store<VectorMemory>;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const DAY: u64 = 86_400 * SECOND;
pub(crate) const START: u64 = 1_700_000_000_000_000_000;
/// Registrations that may wait in a test.
pub(crate) const MAX_PENDING: u64 = 3;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn registrar() -> Principal {
    person(8)
}
pub(crate) fn compliance() -> Principal {
    person(9)
}
pub(crate) fn governor() -> Principal {
    person(10)
}
pub(crate) fn service() -> Principal {
    person(11)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn policies() -> Policies {
    Policies {
        grant_delay: Duration::from_nanos(DAY),
        heartbeat: Duration::from_nanos(30 * DAY),
        max_pending: MAX_PENDING,
        ..Policies::DEFAULT
    }
}

pub(crate) fn install_args(importing: bool) -> Install {
    Install {
        common: granary_kernel::Install {
            governor: governor(),
            roles: vec![
                (Role::Registrar, registrar()),
                (Role::Compliance, compliance()),
                (Role::Service, service()),
            ],
            profile: Profile::Testing,
            importing,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        },
        policies: policies(),
    }
}

pub(crate) fn world() -> (VectorMemory, World) {
    let memory = VectorMemory::default();
    let ctx = at(START, governor());
    let store = World::install(memory.clone(), install_args(false), &ctx).expect("fresh memory");
    (memory, store)
}

/// An account of one of the first eight people; addresses differ by number.
pub(crate) fn account(n: u8) -> Address {
    Address::Icrc { ledger: person(90), owner: person(n % 8), subaccount: [n; 32] }
}

pub(crate) fn name(n: u8) -> Registration {
    Registration { name: format!("Person {n}"), identity: None }
}

/// An active user with the identity `person(n)`.
pub(crate) fn admitted(store: &mut World, n: u8, now: u64) -> u64 {
    let id = store.register_user(&at(now, person(n)), &name(n), None).expect("taken").id;
    store.activate_user(&at(now, registrar()), id).expect("admitted");
    id
}

pub(crate) fn holder(user: u64) -> Holder {
    Holder::User(UserId::from_wire(user).expect("a number"))
}

/// The role everywhere, as early as it may, for a hundred days.
pub(crate) fn grant(role: PersonRole, holder: Holder, now: u64) -> grant_role::Input {
    grant_role::Input {
        role,
        holder,
        scope: String::new(),
        effective_at: None,
        expires_at: Timestamp::from_nanos(now + 100 * DAY),
    }
}

/// A world with something in every domain.
pub(crate) fn rich() -> (VectorMemory, World) {
    let (memory, mut store) = world();
    let one = admitted(&mut store, 0, START);
    let two = admitted(&mut store, 1, START + 1);
    store.link_identity(&at(START + 2, person(0)), person(4)).expect("asked");
    store.accept_identity_link(&at(START + 3, person(4)), one).expect("accepted");
    store.link_identity(&at(START + 4, person(1)), person(5)).expect("asked");
    for n in [0, 8, 16] {
        store.add_wallet(&at(START + 5, person(0)), account(n), "main", None).expect("added");
    }
    store.verify_wallet(&at(START + 6, person(0)), 1, None).expect("its own");
    store.verify_wallet(&at(START + 6, registrar()), 2, Some([3; 32])).expect("attested");
    store.revoke_wallet(&at(START + 7, person(0)), 2).expect("its own");
    store.mark_wallet_used(&at(START + 8, service()), 1).expect("used");
    let now = START + 9;
    let gov = at(now, governor());
    let give = |store: &mut World, role, holder| {
        store.grant_role(&gov, grant(role, holder, now), None).expect("given").id
    };
    give(&mut store, PersonRole::Treasurer, holder(one));
    let ended = give(&mut store, PersonRole::Reviewer, holder(one));
    give(&mut store, PersonRole::Member, holder(one));
    give(&mut store, PersonRole::Guardian, Holder::Principal(person(7)));
    give(&mut store, PersonRole::Auditor, holder(two));
    store.revoke_role(&gov, ended).expect("taken back");
    let tick = at(now + 2 * DAY, governor());
    granary_kernel::CanisterStore::tick(&mut store, &tick, &mut || true).expect("running");
    let low = registry_core::records::Limits {
        max_position_bps: 700,
        max_drawdown_bps: 300,
        max_asset_concentration_bps: 2_000,
    };
    let class = registry_core::types::RiskClass::Custom;
    let by = at(now + 2 * DAY, compliance());
    let custom = store.define_risk_profile(&by, None, class, low, None).expect("defined").id;
    store.define_risk_profile(&by, Some(custom), class, low, None).expect("again");
    store.set_risk_profile(&at(now + 2 * DAY, person(1)), two, custom).expect("lower");
    store.suspend_user(&by, two, "a question is open").expect("active");
    store.register_user(&at(now + 2 * DAY, person(2)), &name(2), None).expect("waits");
    let invited = Registration { name: "Guest".to_owned(), identity: Some(person(3)) };
    store.register_user(&at(now + 2 * DAY, registrar()), &invited, None).expect("invited");
    let three = admitted(&mut store, 6, now + 2 * DAY);
    store.close_user(&at(now + 3 * DAY, person(6)), three, "leaving").expect("its own");
    (memory, store)
}
