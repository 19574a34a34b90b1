//! Identities, states and roles: the words the rules are written in.

pub use candid::Principal;
pub use granary_kernel::{Hash, Id};
use granary_units::{Amount, Unit};
pub use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

/// The smallest unit of the one asset this canister's programmes spend.
#[derive(Debug)]
pub enum AssetUnit {}

impl Unit for AssetUnit {
    const SYMBOL: &'static str = "units";
}

/// Money in smallest units of the canister's asset.
pub type Units = Amount<AssetUnit>;

/// Marks [`ProgramId`].
#[derive(Debug)]
pub enum ProgramKind {}
/// Marks [`ApplicationId`].
#[derive(Debug)]
pub enum ApplicationKind {}
/// Marks [`GrantId`].
#[derive(Debug)]
pub enum GrantKind {}
/// Marks [`PayoutId`].
#[derive(Debug)]
pub enum PayoutKind {}

/// Number of a programme.
pub type ProgramId = Id<ProgramKind>;
/// Number of an application.
pub type ApplicationId = Id<ApplicationKind>;
/// Number of a grant.
pub type GrantId = Id<GrantKind>;
/// Number of a payout.
pub type PayoutId = Id<PayoutKind>;

/// `Draft → Open ⇄ Paused → Closing → Closed`; Open closes without a pause too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProgramState {
    /// Being written; takes nothing.
    Draft,
    /// Takes applications.
    Open,
    /// Nothing new is taken, decided or paid; its terms may change.
    Paused,
    /// No new applications; what was submitted is decided and running grants go on.
    Closing,
    /// Nothing is open any more.
    Closed,
}

impl ProgramState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Open, Self::Paused, Self::Closing, Self::Closed];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Open => "Open",
            Self::Paused => "Paused",
            Self::Closing => "Closing",
            Self::Closed => "Closed",
        }
    }
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationState {
    /// Written, not yet asked for.
    Draft,
    /// Waiting for its first reviewer.
    Submitted,
    /// A reviewer has declared or reviewed.
    UnderReview,
    /// Decided: a grant was offered.
    Approved,
    /// Decided: no.
    Rejected,
    /// Decided: not like this; a revision may come until the review window ends.
    ChangesRequested,
    /// A rejection under appeal, waiting for reviewers disjoint from the first panel.
    Appealed,
    /// Taken back by its applicant.
    Withdrawn,
    /// No revision came in time.
    Expired,
}

impl ApplicationState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Submitted,
        Self::UnderReview,
        Self::Approved,
        Self::Rejected,
        Self::ChangesRequested,
        Self::Appealed,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Submitted => "Submitted",
            Self::UnderReview => "UnderReview",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::ChangesRequested => "ChangesRequested",
            Self::Appealed => "Appealed",
            Self::Withdrawn => "Withdrawn",
            Self::Expired => "Expired",
        }
    }

    /// True while the request counts against its applicant's cap although nothing is awarded.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Submitted | Self::UnderReview | Self::ChangesRequested | Self::Appealed => true,
            Self::Draft | Self::Approved | Self::Rejected | Self::Withdrawn | Self::Expired => {
                false
            }
        }
    }
}

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantState {
    /// Approved; the grantee has not accepted yet.
    Offered,
    /// Accepted while the challenge window is still open.
    Accepted,
    /// Running.
    Active,
    /// Stopped by a manager.
    Suspended,
    /// Without a sign of life for the programme's inactivity time.
    AtRisk,
    /// Will be terminated when the notice ends, unless reinstated.
    NoticeGiven,
    /// Paid in full.
    Completed,
    /// Ended early; what had vested stays the grantee's.
    Terminated,
    /// Never accepted.
    Lapsed,
}

impl GrantState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 9] = [
        Self::Offered,
        Self::Accepted,
        Self::Active,
        Self::Suspended,
        Self::AtRisk,
        Self::NoticeGiven,
        Self::Completed,
        Self::Terminated,
        Self::Lapsed,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offered => "Offered",
            Self::Accepted => "Accepted",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::AtRisk => "AtRisk",
            Self::NoticeGiven => "NoticeGiven",
            Self::Completed => "Completed",
            Self::Terminated => "Terminated",
            Self::Lapsed => "Lapsed",
        }
    }

    /// True while the grant keeps its programme from closing.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Offered
            | Self::Accepted
            | Self::Active
            | Self::Suspended
            | Self::AtRisk
            | Self::NoticeGiven => true,
            Self::Completed | Self::Terminated | Self::Lapsed => false,
        }
    }
}

/// Where one step of a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum MilestoneState {
    /// Not due yet.
    #[n(0)]
    Planned,
    /// Due and not submitted.
    #[n(1)]
    Overdue,
    /// Evidence is waiting for a reviewer.
    #[n(2)]
    Submitted,
    /// The evidence was not enough; it may be submitted again.
    #[n(3)]
    Returned,
    /// Earned.
    #[n(4)]
    Accepted,
    /// Earned and asked for.
    #[n(5)]
    PayoutQueued,
    /// Settled.
    #[n(6)]
    Paid,
    /// The grant ended before it was earned.
    #[n(7)]
    Cancelled,
}

impl MilestoneState {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Overdue => "Overdue",
            Self::Submitted => "Submitted",
            Self::Returned => "Returned",
            Self::Accepted => "Accepted",
            Self::PayoutQueued => "PayoutQueued",
            Self::Paid => "Paid",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Where one payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayoutState {
    /// Waiting for `execution`; no money has moved.
    Queued,
    /// Handed to `execution` as a transfer intent.
    Sent,
    /// Money has moved; final.
    Settled,
    /// Did not move; may be sent again.
    Failed,
    /// Needs a person.
    Quarantined,
}

impl PayoutState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::Sent, Self::Settled, Self::Failed, Self::Quarantined];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sent => "Sent",
            Self::Settled => "Settled",
            Self::Failed => "Failed",
            Self::Quarantined => "Quarantined",
        }
    }
}
