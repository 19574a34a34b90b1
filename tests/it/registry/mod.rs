//! People in `registry`: how they come in, prove who they are, hold roles and leave.

mod people;
mod roles;
mod upgrade;
mod wallets;

use candid::Principal;
use granary_api::registry as g;
use granary_tests::{
    clock::DAY,
    people::{Who, person},
    reply::Expect,
    world::World,
};
use serde_bytes::ByteBuf;

/// Somebody to register.
pub(crate) fn registration() -> g::RegisterUserArgs {
    let display_name = "Somebody".to_owned();
    g::RegisterUserArgs { display_name, identity: None, idempotency_key: None }
}

/// Registers an identity and has it admitted; answers the user.
pub(crate) fn admit(world: &World, identity: Principal) -> u64 {
    let caller = world.caller_principal(identity);
    let user = caller.receipt("register_user", &registration()).value("registered").id;
    let registrar = world.caller(Who::Registrar);
    registrar.receipt("activate_user", &g::UserArgs { user }).value("admitted");
    user
}

/// One identity asks another to join the user, and that one accepts.
pub(crate) fn link(world: &World, asking: Principal, asked: Principal, user: u64) {
    let caller = world.caller_principal(asking);
    caller.receipt("link_identity", &g::IdentityArgs { identity: asked }).value("asked");
    let joining = world.caller_principal(asked);
    joining.receipt("accept_identity_link", &g::UserArgs { user }).value("accepted");
}

/// An account on a ledger; another number is another account.
pub(crate) fn account(owner: Principal, number: u8) -> g::WalletKind {
    let subaccount = Some(ByteBuf::from(vec![number; 32]));
    g::WalletKind::IcrcAccount { ledger: person("ledger"), owner, subaccount }
}

/// Adds a wallet for an identity's user; answers the wallet.
pub(crate) fn add_wallet(world: &World, identity: Principal, kind: g::WalletKind) -> u64 {
    let args = g::AddWalletArgs { kind, label: "savings".to_owned(), idempotency_key: None };
    world.caller_principal(identity).receipt("add_wallet", &args).value("added").id
}

/// A role everywhere, as early as it may, for two hundred days.
pub(crate) fn grant_args(
    world: &World,
    role: g::PersonRole,
    holder: g::Holder,
) -> g::GrantRoleArgs {
    g::GrantRoleArgs {
        role,
        holder,
        scope: String::new(),
        effective_at_ns: None,
        expires_at_ns: world.now_ns() + 200 * DAY,
        idempotency_key: None,
    }
}

/// The governor gives a role; answers the grant.
pub(crate) fn grant(world: &World, role: g::PersonRole, holder: g::Holder) -> u64 {
    let args = grant_args(world, role, holder);
    world.caller(Who::Governor).receipt("grant_role", &args).value("given").id
}

/// How somebody stands, as a canister of the suite sees it.
fn standing(world: &World, who: Principal) -> g::Standing {
    let args = g::GetStandingsArgs { principals: vec![who] };
    let all: Vec<g::Standing> =
        world.caller(Who::Service).query("get_standings", &args).value("standings");
    let [one] = <[_; 1]>::try_from(all).expect("one was asked about");
    assert_eq!(one.principal, who);
    one
}

/// Names of the roles somebody may use now.
fn roles_of(world: &World, who: Principal) -> Vec<String> {
    standing(world, who).roles.into_iter().map(|held| held.role).collect()
}

/// Kinds of the newest events, oldest first.
fn told(world: &World, count: usize) -> Vec<String> {
    use granary_api::common::{EventPage, GetEventsArgs};
    let all = |start| -> EventPage {
        let args = GetEventsArgs { start, length: 200 };
        world.caller(Who::Auditor).query("get_events", &args).value("events")
    };
    let total = all(0).total;
    let page = all(total.saturating_sub(u64::try_from(count).unwrap()));
    page.events.into_iter().map(|event| event.kind).collect()
}
