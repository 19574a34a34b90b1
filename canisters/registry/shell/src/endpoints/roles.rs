//! Methods on people's roles, and what other canisters ask.

use candid::candid_method;
use granary_api::{common as c, registry as g};
use granary_env::suite::Host;
use granary_env::suite::access::need;
use granary_errors::Error;
use granary_kernel::Fault;
use ic_cdk::{query, update};
use registry_core::limits;

use super::{number, standings, text};
use crate::access::STANDING_READERS;
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Gives somebody a role. Powerful roles wait for the grant delay; every role ends.
/// Who: governors; registrars for member, reviewer, strategist and auditor. Never for oneself.
/// Effect: a grant that takes effect at its time. Guardian and treasurer are never on one user.
/// Errors: registry.grant.office, registry.grant.self, registry.grant.times,
/// registry.grant.excluded, registry.grant.repeated, registry.scope.invalid, common.capacity.full.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn grant_role(args: g::GrantRoleArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let (input, key) = input::grant(args)?;
        store.grant_role(ctx, input, key.as_deref())
    })
}

/// Takes a role back, or gives it up.
/// Who: whoever may give the role; its holder. Effect: state Revoked.
/// Errors: registry.grant.office, registry.grant.state. Repeating is refused: it has ended.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn revoke_role(args: g::GrantArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.revoke_role(ctx, args.grant))
}

/// Shows that the holder of a role is there; without such a sign the role lapses.
/// Who: the holder. Effect: the time of the sign; the role lasts so much longer.
/// Errors: registry.grant.not_holder, registry.grant.no_heartbeat, registry.grant.state.
/// Repeating shows it again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn role_heartbeat(args: g::GrantArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.role_heartbeat(ctx, args.grant))
}

/// Roles of one holder that have not ended, newest first; without a holder every grant there ever
/// was, by number.
/// Who: everybody: whoever decides over money is known by name.
/// Errors: registry.user.not_found, common.page.limit, common.page.cursor_moved.
#[candid_method(query)]
#[query(hidden = true, decode_with = "text", encode_with = "reply")]
fn get_roles(args: g::GetRolesArgs) -> Result<g::RoleGrantPage, Error> {
    Here::view(|store, ctx| {
        let holder = args.holder.map(input::holder).transpose()?;
        let page = store.list_grants(holder, args.after, args.limit)?;
        Ok(output::grants(page, ctx.now))
    })
}

/// How up to 64 principals stand at this moment: their user, its status, the roles effective now,
/// the keys of its wallets.
/// Who: canisters of the suite (Service), auditors, registrars, governors.
/// Errors: common.not_allowed, common.list.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "standings", encode_with = "reply")]
fn get_standings(args: g::GetStandingsArgs) -> Result<Vec<g::Standing>, Error> {
    Here::view(|store, ctx| {
        need::<Here>(store, ctx, STANDING_READERS)?;
        let (count, max) = (args.principals.len(), limits::MAX_STANDINGS);
        if count == 0 || count > max {
            return Err(Fault::ListSize { field: "principals".to_owned(), count, max }.into());
        }
        let standing = |who| output::standing(store.standing(who, ctx.now));
        Ok(args.principals.iter().map(standing).collect())
    })
}
