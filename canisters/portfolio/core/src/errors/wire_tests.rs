//! Every refusal of the books reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;

use super::{CATALOGUE, FundsFault, InputFault, LedgerFault, Missing, PortfolioError, StateFault};
use crate::records::Symbol;
use crate::types::{AssetStatus, EntryId, EntryKind, Owner, Signed};

fn inputs() -> Vec<PortfolioError> {
    let faults = [
        InputFault::PostingCount { count: 1 },
        InputFault::Unbalanced { asset: 1, sum: Signed::minus(3) },
        InputFault::DeltaZero { index: 0 },
        InputFault::SameAccount { index: 1 },
        InputFault::KindReserved { kind: EntryKind::Explained },
        InputFault::SuspenseReserved { index: 1 },
        InputFault::ReferenceForeign,
        InputFault::Filter,
        InputFault::Period,
        InputFault::WindowRange { field: "commit_every_ns", given_ns: 1, min_ns: 2, max_ns: 3 },
    ];
    faults.into_iter().map(PortfolioError::from).collect()
}

fn states() -> Vec<PortfolioError> {
    let allowed: &'static [AssetStatus] = &[AssetStatus::Active];
    let faults = [
        StateFault::Asset { id: 1, actual: AssetStatus::Retired, allowed },
        StateFault::AssetInUse { booked: 9 },
        StateFault::ReferenceTaken { entry: EntryId::new(4).expect("not zero") },
        StateFault::LedgerTaken { asset: 1 },
        StateFault::NoLedger { asset: 2 },
        StateFault::RunOver { run: 3 },
    ];
    faults.into_iter().map(PortfolioError::from).collect()
}

fn ledgers() -> Vec<PortfolioError> {
    let faults = [
        LedgerFault::Unavailable { method: "icrc1_fee", reason: "x".repeat(500) },
        LedgerFault::Reply { method: "icrc1_fee" },
        LedgerFault::Decimals { booked: 6, found: 8 },
        LedgerFault::Chain { block: 1 },
        LedgerFault::Shorter { known: 2, found: 1 },
        LedgerFault::Gap { block: 1 },
        LedgerFault::Moving,
        LedgerFault::Range,
    ];
    faults.into_iter().map(PortfolioError::from).collect()
}

fn others() -> Vec<PortfolioError> {
    let symbol = Symbol::new("TUSD").expect("short");
    let owner = Owner::User(1);
    let funds = FundsFault::Balance { owner, required: 9, available: 8, symbol };
    let missing = [Missing::Asset { id: 1 }, Missing::Account { id: 2 }, Missing::Entry { id: 3 }];
    let missing = missing.into_iter().map(PortfolioError::from);
    missing.chain([PortfolioError::from(funds)]).collect()
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    let mut codes = BTreeSet::new();
    for error in inputs().into_iter().chain(states()).chain(ledgers()).chain(others()) {
        let name = format!("{error:?}");
        let wire = Error::from(error);
        let entry = CATALOGUE.iter().find(|entry| entry.code.as_str() == wire.code());
        let entry = entry.unwrap_or_else(|| panic!("{name} has an unknown code"));
        assert_eq!(entry.category, wire.category(), "{name}");
        let text = wire.message();
        assert!(!text.is_empty() && text.len() < 200, "{name}: {text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase()), "{name}: {text}");
        codes.insert(wire.code().to_owned());
    }
    for entry in CATALOGUE {
        assert!(codes.contains(entry.code.as_str()), "nobody says {}", entry.code);
    }
}
