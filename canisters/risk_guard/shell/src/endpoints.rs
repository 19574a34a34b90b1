//! Every method, with its docs; the interface file `candid/risk_guard.did` is made from it.
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

mod guards;
mod outflows;
mod policy;
mod suite;
mod watch;

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::risk_guard as r;
use granary_env::unread::Unread;
use granary_env::wire::{self, ArgumentLimits};
use granary_kernel::Fault;
use ic_cdk::{init, post_upgrade};

use crate::convert::exact;
use crate::convert::input::AnyOutflow;
use crate::flows::reserve::Later;
use crate::install;

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

fn number<T>(bytes: Vec<u8>) -> T
where
    T: exact::Number,
    (T,): for<'a> ArgumentDecoder<'a>,
{
    exact::number(&bytes).unwrap_or_else(|| small(bytes))
}

/// Reads an outflow, or says that its amount cannot be counted.
pub(crate) fn outflow(args: Unread<r::OutflowArgs>) -> Result<r::OutflowArgs, Fault> {
    let bytes = args.into_bytes();
    match exact::outflow(&bytes) {
        Some(outflow) => Ok(outflow),
        None => small::<AnyOutflow>(bytes).counted(),
    }
}

const fn unread<T>(bytes: Vec<u8>) -> Unread<T> {
    Unread::new(bytes)
}

#[candid_method(init)]
#[init(hidden = true, decode_with = "text")]
fn init(args: r::InstallArgs) {
    install::init(args);
}

#[post_upgrade(decode_with = "text")]
fn post_upgrade(args: Option<r::InstallArgs>) {
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
        granary_build::generated("candid/risk_guard.did", &__export_service());
    }

    fn of<T: CandidType>(name: &str) -> (&str, Vec<u8>) {
        (name, header_of::<T>())
    }

    fn own() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            of::<r::OutflowArgs>("r::OutflowArgs"),
            of::<r::ReservationArgs>("r::ReservationArgs"),
            of::<r::AssetArgs>("r::AssetArgs"),
            of::<Result<c::Receipt, Error>>("Result<c::Receipt, Error>"),
            of::<Result<r::Assessment, Error>>("Result<r::Assessment, Error>"),
            of::<Result<r::Verdict, Error>>("Result<r::Verdict, Error>"),
            of::<Result<r::Reservation, Error>>("Result<r::Reservation, Error>"),
            of::<Result<r::ReservationPage, Error>>("Result<r::ReservationPage, Error>"),
            of::<r::Policy>("r::Policy"),
            of::<Result<r::PolicyChangeView, Error>>("Result<r::PolicyChangeView, Error>"),
            of::<Result<r::PolicyChangePage, Error>>("Result<r::PolicyChangePage, Error>"),
            of::<Result<Vec<r::OutflowPath>, Error>>("Result<Vec<r::OutflowPath>, Error>"),
            of::<Result<r::LimitsStatus, Error>>("Result<r::LimitsStatus, Error>"),
            of::<Result<r::Destination, Error>>("Result<r::Destination, Error>"),
            of::<Result<r::AnnouncementPage, Error>>("Result<r::AnnouncementPage, Error>"),
            of::<Result<r::SealPage, Error>>("Result<r::SealPage, Error>"),
            of::<Vec<r::Seat>>("Vec<r::Seat>"),
            of::<Vec<r::CircuitBreaker>>("Vec<r::CircuitBreaker>"),
            of::<Result<r::AlertPage, Error>>("Result<r::AlertPage, Error>"),
            of::<Option<r::EscalationPolicy>>("Option<r::EscalationPolicy>"),
            of::<Result<r::Solvency, Error>>("Result<r::Solvency, Error>"),
            of::<Vec<r::RoleGrant>>("Vec<r::RoleGrant>"),
        ]
    }

    #[test]
    fn generated_headers_are_current() {
        let imports = "use granary_api::{common as c, http, risk_guard as r};\n\
            use granary_errors::Error;\n\nuse super::Headed;\n";
        let mut types = own();
        types.extend([
            of::<Result<c::EventPage, Error>>("Result<c::EventPage, Error>"),
            of::<Result<c::LogPage, Error>>("Result<c::LogPage, Error>"),
            of::<Result<c::ValidationReport, Error>>("Result<c::ValidationReport, Error>"),
            of::<Result<c::StatePage, Error>>("Result<c::StatePage, Error>"),
            of::<Result<c::StateDigest, Error>>("Result<c::StateDigest, Error>"),
            of::<Result<c::DependencyReport, Error>>("Result<c::DependencyReport, Error>"),
            of::<Result<c::Dependency, Error>>("Result<c::Dependency, Error>"),
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
            of::<http::HttpResponse>("http::HttpResponse"),
        ]);
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/risk_guard/shell/src/convert/headers.rs", &text);
    }
}
