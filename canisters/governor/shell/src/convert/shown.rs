//! What a proposal would do, from the core to the wire. Typed calls are read out of the very bytes
//! that would be sent.

use candid::{CandidType, Nat};
use governor_core::records::{
    Call, CallKind, CanisterSettings, Item, MemoryPersistence, Payload, Release,
};
use granary_api::governor as g;
use granary_env::wire::{self, ArgumentLimits};
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use super::output;

/// Bounds of a stored argument that is read again; the rules bound its bytes already.
const STORED: ArgumentLimits =
    ArgumentLimits { max_bytes: governor_core::limits::MAX_ARG_BYTES, max_work: 6_000_000 };

/// What it would do.
pub fn payload(payload: &Payload) -> g::Payload {
    match payload {
        Payload::UpgradeRelease(one) => g::Payload::UpgradeRelease(release(one)),
        Payload::Rollback { epoch } => g::Payload::Rollback { snapshot: *epoch },
        Payload::TakeFleetSnapshot { targets, pinned } => {
            g::Payload::TakeFleetSnapshot { targets: targets.clone(), pinned: *pinned }
        }
        Payload::PruneSnapshot { epoch } => g::Payload::PruneSnapshot { snapshot: *epoch },
        Payload::ChangeMembers { members, threshold } => g::Payload::ChangeMembers {
            members: members.iter().map(output::member_spec).collect(),
            threshold: *threshold,
        },
        Payload::ChangeConfig { rules, methods, escalation } => g::Payload::ChangeConfig {
            rules: output::rules(rules),
            methods: methods.as_ref().map(|list| list.iter().map(output::method).collect()),
            escalation: escalation.as_ref().map(output::escalation),
        },
        Payload::ChangeCanisterSettings { target, settings: new } => {
            g::Payload::ChangeCanisterSettings { target: *target, settings: settings(new) }
        }
        Payload::AssetRelease { target, batch, evidence } => g::Payload::AssetRelease {
            target: *target,
            batch: *batch,
            evidence: output::hash(evidence),
        },
        Payload::Call { kind, call: one } => call(*kind, one),
        Payload::AdoptCanister { target, placement } => {
            g::Payload::AdoptCanister { target: *target, placement: output::placement(placement) }
        }
        Payload::ReleaseControl { target, to } => {
            g::Payload::ReleaseControl { target: *target, to: *to }
        }
        Payload::ChangeRecoveryCommittee { members, quorum } => {
            g::Payload::ChangeRecoveryCommittee { members: members.clone(), quorum: *quorum }
        }
        Payload::DenyModules { hashes } => g::Payload::DenyModules {
            modules: hashes.iter().map(|denied| output::hash(&denied.module)).collect(),
        },
    }
}

/// The typed argument of a call; none for bytes that are not of its type.
pub fn argument<T: CandidType + DeserializeOwned>(call: &Call) -> Option<T> {
    wire::decode::<(T,)>(&call.arg, STORED).ok().map(|(args,)| args)
}

fn call(kind: CallKind, call: &Call) -> g::Payload {
    let typed = match kind {
        CallKind::ArmGuardianSeat => argument(call).map(g::Payload::ArmGuardianSeat),
        CallKind::ApplyRiskPolicy => argument(call).map(g::Payload::ApplyRiskPolicy),
        CallKind::ResolveQuarantine => argument(call).map(g::Payload::ResolveQuarantine),
        CallKind::CallRegisteredMethod => None,
    };
    // What cannot be read as its type is shown as the bytes it is.
    let bytes = || {
        let Call { target, method, arg } = call.clone();
        g::Payload::CallRegisteredMethod(g::RegisteredCall {
            target,
            method,
            arg: ByteBuf::from(arg),
        })
    };
    typed.unwrap_or_else(bytes)
}

fn release(release: &Release) -> g::Release {
    g::Release {
        version: release.version.clone(),
        items: release.items.iter().map(item).collect(),
        repository: release.repository.clone(),
        commit: release.commit.clone(),
        sbom: output::opt_hash(release.sbom.as_ref()),
        window: release.window.clone(),
        rollback_plan: release.rollback_plan.clone(),
        communication: release.communication.clone(),
    }
}

fn item(item: &Item) -> g::ReleaseItem {
    g::ReleaseItem {
        target: item.target,
        module: output::hash(&item.module),
        from_module: output::hash(&item.from_module),
        arg: ByteBuf::from(item.arg.clone()),
        memory: match item.memory {
            MemoryPersistence::Unset => g::MemoryPersistence::Unset,
            MemoryPersistence::Keep => g::MemoryPersistence::Keep,
            MemoryPersistence::Replace => g::MemoryPersistence::Replace,
        },
        schema_from: item.schema_from,
        schema_to: item.schema_to,
        may_break_callers: item.may_break_callers,
    }
}

fn settings(settings: &CanisterSettings) -> g::CanisterSettings {
    g::CanisterSettings {
        compute_allocation: settings.compute_allocation,
        memory_allocation_bytes: settings.memory_allocation,
        freezing_threshold_seconds: settings.freezing_threshold_s,
        reserved_cycles_limit: settings.reserved_cycles_limit.map(Nat::from),
        wasm_memory_limit_bytes: settings.wasm_memory_limit,
        wasm_memory_threshold_bytes: settings.wasm_memory_threshold,
        public_logs: settings.public_logs,
        public_snapshots: settings.public_snapshots,
    }
}
