//! What happened: the payload of a journal entry.

use minicbor::{Decode, Encode};

use crate::types::{Hash, Principal, Units};

/// One kind for each transition. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum EventKind {
    /// A programme was created.
    #[n(0)]
    ProgramCreated,
    /// Its terms changed.
    #[n(1)]
    ProgramUpdated,
    /// Its budget changed; units: the new one.
    #[n(2)]
    BudgetChanged,
    /// It takes applications.
    #[n(3)]
    ProgramOpened,
    /// It stands still.
    #[n(4)]
    ProgramPaused,
    /// It takes no new applications.
    #[n(5)]
    ProgramClosing,
    /// Nothing is open any more.
    #[n(6)]
    ProgramClosed,
    /// A draft was saved; digest: its body.
    #[n(7)]
    DraftSaved,
    /// An application was submitted; units: the request, digest: its body.
    #[n(8)]
    ApplicationSubmitted,
    /// A new version was submitted; number: the version.
    #[n(9)]
    ApplicationRevised,
    /// The applicant took it back.
    #[n(10)]
    ApplicationWithdrawn,
    /// The first reviewer declared or reviewed.
    #[n(11)]
    ReviewStarted,
    /// A reviewer declared; number: the seat, name: the conflict.
    #[n(12)]
    ConflictDeclared,
    /// A reviewer judged; number: the seat, name: the recommendation.
    #[n(13)]
    ReviewSubmitted,
    /// It was approved; units: the award.
    #[n(14)]
    ApplicationApproved,
    /// It was rejected.
    #[n(15)]
    ApplicationRejected,
    /// It may be revised.
    #[n(16)]
    ChangesRequested,
    /// A rejection was appealed; digest: the grounds.
    #[n(17)]
    DecisionAppealed,
    /// No revision came in time.
    #[n(18)]
    ApplicationExpired,
    /// A grant was offered; units: the award, number: the application.
    #[n(19)]
    GrantOffered,
    /// The grantee accepted.
    #[n(20)]
    GrantAccepted,
    /// The challenge window ended.
    #[n(21)]
    GrantActivated,
    /// A manager stopped it; digest: the reason.
    #[n(22)]
    GrantSuspended,
    /// A manager let it go on; digest: the reason.
    #[n(23)]
    GrantReinstated,
    /// No sign of life for the programme's inactivity time.
    #[n(24)]
    InactivityDetected,
    /// A sign of life took it out of risk.
    #[n(25)]
    ActivityResumed,
    /// It may be terminated when the notice ends; digest: the reason.
    #[n(26)]
    NoticeGiven,
    /// The grantee replied; digest: the reply.
    #[n(27)]
    NoticeReplied,
    /// It ended early; units: what went back to the budget.
    #[n(28)]
    GrantTerminated,
    /// It is paid in full.
    #[n(29)]
    GrantCompleted,
    /// The offer was not accepted in time; units: what went back.
    #[n(30)]
    GrantLapsed,
    /// Evidence came in; number: the milestone, digest: over the evidence.
    #[n(31)]
    MilestoneSubmitted,
    /// It is earned; number: the milestone.
    #[n(32)]
    MilestoneAccepted,
    /// The evidence was not enough; number: the milestone.
    #[n(33)]
    MilestoneReturned,
    /// It was due and not submitted; number: the milestone.
    #[n(34)]
    MilestoneOverdue,
    /// A payout was asked for; subject: the payout, number: the grant.
    #[n(35)]
    PayoutQueued,
    /// It was handed on; number: the transfer intent.
    #[n(36)]
    PayoutSent,
    /// Money moved; number: the ledger's block.
    #[n(37)]
    PayoutSettled,
    /// Money did not move; it may be sent again. Name: why.
    #[n(38)]
    PayoutFailed,
    /// It needs a person. Name: why.
    #[n(39)]
    PayoutQuarantined,
    /// The award vests with time.
    #[n(40)]
    StreamStarted,
    /// Vesting stands still.
    #[n(41)]
    StreamPaused,
    /// Vesting goes on; the end moved.
    #[n(42)]
    StreamResumed,
    /// The grantee reported; number: the report, digest: its body.
    #[n(43)]
    ProgressReported,
    /// A role was given; party: to whom, name: the role.
    #[n(44)]
    RoleGranted,
    /// A role was taken; party: from whom, name: the role.
    #[n(45)]
    RoleRevoked,
    /// The mode changed; name: the new one, digest: over the reason.
    #[n(46)]
    ModeChanged,
    /// New work is refused; number: the epoch.
    #[n(47)]
    DrainStarted,
    /// Work is taken again; number: the epoch.
    #[n(48)]
    DrainEnded,
    /// The canister was installed.
    #[n(49)]
    Installed,
    /// New code took the state over; number: records found, digest: the journal's head before.
    #[n(50)]
    StateRestored,
    /// A snapshot was restored; number: the epoch.
    #[n(51)]
    SnapshotRestored,
    /// The configuration changed; number: the bound on applications.
    #[n(52)]
    ConfigChanged,
    /// The state was filled from a backup; number: records.
    #[n(53)]
    ImportFinished,
    /// Another canister was named, or forgotten; party: where it is, name: its name.
    #[n(54)]
    PeerChanged,
    /// The asset's number in the books was told; number: it, absent when it was forgotten.
    #[n(55)]
    PortfolioAssetSet,
    /// A payout may be handed over again, because it failed and a person asked for it, or because
    /// `execution` forgot its intent; number: how often it failed.
    #[n(56)]
    PayoutRetried,
}

impl EventKind {
    /// Every kind in the order of the stored numbers.
    pub const ALL: &[Self] = &[
        Self::ProgramCreated,
        Self::ProgramUpdated,
        Self::BudgetChanged,
        Self::ProgramOpened,
        Self::ProgramPaused,
        Self::ProgramClosing,
        Self::ProgramClosed,
        Self::DraftSaved,
        Self::ApplicationSubmitted,
        Self::ApplicationRevised,
        Self::ApplicationWithdrawn,
        Self::ReviewStarted,
        Self::ConflictDeclared,
        Self::ReviewSubmitted,
        Self::ApplicationApproved,
        Self::ApplicationRejected,
        Self::ChangesRequested,
        Self::DecisionAppealed,
        Self::ApplicationExpired,
        Self::GrantOffered,
        Self::GrantAccepted,
        Self::GrantActivated,
        Self::GrantSuspended,
        Self::GrantReinstated,
        Self::InactivityDetected,
        Self::ActivityResumed,
        Self::NoticeGiven,
        Self::NoticeReplied,
        Self::GrantTerminated,
        Self::GrantCompleted,
        Self::GrantLapsed,
        Self::MilestoneSubmitted,
        Self::MilestoneAccepted,
        Self::MilestoneReturned,
        Self::MilestoneOverdue,
        Self::PayoutQueued,
        Self::PayoutSent,
        Self::PayoutSettled,
        Self::PayoutFailed,
        Self::PayoutQuarantined,
        Self::StreamStarted,
        Self::StreamPaused,
        Self::StreamResumed,
        Self::ProgressReported,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::ModeChanged,
        Self::DrainStarted,
        Self::DrainEnded,
        Self::Installed,
        Self::StateRestored,
        Self::SnapshotRestored,
        Self::ConfigChanged,
        Self::ImportFinished,
        Self::PeerChanged,
        Self::PortfolioAssetSet,
        Self::PayoutRetried,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        let at = Self::ALL.iter().position(|kind| *kind == self).unwrap_or(NAMES.len());
        NAMES.get(at).copied().unwrap_or_default()
    }
}

/// Names in the order of [`EventKind::ALL`]; a test holds the two together.
const NAMES: &[&str] = &[
    "ProgramCreated",
    "ProgramUpdated",
    "BudgetChanged",
    "ProgramOpened",
    "ProgramPaused",
    "ProgramClosing",
    "ProgramClosed",
    "DraftSaved",
    "ApplicationSubmitted",
    "ApplicationRevised",
    "ApplicationWithdrawn",
    "ReviewStarted",
    "ConflictDeclared",
    "ReviewSubmitted",
    "ApplicationApproved",
    "ApplicationRejected",
    "ChangesRequested",
    "DecisionAppealed",
    "ApplicationExpired",
    "GrantOffered",
    "GrantAccepted",
    "GrantActivated",
    "GrantSuspended",
    "GrantReinstated",
    "InactivityDetected",
    "ActivityResumed",
    "NoticeGiven",
    "NoticeReplied",
    "GrantTerminated",
    "GrantCompleted",
    "GrantLapsed",
    "MilestoneSubmitted",
    "MilestoneAccepted",
    "MilestoneReturned",
    "MilestoneOverdue",
    "PayoutQueued",
    "PayoutSent",
    "PayoutSettled",
    "PayoutFailed",
    "PayoutQuarantined",
    "StreamStarted",
    "StreamPaused",
    "StreamResumed",
    "ProgressReported",
    "RoleGranted",
    "RoleRevoked",
    "ModeChanged",
    "DrainStarted",
    "DrainEnded",
    "Installed",
    "StateRestored",
    "SnapshotRestored",
    "ConfigChanged",
    "ImportFinished",
    "PeerChanged",
    "PortfolioAssetSet",
    "PayoutRetried",
];

/// The payload. Absent parts take one byte each or none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventV1 {
    /// What happened.
    #[n(0)]
    pub kind: EventKind,
    /// The entity it happened to.
    #[n(1)]
    pub subject: u64,
    /// An amount.
    #[n(2)]
    pub units: Option<Units>,
    /// Digest of the body the event is about.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest: Option<Hash>,
    /// A number whose meaning the kind tells.
    #[n(4)]
    pub number: Option<u64>,
    /// The other party.
    #[cbor(n(5), with = "granary_kernel::cbor::opt_principal", has_nil)]
    pub party: Option<Principal>,
    /// A name whose meaning the kind tells.
    #[n(6)]
    pub name: Option<String>,
}

/// The payload in its newest shape.
pub type Event = EventV1;

impl EventV1 {
    /// Something happened to `subject`.
    pub const fn new(kind: EventKind, subject: u64) -> Self {
        Self { kind, subject, units: None, digest: None, number: None, party: None, name: None }
    }

    /// With an amount.
    pub fn units(self, units: Units) -> Self {
        Self { units: Some(units), ..self }
    }

    /// With a digest.
    pub fn digest(self, digest: Hash) -> Self {
        Self { digest: Some(digest), ..self }
    }

    /// With a digest, if there is one.
    pub fn opt_digest(self, digest: Option<Hash>) -> Self {
        Self { digest, ..self }
    }

    /// With a number.
    pub fn number(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }

    /// With another party.
    pub fn party(self, party: Principal) -> Self {
        Self { party: Some(party), ..self }
    }

    /// With a name.
    pub fn name(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_name() {
        assert_eq!(EventKind::ALL.len(), NAMES.len());
        for kind in EventKind::ALL {
            assert_eq!(kind.name(), format!("{kind:?}"));
        }
    }
}
