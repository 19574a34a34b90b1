//! Members, rules, and what they can do.

use candid::candid_method;
use granary_api::{common as c, governor as g};
use granary_env::message;
use granary_env::suite::{Host as _, tasks};
use granary_errors::Error;
use ic_cdk::{query, update};

use super::text;
use crate::convert::{authority, input, output, reply};
use crate::state::{Constitution, Here};

/// The rules in force, those that wait, the recovery committee, whom to call.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_config() -> g::Config {
    Here::read(|store| output::config(store.config()))
}

/// The members, and whether they showed a sign in time.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_members() -> g::Members {
    Here::read(|store| output::members(store.config(), message::now()))
}

/// Every way to change something: who goes it, and how long it takes at least.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn explain_authority() -> Result<g::Authority, Error> {
    Here::view(|store, ctx| {
        Ok(authority::authority(store.config().epoch, store.explain_authority(ctx)))
    })
}

/// Shows that a member is there.
/// Who: members. Effect: the time of the sign. Errors: governor.member.needed.
/// Repeating shows it again.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
fn member_heartbeat() -> Result<c::Receipt, Error> {
    Here::verb(Constitution::member_heartbeat)
}

/// Replaces the members of a governor that cannot decide any more, at once; each gets every
/// permission. Open proposals are void.
/// Who: the recovery canister, whose committee has agreed and waited.
/// Effect: the members, one epoch further. Errors: governor.recovery.needed,
/// governor.members.invalid, governor.committee.invalid. Repeating names them again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn rotate_members(args: g::RotateMembersArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let members = input::rotated(&args.members);
        let receipt = store.rotate_members(ctx, &members, args.threshold)?;
        tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}
