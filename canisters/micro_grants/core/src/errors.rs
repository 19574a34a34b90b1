//! Every refusal, by category, with its code; and the one way from here to the wire.

mod catalogue;
mod wire;

use granary_errors::Error;
use granary_kernel::Fault;
use granary_units::OutOfRange;

pub use catalogue::CATALOGUE;

use crate::records::Asset;
use crate::rules::standing::UserStatus;
use crate::types::{
    ApplicationState, GrantState, MilestoneState, PayoutState, Principal, ProgramState, Timestamp,
    Units,
};

/// Why a verb changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantError {
    /// What means the same in every canister.
    Kernel(Fault),
    /// The request itself is wrong.
    Input(InputFault),
    /// The actor may not do this.
    Access(AccessFault),
    /// There is not enough money.
    Funds(FundsFault),
    /// There is no such thing.
    Missing(Missing),
    /// Not now, or not in this order.
    State(StateFault),
    /// Nothing else is to be refused, but the registry must be asked about these people first.
    Unasked(Vec<Principal>),
}

/// The request itself is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// Nothing was asked for.
    AmountZero { field: String, asset: Asset },
    /// Less than the programme's least grant (G4).
    AmountBelowMin { requested: Units, min: Units, asset: Asset },
    /// More than the programme's largest grant (G4).
    AmountAboveMax { requested: Units, max: Units, asset: Asset },
    /// The milestones do not add up to the request (G2).
    MilestoneSum { sum: Units, requested: Units },
    /// Budget, minimum, maximum and cap are not in order.
    BoundsOrder { field: String },
    /// A window is too short or too long.
    WindowRange { field: String, given_ns: u64, min_ns: u64, max_ns: u64 },
    /// A share above the whole.
    BpsRange { field: String, given: u32 },
    /// The weights of the rubric are not a whole.
    RubricWeights { sum: u64 },
    /// A dimension's range is empty or too wide.
    RubricRange { dimension: usize },
    /// More reviews are needed than there are reviewers.
    QuorumSize { min_reviews: u32, reviewers: usize },
    /// A manager who reviews could decide alone.
    ManagerAlone,
    /// Not one score for each dimension.
    ScoreCount { given: usize, wanted: usize },
    /// A score outside its dimension.
    ScoreRange { dimension: usize, given: u32, min: u32, max: u32 },
    /// The stream's times are not in order or too far.
    StreamTerms { problem: &'static str },
    /// Somebody on the panel does not hold the role of a reviewer.
    ReviewerRole { reviewer: Principal },
    /// Filters that do not go together.
    Filter,
}

/// The actor may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFault {
    /// Only a manager of the programme.
    Manager,
    /// Only a reviewer of the programme.
    Reviewer,
    /// Only a manager or a reviewer of the programme.
    Panel,
    /// Only the applicant.
    Applicant,
    /// Only the grantee.
    Grantee,
    /// The actor's role as a reviewer is not effective (U4).
    ReviewerRole,
    /// The actor has an interest in the matter (G6).
    Independence,
    /// Above the programme's threshold only a treasurer.
    Treasurer { amount: Units, above: Units },
}

/// There is not enough money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FundsFault {
    /// The programme cannot award so much.
    Budget { required: Units, available: Units, asset: Asset },
    /// The applicant's open requests and awards leave less (G4).
    Cap { required: Units, available: Units, asset: Asset },
    /// The new budget is below what is committed and paid.
    BudgetCut { required: Units, budget: Units, asset: Asset },
}

/// There is no such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No such programme.
    Program { id: u64 },
    /// No such application.
    Application { id: u64 },
    /// No such grant.
    Grant { id: u64 },
    /// No such milestone of the grant.
    Milestone { index: u64 },
    /// No such payout.
    Payout { id: u64 },
}

/// Not now, or not in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFault {
    /// The programme is elsewhere.
    Program { actual: ProgramState, allowed: &'static [ProgramState] },
    /// The application is elsewhere.
    Application { actual: ApplicationState, allowed: &'static [ApplicationState] },
    /// The grant is elsewhere.
    Grant { actual: GrantState, allowed: &'static [GrantState] },
    /// The milestone is elsewhere.
    Milestone { actual: MilestoneState, allowed: &'static [MilestoneState] },
    /// The payout is elsewhere.
    Payout { actual: PayoutState, allowed: &'static [PayoutState] },
    /// The grant is released another way.
    Mode { actual: &'static str, allowed: &'static [&'static str] },
    /// Open applications or live grants keep the programme from closing.
    ProgramBusy { open: u64, live: u64 },
    /// Declare conflicts before scoring (G6).
    Undeclared,
    /// A declared conflict stays.
    Recused,
    /// The same declaration again.
    AlreadyDeclared,
    /// One review per reviewer, version and panel (G7).
    AlreadyReviewed,
    /// The reviewer sat on the panel whose decision is appealed.
    FirstPanel,
    /// Too few eligible reviewers are left: the quorum never degrades (G5).
    Blocked { eligible: u32, min_reviews: u32 },
    /// More reviews must come first (G5).
    ReviewsMissing { counted: u32, min_reviews: u32 },
    /// The appeal window is over.
    AppealClosed { until: Timestamp },
    /// An application is appealed once.
    AppealUsed,
    /// The time for a revision is over.
    RevisionClosed { until: Timestamp },
    /// The offer was not accepted in time.
    OfferLapsed { until: Timestamp },
    /// Nothing is paid while the decision can be challenged (G8).
    ChallengeOpen { until: Timestamp },
    /// The notice has not ended.
    NoticeRunning { until: Timestamp },
    /// The grantee has replied already.
    ReplyGiven,
    /// Nothing has vested that is not claimed.
    NothingToClaim { next_at: Timestamp },
    /// A payout exists or the award is under way.
    PayoutExists,
    /// Nobody told which asset of the books the canister pays with.
    AssetUnset,
    /// The applicant's user is not Active.
    ApplicantStanding { status: UserStatus },
    /// The stream already stands or runs.
    StreamUnchanged { paused: bool },
}

impl From<InputFault> for GrantError {
    fn from(fault: InputFault) -> Self {
        Self::Input(fault)
    }
}
impl From<AccessFault> for GrantError {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
impl From<FundsFault> for GrantError {
    fn from(fault: FundsFault) -> Self {
        Self::Funds(fault)
    }
}
impl From<Missing> for GrantError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}
impl From<StateFault> for GrantError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}
impl From<Fault> for GrantError {
    fn from(fault: Fault) -> Self {
        Self::Kernel(fault)
    }
}
impl From<OutOfRange> for GrantError {
    fn from(fault: OutOfRange) -> Self {
        Self::Kernel(fault.into())
    }
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Kernel(fault) => fault.into(),
            GrantError::Input(fault) => wire::input(fault),
            GrantError::Access(fault) => wire::access(&fault),
            GrantError::Funds(fault) => wire::funds(fault),
            GrantError::Missing(missing) => wire::missing(&missing),
            GrantError::State(fault) => wire::state(fault),
            GrantError::Unasked(people) => wire::unasked(&people),
        }
    }
}
