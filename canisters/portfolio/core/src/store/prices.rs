//! Verbs of prices, and what balances are worth.

use granary_kernel::{Class, Ctx, Principal, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{PortfolioError, PriceFault};
use crate::records::{PriceRow, PriceSource, Refusal, Role};
use crate::rules::price::{self, Answer, PriceStatus};
use crate::rules::valuation;
use crate::store::Store;
use crate::types::{AssetId, Duration, Owner, Signed, Timestamp};

/// Job kind: the oracle is to be asked about an asset. Key: the asset.
pub const PRICE: u16 = 210;

/// A question that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceTicket {
    /// About which asset.
    pub asset: AssetId,
    /// Its number; the answer names it.
    pub attempt: u64,
    /// What is asked.
    pub source: PriceSource,
    /// Whom to ask.
    pub oracle: Principal,
}

/// What is known about an asset's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceView {
    /// The row.
    pub row: PriceRow,
    /// Whether the quote may be believed; none without one.
    pub status: Option<PriceStatus>,
    /// How old it is.
    pub age: Option<Duration>,
    /// True when it may raise a limit (P11).
    pub may_raise: bool,
}

/// What one balance is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuationLine {
    /// The asset.
    pub asset: AssetId,
    /// What the owner has of it.
    pub balance: Signed,
    /// What that is worth; none without a quote, or beyond 128 bits.
    pub value: Option<Signed>,
    /// By which price.
    pub price: PriceView,
}

/// What an owner's balances are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valuation {
    /// Asset by asset.
    pub lines: Vec<ValuationLine>,
    /// Age of the oldest quote in it.
    pub oldest: Option<Duration>,
    /// True when every balance but zero is valued, and every quote in it may raise a limit.
    pub may_raise: bool,
    /// When it was made.
    pub at: Timestamp,
}

impl<M: Memory + 'static> Store<M> {
    /// Sets what the oracle is asked about an asset.
    pub fn set_price_source(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        source: PriceSource,
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let (id, row) = store.price_row(asset)?;
            price::set_source(id, &row, source, ctx)
        })
    }

    /// Begins a question to the oracle.
    pub fn begin_price(&mut self, ctx: &Ctx, asset: u64) -> Result<PriceTicket, PortfolioError> {
        let oracle = self.peer("price_oracle")?;
        self.verb(ctx, Class::Finish, None, |store| {
            let (id, row) = store.price_row(asset)?;
            price::begin(id, &row, ctx)
        })?;
        let (id, row) = self.price_row(asset)?;
        let source = row.source.ok_or(PriceFault::NoSource { asset })?;
        Ok(PriceTicket { asset: id, attempt: row.attempt, source, oracle })
    }

    /// Ends a question. What came of it is kept either way; a refusal is the answer.
    pub fn settle_price(
        &mut self,
        ctx: &Ctx,
        ticket: &PriceTicket,
        answer: Result<Answer, Refusal>,
    ) -> Result<Receipt, PortfolioError> {
        self.gate(ctx, Class::Finish)?;
        let (id, row) = self.price_row(ticket.asset.wire())?;
        // What was asked before the source changed says nothing about the new one.
        if row.source != Some(ticket.source) {
            return Err(PriceFault::AttemptOver { attempt: ticket.attempt }.into());
        }
        let (change, refusal) = price::settle(id, &row, ticket.attempt, answer, ctx)?;
        let receipt = self.commit(change, ctx);
        let Some(refusal) = refusal else { return Ok(receipt) };
        let (_, row) = self.price_row(id.wire())?;
        let retry_after_ns = row.not_before.saturating_since(ctx.now).as_nanos();
        Err(PriceFault::Refused { refusal, retry_after_ns }.into())
    }

    /// Holds an asset's price still.
    pub fn freeze_price(&mut self, ctx: &Ctx, asset: u64) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let (id, row) = store.price_row(asset)?;
            price::freeze(id, &row, ctx)
        })
    }

    /// Lets it move again.
    pub fn thaw_price(&mut self, ctx: &Ctx, asset: u64) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let (id, row) = store.price_row(asset)?;
            price::thaw(id, &row, ctx)
        })
    }

    /// What is known about an asset's price.
    pub fn price(&self, asset: u64, now: Timestamp) -> Result<PriceView, PortfolioError> {
        let (_, row) = self.price_row(asset)?;
        let status = price::status(&row, now);
        let age = row.quote.map(|quote| price::age(&quote, now));
        Ok(PriceView { row, status, age, may_raise: price::may_raise(&row, now) })
    }

    /// What an owner's balances are worth, with the age of what says so.
    pub fn valuation(&self, owner: Owner, now: Timestamp) -> Result<Valuation, PortfolioError> {
        let mut lines = vec![];
        for (_, account) in self.accounts_of(owner)? {
            let (asset, row) = self.asset(account.asset.wire())?;
            let price = self.price(asset.wire(), now)?;
            let balance = account.balance;
            let value =
                price.row.quote.and_then(|quote| valuation::value(balance, row.decimals, &quote));
            lines.push(ValuationLine { asset, balance, value, price });
        }
        let counts = |line: &&ValuationLine| !line.balance.is_zero();
        let oldest = lines.iter().filter(counts).filter_map(|line| line.price.age).max();
        let sound = |line: &ValuationLine| line.value.is_some() && line.price.may_raise;
        let may_raise = lines.iter().filter(counts).all(sound);
        Ok(Valuation { lines, oldest, may_raise, at: now })
    }

    pub(crate) fn price_row(&self, asset: u64) -> Result<(AssetId, PriceRow), PortfolioError> {
        let (id, _) = self.asset(asset)?;
        Ok((id, self.proofs.prices.get(id.slot()).unwrap_or_default()))
    }
}
