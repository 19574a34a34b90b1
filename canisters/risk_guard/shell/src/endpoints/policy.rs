//! Methods on the policy.

use candid::candid_method;
use granary_api::{common as c, risk_guard as r};
use granary_env::suite::Host as _;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{small, text};
use crate::convert::{input, output, policy, reply};
use crate::state::Here;

/// Proposes a change of the policy. One that only tightens is the policy at once; one that loosens
/// any field waits as a whole, and one that shortens a delay waits at least the difference.
/// Who: governors. Effect: the change; its receipt's id is the change's number.
/// Errors: common.not_allowed, common.hash.size, common.list.size, common.capacity.full,
/// risk_guard.policy.field, risk_guard.policy.floor, risk_guard.policy.empty,
/// risk_guard.delay.range, risk_guard.window.span, risk_guard.asset.number.
/// Repeating proposes again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn propose_policy(args: r::PolicyChange) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.propose_policy(ctx, policy::change(&args)?))
}

/// Makes a change that waited long enough the policy.
/// Who: governors, operators. Effect: the policy, one version further; other changes that wait
/// were compared with another policy and are void.
/// Errors: common.not_allowed, risk_guard.policy.not_found, risk_guard.policy.waits,
/// risk_guard.policy.state. Repeating is refused: it is applied.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn apply_policy(args: r::PolicyChangeArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.apply_policy(ctx, args.change))
}

/// Takes a waiting change back.
/// Who: governors. Errors: common.not_allowed, risk_guard.policy.not_found,
/// risk_guard.policy.state. Repeating is refused: it does not wait.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn withdraw_policy(args: r::PolicyChangeArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.withdraw_policy(ctx, args.change))
}

/// Moves one parameter of one asset within a steward's bound. Downwards it holds at once; upwards
/// it is a change that loosens and waits like every other.
/// Who: stewards. Errors: common.not_allowed, risk_guard.asset.number, risk_guard.window.span,
/// risk_guard.steward.bound, risk_guard.steward.too_soon, risk_guard.steward.unset,
/// risk_guard.policy.empty, common.capacity.full. Repeating is refused: it is too soon.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn steward_adjust(args: r::StewardAdjustArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| {
        let parameter = input::parameter(args.parameter)?;
        let value = input::units("value_units", &args.value_units)?;
        store.steward_adjust(ctx, args.asset, parameter, value)
    })
}

/// The policy there is.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_policy() -> r::Policy {
    Here::read(|store| {
        let (rules, named) = (store.rules(), store.all_assets());
        let named = named.filter(|(_, row)| row.limits.is_some());
        r::Policy {
            version: rules.version,
            effective_at_ns: rules.effective_at.as_nanos(),
            rules: policy::shown_rules(rules),
            assets: named
                .map(|(id, row)| policy::shown_asset(id.get(), row.limits.as_ref()))
                .collect(),
        }
    })
}

/// A change of the policy with its course.
/// Who: everybody. Errors: risk_guard.policy.not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_policy_change(args: r::PolicyChangeArgs) -> Result<r::PolicyChangeView, Error> {
    Here::view(|store, ctx| {
        let found = store.change(args.change)?;
        Ok(output::change(found, store.rules().version, ctx.now))
    })
}

/// Changes of the policy by number.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_policy_changes(args: c::PageArgs) -> Result<r::PolicyChangePage, Error> {
    Here::view(|store, ctx| {
        let version = store.rules().version;
        let page = store.list_changes(args.after, args.limit)?;
        let page = page.map(|found| output::change(found, version, ctx.now));
        Ok(r::PolicyChangePage { items: page.items, next: page.next })
    })
}

/// Every way by which so much of an asset could leave, who must act for it and after how long, and
/// the ways that are closed: over the policy and the state of this moment.
/// Who: everybody. Errors: common.hash.size, risk_guard.amount.zero, risk_guard.asset.number.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn explain_policy(args: r::ExplainPolicyArgs) -> Result<Vec<r::OutflowPath>, Error> {
    Here::view(|store, ctx| {
        let paths = store.explain_policy(ctx, &input::question(&args)?)?;
        Ok(paths.iter().map(output::path).collect())
    })
}
