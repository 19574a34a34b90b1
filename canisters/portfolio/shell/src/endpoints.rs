//! Every method, with its docs; the interface file `candid/portfolio.did` is made from it.
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

mod books;
mod prices;
mod proofs;
mod suite;
mod utxos;

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::portfolio as p;
use granary_env::unread::Unread;
use granary_env::wire::{self, ArgumentLimits};
use ic_cdk::{init, post_upgrade};

use crate::convert::exact;
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

/// An argument that waits until its caller was found to be allowed.
const fn unread<T>(bytes: Vec<u8>) -> Unread<T> {
    Unread::new(bytes)
}

fn entry(bytes: Vec<u8>) -> p::PostEntryArgs {
    exact::entry(&bytes).unwrap_or_else(|| text(bytes))
}

fn number(bytes: Vec<u8>) -> u64 {
    exact::number(&bytes).unwrap_or_else(|| small(bytes))
}

fn balances(bytes: Vec<u8>) -> p::GetBalancesArgs {
    exact::balances(&bytes).unwrap_or_else(|| small(bytes))
}

#[candid_method(init)]
#[init(hidden = true, decode_with = "text")]
fn init(args: p::InstallArgs) {
    install::init(args);
}

#[post_upgrade(decode_with = "text")]
fn post_upgrade(args: Option<p::InstallArgs>) {
    install::post_upgrade(args);
}

#[cfg(test)]
mod tests {
    use candid::CandidType;
    use granary_api::{common as c, http};
    use granary_env::wire::{header_of, headers_source};
    use granary_errors::Error;
    use serde_bytes::ByteBuf;

    use super::*;

    candid::export_service!();

    #[test]
    fn generated_interface_is_current() {
        granary_build::generated("candid/portfolio.did", &__export_service());
    }

    fn of<T: CandidType>(name: &str) -> (&str, Vec<u8>) {
        (name, header_of::<T>())
    }

    #[test]
    fn generated_headers_are_current() {
        let imports = "use granary_api::{common as c, http, portfolio as p};\n\
            use granary_errors::Error;\n\nuse super::Headed;\n";
        let types = [
            of::<Result<c::Receipt, Error>>("Result<c::Receipt, Error>"),
            of::<Result<p::Asset, Error>>("Result<p::Asset, Error>"),
            of::<Result<p::AssetPage, Error>>("Result<p::AssetPage, Error>"),
            of::<Result<p::AccountPage, Error>>("Result<p::AccountPage, Error>"),
            of::<Result<Vec<p::Balance>, Error>>("Result<Vec<p::Balance>, Error>"),
            of::<Result<p::Portfolio, Error>>("Result<p::Portfolio, Error>"),
            of::<Result<p::Entry, Error>>("Result<p::Entry, Error>"),
            of::<Result<p::EntryPage, Error>>("Result<p::EntryPage, Error>"),
            of::<Result<p::Reconciliation, Error>>("Result<p::Reconciliation, Error>"),
            of::<Result<p::Statement, Error>>("Result<p::Statement, Error>"),
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
            of::<Vec<p::RoleGrant>>("Vec<p::RoleGrant>"),
            of::<http::HttpResponse>("http::HttpResponse"),
            of::<p::PostEntryArgs>("p::PostEntryArgs"),
            of::<p::GetBalancesArgs>("p::GetBalancesArgs"),
            of::<u64>("u64"),
        ];
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/portfolio/shell/src/convert/headers.rs", &text);
    }

    #[test]
    fn generated_proof_headers_are_current() {
        let imports = "use granary_api::portfolio as p;\nuse granary_errors::Error;\n\
            use serde_bytes::ByteBuf;\n\nuse super::Headed;\n";
        let types = [
            of::<Result<p::SyncReport, Error>>("Result<p::SyncReport, Error>"),
            of::<Result<p::UtxoPage, Error>>("Result<p::UtxoPage, Error>"),
            of::<Result<p::HeaderChain, Error>>("Result<p::HeaderChain, Error>"),
            of::<Result<ByteBuf, Error>>("Result<ByteBuf, Error>"),
            of::<Result<p::IncludedTransaction, Error>>("Result<p::IncludedTransaction, Error>"),
            of::<Result<p::Price, Error>>("Result<p::Price, Error>"),
            of::<Result<p::Valuation, Error>>("Result<p::Valuation, Error>"),
            of::<Result<p::CertifiedCommitment, Error>>("Result<p::CertifiedCommitment, Error>"),
            of::<Result<p::BalanceProof, Error>>("Result<p::BalanceProof, Error>"),
            of::<Result<p::EntryProof, Error>>("Result<p::EntryProof, Error>"),
            of::<Result<p::ConsistencyProof, Error>>("Result<p::ConsistencyProof, Error>"),
        ];
        let text = headers_source(imports, &types);
        granary_build::generated("canisters/portfolio/shell/src/convert/headers_proofs.rs", &text);
    }
}
