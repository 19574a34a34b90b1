//! The codes of refusals about outputs, headers, prices and commitments.

use granary_errors::Category::{InvalidInput, NotFound, StateError, SystemError};
use granary_errors::CodeEntry;

pub(super) const OUTPUTS_ONLY: CodeEntry = CodeEntry::new(
    "portfolio.utxo.outputs_only",
    InvalidInput,
    "entries of a Bitcoin asset come from its outputs",
    "feed the outputs; do not post by hand",
);
pub(super) const NOT_BITCOIN: CodeEntry = CodeEntry::new(
    "portfolio.utxo.not_bitcoin",
    InvalidInput,
    "the asset has no outputs",
    "name a Bitcoin asset",
);
pub(super) const UTXO_INPUT: CodeEntry = CodeEntry::new(
    "portfolio.utxo.invalid",
    InvalidInput,
    "an output of the request cannot be: value, height, or it stands there twice",
    "correct the request",
);
pub(super) const UTXO_FOREIGN: CodeEntry = CodeEntry::new(
    "portfolio.utxo.foreign",
    InvalidInput,
    "the output is known with another account, asset or value",
    "look at the output; one of the two feeds is wrong",
);
pub(super) const UTXO_MIXED: CodeEntry = CodeEntry::new(
    "portfolio.utxo.mixed",
    InvalidInput,
    "the outputs are of several assets, or of too many accounts",
    "split the transaction",
);
pub(super) const UTXO_MISSING: CodeEntry = CodeEntry::new(
    "portfolio.utxo.not_found",
    NotFound,
    "there is no such output",
    "feed the outputs of its address first",
);
pub(super) const UTXO_STATE: CodeEntry = CodeEntry::new(
    "portfolio.utxo.state",
    StateError,
    "the output is in another state",
    "look at the output",
);
pub(super) const UTXO_HELD: CodeEntry = CodeEntry::new(
    "portfolio.utxo.held",
    StateError,
    "another intent holds the output, or another transaction spent it",
    "choose other outputs",
);
pub(super) const HEADER_SIZE: CodeEntry = CodeEntry::new(
    "portfolio.headers.size",
    InvalidInput,
    "a header has 80 bytes",
    "correct the request",
);
pub(super) const HEADERS_INVALID: CodeEntry = CodeEntry::new(
    "portfolio.headers.invalid",
    InvalidInput,
    "a header breaks the chain's rules: linkage, difficulty, work or time",
    "whoever sent it follows another chain",
);
pub(super) const HEADERS_UNLINKED: CodeEntry = CodeEntry::new(
    "portfolio.headers.unlinked",
    StateError,
    "the headers hang on none that is kept",
    "send the headers from the last common one on",
);
pub(super) const HEADERS_WORK: CodeEntry = CodeEntry::new(
    "portfolio.headers.not_more_work",
    StateError,
    "the headers have not more work than the chain that is kept",
    "nothing, or send them again when they are more",
);
pub(super) const HEADERS_NONE: CodeEntry = CodeEntry::new(
    "portfolio.headers.none",
    StateError,
    "no header chain was begun",
    "begin one with start_headers",
);
pub(super) const HEADERS_BEGUN: CodeEntry = CodeEntry::new(
    "portfolio.headers.begun",
    StateError,
    "a header chain was begun before",
    "extend it with submit_headers",
);
pub(super) const HEADERS_BASE: CodeEntry = CodeEntry::new(
    "portfolio.headers.base",
    InvalidInput,
    "a chain whose difficulty changes begins with a period of 2,016 blocks",
    "begin at a multiple of 2,016",
);
pub(super) const HEADER_MISSING: CodeEntry = CodeEntry::new(
    "portfolio.headers.not_found",
    NotFound,
    "no header of this height is kept",
    "look at the chain's first and last height",
);
pub(super) const CONFIRMATIONS: CodeEntry = CodeEntry::new(
    "portfolio.inclusion.confirmations",
    StateError,
    "the block has not enough blocks above it",
    "wait",
);
pub(super) const INCLUSION: CodeEntry = CodeEntry::new(
    "portfolio.inclusion.invalid",
    InvalidInput,
    "the branch does not prove that the transaction is in the block",
    "correct the request; do not believe whoever made it",
);
pub(super) const DEPOSITS_OPEN: CodeEntry = CodeEntry::new(
    "portfolio.deposits.not_frozen",
    StateError,
    "deposits are not frozen",
    "nothing",
);
pub(super) const NO_SOURCE: CodeEntry = CodeEntry::new(
    "portfolio.price.no_source",
    StateError,
    "the asset has no price source",
    "set one with set_price_source",
);
pub(super) const SOURCE_INVALID: CodeEntry = CodeEntry::new(
    "portfolio.price.source",
    InvalidInput,
    "the price source cannot be",
    "correct the request",
);
pub(super) const TOO_SOON: CodeEntry = CodeEntry::new(
    "portfolio.price.too_soon",
    StateError,
    "the oracle was asked a moment ago",
    "ask again after the time in the details",
);
pub(super) const ATTEMPT_OVER: CodeEntry = CodeEntry::new(
    "portfolio.price.over",
    StateError,
    "the question this answer belongs to is over",
    "nothing: ask again",
);
pub(super) const REFUSED: CodeEntry = CodeEntry::new(
    "portfolio.price.refused",
    SystemError,
    "the oracle gave no rate that could be taken; the old one stays",
    "look at the reason in the details; Cycles and Unknown… need a person",
);
pub(super) const PRICE_STATE: CodeEntry = CodeEntry::new(
    "portfolio.price.state",
    StateError,
    "the price is frozen already, or is not",
    "look at the price",
);
pub(super) const EPOCH_MISSING: CodeEntry = CodeEntry::new(
    "portfolio.commitment.not_found",
    NotFound,
    "there is no such epoch",
    "epochs begin with 1; ask for the newest",
);
pub(super) const EPOCH_ORDER: CodeEntry = CodeEntry::new(
    "portfolio.commitment.order",
    InvalidInput,
    "the first epoch is behind the second",
    "turn the two around",
);
pub(super) const UNCOMMITTED: CodeEntry = CodeEntry::new(
    "portfolio.commitment.pending",
    StateError,
    "it is not in a commitment yet",
    "ask again after the next commitment",
);

/// The codes of these refusals.
pub const PROOF_CATALOGUE: &[CodeEntry] = &[
    OUTPUTS_ONLY,
    NOT_BITCOIN,
    UTXO_INPUT,
    UTXO_FOREIGN,
    UTXO_MIXED,
    UTXO_MISSING,
    UTXO_STATE,
    UTXO_HELD,
    HEADER_SIZE,
    HEADERS_INVALID,
    HEADERS_UNLINKED,
    HEADERS_WORK,
    HEADERS_NONE,
    HEADERS_BEGUN,
    HEADERS_BASE,
    HEADER_MISSING,
    CONFIRMATIONS,
    INCLUSION,
    DEPOSITS_OPEN,
    NO_SOURCE,
    SOURCE_INVALID,
    TOO_SOON,
    ATTEMPT_OVER,
    REFUSED,
    PRICE_STATE,
    EPOCH_MISSING,
    EPOCH_ORDER,
    UNCOMMITTED,
];
