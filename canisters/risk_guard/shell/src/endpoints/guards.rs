//! Methods on announcements, seals and guardians' seats.

use candid::candid_method;
use granary_api::{common as c, risk_guard as r};
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::small;
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Says in advance that an outflow will come. From its earliest time on, one outflow of this asset
/// to this destination, of at most this amount, does not use up the asset's rolling windows; tiers,
/// destinations, seals and every other rule hold.
/// Who: governors, stewards. Effect: an announcement.
/// Errors: common.not_allowed, common.hash.size, common.capacity.full, risk_guard.asset.number,
/// risk_guard.amount.zero, risk_guard.delay.range.
/// Repeated with the same idempotency key: the first receipt again; with other arguments:
/// common.idempotency.conflict.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn announce_outflow(args: r::AnnounceOutflowArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let input = input::announcement(&args)?;
        store.announce_outflow(ctx, input, args.idempotency_key.as_deref())
    })
}

/// Takes an announcement back.
/// Who: governors, stewards, operators. Errors: common.not_allowed,
/// risk_guard.announcement.not_found, risk_guard.announcement.state.
/// Repeating is refused: it is cancelled.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn cancel_announcement(args: r::AnnouncementArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.cancel_announcement(ctx, args.announcement))
}

/// Announcements by number.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_announcements(args: c::PageArgs) -> Result<r::AnnouncementPage, Error> {
    Here::view(|store, ctx| {
        let page = store.list_announcements(args.after, args.limit)?;
        let page = page.map(|found| output::announcement(found, ctx.now));
        Ok(r::AnnouncementPage { items: page.items, next: page.next })
    })
}

/// Stops outflows of a scope at once, for one hour to fourteen days; it ends by itself. What is in
/// flight is settled, inflows are booked.
/// Who: a guardian with an armed seat that covers the scope, once per arming; governors, who also
/// move the end of a seal there is. Effect: a seal, an alert, the seat is used up.
/// Errors: risk_guard.seal.no_seat, risk_guard.seal.active, risk_guard.delay.range,
/// risk_guard.asset.number, common.text.size, common.hash.size, common.capacity.full.
/// Repeating: a guardian is refused, a governor moves the end.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn seal(args: r::SealOutflowsArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let receipt = store.seal(ctx, input::seal(args)?)?;
        granary_env::suite::tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Ends a seal before its time.
/// Who: governors. Errors: common.not_allowed, risk_guard.seal.not_found, risk_guard.seal.state.
/// Repeating is refused: it has ended.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn lift_seal(args: r::SealArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.lift_seal(ctx, args.seal))
}

/// Seals by number.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_seals(args: c::PageArgs) -> Result<r::SealPage, Error> {
    Here::view(|store, ctx| {
        let page = store.list_seals(args.after, args.limit)?;
        let page = page.map(|found| output::seal(found, ctx.now));
        Ok(r::SealPage { items: page.items, next: page.next })
    })
}

/// Arms the seat of this holder for this scope: one seal, as long as signs of life come.
/// Who: governors. Effect: a seat, new or armed again.
/// Errors: common.not_allowed, common.person.invalid, common.hash.size, common.capacity.full,
/// risk_guard.asset.number, risk_guard.delay.range. Repeating arms again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn arm_seat(args: r::ArmSeatArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let scope = input::scope(&args.scope)?;
        let heartbeat = granary_units::Duration::from_nanos(args.heartbeat_ns);
        let receipt = store.arm_seat(ctx, scope, args.holder, heartbeat)?;
        granary_env::suite::tasks::wake::<Here>(store, ctx);
        Ok(receipt)
    })
}

/// Takes a seat back.
/// Who: governors. Errors: common.not_allowed, risk_guard.seat.not_found, risk_guard.seat.state.
/// Repeating is refused: it is not armed.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn disarm_seat(args: r::SeatArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.disarm_seat(ctx, args.seat))
}

/// A guardian shows that it is there. A seat that lapsed is armed by a governor only.
/// Who: the seat's holder. Errors: risk_guard.seat.not_found, risk_guard.seat.not_holder,
/// risk_guard.seat.state. Repeating prolongs.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn guardian_heartbeat(args: r::SeatArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.guardian_heartbeat(ctx, args.seat))
}

/// Every seat; at most 64.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn list_seats() -> Vec<r::Seat> {
    let now = granary_env::message::now();
    Here::read(|store| store.all_seats().into_iter().map(|it| output::seat(it, now)).collect())
}
