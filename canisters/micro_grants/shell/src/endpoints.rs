//! Every method, with its docs; the interface file `candid/micro_grants.did` is made from it.
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

mod applications;
mod grants;
mod programs;
mod suite;

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::micro_grants as m;
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

fn submission(bytes: Vec<u8>) -> m::SubmitApplicationArgs {
    exact::submission(&bytes).unwrap_or_else(|| text(bytes))
}

fn draft(bytes: Vec<u8>) -> m::SaveDraftArgs {
    exact::draft(&bytes).unwrap_or_else(|| text(bytes))
}

#[candid_method(init)]
#[init(hidden = true, decode_with = "text")]
fn init(args: m::InstallArgs) {
    install::init(args);
}

#[post_upgrade(decode_with = "text")]
fn post_upgrade(args: Option<m::InstallArgs>) {
    install::post_upgrade(args);
}

#[cfg(test)]
mod tests {
    use candid::CandidType;
    use granary_api::{common as c, http};
    use granary_env::wire::{header_of, headers_source};
    use granary_errors::Error;

    use super::*;
    use crate::flows::informed::Later;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        granary_build::generated("candid/micro_grants.did", &__export_service());
    }

    fn of<T: CandidType>(name: &str) -> (&str, Vec<u8>) {
        (name, header_of::<T>())
    }

    #[test]
    fn generated_headers_are_current() {
        let imports = "use granary_api::{common as c, http, micro_grants as m};\n\
            use granary_errors::Error;\n\nuse super::Headed;\n";
        let types = [
            of::<Result<c::Receipt, Error>>("Result<c::Receipt, Error>"),
            of::<Result<m::Program, Error>>("Result<m::Program, Error>"),
            of::<Result<m::ProgramPage, Error>>("Result<m::ProgramPage, Error>"),
            of::<Result<m::Budget, Error>>("Result<m::Budget, Error>"),
            of::<Result<m::ReportPage, Error>>("Result<m::ReportPage, Error>"),
            of::<Result<m::Application, Error>>("Result<m::Application, Error>"),
            of::<Result<m::ReviewFile, Error>>("Result<m::ReviewFile, Error>"),
            of::<Result<m::ApplicationPage, Error>>("Result<m::ApplicationPage, Error>"),
            of::<Result<m::Grant, Error>>("Result<m::Grant, Error>"),
            of::<Result<m::GrantPage, Error>>("Result<m::GrantPage, Error>"),
            of::<Result<m::Payout, Error>>("Result<m::Payout, Error>"),
            of::<Result<m::PayoutPage, Error>>("Result<m::PayoutPage, Error>"),
            of::<Result<c::EventPage, Error>>("Result<c::EventPage, Error>"),
            of::<Result<c::LogPage, Error>>("Result<c::LogPage, Error>"),
            of::<Result<c::ValidationReport, Error>>("Result<c::ValidationReport, Error>"),
            of::<Result<c::StatePage, Error>>("Result<c::StatePage, Error>"),
            of::<Result<c::StateDigest, Error>>("Result<c::StateDigest, Error>"),
            of::<c::Health>("c::Health"),
            of::<c::SystemHealth>("c::SystemHealth"),
            of::<c::Version>("c::Version"),
            of::<m::CanisterMetrics>("m::CanisterMetrics"),
            of::<Vec<c::UpgradeRecord>>("Vec<c::UpgradeRecord>"),
            of::<c::MigrationStatus>("c::MigrationStatus"),
            of::<c::DrainStatus>("c::DrainStatus"),
            of::<c::JobsStatus>("c::JobsStatus"),
            of::<c::CertifiedHead>("c::CertifiedHead"),
            of::<Vec<c::SupportedStandard>>("Vec<c::SupportedStandard>"),
            of::<Vec<m::RoleGrant>>("Vec<m::RoleGrant>"),
            of::<Vec<c::Peer>>("Vec<c::Peer>"),
            of::<Result<c::DependencyReport, Error>>("Result<c::DependencyReport, Error>"),
            of::<Result<c::Dependency, Error>>("Result<c::Dependency, Error>"),
            of::<http::HttpResponse>("http::HttpResponse"),
            of::<m::SubmitApplicationArgs>("m::SubmitApplicationArgs"),
            of::<m::ProgramArgs>("m::ProgramArgs"),
            of::<m::ApplicationArgs>("m::ApplicationArgs"),
            of::<m::GrantArgs>("m::GrantArgs"),
        ];
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/micro_grants/shell/src/convert/headers.rs", &text);
    }
}
