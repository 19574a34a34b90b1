//! How a test sets up and disturbs the price feed. Its one other method is
//! [`crate::exchange_rate`]'s.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::exchange_rate::{Asset, ExchangeRateError, ExchangeRateMetadata};

/// What the feed is installed with.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct InitArgs {
    /// Who may set rates and disturb the feed, beside its controllers.
    pub keeper: Principal,
    pub rates: Vec<Quote>,
}

/// The rate of a pair, given to everybody who asks.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub base_asset: Asset,
    pub quote_asset: Asset,
    /// Scaled by ten to the metadata's `decimals`.
    pub rate: u64,
    pub metadata: ExchangeRateMetadata,
}

/// What goes wrong, until it is used up or replaced. The default is a feed that does as it says.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The error of the next `failing_calls` requests.
    pub error: Option<ExchangeRateError>,
    pub failing_calls: u32,
    /// Every rate is told with this time, seconds since 1970, whatever the time is: a frozen feed.
    pub frozen_at: Option<u64>,
    /// Requests answered in one minute; more are answered `RateLimited`. Absent means any number.
    pub requests_per_minute: Option<u32>,
    /// The first request for a pair in a minute is answered `Pending`.
    pub pending_first: bool,
    /// So many of the next requests are charged, and then the answer is lost.
    pub lost_replies: u32,
    /// So many of the next requests are answered late.
    pub late_replies: u32,
    /// How late, in seconds. The answer comes in the first round that is late enough.
    pub late_seconds: u32,
}

/// What the feed did so far.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub requests: u64,
    /// Requests answered with a rate.
    pub rates: u64,
    /// Cycles kept.
    pub charged_cycles: u128,
}

/// Why the feed was not disturbed.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum ControlError {
    /// The caller neither controls the canister nor keeps it.
    NotAllowed,
    /// What was asked for is not possible; the text says why.
    Invalid(String),
}
