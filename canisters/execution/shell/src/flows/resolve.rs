//! A governor's finding about an intent in quarantine: a block that is named is looked at.

use execution_core::errors::{ExecutionError, PeerFault};
use execution_core::rules::quarantine::Finding;
use execution_core::rules::scan::Seen;
use execution_core::store::Resolution;
use granary_api::common::Receipt;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use granary_errors::Error;
use granary_kernel::Ctx;

use crate::convert::block;
use crate::ports::Peers;
use crate::state::Here;

/// Looks at the block, if one is named, and decides over what is stored then.
pub async fn run<P: Peers>(
    peers: &P,
    named: Option<Resolution>,
    ctx: Ctx,
    intent: u64,
    finding: Finding,
    evidence: &str,
) -> Result<Receipt, Error> {
    let seen = match named {
        None => None,
        Some(named) => Some(look(peers, &named).await?),
    };
    let now = actor();
    let ctx = Ctx { now: now.now, trace_id: now.trace_id, ..ctx };
    let receipt = Here::write(|store| {
        let done = store.resolve_quarantine(&ctx, intent, finding, seen.as_ref(), evidence);
        tasks::wake::<Here>(store, &ctx);
        done
    })?;
    Ok(granary_env::suite::convert::receipt(receipt))
}

/// The block as the ledger shows it.
pub async fn look<P: Peers>(peers: &P, named: &Resolution) -> Result<Seen, ExecutionError> {
    let answer = peers.blocks(named.ledger, named.block, 1).await;
    let page = block::page(answer, &named.treasury)
        .map_err(|failure| PeerFault::Ledger { reason: failure.reason })?;
    let seen = page.blocks.into_iter().find(|seen| seen.index == named.block);
    let missing = || PeerFault::Ledger { reason: "it does not show the block".to_owned() };
    Ok(seen.ok_or_else(missing)?)
}
