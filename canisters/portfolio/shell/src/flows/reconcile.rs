//! The books are compared with the ledger that holds the money.
//!
//! The run is in the journal before anybody is asked. Blocks are taken page by page; then the
//! balance is read between two looks at the length of the log, and compared only when the log did
//! not move meanwhile. Whatever goes wrong ends the run with a reason and books nothing.

use candid::Nat;
use granary_api::icrc::{Account, GetBlocksResult};
use granary_env::call::Answer;
use granary_env::suite::Host;
use granary_env::suite::access::need;
use granary_env::suite::install::actor;
use granary_kernel::Ctx;
use portfolio_core::errors::{LedgerFault, PortfolioError};
use portfolio_core::limits;
use portfolio_core::records::{LedgerAccount, ReconciliationRow};
use portfolio_core::rules::reconcile::Sight;
use portfolio_core::store::{Progress, Ticket};

use crate::access;
use crate::convert::block;
use crate::ports::Ledger;
use crate::state::{Books, Here};

/// How often the balance is read anew because the log moved meanwhile.
const LOOKS: u32 = 3;

/// Begins a run for the caller of the message.
pub fn begin(store: &mut Books, asset: u64) -> Result<Ticket, PortfolioError> {
    let ctx = actor();
    need::<Here>(store, &ctx, access::RECONCILERS)?;
    store.begin_reconcile(&ctx, asset).map(|(ticket, _)| ticket)
}

/// Runs one reconciliation to its end and answers what it found.
pub async fn run<L: Ledger>(
    ledger: &L,
    ticket: Ticket,
) -> Result<ReconciliationRow, PortfolioError> {
    let asset = ticket.asset.wire();
    let end = match look(ledger, &ticket).await {
        Ok(sight) => {
            let ctx = actor();
            Here::write(|store| store.settle_reconcile(&ctx, asset, ticket.run, &sight))
        }
        Err(error) => Err(error),
    };
    if let Err(PortfolioError::Ledger(fault)) = &end {
        let ctx = actor();
        // A run that is over has been ended by somebody else, who also said when to try again.
        Here::write(|store| store.fail_reconcile(&ctx, asset, ticket.run, fault)).ok();
    }
    end
}

/// Everything that is asked; each page of blocks is settled when it is there.
async fn look<L: Ledger>(ledger: &L, ticket: &Ticket) -> Result<Sight, PortfolioError> {
    let found = done("icrc1_decimals", ledger.decimals().await)?;
    if found != ticket.decimals {
        return Err(LedgerFault::Decimals { booked: ticket.decimals, found }.into());
    }
    let fee = small("icrc1_fee", &done("icrc1_fee", ledger.fee().await)?)?;
    let mut next = ticket.next_block;
    for _ in 0..limits::RECONCILE_PAGES {
        let page = ledger.blocks(next, limits::RECONCILE_BLOCKS).await;
        let page = done("icrc3_get_blocks", page)?;
        let (length, progress) = take(&actor(), ticket, next, &page)?;
        next = progress.next_block;
        if progress.waits || next >= length {
            break;
        }
    }
    let account = account_of(&ticket.treasury);
    let mut before = length(ledger, next).await?;
    for _ in 0..LOOKS {
        let balance = done("icrc1_balance_of", ledger.balance(account).await)?;
        let balance = small("icrc1_balance_of", &balance)?;
        let after = length(ledger, next).await?;
        if after == before {
            return Ok(Sight { balance, length: after, fee });
        }
        before = after;
    }
    Err(LedgerFault::Moving.into())
}

/// Settles one page: blocks become what the books need of them, and the core decides.
fn take(
    ctx: &Ctx,
    ticket: &Ticket,
    next: u64,
    page: &GetBlocksResult,
) -> Result<(u64, Progress), PortfolioError> {
    let length = block::length(page).ok_or(LedgerFault::Reply { method: "icrc3_get_blocks" })?;
    if length < next {
        return Err(LedgerFault::Shorter { known: next, found: length }.into());
    }
    let blocks: Vec<_> = page
        .blocks
        .iter()
        .map(|found| block::read(found, &ticket.treasury))
        .collect::<Result<_, _>>()?;
    if blocks.is_empty() && length > next {
        return Err(LedgerFault::Gap { block: next }.into());
    }
    let (asset, run) = (ticket.asset.wire(), ticket.run);
    let progress = Here::write(|store| store.take_blocks(ctx, asset, run, &blocks))?;
    Ok((length, progress))
}

async fn length<L: Ledger>(ledger: &L, known: u64) -> Result<u64, PortfolioError> {
    let page = done("icrc3_get_blocks", ledger.blocks(known, 0).await)?;
    let reply = LedgerFault::Reply { method: "icrc3_get_blocks" };
    let found = block::length(&page).ok_or(reply)?;
    if found < known {
        return Err(LedgerFault::Shorter { known, found }.into());
    }
    Ok(found)
}

fn account_of(account: &LedgerAccount) -> Account {
    let LedgerAccount { owner, subaccount } = *account;
    let subaccount = (subaccount != [0; 32]).then(|| subaccount.into());
    Account { owner, subaccount }
}

/// The answer, or why there is none: reading changes nothing, so both kinds of silence are alike.
fn done<T>(method: &'static str, answer: Answer<T>) -> Result<T, LedgerFault> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            Err(LedgerFault::Unavailable { method, reason })
        }
    }
}

fn small(method: &'static str, value: &Nat) -> Result<u128, LedgerFault> {
    u128::try_from(&value.0).map_err(|_| {
        let _ = method;
        LedgerFault::Range
    })
}
