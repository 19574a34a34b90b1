//! Every refusal reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;
use granary_kernel::Fault;

use super::super::{AccessFault, InputFault, Missing, RegistryError, StateFault, SystemFault};
use super::code;
use crate::types::{GrantState, PersonRole, Principal, Timestamp, UserStatus, WalletStatus};

fn refusals() -> Vec<RegistryError> {
    let until = Timestamp::from_nanos(7);
    let (role, held) = (PersonRole::Guardian, PersonRole::Treasurer);
    let inputs = [
        InputFault::Address { problem: "its checksum is wrong" },
        InputFault::Scope,
        InputFault::BpsRange { field: "limits.max_position_bps", given: 10_001 },
        InputFault::GrantTimes { problem: "the grant ends before it takes effect" },
        InputFault::PolicyRange { field: "policies.heartbeat_ns", given: 1, min: 2, max: 3 },
        InputFault::Evidence,
    ];
    let access = [
        AccessFault::NotUser,
        AccessFault::NotSelf { or: "Registrar" },
        AccessFault::Seniority,
        AccessFault::NotProposed,
        AccessFault::NotGrantable { role, needs: "Governor" },
        AccessFault::SelfGrant,
        AccessFault::NotHolder,
        AccessFault::RaisesLimits,
        AccessFault::SelfAttest,
    ];
    let missing = [
        Missing::User { id: 1 },
        Missing::Identity { who: Principal::anonymous() },
        Missing::Wallet { id: 2 },
        Missing::Profile { id: 3 },
        Missing::Version { id: 3, version: 9 },
        Missing::Grant { id: 4 },
    ];
    let states = [
        StateFault::User { actual: UserStatus::Closed, allowed: &[UserStatus::Active] },
        StateFault::Wallet { actual: WalletStatus::Revoked, allowed: &["Unverified"] },
        StateFault::Grant { actual: GrantState::Expired, allowed: &[GrantState::Effective] },
        StateFault::IdentityTaken,
        StateFault::ProposalOpen { until },
        StateFault::ProposalExpired { until },
        StateFault::LastIdentity,
        StateFault::NoIdentity,
        StateFault::AddressTaken,
        StateFault::AddressRepeated { wallet: 5 },
        StateFault::AlreadyUsed { at: until },
        StateFault::ProfileUnchanged,
        StateFault::Excluded { role, held },
        StateFault::GrantRepeated { grant: 6 },
        StateFault::NoHeartbeat { role: PersonRole::Member },
    ];
    let system = [
        SystemFault::RateLimited { retry_after_ns: 5 },
        SystemFault::Migrating { what: "the index of addresses" },
    ];
    let mut all = vec![RegistryError::from(Fault::NoIdentity)];
    all.extend(inputs.map(RegistryError::from));
    all.extend(access.map(RegistryError::from));
    all.extend(missing.map(RegistryError::from));
    all.extend(states.map(RegistryError::from));
    all.extend(system.map(RegistryError::from));
    all
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    let mut codes = BTreeSet::new();
    for error in refusals() {
        let name = format!("{error:?}");
        let wire = Error::from(error);
        let known = code::CATALOGUE.iter().chain(granary_errors::common::CATALOGUE);
        let entry = known.into_iter().find(|entry| entry.code.as_str() == wire.code());
        let entry = entry.unwrap_or_else(|| panic!("{name} has an unknown code"));
        assert_eq!(entry.category, wire.category(), "{name}");
        let text = wire.message();
        assert!(!text.is_empty() && text.len() < 200, "{name}: {text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase()), "{name}: {text}");
        codes.insert(wire.code().to_owned());
    }
    for entry in code::CATALOGUE {
        assert!(codes.contains(entry.code.as_str()), "nobody says {}", entry.code);
    }
}
