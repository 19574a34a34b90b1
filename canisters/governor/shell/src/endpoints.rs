//! Every method, with its docs; the interface file `candid/governor.did` is made from it.
//!
//! Each doc says who may call, what it does, which errors are its own, and what repeating does.
//! Common to all: `common.anonymous` for unsigned updates, `common.mode.*` while the canister is
//! restricted, `common.lifecycle.importing` while it is being filled,
//! `common.lifecycle.rehearsing` on a copy on which an upgrade is tried.
//!
//! Methods read their arguments within limits and reply under ready type headers, so the CDK's own
//! encoding is switched off (`hidden`, `decode_with`, `encode_with`) and the interface is taken
//! from the signatures by `candid_method`.
#![expect(clippy::doc_markdown, reason = "the docs become the interface file, which is plain text")]
#![expect(clippy::needless_pass_by_value, reason = "the CDK hands arguments over by value")]

mod executions;
mod incidents;
mod members;
mod proposals;
mod releases;
mod suite;
mod votes;

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use governor_core::errors::{AccessFault, GovernorError};
use governor_core::records::Role;
use governor_core::types::Permissions;
use granary_api::governor as g;
use granary_env::wire::{self, ArgumentLimits};
use granary_kernel::{Ctx, Fault, is_nobody};
use ic_cdk::{init, post_upgrade};

use crate::access;
use crate::install;
use crate::state::Constitution;

/// Arguments of numbers and short texts.
const SMALL: ArgumentLimits = ArgumentLimits { max_bytes: 16_384, max_work: 60_000 };
/// Arguments with lists and texts: as large as the network takes, so that each bound is refused by
/// its name; the work bounds what nested lists can cost.
const TEXT: ArgumentLimits = ArgumentLimits { max_bytes: 2_097_152, max_work: 6_000_000 };

fn small<T>(bytes: Vec<u8>) -> T
where
    (T,): for<'a> ArgumentDecoder<'a>,
{
    wire::decode_or_trap::<(T,)>(&bytes, SMALL).0
}

fn text<T>(bytes: Vec<u8>) -> T
where
    (T,): for<'a> ArgumentDecoder<'a>,
{
    wire::decode_or_trap::<(T,)>(&bytes, TEXT).0
}

/// A module's piece, or a whole small program.
fn bytes<T>(raw: Vec<u8>) -> T
where
    (T,): for<'a> ArgumentDecoder<'a>,
{
    text(raw)
}

/// Whoever is a member with the permission.
fn need_member(store: &Constitution, ctx: &Ctx, what: Permissions) -> Result<(), GovernorError> {
    if is_nobody(&ctx.actor) {
        return Err(Fault::NoIdentity.into());
    }
    if store.config().may(&ctx.actor, what, ctx.now) {
        return Ok(());
    }
    let needs = what.names().first().copied().unwrap_or("Member");
    Err(AccessFault::NotMember { needs }.into())
}

/// Whoever watches the fleet: members, and holders of roles that may have canisters asked.
fn need_watcher(store: &Constitution, ctx: &Ctx) -> Result<(), GovernorError> {
    if is_nobody(&ctx.actor) {
        return Err(Fault::NoIdentity.into());
    }
    if store.config().member(&ctx.actor, ctx.now).is_some() {
        return Ok(());
    }
    if access::TRUSTED.iter().any(|role: &Role| store.has_role(*role, &ctx.actor)) {
        return Ok(());
    }
    Err(AccessFault::NotMember { needs: "Member" }.into())
}

#[candid_method(init)]
#[init(hidden = true, decode_with = "text")]
fn init(args: g::InstallArgs) {
    install::init(args);
}

#[post_upgrade(decode_with = "text")]
fn post_upgrade(args: Option<g::InstallArgs>) {
    install::post_upgrade(args);
}

#[cfg(test)]
mod tests {
    use candid::CandidType;
    use granary_api::{common as c, http, icrc21};
    use granary_env::wire::{header_of, headers_source};
    use granary_errors::Error;

    use super::*;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        granary_build::generated("candid/governor.did", &__export_service());
    }

    fn of<T: CandidType>(name: &str) -> (&str, Vec<u8>) {
        (name, header_of::<T>())
    }

    #[test]
    fn generated_headers_are_current() {
        let imports = "use granary_api::{common as c, governor as g, http, icrc21};\n\
            use granary_errors::Error;\n\nuse super::Headed;\n";
        let types = [
            of::<Result<c::Receipt, Error>>("Result<c::Receipt, Error>"),
            of::<Result<g::ProposalDetails, Error>>("Result<g::ProposalDetails, Error>"),
            of::<Result<g::ProposalStatus, Error>>("Result<g::ProposalStatus, Error>"),
            of::<Result<g::ProposalPage, Error>>("Result<g::ProposalPage, Error>"),
            of::<Result<g::Rendering, Error>>("Result<g::Rendering, Error>"),
            of::<icrc21::ConsentMessageResponse>("icrc21::ConsentMessageResponse"),
            of::<g::Config>("g::Config"),
            of::<g::Members>("g::Members"),
            of::<Result<g::Authority, Error>>("Result<g::Authority, Error>"),
            of::<Result<g::ModuleDetails, Error>>("Result<g::ModuleDetails, Error>"),
            of::<Result<g::ModulePage, Error>>("Result<g::ModulePage, Error>"),
            of::<g::ProgramHash>("g::ProgramHash"),
            of::<Result<g::ProgramCheck, Error>>("Result<g::ProgramCheck, Error>"),
            of::<Result<g::Audit, Error>>("Result<g::Audit, Error>"),
            of::<Result<g::RehearsalReport, Error>>("Result<g::RehearsalReport, Error>"),
            of::<Result<g::Execution, Error>>("Result<g::Execution, Error>"),
            of::<Vec<g::Target>>("Vec<g::Target>"),
            of::<Result<g::SnapshotPage, Error>>("Result<g::SnapshotPage, Error>"),
            of::<Result<g::Incident, Error>>("Result<g::Incident, Error>"),
            of::<Result<g::IncidentPage, Error>>("Result<g::IncidentPage, Error>"),
            of::<Result<g::Dashboard, Error>>("Result<g::Dashboard, Error>"),
            of::<Result<c::EventPage, Error>>("Result<c::EventPage, Error>"),
            of::<Result<c::LogPage, Error>>("Result<c::LogPage, Error>"),
            of::<Result<c::ValidationReport, Error>>("Result<c::ValidationReport, Error>"),
            of::<Result<c::StatePage, Error>>("Result<c::StatePage, Error>"),
            of::<Result<c::StateDigest, Error>>("Result<c::StateDigest, Error>"),
            of::<Result<c::DependencyReport, Error>>("Result<c::DependencyReport, Error>"),
            of::<Vec<c::Peer>>("Vec<c::Peer>"),
            of::<c::Health>("c::Health"),
            of::<c::SystemHealth>("c::SystemHealth"),
            of::<c::Version>("c::Version"),
            of::<Vec<c::UpgradeRecord>>("Vec<c::UpgradeRecord>"),
            of::<c::MigrationStatus>("c::MigrationStatus"),
            of::<c::DrainStatus>("c::DrainStatus"),
            of::<c::JobsStatus>("c::JobsStatus"),
            of::<c::CertifiedHead>("c::CertifiedHead"),
            of::<Vec<c::SupportedStandard>>("Vec<c::SupportedStandard>"),
            of::<Vec<g::RoleGrant>>("Vec<g::RoleGrant>"),
            of::<http::HttpResponse>("http::HttpResponse"),
        ];
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/governor/shell/src/convert/headers.rs", &text);
    }
}
