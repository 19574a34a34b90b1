//! Which answer a request gets, and what it costs.

use candid::{CandidType, Principal};
use granary_api::exchange_rate::{
    Asset, AssetClass, ExchangeRate, ExchangeRateError, GetExchangeRateRequest,
    GetExchangeRateResult, REQUEST_CYCLES,
};
use granary_api::price_feed::{Faults, Quote, Usage};
use serde::Deserialize;

/// Kept of every request that is answered with a rate.
pub const BASE_CYCLES: u128 = 20_000_000;
/// Kept for each cryptocurrency whose rate of that minute had to be fetched.
pub const FETCH_CYCLES: u128 = 240_000_000;
/// Kept of a request that failed.
pub const FAILURE_CYCLES: u128 = 1_000_000;

const MINUTE_SECONDS: u64 = 60;

/// Everything the feed knows.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Who may disturb it, beside the controllers.
    pub keeper: Principal,
    pub faults: Faults,
    pub usage: Usage,
    pub(crate) pairs: Vec<Pair>,
    /// The minute of the newest request, and how many came in it.
    minute: u64,
    requests_in_minute: u32,
}

/// A rate, and the newest minute it was asked for.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) quote: Quote,
    pub(crate) asked_for: Option<u64>,
}

impl Feed {
    /// A feed that does as it says.
    pub fn new(keeper: Principal) -> Self {
        Self {
            keeper,
            faults: Faults::default(),
            usage: Usage::default(),
            pairs: Vec::new(),
            minute: 0,
            requests_in_minute: 0,
        }
    }

    /// The answer to a request that carries `cycles`, and how many of them are kept.
    pub fn decide(
        &mut self,
        now_seconds: u64,
        caller: Principal,
        cycles: u128,
        request: &GetExchangeRateRequest,
    ) -> (GetExchangeRateResult, u128) {
        self.usage.requests = self.usage.requests.saturating_add(1);
        if caller == Principal::anonymous() {
            return (Err(ExchangeRateError::AnonymousPrincipalNotAllowed), 0);
        }
        if cycles < REQUEST_CYCLES {
            return (Err(ExchangeRateError::NotEnoughCycles), 0);
        }
        let answer = self.answer(now_seconds, request);
        let charge = match &answer {
            Ok((_, fetched)) => BASE_CYCLES.saturating_add(FETCH_CYCLES.saturating_mul(*fetched)),
            Err(_) => FAILURE_CYCLES,
        };
        self.usage.rates = self.usage.rates.saturating_add(u64::from(answer.is_ok()));
        self.usage.charged_cycles = self.usage.charged_cycles.saturating_add(charge);
        (answer.map(|(rate, _)| rate), charge)
    }

    /// The rate, and how many assets had to be fetched for it.
    fn answer(
        &mut self,
        now_seconds: u64,
        request: &GetExchangeRateRequest,
    ) -> Result<(ExchangeRate, u128), ExchangeRateError> {
        self.count(now_seconds)?;
        if self.faults.failing_calls > 0 {
            self.faults.failing_calls = self.faults.failing_calls.saturating_sub(1);
            if let Some(error) = self.faults.error.clone() {
                return Err(error);
            }
        }
        let at = request.timestamp.unwrap_or(now_seconds);
        if at > now_seconds {
            return Err(ExchangeRateError::ForexInvalidTimestamp);
        }
        let minute = whole_minute(at);
        let (pending_first, frozen_at) = (self.faults.pending_first, self.faults.frozen_at);
        let Some(pair) = self.pairs.iter_mut().find(|pair| pair.quote.is_for(request)) else {
            return Err(self.not_found(request));
        };
        let first = pair.asked_for.replace(minute) != Some(minute);
        if first && pending_first {
            return Err(ExchangeRateError::Pending);
        }
        let Quote { base_asset, quote_asset, rate, metadata } = pair.quote.clone();
        let is_fetched = |asset: &Asset| first && asset.class == AssetClass::Cryptocurrency;
        let fetched = u128::from(is_fetched(&base_asset))
            .saturating_add(u128::from(is_fetched(&quote_asset)));
        let timestamp = frozen_at.unwrap_or(minute);
        Ok((ExchangeRate { base_asset, quote_asset, timestamp, rate, metadata }, fetched))
    }

    /// Counts the request against the limit of its minute.
    fn count(&mut self, now_seconds: u64) -> Result<(), ExchangeRateError> {
        let minute = whole_minute(now_seconds);
        if self.minute != minute {
            self.minute = minute;
            self.requests_in_minute = 0;
        }
        self.requests_in_minute = self.requests_in_minute.saturating_add(1);
        match self.faults.requests_per_minute {
            Some(limit) if self.requests_in_minute > limit => Err(ExchangeRateError::RateLimited),
            _ => Ok(()),
        }
    }

    /// Which of the two assets is unknown, in the words of the interface.
    fn not_found(&self, request: &GetExchangeRateRequest) -> ExchangeRateError {
        let known = |asset: &Asset| {
            self.pairs
                .iter()
                .any(|pair| [&pair.quote.base_asset, &pair.quote.quote_asset].contains(&asset))
        };
        let (base, quote) = (&request.base_asset, &request.quote_asset);
        let fiat = |asset: &Asset| asset.class == AssetClass::FiatCurrency;
        match (known(base), known(quote)) {
            (false, false) if fiat(base) && fiat(quote) => ExchangeRateError::ForexAssetsNotFound,
            (false, _) if fiat(base) => ExchangeRateError::ForexBaseAssetNotFound,
            (false, _) => ExchangeRateError::CryptoBaseAssetNotFound,
            (true, _) if fiat(quote) => ExchangeRateError::ForexQuoteAssetNotFound,
            (true, _) => ExchangeRateError::CryptoQuoteAssetNotFound,
        }
    }
}

/// Whether a rate is the one a request asks for.
trait IsFor {
    fn is_for(&self, request: &GetExchangeRateRequest) -> bool;
}

impl IsFor for Quote {
    fn is_for(&self, request: &GetExchangeRateRequest) -> bool {
        self.base_asset == request.base_asset && self.quote_asset == request.quote_asset
    }
}

fn whole_minute(seconds: u64) -> u64 {
    seconds.saturating_sub(seconds.checked_rem(MINUTE_SECONDS).unwrap_or(0))
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
