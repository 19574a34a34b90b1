//! Methods on risk profiles.

use candid::candid_method;
use granary_api::{common as c, registry as g};
use granary_env::suite::Host;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::small;
use crate::convert::{input, output, reply};
use crate::state::Here;

/// Defines a risk profile, or a new version of one. Older versions stay as they were.
/// Who: compliance, governors. Effect: a new profile, or version + 1.
/// Errors: registry.profile.bps, registry.profile.not_found, common.capacity.full.
/// Repeated with the same idempotency key: the first receipt again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn define_risk_profile(args: g::DefineRiskProfileArgs) -> Result<c::Receipt, Error> {
    let g::DefineRiskProfileArgs { profile, class, limits, idempotency_key: key } = args;
    let (class, limits) = (input::class(class), input::limits(limits));
    Here::verb(|store, ctx| store.define_risk_profile(ctx, profile, class, limits, key.as_deref()))
}

/// Gives a user another risk profile. What was approved before keeps its version's limits.
/// Who: the user itself when no limit rises; compliance for others.
/// Effect: the user's profile. Errors: registry.profile.raises_limits,
/// registry.profile.unchanged, registry.profile.not_found. Repeating is refused: it is set.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_risk_profile(args: g::SetRiskProfileArgs) -> Result<c::Receipt, Error> {
    Here::verb(|store, ctx| store.set_risk_profile(ctx, args.user, args.profile))
}

/// A risk profile in one version, the newest without one.
/// Who: everybody. Errors: registry.profile.not_found, registry.profile.version_not_found.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_risk_profile(args: g::GetRiskProfileArgs) -> Result<g::RiskProfile, Error> {
    Here::view(|store, _| match args.version {
        None => store.profile(args.profile).map(output::profile),
        Some(version) => {
            store.profile_version(args.profile, version).map(|row| output::revision(&row))
        }
    })
}

/// Risk profiles in their newest version, by number.
/// Who: everybody. Errors: common.page.limit.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn list_risk_profiles(args: c::PageArgs) -> Result<g::RiskProfilePage, Error> {
    Here::view(|store, _| store.list_risk_profiles(args.after, args.limit).map(output::profiles))
}
