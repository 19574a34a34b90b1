//! Wire types to the core's.

use granary_api::risk_guard as r;
use granary_kernel::{Fault, checks};
use risk_guard_core::errors::{GuardError, InputFault};
use risk_guard_core::records::{Escalation, Role};
use risk_guard_core::rules::{announce, seal};
use risk_guard_core::store::{Question, Wanted};
use risk_guard_core::types::{
    Duration, Parameter, Purpose, Scope, Service, Span, Timestamp, asset_id,
};

/// A role.
pub const fn role(role: r::Role) -> Role {
    match role {
        r::Role::Execution => Role::Execution,
        r::Role::Reader => Role::Reader,
        r::Role::Steward => Role::Steward,
        r::Role::Auditor => Role::Auditor,
        r::Role::Operator => Role::Operator,
        r::Role::Backup => Role::Backup,
        r::Role::Governor => Role::Governor,
    }
}

/// What an outflow is for.
pub const fn purpose(purpose: r::Purpose) -> Purpose {
    match purpose {
        r::Purpose::Grant => Purpose::Grant,
        r::Purpose::Plan => Purpose::Plan,
        r::Purpose::Manual => Purpose::Manual,
        r::Purpose::Cycles => Purpose::Cycles,
    }
}

/// An outflow somebody wants.
pub fn wanted(args: &r::OutflowArgs) -> Result<Wanted, Fault> {
    Ok(Wanted {
        intent: args.intent,
        asset: args.asset,
        amount: args.amount_units,
        destination: checks::hash("destination", &args.destination)?,
        initiator: args.initiator,
        purpose: purpose(args.purpose),
        announcement: args.announcement,
    })
}

/// A number of an asset the policy can name.
pub fn asset(given: u64) -> Result<risk_guard_core::types::AssetId, InputFault> {
    let field = || "asset".to_owned();
    asset_id(given).ok_or_else(|| InputFault::AssetNumber { field: field(), given })
}

/// A dependency.
pub fn service(service: r::Service) -> Result<Service, InputFault> {
    Ok(match service {
        r::Service::Portfolio => Service::Portfolio,
        r::Service::PriceOracle => Service::PriceOracle,
        r::Service::Bitcoin => Service::Bitcoin,
        r::Service::Ledger(number) => Service::Ledger(asset(number)?),
    })
}

/// What a seal or a seat is about.
pub fn scope(scope: &r::Scope) -> Result<Scope, GuardError> {
    Ok(match scope {
        r::Scope::All => Scope::All,
        r::Scope::Asset(number) => Scope::Asset(asset(*number)?),
        r::Scope::Purpose(given) => Scope::Purpose(purpose(*given)),
        r::Scope::Destination(digest) => {
            Scope::Destination(checks::hash("scope.Destination", digest)?)
        }
    })
}

/// What is to be stopped.
pub fn seal(args: r::SealOutflowsArgs) -> Result<seal::Input, GuardError> {
    let r::SealOutflowsArgs { scope: given, duration_ns, reason } = args;
    let duration = Duration::from_nanos(duration_ns);
    Ok(seal::Input { scope: scope(&given)?, duration, reason })
}

/// What is announced.
pub fn announcement(args: &r::AnnounceOutflowArgs) -> Result<announce::Input, GuardError> {
    Ok(announce::Input {
        asset: asset(args.asset)?,
        amount: args.amount_units,
        destination: checks::hash("destination", &args.destination)?,
        earliest_at: Timestamp::from_nanos(args.earliest_at_ns),
        latest_at: Timestamp::from_nanos(args.latest_at_ns),
    })
}

/// The rolling window of this length.
pub fn span(seconds: u64) -> Result<Span, InputFault> {
    Span::of_seconds(seconds).ok_or(InputFault::WindowSpan { seconds })
}

/// What a steward moves.
pub fn parameter(parameter: r::Parameter) -> Result<Parameter, InputFault> {
    Ok(match parameter {
        r::Parameter::MaxPerTx => Parameter::MaxPerTx,
        r::Parameter::Window(seconds) => Parameter::Window(span(seconds)?),
    })
}

/// Whom alerts reach.
pub fn escalation(policy: r::EscalationPolicy) -> Escalation {
    let r::EscalationPolicy { primary, backup, channel, escalation_path, acknowledge_within_ns } =
        policy;
    let acknowledge_within = Duration::from_nanos(acknowledge_within_ns);
    Escalation { primary, backup, channel, path: escalation_path, acknowledge_within }
}

/// What an explanation is asked about.
pub fn question(args: &r::ExplainPolicyArgs) -> Result<Question, Fault> {
    let destination = args.destination.as_ref();
    let destination = destination.map(|digest| checks::hash("destination", digest)).transpose()?;
    Ok(Question {
        asset: args.asset,
        amount: args.amount_units,
        destination,
        purpose: args.purpose.map(purpose),
    })
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use serde_bytes::ByteBuf;

    use super::*;

    #[test]
    fn what_names_nothing_is_refused_by_its_field() {
        let args = |bytes: usize| r::OutflowArgs {
            intent: 1,
            asset: 1,
            amount_units: 1,
            destination: ByteBuf::from(vec![1; bytes]),
            initiator: Principal::anonymous(),
            purpose: r::Purpose::Grant,
            announcement: None,
        };
        assert!(wanted(&args(32)).is_ok());
        for bytes in [0, 31, 33] {
            let field = "destination".to_owned();
            assert_eq!(wanted(&args(bytes)), Err(Fault::HashSize { field, bytes }));
        }
        for number in [0, 257, u64::MAX] {
            assert!(service(r::Service::Ledger(number)).is_err());
            assert!(scope(&r::Scope::Asset(number)).is_err());
        }
        let seconds = 60;
        let unknown = InputFault::WindowSpan { seconds };
        assert_eq!(parameter(r::Parameter::Window(seconds)), Err(unknown));
    }
}
