//! What a proposal would do. A payload never changes: its digest is what people approve.

use granary_stable::record::{self, Record};
use minicbor::{Decode, Encode};

use crate::records::{Escalation, Method, Rules};
use crate::types::{DelayClass, Hash, PayloadKind, Permissions, Principal, Timestamp, digest_of};

/// A member as a proposal names it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MemberSpec {
    /// Who.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub principal: Principal,
    /// What they may do.
    #[n(1)]
    pub permissions: Permissions,
    /// What their approval counts where weights count.
    #[n(2)]
    pub weight: u32,
    /// Until when; none for ever.
    #[n(3)]
    pub expires_at: Option<Timestamp>,
}

/// What becomes of main memory in an upgrade (K46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MemoryPersistence {
    /// Nothing is said: memory is new, state is in stable memory. What canisters of the suite need.
    #[n(0)]
    Unset,
    /// It is kept.
    #[n(1)]
    Keep,
    /// It is replaced.
    #[n(2)]
    Replace,
}

/// New code of one canister.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    /// Which canister.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// SHA-256 of the exact bytes that are installed.
    #[cbor(n(1), with = "granary_kernel::cbor::hash")]
    pub module: Hash,
    /// What runs before it: anything else at execution makes the proposal stale (V6).
    #[cbor(n(2), with = "granary_kernel::cbor::hash")]
    pub from_module: Hash,
    /// The upgrade's argument, Candid.
    #[cbor(n(3), with = "granary_stable::cbor::blob")]
    pub arg: Vec<u8>,
    /// What becomes of main memory.
    #[n(4)]
    pub memory: MemoryPersistence,
    /// The schema of the state before.
    #[n(5)]
    pub schema_from: u32,
    /// The schema after.
    #[n(6)]
    pub schema_to: u32,
    /// True when callers of the code before may break.
    #[n(7)]
    pub may_break_callers: bool,
}

/// New code of some canisters, installed together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Release {
    /// What it calls itself.
    #[n(0)]
    pub version: String,
    /// The canisters.
    #[n(1)]
    pub items: Vec<Item>,
    /// Where the source is.
    #[n(2)]
    pub repository: String,
    /// Which commit of it.
    #[n(3)]
    pub commit: String,
    /// SHA-256 of the list of what it is built from.
    #[cbor(n(4), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub sbom: Option<Hash>,
    /// When it suits: the window people were told of.
    #[n(5)]
    pub window: String,
    /// What is done when it fails, beyond the way back that is automatic.
    #[n(6)]
    pub rollback_plan: String,
    /// Who is told, and how.
    #[n(7)]
    pub communication: String,
}

/// A typed call of a canister under the governor's roles.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Call {
    /// Which canister.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// Which method.
    #[n(1)]
    pub method: String,
    /// Its argument, Candid.
    #[cbor(n(2), with = "granary_stable::cbor::blob")]
    pub arg: Vec<u8>,
}

/// Why a call is made. The kind decides which target and method it may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CallKind {
    /// `arm_seat` of `risk_guard`.
    #[n(0)]
    ArmGuardianSeat,
    /// `propose_policy` of `risk_guard`: loosening waits there once more.
    #[n(1)]
    ApplyRiskPolicy,
    /// `resolve_quarantine` of `execution`.
    #[n(2)]
    ResolveQuarantine,
    /// A method of the registered list.
    #[n(3)]
    CallRegisteredMethod,
}

/// Settings of a canister; what is absent stays. Controllers are not among them (K18).
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct CanisterSettings {
    /// Percent of a core; 0 to 100.
    #[n(0)]
    pub compute_allocation: Option<u8>,
    /// Bytes that are set aside.
    #[n(1)]
    pub memory_allocation: Option<u64>,
    /// Seconds of idling the balance must cover.
    #[n(2)]
    pub freezing_threshold_s: Option<u64>,
    /// Largest balance of reserved cycles.
    #[cbor(n(3), with = "opt_u128", has_nil)]
    pub reserved_cycles_limit: Option<u128>,
    /// Largest main memory, bytes.
    #[n(4)]
    pub wasm_memory_limit: Option<u64>,
    /// The hook for low memory runs below so many bytes.
    #[n(5)]
    pub wasm_memory_threshold: Option<u64>,
    /// True makes the log public; false shows it to controllers only.
    #[n(6)]
    pub public_logs: Option<bool>,
    /// True makes the list of snapshots public.
    #[n(7)]
    pub public_snapshots: Option<bool>,
}

/// Where a canister stands in a release.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Placement {
    /// The name the suite gives it.
    #[n(0)]
    pub name: String,
    /// 1 core data, 2 agents, 3 frontend; a phase begins when the one before is proven.
    #[n(1)]
    pub phase: u8,
    /// Place within the phase.
    #[n(2)]
    pub order: u8,
    /// Names of the canisters it calls.
    #[n(3)]
    pub dependencies: Vec<String>,
}

/// What a proposal would do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Payload {
    /// Installs new code.
    #[n(0)]
    UpgradeRelease(#[n(0)] Release),
    /// Restores a fleet snapshot: all of its canisters, or none (V8).
    #[n(1)]
    Rollback {
        /// Which.
        #[n(0)]
        epoch: u64,
    },
    /// Takes a snapshot of the named canisters, all of one moment.
    #[n(2)]
    TakeFleetSnapshot {
        /// Which canisters; none for all targets.
        #[cbor(n(0), with = "granary_kernel::cbor::principals")]
        targets: Vec<Principal>,
        /// A pinned snapshot is kept until it is pruned by a proposal.
        #[n(1)]
        pinned: bool,
    },
    /// Deletes a fleet snapshot.
    #[n(3)]
    PruneSnapshot {
        /// Which.
        #[n(0)]
        epoch: u64,
    },
    /// Replaces the list of members, and says how many approve from then on.
    #[n(4)]
    ChangeMembers {
        /// All members from then on.
        #[n(0)]
        members: Vec<MemberSpec>,
        /// Approvals needed from then on.
        #[n(1)]
        threshold: u32,
    },
    /// Replaces the rules; a shorter delay waits for the difference (V12).
    #[n(5)]
    ChangeConfig {
        /// The rules.
        #[n(0)]
        rules: Rules,
        /// What may be called; none leaves the list.
        #[n(1)]
        methods: Option<Vec<Method>>,
        /// Whom to call; none leaves it.
        #[n(2)]
        escalation: Option<Escalation>,
    },
    /// Changes settings of a canister, controllers excepted.
    #[n(6)]
    ChangeCanisterSettings {
        /// Which canister.
        #[cbor(n(0), with = "granary_kernel::cbor::principal")]
        target: Principal,
        /// The settings.
        #[n(1)]
        settings: CanisterSettings,
    },
    /// Approves a batch of assets of the frontend by its evidence.
    #[n(7)]
    AssetRelease {
        /// The canister with the assets.
        #[cbor(n(0), with = "granary_kernel::cbor::principal")]
        target: Principal,
        /// Number of the proposed batch.
        #[n(1)]
        batch: u64,
        /// SHA-256 of the batch, as the canister computes it.
        #[cbor(n(2), with = "granary_kernel::cbor::hash")]
        evidence: Hash,
    },
    /// A typed call.
    #[n(8)]
    Call {
        /// Why.
        #[n(0)]
        kind: CallKind,
        /// The call.
        #[n(1)]
        call: Call,
    },
    /// Takes control of a canister: this one must be its controller already (V16).
    #[n(9)]
    AdoptCanister {
        /// Which canister.
        #[cbor(n(0), with = "granary_kernel::cbor::principal")]
        target: Principal,
        /// Where it stands from then on.
        #[n(1)]
        placement: Placement,
    },
    /// Gives control of a canister away (V16).
    #[n(10)]
    ReleaseControl {
        /// Which canister.
        #[cbor(n(0), with = "granary_kernel::cbor::principal")]
        target: Principal,
        /// To whom.
        #[cbor(n(1), with = "granary_kernel::cbor::principal")]
        to: Principal,
    },
    /// Replaces the committee of the recovery canister.
    #[n(11)]
    ChangeRecoveryCommittee {
        /// All members of it.
        #[cbor(n(0), with = "granary_kernel::cbor::principals")]
        members: Vec<Principal>,
        /// How many act together.
        #[n(1)]
        quorum: u32,
    },
    /// Denies hashes of modules for ever.
    #[n(12)]
    DenyModules {
        /// Which.
        #[n(0)]
        hashes: Vec<Denied>,
    },
}

/// A hash nothing is installed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Denied {
    /// SHA-256 of a module.
    #[cbor(n(0), with = "granary_kernel::cbor::hash")]
    pub module: Hash,
}

/// The payload as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PayloadV1 {
    /// One line.
    #[n(0)]
    pub title: String,
    /// What and why.
    #[n(1)]
    pub description: String,
    /// What it would do.
    #[n(2)]
    pub payload: Payload,
}

impl Record for PayloadV1 {
    const NAME: &'static str = "payload";
    const VERSION: u8 = 1;
}

impl PayloadV1 {
    /// What people approve: SHA-256 over the stored bytes and the proposal's number, so that an
    /// approval of one proposal is none of a copy.
    pub fn digest(&self, proposal: u64) -> Hash {
        digest_of("granary.payload", &[&proposal.to_be_bytes(), &record::encode(self)])
    }
}

impl Payload {
    /// Its kind.
    pub const fn kind(&self) -> PayloadKind {
        match self {
            Self::UpgradeRelease(_) => PayloadKind::UpgradeRelease,
            Self::Rollback { .. } => PayloadKind::Rollback,
            Self::TakeFleetSnapshot { .. } => PayloadKind::TakeFleetSnapshot,
            Self::PruneSnapshot { .. } => PayloadKind::PruneSnapshot,
            Self::ChangeMembers { .. } => PayloadKind::ChangeMembers,
            Self::ChangeConfig { .. } => PayloadKind::ChangeConfig,
            Self::ChangeCanisterSettings { .. } => PayloadKind::ChangeCanisterSettings,
            Self::AssetRelease { .. } => PayloadKind::AssetRelease,
            Self::Call { kind: CallKind::ArmGuardianSeat, .. } => PayloadKind::ArmGuardianSeat,
            Self::Call { kind: CallKind::ApplyRiskPolicy, .. } => PayloadKind::ApplyRiskPolicy,
            Self::Call { kind: CallKind::ResolveQuarantine, .. } => PayloadKind::ResolveQuarantine,
            Self::Call { kind: CallKind::CallRegisteredMethod, .. } => {
                PayloadKind::CallRegisteredMethod
            }
            Self::AdoptCanister { .. } => PayloadKind::AdoptCanister,
            Self::ReleaseControl { .. } => PayloadKind::ReleaseControl,
            Self::ChangeRecoveryCommittee { .. } => PayloadKind::ChangeRecoveryCommittee,
            Self::DenyModules { .. } => PayloadKind::DenyModules,
        }
    }

    /// The name of the kind on the wire.
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// True when it installs code, so that it is staged, audited and rehearsed first.
    pub const fn is_release(&self) -> bool {
        matches!(self, Self::UpgradeRelease(_))
    }

    /// How long it waits. `recovery` is the canister that repairs this one: who replaces its code
    /// or gives it away decides who decides (Y3).
    pub fn delay(&self, recovery: Option<&Principal>) -> DelayClass {
        let long = match self {
            Self::ChangeMembers { .. }
            | Self::ChangeConfig { .. }
            | Self::ReleaseControl { .. }
            | Self::ChangeRecoveryCommittee { .. } => true,
            Self::UpgradeRelease(release) => {
                release.items.iter().any(|item| Some(&item.target) == recovery)
            }
            Self::ChangeCanisterSettings { target, .. } => Some(target) == recovery,
            Self::Call { call, .. } => Some(&call.target) == recovery,
            Self::Rollback { .. }
            | Self::TakeFleetSnapshot { .. }
            | Self::PruneSnapshot { .. }
            | Self::AssetRelease { .. }
            | Self::AdoptCanister { .. }
            | Self::DenyModules { .. } => false,
        };
        if long { DelayClass::Constitution } else { DelayClass::Ordinary }
    }

    /// The canisters it acts on.
    pub fn targets(&self) -> Vec<Principal> {
        match self {
            Self::UpgradeRelease(release) => release.items.iter().map(|item| item.target).collect(),
            Self::TakeFleetSnapshot { targets, .. } => targets.clone(),
            Self::ChangeCanisterSettings { target, .. }
            | Self::AssetRelease { target, .. }
            | Self::AdoptCanister { target, .. }
            | Self::ReleaseControl { target, .. } => vec![*target],
            Self::Call { call, .. } => vec![call.target],
            Self::Rollback { .. }
            | Self::PruneSnapshot { .. }
            | Self::ChangeMembers { .. }
            | Self::ChangeConfig { .. }
            | Self::ChangeRecoveryCommittee { .. }
            | Self::DenyModules { .. } => vec![],
        }
    }
}

/// A number of 128 bits or null.
#[expect(clippy::ref_option, reason = "the derived code hands the field over as it is")]
mod opt_u128 {
    use minicbor::data::Type;
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    pub(super) fn encode<C, W: Write>(
        value: &Option<u128>,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match value {
            Some(value) => granary_stable::cbor::u128::encode(value, e, ctx),
            None => e.null()?.ok(),
        }
    }

    pub(super) fn decode<C>(
        d: &mut Decoder<'_>,
        ctx: &mut C,
    ) -> Result<Option<u128>, decode::Error> {
        if d.datatype()? == Type::Null {
            return d.null().map(|()| None);
        }
        granary_stable::cbor::u128::decode(d, ctx).map(Some)
    }

    #[expect(
        clippy::option_option,
        clippy::unnecessary_wraps,
        reason = "the shape the derived code asks for"
    )]
    pub(super) fn nil() -> Option<Option<u128>> {
        Some(None)
    }

    pub(super) fn is_nil(value: &Option<u128>) -> bool {
        value.is_none()
    }
}
