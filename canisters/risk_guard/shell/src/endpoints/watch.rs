//! Methods on what is seen: limits, services, alerts, solvency.

use candid::candid_method;
use granary_api::{common as c, risk_guard as r};
use granary_env::suite::{Host as _, convert, counters, install};
use granary_errors::Error;
use granary_kernel::checks;
use ic_cdk::{query, update};

use super::{number, small};
use crate::access;
use crate::convert::{input, output, reply};
use crate::flows;
use crate::state::Here;

/// Where the limits of an asset stand: what each rolling window holds and lets through.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed, risk_guard.asset.number.
#[candid_method(query)]
#[query(hidden = true, decode_with = "number", encode_with = "reply")]
fn get_limits_status(args: r::AssetArgs) -> Result<r::LimitsStatus, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::limits(&store.limits_status(ctx, args.asset)?))
    })
}

/// Where a destination stands; one that was never heard of is unlisted and unused.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed, common.hash.size.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_destination(args: r::DestinationArgs) -> Result<r::Destination, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        let key = checks::hash("destination", &args.destination)?;
        Ok(output::destination(store.destination(&key)))
    })
}

/// The circuit breakers of dependencies whose outcomes were told, with the outcomes of an hour.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_circuit_breakers() -> Vec<r::CircuitBreaker> {
    let now = granary_env::message::now();
    Here::read(|store| {
        store.all_services().into_iter().map(|it| output::breaker(it, now)).collect()
    })
}

/// Alerts by number; or only those that are not resolved.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_alerts(args: r::ListAlertsArgs) -> Result<r::AlertPage, Error> {
    Here::view(|store, ctx| {
        let escalation = store.config().escalation.as_ref();
        let page = store.list_alerts(args.only_open, args.after, args.limit)?;
        let page = page.map(|found| output::alert(found, escalation, ctx.now));
        Ok(r::AlertPage { items: page.items, next: page.next })
    })
}

/// Somebody looks after an alert.
/// Who: operators, governors. Errors: common.not_allowed, risk_guard.alert.not_found,
/// risk_guard.alert.state. Repeating is refused: it is acknowledged.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn acknowledge_alert(args: r::AlertArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.acknowledge_alert(ctx, args.alert))
}

/// Somebody says that an alert is over. When it is not, it is raised anew.
/// Who: operators, governors. Errors: common.not_allowed, risk_guard.alert.not_found,
/// risk_guard.alert.state. Repeating is refused: it is resolved.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn resolve_alert(args: r::AlertArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.resolve_alert(ctx, args.alert))
}

/// Says whom alerts reach, one after the other.
/// Who: governors. Errors: common.not_allowed, common.text.size, common.list.size,
/// risk_guard.delay.range. Repeating says the same again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_escalation_policy(args: r::EscalationPolicy) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.set_escalation(ctx, input::escalation(args)))
}

/// Whom alerts reach, once that was said.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_escalation_policy() -> Option<r::EscalationPolicy> {
    Here::read(|store| store.config().escalation.as_ref().map(output::escalation))
}

/// Whether the treasury has what it owes, asset by asset, and what it is worth.
/// Who: execution, readers, stewards, auditors, operators, governors.
/// Errors: common.not_allowed.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_solvency() -> Result<r::Solvency, Error> {
    Here::view(|store, ctx| {
        access::need_reader(store, ctx)?;
        Ok(output::solvency(store))
    })
}

/// Asks the books what the treasury has, now.
/// Who: operators, auditors, governors. Effect: balances, prices, solvency, alerts.
/// Errors: common.not_allowed, common.peer.unset, risk_guard.treasury.asking,
/// risk_guard.treasury.unavailable, risk_guard.treasury.reply. Repeating asks anew.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
async fn refresh_treasury() -> Result<c::Receipt, Error> {
    let settled = flows::refresh::by_person(install::actor()).await;
    settled.map(convert::receipt).map_err(|refusal| counters::refused(refusal.into()))
}
