//! The blocks of an asset since a restore, a page at a time.

use execution_core::limits::SCAN_BLOCKS;
use execution_core::store::LookTicket;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;

use crate::convert::block;
use crate::ports::Peers;
use crate::state::Here;

/// Asks for the blocks, and settles them over what is stored then.
pub async fn run<P: Peers>(peers: &P, ticket: &LookTicket) {
    let answer = peers.blocks(ticket.row.ledger, ticket.from, SCAN_BLOCKS).await;
    let page = block::page(answer, &ticket.row.treasury);
    let ctx = actor();
    Here::write(|store| {
        // An asset is never forgotten, and an older look counts for nothing: the job goes on.
        store.settle_look(&ctx, ticket, page).ok();
        tasks::wake::<Here>(store, &ctx);
    });
}
