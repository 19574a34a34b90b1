//! The modes a message can run in, by which system calls are permitted.

use crate::message::Entry;

/// A set of modes, one bit each. The letters are the interface specification's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modes(u16);

impl Modes {
    /// `canister_init` and `canister_post_upgrade`.
    pub(crate) const I: Self = Self(1);
    /// `canister_pre_upgrade`.
    pub(crate) const G: Self = Self(1 << 1);
    /// `canister_update`.
    pub(crate) const U: Self = Self(1 << 2);
    /// `canister_query`, replicated.
    pub(crate) const RQ: Self = Self(1 << 3);
    /// `canister_query`, not replicated.
    pub(crate) const NRQ: Self = Self(1 << 4);
    /// `canister_query` as the transform of an HTTP outcall.
    pub(crate) const TQ: Self = Self(1 << 5);
    /// `canister_composite_query`.
    pub(crate) const CQ: Self = Self(1 << 6);
    /// Reply callback.
    pub(crate) const RY: Self = Self(1 << 7);
    /// Reject callback.
    pub(crate) const RT: Self = Self(1 << 8);
    /// Reply callback of a composite query.
    pub(crate) const CRY: Self = Self(1 << 9);
    /// Reject callback of a composite query.
    pub(crate) const CRT: Self = Self(1 << 10);
    /// Cleanup callback.
    pub(crate) const C: Self = Self(1 << 11);
    /// Cleanup callback of a composite query.
    pub(crate) const CC: Self = Self(1 << 12);
    /// `start`.
    pub(crate) const S: Self = Self(1 << 13);
    /// `canister_inspect_message`.
    pub(crate) const F: Self = Self(1 << 14);
    /// Heartbeat, global timer and the low memory hook.
    pub(crate) const T: Self = Self(1 << 15);

    /// Every mode.
    pub(crate) const ALL: Self = Self(u16::MAX);

    /// Every mode but `start`.
    pub(crate) const ANY: Self = Self(!Self::S.0);

    /// Modes in which no consensus follows.
    pub(crate) const NON_REPLICATED: Self = Self(
        Self::NRQ.0 | Self::TQ.0 | Self::CQ.0 | Self::CRY.0 | Self::CRT.0 | Self::CC.0 | Self::F.0,
    );

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The mode of an entry point.
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Start => Self::S,
            Entry::Init | Entry::PostUpgrade => Self::I,
            Entry::PreUpgrade => Self::G,
            Entry::Update { .. } => Self::U,
            Entry::Query { replicated: true, .. } => Self::RQ,
            Entry::Query { replicated: false, .. } => Self::NRQ,
            Entry::HttpTransform { .. } => Self::TQ,
            Entry::CompositeQuery { .. } => Self::CQ,
            Entry::InspectMessage { .. } => Self::F,
            Entry::Heartbeat | Entry::GlobalTimer | Entry::LowWasmMemory => Self::T,
            Entry::Reply { composite: false, .. } => Self::RY,
            Entry::Reply { composite: true, .. } => Self::CRY,
            Entry::Reject { composite: false, .. } => Self::RT,
            Entry::Reject { composite: true, .. } => Self::CRT,
            Entry::Cleanup { composite: false, .. } => Self::C,
            Entry::Cleanup { composite: true, .. } => Self::CC,
        }
    }
}

/// The name of an entry point's mode in error messages.
pub(crate) fn mode_name(entry: &Entry) -> &'static str {
    match entry {
        Entry::Start => "start",
        Entry::Init | Entry::PostUpgrade => "init",
        Entry::PreUpgrade => "pre upgrade",
        Entry::Update { .. } => "update",
        Entry::Query { replicated: true, .. } => "replicated query",
        Entry::Query { replicated: false, .. } => "non replicated query",
        Entry::HttpTransform { .. } => "http outcall transform",
        Entry::CompositeQuery { .. } => "composite query",
        Entry::InspectMessage { .. } => "inspect message",
        Entry::Heartbeat => "heartbeat",
        Entry::GlobalTimer => "global timer",
        Entry::LowWasmMemory => "on low Wasm memory hook",
        Entry::Reply { composite: false, .. } => "reply callback",
        Entry::Reply { composite: true, .. } => "composite reply callback",
        Entry::Reject { composite: false, .. } => "reject callback",
        Entry::Reject { composite: true, .. } => "composite reject callback",
        Entry::Cleanup { composite: false, .. } => "cleanup",
        Entry::Cleanup { composite: true, .. } => "composite cleanup",
    }
}
