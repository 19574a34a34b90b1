//! Wire types to the core's: outputs, headers, prices.

use granary_api::exchange_rate as x;
use granary_api::portfolio as p;
use granary_kernel::{Fault, checks};
use granary_proof::bitcoin::inclusion::{Inclusion, MAX_BRANCH, MAX_TRANSACTION_BYTES};
use portfolio_core::limits;
use portfolio_core::records::{AssetClass, PriceSource, Refusal, Symbol};
use portfolio_core::rules::price::Answer;
use portfolio_core::rules::utxo_observe::Observed;
use portfolio_core::store::SyncInput;
use portfolio_core::types::{Duration, Hash, Network};
use serde_bytes::ByteBuf;

use super::input;

fn bounded(field: &str, count: usize, max: usize) -> Result<(), Fault> {
    if count <= max {
        return Ok(());
    }
    Err(Fault::ListSize { field: field.to_owned(), count, max })
}

/// An outpoint.
fn outpoint(field: &str, outpoint: &p::Outpoint) -> Result<(Hash, u32), Fault> {
    Ok((checks::hash(&format!("{field}.txid"), &outpoint.txid)?, outpoint.vout))
}

/// Outpoints of a list.
pub fn outpoints(list: &[p::Outpoint]) -> Result<Vec<(Hash, u32)>, Fault> {
    bounded("outpoints", list.len(), limits::MAX_INPUTS)?;
    let one = |(at, given)| outpoint(&format!("outpoints[{at}]"), given);
    list.iter().enumerate().map(one).collect()
}

/// A transaction's id.
pub fn txid(txid: &ByteBuf) -> Result<Hash, Fault> {
    checks::hash("txid", txid)
}

/// A look at an address.
pub fn sync(args: &p::SyncUtxosArgs) -> Result<SyncInput, Fault> {
    bounded("utxos", args.utxos.len(), limits::MAX_LIVE_UTXOS)?;
    let one = |(at, seen): (usize, &p::ObservedUtxo)| {
        let (txid, vout) = outpoint(&format!("utxos[{at}].outpoint"), &seen.outpoint)?;
        Ok(Observed { txid, vout, value: seen.value_sat, height: seen.height })
    };
    let observed = args.utxos.iter().enumerate().map(one).collect::<Result<_, Fault>>()?;
    let owner = input::owner("owner", &args.owner)?;
    Ok(SyncInput { owner, asset: args.asset, tip: args.tip_height, observed })
}

/// A network.
pub const fn network(network: p::BtcNetwork) -> Network {
    match network {
        p::BtcNetwork::Mainnet => Network::Mainnet,
        p::BtcNetwork::Testnet => Network::Testnet,
        p::BtcNetwork::Regtest => Network::Regtest,
    }
}

/// A transaction's place in a block.
pub fn inclusion(args: p::VerifyInclusionArgs) -> Result<Inclusion, Fault> {
    let p::VerifyInclusionArgs { transaction, index, count, branch, .. } = args;
    bounded("branch", branch.len(), MAX_BRANCH)?;
    let (bytes, max) = (transaction.len(), MAX_TRANSACTION_BYTES);
    if bytes > max {
        return Err(Fault::TextSize { field: "transaction".to_owned(), bytes, max });
    }
    let one = |(at, hash): (usize, &ByteBuf)| checks::hash(&format!("branch[{at}]"), hash);
    let branch = branch.iter().enumerate().map(one).collect::<Result<_, _>>()?;
    Ok(Inclusion { transaction: transaction.into_vec(), index, count, branch })
}

const fn class(class: x::AssetClass) -> AssetClass {
    match class {
        x::AssetClass::Cryptocurrency => AssetClass::Cryptocurrency,
        x::AssetClass::FiatCurrency => AssetClass::FiatCurrency,
    }
}

fn symbol(field: &str, text: &str) -> Result<Symbol, Fault> {
    let (bytes, max) = (text.len(), limits::MAX_PRICE_SYMBOL_BYTES);
    Symbol::new(text).ok_or_else(|| Fault::TextSize { field: field.to_owned(), bytes, max })
}

/// What the oracle is asked.
pub fn source(source: &p::PriceSource) -> Result<PriceSource, Fault> {
    Ok(PriceSource {
        base: symbol("source.base.symbol", &source.base.symbol)?,
        base_class: class(source.base.class),
        quote: symbol("source.quote.symbol", &source.quote.symbol)?,
        quote_class: class(source.quote.class),
        max_age: Duration::from_nanos(source.max_age_ns),
        min_sources: source.min_sources,
        max_deviation_bps: source.max_deviation_bps,
        every: Duration::from_nanos(source.every_ns),
    })
}

/// The question to the oracle.
pub fn question(source: &PriceSource) -> x::GetExchangeRateRequest {
    let asset = |symbol: Symbol, class| x::Asset {
        symbol: symbol.as_str().to_owned(),
        class: match class {
            AssetClass::Cryptocurrency => x::AssetClass::Cryptocurrency,
            AssetClass::FiatCurrency => x::AssetClass::FiatCurrency,
        },
    };
    x::GetExchangeRateRequest {
        base_asset: asset(source.base, source.base_class),
        quote_asset: asset(source.quote, source.quote_class),
        timestamp: None,
    }
}

/// The oracle's answer. One about other assets than were asked about is none.
pub fn answer(
    asked: &x::GetExchangeRateRequest,
    answer: x::GetExchangeRateResult,
) -> Result<Answer, Refusal> {
    let rate = answer.map_err(|error| refusal(&error))?;
    if (&rate.base_asset, &rate.quote_asset) != (&asked.base_asset, &asked.quote_asset) {
        return Err(Refusal::Reply);
    }
    let of = rate.metadata;
    Ok(Answer {
        rate: rate.rate,
        decimals: of.decimals,
        deviation: of.standard_deviation,
        sources: of.base_asset_num_received_rates.min(of.quote_asset_num_received_rates),
        timestamp: rate.timestamp,
    })
}

/// Why there is no rate, as the books tell reasons apart.
const fn refusal(error: &x::ExchangeRateError) -> Refusal {
    match error {
        x::ExchangeRateError::Pending => Refusal::Pending,
        x::ExchangeRateError::RateLimited => Refusal::RateLimited,
        x::ExchangeRateError::InconsistentRatesReceived => Refusal::Inconsistent,
        x::ExchangeRateError::CryptoBaseAssetNotFound
        | x::ExchangeRateError::ForexBaseAssetNotFound
        | x::ExchangeRateError::ForexAssetsNotFound => Refusal::UnknownBase,
        x::ExchangeRateError::CryptoQuoteAssetNotFound
        | x::ExchangeRateError::ForexQuoteAssetNotFound => Refusal::UnknownQuote,
        x::ExchangeRateError::StablecoinRateNotFound
        | x::ExchangeRateError::StablecoinRateTooFewRates
        | x::ExchangeRateError::StablecoinRateZeroRate
        | x::ExchangeRateError::ForexInvalidTimestamp => Refusal::NoRate,
        x::ExchangeRateError::NotEnoughCycles | x::ExchangeRateError::FailedToAcceptCycles => {
            Refusal::Cycles
        }
        x::ExchangeRateError::AnonymousPrincipalNotAllowed => Refusal::NotAllowed,
        x::ExchangeRateError::Other(_) => Refusal::Other,
    }
}
