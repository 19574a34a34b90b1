//! What is measured of `registry`.

use candid::Principal;
use granary_api::{
    common::PrepareUpgradeArgs,
    registry::{
        AddWalletArgs, GetRolesArgs, GetStandingsArgs, GrantRoleArgs, Holder, IdentityArgs,
        ListUsersArgs, ListWalletsArgs, PersonRole, RegisterUserArgs, UserArgs, WalletKind,
    },
};
use granary_tests::people::{Who, person};

use super::seed;
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` users, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(registrations(world)?);
    figures.extend(changes(world, rows)?);
    Ok(figures)
}

/// Numbers all over the range: the stride has no factor in common with the sizes.
fn spread(count: u64, rows: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |step| step * 7_919 % rows)
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let registrar = Who::Registrar.principal();
    let service = Who::Service.principal();
    let [mut get, mut find, mut wallets, mut roles, mut one, mut standings] =
        [const { Samples::new() }; 6];
    for number in spread(25, rows) {
        let user = number + 1;
        get.push(cost(world.query(registrar, "get_user", (UserArgs { user },)))?);
        let args = IdentityArgs { identity: seed::user(number) };
        find.push(cost(world.query(registrar, "get_user_by_principal", (args,)))?);
        let args = ListWalletsArgs { user, after: None, limit: 20 };
        wallets.push(cost(world.query(registrar, "list_wallets", (args,)))?);
        let args = GetRolesArgs { holder: Some(Holder::User(user)), after: None, limit: 20 };
        roles.push(cost(world.query(registrar, "get_roles", (args,)))?);
        let args = GetStandingsArgs { principals: vec![seed::user(number)] };
        one.push(cost(world.query(service, "get_standings", (args,)))?);
        let principals = (0..64).map(|n| seed::user((number + n * 31) % rows)).collect();
        let args = GetStandingsArgs { principals };
        standings.push(cost(world.query(service, "get_standings", (args,)))?);
    }
    let args = ListUsersArgs { limit: 100, ..ListUsersArgs::default() };
    let page = cost(world.query(registrar, "list_users", (args,)))?;
    let mut figures = vec![
        ("get_user", get),
        ("get_user_by_principal", find),
        ("list_wallets", wallets),
        ("get_roles of one user", roles),
        ("get_standings of 1", one),
        ("get_standings of 64", standings),
        ("list_users 100", vec![page]),
    ];
    for method in ["health_check", "get_system_health", "get_version"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let registrar = Who::Registrar.principal();
    let stranger = Who::Stranger.principal();
    let args = UserArgs { user: rows + 1_000_000 };
    let unknown = refusal(world.query(registrar, "get_user", (args,)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    let args = UserArgs { user: 1 };
    let activate = refusal(world.update(stranger, "activate_user", (args,)))?;
    let again = registration(0);
    let taken = refusal(world.update(seed::user(0), "register_user", (again,)))?;
    Ok(vec![
        ("refused: unknown user", vec![unknown]),
        ("refused: not the governor", vec![governor]),
        ("refused: not a registrar", vec![activate]),
        ("refused: registered already", vec![taken]),
    ])
}

fn registration(number: u64) -> RegisterUserArgs {
    RegisterUserArgs {
        display_name: format!("Newcomer number {number}"),
        identity: None,
        idempotency_key: Some(format!("bench-{number}")),
    }
}

fn newcomer(number: u64) -> Principal {
    person(&format!("newcomer {number}"))
}

fn registrations(world: &mut World) -> Result<Vec<Figure>, String> {
    let [mut register, mut activate] = [const { Samples::new() }; 2];
    for number in 0..100 {
        let args = registration(number);
        register.push(cost(world.update(newcomer(number), "register_user", (args,)))?);
    }
    let registrar = Who::Registrar.principal();
    for number in 0..100 {
        let args = IdentityArgs { identity: newcomer(number) };
        let found = world.query(registrar, "get_user_by_principal", (args,))?.ok()?.reply;
        let found: Result<granary_api::registry::User, granary_errors::Error> =
            candid::decode_one(&found).map_err(|error| error.to_string())?;
        let user = found.map_err(|error| error.to_string())?.id;
        activate.push(cost(world.update(registrar, "activate_user", (UserArgs { user },)))?);
    }
    Ok(vec![("register_user", register), ("activate_user", activate)])
}

fn changes(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let [mut wallet, mut grant] = [const { Samples::new() }; 2];
    // Not the first of them, which hold a role already.
    for number in spread(50, rows).filter(|number| !number.is_multiple_of(seed::ONE_ROLE_IN)) {
        let owner = seed::user(number);
        let ledger = person("another ledger");
        let args = AddWalletArgs {
            kind: WalletKind::IcrcAccount { ledger, owner, subaccount: None },
            label: "second".to_owned(),
            idempotency_key: None,
        };
        wallet.push(cost(world.update(owner, "add_wallet", (args,)))?);
        let args = GrantRoleArgs {
            role: PersonRole::Member,
            holder: Holder::User(number + 1),
            scope: String::new(),
            effective_at_ns: None,
            expires_at_ns: seed::in_a_while(rows),
            idempotency_key: None,
        };
        let governor = Who::Governor.principal();
        grant.push(cost(world.update(governor, "grant_role", (args,)))?);
    }
    Ok(vec![("add_wallet", wallet), ("grant_role", grant)])
}
