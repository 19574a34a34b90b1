//! The part every configuration has: profile, mode, phase, drain, peers.

use candid::Principal;
use granary_stable::record::Record;
use granary_units::Timestamp;
use minicbor::{Decode, Encode};

/// Which set of floors the canister holds itself to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Profile {
    /// The floors of the canister's limits.
    #[n(0)]
    Production,
    /// As production, on a development network.
    #[n(1)]
    Development,
    /// Short windows are allowed; refused on mainnet (C13).
    #[n(2)]
    Testing,
}

/// What the canister still does when something is wrong (C12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Mode {
    /// Everything.
    #[n(0)]
    Full,
    /// No user method changes state.
    #[n(1)]
    ReadOnly,
    /// No payout is queued; everything else works.
    #[n(2)]
    OutflowsFrozen,
    /// Only these principals may change state.
    #[n(3)]
    Restricted(#[cbor(n(0), with = "crate::cbor::principals")] Vec<Principal>),
}

impl Mode {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::ReadOnly => "ReadOnly",
            Self::OutflowsFrozen => "OutflowsFrozen",
            Self::Restricted(_) => "Restricted",
        }
    }
}

/// A drain that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Drain {
    /// Names the drain; resuming must carry the same number.
    #[n(0)]
    pub epoch: u64,
    /// After this time the canister resumes by itself.
    #[n(1)]
    pub deadline: Timestamp,
}

/// Whether the canister takes work or is being filled from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// Normal.
    #[n(0)]
    Running,
    /// Opened for an import; user methods are refused.
    #[n(1)]
    Importing,
}

/// Another canister this one knows by name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Peer {
    /// One of the names of [`crate::Canister::PEERS`].
    #[n(0)]
    pub name: String,
    /// Where it is.
    #[cbor(n(1), with = "crate::cbor::principal")]
    pub canister: Principal,
}

/// What every canister's configuration begins with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BaseV1 {
    /// Floors.
    #[n(0)]
    pub profile: Profile,
    /// Degradation.
    #[n(1)]
    pub mode: Mode,
    /// Importing or not.
    #[n(2)]
    pub phase: Phase,
    /// The drain in progress.
    #[n(3)]
    pub drain: Option<Drain>,
    /// The newest epoch a drain ever had; a new one must be larger.
    #[n(4)]
    pub last_epoch: u64,
    /// Canisters known by name, sorted by it, each name once.
    #[n(5)]
    pub peers: Vec<Peer>,
}

/// The common part in its newest shape.
pub type Base = BaseV1;

impl Base {
    /// The base of a canister that was never changed.
    pub const fn new(profile: Profile, phase: Phase) -> Self {
        Self { profile, mode: Mode::Full, phase, drain: None, last_epoch: 0, peers: vec![] }
    }

    /// The drain in progress, unless its deadline has passed.
    pub fn drain_at(&self, now: Timestamp) -> Option<Drain> {
        self.drain.filter(|drain| now <= drain.deadline)
    }

    /// Where the peer is, once it was told.
    pub fn peer(&self, name: &str) -> Option<Principal> {
        self.peers.iter().find(|peer| peer.name == name).map(|peer| peer.canister)
    }

    /// With the peer `name` at `canister`, or without it.
    pub fn with_peer(&self, name: &str, canister: Option<Principal>) -> Self {
        let mut peers = self.peers.clone();
        peers.retain(|peer| peer.name != name);
        peers.extend(canister.map(|canister| Peer { name: name.to_owned(), canister }));
        peers.sort_by(|a, b| a.name.cmp(&b.name));
        Self { peers, ..self.clone() }
    }
}

/// A canister's configuration: its own fields around the common part.
pub trait Settings: Record + Clone + PartialEq + core::fmt::Debug {
    /// The common part.
    fn base(&self) -> &Base;
    /// The same with another common part.
    fn with_base(&self, base: Base) -> Self;
}
