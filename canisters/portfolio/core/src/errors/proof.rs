//! Refusals about outputs, headers, prices and commitments.

use granary_errors::{CodeEntry, Error};
use granary_proof::bitcoin::chain::ChainFault;
use granary_proof::bitcoin::inclusion::InclusionFault;

use super::PortfolioError;
use super::proof_codes as code;
use crate::records::{Refusal, UtxoState};

pub use code::PROOF_CATALOGUE;

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// About outputs.
    Utxo(UtxoFault),
    /// About headers, inclusion and deposits.
    Headers(HeaderFault),
    /// About prices.
    Price(PriceFault),
    /// About commitments.
    Commitment(CommitmentFault),
}

/// About outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UtxoFault {
    /// Entries of Bitcoin come from its outputs (P5).
    OutputsOnly,
    /// The asset has no outputs.
    NotBitcoin {
        /// Its number.
        asset: u64,
    },
    /// An output is worth nothing, or more than there is.
    Value {
        /// Its place in the request.
        index: usize,
    },
    /// A block above the tip.
    Height {
        /// Its place in the request.
        index: usize,
        /// What was said.
        height: u32,
        /// The tip that was said.
        tip: u32,
    },
    /// An output stands twice in the request.
    Repeated {
        /// The second place.
        index: usize,
    },
    /// The output is known with another account, asset or value (P4).
    Foreign {
        /// Its number.
        id: u64,
    },
    /// There is no such output.
    Missing {
        /// Its place in the request.
        index: usize,
    },
    /// The output is elsewhere.
    State {
        /// Its number.
        id: u64,
        /// Where it is.
        actual: UtxoState,
        /// Where it must be.
        allowed: &'static [UtxoState],
    },
    /// Another intent holds the output, or another transaction spent it.
    Held {
        /// Its number.
        id: u64,
    },
    /// The outputs are of more than one asset.
    Mixed,
    /// The outputs are of too many accounts.
    Accounts {
        /// How many.
        count: usize,
        /// The most.
        max: usize,
    },
}

/// About headers, inclusion and deposits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// A header has not 80 bytes.
    Size {
        /// Its place in the batch.
        index: usize,
        /// Its bytes.
        bytes: usize,
    },
    /// The chain does not take the headers (P9).
    Chain(ChainFault),
    /// No chain was begun.
    None,
    /// The chain was begun before.
    Begun,
    /// The chain cannot begin at this height.
    Base {
        /// The height.
        height: u32,
    },
    /// No header of this height is kept.
    Missing {
        /// The height.
        height: u32,
    },
    /// The block is too young.
    Confirmations {
        /// How many it has.
        found: u32,
        /// How many it must have.
        required: u32,
    },
    /// The branch proves nothing (P10).
    Inclusion(InclusionFault),
    /// Deposits are not frozen.
    DepositsOpen,
}

/// About prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceFault {
    /// The asset has no price source.
    NoSource {
        /// Its number.
        asset: u64,
    },
    /// The price source cannot be.
    SourceInvalid {
        /// What is wrong with it.
        field: &'static str,
    },
    /// The oracle was asked a moment ago.
    TooSoon {
        /// When it may be asked again.
        retry_after_ns: u64,
    },
    /// The question this answer belongs to is over.
    AttemptOver {
        /// Its number.
        attempt: u64,
    },
    /// The oracle gave no rate that could be taken.
    Refused {
        /// Why.
        refusal: Refusal,
        /// When it may be asked again.
        retry_after_ns: u64,
    },
    /// The price is not frozen, or is already.
    State {
        /// True when it is frozen.
        frozen: bool,
    },
}

/// About commitments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitmentFault {
    /// There is no such epoch.
    EpochMissing {
        /// Its number.
        epoch: u64,
    },
    /// A later epoch is not the beginning of an earlier one.
    EpochOrder {
        /// The epoch that is said to be the earlier.
        from: u64,
        /// The epoch that is said to be the later.
        to: u64,
    },
    /// It is not in a commitment yet.
    Uncommitted {
        /// What.
        what: &'static str,
    },
}

impl From<UtxoFault> for PortfolioError {
    fn from(fault: UtxoFault) -> Self {
        Self::Proof(ProofFault::Utxo(fault))
    }
}
impl From<HeaderFault> for PortfolioError {
    fn from(fault: HeaderFault) -> Self {
        Self::Proof(ProofFault::Headers(fault))
    }
}
impl From<PriceFault> for PortfolioError {
    fn from(fault: PriceFault) -> Self {
        Self::Proof(ProofFault::Price(fault))
    }
}
impl From<CommitmentFault> for PortfolioError {
    fn from(fault: CommitmentFault) -> Self {
        Self::Proof(ProofFault::Commitment(fault))
    }
}

impl From<ProofFault> for Error {
    fn from(fault: ProofFault) -> Self {
        match fault {
            ProofFault::Utxo(fault) => outputs(&fault),
            ProofFault::Headers(fault) => headers(&fault),
            ProofFault::Price(fault) => price(&fault),
            ProofFault::Commitment(fault) => commitment(&fault),
        }
    }
}

fn wrong(entry: CodeEntry, field: &str, text: String) -> Error {
    Error::invalid_input(entry.code, field, text)
}

fn at(entry: CodeEntry, actual: &str, text: String) -> Error {
    Error::state_error(entry.code, actual, &[], text)
}

fn outputs(fault: &UtxoFault) -> Error {
    match fault {
        UtxoFault::NotBitcoin { asset } => {
            wrong(code::NOT_BITCOIN, "asset", format!("asset {asset} has no outputs"))
        }
        UtxoFault::Value { index } => {
            let text = format!("utxos[{index}] is worth nothing, or more than there is");
            wrong(code::UTXO_INPUT, &format!("utxos[{index}].value_sat"), text)
        }
        UtxoFault::Height { index, height, tip } => {
            let text = format!("utxos[{index}] is at height {height} and the tip is {tip}");
            wrong(code::UTXO_INPUT, &format!("utxos[{index}].height"), text)
        }
        UtxoFault::Repeated { index } => {
            let text = format!("utxos[{index}] stands in the request before");
            wrong(code::UTXO_INPUT, &format!("utxos[{index}].outpoint"), text)
        }
        UtxoFault::Foreign { id } => {
            let text = format!("output {id} is known with another account, asset or value");
            wrong(code::UTXO_FOREIGN, "utxos", text).with("utxo", *id)
        }
        UtxoFault::Mixed => {
            wrong(code::UTXO_MIXED, "outpoints", "the outputs are of several assets".to_owned())
        }
        UtxoFault::Accounts { count, max } => {
            let text = format!("the outputs are of {count} accounts and at most {max} are taken");
            wrong(code::UTXO_MIXED, "outpoints", text)
        }
        UtxoFault::Missing { index } => {
            Error::not_found(code::UTXO_MISSING.code, "output", format!("outpoints[{index}]"))
        }
        UtxoFault::State { id, actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(UtxoState::name).collect();
            let text =
                format!("output {id} is {} and must be {}", actual.name(), allowed.join(" or "));
            Error::state_error(code::UTXO_STATE.code, actual.name(), &allowed, text)
        }
        UtxoFault::Held { id } => {
            let text = format!("output {id} belongs to another intent or transaction");
            at(code::UTXO_HELD, "held", text).with("utxo", *id)
        }
        UtxoFault::OutputsOnly => {
            let text = "entries of a Bitcoin asset come from its outputs".to_owned();
            wrong(code::OUTPUTS_ONLY, "postings", text)
        }
    }
}

fn headers(fault: &HeaderFault) -> Error {
    match fault {
        HeaderFault::Size { index, bytes } => {
            let text = format!("headers[{index}] has {bytes} bytes and must have 80");
            wrong(code::HEADER_SIZE, &format!("headers[{index}]"), text)
        }
        HeaderFault::Chain(ChainFault::Unlinked) => {
            at(code::HEADERS_UNLINKED, "unlinked", ChainFault::Unlinked.to_string())
        }
        HeaderFault::Chain(ChainFault::NotMoreWork) => {
            at(code::HEADERS_WORK, "not more work", ChainFault::NotMoreWork.to_string())
        }
        HeaderFault::Chain(fault) => wrong(code::HEADERS_INVALID, "headers", fault.to_string()),
        HeaderFault::Begun => {
            at(code::HEADERS_BEGUN, "begun", "a header chain was begun before".to_owned())
        }
        HeaderFault::Base { height } => {
            let text = format!("a chain of this network does not begin at height {height}");
            wrong(code::HEADERS_BASE, "height", text)
        }
        HeaderFault::Missing { height } => {
            Error::not_found(code::HEADER_MISSING.code, "header", height.to_string())
        }
        HeaderFault::Confirmations { found, required } => {
            let text = format!("the block has {found} confirmations and must have {required}");
            at(code::CONFIRMATIONS, "young", text).with("required", u64::from(*required))
        }
        HeaderFault::Inclusion(fault) => wrong(code::INCLUSION, "branch", fault.to_string()),
        HeaderFault::DepositsOpen => {
            at(code::DEPOSITS_OPEN, "open", "deposits are not frozen".to_owned())
        }
        HeaderFault::None => at(code::HEADERS_NONE, "none", "no header chain was begun".to_owned()),
    }
}

fn price(fault: &PriceFault) -> Error {
    match fault {
        PriceFault::NoSource { asset } => {
            at(code::NO_SOURCE, "none", format!("asset {asset} has no price source"))
        }
        PriceFault::SourceInvalid { field } => {
            wrong(code::SOURCE_INVALID, field, format!("{field} of the price source cannot be"))
        }
        PriceFault::TooSoon { retry_after_ns } => {
            let text = "the price oracle was asked a moment ago".to_owned();
            at(code::TOO_SOON, "asked", text).with("retry_after_ns", *retry_after_ns)
        }
        PriceFault::AttemptOver { attempt } => {
            at(code::ATTEMPT_OVER, "over", format!("question {attempt} to the oracle is over"))
        }
        PriceFault::Refused { refusal, retry_after_ns } => {
            let text = format!("the price oracle gave no rate: {}", refusal.name());
            Error::not_applied(code::REFUSED.code, Some(*retry_after_ns), text)
                .with("reason", refusal.name())
        }
        PriceFault::State { frozen } => {
            let state = if *frozen { "frozen" } else { "not frozen" };
            at(code::PRICE_STATE, state, format!("the price is {state}"))
        }
    }
}

fn commitment(fault: &CommitmentFault) -> Error {
    match fault {
        CommitmentFault::EpochMissing { epoch } => {
            Error::not_found(code::EPOCH_MISSING.code, "epoch", epoch.to_string())
        }
        CommitmentFault::EpochOrder { from, to } => {
            wrong(code::EPOCH_ORDER, "from", format!("epoch {from} is behind epoch {to}"))
        }
        CommitmentFault::Uncommitted { what } => {
            at(code::UNCOMMITTED, "pending", format!("{what} is not in a commitment yet"))
        }
    }
}
