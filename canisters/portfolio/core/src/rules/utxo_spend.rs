//! Outputs are held for a payment, given back, or spent by it.

use std::collections::BTreeMap;

use crate::errors::{PortfolioError, UtxoFault};
use crate::limits;
use crate::records::{Event, EventKind, UtxoRow, UtxoState};
use crate::rules::Ctx;
use crate::types::{AccountId, Hash, UtxoId};

/// The outputs of a request, found.
pub type Found = Vec<(UtxoId, UtxoRow)>;

/// What a request comes to: the rows that change, and what the journal says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that change; those that are there already are left out.
    pub rows: Found,
    /// What happened.
    pub events: Vec<Event>,
}

/// Refuses a list that is no list of inputs.
pub fn check(found: &Found) -> Result<(), PortfolioError> {
    let mut known = std::collections::BTreeSet::new();
    for (index, (id, row)) in found.iter().enumerate() {
        if !known.insert(id.get()) {
            return Err(UtxoFault::Repeated { index }.into());
        }
        if found.first().is_some_and(|(_, first)| first.asset != row.asset) {
            return Err(UtxoFault::Mixed.into());
        }
    }
    Ok(())
}

/// Holds available outputs for an intent. Those it holds already stay so.
pub fn reserve(found: &Found, intent: u64, ctx: &Ctx) -> Result<Outcome, PortfolioError> {
    const ALLOWED: &[UtxoState] = &[UtxoState::Available];
    check(found)?;
    let mut outcome = Outcome::default();
    for (id, row) in found {
        if row.state == UtxoState::Reserved {
            need_holder(*id, row, intent)?;
            continue;
        }
        need_state(*id, row, ALLOWED)?;
        let event = Event::new(EventKind::UtxoReserved, id.wire()).number(intent);
        let row = UtxoRow { state: UtxoState::Reserved, intent: Some(intent), at: ctx.now, ..*row };
        outcome.rows.push((*id, row));
        outcome.events.push(event);
    }
    Ok(outcome)
}

/// Gives back what an intent holds. What it held and gave back stays so.
pub fn release(found: &Found, intent: u64, ctx: &Ctx) -> Result<Outcome, PortfolioError> {
    const ALLOWED: &[UtxoState] = &[UtxoState::Reserved];
    check(found)?;
    let mut outcome = Outcome::default();
    for (id, row) in found {
        if row.state == UtxoState::Available && row.intent == Some(intent) {
            continue;
        }
        need_state(*id, row, ALLOWED)?;
        need_holder(*id, row, intent)?;
        let event = Event::new(EventKind::UtxoReleased, id.wire()).number(intent);
        let row = UtxoRow { state: UtxoState::Available, at: ctx.now, ..*row };
        outcome.rows.push((*id, row));
        outcome.events.push(event);
    }
    Ok(outcome)
}

/// Marks what an intent holds as spent by a transaction. What that transaction spent stays so.
pub fn spend(found: &Found, intent: u64, txid: Hash, ctx: &Ctx) -> Result<Outcome, PortfolioError> {
    const ALLOWED: &[UtxoState] = &[UtxoState::Reserved];
    check(found)?;
    let mut outcome = Outcome::default();
    for (id, row) in found {
        if row.state == UtxoState::Spent {
            let same = row.spent_by == Some(txid) && row.intent == Some(intent);
            if !same {
                return Err(UtxoFault::Held { id: id.wire() }.into());
            }
            continue;
        }
        need_state(*id, row, ALLOWED)?;
        need_holder(*id, row, intent)?;
        let event = Event::new(EventKind::UtxoSpent, id.wire()).number(intent).digest(txid);
        let (state, spent_by) = (UtxoState::Spent, Some(txid));
        outcome.rows.push((*id, UtxoRow { state, spent_by, at: ctx.now, ..*row }));
        outcome.events.push(event);
    }
    let accounts = sums(&outcome.rows).len();
    if accounts > limits::MAX_INPUT_ACCOUNTS {
        let max = limits::MAX_INPUT_ACCOUNTS;
        return Err(UtxoFault::Accounts { count: accounts, max }.into());
    }
    Ok(outcome)
}

/// Satoshi by account.
pub fn sums(rows: &Found) -> BTreeMap<AccountId, u128> {
    let mut sums = BTreeMap::<AccountId, u128>::new();
    for (_, row) in rows {
        let sum = sums.entry(row.account).or_default();
        *sum = sum.saturating_add(row.value.into());
    }
    sums
}

fn need_state(
    id: UtxoId,
    row: &UtxoRow,
    allowed: &'static [UtxoState],
) -> Result<(), PortfolioError> {
    if allowed.contains(&row.state) {
        return Ok(());
    }
    Err(UtxoFault::State { id: id.wire(), actual: row.state, allowed }.into())
}

fn need_holder(id: UtxoId, row: &UtxoRow, intent: u64) -> Result<(), PortfolioError> {
    if row.intent == Some(intent) { Ok(()) } else { Err(UtxoFault::Held { id: id.wire() }.into()) }
}
