//! Every method, with its docs; the interface file `candid/registry.did` is made from it.
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

mod profiles;
mod roles;
mod suite;
mod users;
mod wallets;

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::registry as g;
use granary_env::wire::{self, ArgumentLimits};
use ic_cdk::{init, post_upgrade};

use crate::convert::exact;
use crate::install;

/// Arguments of numbers and short texts.
const SMALL: ArgumentLimits = ArgumentLimits { max_bytes: 16_384, max_work: 40_000 };
/// Arguments with people's texts: as large as the network takes, so that each bound is refused by
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

fn number<T>(bytes: Vec<u8>) -> T
where
    T: exact::Number,
    (T,): for<'a> ArgumentDecoder<'a>,
{
    exact::number(&bytes).unwrap_or_else(|| small(bytes))
}

fn identity(bytes: Vec<u8>) -> g::IdentityArgs {
    exact::identity(&bytes).unwrap_or_else(|| small(bytes))
}

fn standings(bytes: Vec<u8>) -> g::GetStandingsArgs {
    exact::standings(&bytes).unwrap_or_else(|| text(bytes))
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
    use granary_api::{common as c, http};
    use granary_env::wire::{header_of, headers_source};
    use granary_errors::Error;

    use super::*;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        granary_build::generated("candid/registry.did", &__export_service());
    }

    fn of<T: CandidType>(name: &str) -> (&str, Vec<u8>) {
        (name, header_of::<T>())
    }

    #[test]
    fn generated_headers_are_current() {
        let imports = "use granary_api::{common as c, http, registry as g};\n\
            use granary_errors::Error;\n\nuse super::Headed;\n";
        let types = [
            of::<Result<c::Receipt, Error>>("Result<c::Receipt, Error>"),
            of::<Result<g::User, Error>>("Result<g::User, Error>"),
            of::<Result<g::UserPage, Error>>("Result<g::UserPage, Error>"),
            of::<Result<g::Wallet, Error>>("Result<g::Wallet, Error>"),
            of::<Result<g::WalletPage, Error>>("Result<g::WalletPage, Error>"),
            of::<Result<g::RiskProfile, Error>>("Result<g::RiskProfile, Error>"),
            of::<Result<g::RiskProfilePage, Error>>("Result<g::RiskProfilePage, Error>"),
            of::<Result<g::RoleGrant, Error>>("Result<g::RoleGrant, Error>"),
            of::<Result<g::RoleGrantPage, Error>>("Result<g::RoleGrantPage, Error>"),
            of::<Result<Vec<g::Standing>, Error>>("Result<Vec<g::Standing>, Error>"),
            of::<Result<g::UserConsistency, Error>>("Result<g::UserConsistency, Error>"),
            of::<Result<c::EventPage, Error>>("Result<c::EventPage, Error>"),
            of::<Result<c::LogPage, Error>>("Result<c::LogPage, Error>"),
            of::<Result<c::ValidationReport, Error>>("Result<c::ValidationReport, Error>"),
            of::<Result<c::StatePage, Error>>("Result<c::StatePage, Error>"),
            of::<Result<c::StateDigest, Error>>("Result<c::StateDigest, Error>"),
            of::<Result<c::DependencyReport, Error>>("Result<c::DependencyReport, Error>"),
            of::<c::Health>("c::Health"),
            of::<c::SystemHealth>("c::SystemHealth"),
            of::<c::Version>("c::Version"),
            of::<Vec<c::UpgradeRecord>>("Vec<c::UpgradeRecord>"),
            of::<c::MigrationStatus>("c::MigrationStatus"),
            of::<c::DrainStatus>("c::DrainStatus"),
            of::<c::JobsStatus>("c::JobsStatus"),
            of::<c::CertifiedHead>("c::CertifiedHead"),
            of::<Vec<c::SupportedStandard>>("Vec<c::SupportedStandard>"),
            of::<Vec<c::Peer>>("Vec<c::Peer>"),
            of::<Vec<g::RoleHolder>>("Vec<g::RoleHolder>"),
            of::<g::Policies>("g::Policies"),
            of::<http::HttpResponse>("http::HttpResponse"),
            of::<g::UserArgs>("g::UserArgs"),
            of::<g::WalletArgs>("g::WalletArgs"),
            of::<g::GrantArgs>("g::GrantArgs"),
            of::<g::IdentityArgs>("g::IdentityArgs"),
            of::<g::GetStandingsArgs>("g::GetStandingsArgs"),
        ];
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/registry/shell/src/convert/headers.rs", &text);
    }
}
