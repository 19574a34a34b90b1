//! Every refusal reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;

use super::{CATALOGUE, InputFault, RecoveryError, StateFault};
use crate::types::{StateKind, Timestamp};

fn all() -> Vec<RecoveryError> {
    let inputs = [
        InputFault::Committee { problem: "has 2 members" },
        InputFault::Operation { field: "threshold", problem: "is 0" },
        InputFault::Delays { problem: "are longer than those of production" },
        InputFault::Digest,
        InputFault::Chunk { bytes: usize::MAX },
    ];
    let until = Timestamp::from_nanos(9);
    let states = [
        StateFault::Request { id: 1, actual: StateKind::Open, allowed: &[StateKind::Ready] },
        StateFault::NotApproved,
        StateFault::TooEarly { until },
        StateFault::Running { id: 2 },
        StateFault::Apart { until },
        StateFault::Stale,
    ];
    let others = [
        RecoveryError::NotMember,
        RecoveryError::NotFound { id: u64::MAX },
        RecoveryError::Management { reason: "x".repeat(500) },
    ];
    let inputs = inputs.into_iter().map(RecoveryError::from);
    inputs.chain(states.into_iter().map(RecoveryError::from)).chain(others).collect()
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    let mut codes = BTreeSet::new();
    for error in all() {
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
