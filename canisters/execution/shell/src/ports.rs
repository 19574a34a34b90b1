//! The canisters this one calls, as one trait with its implementation.
//!
//! Every call waits a bounded time, so that no peer and no ledger can keep this canister from
//! stopping. Whom to call is never an input: peers are told by the governor, and ledgers come from
//! the rows of adopted assets.

use candid::{Nat, Principal};
use granary_api::common::{PageArgs, Receipt};
use granary_api::icrc::{Account, GetBlocksArgs, GetBlocksResult, TransferArgs, TransferError};
use granary_api::portfolio::{AssetPage, EntryPage, ListEntriesArgs, PostEntryArgs};
use granary_api::risk_guard::{
    Assessment, OutflowArgs, RecordOutcomeArgs, ReservationArgs, Verdict,
};
use granary_env::call::Answer;
use granary_env::message;
use granary_env::suite::calls::call_within;
use granary_errors::Error;
use granary_units::Timestamp;

use crate::{flows, state};

/// How long anybody may take for one answer, seconds.
const SECONDS: u32 = 60;

/// An answer of another canister of the suite.
pub type Reply<T> = Answer<Result<T, Error>>;

/// Everybody this canister asks.
pub trait Peers {
    /// The time of the message.
    fn now(&self) -> Timestamp;
    /// The ledger's fee, when it was asked lately.
    fn known_fee(&self, ledger: Principal) -> Option<u128>;
    /// Remembers the ledger's fee for a while.
    fn keep_fee(&self, ledger: Principal, fee: u128);
    /// Forgets the ledger's fee.
    fn forget_fee(&self, ledger: Principal);

    /// Remembers that somebody did not answer, to be told to the guard.
    fn silent(&self, silence: RecordOutcomeArgs);

    /// What an outflow needs.
    fn assess(
        &self,
        guard: Principal,
        outflow: &OutflowArgs,
    ) -> impl Future<Output = Reply<Assessment>>;
    /// Takes capacity.
    fn reserve(
        &self,
        guard: Principal,
        outflow: &OutflowArgs,
    ) -> impl Future<Output = Reply<Verdict>>;
    /// The money left.
    fn commit(&self, guard: Principal, intent: u64) -> impl Future<Output = Reply<Receipt>>;
    /// The money stays.
    fn release(&self, guard: Principal, intent: u64) -> impl Future<Output = Reply<Receipt>>;

    /// Somebody did not answer.
    fn record_outcome(
        &self,
        guard: Principal,
        outcome: &RecordOutcomeArgs,
    ) -> impl Future<Output = Reply<Receipt>>;

    /// Posts an entry.
    fn post_entry(
        &self,
        books: Principal,
        entry: &PostEntryArgs,
    ) -> impl Future<Output = Reply<Receipt>>;
    /// Entries.
    fn entries(
        &self,
        books: Principal,
        which: ListEntriesArgs,
    ) -> impl Future<Output = Reply<EntryPage>>;
    /// Assets.
    fn assets(&self, books: Principal, page: PageArgs) -> impl Future<Output = Reply<AssetPage>>;

    /// Moves money.
    fn transfer(
        &self,
        ledger: Principal,
        transfer: &TransferArgs,
    ) -> impl Future<Output = Answer<Result<Nat, TransferError>>>;
    /// Fee of a transfer.
    fn fee(&self, ledger: Principal) -> impl Future<Output = Answer<Nat>>;
    /// Decimal places of the smallest unit.
    fn decimals(&self, ledger: Principal) -> impl Future<Output = Answer<u8>>;
    /// What an account holds.
    fn balance(&self, ledger: Principal, account: Account) -> impl Future<Output = Answer<Nat>>;
    /// Blocks from `start` on.
    fn blocks(
        &self,
        ledger: Principal,
        start: u64,
        length: u64,
    ) -> impl Future<Output = Answer<GetBlocksResult>>;
}

/// The network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform;

const GUARD: &str = execution_core::store::GUARD;
const BOOKS: &str = execution_core::store::BOOKS;
const LEDGER: &str = "ledger";

impl Peers for Platform {
    fn now(&self) -> Timestamp {
        message::now()
    }

    fn known_fee(&self, ledger: Principal) -> Option<u128> {
        state::known_fee(ledger, message::now())
    }

    fn keep_fee(&self, ledger: Principal, fee: u128) {
        state::keep_fee(ledger, fee, message::now());
    }

    fn forget_fee(&self, ledger: Principal) {
        state::forget_fee(&ledger);
    }

    fn silent(&self, silence: RecordOutcomeArgs) {
        flows::tell::note(silence, message::now());
    }

    async fn assess(&self, guard: Principal, outflow: &OutflowArgs) -> Reply<Assessment> {
        call_within(GUARD, guard, "assess_outflow", &(outflow,), SECONDS).await
    }

    async fn reserve(&self, guard: Principal, outflow: &OutflowArgs) -> Reply<Verdict> {
        call_within(GUARD, guard, "reserve_outflow", &(outflow,), SECONDS).await
    }

    async fn commit(&self, guard: Principal, intent: u64) -> Reply<Receipt> {
        let arguments = (ReservationArgs { intent },);
        call_within(GUARD, guard, "commit_outflow", &arguments, SECONDS).await
    }

    async fn release(&self, guard: Principal, intent: u64) -> Reply<Receipt> {
        let arguments = (ReservationArgs { intent },);
        call_within(GUARD, guard, "release_outflow", &arguments, SECONDS).await
    }

    async fn record_outcome(
        &self,
        guard: Principal,
        outcome: &RecordOutcomeArgs,
    ) -> Reply<Receipt> {
        call_within(GUARD, guard, "record_outcome", &(outcome,), SECONDS).await
    }

    async fn post_entry(&self, books: Principal, entry: &PostEntryArgs) -> Reply<Receipt> {
        call_within(BOOKS, books, "post_entry", &(entry,), SECONDS).await
    }

    async fn entries(&self, books: Principal, which: ListEntriesArgs) -> Reply<EntryPage> {
        call_within(BOOKS, books, "list_entries", &(which,), SECONDS).await
    }

    async fn assets(&self, books: Principal, page: PageArgs) -> Reply<AssetPage> {
        call_within(BOOKS, books, "list_assets", &(page,), SECONDS).await
    }

    async fn transfer(
        &self,
        ledger: Principal,
        transfer: &TransferArgs,
    ) -> Answer<Result<Nat, TransferError>> {
        call_within(LEDGER, ledger, "icrc1_transfer", &(transfer,), SECONDS).await
    }

    async fn fee(&self, ledger: Principal) -> Answer<Nat> {
        call_within(LEDGER, ledger, "icrc1_fee", &(), SECONDS).await
    }

    async fn decimals(&self, ledger: Principal) -> Answer<u8> {
        call_within(LEDGER, ledger, "icrc1_decimals", &(), SECONDS).await
    }

    async fn balance(&self, ledger: Principal, account: Account) -> Answer<Nat> {
        call_within(LEDGER, ledger, "icrc1_balance_of", &(account,), SECONDS).await
    }

    async fn blocks(&self, ledger: Principal, start: u64, length: u64) -> Answer<GetBlocksResult> {
        let range = GetBlocksArgs { start: start.into(), length: length.into() };
        call_within(LEDGER, ledger, "icrc3_get_blocks", &(vec![range],), SECONDS).await
    }
}
