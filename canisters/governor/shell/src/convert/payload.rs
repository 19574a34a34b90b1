//! What a proposal would do, from the wire to the core. Typed calls of other canisters become the
//! bytes that are sent to them: what is approved is what is sent.

use candid::CandidType;
use governor_core::errors::{GovernorError, InputFault};
use governor_core::records::{
    Call, CallKind, CanisterSettings, Denied, Item, MemoryPersistence, Payload, PayloadV1, Release,
};
use governor_core::rules::create_proposal::Input;
use governor_core::types::Principal;
use granary_api::governor as g;
use granary_kernel::Fault;
use serde_bytes::ByteBuf;

use super::input;

/// Where a canister of the suite is, by the name its placement gives it.
pub type Named<'a> = &'a dyn Fn(&str) -> Option<Principal>;

/// What is proposed.
pub fn proposal(args: g::CreateProposalArgs, at: Named<'_>) -> Result<Input, GovernorError> {
    let g::CreateProposalArgs { title, description, payload: given, .. } = args;
    Ok(Input { payload: PayloadV1 { title, description, payload: payload(given, at)? } })
}

/// What it would do.
pub fn payload(given: g::Payload, at: Named<'_>) -> Result<Payload, GovernorError> {
    Ok(match given {
        g::Payload::UpgradeRelease(given) => Payload::UpgradeRelease(release(given)?),
        g::Payload::Rollback { snapshot } => Payload::Rollback { epoch: snapshot },
        g::Payload::TakeFleetSnapshot { targets, pinned } => {
            Payload::TakeFleetSnapshot { targets, pinned }
        }
        g::Payload::PruneSnapshot { snapshot } => Payload::PruneSnapshot { epoch: snapshot },
        g::Payload::ChangeMembers { members, threshold } => {
            Payload::ChangeMembers { members: input::members(members), threshold }
        }
        g::Payload::ChangeConfig { rules, methods, escalation } => Payload::ChangeConfig {
            rules: input::rules(rules),
            methods: methods.map(|list| list.into_iter().map(input::method).collect()),
            escalation: escalation.map(input::escalation),
        },
        g::Payload::ChangeCanisterSettings { target, settings: given } => {
            Payload::ChangeCanisterSettings { target, settings: settings(given)? }
        }
        g::Payload::AssetRelease { target, batch, evidence } => {
            let evidence = input::hash("evidence", &evidence)?;
            Payload::AssetRelease { target, batch, evidence }
        }
        g::Payload::ArmGuardianSeat(args) => call(CallKind::ArmGuardianSeat, &args, at)?,
        g::Payload::ApplyRiskPolicy(change) => call(CallKind::ApplyRiskPolicy, &change, at)?,
        g::Payload::ResolveQuarantine(args) => call(CallKind::ResolveQuarantine, &args, at)?,
        g::Payload::CallRegisteredMethod(given) => {
            let g::RegisteredCall { target, method, arg } = given;
            let call = Call { target, method, arg: arg.into_vec() };
            Payload::Call { kind: CallKind::CallRegisteredMethod, call }
        }
        g::Payload::AdoptCanister { target, placement } => {
            Payload::AdoptCanister { target, placement: input::placement(placement) }
        }
        g::Payload::ReleaseControl { target, to } => Payload::ReleaseControl { target, to },
        g::Payload::ChangeRecoveryCommittee { members, quorum } => {
            Payload::ChangeRecoveryCommittee { members, quorum }
        }
        g::Payload::DenyModules { modules } => {
            let denied =
                |bytes: &ByteBuf| input::hash("modules", bytes).map(|module| Denied { module });
            Payload::DenyModules { hashes: modules.iter().map(denied).collect::<Result<_, _>>()? }
        }
    })
}

/// Name of the canister and of the method of a typed call.
pub const fn named(kind: CallKind) -> Option<(&'static str, &'static str)> {
    match kind {
        CallKind::ArmGuardianSeat => Some(("risk_guard", "arm_seat")),
        CallKind::ApplyRiskPolicy => Some(("risk_guard", "propose_policy")),
        CallKind::ResolveQuarantine => Some(("execution", "resolve_quarantine")),
        CallKind::CallRegisteredMethod => None,
    }
}

fn call<T: CandidType>(kind: CallKind, args: &T, at: Named<'_>) -> Result<Payload, GovernorError> {
    let problem = "names a canister that is not under control";
    let missing = || InputFault::Payload { field: "payload", problem };
    let (name, method) = named(kind).ok_or_else(missing)?;
    let target = at(name).ok_or_else(missing)?;
    let problem = "cannot be encoded";
    let arg =
        candid::encode_one(args).map_err(|_| InputFault::Payload { field: "payload", problem })?;
    Ok(Payload::Call { kind, call: Call { target, method: method.to_owned(), arg } })
}

fn release(given: g::Release) -> Result<Release, Fault> {
    let g::Release {
        version,
        items,
        repository,
        commit,
        sbom,
        window,
        rollback_plan,
        communication,
    } = given;
    Ok(Release {
        version,
        items: items.into_iter().map(item).collect::<Result<_, _>>()?,
        repository,
        commit,
        sbom: sbom.map(|bytes| input::hash("sbom", &bytes)).transpose()?,
        window,
        rollback_plan,
        communication,
    })
}

fn item(given: g::ReleaseItem) -> Result<Item, Fault> {
    let g::ReleaseItem {
        target,
        module,
        from_module,
        arg,
        memory,
        schema_from,
        schema_to,
        may_break_callers,
    } = given;
    Ok(Item {
        target,
        module: input::hash("module", &module)?,
        from_module: input::hash("from_module", &from_module)?,
        arg: arg.into_vec(),
        memory: match memory {
            g::MemoryPersistence::Unset => MemoryPersistence::Unset,
            g::MemoryPersistence::Keep => MemoryPersistence::Keep,
            g::MemoryPersistence::Replace => MemoryPersistence::Replace,
        },
        schema_from,
        schema_to,
        may_break_callers,
    })
}

fn settings(given: g::CanisterSettings) -> Result<CanisterSettings, Fault> {
    let g::CanisterSettings {
        compute_allocation,
        memory_allocation_bytes,
        freezing_threshold_seconds,
        reserved_cycles_limit,
        wasm_memory_limit_bytes,
        wasm_memory_threshold_bytes,
        public_logs,
        public_snapshots,
    } = given;
    let field = || "reserved_cycles_limit".to_owned();
    let cycles = |given: candid::Nat| {
        u128::try_from(&given.0).map_err(|_| Fault::AmountRange { field: field() })
    };
    Ok(CanisterSettings {
        compute_allocation,
        memory_allocation: memory_allocation_bytes,
        freezing_threshold_s: freezing_threshold_seconds,
        reserved_cycles_limit: reserved_cycles_limit.map(cycles).transpose()?,
        wasm_memory_limit: wasm_memory_limit_bytes,
        wasm_memory_threshold: wasm_memory_threshold_bytes,
        public_logs,
        public_snapshots,
    })
}
