//! What the canister is and whom it obeys: members, rules, recovery, roles.

use granary_kernel::{Base, Settings};
use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{Duration, Permissions, Principal, Timestamp, VotingRule};

/// Somebody who governs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    /// Who.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub principal: Principal,
    /// What they may do.
    #[n(1)]
    pub permissions: Permissions,
    /// What their approval counts where weights count.
    #[n(2)]
    pub weight: u32,
    /// The epoch they joined in.
    #[n(3)]
    pub joined_epoch: u64,
    /// When they were last seen.
    #[n(4)]
    pub last_seen: Timestamp,
    /// Until when they are a member; none for ever.
    #[n(5)]
    pub expires_at: Option<Timestamp>,
}

impl Member {
    /// True while the membership lasts.
    pub fn is_member(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// True when they may do this now.
    pub fn may(&self, what: Permissions, now: Timestamp) -> bool {
        self.is_member(now) && self.permissions.has(what)
    }
}

/// The rules of deciding. Every span is nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Rules {
    /// Approvals needed: members, or weight where weights count.
    #[n(0)]
    pub threshold: u32,
    /// How approvals are counted.
    #[n(1)]
    pub voting: VotingRule,
    /// Timelock of ordinary proposals.
    #[n(2)]
    pub min_delay: Duration,
    /// Timelock of what changes who decides, and how (V12).
    #[n(3)]
    pub long_delay: Duration,
    /// How long an approval counts.
    #[n(4)]
    pub approval_ttl: Duration,
    /// How long people talk before they vote.
    #[n(5)]
    pub discussion: Duration,
    /// How long they vote.
    #[n(6)]
    pub voting_period: Duration,
    /// How long after its eta a proposal may be executed (V4).
    #[n(7)]
    pub execution_window: Duration,
    /// How long a release is watched.
    #[n(8)]
    pub observation: Duration,
    /// How long a rehearsal counts (V11).
    #[n(9)]
    pub rehearsal_ttl: Duration,
    /// A threshold that is reached within this long of the end of the vote is late.
    #[n(10)]
    pub late_quorum: Duration,
    /// By how much a late threshold prolongs the timelock, so that the others can answer it.
    #[n(11)]
    pub late_extension: Duration,
    /// After this long without a sign a member is called inactive.
    #[n(12)]
    pub heartbeat: Duration,
    /// Equal build attestations a release needs.
    #[n(13)]
    pub attestations: u32,
}

/// A method of a target that `CallRegisteredMethod` may call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Method {
    /// Name of the target.
    #[n(0)]
    pub target: String,
    /// Name of the method.
    #[n(1)]
    pub method: String,
}

/// The committee that can repair this canister, as far as this canister knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Recovery {
    /// Where its canister is.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub canister: Principal,
    /// Who is in it.
    #[cbor(n(1), with = "granary_kernel::cbor::principals")]
    pub committee: Vec<Principal>,
    /// How many of them act together.
    #[n(2)]
    pub quorum: u32,
}

/// Whom to call, and how it goes on when nobody answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Escalation {
    /// First on call.
    #[n(0)]
    pub primary: String,
    /// Second on call.
    #[n(1)]
    pub backup: String,
    /// Where people meet.
    #[n(2)]
    pub channel: String,
    /// Who is called after that, in order.
    #[n(3)]
    pub path: String,
}

/// Rules that were approved and wait for the difference of the delays (V12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingRules {
    /// The rules.
    #[n(0)]
    pub rules: Rules,
    /// From when on they are in force.
    #[n(1)]
    pub effective_at: Timestamp,
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
    /// Grows with every change of members or rules: approvals count in their own epoch only (V2).
    #[n(1)]
    pub epoch: u64,
    /// Who governs, in the order of their principals.
    #[n(2)]
    pub members: Vec<Member>,
    /// The rules in force.
    #[n(3)]
    pub rules: Rules,
    /// Rules that will be.
    #[n(4)]
    pub pending: Option<PendingRules>,
    /// Who repairs this canister.
    #[n(5)]
    pub recovery: Option<Recovery>,
    /// What `CallRegisteredMethod` may call.
    #[n(6)]
    pub methods: Vec<Method>,
    /// Whom to call.
    #[n(7)]
    pub escalation: Escalation,
    /// This canister.
    #[cbor(n(8), with = "granary_kernel::cbor::principal")]
    pub own: Principal,
}

/// The configuration in its newest shape.
pub type Config = ConfigV1;

impl Record for ConfigV1 {
    const NAME: &'static str = "configuration";
    const VERSION: u8 = 1;
}

impl Settings for ConfigV1 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

impl ConfigV1 {
    /// The member with this principal whose membership lasts.
    pub fn member(&self, who: &Principal, now: Timestamp) -> Option<&Member> {
        self.members.iter().find(|member| member.principal == *who && member.is_member(now))
    }

    /// True when `who` is a member with this permission now.
    pub fn may(&self, who: &Principal, what: Permissions, now: Timestamp) -> bool {
        self.member(who, now).is_some_and(|member| member.may(what, now))
    }

    /// Members whose membership lasts and who may do this.
    pub fn able(&self, what: Permissions, now: Timestamp) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.may(what, now))
    }
}

/// Canister-wide roles. None of them decides anything: members do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Opens and leads incidents, has canisters asked.
    Operator,
    /// Reads everything, and validates.
    Auditor,
    /// Reads logical backups.
    Backup,
    /// The recovery canister: roles, modes, drain, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[Self::Operator, Self::Auditor, Self::Backup, Self::Governor];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::Operator => "Operator",
            Self::Auditor => "Auditor",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}
