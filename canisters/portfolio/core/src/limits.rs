//! Every bound of the canister, with its unit and its reason; what is the same in every canister
//! stands in [`granary_kernel::limits`].

use granary_units::Duration;

/// Assets one canister keeps books for: a treasury holds tens; an account's chain is walked over
/// at most so many links.
pub const MAX_ASSETS: u64 = 256;
/// Book accounts: a hundred thousand people with twenty assets each, twice over.
pub const MAX_ACCOUNTS: u64 = 4_000_000;
/// Ledger entries; their numbers have 32 bits and a legs table of 16 times as many must not
/// outgrow it in practice.
pub const MAX_ENTRIES: u64 = 500_000_000;
/// Fewest postings of one entry: value comes from somewhere and goes somewhere.
pub const MIN_POSTINGS: usize = 2;
/// Most postings of one entry.
pub const MAX_POSTINGS: usize = 16;
/// Symbol of an asset, bytes.
pub const MAX_SYMBOL_BYTES: usize = 12;
/// Decimal places of an asset's smallest unit.
pub const MAX_DECIMALS: u8 = 36;
/// Owners one call of `open_accounts` takes.
pub const MAX_OPENINGS: usize = 100;
/// Assets one question for balances names.
pub const MAX_BALANCES: usize = 64;

/// Postings one page of a statement walks over; the answer says where to go on.
pub const MAX_STATEMENT_STEPS: u32 = 1_000;

/// Blocks of a ledger one call asks for.
pub const RECONCILE_BLOCKS: u64 = 100;
/// Pages of blocks one reconciliation reads before it hands over to the next.
pub const RECONCILE_PAGES: u32 = 20;
/// How long one reconciliation has the asset for itself; longer than every call in it may take.
pub const RECONCILE_LEASE: Duration = Duration::seconds(20 * 60);
/// How long a block may wait for the entry that books it before reconciliation books it: the
/// hands that moved the money post it with more knowledge. Longer than they need to hear again of a
/// payment whose answer was lost, or that a restored snapshot made them forget.
pub const RECONCILE_GRACE: Duration = Duration::seconds(30 * 60);
/// How often each asset is reconciled when all is well.
pub const RECONCILE_EVERY: Duration = Duration::seconds(60 * 60);
/// How often a commitment is made when something changed.
pub const COMMIT_EVERY: Duration = Duration::seconds(60);
/// Shortest time between two runs that a production canister takes as its settings.
pub const MIN_EVERY: Duration = Duration::seconds(10);
/// Longest time between two runs.
pub const MAX_EVERY: Duration = Duration::seconds(7 * DAY_SECONDS);
/// A suspense balance older than this alarms (P8).
pub const SUSPENSE_ALARM: Duration = Duration::seconds(DAY_SECONDS);

/// Runs that failed in a row after which an asset counts as not reconciled.
pub const MANY_FAILURES: u32 = 3;

/// Outputs the books ever know: Bitcoin's own set is below 200 million, a treasury's is far below.
pub const MAX_UTXOS: u64 = 10_000_000;
/// Live outputs of one account: one look at its address must fit a message.
pub const MAX_LIVE_UTXOS: usize = 200;
/// Outputs of one page.
pub const MAX_UTXO_PAGE: u32 = 100;
/// Outputs one reservation takes: inputs of one transaction.
pub const MAX_INPUTS: usize = 64;
/// Accounts whose outputs one transaction may spend: each is a leg of the entry.
pub const MAX_INPUT_ACCOUNTS: usize = 15;
/// Least value of an output that is worth its own fee, satoshi: the relay policy of the network.
pub const DUST_SAT: u64 = 546;
/// More satoshi than there can ever be.
pub const MAX_SAT: u64 = 2_100_000_000_000_000;

/// Headers of one batch: checking one costs about 60 thousand instructions.
pub const MAX_HEADERS: usize = 100;
/// Headers that are kept: two hundred years of blocks.
pub const MAX_CHAIN: u32 = 10_000_000;
/// Deepest change of the past that is taken without a person, blocks. Six are waited for, so a
/// deeper one would have reached what is booked.
pub const MAX_REORG: u32 = 6;
/// Deepest change of the past that is recognised at all: one period of the difficulty.
pub const MAX_REORG_SEARCH: u32 = 2_016;

/// Least time between two questions to the price oracle about one asset: it answers by the minute.
pub const PRICE_EVERY_LEAST: Duration = Duration::seconds(60);
/// How long a question to the price oracle may be open.
pub const PRICE_LEASE: Duration = Duration::seconds(10 * 60);
/// Longest age a quote may be allowed to have.
pub const MAX_PRICE_AGE: Duration = Duration::seconds(7 * DAY_SECONDS);
/// How far ahead of our clock a quote's minute may lie.
pub const MAX_PRICE_AHEAD: Duration = Duration::seconds(120);
/// Decimal places of a quote and of a valuation.
pub const MAX_QUOTE_DECIMALS: u32 = 18;
/// Decimal places a valuation is given in.
pub const VALUE_DECIMALS: u32 = 8;
/// Bytes of a symbol the oracle knows.
pub const MAX_PRICE_SYMBOL_BYTES: usize = 12;

/// Entries, accounts and outputs one tick folds into the trees: about half a million instructions
/// each, so that a tick stays within one slice.
pub const FOLD_ITEMS: u64 = 1_000;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(MIN_POSTINGS < MAX_POSTINGS);
    assert!(MAX_ACCOUNTS < 0xffff_ffff);
    assert!(MAX_ENTRIES < 0xffff_ffff);
};
