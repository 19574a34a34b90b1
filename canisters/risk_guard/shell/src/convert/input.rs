//! Wire types to the core's.

use candid::{CandidType, Nat, Principal};
use granary_api::risk_guard as r;
use granary_kernel::{Fault, checks};
use risk_guard_core::errors::{GuardError, InputFault};
use risk_guard_core::records::{Escalation, Role};
use risk_guard_core::rules::{announce, seal};
use risk_guard_core::store::{Question, Wanted};
use risk_guard_core::types::{
    Duration, Parameter, Purpose, Scope, Service, Span, Timestamp, asset_id,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

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

/// A number of units of at most 128 bits.
pub fn units(field: &str, value: &Nat) -> Result<u128, Fault> {
    let beyond = || Fault::AmountRange { field: field.to_owned() };
    u128::try_from(&value.0).map_err(|_| beyond())
}

/// An outflow as it may come: the same fields as [`r::OutflowArgs`], with an amount of any size, so
/// that one beyond 128 bits is refused by its name.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AnyOutflow {
    intent: u64,
    asset: u64,
    amount_units: Nat,
    destination: ByteBuf,
    initiator: Principal,
    purpose: r::Purpose,
    announcement: Option<u64>,
}

impl AnyOutflow {
    /// The outflow, when its amount can be counted.
    pub fn counted(self) -> Result<r::OutflowArgs, Fault> {
        let Self { intent, asset, amount_units, destination, initiator, purpose, announcement } =
            self;
        let amount_units = units("amount_units", &amount_units)?;
        Ok(r::OutflowArgs {
            intent,
            asset,
            amount_units,
            destination,
            initiator,
            purpose,
            announcement,
        })
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
        amount: units("amount_units", &args.amount_units)?,
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
        amount: units("amount_units", &args.amount_units)?,
        destination,
        purpose: args.purpose.map(purpose),
    })
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode};

    use super::*;

    #[test]
    fn an_amount_beyond_128_bits_is_refused_by_its_name() {
        let edge = Nat::from(u128::MAX);
        assert_eq!(units("x", &edge), Ok(u128::MAX));
        let field = "x".to_owned();
        assert_eq!(units("x", &(edge + 1_u8)), Err(Fault::AmountRange { field }));
    }

    #[test]
    fn any_outflow_is_an_outflow_on_the_wire() {
        let args = r::OutflowArgs {
            intent: 1,
            asset: 2,
            amount_units: u128::MAX,
            destination: ByteBuf::from(vec![1; 32]),
            initiator: Principal::anonymous(),
            purpose: r::Purpose::Cycles,
            announcement: Some(3),
        };
        let bytes = Encode!(&args).expect("encodes");
        let any = Decode!(&bytes, AnyOutflow).expect("the same fields");
        assert_eq!(any.clone().counted(), Ok(args));
        let beyond = AnyOutflow { amount_units: any.amount_units.clone() + 1_u8, ..any };
        let bytes = Encode!(&beyond).expect("encodes");
        let any = Decode!(&bytes, AnyOutflow).expect("the same fields");
        let field = "amount_units".to_owned();
        assert_eq!(any.counted(), Err(Fault::AmountRange { field }));
    }

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
