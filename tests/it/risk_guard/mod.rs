//! `risk_guard` as callers meet it: outflows, the policy, guardians, and the books behind it.

mod books;
mod guardians;
mod outflows;
mod policy;

use granary_api::{common as c, risk_guard as r};
use granary_tests::{
    people::Who,
    reply::{Answer, Expect},
    world::World,
};

use crate::access::risk_guard::outflow;

/// Reserves; fails unless there is an answer.
pub(crate) fn reserve(world: &World, args: &r::OutflowArgs) -> r::Verdict {
    world.caller(Who::Execution).update("reserve_outflow", args).value("an answer")
}

/// Reserves; fails unless the capacity was taken.
pub(crate) fn held(world: &World, args: &r::OutflowArgs) -> r::Reservation {
    match reserve(world, args) {
        r::Verdict::Held(reservation) => reservation,
        r::Verdict::Denied(denial) => panic!("denied: {denial:?}"),
    }
}

/// Reserves; fails unless a rule denied.
pub(crate) fn denied(world: &World, args: &r::OutflowArgs) -> r::Denial {
    match reserve(world, args) {
        r::Verdict::Held(reservation) => panic!("held: {reservation:?}"),
        r::Verdict::Denied(denial) => denial,
    }
}

/// Says what became of the outflow of an intent.
pub(crate) fn settle(world: &World, method: &str, intent: u64) -> Answer<c::Receipt> {
    world.caller(Who::Execution).receipt(method, &r::ReservationArgs { intent })
}

/// The newest reservation of an intent.
pub(crate) fn reservation(world: &World, intent: u64) -> r::Reservation {
    let args = r::ReservationArgs { intent };
    world.caller(Who::Execution).query("get_reservation", &args).value("a reservation")
}

/// Alerts that are not resolved.
pub(crate) fn open_alerts(world: &World) -> Vec<r::Alert> {
    let args = r::ListAlertsArgs { only_open: true, after: None, limit: 100 };
    let page: r::AlertPage = world.caller(Who::Stranger).query("list_alerts", &args).value("open");
    page.items
}

/// What the windows of an asset hold.
pub(crate) fn status(world: &World, asset: u64) -> r::LimitsStatus {
    let args = r::AssetArgs { asset };
    world.caller(Who::Reader).query("get_limits_status", &args).value("an asset")
}

/// An outflow of a whole token of asset 1, times `tokens`.
pub(crate) fn tokens(intent: u64, tokens: u128) -> r::OutflowArgs {
    outflow(intent, tokens * 100_000_000)
}
