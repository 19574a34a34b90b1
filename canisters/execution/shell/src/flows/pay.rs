//! One step of an intent: ask, and settle the answer.

use execution_core::limits::SCAN_BLOCKS;
use execution_core::rules::funds::Funds;
use execution_core::rules::next::Ask;
use execution_core::store::{Outcome, TELL, Ticket};
use granary_api::portfolio::{BlockRef, ListEntriesArgs};
use granary_api::risk_guard::{RecordOutcomeArgs, Service};
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use granary_resilience::failure::Failure;

use crate::convert::{answers, block, output};
use crate::flows::tell;
use crate::ports::Peers;
use crate::state::Here;

/// Asks what the ticket says, and settles the answer over what is stored then.
pub async fn run<P: Peers>(peers: &P, ticket: &Ticket) {
    let outcome = ask(peers, ticket).await;
    let ctx = actor();
    Here::write(|store| {
        // Refused only while the canister is being filled: then nobody waits for the answer.
        store.settle(&ctx, ticket, outcome).ok();
        if let Some(at) = tell::due(ctx.now) {
            store.ensure_job(TELL, 0, at);
        }
        tasks::wake::<Here>(store, &ctx);
    });
}

/// Asks, and turns the answer into what the rules know. Nothing is decided here.
pub async fn ask<P: Peers>(peers: &P, ticket: &Ticket) -> Outcome {
    let peer = ticket.peer;
    match ticket.ask {
        Ask::Assess => {
            let answer = peers.assess(peer, &output::outflow(ticket)).await;
            Outcome::Assessed(answers::assessment(answer, peers.now()))
        }
        Ask::Reserve => {
            let answer = peers.reserve(peer, &output::outflow(ticket)).await;
            Outcome::Reserved(answers::verdict(answer, peers.now()))
        }
        Ask::Funds => Outcome::Funds(funds(peers, ticket).await),
        Ask::Transfer { .. } => {
            let answer = peers.transfer(peer, &output::transfer(ticket)).await;
            heard(peers, &answer, of_ledger(ticket), Some(ticket.wire));
            let sent = answers::sent(answer);
            if answers::is_bad_fee(&sent) {
                peers.forget_fee(peer);
            }
            Outcome::Sent(sent)
        }
        Ask::Scan => {
            let from = ticket.row.attempt.next_block;
            let answer = peers.blocks(peer, from, SCAN_BLOCKS).await;
            heard(peers, &answer, of_ledger(ticket), None);
            Outcome::Scanned(block::page(answer, &ticket.asset.treasury))
        }
        Ask::Book => {
            let answer = peers.post_entry(peer, &output::entry(ticket)).await;
            heard(peers, &answer, Service::Portfolio, None);
            Outcome::Booked(answers::booked(answer, peers.now()))
        }
        Ask::Find => {
            let asset = ticket.row.asset.wire();
            let block = Some(BlockRef { asset, block: ticket.row.block.unwrap_or_default() });
            let which = ListEntriesArgs { account: None, block, after: None, limit: 1 };
            let answer = peers.entries(peer, which).await;
            heard(peers, &answer, Service::Portfolio, None);
            Outcome::Found(answers::found(answer, peers.now()))
        }
        Ask::Adjust => {
            let answer = peers.post_entry(peer, &output::adjustment(ticket)).await;
            heard(peers, &answer, Service::Portfolio, None);
            Outcome::Adjusted(answers::adjusted(answer, peers.now()))
        }
        Ask::Commit => {
            let answer = peers.commit(peer, ticket.wire).await;
            Outcome::Committed(answers::known(answer, peers.now()))
        }
        Ask::Release => {
            let answer = peers.release(peer, ticket.wire).await;
            Outcome::Released(answers::known(answer, peers.now()))
        }
    }
}

/// Balance, length and fee. The balance comes first: whatever is paid after it is noticed by the
/// number of payments the ticket carries.
async fn funds<P: Peers>(peers: &P, ticket: &Ticket) -> Result<Funds, Failure> {
    let (ledger, treasury) = (ticket.peer, output::icrc_account(&ticket.asset.treasury));
    let balance = peers.balance(ledger, treasury).await;
    heard(peers, &balance, of_ledger(ticket), None);
    let balance = answers::amount("icrc1_balance_of", balance)?;
    let log = peers.blocks(ledger, 0, 0).await;
    heard(peers, &log, of_ledger(ticket), None);
    let length = answers::length(log)?;
    let fee = if let Some(fee) = peers.known_fee(ledger) {
        fee
    } else {
        let fee = peers.fee(ledger).await;
        heard(peers, &fee, of_ledger(ticket), None);
        let fee = answers::amount("icrc1_fee", fee)?;
        peers.keep_fee(ledger, fee);
        fee
    };
    Ok(Funds { balance, fee, length, moves: ticket.asset.moves })
}

fn of_ledger(ticket: &Ticket) -> Service {
    Service::Ledger(ticket.row.asset.wire())
}

/// Notes a silence. A refusal is an answer.
fn heard<P: Peers, T>(peers: &P, answer: &Answer<T>, service: Service, intent: Option<u64>) {
    if !matches!(answer, Answer::Done(_)) {
        peers.silent(RecordOutcomeArgs { service, answered: false, intent });
    }
}

#[cfg(test)]
#[path = "pay_tests.rs"]
mod tests;
