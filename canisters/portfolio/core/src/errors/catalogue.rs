//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{
    InsufficientFunds, InvalidInput, NotFound, StateError, SystemError,
};
use granary_errors::CodeEntry;

pub(super) const POSTING_COUNT: CodeEntry = CodeEntry::new(
    "portfolio.entry.posting_count",
    InvalidInput,
    "an entry has 2 to 16 postings",
    "correct the request",
);
pub(super) const ENTRY_UNBALANCED: CodeEntry = CodeEntry::new(
    "portfolio.entry.unbalanced",
    InvalidInput,
    "the postings of an asset do not sum to zero",
    "correct the request",
);
pub(super) const POSTING_ZERO: CodeEntry = CodeEntry::new(
    "portfolio.posting.zero",
    InvalidInput,
    "a posting changes its account by nothing",
    "leave the posting out",
);
pub(super) const POSTING_REPEATED: CodeEntry = CodeEntry::new(
    "portfolio.posting.repeated",
    InvalidInput,
    "two postings of an entry change the same account",
    "join the two",
);
pub(super) const KIND_RESERVED: CodeEntry = CodeEntry::new(
    "portfolio.entry.kind_reserved",
    InvalidInput,
    "the kind of the entry is written by reconciliation only",
    "use another kind",
);
pub(super) const SUSPENSE_RESERVED: CodeEntry = CodeEntry::new(
    "portfolio.posting.suspense",
    InvalidInput,
    "Suspense is changed by adjustments and reconciliation only",
    "post an Adjustment",
);
pub(super) const REFERENCE_FOREIGN: CodeEntry = CodeEntry::new(
    "portfolio.reference.foreign",
    InvalidInput,
    "the external reference belongs to no asset of the entry",
    "correct the request",
);
pub(super) const LIST_FILTER: CodeEntry = CodeEntry::new(
    "portfolio.list.filter",
    InvalidInput,
    "the filters of the list do not go together",
    "use one filter",
);
pub(super) const STATEMENT_PERIOD: CodeEntry = CodeEntry::new(
    "portfolio.statement.period",
    InvalidInput,
    "the period ends before it begins",
    "correct the request",
);
pub(super) const SETTINGS_WINDOW: CodeEntry = CodeEntry::new(
    "portfolio.settings.window",
    InvalidInput,
    "a time of the settings is too short or too long",
    "correct the install arguments; short times need the Testing profile",
);
pub(super) const BALANCE_SHORT: CodeEntry = CodeEntry::new(
    "portfolio.account.balance",
    InsufficientFunds,
    "the account has less than the entry takes; only Suspense and External go below zero",
    "fund the account, or correct the entry",
);
pub(super) const ASSET_NOT_FOUND: CodeEntry = CodeEntry::new(
    "portfolio.asset.not_found",
    NotFound,
    "there is no such asset",
    "register the asset, or correct the number",
);
pub(super) const ACCOUNT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "portfolio.account.not_found",
    NotFound,
    "there is no such account",
    "it is opened with its first posting",
);
pub(super) const ENTRY_NOT_FOUND: CodeEntry = CodeEntry::new(
    "portfolio.entry.not_found",
    NotFound,
    "there is no such entry",
    "correct the number",
);
pub(super) const ASSET_STATE: CodeEntry = CodeEntry::new(
    "portfolio.asset.state",
    StateError,
    "the asset takes no entries in its state",
    "find out why it was suspended; activate it",
);
pub(super) const ASSET_IN_USE: CodeEntry = CodeEntry::new(
    "portfolio.asset.in_use",
    StateError,
    "an asset with balances is not retired",
    "empty its accounts first",
);
pub(super) const REFERENCE_TAKEN: CodeEntry = CodeEntry::new(
    "portfolio.reference.taken",
    StateError,
    "the block or output was booked before",
    "look at the entry named in the details",
);
pub(super) const LEDGER_TAKEN: CodeEntry = CodeEntry::new(
    "portfolio.ledger.taken",
    StateError,
    "another asset has this ledger",
    "use the asset named in the details",
);
pub(super) const NO_LEDGER: CodeEntry = CodeEntry::new(
    "portfolio.asset.no_ledger",
    StateError,
    "the asset is not held by a ledger that can be asked",
    "feed its outputs instead",
);
pub(super) const RUN_OVER: CodeEntry = CodeEntry::new(
    "portfolio.reconcile.over",
    StateError,
    "the reconciliation this answer belongs to is over",
    "nothing: the next run looks again",
);
pub(super) const LEDGER_UNAVAILABLE: CodeEntry = CodeEntry::new(
    "portfolio.ledger.unavailable",
    SystemError,
    "the ledger could not be asked, or did not answer in time",
    "nothing at first: it is asked again; then look at the ledger",
);
pub(super) const LEDGER_REPLY: CodeEntry = CodeEntry::new(
    "portfolio.ledger.reply",
    SystemError,
    "the ledger answered in a shape it should not have",
    "check that the registered principal is an ICRC ledger",
);
pub(super) const LEDGER_DECIMALS: CodeEntry = CodeEntry::new(
    "portfolio.ledger.decimals",
    SystemError,
    "the ledger counts in other units than the books",
    "suspend the asset and find out which of the two is wrong",
);
pub(super) const LEDGER_CHAIN: CodeEntry = CodeEntry::new(
    "portfolio.ledger.chain",
    SystemError,
    "a block does not name the one before it: the ledger changed its past",
    "suspend the asset; compare the ledger with its archive",
);
pub(super) const LEDGER_SHORTER: CodeEntry = CodeEntry::new(
    "portfolio.ledger.shorter",
    SystemError,
    "the ledger has fewer blocks than it had",
    "suspend the asset; the ledger lost or hides blocks",
);
pub(super) const LEDGER_GAP: CodeEntry = CodeEntry::new(
    "portfolio.ledger.gap",
    SystemError,
    "the ledger gave other blocks than those asked for",
    "if the blocks were archived, raise the first block of the asset by hand",
);
pub(super) const LEDGER_MOVING: CodeEntry = CodeEntry::new(
    "portfolio.ledger.moving",
    SystemError,
    "the ledger moved each time it was compared",
    "nothing: it is compared again",
);
pub(super) const LEDGER_RANGE: CodeEntry = CodeEntry::new(
    "portfolio.ledger.range",
    SystemError,
    "the ledger's figures cannot be counted with those of the books",
    "suspend the asset; no honest ledger holds so much",
);

/// The codes of the books, in the order of the categories.
pub const CATALOGUE: &[CodeEntry] = &[
    POSTING_COUNT,
    ENTRY_UNBALANCED,
    POSTING_ZERO,
    POSTING_REPEATED,
    KIND_RESERVED,
    SUSPENSE_RESERVED,
    REFERENCE_FOREIGN,
    LIST_FILTER,
    STATEMENT_PERIOD,
    SETTINGS_WINDOW,
    BALANCE_SHORT,
    ASSET_NOT_FOUND,
    ACCOUNT_NOT_FOUND,
    ENTRY_NOT_FOUND,
    ASSET_STATE,
    ASSET_IN_USE,
    REFERENCE_TAKEN,
    LEDGER_TAKEN,
    NO_LEDGER,
    RUN_OVER,
    LEDGER_UNAVAILABLE,
    LEDGER_REPLY,
    LEDGER_DECIMALS,
    LEDGER_CHAIN,
    LEDGER_SHORTER,
    LEDGER_GAP,
    LEDGER_MOVING,
    LEDGER_RANGE,
];
