//! Methods on users and their identities.

use candid::candid_method;
use granary_api::{common as c, registry as g};
use granary_env::suite::Host;
use granary_env::suite::access::need;
use granary_errors::Error;
use granary_kernel::is_nobody;
use ic_cdk::{query, update};
use registry_core::store::Registration;
use registry_core::types::UserId;

use super::{identity, number, small, text};
use crate::access::{READERS, VALIDATORS, need_self_or_reader};
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Registers the caller, who then waits for admission; or invites `identity`, which completes its
/// registration with accept_identity_link.
/// Who: everybody signed in; with `identity` a registrar.
/// Effect: a new user in status Pending; after 14 days without admission it is closed.
/// Errors: registry.identity.taken, common.capacity.full, common.rate_limited, common.text.size,
/// common.lifecycle.draining. Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn register_user(args: g::RegisterUserArgs) -> Result<c::Receipt, Error> {
    let g::RegisterUserArgs { display_name, identity, idempotency_key } = args;
    let person = Registration { name: display_name, identity };
    Here::verb(|store, ctx| store.register_user(ctx, &person, idempotency_key.as_deref()))
}

/// Admits somebody who waits.
/// Who: registrars. Effect: status Active.
/// Errors: registry.user.state, registry.user.no_identity. Repeating is refused: it is active.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn activate_user(args: g::UserArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.activate_user(ctx, args.user))
}

/// Asks another identity to join the caller's user: the first of two consents.
/// Who: an identity of an active user. Effect: a proposal for seven days.
/// Errors: registry.user.not_registered, registry.identity.taken, registry.identity.proposed,
/// common.capacity.full, common.person.invalid. Repeating is refused while the proposal stands.
#[candid_method(update)]
#[update(hidden = true, decode_with = "identity", encode_with = "reply")]
fn link_identity(args: g::IdentityArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.link_identity(ctx, args.identity))
}

/// The caller joins the user that asked it: the second of two consents.
/// Who: the identity that was asked. Effect: the caller stands for the user from now on; an
/// invited user becomes Active.
/// Errors: registry.identity.not_proposed, registry.identity.expired, registry.identity.taken,
/// registry.grant.excluded. Repeating is refused: it is linked.
#[candid_method(update)]
#[update(hidden = true, decode_with = "number", encode_with = "reply")]
fn accept_identity_link(args: g::UserArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.accept_identity_link(ctx, args.user))
}

/// Takes an identity out of a user, or a proposal back. The last identity stays.
/// Who: an identity of the user for itself and those linked after it; registrars and compliance
/// with `user`. Effect: the identity is free.
/// Errors: registry.identity.last, registry.identity.seniority, registry.identity.not_found.
/// Repeating is refused: it is gone.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn unlink_identity(args: g::UnlinkIdentityArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.unlink_identity(ctx, args.identity, args.user))
}

/// Stops somebody: nothing it holds authorises anything.
/// Who: compliance. Effect: status Suspended; the reason's hash is kept in the journal.
/// Errors: registry.user.state, common.text.size. Repeating is refused: it is suspended.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn suspend_user(args: g::UserReasonArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.suspend_user(ctx, args.user, &args.reason))
}

/// Lets somebody go on.
/// Who: compliance. Effect: status Active.
/// Errors: registry.user.state, common.text.size. Repeating is refused: it is active.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn reactivate_user(args: g::UserReasonArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.reactivate_user(ctx, args.user, &args.reason))
}

/// Closes a user for ever.
/// Who: the user itself while it is active; registrars and compliance.
/// Effect: status Closed; its wallets and roles are revoked, its identities and addresses free.
/// Errors: registry.user.not_self, registry.user.state. Repeating is refused: it is closed.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn close_user(args: g::UserReasonArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.close_user(ctx, args.user, &args.reason))
}

/// A user with its identities and open proposals.
/// Who: the user itself; registrars, compliance, auditors, governors.
/// Errors: registry.user.not_self, registry.user.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_user(args: g::UserArgs) -> Result<g::User, Error> {
    Here::view(|store, ctx| {
        need_self_or_reader(store, ctx, args.user)?;
        store.user(args.user).map(output::user)
    })
}

/// The user an identity stands for.
/// Who: the identity itself; registrars, compliance, auditors, governors.
/// Errors: registry.user.not_self, registry.identity.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "identity", encode_with = "reply")]
fn get_user_by_principal(args: g::IdentityArgs) -> Result<g::User, Error> {
    Here::view(|store, ctx| {
        let number = store.user_id_of(&args.identity).map_or(0, UserId::wire);
        if args.identity != ctx.actor || is_nobody(&ctx.actor) {
            need_self_or_reader(store, ctx, number)?;
        }
        store.user_of(&args.identity).map(output::user)
    })
}

/// Users by number; with a status those in it, by when they came into it.
/// Who: registrars, compliance, auditors, governors.
/// Errors: common.not_allowed, common.page.limit, common.page.cursor_moved.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_users(args: g::ListUsersArgs) -> Result<g::UserPage, Error> {
    Here::view(|store, ctx| {
        need::<Here>(store, ctx, READERS)?;
        let status = args.status.map(input::status);
        store.list_users(status, args.after, args.limit).map(output::users)
    })
}

/// The canister's counts beside the sizes of its indexes; each pair must be equal.
/// Who: auditors, governors. Errors: common.not_allowed.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn validate_user_consistency() -> Result<g::UserConsistency, Error> {
    Here::view(|store, ctx| {
        need::<Here>(store, ctx, VALIDATORS)?;
        Ok(output::consistency(&store.consistency()))
    })
}
