//! Every refusal reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;

use super::{AccessFault, CATALOGUE, GovernorError, InputFault, Missing, PeerFault, StateFault};
use crate::types::{Principal, ProposalState, Timestamp};

fn canister() -> Principal {
    Principal::from_slice(&[7; 29])
}

fn inputs() -> Vec<GovernorError> {
    let faults = [
        InputFault::Members { problem: "are fewer than three" },
        InputFault::Committee { problem: "has fewer than three members" },
        InputFault::Payload { field: "items", problem: "name a canister twice" },
        InputFault::NotSeen { what: "digest" },
        InputFault::Chunk { problem: "is empty" },
        InputFault::Module { problem: "x".repeat(500) },
        InputFault::ModuleHash { expected: [1; 32], found: [2; 32] },
        InputFault::Incident { problem: "was past this phase already" },
    ];
    faults.into_iter().map(GovernorError::from).collect()
}

fn states() -> Vec<GovernorError> {
    let until = Timestamp::from_nanos(9);
    let actual = ProposalState::Draft;
    let faults = [
        StateFault::Proposal { id: 1, actual, allowed: &[ProposalState::Voting] },
        StateFault::Voted,
        StateFault::NotVoted,
        StateFault::TooFew { have: 1, need: 3 },
        StateFault::TooEarly { until },
        StateFault::Running { proposal: 4 },
        StateFault::Apart { until },
        StateFault::NotStaged { module: [3; 32] },
        StateFault::NotAudited,
        StateFault::AuditFailed { check: "x".repeat(500) },
        StateFault::NotRehearsed,
        StateFault::RehearsalOld,
        StateFault::Denied { module: [3; 32] },
        StateFault::FromModule { canister: canister() },
        StateFault::SnapshotState { epoch: 3 },
        StateFault::SnapshotPinned { epoch: 3 },
        StateFault::Adopted { canister: canister() },
        StateFault::NoRecovery,
        StateFault::ModuleDone { module: [3; 32] },
        StateFault::NotRelease { id: 3 },
        StateFault::IncidentClosed { id: 3 },
    ];
    faults.into_iter().map(GovernorError::from).collect()
}

fn others() -> Vec<GovernorError> {
    let missing = [
        Missing::Proposal { id: 1 },
        Missing::Target { canister: canister() },
        Missing::Module { module: [3; 32] },
        Missing::Snapshot { epoch: 2 },
        Missing::Rehearsal { proposal: 3 },
        Missing::Audit { proposal: 3 },
        Missing::Run { proposal: 3 },
        Missing::Incident { id: 3 },
    ];
    let access = [
        AccessFault::NotMember { needs: "Approve" },
        AccessFault::NotProposer,
        AccessFault::SelfTarget,
        AccessFault::Unregistered { method: "x".repeat(500) },
        AccessFault::NotRecovery,
    ];
    let mut all: Vec<GovernorError> = missing.into_iter().map(GovernorError::from).collect();
    all.extend(access.into_iter().map(GovernorError::from));
    all.push(PeerFault::Canister { canister: canister(), reason: "x".repeat(500) }.into());
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
        assert!(!text.is_empty() && text.len() < 260, "{name}: {text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase()), "{name}: {text}");
        codes.insert(wire.code().to_owned());
    }
    for entry in CATALOGUE {
        assert!(codes.contains(entry.code.as_str()), "nobody says {}", entry.code);
    }
}
