//! The books are asked what the treasury has.
//!
//! The question is written down before it is sent, and the answer is judged over what is stored
//! when it arrives. The waits are bounded: books that never answer cannot keep this canister from
//! stopping, and what was known stays known.

use core::cell::Cell;

use granary_api::portfolio::{Asset, Balance, Valuation};
use granary_env::call::Answer;
use granary_env::message;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_errors::Error;
use granary_kernel::{Ctx, Receipt};
use granary_resilience::failure::{Effect, Failure, FailureKind};
use risk_guard_core::errors::{GuardError, PeerFault};
use risk_guard_core::rules::treasury::{Because, Figure, Ticket, unusable};

use crate::access;
use crate::convert::books;
use crate::ports::{Books, BooksAt, Said};
use crate::state::Here;

/// Pages of assets the books can have.
const PAGES: u32 = 4;

thread_local! {
    static SLOWEST: Cell<u64> = const { Cell::new(0) };
}

/// How long the books took for their newest answer, nanoseconds.
pub fn slowest_ns() -> u64 {
    SLOWEST.get()
}

/// Asks because a person wants to know.
pub async fn by_person(ctx: Ctx) -> Result<Receipt, GuardError> {
    let begun = Here::write(|store| {
        access::need_trusted(store, &ctx)?;
        store.begin_refresh(&ctx, Because::Person)
    });
    let (portfolio, ticket) = begun?;
    run(&BooksAt(portfolio), ticket).await
}

/// Asks, and keeps what came of it.
pub async fn run<B: Books>(books: &B, ticket: Ticket) -> Result<Receipt, GuardError> {
    let sent = message::now();
    let answer = ask(books).await;
    SLOWEST.set(message::now().saturating_since(sent).as_nanos());
    let ctx = actor();
    let reason = answer.as_ref().err().map(|failure| failure.reason.clone());
    let kept = Here::write(|store| store.settle_refresh(&ctx, ticket, answer));
    match (reason, kept) {
        (None, Some(receipt)) => Ok(receipt),
        (Some(reason), _) => Err(PeerFault::Unavailable { reason }.into()),
        (None, None) => {
            let reason = "a newer question was asked meanwhile".to_owned();
            Err(PeerFault::Unavailable { reason }.into())
        }
    }
}

async fn ask<B: Books>(books: &B) -> Result<Vec<Figure>, Failure> {
    let valuation: Valuation = said(books.valuation().await)?;
    let fees: Vec<Balance> = said(books.fees().await)?;
    let mut assets: Vec<Asset> = vec![];
    let mut after = None;
    for _ in 0..PAGES {
        let page = said(books.assets(after).await)?;
        assets.extend(page.items);
        after = page.next;
        if after.is_none() {
            return books::figures(&valuation, &fees, &assets)
                .ok_or_else(|| unusable("get_valuation"));
        }
    }
    Err(unusable("list_assets"))
}

/// The answer, or why there is none. A question changes nothing, so silence may be asked again.
fn said<T>(answer: Said<T>) -> Result<T, Failure> {
    match answer {
        Answer::Done(Ok(value)) => Ok(value),
        Answer::Done(Err(refusal)) => Err(refused(&refusal)),
        Answer::NotApplied { reason } => Err(Failure::new(FailureKind::Temporary, reason)),
        Answer::Unknown { reason } => Err(Failure::new(FailureKind::Timeout, reason)),
    }
}

fn refused(refusal: &Error) -> Failure {
    Failure::from_error(refusal, Effect::Read, message::now())
}
