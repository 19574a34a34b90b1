//! The canisters this one calls, as traits with their implementation.
//!
//! The books are asked by replicated calls, never by a query of one replica: what they say decides
//! about money.

use candid::Principal;
use granary_api::common::PageArgs;
use granary_api::portfolio::{
    AccountOwner, AssetPage, Balance, GetBalancesArgs, Valuation, ValuationArgs,
};
use granary_env::call::Answer;
use granary_env::suite::calls::call_within;
use granary_errors::Error;

/// How long the books may take for one answer, seconds: somebody may wait for it.
const BOOKS_SECONDS: u32 = 20;

/// What a call to another canister of the suite comes to.
pub type Said<T> = Answer<Result<T, Error>>;

/// What the treasury has and owes.
pub trait Books {
    /// What the treasury itself has, with its prices.
    fn valuation(&self) -> impl Future<Output = Said<Valuation>>;
    /// What fees are set aside.
    fn fees(&self) -> impl Future<Output = Said<Vec<Balance>>>;
    /// Assets with what is booked of them.
    fn assets(&self, after: Option<u64>) -> impl Future<Output = Said<AssetPage>>;
}

/// The books at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BooksAt(pub Principal);

impl Books for BooksAt {
    async fn valuation(&self) -> Said<Valuation> {
        let arguments = (ValuationArgs { owner: AccountOwner::Treasury },);
        call_within("portfolio", self.0, "get_valuation", &arguments, BOOKS_SECONDS).await
    }

    async fn fees(&self) -> Said<Vec<Balance>> {
        let arguments = (GetBalancesArgs { owner: AccountOwner::Fees, assets: None },);
        call_within("portfolio", self.0, "get_balances", &arguments, BOOKS_SECONDS).await
    }

    async fn assets(&self, after: Option<u64>) -> Said<AssetPage> {
        let arguments = (PageArgs { after, limit: 100 },);
        call_within("portfolio", self.0, "list_assets", &arguments, BOOKS_SECONDS).await
    }
}
