//! Canisters under the governor's control, and snapshots of them.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::records::Placement;
use crate::types::{Hash, Principal, Timestamp};

/// A canister under control.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TargetV1 {
    /// Where it stands.
    #[n(0)]
    pub placement: Placement,
    /// What runs, as far as this canister knows; none before it was looked at.
    #[cbor(n(1), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub module: Option<Hash>,
    /// The schema of its state, as far as this canister knows.
    #[n(2)]
    pub schema: u32,
    /// Who else controls it, as it was found last: nobody, after the hand-over.
    #[cbor(n(3), with = "granary_kernel::cbor::principals")]
    pub others: Vec<Principal>,
    /// When it was last looked at.
    #[n(4)]
    pub seen_at: Timestamp,
    /// Since when its code or its controllers are not what was approved (X45).
    #[n(5)]
    pub drifted_since: Option<Timestamp>,
    /// The newest change of its code or controllers that was looked at, of the network's count.
    #[n(6)]
    pub changes_seen: u64,
    /// When it came under control.
    #[n(7)]
    pub adopted_at: Timestamp,
    /// What is not what was approved; none while all is.
    #[n(8)]
    pub drift: Option<Drift>,
}

/// What is not what was approved (X45).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Drift {
    /// It runs other code.
    #[n(0)]
    Code,
    /// Somebody else controls it too.
    #[n(1)]
    Controllers,
    /// The governor does not control it any more.
    #[n(2)]
    Lost,
}

impl Drift {
    /// Every drift in the order of the stored numbers.
    pub const ALL: [Self; 3] = [Self::Code, Self::Controllers, Self::Lost];

    /// What the journal calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "it runs other code",
            Self::Controllers => "somebody else controls it",
            Self::Lost => "the governor does not control it",
        }
    }
}

/// The target in its newest shape.
pub type Target = TargetV1;

impl Record for TargetV1 {
    const NAME: &'static str = "target";
    const VERSION: u8 = 1;
}

/// The snapshot of one canister.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Shot {
    /// Of which.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// The network's name for it.
    #[cbor(n(1), with = "granary_stable::cbor::blob")]
    pub snapshot: Vec<u8>,
    /// The code in it.
    #[cbor(n(2), with = "granary_kernel::cbor::hash")]
    pub module: Hash,
    /// Its size, bytes.
    #[n(3)]
    pub bytes: u64,
    /// When it was taken.
    #[n(4)]
    pub at: Timestamp,
    /// The schema of the state in it.
    #[n(5)]
    pub schema: u32,
}

/// What is known of a fleet snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SnapshotState {
    /// Not all of its parts are there.
    #[n(0)]
    Partial,
    /// All are.
    #[n(1)]
    Complete,
    /// The release after it held: it leads back to a state that was good.
    #[n(2)]
    Good,
    /// Deleted.
    #[n(3)]
    Pruned,
}

/// Snapshots of several canisters, taken while all of them stood still.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FleetSnapshotV1 {
    /// The proposal it was taken for.
    #[n(0)]
    pub proposal: u64,
    /// When the first of them was taken.
    #[n(1)]
    pub at: Timestamp,
    /// One for each canister.
    #[n(2)]
    pub shots: Vec<Shot>,
    /// True keeps it until a proposal prunes it.
    #[n(3)]
    pub pinned: bool,
    /// What is known of it.
    #[n(4)]
    pub state: SnapshotState,
}

/// The fleet snapshot in its newest shape.
pub type FleetSnapshot = FleetSnapshotV1;

impl Record for FleetSnapshotV1 {
    const NAME: &'static str = "fleet snapshot";
    const VERSION: u8 = 1;
}

impl TargetV1 {
    /// A canister that just came under control: nothing is known of it.
    pub const fn adopted(placement: Placement, at: Timestamp) -> Self {
        Self {
            placement,
            module: None,
            schema: 0,
            others: vec![],
            seen_at: Timestamp::ZERO,
            drifted_since: None,
            changes_seen: 0,
            adopted_at: at,
            drift: None,
        }
    }
}
