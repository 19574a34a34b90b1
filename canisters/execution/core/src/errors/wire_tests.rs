//! Every refusal reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;

use super::{AccessFault, CATALOGUE, ExecutionError, InputFault, Missing, PeerFault, StateFault};
use crate::records::OrphanState;
use crate::types::{IntentState, Timestamp};

fn inputs() -> Vec<ExecutionError> {
    let faults = [
        InputFault::AmountZero,
        InputFault::AmountDust { amount: 1, fee: u128::MAX },
        InputFault::Destination { problem: "is anonymous" },
        InputFault::DestinationSelf,
        InputFault::BitcoinUnserved,
        InputFault::CyclesUnserved,
        InputFault::Origin { origin: "Grant", needs: "MicroGrants" },
        InputFault::Expiry { max_ns: 7 },
        InputFault::Digest,
        InputFault::Authorisation { field: "window_ns", problem: "is too short" },
        InputFault::KeyReference { problem: "has no name" },
    ];
    faults.into_iter().map(ExecutionError::from).collect()
}

fn states() -> Vec<ExecutionError> {
    let actual = IntentState::Settled;
    let faults = [
        StateFault::Intent { id: 1, actual, allowed: IntentState::OPEN },
        StateFault::Approved,
        StateFault::NotApproved,
        StateFault::AssetChanged { what: "ledger" },
        StateFault::Custody,
        StateFault::AuthorisationOver,
        StateFault::KeyTaken { key: 3 },
        StateFault::TooEarly { until: Timestamp::from_nanos(9) },
        StateFault::Evidence { what: "amount" },
        StateFault::Looking,
        StateFault::Orphan { actual: OrphanState::Claimed },
    ];
    faults.into_iter().map(ExecutionError::from).collect()
}

fn others() -> Vec<ExecutionError> {
    let reason = "x".repeat(500);
    let missing = [
        Missing::Intent { id: 1 },
        Missing::Asset { id: 2 },
        Missing::Authorisation { id: 3 },
        Missing::Orphan { id: 4 },
    ];
    let mut all: Vec<ExecutionError> = missing.into_iter().map(ExecutionError::from).collect();
    all.push(AccessFault::SelfApproval.into());
    all.push(AccessFault::NotInitiator { or: "Governor" }.into());
    all.push(PeerFault::Books { reason: reason.clone() }.into());
    all.push(PeerFault::Ledger { reason }.into());
    all
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    let mut codes = BTreeSet::new();
    for error in inputs().into_iter().chain(states()).chain(others()) {
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
