//! An asset is adopted as the books and its ledger describe it; and a ledger is tried.
//!
//! The caller names a number. Which canister is called follows from the books alone (E10).

use candid::Principal;
use execution_core::errors::{ExecutionError, PeerFault, StateFault};
use execution_core::rules::assets::Facts;
use execution_core::store::BOOKS;
use execution_core::types::Account;
use granary_api::common::{PageArgs, Receipt};
use granary_api::execution::LedgerConnection;
use granary_api::portfolio::{Asset, AssetKind};
use granary_env::call::Answer;
use granary_env::message;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_errors::Error;
use granary_kernel::Ctx;
use granary_resilience::failure::Failure;

use crate::convert::{answers, output};
use crate::ports::Peers;
use crate::state::{Hands, Here};

/// Refuses whoever may not, and says where the books are.
pub fn begin(store: &mut Hands, ctx: &Ctx, asset: u64) -> Result<Principal, ExecutionError> {
    store.check_adoption(ctx, asset)?;
    Ok(store.peer(BOOKS)?)
}

/// Asks the books and the ledger, and adopts what they say for the caller of the message.
pub async fn run<P: Peers>(
    peers: &P,
    books: Principal,
    ctx: Ctx,
    asset: u64,
) -> Result<Receipt, Error> {
    let facts = facts(peers, books, asset).await?;
    let now = actor();
    // The caller is who it was; the time and the roles are those of now.
    let ctx = Ctx { now: now.now, trace_id: now.trace_id, ..ctx };
    let own = message::self_id();
    let receipt = Here::write(|store| store.adopt_asset(&ctx, asset, &facts, &own))?;
    Ok(granary_env::suite::convert::receipt(receipt))
}

/// What the books and the ledger say about an asset.
pub async fn facts<P: Peers>(
    peers: &P,
    books: Principal,
    asset: u64,
) -> Result<Facts, ExecutionError> {
    let unread = |reason: &str| PeerFault::Books { reason: reason.to_owned() };
    let page = PageArgs { after: asset.checked_sub(1).filter(|after| *after > 0), limit: 1 };
    let found = match peers.assets(books, page).await {
        Answer::Done(Ok(page)) => page.items.into_iter().find(|found| found.id == asset),
        Answer::Done(Err(error)) => return Err(unread(error.message()).into()),
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            return Err(PeerFault::Books { reason }.into());
        }
    };
    let Asset { symbol, decimals, kind, treasury, .. } =
        found.ok_or(execution_core::errors::Missing::Asset { id: asset })?;
    let AssetKind::Icrc { ledger, .. } = kind else {
        return Err(execution_core::errors::InputFault::BitcoinUnserved.into());
    };
    let subaccount = answers::subaccount(treasury.subaccount.as_deref().map(Vec::as_slice))
        .ok_or_else(|| unread("the subaccount of the treasury has another size"))?;
    let treasury = Account { owner: treasury.owner, subaccount };
    let ledgers = match peers.decimals(ledger).await {
        Answer::Done(decimals) => decimals,
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            return Err(PeerFault::Ledger { reason }.into());
        }
    };
    if ledgers != decimals {
        return Err(StateFault::AssetChanged { what: "number of decimals" }.into());
    }
    let fee = answers::amount("icrc1_fee", peers.fee(ledger).await).map_err(silent)?;
    let length = answers::length(peers.blocks(ledger, 0, 0).await).map_err(silent)?;
    let mut short = [0; 12];
    for (to, from) in short.iter_mut().zip(symbol.bytes()) {
        *to = from;
    }
    Ok(Facts { ledger, treasury, decimals, symbol: short, fee, length })
}

fn silent(failure: Failure) -> ExecutionError {
    PeerFault::Ledger { reason: failure.reason }.into()
}

/// Asks the ledger of an adopted asset how it is.
pub async fn test<P: Peers>(
    peers: &P,
    asset: u64,
    ledger: Principal,
    treasury: Account,
) -> Result<LedgerConnection, ExecutionError> {
    let sent = peers.now();
    let account = output::icrc_account(&treasury);
    let balance = peers.balance(ledger, account).await;
    let balance_units = answers::amount("icrc1_balance_of", balance).map_err(silent)?;
    let blocks = answers::length(peers.blocks(ledger, 0, 0).await).map_err(silent)?;
    let fee_units = answers::amount("icrc1_fee", peers.fee(ledger).await).map_err(silent)?;
    let latency_ns = peers.now().saturating_since(sent).as_nanos();
    Ok(LedgerConnection { asset, ledger, fee_units, balance_units, blocks, latency_ns })
}
