//! The policy: rules for all assets, limits of each, and changes of both.

use granary_units::cbor;
use minicbor::{Decode, Encode};

use crate::limits;
use crate::types::{Duration, Hash, Parameter, Principal, Span, Standing, Timestamp};

/// What one rolling window lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WindowLimit {
    /// The most, smallest units.
    #[cbor(n(0), with = "cbor::u128")]
    pub max_amount: u128,
    /// The most as a share of what the treasury has of the asset; none is no share.
    #[n(1)]
    pub max_bps: Option<u16>,
}

/// What one asset may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AssetLimits {
    /// Decimal places of the smallest unit.
    #[n(0)]
    pub decimals: u8,
    /// The most of one outflow, smallest units.
    #[cbor(n(1), with = "cbor::u128")]
    pub max_per_tx: u128,
    /// Limits by span, in the order of [`Span::ALL`].
    #[n(2)]
    pub windows: [Option<WindowLimit>; 4],
    /// Outflows in each limited window.
    #[n(3)]
    pub max_tx_per_window: u32,
    /// The share of what was there a day ago that must remain.
    #[n(4)]
    pub min_retained_bps: u16,
    /// Shares bind once the treasury has so much of the asset; absolute limits always do.
    #[cbor(n(5), with = "cbor::u128")]
    pub min_amount_to_limit: u128,
    /// What one whole token is taken to be worth at least, with eight decimal places.
    #[cbor(n(6), with = "cbor::u128")]
    pub reference_value: u128,
}

impl AssetLimits {
    /// The limits of the spans that have one.
    pub fn limited(&self) -> impl Iterator<Item = (Span, WindowLimit)> + '_ {
        let limited = |(span, limit): (Span, &Option<WindowLimit>)| limit.map(|it| (span, it));
        Span::ALL.into_iter().zip(&self.windows).filter_map(limited)
    }

    /// The limit of one span.
    pub fn window(&self, span: Span) -> Option<WindowLimit> {
        self.limited().find(|(other, _)| *other == span).map(|(_, limit)| limit)
    }

    /// What a steward's parameter is; none when the window is not limited.
    pub fn parameter(&self, parameter: Parameter) -> Option<u128> {
        match parameter {
            Parameter::MaxPerTx => Some(self.max_per_tx),
            Parameter::Window(span) => self.window(span).map(|limit| limit.max_amount),
        }
    }

    /// The same with another value of a parameter it has.
    pub fn with_parameter(mut self, parameter: Parameter, value: u128) -> Self {
        match parameter {
            Parameter::MaxPerTx => self.max_per_tx = value,
            Parameter::Window(wanted) => {
                for (span, limit) in Span::ALL.into_iter().zip(&mut self.windows) {
                    if let Some(limit) = limit.as_mut().filter(|_| span == wanted) {
                        limit.max_amount = value;
                    }
                }
            }
        }
        self
    }
}

/// Up to which value how many must approve, and how long to wait then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Tier {
    /// The largest value of the tier, eight decimal places; the last tier has no bound.
    #[cbor(n(0), with = "cbor::u128")]
    pub up_to_value: u128,
    /// Different people.
    #[n(1)]
    pub approvals: u32,
    /// Wait after the last approval.
    #[n(2)]
    pub delay: Duration,
}

/// What no configuration may go below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Floor {
    /// For every value above.
    #[cbor(n(0), with = "cbor::u128")]
    pub above_value: u128,
    /// So many approvals at least.
    #[n(1)]
    pub approvals: u32,
    /// So long a delay at least.
    #[n(2)]
    pub delay: Duration,
}

/// What a steward may do without a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Steward {
    /// Largest change of a parameter, a share of its value; 0 lets a steward change nothing.
    #[n(0)]
    pub max_change_bps: u16,
    /// Least time since the parameter's last change, in either direction.
    #[n(1)]
    pub min_delay: Duration,
}

/// What holds for all assets.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RulesV1 {
    /// Number of the policy, counting every change of any of its parts.
    #[n(0)]
    pub version: u64,
    /// Since when.
    #[n(1)]
    pub effective_at: Timestamp,
    /// True when money goes to destinations of the book only.
    #[n(2)]
    pub allow_list_only: bool,
    /// Wait before the first outflow to a destination.
    #[n(3)]
    pub first_use_delay: Duration,
    /// By value, lowest first.
    #[n(4)]
    pub tiers: Vec<Tier>,
    /// A price that is older is stale.
    #[n(5)]
    pub max_price_age: Duration,
    /// A price whose sources differ by more is inconsistent.
    #[n(6)]
    pub max_price_deviation_bps: u16,
    /// Largest share of another asset after an outflow; the whole means any.
    #[n(7)]
    pub concentration_bps: u16,
    /// Largest loss of the treasury's value; the whole means any.
    #[n(8)]
    pub drawdown_bps: u16,
    /// What the treasury must have beyond what it owes, a share of that.
    #[n(9)]
    pub solvency_buffer_bps: u16,
    /// Wait of what loosens.
    #[n(10)]
    pub loosen_delay: Duration,
    /// Least time between an announcement and its outflow.
    #[n(11)]
    pub announce_delay: Duration,
    /// What a steward may do.
    #[n(12)]
    pub steward: Steward,
    /// What no tier may go below.
    #[n(13)]
    pub floor: Option<Floor>,
}

/// The rules in their newest shape.
pub type Rules = RulesV1;

impl Rules {
    /// The rules of a canister that was told none: nothing leaves, because no asset is named.
    pub fn first(now: Timestamp, loosen_delay: Duration, announce_delay: Duration) -> Self {
        let day = Duration::seconds(86_400);
        Self {
            version: 1,
            effective_at: now,
            allow_list_only: true,
            first_use_delay: day,
            tiers: vec![Tier { up_to_value: u128::MAX, approvals: 2, delay: day }],
            max_price_age: Duration::seconds(3_600),
            max_price_deviation_bps: 200,
            concentration_bps: limits::WHOLE_BPS,
            drawdown_bps: limits::WHOLE_BPS,
            solvency_buffer_bps: 0,
            loosen_delay,
            announce_delay,
            steward: Steward { max_change_bps: 0, min_delay: day },
            floor: None,
        }
    }

    /// The tier of a value with its place; the last one takes whatever the others do not.
    pub fn tier(&self, value: u128) -> Option<(usize, Tier)> {
        let found = self.tiers.iter().position(|tier| value <= tier.up_to_value);
        let at = found.or_else(|| self.tiers.len().checked_sub(1))?;
        self.tiers.get(at).map(|tier| (at, *tier))
    }
}

/// Limits of one asset from then on; none lets nothing of it leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AssetChange {
    /// The asset's number.
    #[n(0)]
    pub asset: u32,
    /// Its limits.
    #[n(1)]
    pub limits: Option<AssetLimits>,
}

/// Where one destination stands from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DestinationChange {
    /// Which.
    #[cbor(n(0), with = "granary_kernel::cbor::hash")]
    pub destination: Hash,
    /// Place of its standing in [`Standing::ALL`].
    #[n(1)]
    pub standing: u8,
}

impl DestinationChange {
    /// A destination's new standing.
    pub fn new(destination: Hash, standing: Standing) -> Self {
        let at = Standing::ALL.iter().position(|other| *other == standing).unwrap_or_default();
        Self { destination, standing: u8::try_from(at).unwrap_or_default() }
    }

    /// The new standing; blocked when it is none this code knows.
    pub fn standing(&self) -> Standing {
        let at = usize::from(self.standing);
        Standing::ALL.get(at).copied().unwrap_or(Standing::Blocked)
    }
}

/// What a change of the policy says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct PolicyChange {
    /// The rules from then on; their version and time are set when they take effect.
    #[n(0)]
    pub rules: Option<RulesV1>,
    /// Limits, each asset once.
    #[n(1)]
    pub assets: Vec<AssetChange>,
    /// Destinations, each once.
    #[n(2)]
    pub destinations: Vec<DestinationChange>,
}

/// `Proposed → Applied | Superseded | Withdrawn | Lapsed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ChangeState {
    /// It waits.
    #[n(0)]
    Proposed,
    /// It is the policy.
    #[n(1)]
    Applied,
    /// The policy it was compared with is not the policy any more.
    #[n(2)]
    Superseded,
    /// A governor took it back.
    #[n(3)]
    Withdrawn,
    /// Nobody applied it in time.
    #[n(4)]
    Lapsed,
}

impl ChangeState {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "Proposed",
            Self::Applied => "Applied",
            Self::Superseded => "Superseded",
            Self::Withdrawn => "Withdrawn",
            Self::Lapsed => "Lapsed",
        }
    }
}

/// A change with its course.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ChangeRowV1 {
    /// What it says.
    #[n(0)]
    pub change: PolicyChange,
    /// Where it stands.
    #[n(1)]
    pub state: ChangeState,
    /// Who proposed it.
    #[cbor(n(2), with = "granary_kernel::cbor::principal")]
    pub by: Principal,
    /// When.
    #[n(3)]
    pub at: Timestamp,
    /// When it may be applied.
    #[n(4)]
    pub eta: Timestamp,
    /// The version it was compared with.
    #[n(5)]
    pub base_version: u64,
    /// Names of the fields it loosens.
    #[n(6)]
    pub loosens: Vec<String>,
    /// When its course ended.
    #[n(7)]
    pub ended_at: Option<Timestamp>,
}

/// A change in its newest shape.
pub type ChangeRow = ChangeRowV1;

impl ChangeRow {
    /// Where it stands at `now`: time ends it, and a newer policy does.
    pub fn state_at(&self, version: u64, now: Timestamp) -> ChangeState {
        match self.state {
            ChangeState::Proposed if self.base_version != version => ChangeState::Superseded,
            ChangeState::Proposed if now > self.eta.saturating_add(limits::CHANGE_LIFETIME) => {
                ChangeState::Lapsed
            }
            state @ (ChangeState::Proposed
            | ChangeState::Applied
            | ChangeState::Superseded
            | ChangeState::Withdrawn
            | ChangeState::Lapsed) => state,
        }
    }
}
