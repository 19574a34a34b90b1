//! The canisters this one calls, as traits with their implementation.

use granary_api::exchange_rate::{GetExchangeRateRequest, GetExchangeRateResult, REQUEST_CYCLES};
use granary_api::icrc::{Account, GetBlocksArgs, GetBlocksResult};
use granary_env::call::Answer;
use granary_env::suite::calls::{call_paid, call_within};

use candid::{Nat, Principal};

/// How long a ledger may take for one answer, seconds.
const LEDGER_SECONDS: u32 = 60;

/// A token ledger, read only. Each call waits a bounded time, so that a ledger that never answers
/// cannot keep this canister from stopping.
pub trait Ledger {
    /// Decimal places of the smallest unit.
    fn decimals(&self) -> impl Future<Output = Answer<u8>>;
    /// Fee of a transfer.
    fn fee(&self) -> impl Future<Output = Answer<Nat>>;
    /// What an account holds.
    fn balance(&self, account: Account) -> impl Future<Output = Answer<Nat>>;
    /// Blocks from `start` on.
    fn blocks(&self, start: u64, length: u64) -> impl Future<Output = Answer<GetBlocksResult>>;
}

/// The ledger at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerAt(pub Principal);

impl Ledger for LedgerAt {
    async fn decimals(&self) -> Answer<u8> {
        call_within("ledger", self.0, "icrc1_decimals", &(), LEDGER_SECONDS).await
    }

    async fn fee(&self) -> Answer<Nat> {
        call_within("ledger", self.0, "icrc1_fee", &(), LEDGER_SECONDS).await
    }

    async fn balance(&self, account: Account) -> Answer<Nat> {
        call_within("ledger", self.0, "icrc1_balance_of", &(account,), LEDGER_SECONDS).await
    }

    async fn blocks(&self, start: u64, length: u64) -> Answer<GetBlocksResult> {
        let range = GetBlocksArgs { start: start.into(), length: length.into() };
        let arguments = (vec![range],);
        call_within("ledger", self.0, "icrc3_get_blocks", &arguments, LEDGER_SECONDS).await
    }
}

/// How long the price oracle may take, seconds: it asks exchanges outside of the network.
const ORACLE_SECONDS: u32 = 120;

/// The exchange-rate canister.
pub trait Oracle {
    /// What one unit of an asset is worth.
    fn rate(
        &self,
        asked: &GetExchangeRateRequest,
    ) -> impl Future<Output = Answer<GetExchangeRateResult>>;
}

/// The exchange-rate canister at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleAt(pub Principal);

impl Oracle for OracleAt {
    /// Attaches what a question may cost; what is not charged comes back with the answer.
    async fn rate(&self, asked: &GetExchangeRateRequest) -> Answer<GetExchangeRateResult> {
        let (method, cycles) = ("get_exchange_rate", REQUEST_CYCLES);
        call_paid("price_oracle", self.0, method, &(asked,), ORACLE_SECONDS, cycles).await
    }
}
