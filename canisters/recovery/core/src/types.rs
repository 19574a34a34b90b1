//! Numbers of requests and their states.

pub use candid::Principal;
use granary_kernel::Id;
pub use granary_kernel::{Ctx, Hash};
pub use granary_units::{Duration, Timestamp};
pub use minicbor::bytes::{ByteArray, ByteVec};

/// Marks [`RequestId`].
#[derive(Debug)]
pub enum RequestKind {}

/// Number of a request.
pub type RequestId = Id<RequestKind>;

/// `Open ⇄ Ready → Executing → Completed | Failed`; Open and Ready expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateKind {
    /// Waits for approvals.
    Open,
    /// Has its quorum, waits for its time.
    Ready,
    /// Is being done.
    Executing,
    /// Was done.
    Completed,
    /// Was not done, or not to the end; the governor was started again.
    Failed,
    /// Its time ran out.
    Expired,
}

impl StateKind {
    /// All states, in the order of the figures.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Ready, Self::Executing, Self::Completed, Self::Failed, Self::Expired];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Ready => "Ready",
            Self::Executing => "Executing",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
        }
    }

    /// Its place in [`Self::ALL`].
    pub const fn at(self) -> usize {
        match self {
            Self::Open => 0,
            Self::Ready => 1,
            Self::Executing => 2,
            Self::Completed => 3,
            Self::Failed => 4,
            Self::Expired => 5,
        }
    }
}
