//! Wire types as the core knows them.

use candid::Nat;
use execution_core::errors::{ExecutionError, InputFault};
use execution_core::records::Role;
use execution_core::rules::quarantine::Finding;
use execution_core::rules::standing::Grant;
use execution_core::rules::submit_intent::{self, Destination, Submission};
use execution_core::types::{Duration, Hash, IntentState, Origin, Principal, Scheme, Timestamp};
use granary_api::execution as e;
use granary_api::portfolio::LedgerAccount;
use granary_kernel::{Fault, checks};

/// A role.
pub const fn role(role: e::Role) -> Role {
    match role {
        e::Role::MicroGrants => Role::MicroGrants,
        e::Role::Strategy => Role::Strategy,
        e::Role::Treasurer => Role::Treasurer,
        e::Role::Approver => Role::Approver,
        e::Role::Operator => Role::Operator,
        e::Role::Auditor => Role::Auditor,
        e::Role::Backup => Role::Backup,
        e::Role::Governor => Role::Governor,
    }
}

const fn origin(origin: e::Origin) -> Origin {
    match origin {
        e::Origin::Grant { grant, payout } => Origin::Grant { grant, payout },
        e::Origin::Plan { plan, leg } => Origin::Plan { plan, leg },
        e::Origin::Manual => Origin::Manual,
        e::Origin::CyclesTopUp { canister } => Origin::CyclesTopUp { canister },
    }
}

/// An intent that is to be paid.
pub fn submission(args: e::SubmitIntentArgs) -> Submission {
    let e::SubmitIntentArgs {
        idempotency_key,
        origin: given,
        asset,
        destination,
        amount_units,
        announcement,
        expires_at_ns,
    } = args;
    let destination = match destination {
        e::Destination::Icrc(LedgerAccount { owner, subaccount }) => {
            Destination::Icrc { owner, subaccount: subaccount.map(serde_bytes::ByteBuf::into_vec) }
        }
        e::Destination::Btc { .. } => Destination::Btc,
    };
    Submission {
        key: idempotency_key,
        origin: origin(given),
        asset,
        destination,
        amount: amount_units,
        announcement,
        expires_at: expires_at_ns.map(Timestamp::from_nanos),
    }
}

/// A state to list.
pub const fn state(state: e::IntentState) -> IntentState {
    match state {
        e::IntentState::Created => IntentState::Created,
        e::IntentState::Assessed => IntentState::Assessed,
        e::IntentState::AwaitingApproval => IntentState::AwaitingApproval,
        e::IntentState::Timelocked => IntentState::Timelocked,
        e::IntentState::Ready => IntentState::Ready,
        e::IntentState::Submitting => IntentState::Submitting,
        e::IntentState::Unknown => IntentState::Unknown,
        e::IntentState::Reconciling => IntentState::Reconciling,
        e::IntentState::Settled => IntentState::Settled,
        e::IntentState::Cancelled => IntentState::Cancelled,
        e::IntentState::Expired => IntentState::Expired,
        e::IntentState::Denied => IntentState::Denied,
        e::IntentState::Quarantined => IntentState::Quarantined,
    }
}

/// A digest.
pub fn digest(bytes: &[u8]) -> Result<Hash, Fault> {
    checks::hash("digest", bytes)
}

/// What people found out.
pub const fn finding(finding: e::Finding) -> Finding {
    match finding {
        e::Finding::Settled { block } => Finding::Settled { block },
        e::Finding::PayAgain => Finding::PayAgain,
        e::Finding::GiveUp => Finding::GiveUp,
    }
}

/// How a key signs.
pub const fn scheme(scheme: e::KeyScheme) -> Scheme {
    match scheme {
        e::KeyScheme::IcrcSubaccount => Scheme::IcrcSubaccount,
        e::KeyScheme::EcdsaSecp256k1 => Scheme::EcdsaSecp256k1,
        e::KeyScheme::SchnorrBip340 => Scheme::SchnorrBip340,
    }
}

/// A standing authorisation for accounts of `ledger`.
pub fn grant(
    args: e::GrantStandingAuthorisationArgs,
    ledger: &Principal,
) -> Result<Grant, ExecutionError> {
    let e::GrantStandingAuthorisationArgs {
        initiator,
        allowance_units,
        window_ns,
        destinations,
        expires_at_ns,
        ..
    } = args;
    let (count, max) = (destinations.len(), execution_core::limits::MAX_DESTINATIONS);
    if count > max {
        return Err(Fault::ListSize { field: "destinations".to_owned(), count, max }.into());
    }
    let hash = |LedgerAccount { owner, subaccount }| -> Result<Hash, ExecutionError> {
        let subaccount = subaccount.map(serde_bytes::ByteBuf::into_vec);
        let account = submit_intent::account(&Destination::Icrc { owner, subaccount })?;
        Ok(account.destination(ledger))
    };
    Ok(Grant {
        initiator,
        allowance: units("allowance_units", &allowance_units)?,
        window: Duration::from_nanos(window_ns),
        destinations: destinations.into_iter().map(hash).collect::<Result<_, _>>()?,
        expires_at: Timestamp::from_nanos(expires_at_ns),
    })
}

/// An amount of at most 128 bits.
pub fn units(field: &str, given: &Nat) -> Result<u128, Fault> {
    u128::try_from(&given.0).map_err(|_| Fault::AmountRange { field: field.to_owned() })
}

/// What is not served yet.
pub fn bitcoin() -> ExecutionError {
    InputFault::BitcoinUnserved.into()
}

/// What is not served yet.
pub fn cycles() -> ExecutionError {
    InputFault::CyclesUnserved.into()
}
