//! What denies and what is told: rules, levels, alerts.

use crate::types::Service;

/// A rule that denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A seal is active.
    Seal,
    /// The policy names no such asset (R7).
    Asset,
    /// The ledger of the asset is not asked now (R6).
    Breaker,
    /// The treasury owes more than it has (R12).
    Solvency,
    /// The treasury lost too much of its value.
    Drawdown,
    /// The destination is blocked, or not listed.
    Destination,
    /// More than one outflow may have.
    MaxPerTx,
    /// The announcement is not for this outflow, or not now.
    Announcement,
    /// A rolling window is full (R1).
    Window,
    /// A rolling window has its number of outflows.
    TxPerWindow,
    /// Too little would remain.
    MinRetained,
    /// Another asset would be too much of the treasury.
    Concentration,
}

impl Rule {
    /// All rules in the order of their stored numbers.
    pub const ALL: [Self; 12] = [
        Self::Seal,
        Self::Asset,
        Self::Breaker,
        Self::Solvency,
        Self::Drawdown,
        Self::Destination,
        Self::MaxPerTx,
        Self::Announcement,
        Self::Window,
        Self::TxPerWindow,
        Self::MinRetained,
        Self::Concentration,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Asset => "asset",
            Self::Breaker => "breaker",
            Self::Solvency => "solvency",
            Self::Drawdown => "drawdown",
            Self::Destination => "destination",
            Self::MaxPerTx => "max_per_tx",
            Self::Announcement => "announcement",
            Self::Window => "window",
            Self::TxPerWindow => "tx_per_window",
            Self::MinRetained => "min_retained",
            Self::Concentration => "concentration",
        }
    }

    /// Why it denies, in one sentence.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Seal => "a seal stops such outflows",
            Self::Asset => "the policy does not let this asset leave",
            Self::Breaker => "the asset's ledger failed too often and is left alone for a while",
            Self::Solvency => {
                "the treasury owes more than it has, so grants and plans are not paid"
            }
            Self::Drawdown => "the treasury lost too much of its value",
            Self::Destination => "the destination is blocked or not on the list",
            Self::MaxPerTx => "it is more than one outflow of this asset may have",
            Self::Announcement => "the announcement is not for this outflow, or not for this time",
            Self::Window => "a rolling window of this asset is full",
            Self::TxPerWindow => "a rolling window of this asset has its number of outflows",
            Self::MinRetained => "too little of this asset would remain",
            Self::Concentration => "another asset would be too large a part of the treasury",
        }
    }

    /// Its place in [`Self::ALL`].
    pub fn at(self) -> usize {
        Self::ALL.iter().position(|rule| *rule == self).unwrap_or_default()
    }
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// To be known.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody must look now.
    Critical,
}

impl Level {
    /// All levels in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        }
    }

    /// Its place in [`Self::ALL`].
    pub const fn at(self) -> usize {
        match self {
            Self::Info => 0,
            Self::Warning => 1,
            Self::Critical => 2,
        }
    }
}

/// `Firing → Acknowledged → Resolved`; a resolved one that happens again is a new alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Nobody said anything.
    Firing,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// All states in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Firing, Self::Acknowledged, Self::Resolved];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Firing => "Firing",
            Self::Acknowledged => "Acknowledged",
            Self::Resolved => "Resolved",
        }
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertKind {
    /// Money left after its reservation expired; subject: the asset.
    LateCommit,
    /// Money left after its reservation was released; subject: the asset.
    CommitAfterRelease,
    /// A window of the asset is used above 80 %; subject: the asset.
    LimitNearlyUsed,
    /// The breaker of a service is open; subject: the service's slot.
    CircuitOpen,
    /// A service fails too often; subject: the service's slot.
    FailureRate,
    /// A seal is active; subject: the seal.
    SealActive,
    /// A guardian showed no sign of life (R10); subject: the seat.
    GuardianLapsed,
    /// The treasury owes more than it has (R12).
    SolvencyLow,
    /// The treasury lost too much of its value.
    Drawdown,
    /// One asset is too large a part of the treasury; subject: the asset.
    Concentration,
    /// Nobody could say what the treasury has.
    TreasuryUnknown,
    /// Prices are too old or contradict each other.
    PriceStale,
    /// Memory.
    MemoryHigh,
    /// Cycles.
    CyclesLow,
    /// Days until the cycles are gone.
    RunwayShort,
    /// A dependency takes long to say how it is.
    HealthCheckSlow,
}

impl AlertKind {
    /// All kinds in the order of their stored numbers.
    pub const ALL: [Self; 16] = [
        Self::LateCommit,
        Self::CommitAfterRelease,
        Self::LimitNearlyUsed,
        Self::CircuitOpen,
        Self::FailureRate,
        Self::SealActive,
        Self::GuardianLapsed,
        Self::SolvencyLow,
        Self::Drawdown,
        Self::Concentration,
        Self::TreasuryUnknown,
        Self::PriceStale,
        Self::MemoryHigh,
        Self::CyclesLow,
        Self::RunwayShort,
        Self::HealthCheckSlow,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LateCommit => "LateCommit",
            Self::CommitAfterRelease => "CommitAfterRelease",
            Self::LimitNearlyUsed => "LimitNearlyUsed",
            Self::CircuitOpen => "CircuitOpen",
            Self::FailureRate => "FailureRate",
            Self::SealActive => "SealActive",
            Self::GuardianLapsed => "GuardianLapsed",
            Self::SolvencyLow => "SolvencyLow",
            Self::Drawdown => "Drawdown",
            Self::Concentration => "Concentration",
            Self::TreasuryUnknown => "TreasuryUnknown",
            Self::PriceStale => "PriceStale",
            Self::MemoryHigh => "MemoryHigh",
            Self::CyclesLow => "CyclesLow",
            Self::RunwayShort => "RunwayShort",
            Self::HealthCheckSlow => "HealthCheckSlow",
        }
    }

    /// What part it is about, by its subject.
    pub fn component(self, subject: u64) -> String {
        match self {
            Self::LateCommit
            | Self::CommitAfterRelease
            | Self::LimitNearlyUsed
            | Self::Concentration => format!("asset:{subject}"),
            Self::CircuitOpen | Self::FailureRate => {
                Service::of_slot(subject).map_or_else(|| "service".to_owned(), Service::name)
            }
            Self::SealActive => format!("seal:{subject}"),
            Self::GuardianLapsed => format!("seat:{subject}"),
            Self::SolvencyLow | Self::Drawdown | Self::TreasuryUnknown | Self::PriceStale => {
                "treasury".to_owned()
            }
            Self::MemoryHigh | Self::CyclesLow | Self::RunwayShort => "canister".to_owned(),
            Self::HealthCheckSlow => "dependencies".to_owned(),
        }
    }
}
