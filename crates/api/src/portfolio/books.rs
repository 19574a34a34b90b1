//! Assets, accounts, entries, reconciliations, statements.

use candid::{CandidType, Int, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Whose a book account is.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountOwner {
    /// The treasury itself: not promised to anybody.
    Treasury,
    /// A user of the registry, by number.
    User(u64),
    /// What is promised to a grant, by number.
    GrantCommitment(u64),
    /// Fees the treasury paid or set aside.
    Fees,
    /// What a ledger shows and nobody can explain. May be below zero.
    Suspense,
    /// The world outside: the SHA-256 of a wallet's address. May be below zero.
    External(ByteBuf),
}

/// Which Bitcoin network an asset lives on.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BtcNetwork {
    Mainnet,
    Testnet,
    Regtest,
}

/// What kind of thing is counted.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// A token of a ledger that speaks ICRC-1 and ICRC-3.
    Icrc { ledger: Principal, fee_units: Nat },
    /// Bitcoin, in satoshis.
    Btc { network: BtcNetwork, min_confirmations: u32 },
}

/// `Active`, `Suspended` (takes no entries) or `Retired` (for ever).
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetStatus {
    Active,
    Suspended,
    Retired,
}

/// An account of a ledger, as a caller names it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LedgerAccount {
    pub owner: Principal,
    /// 32 bytes; none means thirty-two zeros.
    pub subaccount: Option<ByteBuf>,
}

impl From<Principal> for LedgerAccount {
    fn from(owner: Principal) -> Self {
        Self { owner, subaccount: None }
    }
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterAssetArgs {
    /// 1–12 bytes, such as `ckUSDC`.
    pub symbol: String,
    /// Decimal places of the smallest unit, at most 36.
    pub decimals: u8,
    pub kind: AssetKind,
    /// The account of the ledger that holds the treasury's part.
    pub treasury: LedgerAccount,
    /// The first block of the ledger reconciliation looks at; none means the ledger's first.
    pub first_block: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetAssetStatusArgs {
    pub asset: u64,
    pub status: AssetStatus,
}

/// An asset with its running sums.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub id: u64,
    pub symbol: String,
    pub decimals: u8,
    pub kind: AssetKind,
    pub status: AssetStatus,
    pub treasury: LedgerAccount,
    pub opened_at_ns: u64,
    /// Sum of all accounts but Suspense and External.
    pub booked_units: Int,
    /// Balance of the Suspense account.
    pub suspense_units: Int,
    /// Since when the Suspense account is not at zero.
    pub suspense_since_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AssetPage {
    pub items: Vec<Asset>,
    pub next: Option<u64>,
}

/// An account that is wanted.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AccountRef {
    pub owner: AccountOwner,
    pub asset: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct OpenAccountsArgs {
    /// 1 to 100.
    pub accounts: Vec<AccountRef>,
}

/// What one owner has of one asset.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    pub owner: AccountOwner,
    pub asset: u64,
    /// Sum of its postings.
    pub balance_units: Int,
    pub postings: u32,
    pub opened_at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    pub items: Vec<Account>,
    pub next: Option<u64>,
}

/// What an entry is about. `Explained` and `Unexplained` are written by reconciliation only.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Deposit,
    Withdrawal,
    Transfer,
    GrantCommitted,
    GrantReleased,
    GrantPaid,
    Fee,
    Adjustment,
    Explained,
    Unexplained,
}

/// What outside of the books an entry stands for; one is booked once.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum ExternalRef {
    Icrc { ledger: Principal, block: u64 },
    Btc { txid: ByteBuf, vout: u32 },
}

/// One leg of an entry.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub owner: AccountOwner,
    pub asset: u64,
    /// What it changes; not 0, and below 2^128 on either side of it.
    pub delta_units: Int,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PostEntryArgs {
    pub kind: EntryKind,
    /// The transfer intent the entry settles.
    pub intent: Option<u64>,
    pub external_ref: Option<ExternalRef>,
    /// 2 to 16; those of one asset sum to 0.
    pub postings: Vec<Posting>,
    /// Repeating the call with the same key and arguments gives the first receipt.
    pub idempotency_key: Option<String>,
}

/// One leg of a posted entry.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    pub account: u64,
    pub owner: AccountOwner,
    pub asset: u64,
    pub delta_units: Int,
    /// What the account had afterwards.
    pub after_units: Int,
}

/// A posted entry; it never changes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: u64,
    pub kind: EntryKind,
    pub at_ns: u64,
    pub intent: Option<u64>,
    pub external_ref: Option<ExternalRef>,
    /// Its place in the journal.
    pub event: u64,
    pub postings: Vec<EntryLine>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EntryPage {
    pub items: Vec<Entry>,
    pub next: Option<u64>,
}

/// A block of the ledger of an asset.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef {
    pub asset: u64,
    pub block: u64,
}

/// At most one of `account` and `block`.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListEntriesArgs {
    /// Only entries that change this account, newest first.
    pub account: Option<u64>,
    /// The entry that booked this block.
    pub block: Option<BlockRef>,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GetBalancesArgs {
    pub owner: AccountOwner,
    /// Only these assets, at most 64; none means all the owner has.
    pub assets: Option<Vec<u64>>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    pub asset: u64,
    pub account: u64,
    pub balance_units: Int,
}

/// None asks for the whole treasury.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GetPortfolioArgs {
    pub user: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub asset: u64,
    pub symbol: String,
    pub decimals: u8,
    pub balance_units: Int,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    pub user: Option<u64>,
    pub positions: Vec<Position>,
    /// Users with at least one account.
    pub portfolios: u64,
}

/// What the newest complete comparison of an asset with its ledger found.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconciliationState {
    Never,
    /// The ledger holds what is booked.
    Matched,
    /// It does not, and it is too early to say why.
    Difference,
    /// It did not, and blocks of the ledger said why: entries were posted.
    Explained,
    /// It does not, and nothing says why: the difference is in Suspense.
    Suspense,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconcileArgs {
    pub asset: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    pub asset: u64,
    pub state: ReconciliationState,
    pub external_units: u128,
    /// What the books said, without Suspense.
    pub booked_units: Int,
    /// `external - booked`.
    pub difference_units: Int,
    /// Blocks the ledger had.
    pub at_ref: u64,
    pub at_ns: Option<u64>,
    /// Entries the newest run posted.
    pub explained: u32,
    /// The newest entry any run posted.
    pub newest_entry: Option<u64>,
    /// The next block to be looked at.
    pub next_block: u64,
    /// Runs that failed since one succeeded.
    pub failures: u32,
    /// True while one is under way.
    pub running: bool,
    /// When it runs by itself.
    pub next_at_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetStatementArgs {
    pub account: u64,
    /// Entries of this moment are in.
    pub from_ns: u64,
    /// Entries of this moment are not.
    pub to_ns: u64,
    /// The `next` of the page before.
    pub after: Option<u64>,
    pub limit: u32,
}

/// One line of a statement.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Number of the posting.
    pub posting: u64,
    pub entry: u64,
    pub kind: EntryKind,
    pub at_ns: u64,
    pub delta_units: Int,
    pub after_units: Int,
    pub external_ref: Option<ExternalRef>,
}

/// Lines of an account in a period, newest first. A page may have fewer lines than asked for and
/// still a `next`.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub account: Account,
    pub lines: Vec<StatementLine>,
    /// What was there before the oldest line of the page.
    pub opening_units: Int,
    /// What was there after the newest line of the page.
    pub closing_units: Int,
    pub next: Option<u64>,
}
