//! Members, the rules of deciding, and who repairs the governor.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::common::Profile;

/// What a member may do.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum Permission {
    /// Create, stage, audit, rehearse, cancel what one proposed.
    Propose,
    /// Approve, reject, revoke.
    Approve,
    /// Begin what is ready, take back what is observed.
    Execute,
    /// Stop what waits for its timelock.
    Veto,
}

/// A member as a proposal names it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MemberSpec {
    pub principal: Principal,
    /// At least one.
    pub permissions: Vec<Permission>,
    /// What the member's approval counts where weights count; 1 to 1000000.
    pub weight: u32,
    /// None is for ever.
    pub expires_at_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub principal: Principal,
    pub permissions: Vec<Permission>,
    pub weight: u32,
    /// The epoch the member joined in.
    pub joined_epoch: u64,
    pub last_seen_ns: u64,
    pub expires_at_ns: Option<u64>,
    /// False once the membership is over.
    pub is_member: bool,
    /// False after a whole heartbeat of the rules without a sign.
    pub is_live: bool,
}

/// The members there are.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Grows with every change of members or rules; approvals count in their own epoch only.
    pub epoch: u64,
    /// Approvals needed.
    pub threshold: u32,
    /// Members who may approve and showed a sign in time.
    pub approvers_live: u32,
    /// By principal.
    pub members: Vec<Member>,
}

/// How approvals are counted.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VotingRule {
    /// Every member counts once.
    OneMemberOneVote,
    /// Every member counts as its weight; at least two members must approve.
    Weighted,
}

/// The rules of deciding.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Approvals needed: members, or weight where weights count.
    pub threshold: u32,
    pub voting: VotingRule,
    /// Timelock of ordinary proposals; 48 hours to 90 days.
    pub min_delay_ns: u64,
    /// Timelock of what changes who decides, and how; not shorter than the other.
    pub long_delay_ns: u64,
    /// How long an approval counts; longer than the longest wait it can start.
    pub approval_ttl_ns: u64,
    /// How long people talk before they vote; at most 30 days.
    pub discussion_ns: u64,
    /// How long they vote; at most 30 days.
    pub voting_period_ns: u64,
    /// How long after its eta a proposal may be executed; at most 14 days.
    pub execution_window_ns: u64,
    /// How long a release is watched; at most 7 days.
    pub observation_ns: u64,
    /// How long a rehearsal counts.
    pub rehearsal_ttl_ns: u64,
    /// A threshold that is reached within this long of the end of the vote is late.
    pub late_quorum_ns: u64,
    /// By how much a late threshold prolongs the timelock.
    pub late_extension_ns: u64,
    /// After this long without a sign a member is called inactive.
    pub heartbeat_ns: u64,
    /// Equal build attestations each module of a release needs.
    pub attestations: u32,
}

/// A method of a target that `CallRegisteredMethod` may call.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Name of the target.
    pub target: String,
    pub method: String,
}

/// Whom to call, and how it goes on when nobody answers.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Escalation {
    /// First on call.
    pub primary: String,
    /// Second on call.
    pub backup: String,
    /// Where people meet.
    pub channel: String,
    /// Who is called after that, in order.
    pub path: String,
}

/// The committee that can repair the governor.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RecoverySpec {
    /// The recovery canister.
    pub canister: Principal,
    /// 3 to 20, of whom fewer than the quorum are members.
    pub committee: Vec<Principal>,
    /// More than half.
    pub quorum: u32,
}

/// Rules that were approved and wait for the difference of the delays.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PendingRules {
    pub rules: Rules,
    /// From when on they are in force.
    pub effective_at_ns: u64,
}

/// What the governor goes by.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub epoch: u64,
    pub profile: Profile,
    pub rules: Rules,
    /// Rules that will be in force.
    pub pending: Option<PendingRules>,
    pub recovery: Option<RecoverySpec>,
    pub methods: Vec<Method>,
    pub escalation: Escalation,
}

/// The argument of `rotate_members`: each gets every permission, without an end.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RotateMembersArgs {
    pub members: Vec<Principal>,
    pub threshold: u32,
}
