//! Every refusal reaches the wire with a code of the catalogue, in its category, in one sentence.

use granary_errors::Error;

use super::*;
use crate::sample::SampleRole;

fn all() -> Vec<Fault> {
    let field = || "content.title".to_owned();
    vec![
        Fault::TextSize { field: field(), bytes: 0, max: 9 },
        Fault::ListSize { field: field(), count: 10, max: 9 },
        Fault::AmountRange { field: field() },
        Fault::Limit { field: field(), given: 2, max: 1 },
        Fault::Range { field: field(), given: 0, min: 1, max: 9 },
        Fault::DuplicatePerson { field: field() },
        Fault::PersonInvalid { field: field() },
        Fault::HashSize { field: field(), bytes: 31 },
        Fault::DrainDeadline { max_ns: 1 },
        Fault::PageLimit { given: 0, max: 100 },
        Fault::Cursor,
        Fault::KeySize { bytes: 65 },
        Fault::Domain { name: "x".repeat(100) },
        Fault::import("a damaged record"),
        Fault::PeerUnknown { name: "x".repeat(100), known: &["books", "ledger"] },
        Fault::PeerUnknown { name: "x".to_owned(), known: &[] },
        Fault::NoIdentity,
        Fault::needs(&[SampleRole::Clerk, SampleRole::Governor]),
        Fault::Full { what: "the canister", max: 3 },
        Fault::Busy { what: "the reconciliation" },
        Fault::PeerUnset { name: "ledger" },
        Fault::ReadOnly,
        Fault::OutflowsFrozen,
        Fault::Restricted,
        Fault::Draining,
        Fault::NotDraining,
        Fault::EpochStale { current: 3 },
        Fault::Rehearsing,
        Fault::Importing,
        Fault::NotImporting,
        Fault::ImportOrder { expected: "roles".to_owned() },
        Fault::IdempotencyConflict,
        Fault::CursorMoved,
        Fault::LastGovernor,
        Fault::Migrating { what: "the list of users by status" },
        Fault::MigrationFailed { reason: "migration step x: record 3 is damaged".to_owned() },
        Fault::RateLimited { what: "registrations", retry_after_ns: 5 },
        Fault::Storage { reason: "stable memory did not grow".to_owned() },
        Fault::DedupFull { retry_after_ns: 5 },
    ]
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    for fault in all() {
        let name = format!("{fault:?}");
        let wire = Error::from(fault);
        let entry = common::CATALOGUE.iter().find(|entry| entry.code.as_str() == wire.code());
        let entry = entry.unwrap_or_else(|| panic!("{name} has an unknown code"));
        assert_eq!(entry.category, wire.category(), "{name}");
        let text = wire.message();
        assert!(!text.is_empty() && text.len() < 200, "{name}: {text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase()), "{name}: {text}");
    }
}

#[test]
fn a_missing_role_is_named() {
    let wire = Error::from(Fault::needs(&[SampleRole::Clerk, SampleRole::Governor]));
    assert_eq!(wire.message(), "the caller is not Clerk or Governor");
    assert!(matches!(wire, Error::Unauthorized { needs, .. } if needs == "Clerk or Governor"));
}
