//! Identities, states, permissions.

pub use granary_kernel::{Hash, Id, Principal};
pub use granary_units::{Duration, Timestamp};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// Marks [`ProposalId`].
#[derive(Debug)]
pub enum ProposalKind {}
/// Marks [`IncidentId`].
#[derive(Debug)]
pub enum IncidentKind {}
/// Marks [`VoteId`].
#[derive(Debug)]
pub enum VoteKind {}

/// Number of a proposal, from 1.
pub type ProposalId = Id<ProposalKind>;
/// Number of an incident, from 1.
pub type IncidentId = Id<IncidentKind>;
/// Number of a member's word about a proposal, from 1.
pub type VoteId = Id<VoteKind>;

/// Where a proposal stands (domain model, governor, "States").
///
/// Stored numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ProposalState {
    /// A release whose modules are not all here yet.
    #[n(0)]
    Draft,
    /// Its modules are here; to be audited.
    #[n(1)]
    Staged,
    /// Audited without a failure; to be rehearsed.
    #[n(2)]
    Audited,
    /// Rehearsed; its discussion begins with the next look.
    #[n(3)]
    Rehearsed,
    /// People read and talk; nobody votes yet.
    #[n(4)]
    Discussion,
    /// Members approve and reject.
    #[n(5)]
    Voting,
    /// Approved by enough; waits for `eta`. Revoking and vetoing are possible.
    #[n(6)]
    Timelocked,
    /// May be executed until its window ends.
    #[n(7)]
    Ready,
    /// Being executed.
    #[n(8)]
    Executing,
    /// Executed and watched.
    #[n(9)]
    Observing,
    /// Being taken back.
    #[n(10)]
    RollingBack,
    /// Executed, and it held.
    #[n(11)]
    Completed,
    /// Tried, and nothing of it remains.
    #[n(12)]
    RolledBack,
    /// Tried, and the way back failed too: an incident is open.
    #[n(13)]
    RollbackFailed,
    /// Rejected by so many that it cannot be approved any more.
    #[n(14)]
    Rejected,
    /// Taken back by its proposer.
    #[n(15)]
    Cancelled,
    /// Stopped during its timelock.
    #[n(16)]
    Vetoed,
    /// Not approved, or not executed, in time.
    #[n(17)]
    Expired,
    /// Members, rules or code are no longer those it was made for.
    #[n(18)]
    Stale,
}

impl ProposalState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 19] = [
        Self::Draft,
        Self::Staged,
        Self::Audited,
        Self::Rehearsed,
        Self::Discussion,
        Self::Voting,
        Self::Timelocked,
        Self::Ready,
        Self::Executing,
        Self::Observing,
        Self::RollingBack,
        Self::Completed,
        Self::RolledBack,
        Self::RollbackFailed,
        Self::Rejected,
        Self::Cancelled,
        Self::Vetoed,
        Self::Expired,
        Self::Stale,
    ];

    /// Its place in [`Self::ALL`].
    pub fn at(self) -> usize {
        Self::ALL.iter().position(|state| *state == self).unwrap_or_default()
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Staged => "Staged",
            Self::Audited => "Audited",
            Self::Rehearsed => "Rehearsed",
            Self::Discussion => "Discussion",
            Self::Voting => "Voting",
            Self::Timelocked => "Timelocked",
            Self::Ready => "Ready",
            Self::Executing => "Executing",
            Self::Observing => "Observing",
            Self::RollingBack => "RollingBack",
            Self::Completed => "Completed",
            Self::RolledBack => "RolledBack",
            Self::RollbackFailed => "RollbackFailed",
            Self::Rejected => "Rejected",
            Self::Cancelled => "Cancelled",
            Self::Vetoed => "Vetoed",
            Self::Expired => "Expired",
            Self::Stale => "Stale",
        }
    }

    /// True before anything was done: it can still be cancelled, vetoed, or grow stale.
    pub const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::Draft
                | Self::Staged
                | Self::Audited
                | Self::Rehearsed
                | Self::Discussion
                | Self::Voting
                | Self::Timelocked
                | Self::Ready
        )
    }

    /// True while it changes canisters, or may take the change back (V7).
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Executing | Self::Observing | Self::RollingBack)
    }

    /// True when nothing happens to it any more.
    pub const fn is_over(self) -> bool {
        !self.is_pending() && !self.is_running()
    }
}

/// What kind of thing a proposal does: what its head says of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// Installs new code.
    UpgradeRelease,
    /// Restores a fleet snapshot.
    Rollback,
    /// Takes a fleet snapshot.
    TakeFleetSnapshot,
    /// Deletes a fleet snapshot.
    PruneSnapshot,
    /// Replaces the members.
    ChangeMembers,
    /// Replaces the rules.
    ChangeConfig,
    /// Changes settings of a canister.
    ChangeCanisterSettings,
    /// Approves a batch of assets.
    AssetRelease,
    /// Arms a guardian's seat.
    ArmGuardianSeat,
    /// Proposes a risk policy.
    ApplyRiskPolicy,
    /// Resolves a quarantine.
    ResolveQuarantine,
    /// Calls a method of the registered list.
    CallRegisteredMethod,
    /// Takes control of a canister.
    AdoptCanister,
    /// Gives control of a canister away.
    ReleaseControl,
    /// Replaces the recovery committee.
    ChangeRecoveryCommittee,
    /// Denies modules.
    DenyModules,
}

impl PayloadKind {
    /// Every kind, in the order of the stored numbers.
    pub const ALL: [Self; 16] = [
        Self::UpgradeRelease,
        Self::Rollback,
        Self::TakeFleetSnapshot,
        Self::PruneSnapshot,
        Self::ChangeMembers,
        Self::ChangeConfig,
        Self::ChangeCanisterSettings,
        Self::AssetRelease,
        Self::ArmGuardianSeat,
        Self::ApplyRiskPolicy,
        Self::ResolveQuarantine,
        Self::CallRegisteredMethod,
        Self::AdoptCanister,
        Self::ReleaseControl,
        Self::ChangeRecoveryCommittee,
        Self::DenyModules,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpgradeRelease => "UpgradeRelease",
            Self::Rollback => "Rollback",
            Self::TakeFleetSnapshot => "TakeFleetSnapshot",
            Self::PruneSnapshot => "PruneSnapshot",
            Self::ChangeMembers => "ChangeMembers",
            Self::ChangeConfig => "ChangeConfig",
            Self::ChangeCanisterSettings => "ChangeCanisterSettings",
            Self::AssetRelease => "AssetRelease",
            Self::ArmGuardianSeat => "ArmGuardianSeat",
            Self::ApplyRiskPolicy => "ApplyRiskPolicy",
            Self::ResolveQuarantine => "ResolveQuarantine",
            Self::CallRegisteredMethod => "CallRegisteredMethod",
            Self::AdoptCanister => "AdoptCanister",
            Self::ReleaseControl => "ReleaseControl",
            Self::ChangeRecoveryCommittee => "ChangeRecoveryCommittee",
            Self::DenyModules => "DenyModules",
        }
    }
}

/// What a member may do; a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Permissions(#[n(0)] u8);

impl Permissions {
    /// Create, stage, audit, rehearse, cancel what one proposed.
    pub const PROPOSE: Self = Self(1);
    /// Approve, reject, revoke.
    pub const APPROVE: Self = Self(2);
    /// Begin what is ready.
    pub const EXECUTE: Self = Self(4);
    /// Stop what waits for its timelock.
    pub const VETO: Self = Self(8);
    /// All of them.
    pub const ALL: Self = Self(15);

    /// The set of these.
    pub fn of(list: &[Self]) -> Self {
        list.iter().fold(Self(0), |all, one| Self(all.0 | one.0))
    }

    /// True when all of `other` are in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True without any.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with these bits, others left out.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Its bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The names of what is in it.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (Self::PROPOSE, "Propose"),
            (Self::APPROVE, "Approve"),
            (Self::EXECUTE, "Execute"),
            (Self::VETO, "Veto"),
        ];
        all.into_iter().filter(|(one, _)| self.has(*one)).map(|(_, name)| name).collect()
    }
}

/// How approvals are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum VotingRule {
    /// Every member counts once.
    #[n(0)]
    OneMemberOneVote,
    /// Every member counts as its weight; at least two members must approve.
    #[n(1)]
    Weighted,
}

/// How long a proposal of a kind waits between its approval and its execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayClass {
    /// The shortest delay there is.
    Ordinary,
    /// The longest delay there is: what decides who decides, and how (V12, Y3).
    Constitution,
}

/// Why a release goes back by itself (the source systems' four triggers), or was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Trigger {
    /// A canister does not call itself healthy.
    #[n(0)]
    HealthCheckFailed,
    /// A canister does not reach one it depends on.
    #[n(1)]
    ConnectionFailed,
    /// A step did not succeed: it did not stop, install, start, or runs other code (V5).
    #[n(2)]
    CriticalFunction,
    /// Its state contradicts its invariants, or is not the one it was.
    #[n(3)]
    DataInconsistent,
    /// Members decided it while it was observed.
    #[n(4)]
    Members,
}

impl Trigger {
    /// All triggers in the order of their stored numbers.
    pub const ALL: [Self; 5] = [
        Self::HealthCheckFailed,
        Self::ConnectionFailed,
        Self::CriticalFunction,
        Self::DataInconsistent,
        Self::Members,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HealthCheckFailed => "HealthCheckFailed",
            Self::ConnectionFailed => "ConnectionFailed",
            Self::CriticalFunction => "CriticalFunction",
            Self::DataInconsistent => "DataInconsistent",
            Self::Members => "Members",
        }
    }
}

/// SHA-256 over parts, each behind its length as eight bytes, the first a name of the purpose.
pub fn digest_of(purpose: &str, parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    for part in core::iter::once(&purpose.as_bytes()).chain(parts) {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_know_their_places_and_names() {
        for (at, state) in ProposalState::ALL.into_iter().enumerate() {
            assert_eq!(state.at(), at);
            assert_eq!(state.name(), format!("{state:?}"));
            let kinds = [state.is_pending(), state.is_running(), state.is_over()];
            assert_eq!(kinds.iter().filter(|is| **is).count(), 1, "{state:?} is one of three");
        }
        for trigger in Trigger::ALL {
            assert_eq!(trigger.name(), format!("{trigger:?}"));
        }
        for kind in PayloadKind::ALL {
            assert_eq!(kind.name(), format!("{kind:?}"));
        }
    }

    #[test]
    fn permissions_are_a_set() {
        let both = Permissions::of(&[Permissions::APPROVE, Permissions::VETO]);
        assert!(both.has(Permissions::VETO) && !both.has(Permissions::EXECUTE));
        assert_eq!(both.names(), ["Approve", "Veto"]);
        assert!(Permissions::of(&[]).is_empty());
        assert_eq!(Permissions::from_bits(0xff), Permissions::ALL);
    }

    #[test]
    fn a_digest_keeps_its_parts_apart() {
        let of = |parts: &[&[u8]]| digest_of("granary.test", parts);
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"ab"]), digest_of("granary.other", &[b"ab"]));
    }
}
