//! What the exchange-rate canister speaks.
//!
//! The names and shapes are those of its own interface. A rate is an integer scaled by ten to the
//! `decimals` of its metadata; times are **seconds** since 1970, unlike everywhere else.

use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Cycles a request must carry; what is not charged comes back.
pub const REQUEST_CYCLES: u128 = 1_000_000_000;

/// What kind of asset a symbol names.
#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum AssetClass {
    Cryptocurrency,
    FiatCurrency,
}

/// An asset by its symbol, as exchanges write it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asset {
    pub symbol: String,
    pub class: AssetClass,
}

/// Argument of `get_exchange_rate`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetExchangeRateRequest {
    /// What is priced.
    pub base_asset: Asset,
    /// In what it is priced.
    pub quote_asset: Asset,
    /// Seconds since 1970; absent means now.
    pub timestamp: Option<u64>,
}

/// On how much a rate rests.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRateMetadata {
    /// Rate and standard deviation are scaled by ten to this power.
    pub decimals: u32,
    pub base_asset_num_queried_sources: u64,
    pub base_asset_num_received_rates: u64,
    pub quote_asset_num_queried_sources: u64,
    pub quote_asset_num_received_rates: u64,
    /// Of the received rates, scaled as the rate is.
    pub standard_deviation: u64,
    /// Beginning of the day of the fiat rates, seconds since 1970.
    pub forex_timestamp: Option<u64>,
}

/// A rate: so much of the quote asset for one of the base asset.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    pub base_asset: Asset,
    pub quote_asset: Asset,
    /// The minute the rate is for, seconds since 1970.
    pub timestamp: u64,
    /// The median of the received rates, scaled.
    pub rate: u64,
    pub metadata: ExchangeRateMetadata,
}

/// Why there is no rate.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum ExchangeRateError {
    AnonymousPrincipalNotAllowed,
    /// The rate is being fetched; ask again later.
    Pending,
    CryptoBaseAssetNotFound,
    CryptoQuoteAssetNotFound,
    StablecoinRateNotFound,
    StablecoinRateTooFewRates,
    StablecoinRateZeroRate,
    ForexInvalidTimestamp,
    ForexBaseAssetNotFound,
    ForexQuoteAssetNotFound,
    ForexAssetsNotFound,
    RateLimited,
    NotEnoughCycles,
    FailedToAcceptCycles,
    /// The sources disagree too much.
    InconsistentRatesReceived,
    Other(OtherError),
}

/// An error the interface has no name for.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OtherError {
    pub code: u32,
    pub description: String,
}

/// Answer of `get_exchange_rate`.
pub type GetExchangeRateResult = Result<ExchangeRate, ExchangeRateError>;
