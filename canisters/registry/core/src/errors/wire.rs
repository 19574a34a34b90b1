//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::{CodeEntry, Error, common};

use super::catalogue as code;
use super::{AccessFault, InputFault, Missing, StateFault, SystemFault};
use crate::types::{GrantState, Timestamp, UserStatus};

pub(super) fn input(fault: &InputFault) -> Error {
    match *fault {
        InputFault::Address { problem } => {
            let text = format!("the address cannot be used: {problem}");
            Error::invalid_input(code::ADDRESS_INVALID.code, "kind.address", text)
        }
        InputFault::Scope => {
            let text = "a scope has letters, digits and . _ : / - only";
            Error::invalid_input(code::SCOPE_INVALID.code, "scope", text)
        }
        InputFault::BpsRange { field, given } => {
            let text = format!("{field} is {given} and must be 1 to 10000 basis points");
            Error::invalid_input(code::PROFILE_BPS.code, field, text)
        }
        InputFault::GrantTimes { problem } => {
            Error::invalid_input(code::GRANT_TIMES.code, "expires_at_ns", problem)
        }
        InputFault::PolicyRange { field, given, min, max } => {
            let text = format!("{field} is {given} and must be {min} to {max}");
            Error::invalid_input(code::POLICY_RANGE.code, field, text)
                .with("min", min)
                .with("max", max)
        }
        InputFault::Evidence => {
            let text = "an attestation names the SHA-256 of what was seen";
            Error::invalid_input(code::EVIDENCE_MISSING.code, "evidence_hash", text)
        }
    }
}

pub(super) fn access(fault: &AccessFault) -> Error {
    let (code, needs, text) = match fault {
        AccessFault::NotSelf { or } => {
            let text = format!("the caller is neither the user itself nor {or}");
            return Error::unauthorized(code::NOT_SELF.code, format!("the user or {or}"), text);
        }
        AccessFault::NotGrantable { role, needs } => {
            let text = format!("the role {} is given and taken by {needs}", role.name());
            return Error::unauthorized(code::NOT_GRANTABLE.code, *needs, text)
                .with("role", role.name());
        }
        AccessFault::NotUser => (code::NOT_USER, "a user", "the caller is no identity of any user"),
        AccessFault::Seniority => {
            (code::SENIORITY, "an earlier identity", "the identity was linked before the caller's")
        }
        AccessFault::NotProposed => {
            (code::NOT_PROPOSED, "a proposal", "the caller was not asked to join the user")
        }
        AccessFault::SelfGrant => {
            (code::SELF_GRANT, "somebody else", "the caller would give a role to itself")
        }
        AccessFault::NotHolder => {
            (code::NOT_HOLDER, "the holder", "the caller does not hold the grant")
        }
        AccessFault::RaisesLimits => {
            (code::RAISES_LIMITS, "Compliance", "the profile has a limit above the present one")
        }
        AccessFault::SelfAttest => {
            (code::SELF_ATTEST, "another office holder", "the wallet is the caller's own")
        }
    };
    Error::unauthorized(code.code, needs, text)
}

pub(super) fn missing(missing: &Missing) -> Error {
    let (code, kind, id) = match missing {
        Missing::User { id } => (code::USER_NOT_FOUND, "user", id.to_string()),
        Missing::Identity { who } => (code::IDENTITY_NOT_FOUND, "identity", who.to_text()),
        Missing::Wallet { id } => (code::WALLET_NOT_FOUND, "wallet", id.to_string()),
        Missing::Profile { id } => (code::PROFILE_NOT_FOUND, "risk profile", id.to_string()),
        Missing::Version { id, version } => {
            (code::VERSION_NOT_FOUND, "version of a risk profile", format!("{id}.{version}"))
        }
        Missing::Grant { id } => (code::GRANT_NOT_FOUND, "role grant", id.to_string()),
    };
    Error::not_found(code.code, kind, id)
}

fn at(entry: CodeEntry, actual: &str, text: String) -> Error {
    Error::state_error(entry.code, actual, &[], text)
}

fn until(entry: CodeEntry, actual: &str, until: Timestamp) -> Error {
    at(entry, actual, format!("{} ({until})", entry.meaning)).with("until_ns", until.as_nanos())
}

fn elsewhere(entry: CodeEntry, what: &str, actual: &str, allowed: &[&'static str]) -> Error {
    let text = format!("the {what} is {actual} and must be {}", allowed.join(" or "));
    Error::state_error(entry.code, actual, allowed, text)
}

pub(super) fn state(fault: &StateFault) -> Error {
    match fault {
        StateFault::User { actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(UserStatus::name).collect();
            elsewhere(code::USER_STATE, "user", actual.name(), &allowed)
        }
        StateFault::Wallet { actual, allowed } => {
            elsewhere(code::WALLET_STATE, "wallet", actual.name(), allowed)
        }
        StateFault::Grant { actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(GrantState::name).collect();
            elsewhere(code::GRANT_STATE, "role grant", actual.name(), &allowed)
        }
        StateFault::IdentityTaken => {
            at(code::IDENTITY_TAKEN, "linked", "the identity belongs to a user".to_owned())
        }
        StateFault::ProposalOpen { until: time } => until(code::PROPOSAL_OPEN, "proposed", *time),
        StateFault::ProposalExpired { until: time } => {
            until(code::PROPOSAL_EXPIRED, "expired", *time)
        }
        StateFault::LastIdentity => {
            at(code::LAST_IDENTITY, "last", "the user has no other identity".to_owned())
        }
        StateFault::NoIdentity => {
            at(code::NO_IDENTITY, "invited", "the invited identity has not accepted".to_owned())
        }
        StateFault::AddressTaken => {
            at(code::ADDRESS_TAKEN, "verified", "another user has verified the address".to_owned())
        }
        StateFault::AddressRepeated { wallet } => {
            let text = format!("the user's wallet {wallet} has the address");
            at(code::ADDRESS_REPEATED, "added", text).with("wallet", *wallet)
        }
        StateFault::AlreadyUsed { at: time } => until(code::WALLET_USED, "used", *time),
        StateFault::ProfileUnchanged => {
            at(code::PROFILE_UNCHANGED, "set", "the user has the risk profile already".to_owned())
        }
        StateFault::Excluded { role, held } => {
            let text = format!("the user is {} and cannot be {} too", held.name(), role.name());
            at(code::GRANT_EXCLUDED, held.name(), text).with("role", role.name())
        }
        StateFault::GrantRepeated { grant } => {
            let text = format!("grant {grant} gives the holder the role in the scope");
            at(code::GRANT_REPEATED, "granted", text).with("grant", *grant)
        }
        StateFault::NoHeartbeat { role } => {
            let text = format!("the role {} needs no signs of life", role.name());
            at(code::HEARTBEAT_NONE, "unneeded", text)
        }
    }
}

pub(super) fn system(fault: &SystemFault) -> Error {
    match fault {
        SystemFault::RateLimited { retry_after_ns } => {
            let text = "too many people registered in the last hour";
            Error::not_applied(common::RATE_LIMITED, Some(*retry_after_ns), text)
        }
        SystemFault::Migrating { what } => {
            let text = format!("{what} is still being built");
            Error::not_applied(common::MIGRATION_RUNNING, None, text)
        }
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
